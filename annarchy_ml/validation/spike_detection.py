"""Spikes in traces, and rates of spikes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

METHODS = ("threshold", "derivative")
RATE_METHODS = ("isi based", "duration based")


def detect(
    values: NDArray[np.float64], method: str = "threshold", threshold: float = 0.0
) -> NDArray[Any]:
    """Rows of spikes, as OSB Model Validation finds them.

    Args:
        values: of a trace, shape (rows,).
        method: ``threshold``: the first row above; ``derivative``: each largest value.
        threshold: in the unit of the values.

    Raises:
        ValueError: If there is no such method.
    """
    import numpy as np

    if method == "threshold":
        return 1 + np.flatnonzero((values[:-1] <= threshold) & (values[1:] > threshold))
    if method == "derivative":
        slopes = np.diff(values)
        return 1 + np.flatnonzero((slopes[:-1] >= 0) & (slopes[1:] < 0))
    raise ValueError(f"there is no method '{method}' to find spikes; there are {METHODS}")


def crossings(
    times: NDArray[np.float64], values: NDArray[np.float64], threshold: float
) -> NDArray[np.float64]:
    """Times at which a trace rises above a threshold, between its rows by a straight line."""
    rows = detect(values, "threshold", threshold)
    before, after = values[rows - 1], values[rows]
    part = (threshold - before) / (after - before)
    crossed: NDArray[np.float64] = times[rows - 1] + part * (times[rows] - times[rows - 1])
    return crossed


def rate(
    times: Sequence[float], method: str = RATE_METHODS[0], window: tuple[float, float] | None = None
) -> float:
    """Spikes per unit of time.

    Args:
        times: of spikes, rising.
        method: ``isi based``: one by the mean of the intervals within the window, 0 without any;
            ``duration based``: the number within the window by its length.
        window: begin and end; None takes all.

    Raises:
        ValueError: If there is no such method.
    """
    begin, end = window if window is not None else (0.0, float("inf"))
    within = [begin <= time <= end for time in times]
    if method == "duration based":
        return sum(within) / (end - begin)
    if method != "isi based":
        raise ValueError(f"there is no method '{method}' for rates; there are {RATE_METHODS}")
    intervals = [
        times[place + 1] - times[place]
        for place in range(len(times) - 1)
        if within[place] and within[place + 1]
    ]
    return len(intervals) / sum(intervals) if intervals else 0.0
