"""Hands the groups and connections of a plan to the native core."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.engine.expand import expand
from annarchy_ml.kernels.nodes import DType, Placement, Role
from annarchy_ml.kernels.plan import ProjectionPlan, RuleProjectionPlan, SimulationPlan

if TYPE_CHECKING:
    from annarchy_ml.engine import _core


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


def add_wiring(plan: SimulationPlan, network: _core.Network) -> None:
    """Adds what connects the groups: hosts, indices, externals, sums, events, the schedule."""
    for position, group in enumerate(plan.groups):
        if group.host is not None and group.host_index is not None:
            network.set_host(position, group.host, group.host_index)
    for position, group in enumerate(plan.groups):
        kernel = plan.module.groups[group.kernel]
        for number, name in enumerate(kernel.indices):
            network.set_index(position, number, group.indices[name])
        for number, external in enumerate(kernel.externals):
            binding = group.externals[external.name]
            index = kernel.indices.index(external.index)
            network.bind_external(position, number, binding.group, binding.field, index)
        if any(name not in ("host", "around") for name in kernel.indices):
            network.set_serial(position)
        for item in group.reductions:
            network.add_reduction(position, item.source, item.target, item.operation)
    for number, projection in enumerate(plan.projections):
        if isinstance(projection, RuleProjectionPlan):
            projection = _expanded(plan, projection, number)
        network.add_projection(
            projection.source,
            projection.source_port,
            projection.target,
            projection.target_port,
            projection.row_ptr,
            projection.targets,
            projection.weights,
            projection.delays,
            projection.delay_index,
        )
    network.set_schedule([(item.group, item.begin, item.end) for item in plan.blocks])


def _expanded(plan: SimulationPlan, rule: RuleProjectionPlan, number: int) -> ProjectionPlan:
    """The connections of a rule in rows, sorted by (source, delay, target)."""
    sizes = tuple(end - begin for begin, end in (rule.source_range, rule.target_range))
    pairs = expand(rule.connectivity, (sizes[0], sizes[1]), plan.seed, number, plan.dt)
    sources = pairs.sources + rule.source_range[0]
    targets = pairs.targets + rule.target_range[0]
    delays, which = np.unique(pairs.delays, return_inverse=True)
    order = np.lexsort((targets, which, sources))
    row_ptr = np.zeros(plan.groups[rule.source].size + 1, np.int64)
    np.cumsum(np.bincount(sources, minlength=len(row_ptr) - 1), out=row_ptr[1:])
    same = np.all(pairs.weights == 1.0)
    return ProjectionPlan(
        source=rule.source,
        source_port=rule.source_port,
        target=rule.target,
        target_port=rule.target_port,
        row_ptr=row_ptr,
        targets=targets[order].astype(np.int32),
        delays=delays,
        delay_index=which[order].astype(np.int32) if len(delays) > 1 else None,
        weights=None if same else pairs.weights[order],
    )
