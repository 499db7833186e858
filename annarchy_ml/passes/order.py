"""Puts derived values into an order in which each can be computed; reports algebraic loops.

Before: ``x = y + 1`` before ``y = 2 * z``. After: ``y`` first. Equal ones keep their order.
"""

from __future__ import annotations

from collections.abc import Sequence

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.diagnostics.origin import Origin, locate
from annarchy_ml.expr import circle, dependency_order, free_symbols
from annarchy_ml.model.system import Equation


def ordered(
    equations: list[Equation], report: Diagnostics, origin: Origin | None
) -> tuple[Equation, ...]:
    """The same equations, each after those that it uses."""
    known = {item.name: item for item in equations}
    needs = {
        name: (free_symbols(item.value) & known.keys()) - {name} for name, item in known.items()
    }

    def stop(blocked: Sequence[str]) -> tuple[str, ...]:
        _report_loop([known[name] for name in circle(needs, blocked)], report, origin)
        return ()

    return tuple(known[name] for name in dependency_order(needs, stop))


def _report_loop(chain: list[Equation], report: Diagnostics, origin: Origin | None) -> None:
    names = [item.name for item in (*chain, chain[0])]
    report.error(
        "loop.algebraic",
        f"these derived variables need one another: {' -> '.join(names)}",
        locate(origin),
        notes=tuple(item.comment for item in chain),
        hint="make one of them a state variable, or remove it from the others' equations",
    )
