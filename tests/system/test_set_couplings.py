"""Delays, weights and parameters of couplings that are set between runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml as aml

CELLS = """<Lems><Include file="Cells.xml"/>
<ComponentType name="rateCell" extends="baseCell">
  <Parameter name="tau" dimension="time"/>
  <Property name="drive" dimension="none" defaultValue="0"/>
  <Property name="exc" dimension="none" defaultValue="0"/><Exposure name="r" dimension="none"/>
  <Dynamics><StateVariable name="r" dimension="none" exposure="r"/>
    <TimeDerivative variable="r" value="(exc + drive - r) / tau"/>
    <OnStart><StateAssignment variable="r" value="drive"/></OnStart></Dynamics></ComponentType>
<ComponentType name="learning"><Parameter name="tau" dimension="time"/>
  <Parameter name="gain" dimension="none"/>
  <DerivedParameter name="twice" dimension="none" value="2 * gain"/>
  <Property name="weight" dimension="none" defaultValue="0"/>
  <InstanceRequirement name="pre" type="rateCell"/>
  <InstanceRequirement name="post" type="rateCell"/>
  <Exposure name="psp" dimension="none"/>
  <Dynamics><StateVariable name="w" dimension="none"/>
    <DerivedVariable name="x" dimension="none" select="pre/r"/>
    <DerivedVariable name="y" dimension="none" select="post/r"/>
    <DerivedVariable name="psp" dimension="none" exposure="psp" value="twice * w * x"/>
    <TimeDerivative variable="w" value="(x * y - y * y * w) / tau"/>
    <OnStart><StateAssignment variable="w" value="weight"/></OnStart></Dynamics></ComponentType>
