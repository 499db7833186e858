"""Populations with a class of their own, against what their definitions say."""

from __future__ import annotations

import numpy as np
import pytest

import annarchy_ml as aml
from annarchy_ml.importers.equations.inputs.trains import rectified, unrectified

ROWS = np.arange(12.0).reshape(4, 3)


def rows_seen(source: aml.Population, net: aml.Network, duration: float) -> list[float]:
    """The first neuron's rate after each step, as row numbers."""
    seen = net.monitor(source, "r")
    net.compile()
    net.simulate(duration)
    return (seen.get("r")[:, 0] / 3.0).tolist()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [0, 1, 2, 3, 3, 3, 3, 3]),
        ({"schedule": 1.0}, [0, 0, 1, 1, 2, 2, 3, 3]),
        ({"schedule": [0.5, 2.0, 2.5]}, [0, 0, 0, 0, 1, 2, 2, 2]),
        ({"period": 1.5}, [0, 1, 2, 0, 1, 2, 0, 1]),
        ({"schedule": 1.0, "period": 2.0}, [0, 0, 1, 1, 0, 0, 1, 1]),
    ],
)
def test_rows_follow_their_schedule(options: dict[str, object], expected: list[int]) -> None:
    net = aml.Network(dt=0.5)
    assert rows_seen(net.create(aml.TimedArray(ROWS, **options)), net, 4.0) == expected


def test_a_reset_source_begins_again_and_others_rows_come_at_once() -> None:
    net = aml.Network(dt=1.0)
    source = net.create(aml.TimedArray(ROWS, schedule=2.0))
    net.compile()
    net.simulate(5.0)
    assert source.r[0] == 6.0
    source.reset()
    net.simulate(2.0)
    assert source.r[0] == 0.0
    net.simulate(1.0)
    assert source.r[0] == 3.0
    source.update(-ROWS, reset=False)
    assert source.r[0] == -3.0
    net.reset()
    net.simulate(3.0)
    assert source.r[0] == 3.0


def test_a_projection_hears_rows_one_step_later() -> None:
    net = aml.Network(dt=1.0)
    source = net.create(aml.TimedArray(ROWS))
    reader = net.create(3, aml.Neuron(equations="r = sum(exc)"))
    net.connect(source, reader, "exc").one_to_one(1.0)
    net.compile()
    net.simulate(3.0)
    assert reader.r.tolist() == ROWS[1].tolist()


def test_spikes_at_given_times() -> None:
    """In step round(t/dt); times may be given anew between runs, in any order, more than once."""
    net = aml.Network(dt=0.1)
    source = net.create(aml.SpikeSourceArray([[0.3, 1.0, 0.26], [], [0.0]]))
    seen = net.monitor(source, "spike")
    net.compile()
    net.simulate(2.0)
    assert seen.get("spike") == {0: [3, 10], 1: [], 2: [0]}
    source.spike_times = [[], [2.06, 2.5], []]
    net.simulate(2.0)
    assert seen.get("spike") == {0: [], 1: [21, 25], 2: []}
    source.reset()
    net.simulate(3.0)
    assert seen.get("spike")[1] == [61, 65]


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        (40.0, 40.0),
        (np.linspace(10.0, 70.0, 1000), 40.0),
        ("level * (1.0 + sin(2.0*pi*t/100.0))", 40.0),
    ],
)
def test_poisson_counts(rates: object, expected: float) -> None:
    """A spike with probability rate * dt in each step: binomial counts."""
    net = aml.Network(dt=0.5, seed=4)
    given = {"level": 40.0} if isinstance(rates, str) else None
    cells = net.create(aml.PoissonPopulation(1000, rates=rates, parameters=given))
    seen = net.monitor(cells, "spike")
    net.compile()
    net.simulate(500.0)
    counts = np.array([len(item) for item in seen.get("spike").values()])
    assert abs(counts.mean() * 2.0 - expected) < 5 * np.sqrt(2.0 * expected / 1000)
    if isinstance(rates, np.ndarray):
        assert counts[-100:].mean() > 3 * counts[:100].mean()


def test_poisson_spikes_have_the_variance_of_their_law() -> None:
    net = aml.Network(dt=1.0, seed=6)
    cells = net.create(aml.PoissonPopulation(2000, rates=100.0))
    seen = net.monitor(cells, "spike")
    net.compile()
    net.simulate(1000.0)
    counts = np.array([len(item) for item in seen.get("spike").values()])
    assert counts.var() == pytest.approx(1000 * 0.1 * 0.9, rel=0.15)


def test_poisson_neurons_wait_when_refractory() -> None:
    net = aml.Network(dt=1.0, seed=2)
    cells = net.create(aml.PoissonPopulation(50, rates=500.0, refractory=4.0))
    seen = net.monitor(cells, "spike")
    net.compile()
    net.simulate(500.0)
    assert min(seen.inter_spike_interval()) == 5.0


