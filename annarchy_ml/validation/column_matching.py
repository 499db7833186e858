"""Which columns of a table without names are missing: those that it has look like others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.validation.quantities import Trace

_CLEARLY = 0.5
"""Not the last columns are missing if that leaves less than this part of the distance."""


def present_columns(expected: Sequence[Trace], table: NDArray[np.float64]) -> list[int]:
    """The places among the expected columns that the columns of a table take, in their order.

    Args:
        expected: what the columns should be.
        table: shape (rows, 1 + columns), the time first; fewer columns than expected.
    """
    have = table.shape[1] - 1
    usual = list(range(have))
    if not have or not len(table):
        return usual
    apart = np.array([[_distance(trace, table, k) for trace in expected] for k in usual])
    best = _assignment(apart)
    nearer = sum(apart[k, place] for k, place in enumerate(best))
    return best if nearer < _CLEARLY * sum(apart[k, k] for k in usual) else usual


def _distance(trace: Trace, table: NDArray[np.float64], column: int) -> float:
    """How unlike a trace and a column are: 0 if they are equal, at most 1."""
    values = table[:, column + 1]
    wanted = np.interp(table[:, 0], trace.times, trace.values)
    scale = float(np.abs(wanted).max() + np.abs(values).max())
    if not np.isfinite(scale):
        return 1.0
    return float(np.abs(wanted - values).mean()) / scale if scale else 0.0


def _assignment(apart: NDArray[np.float64]) -> list[int]:
    """Ascending places with the least sum of distances, shape (columns, places)."""
    columns, places = apart.shape
    spare = places - columns
    least = np.full((columns + 1, places + 1), np.inf)
    least[0] = 0.0
    for column in range(columns):
        for place in range(column, column + spare + 1):
            taken = least[column, place] + apart[column, place]
            least[column + 1, place + 1] = min(least[column + 1, place], taken)
    found, place = [], places
    for column in range(columns, 0, -1):
        while least[column, place - 1] == least[column, place]:
            place -= 1
        place -= 1
        found.append(place)
    return found[::-1]
