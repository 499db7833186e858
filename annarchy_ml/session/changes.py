"""What else changes with a parameter: constants computed from it, and start values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from annarchy_ml.kernels.initialize import start_values
from annarchy_ml.kernels.nodes import GroupKernel, KernelKind, Role
from annarchy_ml.kernels.plan import SimulationPlan
from annarchy_ml.kernels.uses import stored_fields
from annarchy_ml.session.lowering import Lowered


@dataclass(frozen=True, slots=True)
class Changed:
    """The plan with the new value, its start values, and the constants to be written again."""

    plan: SimulationPlan
    starts: list[dict[str, Any]]
    constants: tuple[tuple[int, str], ...]


def with_parameter(lowered: Lowered, group: int, name: str, values: Any) -> Changed | None:
    """The effects of a new parameter value; None if ``name`` is no parameter.

    Args:
        lowered: the model.
        group: position of the group.
        name: the field.
        values: shape (1,) or (size,).
    """
    plan = lowered.whole_plan()
    kernel = plan.module.groups[plan.groups[group].kernel]
    if not any(item.name == name and item.role is Role.PARAMETER for item in kernel.fields):
        return None
    changed = replace(plan.groups[group], values={**plan.groups[group].values, name: values})
    groups = (*plan.groups[:group], changed, *plan.groups[group + 1 :])
    plan = replace(plan, groups=groups)
    constants = tuple(
        (position, field_name)
        for position, item in enumerate(plan.groups)
        for field_name in _constants(plan.module.groups[item.kernel])
    )
    return Changed(plan, start_values(plan, plan.seed), constants)


def _constants(kernel: GroupKernel) -> list[str]:
    moving: set[str] = set()
    for item in kernel.kernels:
        if item.kind is not KernelKind.INIT:
            moving |= stored_fields(item.body)
    return [
        item.name for item in kernel.fields if item.role is Role.DERIVED and item.name not in moving
    ]
