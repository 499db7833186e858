"""Puts a network together as a ``SimulationPlan``: kernels, values, connections, recordings.

Before: groups with template trees, wires as columns, paths to record. After: one kernel per
structure, arrays of values, connections in rows sorted by (source, delay, target), the order in
which blocks of instances step, and the order in which they start.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.expr import free_symbols
from annarchy_ml.kernels.nodes import GroupKernel, KernelModule
from annarchy_ml.kernels.plan import (
    EventRecording,
    GroupEventRecording,
    InitCall,
    ProjectionPlan,
    Recording,
    RuleProjectionPlan,
    SimulationPlan,
)
from annarchy_ml.model.instance import Group, NetworkInstance
from annarchy_ml.model.system import EquationSystem
from annarchy_ml.passes.arrays import group_plan, is_heard, projection_plan
from annarchy_ml.passes.blocks import step_blocks
from annarchy_ml.passes.compartment_systems import of_cable, warn_of_temperature
from annarchy_ml.passes.couple import Coupler
from annarchy_ml.passes.flatten import Flattener
from annarchy_ml.passes.formulas import FormulaFinder, Formulas
from annarchy_ml.passes.initialize import DOWN, ROUNDS, START, UP
from annarchy_ml.passes.instantiate import signature
from annarchy_ml.passes.lower import LoweredSystem, lower
from annarchy_ml.passes.lump import lump_synapses
from annarchy_ml.passes.members import (
    Member,
    any_own_synapses,
    far_ends,
    far_key,
    foreign_group,
    order_by_host,
    root_order,
    varying_values,
)
from annarchy_ml.passes.places import PlaceFinder
from annarchy_ml.passes.recordings import Recordings
from annarchy_ml.passes.scope import Scopes
from annarchy_ml.passes.shared_channels import given, kinds_with_shared
from annarchy_ml.passes.sums import add_sums
from annarchy_ml.passes.values import ValueTable

if TYPE_CHECKING:
    from annarchy_ml.integrators import Step

Projection: TypeAlias = ProjectionPlan | RuleProjectionPlan


@dataclass(frozen=True, slots=True)
class RunSpec:
    """What is run.

    Attributes:
        step: how the states move.
        recordings: traces to record.
        events: events to record.
        dt: step [s].
        duration: [s].
        seed: of all random numbers.
        method: name of the method, as results show it.
        group_events: events of many instances at once.
        second_order: whether cells of compartments take steps of second order.
        heard_late: whether events are heard in the step after the one in which they are due.
    """

    step: Step
    recordings: tuple[Recording, ...]
    events: tuple[EventRecording, ...]
    dt: float
    duration: float
    seed: int
    method: str
    group_events: tuple[GroupEventRecording, ...] = ()
    second_order: bool = False
    heard_late: bool = False


class Assembler:
    """Makes the plan of one network."""

    def __init__(
        self,
        network: NetworkInstance,
        finder: PlaceFinder,
        values: ValueTable,
        report: Diagnostics,
    ) -> None:
        self.network = network
        self.scopes = Scopes()
        self.report = report
        dimensions = values.document.dimensions
        self.recordings = Recordings(network, finder, self.scopes, dimensions, report)
        self.flattener = Flattener(self.scopes, values.constants, report)
        self.formulas = FormulaFinder(
            self.scopes, values.constants, values.derived.selected, report
        )
        self.members: list[Member] = []
        self._by_group = self.recordings.by_group
        self.coupler = Coupler(self)

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
                far_key(group),
                given(group),
            )
            system = systems.get(key)
            if system is None:
                around = group.around.root if group.around else None
                system = self.flattener.system(
                    group.root, host, environment, inner, around, far_ends(group)
                )
                system = of_cable(group, system, self.scopes)
                systems[key] = system
                warn_of_temperature(group, system, self.report)
            member = Member(group, position, system, varying_values(group))
            order_by_host(member)
            self.members.append(member)
            self._by_group[id(group)] = member
        self._want_foreign()
        add_sums(self.members, self._by_group, self.scopes, self.report)
        self.coupler.couple()

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

    def _want_foreign(self) -> None:
        """Variables that other groups read must be stored."""
        for member in self.members:
            for item in member.system.foreign:
                other = foreign_group(member.group, item.index)
                if other is not None:
                    self._by_group[id(other)].offer(item.variable)

    def replace_group(self, member: Member, group: Group, system: EquationSystem) -> None:
        """Puts another group, with other equations, in the place of a member's own."""
        self.network.groups[member.position] = group
        self._by_group[id(group)] = member
        member.group, member.system, member.varying = group, system, {}
        member.lumped = True
        order_by_host(member)

    def add(self, member: Member) -> Member:
        """One more group."""
        self.network.groups.append(member.group)
        self.members.append(member)
        self._by_group[id(member.group)] = member
        order_by_host(member)
        return member

    def plan(self, spec: RunSpec) -> SimulationPlan:
        """The whole plan."""
        recorded = {item.group for item in spec.recordings} | {item.group for item in spec.events}
        lump_synapses(self, recorded)
        if any_own_synapses(self.members, self.network, recorded):
            from annarchy_ml.passes.plastic import split_synapses

            split_synapses(self, recorded)
        spec = self._timed(spec)
        kernels = self._lower_all(spec.step)
        numbers = {kernel: number for number, kernel in enumerate(kernels)}
        groups = tuple(
            group_plan(member, numbers[kernel], self._by_group, spec.second_order)
            for member in self.members
            if (kernel := member.kernel) is not None
        )
        projections = tuple(
            _delayed(projection_plan(wires, self._by_group), spec)
            for wires in self.network.wires
            if is_heard(wires, self._by_group)
        )
        return SimulationPlan(
            module=KernelModule(kernels),
            groups=groups,
            projections=projections,
            blocks=step_blocks(root_order(self.members), groups, kernels, projections),
            init=self._init_order(),
            recordings=spec.recordings,
            event_recordings=spec.events,
            dt=spec.dt,
            duration=spec.duration,
            seed=spec.seed,
            method=spec.method,
            group_events=spec.group_events,
            couplings=self.coupler.plans(),
            half_step_ms=_half_step_ms(spec) if spec.heard_late else 0.0,
        )

    def _timed(self, spec: RunSpec) -> RunSpec:
        """Groups read others, and are recorded, as of the time in a step that the method says."""
        if any(member.group.far for member in self.members) or spec.heard_late:
            from annarchy_ml.passes.peers import read_at_start, read_within

            change = read_at_start if spec.heard_late else read_within
            change(self.members, self._by_group)
        if not spec.heard_late:
            return spec
        from annarchy_ml.passes.record_late import record_at_end

        return replace(spec, recordings=record_at_end(self, spec.recordings))

    def _lower_all(self, step: Step) -> tuple[GroupKernel, ...]:
        """The kernels of all groups, each structure once; every member knows its own."""
        lowered: dict[object, LoweredSystem] = {}
        kernels: dict[GroupKernel, GroupKernel] = {}
        formulas: dict[int, Formulas] = {}
        for member in self.members:
            wanted = frozenset(member.wanted)
            known = formulas.get(id(member.system))
            if known is None:
                known = self.formulas.of(member.group.root, member.system.variables)
                formulas[id(member.system)] = known
            member.formulas = known
            varying = _following(frozenset(member.varying), known) | member.read
            cable = member.group.cable
            kinds = kinds_with_shared(cable.kinds, member.system.shared) if cable else ()
            key = (id(member.system), wanted, varying, kinds)
            if key not in lowered:
                unit_of = self.recordings.unit
                lowered[key] = lower(member.system, step, wanted, varying, unit_of, kinds)
            member.lowered = lowered[key]
            kernel = member.lowered.kernel
            member.kernel = kernels.setdefault(kernel, kernel)
        return tuple(kernels)

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
        return tuple(calls) * (2 if any(member.group.far for member in self.members) else 1)


def _delayed(item: Projection, spec: RunSpec) -> Projection:
    """A projection whose events are heard in the step after the one in which they are due.

    NEURON looks for spikes at the start of a step, and delivers events that are due until its
    middle: half a step more leads from the end of a step to that.
    """
    if not spec.heard_late or not isinstance(item, ProjectionPlan):
        return item
    return replace(item, delays=item.delays + 0.5 * spec.dt)


def _half_step_ms(spec: RunSpec) -> float:
    """Half a step in the digits in which the export to NEURON writes the step."""
    return 0.5 * float(str(np.float32(spec.dt * 1e3)))


def _following(varying: frozenset[str], formulas: Formulas) -> frozenset[str]:
    """Parameters that differ between instances, and those computed from them."""
    for name, value in formulas:  # in an order in which each can be computed
        if free_symbols(value) & varying:
            varying |= {name}
    return varying
