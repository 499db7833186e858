"""Puts a network together as a ``SimulationPlan``: kernels, values, connections, recordings.

Before: groups with template trees, wires as columns, paths to record. After: one kernel per
structure, arrays of values, connections in rows sorted by (source, delay, target), the order in
which blocks of instances step, and the order in which they start.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from annarchy_ml.diagnostics import Diagnostics, did_you_mean
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.expr.nodes import Expr
from annarchy_ml.kernels.nodes import GroupKernel, KernelModule, Role
from annarchy_ml.kernels.plan import (
    EventRecording,
    ExternalBinding,
    GroupPlan,
    InitCall,
    ProjectionPlan,
    Recording,
    Reduction,
    SimulationPlan,
)
from annarchy_ml.model.instance import Group, NetworkInstance, Node, Wires
from annarchy_ml.model.system import EquationSystem, ReducedInput
from annarchy_ml.passes.blocks import step_blocks
from annarchy_ml.passes.flatten import Flattener
from annarchy_ml.passes.initialise import DOWN, ROUNDS, START, UP
from annarchy_ml.passes.instantiate import signature
from annarchy_ml.passes.lump import lump_synapses
from annarchy_ml.passes.lower import Lowered, Method, lower
from annarchy_ml.passes.places import Place, PlaceError, PlaceFinder
from annarchy_ml.passes.request import Wanted
from annarchy_ml.passes.scope import Scopes
from annarchy_ml.units import Dimension, base_units


@dataclass(slots=True)
class Member:
    """What is known about one group while the plan is made."""

    group: Group
    position: int
    system: EquationSystem
    varying: dict[str, Any] = field(default_factory=dict)
    wanted: set[str] = field(default_factory=set)
    order: Any = None  # own instance numbers in the order of the hosts
    place_of: Any = None  # the inverse
    reductions: list[Reduction] = field(default_factory=list)
    lowered: Lowered | None = None


@dataclass(frozen=True, slots=True)
class Assembled:
    """The plan, the systems behind it, and recordings by the path that asked for them."""

    plan: SimulationPlan
    systems: tuple[EquationSystem, ...]
    stochastic_start: bool


class Assembler:
    """Makes the plan of one network."""

    def __init__(
        self,
        network: NetworkInstance,
        finder: PlaceFinder,
        scopes: Scopes,
        constants: dict[str, float],
        dimensions: dict[str, Dimension],
        report: Diagnostics,
    ) -> None:
        self.network = network
        self.finder = finder
        self.scopes = scopes
        self.dimensions = dimensions
        self.report = report
        self.flattener = Flattener(scopes, constants, report)
        self.members: list[Member] = []
        self._by_group: dict[int, Member] = {}

    def flatten(self) -> None:
        """Equation systems of all groups; equal structures share one."""
        systems: dict[object, EquationSystem] = {}
        ports = self._connected_ports()
        for position, group in enumerate(self.network.groups):
            host = group.attachment.node if group.attachment else None
            inner = ports.get(id(group), frozenset())
            environment = frozenset(group.environment)
            key = (
                signature(group.root),
                group.root.peer,
                id(host.type) if host else None,
                host.path if host else "",
                inner,
                environment,
                id(group.around.root) if group.around else None,
                _peer_key(group),
            )
            system = systems.get(key)
            if system is None:
                around = group.around.root if group.around else None
                system = self.flattener.system(
                    group.root, host, environment, inner, around, _peer_nodes(group)
                )
                systems[key] = system
            member = Member(group, position, system, self._varying(group, system))
            self._order(member)
            self.members.append(member)
            self._by_group[id(group)] = member
        self._want_foreign()
        self._reductions()

    def _connected_ports(self) -> dict[int, frozenset[tuple[str, str]]]:
        found: dict[int, set[tuple[str, str]]] = {}
        for wires in self.network.wires:
            for group, node, port in (
                (wires.source, wires.source_node, wires.source_port),
                (wires.target, wires.target_node, wires.target_port),
            ):
                if node is not group.root:
                    found.setdefault(id(group), set()).add((node.path, port))
        return {key: frozenset(value) for key, value in found.items()}

    def _varying(self, group: Group, system: EquationSystem) -> dict[str, Any]:
        """Arrays of the parameters that differ between the instances of a group."""
        varying: dict[str, Any] = {}
        if len(group.variants) > 1:
            choice = np.asarray(group.variant_of)
            trees = [list(tree.walk()) for tree in group.variants]
            for number, node in enumerate(trees[0]):
                for name, value in node.values.items():
                    column = [tree[number].values.get(name, value) for tree in trees]
                    if any(other != value for other in column):
                        varying[node.qualified(name)] = np.asarray(column)[choice]
        for name, column in group.properties.items():
            default = group.root.values.get(name, 0.0)
            values = np.full(group.size, default)
            values[: len(column)] = column
            qualified = group.root.qualified(name)
            if np.any(values != values[0]):
                varying[qualified] = values
            else:
                varying.pop(qualified, None)
        return varying

    def _order(self, member: Member) -> None:
        group = member.group
        if group.attachment is None:
            return
        member.order = np.argsort(np.asarray(group.hosts, np.int64), kind="stable")
        member.place_of = np.empty(group.size, np.int64)
        member.place_of[member.order] = np.arange(group.size)

    def _want_foreign(self) -> None:
        """Variables that other groups read must be stored."""
        for member in self.members:
            hung = member.group.attachment
            for item in member.system.foreign:
                if item.index == "host" and hung is not None:
                    self._by_group[id(hung.host)].wanted.add(item.variable)
                elif item.index == "around" and member.group.around is not None:
                    self._by_group[id(member.group.around)].wanted.add(item.variable)
                elif member.group.peers:
                    far = member.group.peers[0][0]
                    if item.index == "peer host" and far.attachment is not None:
                        far = far.attachment.host
                    self._by_group[id(far)].wanted.add(item.variable)

    def _reductions(self) -> None:
        for member in self.members:
            hung = member.group.attachment
            if hung is None:
                continue
            host = self._by_group[id(hung.host)]
            for item in host.system.reduced:
                if item.node == hung.node.path and item.slot == hung.slot:
                    self._reduction(member, item)

    def _reduction(self, member: Member, item: ReducedInput) -> None:
        root = member.group.root
        if item.predicate is not None:
            key, text = item.predicate
            if root.component.attributes.get(key, "") != text:
                return
        name = self.scopes.published(root, item.variable)
        if name is None or root.type.name == "":
            self.report.error(
                "path.unknown",
                f"{root.type.name} '{root.component.id}' offers no '{item.variable}', which the "
                "cell that it acts on sums",
                locate(root.origin),
            )
            return
        member.wanted.add(name)
        member.reductions.append(Reduction(name, item.name, item.operation))

    # recordings

    def place_of(self, path: str) -> tuple[Member, int, Node, str]:
        """Group, instance, node and last step of a path such as ``pop[0]/gate/q``.

        Raises:
            PlaceError: If the path leads nowhere.
        """
        *steps, last = path.strip().split("/")
        where = "/".join(steps)
        place = self._find(where, path)
        member = self._by_group[id(place[0])]
        index = place[1] if member.place_of is None else int(member.place_of[place[1]])
        return member, index, place[2], last

    def _find(self, where: str, path: str) -> Place:
        if self.network.top is not None:
            if not where and self.network.top.own is not None:
                return (*self.network.top.own, self.network.top.own[0].root)
            if not where:
                raise PlaceError(
                    "path.unknown",
                    f"'{path}' names no component of the network",
                    "",
                    "write population[0]/variable",
                )
            return self.finder.find(self.network.top, where)
        return self.finder.inside(self.network.groups[0], where)

    def recording(self, wanted: Wanted) -> Recording | None:
        """A trace to record; None after a reported fault."""
        try:
            member, index, node, name = self.place_of(wanted.path)
            variable = self.scopes.of(node).published(name)
            if variable is None and name in node.values:
                variable = name
            if variable is None:
                scope = self.scopes.of(node)
                names = [*scope.states, *scope.derived, *scope.exposures]
                raise PlaceError(
                    "path.unknown",
                    f"{node.type.name} '{node.component.id}' has no '{name}' to record",
                    "",
                    did_you_mean(name, names) or f"it has: {', '.join(dict.fromkeys(names))}",
                )
        except PlaceError as fault:
            span = locate(wanted.origin, wanted.attribute)
            self.report.error(fault.code, str(fault), span, hint=fault.hint)
            return None
        qualified = node.qualified(variable)
        if variable in node.values and variable not in self.scopes.of(node).derived:
            self.flattener_declare(member, node, variable)
        member.wanted.add(qualified)
        dimension = self.scopes.of(node).dimension(name if variable == name else variable.split("#")[0])
        return Recording(
            wanted.path, member.position, qualified, index, self.unit(dimension), dimension
        )

    def replace_group(self, member: Member, group: Group, system: EquationSystem) -> None:
        """Puts another group, with other equations, in the place of a member's own."""
        self.network.groups[member.position] = group
        self._by_group[id(group)] = member
        member.group, member.system, member.varying = group, system, {}
        self._order(member)

    def flattener_declare(self, member: Member, node: Node, name: str) -> None:
        """Makes a parameter that no equation uses known to the system of a group."""
        from annarchy_ml.model.system import Variable

        qualified = node.qualified(name)
        member.system.variables.setdefault(
            qualified,
            Variable(qualified, Role.PARAMETER, self.scopes.of(node).dimension(name)),
        )

    def unit(self, dimension: str) -> str:
        """SI unit of a named dimension."""
        found = self.dimensions.get(dimension)
        return base_units(found) if found is not None else "1"

    def event_recording(self, wanted: Wanted) -> EventRecording | None:
        """Events to record; None after a reported fault."""
        try:
            place = self._find(wanted.path, wanted.path)
            member = self._by_group[id(place[0])]
            node = place[2]
            ports = [item.name for item in node.type.ports if item.direction == "out"]
            port = wanted.port or (ports[0] if ports else "")
            if port not in ports:
                raise PlaceError(
                    "port.unknown",
                    f"{node.type.name} '{node.component.id}' sends no events through '{port}'",
                    "eventPort",
                    f"its out-ports: {', '.join(ports) or 'none'}",
                )
        except PlaceError as fault:
            attribute = fault.attribute or wanted.attribute
            self.report.error(
                fault.code, str(fault), locate(wanted.origin, attribute), hint=fault.hint
            )
            return None
        index = place[1] if member.place_of is None else int(member.place_of[place[1]])
        return EventRecording(wanted.path, member.position, node.qualified(port), index)

    def locate(self, path: str) -> tuple[int, int, str, bool]:
        """Group, instance, field and whether one instance is meant, of a path to a value.

        ``pop[3]/v`` means one instance, ``pop/v`` the whole population.

        Raises:
            KeyError: If nothing of this name is stored.
        """
        single = True
        try:
            member, index, node, name = self.place_of(path)
        except PlaceError as fault:
            head, _, rest = path.partition("/")
            try:
                member, index, node, name = self.place_of(f"{head}[0]/{rest}")
            except PlaceError:
                raise KeyError(f"{fault}. {fault.hint}".strip()) from fault
            single = False
        qualified = node.qualified(name)
        assert member.lowered is not None
        names = [item.name for item in member.lowered.kernel.fields]
        if qualified not in names:
            published = self.scopes.of(node).published(name)
            qualified = node.qualified(published) if published else qualified
        if qualified not in names:
            hint = did_you_mean(qualified, names) or "record it to read it: compile(record=[...])"
            raise KeyError(f"'{path}' is not stored while the model runs. {hint}")
        return member.position, index, qualified, single

    # the plan

    def plan(
        self,
        method: Method,
        recordings: Iterable[Recording],
        events: Iterable[EventRecording],
        dt: float,
        duration: float,
        seed: int,
        name: str,
    ) -> Assembled:
        """The whole plan."""
        recordings, events = tuple(recordings), tuple(events)
        lump_synapses(self, {item.group for item in (*recordings, *events)})
        kernels: dict[object, int] = {}
        found: list[GroupKernel] = []
        lowered: dict[object, Lowered] = {}
        positions = []
        for member in self.members:
            key = (
                id(member.system),
                frozenset(member.wanted),
                frozenset(member.varying),
            )
            if key not in lowered:
                lowered[key] = lower(
                    member.system,
                    method,
                    frozenset(member.wanted),
                    frozenset(member.varying),
                )
            member.lowered = lowered[key]
            kernel = member.lowered.kernel
            if kernel not in kernels:
                kernels[kernel] = len(found)
                found.append(kernel)
            positions.append(kernels[kernel])
        groups = tuple(
            self._group_plan(member, position)
            for member, position in zip(self.members, positions, strict=True)
        )
        projections = tuple(
            self._projection(wires) for wires in self.network.wires if self._heard(wires)
        )
        plan = SimulationPlan(
            module=KernelModule(tuple(found)),
            groups=groups,
            projections=projections,
            blocks=step_blocks(groups, tuple(found), projections),
            init=self._init_order(),
            recordings=recordings,
            event_recordings=events,
            dt=dt,
            duration=duration,
            seed=seed,
            method=name,
        )
        return Assembled(
            plan,
            tuple(member.system for member in self.members),
            any(member.lowered.stochastic_start for member in self.members if member.lowered),
        )

    def _group_plan(self, member: Member, kernel: int) -> GroupPlan:
        assert member.lowered is not None
        group = member.group
        hung = group.attachment
        indices: dict[str, Any] = {}
        host_index = None
        host = None
        if hung is not None:
            host = self._by_group[id(hung.host)].position
            host_index = np.asarray(group.hosts, np.int32)[member.order]
            indices["host"] = host_index
        if group.peers:
            peers = []
            for other, index in (group.peers[int(own)] for own in member.order):
                place = self._by_group[id(other)].place_of
                peers.append(int(place[index]))
            indices["peer"] = np.asarray(peers, np.int32)
            far = self._by_group[id(group.peers[0][0])]
            far_hosts = np.asarray(far.group.hosts, np.int32)[far.order]
            indices["peer host"] = far_hosts[indices["peer"]]
        indices["around"] = np.zeros(group.size, np.int32)
        needed = member.lowered.kernel.indices
        return GroupPlan(
            name=group.name,
            kernel=kernel,
            size=group.size,
            values=self._values(member),
            externals=self._externals(member),
            indices={name: indices[name] for name in needed},
            host=host,
            host_index=host_index,
            reductions=tuple(member.reductions),
            start=member.lowered.start,
        )

    def _values(self, member: Member) -> dict[str, Any]:
        values: dict[str, Any] = {}
        nodes = {node.path: node for node in member.group.root.walk()}
        for name, variable in member.system.variables.items():
            if variable.role is not Role.PARAMETER:
                continue
            if name in member.varying:
                column = member.varying[name]
                values[name] = column if member.order is None else column[member.order]
            elif name.startswith("network:"):
                environment = member.group.environment
                values[name] = np.array([environment[name.removeprefix("network:")]])
            else:
                path, _, own = name.removeprefix("./").rpartition("/")
                column = None if path else member.group.properties.get(own)
                value = column[0] if column else nodes[path].values[own]
                values[name] = np.array([value])
        return values

    def _externals(self, member: Member) -> dict[str, ExternalBinding]:
        result = {}
        assert member.lowered is not None
        variables = {item.name: item.variable for item in member.system.foreign}
        for item in member.lowered.kernel.externals:
            variable = variables[item.name]
            if item.index == "host":
                hung = member.group.attachment
                assert hung is not None
                host = self._by_group[id(hung.host)].position
                result[item.name] = ExternalBinding(host, variable)
                continue
            if item.index == "around":
                assert member.group.around is not None
                around = self._by_group[id(member.group.around)].position
                result[item.name] = ExternalBinding(around, variable)
                continue
            far = member.group.peers[0][0]
            if item.index == "peer host" and far.attachment is not None:
                far = far.attachment.host
            result[item.name] = ExternalBinding(self._by_group[id(far)].position, variable)
        return result

    def _heard(self, wires: Wires) -> bool:
        """Whether anything listens at the in-port."""
        lowered = self._by_group[id(wires.target)].lowered
        port = wires.target_node.qualified(wires.target_port)
        return lowered is not None and port in lowered.kernel.in_ports

    def _projection(self, wires: Wires) -> ProjectionPlan:
        source = self._by_group[id(wires.source)]
        target = self._by_group[id(wires.target)]
        sources = np.asarray(wires.sources, np.int64)
        targets = np.asarray(wires.targets, np.int64)
        if source.place_of is not None:
            sources = source.place_of[sources]
        if target.place_of is not None:
            targets = target.place_of[targets]
        delays, which = np.unique(np.maximum(wires.delays, 0.0), return_inverse=True)
        order = np.lexsort((targets, which, sources))
        row_ptr = np.zeros(source.group.size + 1, np.int64)
        np.cumsum(np.bincount(sources, minlength=source.group.size), out=row_ptr[1:])
        return ProjectionPlan(
            source=source.position,
            source_port=wires.source_node.qualified(wires.source_port),
            target=target.position,
            target_port=wires.target_node.qualified(wires.target_port),
            row_ptr=row_ptr,
            targets=targets[order].astype(np.int32),
            delays=delays,
            delay_index=which[order].astype(np.int32) if len(delays) > 1 else None,
            weights=_weights(wires, order),
        )

    def _init_order(self) -> tuple[InitCall, ...]:
        roots = [member for member in self.members if member.group.attachment is None]
        surrounding = {id(member.group.around) for member in self.members}
        roots.sort(key=lambda member: id(member.group) not in surrounding)
        calls: list[InitCall] = []
        for root in roots:
            hung = [
                member
                for member in self.members
                if member.group.attachment is not None
                and member.group.attachment.host is root.group
            ]
            family = [root, *hung]
            calls.extend(InitCall(member.position, START) for member in family)
            for _ in range(ROUNDS):
                calls.extend(InitCall(member.position, UP) for member in hung)
                if hung:
                    calls.append(InitCall(root.position, ""))
                calls.append(InitCall(root.position, UP))
                calls.append(InitCall(root.position, DOWN))
                calls.extend(InitCall(member.position, DOWN) for member in hung)
        return tuple(calls) * (2 if any(member.group.peers for member in self.members) else 1)


def _peer_nodes(group: Group) -> tuple[Node, Node] | None:
    """The component at the other end of a group's tunnels, and the node it is attached to."""
    if not group.peers:
        return None
    far = group.peers[0][0]
    return (far.root, far.attachment.node) if far.attachment is not None else None


def _peer_key(group: Group) -> object:
    nodes = _peer_nodes(group)
    return None if nodes is None else (signature(nodes[0]), id(nodes[1].type), nodes[1].path)


def _weights(wires: Wires, order: Any) -> Any:
    """Weights in the order of the rows; None where all are 1."""
    if wires.weights is None:
        return None
    values = np.asarray(wires.weights, float)[order]
    return None if np.all(values == 1.0) else values
