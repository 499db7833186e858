"""Couplings whose connections give any expression, or learn, against NumPy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from annarchy_ml import (
    AllToAll,
    Explicit,
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
  <Exposure name="r" dimension="none"/>
  <Dynamics>
    <StateVariable name="r" dimension="none" exposure="r"/>
    <TimeDerivative variable="r" value="(exc + drive - r) / tau"/>
  </Dynamics>
</ComponentType>
<ComponentType name="passiveCell" extends="baseCell">
  <Parameter name="C" dimension="capacitance"/>
  <Property name="current" dimension="current" defaultValue="0 nA"/>
  <Exposure name="v" dimension="voltage"/>
  <Dynamics>
    <StateVariable name="v" dimension="voltage" exposure="v"/>
    <TimeDerivative variable="v" value="current / C"/>
  </Dynamics>
</ComponentType>
<ComponentType name="learning">
  <Parameter name="tau" dimension="time"/>
  <Property name="weight" dimension="none" defaultValue="0"/>
  <InstanceRequirement name="pre" type="rateCell"/>
  <InstanceRequirement name="post" type="rateCell"/>
  <Exposure name="psp" dimension="none"/><Exposure name="mean" dimension="none"/>
  <Dynamics>
    <StateVariable name="w" dimension="none"/>
    <StateVariable name="mean" dimension="none" exposure="mean"/>
    <DerivedVariable name="x" dimension="none" select="pre/r"/>
    <DerivedVariable name="y" dimension="none" select="post/SEEN"/>
    <DerivedVariable name="psp" dimension="none" exposure="psp" value="w * x"/>
    <TimeDerivative variable="w" value="(x * y - y * y * w) / tau"/>
    <TimeDerivative variable="mean" value="(x - mean) / tau"/>
    <OnStart><StateAssignment variable="w" value="weight"/></OnStart>
  </Dynamics>
</ComponentType>
<ComponentType name="tunnel">
  <InstanceRequirement name="peer" type="rateCell"/>
  <Exposure name="psp" dimension="none"/>
  <Dynamics><DerivedVariable name="psp" dimension="none" exposure="psp" select="peer/r"/></Dynamics>
</ComponentType>
<rateCell id="rate" tau="10 ms"/>
<passiveCell id="passive" C="0.2 nF"/>
<learning id="oja" tau="2 s"/>
<tunnel id="tunnel"/>
</Lems>"""
DT, N = 1e-3, 150
DRIVE = np.linspace(0.0, 1.0, N)
DELAYS = (None, "4 ms", Uniform(0.5e-3, 7e-3))
Make = Callable[..., tuple[NetworkModel, Any]]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A population of rate cells whose connections see ``seen`` of the cell they act on."""

    def made(seen: str = "r") -> tuple[NetworkModel, Any]:
        path = tmp_path / f"{seen}.xml"
        path.write_text(CELLS.replace("SEEN", seen), encoding="utf-8")
        net = NetworkModel("rates")
        net.include(path)
        population = net.population("p", "rate", N)
        population.set(drive=DRIVE, r=np.cos(np.arange(N)))
        return net, population

    return made


def _rates(net: NetworkModel, steps: int = 20, **options: Any) -> NDArray[np.float64]:
    simulation = net.compile(dt=DT, seed=3, **options)
    simulation.step(steps)
    values: NDArray[np.float64] = simulation.get("p/r")
    return values


@pytest.mark.parametrize("delay", DELAYS, ids=("step", "uniform", "individual"))
@pytest.mark.parametrize("operation", ["sum", "mean", "max", "min"])
def test_any_expression(make: Make, operation: str, delay: Any) -> None:
    """Written otherwise, the default gives the same; threads and executors change nothing."""
    rates = []
    for psp in ("w * pre.r", "(w + 0 * post.r) * pre.r", "w * exp(-pre.r * post.r)"):
        net, p = make()
        net.coupling(
            "c", p, p, FixedProbability(0.5), "exc", psp=psp, weight=Uniform(-0.1, 0.12),
            operation=operation, delay=delay, double_weights=True,
        )  # fmt: skip
        rates.append(_rates(net, threads=1))
        for threads in (2, 3, 7):
            assert np.array_equal(_rates(net, threads=threads), rates[-1])
        other = _rates(net, executor="interpreter")
        np.testing.assert_allclose(other, rates[-1], rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(rates[1], rates[0], rtol=1e-12, atol=1e-14)
    assert np.abs(rates[2] - rates[0]).max() > 1e-3


def test_an_expression_is_that_of_numpy(make: Make) -> None:
    """Cell by cell."""
    net, p = make()
    net.coupling(
        "c", p, p, FixedProbability(0.3), "exc", psp="w * (pre.r - post.r)^2",
        weight=Uniform(0.0, 0.01), double_weights=True,
    )  # fmt: skip
    simulation = net.compile(dt=DT, seed=3)
    rows = simulation.coupling("c")
    r = np.cos(np.arange(N))
    for _ in range(15):
        terms = rows.weights * (r[rows.sources] - r[rows.targets]) ** 2
        r = r + DT * (np.bincount(rows.targets, terms, N) + DRIVE - r) / 10e-3
    simulation.step(15)
    np.testing.assert_allclose(simulation.get("p/r"), r, rtol=1e-12)


def test_gap_junctions(make: Make) -> None:
    """Two passive cells exchange charge: their difference decays with rate 2 g / C."""
    net, _ = make()
    cells = net.population("cells", "passive", 2)
    cells.set(v=[10e-3, 0.0])
    pair = Explicit(np.array([0, 1]), np.array([1, 0]))
    net.coupling("gap", cells, cells, pair, "current", psp="w * (pre.v - post.v)", weight="1 nS")
    simulation = net.compile(dt=DT)
    simulation.step(40)
    v = simulation.get("cells/v")
    assert v.sum() == pytest.approx(10e-3, rel=1e-12)
    assert v[0] - v[1] == pytest.approx(10e-3 * (1 - 2 * 1e-9 * DT / 0.2e-9) ** 40, rel=1e-12)


def _learned(make: Make, seen: str, steps: int) -> tuple[Any, NDArray[np.float64], Any]:
    """A network of connections that learn, and what NumPy makes of it: rates and weights."""
    net, p = make(seen)
    q = net.population("q", "rate", 40)
    net.coupling(
        "c", p, q, AllToAll(), "exc", synapse="oja", weight=Uniform(0.0, 0.1), double_weights=True
    )
    simulation = net.compile(dt=DT, seed=3, threads=1)
    w = simulation.coupling("c").value("w").reshape(40, N).copy()
    x, y = np.cos(np.arange(N)), np.zeros(40)
    for _ in range(steps):
        exc = w @ x
        y = y + DT * (exc - y) / 10e-3
        x = x + DT * (DRIVE - x) / 10e-3
        felt = (y if seen == "r" else exc)[:, None]
        w = w + DT * (x[None, :] * felt - felt * felt * w) / 2.0
    return net, y, w


@pytest.mark.parametrize("seen", ["r", "exc"])
def test_connections_learn(make: Make, seen: str) -> None:
    """Oja's rule, by the rate of the cell or by what it was given; after the cells of each step."""
    net, rates, weights = _learned(make, seen, 30)
    for options in ({"threads": 1}, {"threads": 3}, {"executor": "interpreter"}):
        simulation = net.compile(dt=DT, seed=3, **options)
        simulation.step(30)
        found = simulation.coupling("c").value("w")
        np.testing.assert_allclose(found, weights.ravel(), rtol=1e-12)
        np.testing.assert_allclose(simulation.get("q/r"), rates, rtol=1e-12)


