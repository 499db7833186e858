"""Pairs of spikes: shifts, drifts, missing and extra ones; statistics of populations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annarchy_ml.validation.pairing import pair_spikes
from annarchy_ml.validation.train_statistics import likeness, statistics_of

REGULAR = np.arange(1, 51) * 0.02


def test_equal_trains_pair_without_shift():
    found = pair_spikes(REGULAR, REGULAR.copy())
    assert found.pairs == tuple((row, row) for row in range(50))
    assert found.largest_shift == found.drift == 0.0
    assert found.missing == found.extra == ()


def test_one_spike_less_moves_no_other():
    found = pair_spikes(REGULAR, np.delete(REGULAR, 20))
    assert found.missing == (20,)
    assert found.extra == ()
    assert np.abs(found.shifts).max() == 0.0


def test_one_spike_more():
    found = pair_spikes(REGULAR, np.sort(np.append(REGULAR, 0.213)))
    assert len(found.extra) == 1
    assert found.missing == ()
    assert len(found.pairs) == 50


def test_a_drift_is_followed_beyond_an_interval():
    other = REGULAR * 1.05  # the last spike is 50 ms late, intervals are 20 ms
    found = pair_spikes(REGULAR, other)
    assert found.missing == found.extra == ()
    assert found.drift == pytest.approx(0.05)
    assert found.largest_shift == pytest.approx(0.05)


def test_a_drift_with_a_spike_less():
    found = pair_spikes(REGULAR, np.delete(REGULAR * 1.01, 30))
    assert found.missing == (30,)
    assert found.drift == pytest.approx(0.01)


@pytest.mark.parametrize("counts", [(0, 0), (0, 3), (3, 0), (1, 1)])
def test_few_spikes(counts):
    trains = [np.arange(count) * 0.1 for count in counts]
    found = pair_spikes(*trains)
    assert len(found.missing) == max(0, counts[0] - counts[1])
    assert len(found.extra) == max(0, counts[1] - counts[0])


@given(
    st.lists(st.integers(1, 400), min_size=1, max_size=60),
    st.lists(st.integers(1, 400), min_size=1, max_size=60),
)
def test_each_spike_is_accounted_for_once(first, second):
    trains = [np.cumsum(gaps) * 1e-3 for gaps in (first, second)]
    found = pair_spikes(*trains)
    ours = sorted([*(a for a, _ in found.pairs), *found.missing])
    others = sorted([*(b for _, b in found.pairs), *found.extra])
    assert ours == list(range(len(first)))
    assert others == list(range(len(second)))


def poisson(rate: float, seed: int, cells: int = 50, duration: float = 20.0) -> list[np.ndarray]:
    """Independent trains."""
    draw = np.random.default_rng(seed)
    return [np.sort(draw.uniform(0, duration, draw.poisson(rate * duration))) for _ in range(cells)]


def test_chaotic_trains_are_alike_by_statistics_only():
    first, second = (statistics_of(poisson(10.0, seed), 20.0) for seed in (1, 2))
    found = likeness(first, second)
    assert found.alike
    assert first.variation == pytest.approx(1.0, abs=0.05)
    assert first.rates.mean() == pytest.approx(10.0, rel=0.05)


def test_other_rates_and_other_intervals_are_found():
    ours = statistics_of(poisson(10.0, 1), 20.0)
    assert not likeness(ours, statistics_of(poisson(11.0, 2), 20.0)).alike
    regular = [np.arange(0, 20, 0.1) + 1e-4 * cell for cell in range(50)]
    same_rate = likeness(ours, statistics_of(regular, 20.0))
    assert same_rate.rate_errors < 3.3
    assert same_rate.distance > same_rate.allowed
    assert not same_rate.alike


def test_silent_populations_are_alike():
    silent = statistics_of([np.empty(0)] * 5, 1.0)
    assert likeness(silent, silent).alike
    assert not likeness(silent, statistics_of([REGULAR] * 5, 1.0)).alike
