"""Hands the groups and connections of a plan to the native core."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annarchy_ml.engine.couplings import add_coupling, add_synaptic_coupling
from annarchy_ml.engine.projections import add_projection
from annarchy_ml.kernels.nodes import DType, Placement, Role
from annarchy_ml.kernels.plan import CouplingPlan, SimulationPlan

if TYPE_CHECKING:
    from annarchy_ml.engine import _core


_ORDERLY = ("host", "around", "pre", "sender", "post")
"""Indices to what has stepped before, or steps in the same slice."""


def add_groups(plan: SimulationPlan, network: _core.Network) -> None:
    """Adds the groups of a plan, in its order; states and recorded values must stay finite.

    A recorded field has a place per instance even where the kernels read one value for all, so that
    its record stays right when the instances get values of their own.
    """
    recorded = {(item.group, item.field) for item in plan.recordings}
    for position, group in enumerate(plan.groups):
        kernel = plan.module.groups[group.kernel]
        fields = [
            (
                item.name,
                "int" if item.dtype is DType.INT else "real",
                item.placement is Placement.PER_INSTANCE or (position, item.name) in recorded,
                item.role is Role.STATE or (position, item.name) in recorded,
            )
            for item in kernel.fields
        ]
        made = network.add_group(
            group.name,
            group.size,
            fields,
            list(kernel.in_ports),
            list(kernel.out_ports),
            position,
        )
        assert made == position


def set_passing(plan: SimulationPlan, network: _core.Network) -> None:
    """Names the fields whose values compiled kernels only hand on within a step."""
    for position, name in plan.passing:
        network.set_passing(position, name)


def set_event_reads(plan: SimulationPlan, network: _core.Network) -> None:
    """Says what the events of compiled kernels read, and which of them they may obey later."""
    for item in plan.event_reads:
        kernel = plan.module.groups[plan.groups[item.group].kernel]
        numbers = {external.name: k for k, external in enumerate(kernel.externals)}
        read = [numbers[name] for name in item.externals]
        network.set_event_reads(item.group, item.port, read, item.may_wait)


def add_wiring(plan: SimulationPlan, network: _core.Network) -> None:
    """Adds what connects the groups: hosts, indices, externals, sums, events, the schedule."""
    for position, group in enumerate(plan.groups):
        if group.host is not None and group.host_index is not None:
            network.set_host(position, group.host, group.host_index)
    for position, group in enumerate(plan.groups):
        if (cable := group.cable) is not None:
            network.set_cables(
                position,
                (cable.cells, cable.lanes, cable.second_order),
                cable.parent,
                cable.conductance,
                cable.compartment,
                cable.capacitance,
                (cable.potential, cable.rate, cable.slope),
            )
    for position, group in enumerate(plan.groups):
        kernel = plan.module.groups[group.kernel]
        for number, name in enumerate(kernel.indices):
            network.set_index(position, number, group.indices[name])
        for number, external in enumerate(kernel.externals):
            binding = group.externals[external.name]
            index = kernel.indices.index(external.index)
            network.bind_external(position, number, binding.group, binding.field, index)
        if group.owner is not None:
            name, owner = group.owner
            network.set_owner(position, kernel.indices.index(name), owner)
        elif not group.couples and any(name not in _ORDERLY for name in kernel.indices):
            network.set_serial(position)
        for item in group.reductions:
            network.add_reduction(position, item.source, item.target, item.operation)
    for projection in plan.projections:
        add_projection(projection, network)
    for coupling in plan.couplings:
        if isinstance(coupling, CouplingPlan):
            add_coupling(coupling, network)
        else:
            add_synaptic_coupling(coupling, plan, network)
    network.set_schedule([(item.group, item.begin, item.end) for item in plan.blocks])
