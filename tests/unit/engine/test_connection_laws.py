"""Laws of weights and delays: mean, deviation, bounds, shape against closed forms."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from annarchy_ml.kernels.connectivity import AllToAll, Exponential, LogNormal, Normal, Uniform

core = pytest.importorskip("annarchy_ml.engine._core", reason="the native core is not built")

DT = 1e-4


def phi(x):
    return NormalDist().cdf(x)


def truncated_normal_mean(mean, deviation, low, high):
    a, b = (low - mean) / deviation, (high - mean) / deviation
    pdf = NormalDist().pdf
    return mean + deviation * (pdf(a) - pdf(b)) / (phi(b) - phi(a))


LAWS = [
    (Uniform(-2.0, 3.0), 0.5, 5 / math.sqrt(12), (-2.0, 3.0)),
    (Normal(1.5, 0.25), 1.5, 0.25, (-math.inf, math.inf)),
    (Normal(1.0, 0.0), 1.0, 0.0, (1.0, 1.0)),
    (Normal(0.0, 1.0, 1.0, 2.0), truncated_normal_mean(0, 1, 1, 2), None, (1.0, 2.0)),
    (Normal(0.0, 2.0, -math.inf, 1.0), truncated_normal_mean(0, 2, -99, 1), None, (-99, 1.0)),
    (Normal(0.0, 1.0, 7.0, 9.0), truncated_normal_mean(0, -1, -7, -9) * -1, None, (7.0, 9.0)),
    (LogNormal(-0.5, 0.4), math.exp(-0.42), None, (0.0, math.inf)),
    (LogNormal(0.0, 1.0, 0.5, 1.5), None, None, (0.5, 1.5)),
    (Exponential(0.3), 0.3, 0.3, (0.0, math.inf)),
    (Exponential(1.0, 2.0), 3.0, 1.0, (2.0, math.inf)),
    (Exponential(1.0, 0.0, 1.0), 1 - 1 / (math.e - 1), None, (0.0, 1.0)),
]


@pytest.mark.parametrize(("law", "mean", "deviation", "bounds"), LAWS, ids=str)
def test_laws_of_weights(build, law, mean, deviation, bounds):
    built = build(AllToAll(), (500, 400), weight=law, double_weights=True)
    values = built.weights
    n, spread = len(values), float(values.std())
    assert values.min() >= bounds[0] and values.max() <= bounds[1]
    if mean is not None:
        assert abs(values.mean() - mean) <= 5 * spread / math.sqrt(n) + 1e-12
    if deviation is not None:
        assert abs(spread - deviation) <= 10 * deviation / math.sqrt(n)
    if deviation != 0.0:
        assert len(np.unique(values)) > 0.999 * n


def test_normal_numbers_have_the_normal_law_into_the_tails(build):
    values = np.sort(
        build(AllToAll(), (1000, 1000), weight=Normal(0, 1), double_weights=True).weights
    )
    for x in (-4.0, -3.0, -2.0, -1.0, 0.0, 0.5, 1.5, 2.5, 3.5, 4.5):
        share = np.searchsorted(values, x) / len(values)
        assert abs(share - phi(x)) < 5 * math.sqrt(phi(x) * (1 - phi(x)) / len(values))


def test_weights_and_delays_are_independent_of_each_other(build):
    built = build(AllToAll(), (400, 400), weight=Uniform(0, 1), delay=Uniform(1e-3, 2e-3))
    targets = np.corrcoef(np.stack([built.weights, built.delays, built.targets, built.sources]))
    assert np.all(np.abs(targets - np.eye(4)) < 5 / math.sqrt(built.n))


@pytest.mark.parametrize(
    "law",
    [Uniform(2, 1), Normal(0, -1), Normal(0, 1, 60, 70), Exponential(-1.0), Normal(0, 0, 1, 2),
     LogNormal(0, 1, -2, -1), Exponential(1, -2, -1), Normal(math.nan, 1), Normal(0, 1, 2, 1)],
)  # fmt: skip
def test_impossible_laws_are_refused(build, law):
    with pytest.raises(core.EngineError, match=r"distribution|deviation|mean|bounds"):
        build(AllToAll(), (3, 3), weight=law)


def test_drawn_delays_are_whole_steps_and_at_least_one(build):
    built = build(AllToAll(), (300, 300), delay=Normal(2e-4, 2e-4))
    steps = built.delays / DT
    assert np.allclose(steps, np.rint(steps)) and steps.min() > 0.5
    law = NormalDist(2.0, 2.0)
    for k in range(1, 8):
        share = law.cdf(k + 0.5) - (law.cdf(k - 0.5) if k > 1 else 0.0)
        found = np.count_nonzero(np.rint(steps) == k) / built.n
        assert abs(found - share) < 5 * math.sqrt(share / built.n)
    assert built.is_sorted


@pytest.mark.parametrize("delay", [0.0, -1e-3, 4e-5, math.nan, math.inf])
def test_a_fixed_delay_is_at_least_one_step(build, delay):
    with pytest.raises(core.EngineError, match=r"at least one step|finite"):
        build(AllToAll(), (3, 3), delay=delay)


def test_delays_have_bounds_that_are_told_in_full(build):
    with pytest.raises(core.EngineError, match=r"at least one step \(0.0001 s\), not 1e-09 s"):
        build(AllToAll(), (3, 3), delay=1e-9)
    with pytest.raises(core.EngineError, match="at most 2\\^53 steps"):
        build(AllToAll(), (3, 3), delay=1e300)


def test_delays_that_vary_have_a_largest_one(build):
    with pytest.raises(core.EngineError, match="65535 steps"):
        build(AllToAll(), (3, 3), delay=Uniform(7.0, 8.0))
