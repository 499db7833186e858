"""Fields whose values compiled kernels only hand on within a step.

Such as the current of a synapse, and the sum of them that its cell reads: they need no memory of
their own for each instance, but in steps after which they can be looked at.
"""

from __future__ import annotations

from annarchy_ml.kernels.nodes import DType, GroupKernel, KernelKind, Placement, Role
from annarchy_ml.kernels.plan import CouplingPlan, SimulationPlan, SynapticCouplingPlan
from annarchy_ml.kernels.uses import loaded_fields, stored_fields, used_symbols


def passing_fields(plan: SimulationPlan) -> tuple[tuple[int, str], ...]:
    """Such fields of a plan with kernel bodies, as (group, name); recorded ones are none."""
    recorded = {(item.group, item.field) for item in plan.recordings}
    read = {(item.group, item.field) for group in plan.groups for item in group.externals.values()}
    for position, group in enumerate(plan.groups):
        if group.cable is not None:
            read |= {(position, group.cable.rate), (position, group.cable.slope)}
    for item in plan.couplings:
        if isinstance(item, CouplingPlan):
            read.add((item.source, item.source_field))
    sums = {(group.host, added.target) for group in plan.groups for added in group.reductions}
    terms = [
        (item.synapses, item.term_field)
        for item in plan.couplings
        if isinstance(item, SynapticCouplingPlan)
    ]
    made_anew = [fields_made_anew(kernel) for kernel in plan.module.groups]
    return tuple(place for place in terms if place not in recorded) + tuple(
        (position, name)
        for position, group in enumerate(plan.groups)
        for name, reduced in made_anew[group.kernel].items()
        if (not reduced or (position, name) in sums) and (position, name) not in recorded | read
    )


def fields_made_anew(group: GroupKernel) -> dict[str, bool]:
    """Fields whose value is made anew in every step before a kernel of the group reads it.

    Returns:
        By name, whether the engine makes it, by summing over attached instances.
    """
    elsewhere = frozenset[str]()
    loaded = frozenset[str]()
    stored = frozenset[str]()
    for kernel in group.kernels:
        if kernel.kind is KernelKind.UPDATE:
            loaded, stored = loaded_fields(kernel.body), stored_fields(kernel.body)
        else:
            elsewhere |= used_symbols(kernel.body) | stored_fields(kernel.body)
    return {
        item.name: item.role is Role.REDUCED
        for item in group.fields
        if item.placement is Placement.PER_INSTANCE
        and item.dtype is DType.REAL
        and item.name not in elsewhere
        and (
            (item.role is Role.REDUCED and item.name not in stored)
            or (item.role in (Role.DERIVED, Role.EXPOSURE) and item.name in stored - loaded)
        )
    }
