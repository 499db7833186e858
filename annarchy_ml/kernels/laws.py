"""Laws of random numbers in NumPy: the same draws as those of compiled kernels, up to rounding.

    drawn("poisson", stepped("poisson", Stream(seed, 3), instances, step, 0), False, mean)

A normal number is Box and Muller's (1958, doi:10.1214/aoms/1177706645). Counts up to a mean of 30
are found by inversion; larger ones by algorithm PTRS of Hoermann (1993,
doi:10.1016/0167-6687(93)90997-4), which is exact too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from annarchy_ml.kernels.random import Counted, Stream, uniform

LARGEST_INVERTED = 30.0
"""Largest mean of which counts are drawn by inversion."""

LARGEST_MEAN = 2.0**53
"""Above it whole numbers are no longer told apart."""

_MOST_TERMS = 128
_FACTORIALS = np.cumprod([1.0, *range(1, 10)])

Floats = NDArray[np.float64]


def stepped(law: str, stream: Stream, instances: NDArray[Any], step: int, ordinal: int) -> Counted:
    """The words with which instances draw in a step."""
    words = stream.paired_words if law == "normal" else stream.words
    return words(instances, step, ordinal)


def drawn(law: str, counted: Counted, single: bool, *arguments: Any) -> NDArray[Any]:
    """A number for each instance.

    Args:
        law: one of `LAWS`.
        counted: the words of the instances.
        single: whether real numbers are float32.
        arguments: of the law; a number, or an array with an element for each instance.
    """
    if law == "uniform":
        return uniform(counted, single)
    values = normal(counted) if law == "normal" else poisson(counted, *arguments)
    return values.astype(np.float32) if single else values


def normal(counted: Counted) -> Floats:
    """Numbers of mean 0 and variance 1, up to 8.57 in size: radius times cosine, or sine."""
    u, _ = counted.fractions()
    _, bits = counted.joined()
    angle = (_fraction_of(bits << np.uint64(2)) - 0.5) * (0.5 * np.pi)
    cosine, sine = np.cos(angle), np.sin(angle)
    turned = (bits >> np.uint64(62) & np.uint64(1)) != 0
    even, odd = np.where(turned, -sine, cosine), np.where(turned, cosine, sine)
    sign = np.where(bits >> np.uint64(63) != 0, -1.0, 1.0)
    radius = np.sqrt(-2.0 * np.log(u + 2.0**-53))
    return np.asarray(sign * radius * np.where(counted.second, odd, even))


def _fraction_of(bits: NDArray[np.uint64]) -> Floats:
    low = np.uint64(2**32 - 1)
    upper = (bits >> np.uint64(37)).astype(np.float64)
    lower = ((bits & low) >> np.uint64(6)).astype(np.float64)
    return np.asarray(upper * 2.0**-27 + lower * 2.0**-53)


def poisson(counted: Counted, mean: Any) -> Floats:
    """Counts; NaN where the mean is negative, not a number, or above `LARGEST_MEAN`."""
    means = np.broadcast_to(np.asarray(mean, np.float64), counted.words[0].shape)
    with np.errstate(invalid="ignore"):
        large = (means > LARGEST_INVERTED) & (means <= LARGEST_MEAN)
        sound = (means >= 0.0) & (means <= LARGEST_MEAN)
    result = _inverted(counted, np.where(sound & ~large, means, 0.0))
    result[large] = _rejected(counted.chosen(large), means[large])
    result[~sound] = np.nan
    return result


def _inverted(counted: Counted, mean: Floats) -> Floats:
    """The least count whose cumulative probability exceeds a uniform number."""
    bits, _ = counted.joined()
    u = (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
    term = np.exp(-mean)
    total = term.copy()
    count = np.zeros_like(u)
    for number in range(1, _MOST_TERMS + 1):
        above = u >= total
        if not above.any():
            break
        count += above
        last = (number - 1 > mean) & (term < 2.0**-60)
        term *= mean * (1.0 / number)
        total = np.where(last, 2.0, total + term)
    return count


def _rejected(counted: Counted, mean: Floats) -> Floats:
    """Counts of large means: every instance tries until a number is accepted."""
    result = np.empty_like(mean)
    waiting = np.arange(len(mean))
    while len(waiting):
        count, accepted = _trial(counted, mean[waiting])
        result[waiting[accepted]] = count[accepted]
        waiting = waiting[~accepted]
        counted = counted.chosen(~accepted).following()
    return result


def _trial(counted: Counted, mean: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    b = 0.931 + 2.53 * np.sqrt(mean)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    first, second = counted.fractions()
    u, v = first - 0.5, second + 2.0**-53
    us = 0.5 - np.abs(u)
    with np.errstate(all="ignore"):
        count = np.floor((2.0 * a / us + b) * u + mean + 0.43)
        squeezed = (us >= 0.07) & (v <= 0.9277 - 3.6224 / (b - 2.0))
        possible = (count >= 0.0) & ((us >= 0.013) | (v <= us))
        chance = np.log(v * inverse_alpha / (a / (us * us) + b))
        return count, squeezed | (possible & (chance <= _log_probability(count, mean)))


def _log_probability(count: Floats, mean: Floats) -> Floats:
    apart = count * np.log1p((mean - count) / count) + (count - mean)
    values = apart - 0.5 * np.log(2.0 * np.pi * count) - _stirling(count)
    return np.where(count == 0.0, -mean, values)


def _stirling(k: Floats) -> Floats:
    """log(k! / (sqrt(2 pi k) (k / e)^k)) for k > 0."""
    k2 = k * k
    series = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * k2)) / k2) / k2) / k
    factorial = _FACTORIALS[np.clip(k, 0, 9).astype(np.intp)]
    direct = np.log(factorial) - (k + 0.5) * np.log(k) + k - 0.9189385332046727
    return np.where(k < 10.0, direct, series)
