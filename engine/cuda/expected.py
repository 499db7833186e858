"""How many connections rules make, and how long the delays of laws are, before they are drawn.

What is drawn without bound is taken so far out that one connection in a hundred such networks is
further.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, exp, inf, log, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.kernels.connectivity import (
    AllToAll,
    Explicit,
    Exponential,
    FixedIndegree,
    FixedOutdegree,
    FixedProbability,
    FixedTotalNumber,
    LogNormal,
    Normal,
    OneToOne,
    Uniform,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from annarchy_ml.kernels.connectivity import Rule, Value

_BEYOND = 0.01
_LONGEST_STEPS = 65536.0
"""What a drawn delay is at most."""


def expected_number(rule: Rule, sources: int, targets: int) -> float:
    """How many connections a rule makes, on average."""
    match rule:
        case AllToAll():
            return float(sources) * targets
        case OneToOne():
            return float(sources)
        case FixedProbability():
            return float(sources) * targets * rule.probability
        case FixedIndegree():
            return float(targets) * rule.number
        case FixedOutdegree():
            return float(sources) * rule.number
        case FixedTotalNumber():
            return float(rule.number)
        case Explicit():
            return float(len(rule.sources))


def most_connections(rule: Rule, sources: int, targets: int) -> float:
    """How many connections a rule makes, at most: four deviations more than on average."""
    number = expected_number(rule, sources, targets)
    return number + 4.0 * sqrt(number) if isinstance(rule, FixedProbability) else number


@dataclass(frozen=True, slots=True)
class Steps:
    """Whole steps of the delays of some connections: shortest, longest, and how many differ."""

    shortest: float
    longest: float
    different: float


def steps_of_delays(delay: Value, count: float, dt: float) -> Steps:
    """The delays [s] of so many connections, in steps of ``dt`` [s]."""
    if isinstance(delay, (float, int)):
        steps = float(ceil(delay / dt - 1e-9))
        return Steps(steps, steps, 1.0)
    if isinstance(delay, np.ndarray):
        found = np.unique(np.maximum(np.rint(np.asarray(delay) / dt), 1.0))
        if not len(found):
            return Steps(1.0, 1.0, 1.0)
        return Steps(float(found[0]), float(found[-1]), float(len(found)))
    least, most = _span(delay, max(count, 1.0))
    shortest = min(max(np.floor(least / dt), 1.0), _LONGEST_STEPS)
    longest = min(max(np.ceil(most / dt), 1.0), _LONGEST_STEPS)
    return Steps(float(shortest), float(longest), float(longest - shortest) + 1.0)


def _span(law: Value, count: float) -> tuple[float, float]:
    """Between what so many draws of a law lie."""
    beyond = -NormalDist().inv_cdf(min(_BEYOND / count, 0.5))
    match law:
        case Uniform(low, high):
            return low, high
        case Normal(mean, deviation, low, high):
            first, last = mean - beyond * deviation, mean + beyond * deviation
        case LogNormal(mean, deviation, low, high):
            first, last = exp(mean - beyond * deviation), exp(mean + beyond * deviation)
        case Exponential(mean, low, high):
            first, last = 0.0, max(low, 0.0) + mean * log(count / _BEYOND)
        case _:
            return 0.0, inf
    return max(first, low), min(last, high)


def most_segments(count: float, rows: int, delay: Value, dt: float) -> float:
    """How many runs of one delay [s] some rows have: four deviations more than expected."""
    steps = steps_of_delays(delay, count, dt)
    if not rows or steps.different <= 1.0:
        return 0.0
    each = rows * float(np.sum(1.0 - (1.0 - _likely(delay, steps, dt)) ** (count / rows)))
    return min(count, each + 4.0 * sqrt(each))


def _likely(delay: Value, steps: Steps, dt: float) -> NDArray[np.float64]:
    """How likely each of the steps of a delay is, from the shortest to the longest."""
    between = (np.arange(steps.shortest, steps.longest) + 0.5) * dt
    match delay:
        case Uniform(low, high):
            below = np.clip((between - low) / ((high - low) or 1.0), 0.0, 1.0)
        case Normal(mean, deviation, low, high):
            below = _within(NormalDist(mean, deviation or 1.0).cdf, between, (low, high))
        case LogNormal(mean, deviation, low, high):
            law = NormalDist(mean, deviation or 1.0)
            below = _within(lambda t: law.cdf(log(t)) if t > 0 else 0.0, between, (low, high))
        case Exponential(mean, low, high):
            first = max(low, 0.0)
            below = _within(lambda t: 1.0 - exp(-max(t - first, 0.0) / mean), between, (low, high))
        case _:
            return np.full(int(steps.different), 1.0 / steps.different)
    return np.diff(np.concatenate(([0.0], below, [1.0])))


def _within(
    law: Callable[[float], float], between: NDArray[np.float64], bounds: tuple[float, float]
) -> NDArray[np.float64]:
    """A distribution between bounds."""
    low, high = (0.0 if bound == -inf else 1.0 if bound == inf else law(bound) for bound in bounds)
    found = np.array([law(float(t)) for t in between])
    return np.clip((found - low) / ((high - low) or 1.0), 0.0, 1.0)
