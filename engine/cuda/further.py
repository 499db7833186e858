"""What a network holds besides its plan and decides the text of a program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from annarchy_ml.engine.cuda.layout import kernel_of
from annarchy_ml.kernels.plan import CouplingPlan, SimulationPlan, SynapticCouplingPlan

if TYPE_CHECKING:
    from annarchy_ml.engine.cuda.network import DeviceNetwork

Place = tuple[int, str]
"""A field: group and name."""


@dataclass(frozen=True, slots=True)
class Further:
    """What was added to a network.

    Attributes:
        timetables: fields that get values at certain steps.
        pools: source, target and kind of values over whole groups.
        events: out-ports whose events are recorded besides those of the plan.
        columns: what is recorded: values of the plan, then others, by group, field and instance.
        phases: of each projection, whether it has connections with a delay, and without one; empty
            where the plan says so.
        kept: fields of which earlier values are kept already, and of how many steps.
        reaches: of each coupling of the plan, how many steps it looks back; 1: as they are.
    """

    timetables: tuple[Place, ...] = ()
    pools: tuple[tuple[Place, Place, int], ...] = ()
    reaches: tuple[int, ...] = ()
    events: tuple[tuple[int, str], ...] = ()
    columns: tuple[tuple[int, str, int], ...] = ()
    phases: tuple[tuple[bool, bool], ...] = ()
    kept: tuple[tuple[Place, int], ...] = ()

    def histories(self, plan: SimulationPlan) -> dict[Place, int]:
        """Fields of which earlier values are kept, and the most steps that anybody looks back."""
        found = dict(self.kept)
        for item, reach in zip(plan.couplings, self.reaches, strict=True):
            for place in sources_of(plan, item) if reach > 1 else ():
                found[place] = max(reach, found.get(place, 1))
        return found


def sources_of(
    plan: SimulationPlan, item: CouplingPlan | SynapticCouplingPlan
) -> tuple[Place, ...]:
    """The fields that a coupling reads of its sources."""
    if isinstance(item, CouplingPlan):
        return ((item.source, item.source_field),)
    group = plan.groups[item.synapses]
    bound = [
        group.externals[external.name]
        for external in kernel_of(plan, item.synapses).externals
        if external.index == item.sources
    ]
    return tuple((binding.group, binding.field) for binding in bound)


def further_of(
    plan: SimulationPlan,
    network: DeviceNetwork,
    phases: tuple[tuple[bool, bool], ...],
    kept: tuple[tuple[Place, int], ...],
) -> Further:
    """What was added to a network by now.

    Args:
        plan: what runs.
        network: to which it was added.
        phases: see `Further`.
        kept: see `Further`.
    """
    rows, synaptic = 0, 0
    reaches = []
    for item in plan.couplings:
        if isinstance(item, CouplingPlan):
            reaches.append(int(network.stored_rows(rows)[0][10]))
            rows += 1
        else:
            reaches.append(int(network.connection_switches[synaptic][5]))
            synaptic += 1
    return Further(
        tuple(target for target, *_ in network.timetables),
        tuple(network.pools),
        tuple(reaches),
        tuple((item.group, item.port) for events in network.heard for item in events),
        (
            *((item.group, item.field, item.index) for item in plan.recordings),
            *(column for item in network.traces if not item.retired for column in item.columns),
        ),
        phases,
        kept,
    )
