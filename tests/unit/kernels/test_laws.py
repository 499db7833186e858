"""Laws of random numbers: their moments, their whole distributions, and what they refuse."""

import math

import numpy as np
import pytest
from scipy import stats

from annarchy_ml.kernels.laws import LARGEST_INVERTED, drawn, stepped
from annarchy_ml.kernels.random import Stream

SIZE = 400_000


def draws(law, *arguments, step=3, size=SIZE, single=False):
    words = stepped(law, Stream(1, 5), np.arange(size), step, 0)
    return drawn(law, words, single, *arguments)


def probabilities(mean, counts):
    logarithms = [k * math.log(mean) - mean - math.lgamma(k + 1) for k in counts]
    return np.exp(logarithms)


def test_normal_moments():
    values = draws("normal")
    moments = [np.mean(values**n) for n in range(1, 7)]
    expected = [0, 1, 0, 3, 0, 15]
    spreads = [1, 2, 15, 96, 945, 10170]  # variances of the first six powers
    for found, true, spread in zip(moments, expected, spreads, strict=True):
        assert abs(found - true) < 5 * math.sqrt(spread / SIZE)


def test_normal_distribution():
    """Kolmogorov and Smirnov: the distance stays below its 0.1 % bound, 1.95 / sqrt(n)."""
    values = np.sort(draws("normal"))
    exact = np.array([0.5 * math.erfc(-x / math.sqrt(2)) for x in values])
    distance = np.abs(exact - (np.arange(SIZE) + 0.5) / SIZE).max()
    assert distance < 1.95 / math.sqrt(SIZE)


def test_normal_tails():
    far = np.abs(np.concatenate([draws("normal", step=n) for n in range(10)])) > 4.0
    expected = 10 * SIZE * math.erfc(4.0 / math.sqrt(2))
    assert abs(far.sum() - expected) < 5 * math.sqrt(expected)


def test_neighbours_share_words_but_nothing_else():
    """Both numbers of a pair are normal, and neither they nor their squares go together."""
    even, odd = draws("normal")[::2], draws("normal")[1::2]
    for x, y in ((even, odd), (even**2, odd**2), (np.abs(even), odd), (even[1:], odd[:-1])):
        assert abs(np.corrcoef(x, y)[0, 1]) < 5 / math.sqrt(len(x))
    for values in (even, odd, (even + odd) / math.sqrt(2)):
        assert abs(values.mean()) < 5 / math.sqrt(len(values))
        assert abs(values.var() - 1) < 5 * math.sqrt(2 / len(values))


def test_extreme_words():
    """Words of all zeros and all ones give finite numbers within the stated range."""
    from annarchy_ml.kernels.random import Counted

    zeros, ones = np.zeros(1, np.uint64), np.full(1, 2**32 - 1, np.uint64)
    for first in (zeros, ones):
        for second in (zeros, ones):
            counted = Counted((first, first, second, second), (0, 0))
            assert abs(drawn("normal", counted, False)[0]) < 8.58
            assert 0 <= drawn("poisson", counted, False, 2.0)[0] < 30
            assert 0 <= drawn("poisson", counted, False, 30.0)[0] < 128
            assert np.isfinite(drawn("poisson", counted, False, 40.0)[0])


@pytest.mark.parametrize("mean", [0.01, 0.7, 2.0, 12.0, 30.0, 30.5, 100.0, 3000.0])
def test_poisson_distribution(mean):
    """Chi squared of counts in bins of at least 20 expected draws, below its 0.01 % bound."""
    values = draws("poisson", mean).astype(int)
    counts = np.arange(max(0, int(mean - 12 * math.sqrt(mean) - 20)), values.max() + 1)
    expected = SIZE * probabilities(mean, counts)
    seen = np.bincount(values - counts[0], minlength=len(counts))[: len(counts)]
    enough = expected >= 20
    expected = np.append(expected[enough], SIZE - expected[enough].sum())
    seen = np.append(seen[enough], SIZE - seen[enough].sum())
    if expected[-1] < 20:
        expected, seen = (np.append(x[:-2], x[-2] + x[-1]) for x in (expected, seen))
    statistic, freedom = np.sum((seen - expected) ** 2 / expected), len(expected) - 1
    assert statistic < freedom + 4 * math.sqrt(2 * freedom) + 15


