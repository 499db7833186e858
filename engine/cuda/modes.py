"""How the events of a group are delivered, so that threads do not disturb each other.

- ``spread``: every connection by itself; what events add is added atomically.
- ``apart``: what arrives together, one batch after the other; within a batch every connection by
  itself, because no target is reached twice.
- ``owned``: by the thread that owns the target, in the order of the events.
"""

from __future__ import annotations

from annarchy_ml.expr.nodes import Binary, Call, Expr, Symbol
from annarchy_ml.expr.traverse import free_symbols
from annarchy_ml.kernels.nodes import (
    Accumulate,
    GroupKernel,
    Kernel,
    KernelKind,
    Let,
    Store,
)
from annarchy_ml.kernels.plan import GroupPlan
from annarchy_ml.kernels.uses import expressions_of, stored_fields


def mode_of(group: GroupPlan, kernel: GroupKernel) -> str:
    """How the events of a group are delivered."""
    events = [item for item in kernel.kernels if item.kind is KernelKind.EVENT]
    changed = frozenset(name for item in events for name in stored_fields(item.body))
    if all(_only_adds(item, changed) for item in events):
        return "spread"
    if group.owner is not None and all(item.apart for item in events):
        return "apart"
    return "owned"


def added_value(name: str, value: Expr) -> Expr | None:
    """What ``name = value`` adds to ``name``; None if it does something else."""
    terms = _terms(value)
    if terms is None:
        return None
    for first, second in (terms, terms[::-1]):
        if first == Symbol(name) and name not in free_symbols(second):
            return second
    return None


def _terms(value: Expr) -> tuple[Expr, Expr] | None:
    match value:
        case Binary("+", left, right):
            return left, right
        case Call("sum", (left, right)):
            return left, right
        case _:
            return None


def _only_adds(kernel: Kernel, changed: frozenset[str]) -> bool:
    """Whether the order of events makes no difference but in roundings."""
    added: set[str] = set()
    for statement in kernel.body:
        match statement:
            case Let(_, value) | Accumulate(_, value):
                used = free_symbols(value)
            case Store(name, value):
                more = added_value(name, value)
                if more is None or name in added:
                    return False
                added.add(name)
                used = free_symbols(more)
            case _:
                return False
        if used & changed:
            return False
    return bool(kernel.body) and all(expressions_of(item) for item in kernel.body)
