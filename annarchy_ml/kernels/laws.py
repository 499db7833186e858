"""Laws of random numbers in NumPy: the same draws as those of compiled kernels, up to rounding.

    drawn("poisson", stepped("poisson", Stream(seed, 3), instances, step, 0), False, mean)

A normal number is Box and Muller's (1958, doi:10.1214/aoms/1177706645). Counts up to a mean of 30
are found by inversion; larger ones by algorithm PTRS of Hoermann (1993,
doi:10.1016/0167-6687(93)90997-4), which is exact too. Binomial numbers are found likewise, with his
algorithm BTRS (1993, doi:10.1080/00949659308811496); gamma numbers are those of Marsaglia and Tsang
(2000, doi:10.1145/358407.358414).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annarchy_ml.kernels.random import Counted, Stream, uniform

LARGEST_INVERTED = 30.0
"""Largest mean of which counts are drawn by inversion."""

LARGEST_MEAN = 2.0**53
"""Above it whole numbers are no longer told apart."""

MOST_TRIALS = 2.0**31
"""Above it rounding would be seen in the law."""

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
    made: dict[str, Callable[..., Floats]] = {
        "normal": normal, "poisson": poisson, "gamma": gamma, "binomial": binomial,
    }  # fmt: skip
    values = made[law](counted, *arguments)
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
    result[large] = _accepted(_many_counts, counted.chosen(large), means[large])
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


Trial = Callable[..., tuple[Floats, NDArray[np.bool_], Counted]]
"""Numbers, which of them are accepted, and the words that were used last."""


def _accepted(trial: Trial, counted: Counted, *arguments: Floats) -> Floats:
    """The numbers of a law; every instance tries until one is accepted."""
    result = np.empty_like(arguments[0])
    waiting = np.arange(len(result))
    while len(waiting):
        found, accepted, counted = trial(counted, *(item[waiting] for item in arguments))
        result[waiting[accepted]] = found[accepted]
        waiting = waiting[~accepted]
        counted = counted.chosen(~accepted).following()
    return result


def _many_counts(counted: Counted, mean: Floats) -> tuple[Floats, NDArray[np.bool_], Counted]:
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
        fitting = chance <= _log_probability(count, mean)
    return count, squeezed | (possible & fitting), counted


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


def gamma(counted: Counted, shape: Any) -> Floats:
    """Numbers of scale 1; NaN where the shape is not above 0."""
    shapes = np.broadcast_to(np.asarray(shape, np.float64), counted.words[0].shape)
    sound = (shapes > 0.0) & np.isfinite(shapes)
    result = np.full(shapes.shape, np.nan)
    result[sound] = _accepted(_gamma_trial, counted.chosen(sound), shapes[sound])
    return result


def _gamma_trial(counted: Counted, shape: Floats) -> tuple[Floats, NDArray[np.bool_], Counted]:
    d = np.where(shape < 1.0, shape + 1.0, shape) - 1.0 / 3.0
    x = normal(counted)
    counted = counted.following()
    u, w = (fraction + 2.0**-53 for fraction in counted.fractions())
    y = 1.0 / (3.0 * np.sqrt(d)) * x
    root = 1.0 + y
    with np.errstate(all="ignore"):
        chance = 0.5 * x * x + d * (3.0 * np.log1p(y) - y * (3.0 + y * (3.0 + y)))
        accepted = (root > 0.0) & (np.log(u) < chance)
        found = d * (root * root * root)
        return np.where(shape < 1.0, found * w ** (1.0 / shape), found), accepted, counted


def binomial(counted: Counted, n: Any, p: Any) -> Floats:
    """Successes of n trials, a part of one not counted; NaN beyond `MOST_TRIALS`, or of no law."""
    shape = counted.words[0].shape
    trials, chances = (np.broadcast_to(np.asarray(item, np.float64), shape) for item in (n, p))
    sound = (trials >= 0.0) & (trials <= MOST_TRIALS) & (chances >= 0.0) & (chances <= 1.0)
    trials = np.floor(np.where(sound, trials, 0.0))
    least = np.where(sound, np.where(chances > 0.5, 1.0 - chances, chances), 0.0)
    many = trials * least >= 10.0
    result = _few_successes(counted, np.where(many, 0.0, trials), least)
    chosen = counted.chosen(many)
    result[many] = _accepted(_many_successes, chosen, trials[many], least[many])
    result = np.where(chances > 0.5, trials - result, result)
    return np.where(sound, result, np.nan)


def _few_successes(counted: Counted, trials: Floats, p: Floats) -> Floats:
    """The least number whose cumulative probability exceeds a uniform number."""
    bits, _ = counted.joined()
    u = (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
    odds = p / (1.0 - p)
    term = np.exp(trials * np.log1p(-p))
    total = term.copy()
    count = np.zeros_like(u)
    above = (u >= total) & (count < trials)
    while above.any():
        last = (count > trials * p) & (term < 2.0**-60)
        count += above
        term = term * (odds * (trials - count + 1.0) / np.maximum(count, 1.0))
        total = np.where(last, 2.0, total + term)
        above &= (u >= total) & (count < trials)
    return count


def _many_successes(
    counted: Counted, n: Floats, p: Floats
) -> tuple[Floats, NDArray[np.bool_], Counted]:
    spread, odds = np.sqrt(n * p * (1.0 - p)), p / (1.0 - p)
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    alpha, mode = (2.83 + 5.1 / b) * spread, np.floor((n + 1.0) * p)
    first, second = counted.fractions()
    u, v = first - 0.5, second + 2.0**-53
    us = 0.5 - np.abs(u)
    with np.errstate(all="ignore"):
        k = np.floor((2.0 * a / us + b) * u + (n * p + 0.5))
        squeezed = (us >= 0.07) & (v <= 0.92 - 4.2 / b)
        of_mode = (mode + 0.5) * np.log((mode + 1.0) / (odds * (n - mode + 1.0)))
        of_mode += _stirling(mode + 1.0) + _stirling(n - mode + 1.0)
        chance = of_mode + (n + 1.0) * np.log((n - mode + 1.0) / (n - k + 1.0))
        chance += (k + 0.5) * np.log(odds * (n - k + 1.0) / (k + 1.0))
        chance -= _stirling(k + 1.0) + _stirling(n - k + 1.0)
        fitting = np.log(v * alpha / (a / (us * us) + b)) <= chance
    return k, squeezed | ((k >= 0.0) & (k <= n) & fitting), counted
