"""What stopped a run, in the user's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from annarchy_ml.diagnostics.core import (
    Diagnostic,
    EnvironmentFault,
    NonFiniteError,
    StoppedError,
)
from annarchy_ml.results import time_text

if TYPE_CHECKING:
    from annarchy_ml.engine import _core
    from annarchy_ml.expr import Expr
    from annarchy_ml.kernels.plan import GroupPlan, SimulationPlan

_NO_SOLUTION = "its implicit step has no solution that Newton's method finds in 50 rounds"
_SMALLER_STEP = "a smaller step often helps: try --dt with half the step of the file"


def stopped(
    error: Exception, plan: Callable[[], SimulationPlan], partial: Callable[[], Any]
) -> StoppedError:
    """The fault of a model that stopped a run; any other error is raised again.

    Args:
        error: what was raised.
        plan: gives the plan with its kernels.
        partial: gives what was recorded.
    """
    from annarchy_ml.engine import _core

    if isinstance(error, _core.NonFiniteError):
        zeros = tuple(zero_divisors(plan(), str(error.group)))
        fault = nonfinite_value(error, zeros, in_rounds(plan(), error))
        fault = replace(fault, notes=(*fault.notes, *schemes(plan(), str(error.group))))
        return NonFiniteError(fault, partial())
    if isinstance(error, _core.EngineError) and error.code == "event_loop":
        return StoppedError(_endless_events(error), partial())
    if isinstance(error, EnvironmentFault):
        error.partial = partial()
        until = time_text(error.partial.provenance["stopped_at"])
        error.notes += (f"everything recorded until then, {until}, is kept",)
    raise error


def nonfinite_value(
    error: _core.NonFiniteError, zeros: tuple[str, ...] = (), in_rounds: bool = False
) -> Diagnostic:
    """A value that stopped being a number.

    Args:
        error: of the engine.
        zeros: parameters that are 0 and divide.
        in_rounds: whether it is what Newton's method finds.
    """
    name = str(error.field).removeprefix("./").partition("#")[0]  # "#exposed": as others see it
    several = "these parameters" if len(zeros) > 1 else "this parameter"
    return Diagnostic(
        "run.nonfinite",
        f"'{name}' of {error.group}[{error.index}] is no longer a number at "
        f"{error.time * 1e3:.6g} ms",
        notes=(
            *((_NO_SOLUTION,) if in_rounds else ()),
            *(() if in_rounds and error.last is None else _last_value(error.last)),
            *(f"{item} is 0, and something is divided by it" for item in zeros),
        ),
        hint=f"give {several} another value" if zeros else _SMALLER_STEP,
    )


def schemes(plan: SimulationPlan, name: str) -> Iterator[str]:
    """What to know of each kinetic scheme of a group.

    Args:
        plan: with its kernels.
        name: of the group.
    """
    from annarchy_ml.kernels.nodes import Propagate
    from annarchy_ml.kernels.uses import walk

    found = (
        item.occupancies[0].rpartition("/")[0].rpartition("/")[0]
        for group in plan.groups
        if group.name == name
        for kernel in plan.module.groups[group.kernel].kernels
        for item in walk(kernel.body)
        if isinstance(item, Propagate)
    )
    for path in dict.fromkeys(found):
        yield (
            f"its kinetic scheme '{path}' has no occupancies where the rate of one of its "
            "transitions is negative or not finite: look at these rates"
        )


def in_rounds(plan: SimulationPlan, error: _core.NonFiniteError) -> bool:
    """Whether the value in question is what Newton's method finds."""
    from annarchy_ml.integrators.newton import iterate
    from annarchy_ml.kernels.nodes import Set, When
    from annarchy_ml.kernels.uses import walk

    wanted = iterate(str(error.field).partition("#")[0])
    return any(
        isinstance(inner, Set) and inner.name == wanted
        for group in plan.groups
        if group.name == str(error.group)
        for kernel in plan.module.groups[group.kernel].kernels
        for item in walk(kernel.body)
        if isinstance(item, When) and item.most > 1
        for inner in item.body
    )


def zero_divisors(plan: SimulationPlan, name: str) -> Iterator[str]:
    """Parameters of a group that are 0 and divide; if there are none, those of all groups.

    Args:
        plan: with its kernels.
        name: of the group.
    """
    own = [group for group in plan.groups if group.name == name]
    found = [item for group in own for item in _zeros(plan, group)]
    if not found:
        found = [item for group in plan.groups for item in _zeros(plan, group)]
    yield from dict.fromkeys(found)


def _zeros(plan: SimulationPlan, group: GroupPlan) -> Iterator[str]:
    from annarchy_ml.expr import Symbol
    from annarchy_ml.kernels.nodes import Role

    fields = plan.module.groups[group.kernel].fields
    parameters = {item.name for item in fields if item.role is Role.PARAMETER}
    parameters |= {name for name, _ in group.formulas}
    for divisor in _divisors(plan, group):
        if isinstance(divisor, Symbol) and divisor.name in parameters:
            values = group.values.get(divisor.name)
            if values is None or not values.all():
                yield f"'{divisor.name.removeprefix('./')}' of {group.name}"


def _divisors(plan: SimulationPlan, group: GroupPlan) -> Iterator[Expr]:
    """All that something is divided by; of a product its factors."""
    from annarchy_ml.expr import Binary, postorder
    from annarchy_ml.kernels.uses import expressions_of, walk

    bodies = [kernel.body for kernel in plan.module.groups[group.kernel].kernels]
    bodies += group.start.values()
    roots = [value for body in bodies for item in walk(body) for value in expressions_of(item)]
    roots += [value for _, value in group.formulas]
    waiting = [
        node.right
        for root in roots
        for node in postorder(root)
        if isinstance(node, Binary) and node.op == "/"
    ]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Binary) and node.op == "*":
            waiting += [node.left, node.right]
        yield node


def _endless_events(error: _core.EngineError) -> Diagnostic:
    """Events that go round in a circle, in the user's words."""
    return Diagnostic(
        "run.event-loop", str(error), hint="give one of the connections in the circle a delay"
    )


def _last_value(last: float | None) -> tuple[str, ...]:
    if last is None:
        return ("it was so at the first look: its start value or a parameter may be at fault",)
    return (f"its last finite value was {last:.6g} (SI units)",)