def test_pieces_of_a_run_change_no_bit(make: Make) -> None:
    """Nor does the number of threads, nor whether somebody looked in between."""
    net, _, _ = _learned(make, "r", 0)
    found = []
    for threads, pieces in ((1, (30,)), (2, (7, 1, 0, 22)), (7, (1,) * 30)):
        simulation = net.compile(dt=DT, seed=3, threads=threads)
        simulation.step(3)
        simulation.reset()
        for piece in pieces:
            simulation.step(piece)
        found.append(simulation.coupling("c").value("w").copy())
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])


@pytest.mark.parametrize("delay", [None, "4 ms"], ids=("step", "uniform"))
@pytest.mark.parametrize("precision", ["double", "single"])
def test_even_rows_are_copied_to_the_same_bits(make: Make, precision: str, delay: Any) -> None:
    """One connection less, onto the last cell, and no row is even any more: values are gathered."""
    found = []
    for missing in (0, 1):
        net, p = make()
        q = net.population("q", "rate", 40)
        sources, targets = np.tile(np.arange(N), 40), np.repeat(np.arange(40), N)
        kept = slice(None, sources.size - missing)
        weights = np.sin(np.arange(sources.size) * 0.7)[kept]
        pairs = Explicit(sources[kept], targets[kept])
        net.coupling("c", p, q, pairs, "exc", synapse="oja", weight=weights, delay=delay)
        simulation = net.compile(dt=DT, seed=3, threads=1 + missing, precision=precision)
        simulation.step(25)
        same = slice(None, 39 * N)
        found.append((simulation.coupling("c").value("w")[same], simulation.get("q/r")[:39]))
    assert np.array_equal(found[0][0], found[1][0])
    assert np.array_equal(found[0][1], found[1][1])
    assert np.abs(found[0][1]).max() > 0.1


