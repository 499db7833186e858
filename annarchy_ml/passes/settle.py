"""Decides for connections by rule whether the synapses of a cell are summed or kept one by one.

Before: per synapse component and population one attached group with one instance per cell, and
wires that hold rules. After: where the equations are linear, that instance is the sum of all
synapses of its cell and the connections carry the weights; elsewhere (plastic, blocked, or asked
for) the rule is expanded, and the group has one instance per connection. Events that go straight
to cells carry the weight too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.expr import free_symbols, rename
from annarchy_ml.kernels.connectivity import Connections, Connectivity, Explicit, Rows, Span
from annarchy_ml.kernels.nodes import Role
from annarchy_ml.model.instance import Group, Wires
from annarchy_ml.model.system import EquationSystem
from annarchy_ml.passes.classify_synapses import WEIGHT, lumped
from annarchy_ml.passes.instantiate import POST, first_port
from annarchy_ml.passes.members import Member, order_by_host, varying_values
from annarchy_ml.passes.statements import mapped, reads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.passes.assemble import Assembler


class Expand(Protocol):
    """Carries out rules.

    Both take connectivity, (begin, end) of sources and of targets, whether they are cells of one
    population, and the number of the projection or coupling.

    Attributes:
        dt: step [s].
    """

    dt: float

    def __call__(
        self, rule: Connectivity, ends: tuple[Span, Span], same: bool, number: int, /
    ) -> Connections:
        """The connections of a projection."""

    def rows(self, rule: Connectivity, ends: tuple[Span, Span], same: bool, number: int, /) -> Rows:
        """The connections of a coupling."""


def settle(assembler: Assembler, expand: Expand, report: Diagnostics) -> None:
    """Settles all groups that rules lead to."""
    made: dict[tuple[int, tuple[str, ...]], EquationSystem] = {}
    wires = assembler.network.wires
    for member in list(assembler.members):
        group = member.group
        fed = [item for item in wires if item.target is group and item.connectivity is not None]
        if not fed:
            continue
        if group.attachment is None:
            ports = tuple(sorted({item.target_port for item in fed}))
            key = (id(member.system), ports)
            if key not in made:
                made[key] = _weighted(member, ports, report)
            member.system = made[key]
        elif (system := _summed(member)) is not None:
            member.system, member.lumped, member.one_per_host = system, True, True
        else:
            _expand(assembler, member, fed, expand)


def _own_weight(group: Group) -> str:
    """The property that differs between connections, as the equations name it; or empty."""
    declared = any(
        item.name == WEIGHT and item.kind == "property" for item in group.root.type.parameters
    )
    return group.root.qualified(WEIGHT) if declared else ""


def _summed(member: Member) -> EquationSystem | None:
    """The system of one sum per cell; None where each synapse needs a state of its own."""
    outputs = frozenset(item.source for item in member.reductions)
    added = all(item.operation == "add" for item in member.reductions)
    hears = any(port == POST and body for port, body in member.system.handlers)
    if hears or member.group.apart or not added or member.wanted - outputs:
        return None
    return lumped(member.system, outputs, _own_weight(member.group))


def _expand(assembler: Assembler, member: Member, fed: list[Wires], expand: Expand) -> None:
    """One instance per connection; every projection has a group of its own."""
    copies = [member.group, *(_like(member.group) for _ in fed[1:])]
    for group, item in zip(copies, fed, strict=True):
        own = member if group is member.group else _copied(member, group, len(assembler.members))
        _fill(own, item, expand)
        if own is not member:
            assembler.add(own)
        heard = _hears_its_target(group, item, expand.dt)
        if heard is not None:
            assembler.network.wires.append(heard)


def _copied(member: Member, group: Group, position: int) -> Member:
    """A member with the same equations, which the same hosts sum."""
    made = Member(group, position, member.system)
    made.wanted, made.reductions = set(member.wanted), list(member.reductions)
    return made


def _like(group: Group) -> Group:
    """Another group of the same synapses on the same cells."""
    made = Group(group.name, group.root, attachment=group.attachment)
    made.inside, made.around, made.apart = group.inside, group.around, group.apart
    return made


def _fill(member: Member, wires: Wires, expand: Expand) -> None:
    """Gives a group the connections of one projection."""
    group = member.group
    assert wires.connectivity is not None
    assert group.attachment is not None
    ends = (wires.source_range, wires.target_range)
    made = expand(wires.connectivity, ends, wires.source is group.attachment.host, wires.number)
    order = np.argsort(order_made(wires.connectivity, made.sources, made.targets, expand.dt))
    wires.target, wires.target_node = group, group.root
    wires.sources = made.sources[order]
    wires.targets = np.arange(len(order))
    wires.delays = made.delays[order]
    wires.whole_steps = True
    wires.connectivity = None
    group.hosts, group.size = made.targets[order], len(order)
    if _own_weight(group):
        group.properties[WEIGHT] = made.weights[order]
    member.varying = varying_values(group)
    order_by_host(member)


def whole_steps(delays: NDArray[np.float64], dt: float) -> NDArray[np.float64]:
    """Delays [steps] of connections by rule, one at least, as the engine rounds them."""
    return np.maximum(1.0, np.floor(np.asarray(delays, float) / dt + 0.5))


def heard_delays(
    heard_after: tuple[float, float], delays: Sequence[float] | NDArray[np.float64], dt: float
) -> NDArray[np.float64]:
    """Delays [s] after which synapses hear their cells, whole steps.

    Args:
        heard_after: how many times the delay of the connection, and seconds more.
        delays: of the connections [s].
        dt: the step [s].
    """
    times, further = heard_after
    return whole_steps(times * np.asarray(delays, float) + further, dt) * dt


def order_made(
    rule: Connectivity, sources: NDArray[np.int64], targets: NDArray[np.int64], dt: float
) -> NDArray[np.int64]:
    """Where the connections of a rule, as the engine made them, are by source, then target.

    Several of one pair stay as they were drawn, or given.

    Args:
        rule: pairs and delays.
        sources: in the rows of the engine: by source, delay and target, shape (n,).
        targets: in the same order.
        dt: step [s].
    """
    if isinstance(rule.rule, Explicit) and isinstance(rule.delay, np.ndarray):
        by_pair = np.lexsort((rule.rule.targets, rule.rule.sources))
        steps = whole_steps(rule.delay, dt)[by_pair]
        pairs = np.asarray(rule.rule.sources)[by_pair], np.asarray(rule.rule.targets)[by_pair]
        return np.lexsort((pairs[1], steps, pairs[0]))
    order = np.arange(len(sources))
    if isinstance(rule.delay, float) and rule.delay >= 0.0:
        return order  # rows without delays that differ are by source, then target
    made = np.empty_like(order)
    made[np.lexsort((targets, sources))] = order
    return made


def _hears_its_target(group: Group, wires: Wires, dt: float) -> Wires | None:
    """The events of the cell that a synapse acts on, for synapses with a port for them.

    They are heard at once, or after whole steps in proportion to the delays of the connections.
    """
    ports = [item.name for item in group.root.type.ports if item.direction == "in"]
    if POST not in ports or group.attachment is None:
        return None
    host = group.attachment.host
    out = first_port(host.root, "out")
    assert out and wires.target_port != POST  # checked when the projection was made
    made = Wires(host, host.root, out, group, group.root, POST)
    made.sources, made.targets = np.asarray(group.hosts), np.arange(group.size)
    made.delays = np.zeros(group.size)
    if any(wires.heard_after):
        later = heard_delays(wires.heard_after, wires.delays, dt)
        made.delays[np.asarray(wires.targets, np.int64)] = later
        made.whole_steps = True
    return made


def _weighted(member: Member, ports: tuple[str, ...], report: Diagnostics) -> EquationSystem:
    """The system of cells whose events carry a weight: ``weight`` is that of the connection."""
    system, root = member.system, member.group.root
    own = root.qualified(WEIGHT)
    if WEIGHT in member.group.properties:
        report.error(
            "unsupported.construct",
            f"'weight' of '{member.group.name}' was set, but it is that of each connection",
            hint="give it to the projections: net.projection(..., weight=...)",
        )
    if own in _read_in_steps(system):
        report.error(
            "unsupported.construct",
            f"'weight' of {root.type.name} '{root.component.id}' is that of a connection: only "
            "an OnEvent may use it",
        )
    handlers = tuple(
        (port, mapped(body, lambda e: rename(e, {own: WEIGHT})) if port in ports else body)
        for port, body in system.handlers
    )
    kept = any(own in reads(item) for port, body in handlers if port not in ports for item in body)
    variables = system.variables
    if not kept and own in variables and variables[own].role is Role.PARAMETER:
        variables = {name: item for name, item in variables.items() if name != own}
    return replace(system, handlers=handlers, variables=variables)


def _read_in_steps(system: EquationSystem) -> set[str]:
    """Names that the equations of a step read, events apart."""
    found: set[str] = set()
    for part in system.parts:
        for item in (*part.requirements, *part.derived, *part.rates):
            found |= free_symbols(item.value)
        for statement in (*part.conditions, *part.on_start):
            found |= reads(statement)
        for regime in part.regimes:
            for item in (*regime.derived, *regime.rates):
                found |= free_symbols(item.value)
            for statement in regime.conditions:
                found |= reads(statement)
    return found
