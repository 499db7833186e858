"""Couplings: values of cells that other cells add up, against NumPy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from annarchy_ml import (
    AllToAll,
    Explicit,
    FixedIndegree,
    FixedProbability,
    ModelError,
    NetworkModel,
    OneToOne,
    Uniform,
    UsageError,
)

CELLS = """<Lems>
<Include file="Cells.xml"/>
<ComponentType name="rateCell" extends="baseCell">
  <Parameter name="tau" dimension="time"/>
  <Property name="drive" dimension="none" defaultValue="0"/>
  <Property name="exc" dimension="none" defaultValue="0"/>
  <Property name="current" dimension="current" defaultValue="0 nA"/>
  <Parameter name="gain" dimension="none"/>
  <DerivedParameter name="late" dimension="none" value="gain * 2"/>
  <Exposure name="r" dimension="none"/><Exposure name="v" dimension="voltage"/>
  <Constant name="MV" dimension="voltage" value="1 mV"/>
  <Dynamics>
    <StateVariable name="r" dimension="none" exposure="r"/>
    <StateVariable name="seen" dimension="current"/>
    <DerivedVariable name="v" dimension="voltage" exposure="v" value="r * MV"/>
    <TimeDerivative variable="r" value="(exc + drive - r) / tau"/>
    <TimeDerivative variable="seen" value="(current - seen) / tau"/>
  </Dynamics>
