"""Checks connection rules against the cells that they are to connect."""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.kernels.connectivity import (
    Explicit,
    FixedIndegree,
    FixedOutdegree,
    FixedProbability,
    FixedTotalNumber,
    OneToOne,
    Rule,
)

if TYPE_CHECKING:
    from annarchy_ml.model.network import Cells

RULES = get_args(Rule)
MOST_CONNECTIONS = 2**32 - 1
"""Of one projection: the engine counts them in 32 bits."""


def checked_rule(rule: Any, name: str, ends: tuple[Cells, Cells]) -> Rule:
    """A rule that can connect these cells.

    Args:
        rule: as the user gave it.
        name: of the projection.
        ends: sources and targets.

    Raises:
        UsageError: If it cannot.
    """
    if not isinstance(rule, RULES):
        names = ", ".join(item.__name__ for item in RULES)
        raise UsageError(f"'{name}' needs a rule, not {rule!r}", hint=f"rules: {names}")
    for cells, role in zip(ends, ("sources", "targets"), strict=True):
        if cells.span is None:
            raise UsageError(
                f"the {role} of '{name}' must lie side by side in ascending order",
                hint="use exc[10:20], or list the pairs with Explicit on the whole population",
            )
    sizes = (len(ends[0].cells), len(ends[1].cells))
    if isinstance(rule, Explicit):
        return _explicit(rule, name, sizes)
    if isinstance(rule, OneToOne):
        if sizes[0] != sizes[1]:
            raise UsageError(f"'{name}': OneToOne cannot connect {sizes[0]} cells to {sizes[1]}")
        return rule
    _check_numbers(rule, name)
    made: Rule = _without_idle_exclusion(rule, ends)
    _check_room(made, name, ends)
    number = _expected(rule, sizes)
    if number > MOST_CONNECTIONS:
        raise UsageError(
            f"'{name}' would make about {number:.3g} connections; a projection holds at most "
            f"{MOST_CONNECTIONS:,}",
            hint="split it into several projections",
        )
    return made


def _explicit(rule: Explicit, name: str, sizes: tuple[int, int]) -> Explicit:
    arrays = []
    for given, size, role in zip(
        (rule.sources, rule.targets), sizes, ("sources", "targets"), strict=True
    ):
        array = np.asarray(given)
        if array.ndim != 1 or (array.dtype.kind not in "iu" and array.size):
            raise UsageError(f"'{name}': {role} of Explicit is a list of whole numbers")
        wrong = array[(array < 0) | (array >= size)]
        if len(wrong):
            raise UsageError(
                f"'{name}': there is no cell {wrong[0]} among the {size} {role}",
                hint="numbers count from the first cell of the view",
            )
        arrays.append(array if _is_kept(array) else array.astype(np.int32))
    if len(arrays[0]) != len(arrays[1]):
        raise UsageError(
            f"'{name}': {len(arrays[0])} sources, but {len(arrays[1])} targets of connections"
        )
    return Explicit(*arrays)


def _is_kept(array: np.ndarray[Any, Any]) -> bool:
    """Whether an array can be kept as it is: nobody changes it."""
    return array.dtype == np.int32 and not array.flags.writeable


def _check_numbers(rule: Any, name: str) -> None:
    if isinstance(rule, FixedProbability):
        given = rule.probability
        if not isinstance(given, Real) or isinstance(given, bool) or not 0.0 <= given <= 1.0:
            raise UsageError(f"'{name}': a probability of {given!r} is none")
    elif isinstance(rule, (FixedIndegree, FixedOutdegree, FixedTotalNumber)):
        number = rule.number
        if not isinstance(number, Integral) or isinstance(number, bool) or number < 0:
            raise UsageError(f"'{name}': {number!r} is no number of connections")


def _check_room(rule: Any, name: str, ends: tuple[Cells, Cells]) -> None:
    """Whether there are as many cells as a rule wants for each one."""
    sizes = (len(ends[0].cells), len(ends[1].cells))
    if isinstance(rule, FixedTotalNumber):
        alone = not rule.self_connections and sizes == (1, 1) and ends[0].span == ends[1].span
        if rule.number > 0 and alone:
            raise UsageError(f"'{name}': the only pair would be a cell with itself")
    if not isinstance(rule, (FixedIndegree, FixedOutdegree)):
        return
    there = sizes[0] if isinstance(rule, FixedIndegree) else sizes[1]
    there -= 0 if rule.self_connections or not _meet(ends) else 1
    most = MOST_CONNECTIONS if rule.multapses and there > 0 else there
    if rule.number > most:
        raise UsageError(f"'{name}': there are no {rule.number} distinct cells, only {there}")


def _meet(ends: tuple[Cells, Cells]) -> bool:
    """Whether a cell is among the sources and the targets."""
    (first, last), (begin, end) = ends[0].span or (0, 0), ends[1].span or (0, 0)
    return ends[0].population is ends[1].population and first < end and begin < last


def _expected(rule: Any, sizes: tuple[int, int]) -> float:
    """How many connections a rule makes on average."""
    if isinstance(rule, FixedProbability):
        return float(rule.probability * sizes[0] * sizes[1])
    if isinstance(rule, FixedIndegree):
        return float(rule.number * sizes[1])
    if isinstance(rule, FixedOutdegree):
        return float(rule.number * sizes[0])
    if isinstance(rule, FixedTotalNumber):
        return float(rule.number)
    return float(sizes[0] * sizes[1])


def _without_idle_exclusion(rule: Any, ends: tuple[Cells, Cells]) -> Any:
    """Leaves out ``self_connections=False`` where the sources are not the targets."""
    return rule if rule.self_connections or _meet(ends) else replace(rule, self_connections=True)
