"""Puts derived values into an order in which each can be computed; reports algebraic loops.

Before: ``x = y + 1`` before ``y = 2 * z``. After: ``y`` first. Equal ones keep their order.
"""

from __future__ import annotations

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.diagnostics.origin import Origin, locate
from annarchy_ml.expr import free_symbols
from annarchy_ml.model.system import Equation


def ordered(
    equations: list[Equation], report: Diagnostics, origin: Origin | None
) -> tuple[Equation, ...]:
    """The same equations, each after those that it uses."""
    waiting = {item.name: item for item in equations}
    uses = {
        item.name: (free_symbols(item.value) & waiting.keys()) - {item.name} for item in equations
    }
    result: list[Equation] = []
    done: set[str] = set()
    while waiting:
        ready = [item for name, item in waiting.items() if uses[name] <= done]
        if not ready:
            _report_loop(waiting, uses, report, origin)
            break
        for item in ready:
            result.append(item)
            done.add(item.name)
            del waiting[item.name]
    return tuple(result)


def _report_loop(
    waiting: dict[str, Equation],
    uses: dict[str, frozenset[str]],
    report: Diagnostics,
    origin: Origin | None,
) -> None:
    name = next(iter(waiting))
    chain = [name]
    while True:
        name = next(item for item in sorted(uses[name]) if item in waiting)
        if name in chain:
            chain = [*chain[chain.index(name) :], name]
            break
        chain.append(name)
    report.error(
        "loop.algebraic",
        f"these derived variables need one another: {' -> '.join(chain)}",
        locate(origin),
        notes=tuple(waiting[item].comment for item in chain[:-1]),
        hint="make one of them a state variable, or remove it from the others' equations",
    )
