"""What else changes with a parameter: constants, start values, and where its values lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from annarchy_ml.kernels.initialize import Start
from annarchy_ml.kernels.nodes import GroupKernel, KernelKind, Role
from annarchy_ml.kernels.plan import SimulationPlan
from annarchy_ml.kernels.uses import stored_fields
from annarchy_ml.kernels.widen import widened


@dataclass(frozen=True, slots=True)
class Changed:
    """The plan with new values and what follows from them.

    Attributes:
        starts: start values by group.
        written: parameters and constants to be written again: group, field.
        wide: fields that the plan before kept once for a whole group and this one per instance.
    """

    plan: SimulationPlan
    starts: list[dict[str, Any]]
    written: tuple[tuple[int, str], ...]
    wide: tuple[tuple[int, str], ...]


def with_parameters(plan: SimulationPlan, values: Sequence[tuple[int, str, Any]]) -> Changed:
    """The effects of new parameter values.

    Args:
        plan: the whole plan.
        values: group, field and new values, shape (1,) or (size,).
    """
    groups = list(plan.groups)
    for position, name, given in values:
        known = {**groups[position].values, name: given}
        groups[position] = replace(groups[position], values=known)
    touched = sorted({position for position, _, _ in values})
    plan = replace(plan, groups=tuple(groups))
    start = Start(plan, plan.seed)
    wide = tuple((group, name) for group in touched for name in start.spread(group))
    if wide:
        plan = widened(plan, wide)
    written = tuple(
        (group, name)
        for group in touched
        for name in _fixed_fields(plan.module.groups[plan.groups[group].kernel])
    )
    return Changed(plan, start.values_for(plan), written, wide)


def _fixed_fields(kernel: GroupKernel) -> list[str]:
    """Parameters, and derived values that no step and no event changes."""
    moving: set[str] = set()
    for item in kernel.kernels:
        if item.kind is not KernelKind.INIT:
            moving |= stored_fields(item.body)
    return [
        item.name
        for item in kernel.fields
        if item.role in (Role.PARAMETER, Role.DERIVED) and item.name not in moving
    ]
