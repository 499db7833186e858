"""Finds noise whose strength depends on the step: random numbers within derivatives.

Before: ``<TimeDerivative variable="v" value="random(1) * s / tau"/>``. After: the same, and a
warning at the draw, or at the derived variable that draws.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from annarchy_ml.diagnostics import Diagnostics, Span
from annarchy_ml.diagnostics.origin import Origin, locate
from annarchy_ml.expr import Expr, free_symbols
from annarchy_ml.expr.functions import FUNCTIONS
from annarchy_ml.expr.nodes import Call
from annarchy_ml.expr.traverse import is_stochastic, postorder
from annarchy_ml.model.component import ComponentType
from annarchy_ml.model.dynamics import ConditionalDerivedVariable, DerivedVariable, Dynamics, Regime
from annarchy_ml.passes.in_place import expression_in_place, symbol_span

Derived = DerivedVariable | ConditionalDerivedVariable
Draw = tuple[Origin | None, str]  # of the expression that draws, and its attribute


def check_noise(found: ComponentType, declared: ComponentType, report: Diagnostics) -> None:
    """Warns of draws in the derivatives that a type declares.

    Args:
        found: the type with all that it inherits.
        declared: the same type with its own members only.
        report: collects doubts.
    """
    if found.dynamics is None or declared.dynamics is None:
        return
    common = found.dynamics.derived
    blocks: list[Dynamics | Regime] = [declared.dynamics, *declared.dynamics.regimes]
    for block in blocks:
        _check_block(block, [*common, *block.derived], found.name, report)


def _check_block(
    block: Dynamics | Regime, derived: Iterable[Derived], owner: str, report: Diagnostics
) -> None:
    drawing = _drawing({item.name: item for item in derived}) if block.derivatives else {}
    for rate in block.derivatives:
        through = min(free_symbols(rate.value) & drawing.keys(), default=None)
        related: tuple[tuple[Span, str], ...] = ()
        if is_stochastic(rate.value):
            place = _draw_span(rate.origin, "value")
        elif through is not None:
            place = symbol_span(rate.origin, "value", through)
            drawn = _draw_span(*drawing[through])
            related = ((drawn, "drawn here"),) if drawn is not None else ()
        else:
            continue
        report.warning(
            "run.noise-step",
            f"d{rate.variable}/dt of {owner} draws a random number in every step",
            place,
            related=related,
            notes=("the strength of this noise depends on the step of the simulation",),
            hint="draw at times of your own: in an OnCondition that assigns to a state variable",
            component=owner,
        )


def _drawing(derived: Mapping[str, Derived]) -> dict[str, Draw]:
    """The derived variables that draw, themselves or through others, and where."""
    parts = {name: _parts(item) for name, item in derived.items()}
    found: dict[str, Draw] = {}
    for name, held in parts.items():
        for value, origin, attribute in held:
            if is_stochastic(value):
                found.setdefault(name, (origin, attribute))
    uses = {
        name: frozenset[str]().union(*(free_symbols(value) for value, _, _ in held))
        for name, held in parts.items()
    }
    while more := [name for name in uses if name not in found and uses[name] & found.keys()]:
        found.update((name, found[min(uses[name] & found.keys())]) for name in more)
    return found


def _parts(item: Derived) -> list[tuple[Expr, Origin | None, str]]:
    if isinstance(item, DerivedVariable):
        return [(item.value, item.origin, "value")] if item.value is not None else []
    values = [(case.value, case.origin, "value") for case in item.cases]
    tests = [(case.condition, case.origin, "condition") for case in item.cases]
    return values + [(test, origin, name) for test, origin, name in tests if test is not None]


def _draw_span(origin: Origin | None, attribute: str) -> Span | None:
    """The place of the first draw; of the whole expression if it cannot be told."""
    again = expression_in_place(origin, attribute)
    for node in postorder(again) if again is not None else ():
        if isinstance(node, Call) and FUNCTIONS[node.function].stochastic and node.span:
            return node.span
    return locate(origin, attribute)