def test_rates_change_at_given_times() -> None:
    net = aml.Network(dt=1.0, seed=1)
    rates = [[0.0, 100.0], [200.0, 0.0]]
    cells = net.create(aml.TimedPoissonPopulation(2, rates, schedule=[0.0, 500.0], period=1000.0))
    seen = net.monitor(cells, "spike")
    net.compile()
    net.simulate(2000.0)
    spikes = seen.get("spike")
    first = np.array(spikes[0])
    assert np.all(first % 1000 >= 500)
    assert np.all(np.array(spikes[1]) % 1000 < 500)
    assert abs(len(first) - 200) < 5 * np.sqrt(200)


def test_rectified_moments_are_those_of_the_integrals() -> None:
    integrate = pytest.importorskip("scipy.integrate")
    for mu, sigma in ((2.0, 1.0), (-0.5, 1.0), (10.0, 3.0)):

        def density(x: float, mu: float = mu, sigma: float = sigma) -> float:
            return float(np.exp(-0.5 * ((x - mu) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi)))

        top = mu + 12 * sigma
        mean = integrate.quad(lambda x: x * density(x), 0, top)[0]
        square = integrate.quad(lambda x: x * x * density(x), 0, top)[0]
        found = rectified(mu, sigma)
        assert found == pytest.approx((mean, np.sqrt(square - mean**2)), rel=1e-7)
        assert unrectified(*found) == pytest.approx((mu, sigma), rel=1e-6)


def test_correlated_trains_have_their_rate_and_correlation() -> None:
    """The variance of the summed count in long bins is n rate T (1 + (n - 1) corr) for T >> tau."""
    net = aml.Network(dt=1.0, seed=7)
    n, rate, corr = 50, 20.0, 0.1
    cells = net.create(aml.HomogeneousCorrelatedSpikeTrains(n, rates=rate, corr=corr, tau=5.0))
    seen = net.monitor(cells, "spike")
    net.compile()
    net.simulate(400_000.0)
    spikes = seen.get("spike")
    counts = seen.histogram(spikes, bins=200.0)
    assert counts.mean() == pytest.approx(n * rate * 0.2, rel=0.03)
    tail = 5.0 / 200.0 * (1 - np.exp(-200.0 / 5.0))  # of the correlation beyond the bins
    expected = n * rate * 0.2 * (1 + (n - 1) * corr * (1 - tail))
    assert counts.var() == pytest.approx(expected, rel=0.12)


def test_sources_belong_to_the_default_network_if_no_other_takes_them() -> None:
    aml.clear()
    aml.setup(dt=1.0, seed=1)
    source = aml.InputArray((2, 2))
    source.r = [[1.0, 2.0], [3.0, 4.0]]
    reader = aml.Population(4, aml.Neuron(equations="r = sum(exc)"))
    aml.Projection(source, reader, "exc").connect_one_to_one(weights=2.0)
    aml.compile()
    aml.simulate(1.0)
    assert reader.r.tolist() == [2.0, 4.0, 6.0, 8.0]
    with pytest.raises(aml.ANNarchyException, match="another network"):
        aml.Network().create(source)
    aml.clear()


def test_numbers_that_fit_no_source_are_refused() -> None:
    net = aml.Network()
    for make in (
        lambda: aml.TimedArray(),
        lambda: aml.TimedArray(ROWS, geometry=7),
        lambda: aml.PoissonPopulation(3),
        lambda: aml.PoissonPopulation(3, rates=1.0, target="exc"),
        lambda: aml.TimedPoissonPopulation(2, [[1.0], [2.0]], schedule=[0.0]),
        lambda: aml.SpikeSourceArray([[-1.0]]),
        lambda: aml.HomogeneousCorrelatedSpikeTrains(3, rates=-1.0, corr=0.1, tau=5.0),
        lambda: aml.HomogeneousCorrelatedSpikeTrains(3, rates=1.0, corr=0.1, tau=0.0),
        lambda: net.create(aml.InputArray(2), aml.Izhikevich),
        lambda: net.create(2.5, aml.Izhikevich),
    ):
        with pytest.raises(aml.ANNarchyException):
            make()


def test_negative_rates_are_refused() -> None:
    """When they are given, and when they are set later, of all neurons or of some."""
    net = aml.Network()
    cells = net.create(aml.PoissonPopulation(3, rates=5.0))
    for make in (
        lambda: aml.PoissonPopulation(3, rates=-5.0),
        lambda: aml.PoissonPopulation(3, rates=[1.0, -5.0, 2.0]),
        lambda: net.create(aml.PoissonPopulation(3, rates=aml.Uniform(-5.0, -5.0))),
        lambda: aml.TimedPoissonPopulation(3, rates=[1.0, -5.0], schedule=[0.0, 1.0]),
        lambda: cells.set({"rates": -5.0}),
        lambda: cells[1].set({"rates": -5.0}),
    ):
        with pytest.raises(aml.ANNarchyException, match="rates are 0 Hz or more, not -5"):
            make()
    assert cells.rates.tolist() == [5.0] * 3


def test_times_without_rows_are_refused() -> None:
    net = aml.Network(dt=1.0)
    net.create(aml.TimedArray([[1.0], [2.0]], schedule=[0.0, 2.0, 4.0]), name="rows")
    with pytest.raises(aml.ANNarchyException, match="'rows' has 3 times, but 2 rows for them"):
        net.compile()
