"""Compartments whose currents always answer the potential alike, such as passive dendrites.

Their rate is affine in the potential, by parameters and by sums over what is attached to them. The
engine finds once what they do where nothing is attached, and keeps it.
"""

from __future__ import annotations

from dataclasses import replace

from annarchy_ml.expr.nodes import Binary, Call, Conditional, Expr, Number, Symbol, Unary
from annarchy_ml.kernels.nodes import GroupKernel, Kernel, KernelKind, Let, Role, Store
from annarchy_ml.kernels.plan import SimulationPlan
from annarchy_ml.kernels.uses import stored_fields

_FREE, _AFFINE, _OTHER = range(3)
"""How an expression depends on the potential; what changes otherwise is `_OTHER` too."""

_KEPT = (Role.PARAMETER, Role.DERIVED, Role.REDUCED)


def with_steady_parts(plan: SimulationPlan) -> SimulationPlan:
    """The same plan, whose cables know which of their parts are steady."""
    recorded = {(item.group, item.field) for item in plan.recordings}
    groups = []
    for position, group in enumerate(plan.groups):
        cable = group.cable
        if cable is not None and (position, cable.rate) not in recorded:
            names = (cable.potential, cable.rate, cable.slope)
            steady = steady_parts(plan.module.groups[group.kernel], names)
            group = replace(group, cable=replace(cable, steady=steady))
        groups.append(group)
    return replace(plan, groups=tuple(groups))


def steady_parts(group: GroupKernel, names: tuple[str, str, str]) -> frozenset[int]:
    """The parts of compartments that are steady.

    Args:
        group: their kernels.
        names: of the potential, its rate and the slope of that.
    """
    changed: frozenset[str] = frozenset()
    for kernel in group.kernels:
        if kernel.kind is not KernelKind.INIT:
            changed |= stored_fields(kernel.body)
    kept = {
        item.name: _FREE for item in group.fields if item.role in _KEPT and item.name not in changed
    }
    kept[names[0]] = _AFFINE
    return frozenset(
        kernel.part
        for kernel in group.kernels
        if kernel.kind is KernelKind.UPDATE and _is_steady(kernel, names, kept)
    )


def _is_steady(kernel: Kernel, names: tuple[str, str, str], kept: dict[str, int]) -> bool:
    """Whether a kernel finds the rate and its slope from what is kept, and nothing else."""
    known = dict(kept)
    for item in kernel.body:
        if not isinstance(item, Let | Store):
            return False
        name = item.name if isinstance(item, Let) else item.field
        known[name] = _dependence(item.value, known)
    _, rate, slope = names
    if stored_fields(kernel.body) != {rate, slope}:
        return False
    return known[rate] <= _AFFINE and known[slope] == _FREE


def _dependence(value: Expr, known: dict[str, int]) -> int:
    match value:
        case Number():
            return _FREE
        case Symbol(name):
            return known.get(name, _OTHER)
        case Unary("-", operand):
            return _dependence(operand, known)
        case Binary(operator, left, right):
            return _of_both(operator, _dependence(left, known), _dependence(right, known))
        case Conditional(test, then, otherwise) if _dependence(test, known) == _FREE:
            return max(_dependence(then, known), _dependence(otherwise, known))
        case Unary(_, operand):
            parts: tuple[Expr, ...] = (operand,)
        case Call(_, parts):
            pass
        case Conditional(test, then, otherwise):
            parts = (test, then, otherwise)
    return _FREE if all(_dependence(part, known) == _FREE for part in parts) else _OTHER


def _of_both(operator: str, left: int, right: int) -> int:
    if operator in ("+", "-"):
        return max(left, right)
    if operator == "*" and _FREE in (left, right):
        return max(left, right)
    if operator == "/" and right == _FREE:
        return left
    return _FREE if left == right == _FREE else _OTHER
