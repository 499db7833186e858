"""Spikes with a constant chance in every step are drawn as gaps: the law of a draw in each step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

import annarchy_ml as aml
from annarchy_ml.importers.equations.gaps import GAP


def spikes(net: aml.Network, cells: Any, duration: float, **options: Any) -> dict[int, list[int]]:
    seen = net.monitor(cells, "spike")
    net.compile(**options)
    net.simulate(duration)
    return seen.get("spike")


@pytest.mark.parametrize(("rate", "refractory"), [(300.0, None), (40.0, None), (300.0, 3.0)])
def test_gaps_are_geometric(rate: float, refractory: float | None) -> None:
    """Pearson's test of the first two gaps, which end within the run for almost all neurons."""
    net = aml.Network(dt=1.0, seed=11)
    source = aml.PoissonPopulation(4000, rates=rate, refractory=refractory)
    found = spikes(net, net.create(source), 400.0)
    chance, waits = rate / 1000.0, round(refractory or 0.0)
    first = np.array([train[0] + 1 for train in found.values() if train])
    second = np.array([train[1] - train[0] - waits for train in found.values() if len(train) > 1])
    assert len(first) == 4000
    assert len(second) > 3990
    for steps in (first, second):
        edges = np.arange(1, 12)
        counts = [np.sum(steps == k) for k in edges] + [np.sum(steps > edges[-1])]
        shares = [chance * (1 - chance) ** (k - 1) for k in edges]
        shares.append(1.0 - sum(shares))
        assert stats.chisquare(counts, np.array(shares) * len(steps)).pvalue > 1e-4
    assert abs(np.corrcoef(first[: len(second)], second)[0, 1]) < 0.08


def test_rates_hold_from_the_step_in_which_they_are_set() -> None:
    """The chance of the gap under way changes, too: counts of every period are binomial."""
    net = aml.Network(dt=0.5, seed=7)
    cells = net.create(aml.PoissonPopulation(3000, rates=2.0))
    seen = net.monitor(cells, "spike")
    net.compile()
    for given in (2.0, 200.0, 0.0, np.linspace(0.0, 100.0, 3000), 2000.0, 5000.0, 20.0):
        cells.rates = given
        net.simulate(50.0)
        counts = np.array([len(train) for train in seen.get("spike").values()])
        chance = np.broadcast_to(np.minimum(np.asarray(given) * 0.0005, 1.0), 3000)
        mean, variance = 100 * chance.sum(), (100 * chance * (1 - chance)).sum()
        assert abs(counts.sum() - mean) <= 4.5 * np.sqrt(variance)
        expected = variance / 3000 + np.var(100 * chance)
        assert counts.var() == pytest.approx(expected, rel=0.15, abs=1e-12)


def test_a_reset_begins_with_the_same_gaps_or_with_others() -> None:
    net = aml.Network(dt=1.0, seed=3)
    cells = net.create(aml.PoissonPopulation(200, rates=30.0))
    seen = net.monitor(cells, "spike")
    net.compile()
    runs = []
    for again in (True, False, False, True):
        net.simulate(300.0)
        runs.append(seen.get("spike"))
        net.reset(reseed_rng=again)
    net.simulate(300.0)
    assert runs[0] == runs[1] == seen.get("spike")
    firsts = [[train[:1] for train in run.values()] for run in runs]
    same = [np.mean([a == b for a, b in zip(firsts[1], other, strict=True)]) for other in firsts]
    assert same[0] == 1.0
    assert max(same[2:]) < 0.15


def test_populations_are_independent_and_others_do_not_change_them() -> None:
    found = []
    for number in (1, 2):
        net = aml.Network(dt=1.0, seed=5)
        made = [net.create(aml.PoissonPopulation(300, rates=50.0)) for _ in range(number)]
        seen = [net.monitor(item, "spike") for item in made]
        net.compile()
        net.simulate(200.0)
        found.append([item.get("spike") for item in seen])
    assert found[0][0] == found[1][0]
    equal = [a == b for a, b in zip(*(item.values() for item in found[1]), strict=True)]
    assert np.mean(equal) < 0.05


@pytest.mark.parametrize("refractory", [None, 2.0])
def test_threads_and_the_interpreter_give_the_same_spikes(refractory: float | None) -> None:
    def run(executor: str, threads: int) -> dict[int, list[int]]:
        net = aml.Network(dt=0.5, seed=9)
        net.config(num_threads=threads)
        rates = np.linspace(0.0, 400.0, 333)
        source = aml.PoissonPopulation(333, rates=rates, refractory=refractory)
        return spikes(net, net.create(source), 100.0, executor=executor)

    wanted = run("interpreter", 1)
    assert sum(map(len, wanted.values())) > 4000
    for threads in (1, 2, 3, 7):
        assert run("compiled", threads) == wanted


@pytest.mark.parametrize(
    ("spike", "counted"),
    [
        ("1000.0*Uniform(0.0, 1.0) < rates*dt", True),
        ("Uniform(0.0, 1.0) < p", True),
        ("Uniform(0.0, 1.0)*1000.0 < rates*dt", True),
        ("Uniform(0.0, 1.0) < p*t", False),
        ("Uniform(0.0, 1.0) < p*Uniform(0.0, 1.0)", False),
        ("Uniform(0.0, 1.0) > p", False),
        ("Normal(0.0, 1.0) < p", False),
    ],
)
def test_neurons_of_ones_own(spike: str, counted: bool) -> None:
    """Chances below zero are none, and leave nothing behind."""
    net = aml.Network(dt=1.0, seed=2)
    kind = aml.Neuron(parameters="rates = 100.0\np = 0.1", spike=spike)
    cells = net.create(1000, kind)
    seen = net.monitor(cells, "spike")
    net.compile()
    assert net.needed().has(cells.name, GAP) == counted
    if not counted:
        return
    for chance, mean in ((0.1, 5000), (-0.1, 0), (0.1, 5000)):
        cells.p, cells.rates = chance, 1000.0 * chance
        net.simulate(50.0)
        count = sum(len(train) for train in seen.get("spike").values())
        assert abs(count - mean) <= 4.5 * np.sqrt(0.9 * mean)


def test_a_rate_that_equations_or_tables_change_is_drawn_in_each_step() -> None:
    net = aml.Network(dt=1.0, seed=2)
    made = [
        net.create(aml.PoissonPopulation(5, rates="10*t")),
        net.create(aml.TimedPoissonPopulation(5, [[10.0], [20.0]], schedule=[0.0, 5.0])),
        net.create(aml.PoissonPopulation(5, target="exc")),
    ]
    net.compile()
    assert not any(net.needed().has(item.name, GAP) for item in made)
    assert all(GAP not in item.attributes for item in made)


def test_single_precision_draws_in_each_step() -> None:
    net = aml.Network(dt=1.0, seed=2)
    net.config(dtype="float32")
    cells = net.create(aml.PoissonPopulation(2000, rates=100.0))
    found = spikes(net, cells, 100.0)
    assert not net.needed().has(cells.name, GAP)
    assert abs(sum(map(len, found.values())) - 20000) < 4.5 * np.sqrt(18000)
