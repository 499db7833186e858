"""Gives shared fields of some groups a value per instance; the order of the fields stays.

Before: ``field gain: shared parameter`` in the kernel of two groups. After: the group whose cells
differ has a kernel of its own with ``field gain: per_instance parameter``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from annarchy_ml.expr.traverse import free_symbols
from annarchy_ml.kernels.families import with_families
from annarchy_ml.kernels.nodes import GroupKernel, Placement, Usual
from annarchy_ml.kernels.plan import SimulationPlan
from annarchy_ml.kernels.verify import verify


def widened(plan: SimulationPlan, fields: Iterable[tuple[int, str]]) -> SimulationPlan:
    """The plan with these fields, (group, name), one value per instance."""
    by_group: dict[int, set[str]] = {}
    for position, name in fields:
        by_group.setdefault(position, set()).add(name)
    for position, names in by_group.items():
        kernel = plan.module.groups[plan.groups[position].kernel]
        plan = with_kernel(plan, position, _with_wide(kernel, names))
    verify(plan.module)
    return plan


def with_kernel(plan: SimulationPlan, position: int, made: GroupKernel) -> SimulationPlan:
    """The plan with another kernel for one group; others keep the one that they shared."""
    groups, kernels = list(plan.groups), list(plan.module.groups)
    number = groups[position].kernel
    if sum(item.kernel == number for item in groups) == 1:
        kernels[number] = made
    else:
        if made not in kernels:
            kernels.append(made)
        groups[position] = replace(groups[position], kernel=kernels.index(made))
    module = replace(plan.module, groups=tuple(kernels))
    return with_families(replace(plan, module=module, groups=tuple(groups)))


def _with_wide(kernel: GroupKernel, names: set[str]) -> GroupKernel:
    fields = tuple(
        replace(item, placement=Placement.PER_INSTANCE) if item.name in names else item
        for item in kernel.fields
    )
    kernels = tuple(replace(item, usual=_still(item.usual, names)) for item in kernel.kernels)
    return replace(kernel, fields=fields, kernels=kernels)


def _still(usual: Usual | None, names: set[str]) -> Usual | None:
    """A usual body that asks nothing of these fields."""
    if usual is None or any(free_symbols(test) & names for test in usual.tests):
        return None
    return usual
