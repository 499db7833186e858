"""How the events of a group are delivered, so that threads do not disturb each other.

- ``spread``: every connection by itself; what events add is added atomically.
- ``apart``: what arrives together, one batch after the other; within a batch every connection by
  itself, because no target is reached twice.
- ``owned``: by the thread that owns the target, in the order of the events.

What some events change and others read in the same phase of a step is never ``spread``.
"""

from __future__ import annotations

import numpy as np

from annarchy_ml.expr.nodes import Binary, Call, Expr, Symbol
from annarchy_ml.expr.traverse import free_symbols
from annarchy_ml.kernels.nodes import (
    Accumulate,
    Emit,
    GroupKernel,
    Kernel,
    KernelKind,
    Let,
    Store,
)
from annarchy_ml.kernels.plan import GroupPlan, ProjectionPlan, RuleProjectionPlan, SimulationPlan
from annarchy_ml.kernels.uses import accumulated, expressions_of, stored_fields, used_symbols, walk

Place = tuple[int, str]
"""A field: its group and its name."""
Phases = tuple[tuple[bool, bool], ...]
"""Of each projection, whether it has connections with a delay, and without one."""


def modes_of(plan: SimulationPlan, phases: Phases = ()) -> tuple[str, ...]:
    """How the events of each group are delivered.

    Args:
        plan: what runs.
        phases: of each projection, if its delays may have changed.
    """
    ordered = _ordered(plan, phases or tuple(map(phases_of, plan.projections)))
    repeated = {item.target for item in plan.projections if _may_repeat(plan, item)}
    return tuple(
        _mode_of(group, plan.module.groups[group.kernel], number in ordered, number in repeated)
        for number, group in enumerate(plan.groups)
    )


def _may_repeat(plan: SimulationPlan, item: ProjectionPlan | RuleProjectionPlan) -> bool:
    """Whether an instance may send several events that are heard together."""
    kernel = plan.module.groups[plan.groups[item.source].kernel]
    update = kernel.kernel(KernelKind.UPDATE)
    sent = [one.port for one in walk(update.body) if isinstance(one, Emit)] if update else []
    return kernel.emits_on_event or sent.count(item.source_port) > 1


def phases_of(item: ProjectionPlan | RuleProjectionPlan) -> tuple[bool, bool]:
    """Whether a projection has connections with a delay, and without one."""
    delays = getattr(item, "delays", None)
    if delays is None:
        return True, False
    return len(delays) > 0 and float(delays[-1]) > 0, len(delays) > 0 and float(delays[0]) == 0


def _ordered(plan: SimulationPlan, phases_by_item: Phases) -> set[int]:
    """Groups whose events change what others read that may be heard side by side, and those.

    What is passed on without delay is heard among what arrives.
    """
    relays = {
        item.target
        for item in plan.projections
        if plan.module.groups[plan.groups[item.target].kernel].emits_on_event
    }
    known = [
        (
            item.target,
            (phases[0] or (phases[1] and item.source in relays), phases[1]),
            *_touched(plan, item),
        )
        for item, phases in zip(plan.projections, phases_by_item, strict=True)
    ]
    writers: dict[tuple[int, Place], set[int]] = {}
    for target, phases, _, changed in known:
        for phase in np.flatnonzero(phases):
            for place in changed:
                writers.setdefault((int(phase), place), set()).add(target)
    found: set[int] = set()
    for target, phases, read, _ in known:
        for phase in np.flatnonzero(phases):
            for place in read:
                others = writers.get((int(phase), place), set())
                found |= {target, *others} if others else set()
    return found


def _touched(
    plan: SimulationPlan, item: ProjectionPlan | RuleProjectionPlan
) -> tuple[frozenset[Place], frozenset[Place]]:
    """The fields of other groups that an event reads, and all fields that it changes."""
    group = plan.groups[item.target]
    kernel = plan.module.groups[group.kernel].kernel(KernelKind.EVENT, item.target_port)
    if kernel is None:
        return frozenset(), frozenset()
    places = {name: (bound.group, bound.field) for name, bound in group.externals.items()}
    read, added = used_symbols(kernel.body), accumulated(kernel.body)
    own = {(item.target, name) for name in stored_fields(kernel.body)}
    return (
        frozenset(places[name] for name in read & places.keys()),
        frozenset({*own, *(places[name] for name in added)}),
    )


def _mode_of(group: GroupPlan, kernel: GroupKernel, ordered: bool, repeated: bool) -> str:
    events = [item for item in kernel.kernels if item.kind is KernelKind.EVENT]
    changed = frozenset(name for item in events for name in stored_fields(item.body))
    if not ordered and all(_only_adds(item, changed) for item in events):
        return "spread"
    if group.owner is not None and not repeated and all(item.apart for item in events):
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