</ComponentType>
<rateCell id="rate" tau="10 ms" gain="1"/>
</Lems>"""
DT, TAU = 1e-3, 10e-3
N = 200
DRIVE = np.linspace(0.0, 1.0, N)
RULES = (
    AllToAll(),
    AllToAll(self_connections=False),
    FixedProbability(0.3),
    FixedIndegree(7),
    OneToOne(),
    Explicit(np.array([0, 1, 1, 4, 1]), np.array([3, 3, 3, 0, 199])),
)
WEIGHTS = (Uniform(-0.05, 0.06), 0.01)
DELAYS = (None, "5 ms", Uniform(0.5e-3, 7e-3))
OPERATIONS = {"sum": np.sum, "mean": np.mean, "max": np.max, "min": np.min}


@pytest.fixture
def cells(tmp_path: Path) -> Path:
    """The file of the cell type."""
    path = tmp_path / "cells.xml"
    path.write_text(CELLS, encoding="utf-8")
    return path


def _network(cells: Path) -> tuple[NetworkModel, Any]:
    net = NetworkModel("rates")
    net.include(cells)
    population = net.population("p", "rate", N)
    population.set(drive=DRIVE, r=np.sin(np.arange(N)))
    return net, population


def _rates(net: NetworkModel, steps: int = 20, **options: Any) -> tuple[Any, NDArray[np.float64]]:
    simulation = net.compile(dt=DT, seed=3, **options)
    simulation.step(steps)
    return simulation, simulation.get("p/r")


def _expected(simulation: Any, operation: str, steps: int = 20) -> NDArray[np.float64]:
    rows = simulation.coupling("c")
    back = np.rint(rows.delays / DT).astype(int)
    past = [np.sin(np.arange(N))]
    for _ in range(steps):
        step = len(past)
        values = np.array(past)[np.maximum(step - back, 0), rows.sources] * rows.weights
        parts = np.split(values, rows.row_ptr[1:-1])
        total = [OPERATIONS[operation](part) if len(part) else 0.0 for part in parts]
        past.append(past[-1] + DT * ((np.array(total) + DRIVE - past[-1]) / TAU))
    return past[-1]


@pytest.mark.parametrize("delay", DELAYS, ids=("step", "uniform", "individual"))
@pytest.mark.parametrize("weight", WEIGHTS, ids=("drawn", "shared"))
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{type(rule).__name__}")
def test_sums_are_those_of_numpy(cells: Path, rule: Any, weight: Any, delay: Any) -> None:
    """For every rule, with shared, uniform and individual delays; threads change no bit."""
    for operation in OPERATIONS:
        net, p = _network(cells)
        net.coupling(
            "c", p, p, rule, "exc", weight=weight, delay=delay, operation=operation,
            double_weights=True,
        )  # fmt: skip
        simulation, rates = _rates(net, threads=1)
        np.testing.assert_allclose(rates, _expected(simulation, operation), rtol=1e-12, atol=1e-14)
        for threads in (2, 3, 7):
            assert np.array_equal(_rates(net, threads=threads)[1], rates)
        there = _rates(net, threads=3, device="emulated")[1]
        np.testing.assert_allclose(there, rates, rtol=1e-13, atol=1e-15)


def test_the_rule_decides_the_pairs(cells: Path) -> None:
    """Rows hold each pair of a rule once, and nobody where a cell may not meet itself."""
    net, p = _network(cells)
    net.coupling("c", p, p, AllToAll(self_connections=False), "exc", weight=Uniform(0.0, 1.0))
    rows = net.compile(dt=DT).coupling("c")
    pairs = set(zip(rows.sources.tolist(), rows.targets.tolist(), strict=True))
    assert len(pairs) == len(rows.sources) == N * (N - 1)
    assert not any(source == target for source, target in pairs)
    assert np.all(rows.delays == DT)


def test_listed_weights_reach_their_pairs(cells: Path) -> None:
    """Weights and delays of listed pairs stay with them."""
    draws = np.random.default_rng(1)
    sources, targets = draws.integers(0, N, 500), draws.integers(0, N, 500)
    weights, delays = draws.normal(size=500), draws.integers(1, 9, 500) * DT
    net, p = _network(cells)
    net.coupling(
        "c", p, p, Explicit(sources, targets), "exc", weight=weights, delay=delays,
        double_weights=True,
    )  # fmt: skip
    rows = net.compile(dt=DT).coupling("c")
    made = zip(rows.sources, rows.targets, rows.weights, np.rint(rows.delays / DT), strict=True)
    given = zip(sources, targets, weights, np.rint(delays / DT), strict=True)
    assert sorted(made) == sorted(given)


def test_dense_and_sparse_forms_agree(cells: Path) -> None:
    """Listed pairs give what all-to-all gives, to rounding; large rows go several at a time."""
    net, p = _network(cells)
    wide = net.population("q", "rate", 1003)
    wide.set(r=np.cos(np.arange(1003)))
    net.coupling("c", wide, p, AllToAll(), "exc", weight=Uniform(-1, 1), double_weights=True)
    simulation, rates = _rates(net)
    rows = simulation.coupling("c")
    listed, p = _network(cells)
    wide = listed.population("q", "rate", 1003)
    wide.set(r=np.cos(np.arange(1003)))
    pairs = Explicit(rows.sources, rows.targets)
    listed.coupling("c", wide, p, pairs, "exc", weight=rows.weights.copy(), double_weights=True)
    np.testing.assert_allclose(_rates(listed)[1], rates, rtol=1e-12)
    assert np.array_equal(_rates(net, threads=3)[1], rates)


def test_several_couplings_are_added(cells: Path) -> None:
    """Of parts of populations too, in their order; the rest gets 0."""
    net, p = _network(cells)
    net.coupling("a", p[:50], p[100:150], OneToOne(), "exc", weight=2.0)
    net.coupling("b", p[10:20], p[140:], AllToAll(), "exc", weight=0.5)
    net.record(p, "exc")
    simulation = net.compile(dt=DT, duration=DT)
    start = np.sin(np.arange(N))
    wanted = np.zeros(N)
    wanted[100:150] += 2.0 * start[:50]
    wanted[140:] += 0.5 * start[10:20].sum()
    values = simulation.run().array("p", "exc")[1]
    np.testing.assert_allclose(values[1], wanted, rtol=1e-14)
    assert np.array_equal(simulation.get("p/exc"), values[1])


def test_both_executors_and_precisions_agree(cells: Path) -> None:
    """The interpreter gives the same; single precision is as near as it can be."""
    net, p = _network(cells)
    net.coupling("c", p, p, FixedProbability(0.2), "exc", weight=Uniform(-0.1, 0.1), delay="3 ms")
    rates = _rates(net)[1]
    np.testing.assert_allclose(_rates(net, executor="interpreter")[1], rates, rtol=1e-13)
    single = _rates(net, precision="single", threads=1)[1]
    np.testing.assert_allclose(single, rates, atol=2e-6)
    assert np.array_equal(single, _rates(net, precision="single", threads=7)[1])


def test_runs_go_on_and_start_again(cells: Path) -> None:
    """Histories survive the end of a run, and a reset empties them."""
    net, p = _network(cells)
    net.coupling("c", p, p, AllToAll(), "exc", weight=0.003, delay=Uniform(1e-3, 9e-3))
    simulation, rates = _rates(net, 30)
    simulation.reset()
    for steps in (7, 1, 22):
        simulation.step(steps)
    assert np.array_equal(simulation.get("p/r"), rates)


def test_weights_can_be_changed(cells: Path) -> None:
    """What is written into the weights acts from the next step on."""
    net, p = _network(cells)
    net.coupling("c", p, p, FixedIndegree(3), "exc", weight=Uniform(0.0, 1.0))
    simulation = net.compile(dt=DT)
    simulation.coupling("c").weights[:] = 0.0
    simulation.step(5)
    assert np.all(simulation.get("p/exc") == 0.0)


def test_units_of_weights(cells: Path) -> None:
    """A conductance times a voltage is a current, in SI units."""
    net, p = _network(cells)
    net.coupling("c", p[:1], p[1:2], OneToOne(), "current", psp="w * pre.v", weight="2 nS")
    p.set(r=3.0, drive=3.0)
    simulation = net.compile(dt=DT)
    simulation.step(3)
    assert simulation.get("p[1]/current") == pytest.approx(2e-9 * 3e-3, rel=1e-6)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"into": "exk"}, "has no property 'exk' to be filled"),
        ({"into": "r"}, "has no property 'r' to be filled"),
        ({"psp": "w * pre.x"}, "has no 'x'"),
        ({"psp": "w * r"}, "'r' means nothing to a connection"),
        ({"operation": "product"}, "cannot combine by 'product'"),
        ({"weight": "2 nS"}, "is a plain number, but 'w * pre.r' is a conductance"),
        ({"weight": "2 cats"}, "'cats' is not a known unit"),
        ({"psp": "w * pre.r +"}, "'w * pre.r +' cannot be read"),
        ({"delay": "2 mV"}, "must be a time"),
        ({"weight": np.ones(3)}, "is an array, but AllToAll says not"),
    ],
)
def test_what_does_not_fit_is_refused(cells: Path, given: dict[str, Any], told: str) -> None:
    """On the line of the call, in the words of the user."""
    net, p = _network(cells)
    arguments: dict[str, Any] = {"into": "exc", **given}
    with pytest.raises((UsageError, ModelError)) as fault:
        net.coupling("c", p, p, AllToAll(), **arguments)
    assert told in str(fault.value)
    assert "AllToAll" not in repr(net.network.links)


def test_names_are_taken_once(cells: Path) -> None:
    """As those of projections."""
    net, p = _network(cells)
    net.coupling("c", p, p, OneToOne(), "exc")
    with pytest.raises(UsageError, match="'c' already"):
        net.coupling("c", p, p, OneToOne(), "exc")
    with pytest.raises(UsageError, match="there is no coupling 'd'"):
        net.compile(dt=DT).coupling("d")


def test_derived_parameters_cannot_follow(cells: Path) -> None:
    """What is computed once before the start cannot depend on what changes in every step."""
    text = CELLS.replace('value="gain * 2"', 'value="exc * 2"')
    cells.write_text(text.replace("exc + drive", "late + drive"), encoding="utf-8")
    net, p = _network(cells)
    with pytest.raises(UsageError, match="'late' of rateCell is computed once from 'exc'"):
        net.coupling("c", p, p, OneToOne(), "exc")
