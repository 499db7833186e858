"""Puts the parts of split synapses in the place of one group, and rewires their events.

Before: a group of plastic synapses that hang on their targets. After: sums on every target, traces
per source and per target, and connections in rows, sorted by (source, target); an event reaches the
trace first, then the connections.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.kernels.nodes import Emit, Statement, When
from annarchy_ml.model.instance import Attachment, Group, Wires
from annarchy_ml.model.system import EquationSystem
from annarchy_ml.passes.members import Member
from annarchy_ml.passes.split_plastic import HOST, SOURCE, SUM, TARGET, EventPorts, Split, split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.passes.assemble import Assembler


@dataclass(frozen=True, slots=True)
class _Events:
    """The wires that bring a synapse its events: of its source, and of its own target."""

    source: Wires
    target: Wires | None


def split_synapses(assembler: Assembler, recorded: set[int]) -> None:
    """Splits every group of synapses that allows it and of which no single one is recorded.

    Args:
        assembler: the groups and connections.
        recorded: positions of groups whose instances are recorded one by one.
    """
    known: dict[object, Split | None] = {}
    for member in list(assembler.members):
        if member.position in recorded or not _is_candidate(assembler, member):
            continue
        events = _events(assembler, member.group)
        if events is None:
            continue
        outputs = frozenset(item.source for item in member.reductions)
        ports = EventPorts(
            events.source.target_port,
            events.target.target_port if events.target is not None else "",
            _arrives_together(assembler, events.source),
            events.target is not None and _arrives_together(assembler, events.target),
            events.target is not None and bool(np.any(np.asarray(events.target.delays) <= 0.0)),
        )
        key = (id(member.system), outputs, frozenset(member.varying), ports)
        if key not in known:
            known[key] = split(member.system, outputs, frozenset(member.varying), ports)
        found = known[key]
        if found is not None:
            _replace(assembler, member, events, found)


def _is_candidate(assembler: Assembler, member: Member) -> bool:
    group = member.group
    if group.attachment is None or group.far is not None or member.lumped or group.size == 0:
        return False
    if group.terms or group.apart:
        return False
    if member.wanted - {item.source for item in member.reductions}:
        return False
    return all(item.operation == "add" for item in member.reductions) and not any(
        item.source is group or (item.target is group and item.target_node is not group.root)
        for item in assembler.network.wires
    )


def _events(assembler: Assembler, group: Group) -> _Events | None:
    """The wires into a group: one event source for each instance, and perhaps its own target."""
    into = [item for item in assembler.network.wires if item.target is group]
    if not into or any(
        item.weights is not None or not _one_each(item, group.size) for item in into
    ):
        return None
    own = [item for item in into if _is_from_target(item, group)]
    rest = [item for item in into if item not in own]
    if len(rest) != 1 or np.any(np.asarray(rest[0].delays) <= 0.0):
        return None  # without a delay, an event may have to arrive between two cells of one group
    if len(own) > 1 or any(item.target_port == rest[0].target_port for item in own):
        return None
    return _Events(rest[0], own[0] if own else None)


def _one_each(wires: Wires, size: int) -> bool:
    return len(wires.targets) == size and bool(
        np.all(np.bincount(np.asarray(wires.targets, np.int64), minlength=size) == 1)
    )


def _is_from_target(wires: Wires, group: Group) -> bool:
    """Whether every instance hears the cell that it acts on, at a port of its own."""
    assert group.attachment is not None
    if wires.source is not group.attachment.host:
        return False
    hosts = np.asarray(group.hosts, np.int64)
    targets = np.asarray(wires.targets, np.int64)
    return bool(np.all(np.asarray(wires.sources, np.int64) == hosts[targets]))


def _arrives_together(assembler: Assembler, wires: Wires) -> bool:
    """Whether an event of a source reaches all of its connections before another one does."""
    delays = np.asarray(wires.delays, float)
    if np.any(delays != delays[0]):
        return False
    system = assembler.recordings.by_group[id(wires.source)].system
    return _emits_once(system, wires.source_node.qualified(wires.source_port))


def _emits_once(system: EquationSystem, port: str) -> bool:
    """Whether an instance sends at most one event through a port in a step."""
    if any(_emissions(body, port) for _, body in system.handlers):
        return False
    counts = [
        _emissions(part.conditions, port)
        + max((_emissions(item.conditions, port) for item in part.regimes), default=0)
        for part in system.parts
    ]
    return sum(counts) <= 1


def _emissions(body: tuple[Statement, ...], port: str) -> int:
    return sum(
        _emissions(item.body, port) if isinstance(item, When) else item == Emit(port)
        for item in body
    )


def _replace(assembler: Assembler, member: Member, events: _Events, parts: Split) -> None:
    """Puts the parts into the network in place of a group."""
    group = member.group
    assert group.attachment is not None
    host = group.attachment.host
    varying = member.varying
    rows = _Rows(np.asarray(group.hosts, np.int64), events.source)
    sums = _on(group, host, group.name)
    shared = {name: column[:1] for name, column in group.properties.items() if len(column)}
    sums.properties = shared
    assembler.replace_group(member, sums, parts.sums)
    connections = Group(f"{group.name} connections", group.root, group.size)
    connections.others[SUM] = (sums, rows.hosts)
    if any(item.index == HOST for item in parts.connection.foreign):
        connections.others[HOST] = (host, rows.hosts)
    sees_sums = any(item.index == SUM for item in parts.connection.foreign)
    connections.owner, connections.rows = SUM if sees_sums else HOST, rows.instances
    made = {}
    if parts.source is not None:
        made[SOURCE] = Group(f"{group.name} sources", group.root, events.source.source.size)
        connections.others[SOURCE] = (made[SOURCE], rows.sources)
        made[SOURCE].before = host
    if parts.target is not None:
        made[TARGET] = _on(group, host, f"{group.name} targets")
        connections.others[TARGET] = (made[TARGET], rows.hosts)
    sums.pieces = [connections, *made.values()]
    for item in sums.pieces:
        item.inside, item.around, item.properties = group.inside, group.around, shared
    for end, system in ((SOURCE, parts.source), (TARGET, parts.target)):
        if system is not None:
            assembler.add(Member(made[end], len(assembler.members), system, lumped=True))
    number = len(assembler.members)
    own = assembler.add(Member(connections, number, parts.connection, lumped=True))
    own.varying = {
        name: values[rows.instances]
        for name, values in varying.items()
        if name in parts.connection.variables
    }
    for other in parts.connection.foreign:
        keeper = connections.others[other.index][0]
        assembler.recordings.by_group[id(keeper)].offer(other.variable)
    _rewire(assembler, events, connections, rows, made)


def _on(group: Group, host: Group, name: str) -> Group:
    """A group like another, with one instance on every instance of its host."""
    assert group.attachment is not None
    made = Group(name, group.root, host.size)
    made.attachment = Attachment(host, group.attachment.node, group.attachment.slot)
    made.hosts = np.arange(host.size)
    made.inside, made.around = group.inside, group.around
    return made


class _Rows:
    """The connections of a group, sorted by (source, target).

    Attributes:
        instances: shape (n_connections,): the instance of the group that each one was.
        sources, hosts: of each connection.
        delays: [s], from its source.
    """

    def __init__(self, hosts: NDArray[np.int64], wires: Wires) -> None:
        targets = np.asarray(wires.targets, np.int64)
        sources = np.asarray(wires.sources, np.int64)
        order = np.lexsort((hosts[targets], sources))
        self.instances = targets[order]
        self.sources = sources[order]
        self.hosts = hosts[self.instances]
        self.delays = np.asarray(wires.delays, float)[order]


def _rewire(
    assembler: Assembler, events: _Events, connections: Group, rows: _Rows, made: dict[str, Group]
) -> None:
    """Events reach the trace of their source or target, then the connections."""
    result: list[Wires] = []
    for wires in assembler.network.wires:
        if wires not in (events.source, events.target):
            result.append(wires)
            continue
        end = SOURCE if wires is events.source else TARGET
        delays = rows.delays if wires is events.source else _by_instance(wires)[rows.instances]
        if end in made:
            each = np.arange(made[end].size)
            result.append(_wires(wires, made[end], each, each, np.full(each.size, delays[0])))
        senders = rows.sources if wires is events.source else rows.hosts
        result.append(_wires(wires, connections, senders, np.arange(connections.size), delays))
    assembler.network.wires[:] = result


def _by_instance(wires: Wires) -> NDArray[np.float64]:
    """The delay of the event of each instance, shape (size,)."""
    delays = np.zeros(len(wires.targets))
    delays[np.asarray(wires.targets, np.int64)] = wires.delays
    return delays


def _wires(
    wires: Wires,
    target: Group,
    sources: NDArray[np.int64],
    targets: NDArray[np.int64],
    delays: NDArray[np.float64],
) -> Wires:
    return Wires(
        wires.source,
        wires.source_node,
        wires.source_port,
        target,
        target.root,
        wires.target_port,
        sources,
        targets,
        delays,
        whole_steps=wires.whole_steps,
    )