def test_states_of_connections_can_be_set(make: Make) -> None:
    """Without weights nothing arrives, and single precision keeps them as floats."""
    net, _, _ = _learned(make, "r", 0)
    simulation = net.compile(dt=DT, precision="single")
    rows = simulation.coupling("c")
    assert rows.value("mean").dtype == np.float32
    assert rows.value("weight").shape == (40 * N,)
    rows.value("w")[:] = 0.0
    simulation.step(1)
    assert np.all(simulation.get("q/exc") == 0.0)
    with pytest.raises(UsageError, match="have no 'm'"):
        rows.value("m")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"synapse": "oja", "psp": "pps"}, "exposes no 'pps'"),
        ({"synapse": "tunnel"}, "needs an instance 'peer'"),
        ({"synapse": "nobody"}, "has no component 'nobody'"),
        ({"psp": "w * (pre.r - post.x)"}, "has no 'x'"),
        ({"psp": "w * pre.r + 1"}, None),
    ],
)
def test_what_does_not_fit_is_refused(make: Make, given: dict[str, Any], told: str | None) -> None:
    """By name, on the line of the call."""
    net, p = make()
    if told is None:
        net.coupling("c", p, p, OneToOne(), "exc", **given)
        return
    with pytest.raises(UsageError) as fault:
        net.coupling("c", p, p, OneToOne(), "exc", **given)
    assert told in str(fault.value)


def test_stages_and_paths_are_shown(make: Make) -> None:
    """Both kinds of coupling in the plan; connections have no path in their cells."""
    net, p = make()
    net.coupling("learning", p, p, OneToOne(), "exc", synapse="oja")
    net.coupling("plain", p, p, OneToOne(), "exc")
    assert "sum p/learning -> exc" in net.show("plan")
    assert "sum p:r -> p:exc: OneToOne" in net.show("plan")
    assert "kernel 'terms'" in net.show("lower")
    assert not [item.path for item in net.paths() if "oja" in item.path]


def test_units_of_expressions(make: Make) -> None:
    """As in files."""
    net, _ = make()
    cells = net.population("cells", "passive", 2)
    with pytest.raises(ModelError, match="cannot be added"):
        net.coupling("a", cells, cells, OneToOne(), "current", psp="w * (pre.v + post.current)")
    with pytest.raises(UsageError, match=r"'current' is a current, but .* is a voltage"):
        net.coupling("b", cells, cells, OneToOne(), "current", psp="w * pre.v", weight="2")


def test_what_is_being_filled_cannot_be_read(make: Make) -> None:
    """A sum is not finished while terms of it are found."""
    net, p = make()
    net.coupling("c", p, p, OneToOne(), "exc", psp="w * (pre.r + post.exc)")
    with pytest.raises(ModelError, match="what 'c' gives depends on 'exc'"):
        net.compile(dt=DT)
