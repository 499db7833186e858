"""Monitors: statistics of known spikes, later starts, Neo; laws in the arguments of scripts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import annarchy_ml as aml

TRAINS = [[1.0, 3.0, 7.0, 9.0], [2.0], []]
STEPS = {0: [2, 6, 14, 18], 1: [4], 2: []}


@pytest.fixture
def recorded() -> aml.Monitor:
    net = aml.Network(dt=0.5)
    source = net.create(aml.SpikeSourceArray(TRAINS))
    monitor = net.monitor(source, "spike")
    net.compile()
    net.simulate(20.0)
    return monitor


def test_statistics_use_the_whole_window(recorded: aml.Monitor) -> None:
    spikes = recorded.get("spike", keep=True)
    assert spikes == STEPS
    times, ranks = recorded.raster_plot(spikes)
    assert sorted(zip(times, ranks, strict=True)) == [(1, 0), (2, 1), (3, 0), (7, 0), (9, 0)]
    assert recorded.histogram(spikes, bins=5.0).tolist() == [3, 2, 0, 0]
    assert recorded.histogram(bins=5.0, per_neuron=True).tolist() == [
        [2, 2, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0],
    ]  # fmt: skip
    assert recorded.histogram(bins=4.0, recording_window="spikes").tolist() == [3, 1, 1]
    assert recorded.histogram(bins=5.0, recording_window=(10, 20)).tolist() == [2]
    assert recorded.mean_fr() == pytest.approx(5 / 3 / 0.02)
    assert recorded.inter_spike_interval() == [2.0, 4.0, 2.0]
    assert recorded.inter_spike_interval(per_neuron=True) == {0: [2.0, 4.0, 2.0]}
    assert recorded.inter_spike_interval(ranks=[1, 2]) == []
    cv = np.std([2, 4, 2]) / np.mean([2, 4, 2])
    assert recorded.coefficient_of_variation() == [pytest.approx(cv)]
    assert recorded.coefficient_of_variation(per_neuron=True) == {0: pytest.approx(cv)}


def test_rates_of_a_monitor(recorded: aml.Monitor) -> None:
    rates = recorded.smoothed_rate()
    assert rates.shape == (3, 40)
    assert np.flatnonzero(rates[0]).tolist() == STEPS[0]
    assert rates[0, 2] == 2000.0
    assert np.allclose(recorded.population_rate(), rates.mean(axis=0))
    smooth = recorded.population_rate(smooth=2.0)
    assert smooth.sum() == pytest.approx(recorded.population_rate().sum(), rel=0.01)


def test_statistics_as_functions(recorded: aml.Monitor) -> None:
    spikes = recorded.get()  # a dictionary of all that is recorded
    assert len(aml.raster_plot(spikes, dt=0.5)[0]) == 5
    assert aml.histogram(spikes, bins=4.0, dt=0.5).tolist() == [3, 1, 1]
    assert aml.histogram(STEPS, bins=5.0, recording_window=(0, 40), dt=0.5).tolist() == [3, 2, 0, 0]
    assert aml.inter_spike_interval(STEPS, dt=0.5) == [2.0, 4.0, 2.0]
    assert len(aml.coefficient_of_variation(STEPS, dt=0.5)) == 1
    assert aml.mean_fr(STEPS, duration=20.0, dt=0.5) == pytest.approx(5 / 3 / 0.02)
    assert aml.population_rate(STEPS, dt=0.5).shape == (17,)
    assert aml.smoothed_rate(STEPS, dt=0.5).shape == (3, 17)
    assert aml.histogram({0: [], 1: []}, dt=1.0).tolist() == []
    assert aml.mean_fr({0: []}, dt=1.0) == 0.0


def test_a_monitor_starts_when_it_is_told() -> None:
    net = aml.Network(dt=1.0)
    cells = net.create(2, aml.Neuron(equations="r = t\nq = 2.0*t"))
    monitor = net.monitor(cells, "r", start=False)
    net.compile()
    net.simulate(3.0)
    assert len(monitor.get("r")) == 0
    monitor.start(["q"], period=2.0)
    net.simulate(5.0)
    assert monitor.get("r")[:, 0].tolist() == [3, 5, 7]
    assert monitor.get("q", keep=True)[:, 0].tolist() == [6, 10, 14]
    monitor.reset()
    net.simulate(2.0)
    assert monitor.get("q")[:, 0].tolist() == [18]
    assert monitor.times() == {"start": [8], "stop": [10]}


def test_pauses_are_left_out() -> None:
    net = aml.Network(dt=1.0)
    cells = net.create(1, aml.Neuron(equations="r = t"))
    monitor = net.monitor(cells, "r")
    net.compile()
    net.simulate(2.0)
    monitor.pause()
    net.simulate(3.0)
    monitor.resume()
    net.simulate(2.0)
    assert monitor.times() == {"start": [0, 5], "stop": [2, 7]}
    assert monitor.get("r")[:, 0].tolist() == [0, 1, 5, 6]


def test_monitors_go_to_neo() -> None:
    net = aml.Network(dt=0.5)
    neuron = aml.Neuron(equations="v += 1", spike="v > 2.5", reset="v = 0")
    cells = net.create((2, 2), neuron, name="cells")
    monitor = net.monitor(cells, ["v", "spike"])
    net.compile()
    net.simulate(5.0)
    (segment,) = monitor.to_neo().segments
    (signal,) = segment.analogsignals
    assert (signal.name, signal.shape) == ("v", (10, 4))
    assert signal.magnitude[:, 3].tolist() == [1, 2, 0, 1, 2, 0, 1, 2, 0, 1]
    assert float(signal.sampling_period.rescale("ms")) == 0.5
    assert [train.annotations["rank"] for train in segment.spiketrains] == [0, 1, 2, 3]
    assert segment.spiketrains[2].rescale("ms").magnitude.tolist() == [1.0, 2.5, 4.0]
    assert len(monitor.get("v")) == 10


LAWS = (
    (aml.Uniform(1.0, 3.0), 2.0, 4.0 / 12),
    (aml.DiscreteUniform(-2, 5), 1.5, (8**2 - 1) / 12),
    (aml.Normal(2.0, 3.0), 2.0, 9.0),
    (aml.LogNormal(0.1, 0.5), np.exp(0.1 + 0.125), (np.exp(0.25) - 1) * np.exp(0.2 + 0.25)),
    (aml.Exponential(4.0), 0.25, 1 / 16),
    (aml.Gamma(2.0, 3.0), 6.0, 18.0),
    (aml.Binomial(10, 0.3), 3.0, 2.1),
)


@pytest.mark.parametrize(("law", "mean", "variance"), LAWS, ids=[repr(item[0]) for item in LAWS])
def test_laws_have_their_moments(law: aml.Uniform, mean: float, variance: float) -> None:
    """As values of attributes, and asked by a script."""
    net = aml.Network(seed=4)
    cells = net.create(40_000, aml.Neuron(parameters="r = 0.0"))
    cells.r = law
    for found in (cells.r, law.get_values((200, 200))):
        assert found.mean() == pytest.approx(mean, abs=5 * np.sqrt(variance / 40_000))
        assert found.var() == pytest.approx(variance, rel=0.06)
    assert law.get_values((2, 3)).shape == (2, 3)
    assert len(law.get_list_values(4)) == 4
    assert isinstance(law.get_value(), float)


def test_weights_follow_the_same_law_as_values() -> None:
    """The rate of Exponential; the engine and NumPy draw from the same one."""
    net = aml.Network(seed=4)
    source = net.create(aml.PoissonPopulation(200, rates=1.0))
    for law in (aml.Exponential(4.0), aml.Exponential(4.0, rng=np.random.default_rng(1))):
        proj = net.connect(source, source, "exc").all_to_all(weights=law)
        weights = proj.connectivity_matrix(fill=np.nan)
        assert np.nanmean(weights) == pytest.approx(0.25, rel=0.03)


def test_bounds_clip_or_draw_again() -> None:
    net = aml.Network(seed=1)
    rates = net.create(150, aml.Neuron(parameters="r = 0.0", equations="s = sum(exc)"))
    clipped = aml.Normal(0.0, 1.0, min=-0.5, max=1.0)
    again = aml.Normal(0.0, 1.0, low=-0.5, high=1.0)
    for law in (clipped, again):
        proj = net.connect(rates, rates, "exc")
        proj.all_to_all(weights=law, allow_self_connections=True)
        for values in (law.get_values(20_000), np.array(proj.w).ravel()):
            assert values.min() >= -0.5
            assert values.max() <= 1.0
            share = np.mean(values == -0.5)
            assert share == pytest.approx(0.3085 if law is clipped else 0.0, abs=0.02)
    assert (clipped.min, clipped.max) == (-0.5, 1.0)
    assert again.min is None


def test_a_law_with_a_generator_is_drawn_by_it() -> None:
    net = aml.Network(seed=1)
    cells = net.create(5, aml.Neuron(parameters="r = 0.0"))
    cells.r = aml.Uniform(0.0, 1.0, rng=np.random.default_rng(7))
    assert np.array_equal(cells.r, np.random.default_rng(7).uniform(0.0, 1.0, 5))
    with pytest.raises(aml.UsageError, match=r"'rng' is a numpy\.random\.Generator"):
        aml.Normal(0.0, 1.0, rng=7)  # type: ignore[arg-type]  # refused at run time, too


@pytest.mark.parametrize(
    ("law", "message"),
    [
        (lambda: aml.Uniform(2.0, 1.0), "min of Uniform, 2.0, lies above max, 1.0"),
        (lambda: aml.Uniform("a", 1.0), "min of Uniform is a number, not 'a'"),
        (lambda: aml.DiscreteUniform(3, 1), "min of DiscreteUniform, 3, lies above max, 1"),
        (lambda: aml.DiscreteUniform(0.5, 1), "ends of DiscreteUniform are whole numbers"),
        (lambda: aml.Normal(0.0, -1.0), "sigma of Normal is 0 or more, not -1.0"),
        (lambda: aml.Normal(np.nan, 1.0), "mu of Normal is a number, not nan"),
        (lambda: aml.Normal(0.0, 1.0, min=2.0, max=1.0), "min of a law, 2.0, lies above max, 1.0"),
        (lambda: aml.LogNormal(0.0, -1.0), "sigma of LogNormal is 0 or more, not -1.0"),
        (lambda: aml.Exponential(-1.0), "rate of Exponential is above 0, not -1.0"),
        (lambda: aml.Exponential(0.0), "rate of Exponential is above 0, not 0.0"),
        (lambda: aml.Gamma(-1.0), "shape of Gamma is above 0, not -1.0"),
        (lambda: aml.Gamma(1.0, 0.0), "scale of Gamma is above 0, not 0.0"),
        (lambda: aml.Binomial(-1, 0.5), "n of Binomial is 0 or more, not -1"),
        (lambda: aml.Binomial(1.5, 0.5), "n of Binomial is a whole number, not 1.5"),
        (lambda: aml.Binomial(2, 1.5), "p of Binomial is from 0 to 1, not 1.5"),
    ],
)
def test_arguments_that_a_law_cannot_have(law: Any, message: str) -> None:
    with pytest.raises(aml.UsageError, match=message):
        law()


def test_laws_that_a_seed_fixes() -> None:
    draws = []
    for _ in range(2):
        aml.Network(seed=11)
        draws.append(aml.Normal(0.0, 1.0).get_values(4))
    assert np.array_equal(*draws)
