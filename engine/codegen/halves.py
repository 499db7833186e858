"""Divides the functions of a unit into two halves that compile side by side.

A unit of one function, or of little text, stays whole. The division depends on the text alone, so
that a model has the same library on every machine, however many cores compile it.
"""

from __future__ import annotations

from collections.abc import Sequence

HALF = "AML_HALF"
"""Macro that chooses a half, 1 or 2; without it the unit is whole."""

_WORTH_A_PROCESS = 1500
"""Characters of text, once for each layout: less compiles faster than a compiler starts."""


def in_halves(functions: Sequence[str]) -> str:
    """The text of all functions in their order, each between lines that choose its half.

    Args:
        functions: texts that do not refer to each other.
    """
    costs = [_cost(text) for text in functions]
    totals = [0, 0]
    half = [0] * len(functions)
    for number in sorted(range(len(functions)), key=lambda k: (-costs[k], k)):
        half[number] = totals.index(min(totals))
        totals[half[number]] += costs[number]
    if min(totals) < _WORTH_A_PROCESS:
        return "".join(functions)
    lines: list[str] = []
    for number, text in enumerate(functions):
        if number == 0 or half[number] != half[number - 1]:
            lines.append(f"{_END if number else ''}\n#if {HALF} != {2 - half[number]}\n")
        lines.append(text)
    return "".join((*lines, _END))


_END = f"#endif /* {HALF} */\n"


def _cost(text: str) -> int:
    """Length of a function's text, as often as it is compiled."""
    return len(text) * max(1, text.count("  case "))
