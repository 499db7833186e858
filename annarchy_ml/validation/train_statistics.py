"""Rates and intervals of many trains: what must agree where single spikes cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KS_FACTOR = 1.95
"""Of the two-sample Kolmogorov-Smirnov distance, at a level of 0.001."""
_MOST_ERRORS = 3.3
"""Standard errors between two means, at the same level."""
_LEAST_SHARE = 0.02
"""Two rates that differ by less than this part are equal."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of the trains of one population.

    Attributes:
        rates: of each train [Hz].
        intervals: of all trains [s], sorted.
        variation: mean coefficient of variation of the intervals of a train; nan without any.
    """

    rates: NDArray[np.float64]
    intervals: NDArray[np.float64]
    variation: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two populations side by side.

    Attributes:
        rate_errors: difference of mean rates in standard errors.
        distance: Kolmogorov-Smirnov distance of the intervals.
        allowed: the distance that chance leaves at a level of 0.001.
        alike: whether neither is more than chance explains.
    """

    rate_errors: float
    distance: float
    allowed: float
    alike: bool


def statistics_of(trains: Sequence[NDArray[np.float64]], duration: float) -> Statistics:
    """Rates and intervals.

    Args:
        trains: times [s], each rising.
        duration: of the recording [s].
    """
    rates = np.array([len(train) / duration for train in trains])
    intervals = [np.diff(train) for train in trains]
    spread = [float(gaps.std() / gaps.mean()) for gaps in intervals if len(gaps) > 1]
    every = np.sort(np.concatenate(intervals)) if intervals else np.empty(0)
    return Statistics(rates, every, float(np.mean(spread)) if spread else float("nan"))


def likeness(first: Statistics, second: Statistics) -> Likeness:
    """Whether chance explains the difference of two populations."""
    apart = abs(float(first.rates.mean() - second.rates.mean()))
    error = sqrt(sum(_squared_error(item.rates) for item in (first, second)))
    near = apart <= _LEAST_SHARE * abs(float(first.rates.mean()))
    errors = 0.0 if apart == 0 else apart / error if error > 0 else float("inf")
    n, m = len(first.intervals), len(second.intervals)
    distance = _distance(first.intervals, second.intervals) if n and m else float(n != m)
    allowed = _KS_FACTOR * sqrt((n + m) / (n * m)) if n and m else 0.0
    alike = (near or errors <= _MOST_ERRORS) and distance <= allowed
    return Likeness(errors, distance, allowed, alike)


def _squared_error(rates: NDArray[np.float64]) -> float:
    return float(rates.var(ddof=1)) / len(rates) if len(rates) > 1 else 0.0


def _distance(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """The largest difference of two cumulative distributions."""
    every = np.concatenate((first, second))
    shares = [np.searchsorted(item, every, side="right") / len(item) for item in (first, second)]
    return float(np.abs(shares[0] - shares[1]).max())