<rateCell id="rate" tau="10 ms"/></Lems>"""
N, DT = 8, 1e-3
DRAWN = np.random.default_rng(11)
SOURCES, TARGETS = np.divmod(DRAWN.permutation(N * N)[:30], N)
ROWS = np.lexsort((np.arange(30), SOURCES, TARGETS))
WEIGHTS = DRAWN.uniform(-0.2, 0.2, 30)
DELAYS = DRAWN.integers(1, 9, 30) * DT
OTHERS = DRAWN.integers(1, 30, 30) * DT
DRIVE = DRAWN.uniform(0.1, 1.0, N)
KINDS: dict[str, dict[str, Any]] = {
    "data": {},
    "largest": {"operation": "max"},
    "expression": {"psp": "w * pre.r * (1 - post.r)"},
    "learns": {"synapse": "learning"},
}
EXECUTIONS = [("compiled", 1), ("compiled", 2), ("interpreter", 1)]


@pytest.fixture
def made(tmp_path: Path, toolchain: Any) -> Any:
    """Gives a simulation of one coupling."""
    path = tmp_path / "cells.xml"
    path.write_text(CELLS, encoding="utf-8")

    def make(kind: str, delay: Any, gain: float = 0.5, execution: Any = ("auto", 1)) -> Any:
        net = aml.NetworkModel("net")
        net.include(str(path))
        net.component("learning", "learning", tau="2 s", gain=str(gain))
        cells = net.population("p", "rate", N)
        cells.set(drive=DRIVE)
        listed = aml.Explicit(SOURCES, TARGETS)
        net.coupling("c", cells, cells, listed, "exc", weight=WEIGHTS, delay=delay, **KINDS[kind])
        net.record(cells, "r")
        return net.compile(dt="1 ms", duration="60 ms", executor=execution[0], threads=execution[1])

    return make


def rates(simulation: Any) -> Any:
    return simulation.run().array("p", "r")[1]


def by_row(given: Any) -> Any:
    return given[ROWS] if isinstance(given, np.ndarray) else given


@pytest.mark.parametrize("execution", EXECUTIONS, ids=str)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("before", "after"),
    [(DT, 5 * DT), (DT, OTHERS), (DELAYS, 3 * DT), (DELAYS, OTHERS), (OTHERS, DT)],
    ids=["longer", "one to many", "many to one", "others", "shortest"],
)
def test_set_delays_are_those_of_a_network_built_with_them(
    made: Any, execution: Any, kind: str, before: Any, after: Any
) -> None:
    fresh, changed = (made(kind, given, execution=execution) for given in (after, before))
    unchanged = rates(changed)
    changed.set("c/delay", by_row(after))
    assert np.allclose(changed.get("c/delay"), by_row(after), rtol=1e-12)
    assert np.array_equal(changed.coupling("c").delays, fresh.coupling("c").delays)
    changed.reset()
    wanted = rates(fresh)
    assert np.array_equal(rates(changed), wanted)
    assert not np.array_equal(unchanged, wanted)


@pytest.mark.parametrize("execution", EXECUTIONS, ids=str)
@pytest.mark.parametrize("kind", ["data", "expression"])
@pytest.mark.parametrize("late", [4, 12], ids=["shorter", "longer"])
def test_delays_that_are_set_while_it_runs(made: Any, execution: Any, kind: str, late: int) -> None:
    """A plain loop that knows all values: what was kept of the past stays, the oldest before it."""
    first, begin = 8, 20
    simulation = made(kind, first * DT, execution=execution)
    simulation.run(begin * DT)
    simulation.set("c/delay", late * DT)
    found = rates(simulation)

    weights = WEIGHTS if kind == "expression" else WEIGHTS.astype(np.float32).astype(float)
    weights = simulation.coupling("c").weights.astype(float)[np.argsort(ROWS)]
    r = [DRIVE.copy()]
    for step in range(1, 61):
        now = r[-1]
        delay = first if step <= begin else late
        back = max(step - delay, 0)
        if step > begin:
            back = max(back, begin - first + 1 if late > first else 0)
        gives = weights * r[back][SOURCES]
        if kind == "expression":
            gives = gives * (1 - now[TARGETS])
        exc = np.bincount(TARGETS, gives, N)
        r.append(now + DT * (exc + DRIVE - now) / 10e-3)
    np.testing.assert_allclose(found, r, rtol=1e-12)


def test_all_to_all_takes_delays_that_differ(made: Any, tmp_path: Path) -> None:
    """A matrix without indices becomes rows with them; views of its weights stay."""

    def make(rule: Any, delay: Any, weight: Any) -> Any:
        net = aml.NetworkModel("net")
        net.include(str(tmp_path / "cells.xml"))
        cells = net.population("p", "rate", N)
        cells.set(drive=DRIVE)
        net.coupling("c", cells, cells, rule, "exc", weight=weight, delay=delay)
        net.record(cells, "r")
        return net.compile(dt="1 ms", duration="60 ms")

    sources, targets = (item.ravel() for item in np.meshgrid(range(N), range(N)))
    delays = np.random.default_rng(2).integers(1, 20, N * N) * DT
    changed = make(aml.AllToAll(), 2 * DT, aml.Uniform(-0.1, 0.1))
    view = changed.coupling("c").weights
    fresh = make(aml.Explicit(sources, targets), delays, view.astype(float).copy())
    changed.set("c/delay", delays)
    np.testing.assert_allclose(rates(changed), rates(fresh), rtol=1e-13)
    view[:] = 0.0
    changed.step(1)
    assert np.all(changed.get("p/exc") == 0.0)
    changed.set("c/w", np.linspace(0, 1, N * N))
    assert np.array_equal(view, np.linspace(0, 1, N * N).astype(np.float32))
    changed.set("c[3]/w", 0.25)
    assert changed.get("c[3]/w") == view[3] == 0.25


def test_parameters_by_path_and_what_follows_from_them(made: Any) -> None:
    fresh, changed = made("learns", DT, gain=0.8), made("learns", DT)
    changed.set("c/gain", 0.8)
    assert set(changed.get("c/twice")) == {1.6}
    changed.reset()
    assert np.array_equal(rates(changed), rates(fresh))
    with pytest.raises(ValueError, match="read-only"):
        changed.coupling("c").value("gain")[:] = 0.5
    with pytest.raises(ValueError, match="read-only"):
        changed.coupling("c").value("weight")[:] = 0.5
    changed.reset()
    changed.set("c/w", WEIGHTS[ROWS])
    assert np.array_equal(changed.coupling("c").value("w"), changed.get("c/w"))
    with pytest.raises(aml.UsageError, match="computed from gain"):
        changed.set("c/twice", 1.0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("path", "value", "parts"),
    [
        ("c/delay", 0.0, ("'c/delay'", "one step or more (0.001 s)", "0 s")),
        ("c/delay", float("nan"), ("'c/delay'", "finite")),
        ("c/delay", [1e-3, 2e-3], ("'c/delay'", "one number or 30")),
        ("c[30]/delay", 1e-3, ("30 connections",)),
        ("c/delay", 1e12, ("'c/delay'", "2^31")),
        ("c/nothing", 1.0, ("nothing",)),
    ],
)
def test_refused(made: Any, kind: str, path: str, value: Any, parts: tuple[str, ...]) -> None:
    simulation = made(kind, DELAYS)
    with pytest.raises(aml.UsageError) as caught:
        simulation.set(path, value)
    assert all(part in str(caught.value) for part in parts), str(caught.value)
    assert np.allclose(simulation.get("c/delay"), DELAYS[ROWS], rtol=1e-12)
