"""Kinetic schemes against exact solutions, and their conservation of occupancy."""

import numpy as np
import pytest

from annarchy_ml.kernels.schemes import propagate, settled


def exact(x, flows, forward, reverse, dt):
    """exp(A dt) x through the eigenvectors of A."""
    matrix = np.zeros((len(x), len(x)))
    for (source, target), f, r in zip(flows, forward, reverse, strict=True):
        matrix[source, source] -= f
        matrix[target, source] += f
        matrix[target, target] -= r
        matrix[source, target] += r
    values, vectors = np.linalg.eig(matrix)
    return (vectors @ np.diag(np.exp(values * dt)) @ np.linalg.solve(vectors, np.array(x))).real


@pytest.mark.parametrize("dt", [1e-6, 1e-3, 1.0])
def test_two_states_decay_exactly(dt):
    a, b = 30.0, 70.0
    x0, _ = propagate([1.0, 0.0], [(0, 1)], [a], [b], dt)
    assert x0 == pytest.approx(b / (a + b) + a / (a + b) * np.exp(-(a + b) * dt), rel=1e-14)


def test_five_states_against_eigenvectors():
    flows = [(0, 1), (1, 2), (2, 3), (3, 4), (1, 4)]
    forward, reverse = [400.0, 300.0, 200.0, 100.0, 7.0], [11.0, 50.0, 60.0, 90.0, 5.0]
    start = [0.7, 0.1, 0.1, 0.05, 0.05]
    for dt in (1e-5, 1e-3, 0.1):
        found = propagate(start, flows, forward, reverse, dt)
        assert found == pytest.approx(exact(start, flows, forward, reverse, dt), rel=1e-11)
        assert found.sum() == pytest.approx(1.0, rel=1e-14)


def test_many_instances_are_independent():
    rates = np.array([0.0, 1.0, 1e3, 1e6])
    both = propagate([np.ones(4), np.zeros(4)], [(0, 1)], [rates], [2 * rates], 1e-3)
    for k, rate in enumerate(rates):
        alone = propagate([1.0, 0.0], [(0, 1)], [rate], [2 * rate], 1e-3)
        assert both[:, k] == pytest.approx(alone, rel=1e-12)


@pytest.mark.parametrize("stiffness", [1e2, 1e4, 1e7])
def test_stiff_schemes_follow_their_slow_part(stiffness):
    """States 0 and 1 are in fast balance, so that they leave to state 2 at half the rate."""
    fast, slow, dt = stiffness * 1e3, 100.0, 1e-3
    found = propagate([0.5, 0.5, 0.0], [(0, 1), (1, 2)], [fast, slow], [fast, 0.0], dt)
    exactly = exact([0.5, 0.5, 0.0], [(0, 1), (1, 2)], [fast, slow], [fast, 0.0], dt)
    assert found.sum() == pytest.approx(1.0, rel=1e-14)
    assert found == pytest.approx(exactly, rel=1e-15 * max(1e3, 10 * fast * dt))


@pytest.mark.parametrize("rate", [np.nan, np.inf])
def test_faulty_rates_are_visible(rate):
    assert np.isnan(propagate([1.0, 0.0], [(0, 1)], [rate], [1.0], 1e-3)).all()


def test_no_flow_changes_nothing():
    assert list(propagate([0.25, 0.75], [(0, 1)], [0.0], [0.0], 1e-3)) == [0.25, 0.75]


def test_settled_occupancies_stay_as_they_are() -> None:
    """Rates that are one number for all instances, and rates that differ; slow beside fast ones."""
    flows = [(0, 1), (1, 2), (2, 3)]
    forward = [np.array([120.0, 3e5, 0.7]), 30.0, np.array([1e-3, 2.0, 9.0])]
    reverse = [55.0, np.array([2.0, 1e3, 40.0]), 5e-3]
    found = settled(4, flows, forward, reverse)
    ratios = [f / np.asarray(r) for f, r in zip(forward, reverse, strict=True)]
    expected = np.cumprod([np.ones(3), *ratios], axis=0)
    np.testing.assert_allclose(found, expected / expected.sum(axis=0), rtol=1e-9)
    later = propagate(list(found), flows, forward, reverse, 1.0)
    np.testing.assert_allclose(later, found, rtol=1e-9)


def test_what_cannot_leave_its_state_stays_there() -> None:
    np.testing.assert_array_equal(settled(3, [], [], []), [1.0, 0.0, 0.0])
    rates = [np.array([0.0, 4.0])]
    np.testing.assert_allclose(
        settled(3, [(0, 1)], rates, rates), [[1.0, 0.5], [0.0, 0.5], [0.0, 0.0]]
    )