@pytest.mark.parametrize("mean", [2.0, 1e4, 1e9, 1e15])
def test_poisson_moments(mean):
    values = (draws("poisson", mean) - mean) / math.sqrt(mean)
    assert abs(values.mean()) < 5 / math.sqrt(SIZE)
    assert abs(values.var() - 1) < 5 * math.sqrt((2 + 1 / mean) / SIZE)


def test_each_instance_has_its_own_mean():
    means = np.resize([0.0, 0.5, 3.0, LARGEST_INVERTED, 80.0], SIZE)
    values = draws("poisson", means)
    for mean in np.unique(means):
        chosen = values[means == mean]
        assert np.array_equal(chosen, draws("poisson", mean)[means == mean])
        assert abs(chosen.mean() - mean) <= 5 * math.sqrt(mean / len(chosen))


@pytest.mark.parametrize("mean", [-1.0, -1e-300, math.nan, math.inf, 1e16])
def test_means_that_are_none(mean):
    assert np.isnan(draws("poisson", mean, size=3)).all()


@pytest.mark.parametrize("shape", [0.02, 0.4, 1.0, 1.5, 7.0, 300.0, 1e8])
def test_gamma_distribution(shape):
    """Kolmogorov and Smirnov's distance to the law, below its 0.01 % bound."""
    law = stats.gamma(shape)
    assert stats.kstest(draws("gamma", shape), law.cdf).pvalue > 1e-4


LAWS_OF_TRIALS = [(1, 0.3), (10, 0.5), (10, 0.9), (40, 0.2), (1000, 0.004), (50, 0.5), (400, 0.97)]


@pytest.mark.parametrize(("n", "p"), [*LAWS_OF_TRIALS, (10**6, 0.3), (2**31, 0.5)])
def test_binomial_distribution(n, p):
    """Chi squared of about twenty bins of equal probability, below its 0.01 % bound."""
    law = stats.binom(n, p)
    edges = np.unique(law.ppf(np.linspace(0.0, 1.0, 21)[1:-1]))
    expected = SIZE * np.diff([0.0, *law.cdf(edges), 1.0])
    seen = np.bincount(np.searchsorted(edges, draws("binomial", n, p)), minlength=len(edges) + 1)
    kept = expected > 5
    assert kept.sum() > 1
    assert abs(seen[~kept].sum() - expected[~kept].sum()) < 30
    pair = seen[kept], expected[kept] * seen[kept].sum() / expected[kept].sum()
    assert stats.chisquare(*pair).pvalue > 1e-4


def test_trials_that_cannot_fail():
    values = [
        draws("binomial", n, p, size=3)[0] for n, p in ((0, 0.5), (7, 0.0), (7, 1.0), (7.9, 1))
    ]
    assert values == [0.0, 0.0, 7.0, 7.0]


@pytest.mark.parametrize(
    ("law", "arguments"),
    [
        ("gamma", (0.0,)), ("gamma", (-1.0,)), ("gamma", (math.inf,)), ("gamma", (math.nan,)),
        ("binomial", (-1, 0.5)), ("binomial", (2.0**32, 0.5)), ("binomial", (math.nan, 0.5)),
        ("binomial", (5, -0.1)), ("binomial", (5, 1.1)), ("binomial", (5, math.nan)),
    ],
)  # fmt: skip
def test_arguments_that_no_law_has(law, arguments):
    assert np.isnan(draws(law, *arguments, size=3)).all()


def test_each_instance_has_its_own_arguments():
    shapes, trials = np.resize([0.3, 1.0, 4.5], SIZE), np.resize([3.0, 60.0, 900.0], SIZE)
    gammas, successes = draws("gamma", shapes), draws("binomial", trials, 0.3)
    for shape, n in ((0.3, 3.0), (1.0, 60.0), (4.5, 900.0)):
        assert np.array_equal(gammas[shapes == shape], draws("gamma", shape)[shapes == shape])
        same = draws("binomial", n, 0.3)[trials == n]
        assert np.array_equal(successes[trials == n], same)


def test_single_precision_is_rounded():
    for law, arguments in (("normal", ()), ("poisson", (4.0,)), ("gamma", (0.5,))):
        values = draws(law, *arguments, size=100, single=True)
        assert values.dtype == np.float32
        assert np.array_equal(values, draws(law, *arguments, size=100).astype(np.float32))
