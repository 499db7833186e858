"""What is measured of each point of a sweep: spikes, and what sums up each trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from annarchy_ml.results import Results

if TYPE_CHECKING:
    from annarchy_ml.engine._core import Measured
    from annarchy_ml.kernels.plan import Recording
    from annarchy_ml.recorded import Column

Measure = Callable[[Results], Mapping[str, float]]
SPIKE_VOLTS = 0.0
"""A voltage that rises above it is a spike."""


def usual_measures(results: Results) -> dict[str, float]:
    """Spikes of voltages and event lists; smallest, largest, mean and last value of each trace."""
    import numpy as np

    from annarchy_ml.engine import _core

    found: dict[str, float] = {}
    for table in results.tables:
        rows = np.column_stack((table.times, table.values)).astype(float)
        if not len(rows):
            continue
        taken = _core.measure_rows(rows, rows.shape[1], SPIKE_VOLTS)
        for column, numbers in zip(
            table.columns, trace_measures(table.columns, taken), strict=True
        ):
            found |= named(numbers, column.path)
    for row, path in enumerate(results.events.paths):
        found[f"events of {path}"] = float(len(results.events.memory_of(row)))
    return found


def named(numbers: Mapping[str, float], path: str) -> dict[str, float]:
    """The measures of a trace under the names that a table shows."""
    return {f"{key} of {path}": value for key, value in numbers.items()}


def trace_measures(
    columns: Sequence[Column | Recording], taken: Measured
) -> list[dict[str, float]]:
    """Numbers of each trace.

    Args:
        columns: the traces; of voltages (unit V) spikes are counted too.
        taken: what the engine has seen of them.
    """
    rows, seen = taken
    found: list[dict[str, float]] = []
    for column, (least, largest, total, last, rises) in zip(columns, seen, strict=True):
        numbers = {"spikes": rises} if column.unit == "V" else {}
        numbers |= {"least": least, "largest": largest, "mean": total / rows, "last": last}
        found.append(numbers)
    return found
