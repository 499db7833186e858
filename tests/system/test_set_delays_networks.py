"""Delays and weights that are set between runs: networks from Python, and paths to connections."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml as aml

CELLS = """<Lems>
<Include file="Cells.xml"/><Include file="Synapses.xml"/>
<ComponentType name="delta" extends="baseSpikingCell">
  <Parameter name="tau" dimension="time"/>
  <Property name="weight" dimension="voltage" defaultValue="1 mV"/>
  <EventPort name="in" direction="in"/><Exposure name="v" dimension="voltage"/>
  <Dynamics><StateVariable name="v" dimension="voltage" exposure="v"/>
    <TimeDerivative variable="v" value="-v / tau"/>
    <OnEvent port="in"><StateAssignment variable="v" value="v + weight"/></OnEvent>
  </Dynamics></ComponentType>
<ComponentType name="plastic" extends="baseCurrentBasedSynapse">
  <Parameter name="ibase" dimension="current"/><Parameter name="tau" dimension="time"/>
  <Property name="weight" dimension="none" defaultValue="1"/>
  <EventPort name="post" direction="in"/><Exposure name="w" dimension="none"/>
  <Dynamics><StateVariable name="g" dimension="none"/>
    <StateVariable name="w" dimension="none" exposure="w"/>
    <StateVariable name="x" dimension="none"/><StateVariable name="y" dimension="none"/>
    <DerivedVariable name="i" exposure="i" dimension="current" value="ibase * g"/>
    <TimeDerivative variable="g" value="-g / tau"/>
    <TimeDerivative variable="x" value="-x / tau"/><TimeDerivative variable="y" value="-y / tau"/>
    <OnStart><StateAssignment variable="w" value="weight"/></OnStart>
    <OnEvent port="in"><StateAssignment variable="g" value="g + w"/>
      <StateAssignment variable="w" value="max(0, w - 0.05 * y)"/>
      <StateAssignment variable="x" value="x + 1"/></OnEvent>
    <OnEvent port="post"><StateAssignment variable="w" value="min(1, w + 0.05 * x)"/>
      <StateAssignment variable="y" value="y + 1"/></OnEvent>
  </Dynamics></ComponentType>
<delta id="delta" tau="20 ms"/><plastic id="plastic" ibase="40 pA" tau="10 ms"/>
<expOneSynapse id="linear" gbase="3 nS" erev="0 mV" tauDecay="5 ms"/>
<spikeGeneratorPoisson id="source" averageRate="120 Hz"/>
<iafCell id="lif" C="0.2 nF" leakConductance="10 nS" leakReversal="-70 mV" thresh="-55 mV"
  reset="-70 mV"/></Lems>"""
N = 12
DRAWN = np.random.default_rng(7)
SOURCES, TARGETS = DRAWN.integers(0, N, (2, 90))  # some pairs more than once
WEIGHTS = DRAWN.uniform(0.2, 0.8, 90)
LISTED = aml.Explicit(SOURCES, TARGETS)
SHORT, LONG = DRAWN.uniform(0.1e-3, 3e-3, 90), DRAWN.uniform(0.1e-3, 30e-3, 90)
BY_SOURCE = DRAWN.uniform(0.1e-3, 9e-3, N)[SOURCES]
ORDER = np.lexsort((TARGETS, SOURCES))
KINDS = {
    "summed": {"synapse": "linear"},
    "kept apart": {"synapse": "linear", "separate": True},
    "straight to cells": {"port": "in"},
    "plastic": {"synapse": "plastic"},
}
EXECUTIONS = [("compiled", 1), ("compiled", 2), ("interpreter", 1)]


@pytest.fixture
def made(tmp_path: Path, toolchain: Any) -> Any:
    """Gives a simulation of one projection."""
    (tmp_path / "cells.xml").write_text(CELLS, encoding="utf-8")

    def make(
        kind: str,
        rule: Any,
        weight: Any,
        delay: Any,
        execution: Any = ("auto", 1),
        doubles: Any = False,
    ) -> Any:
        net = aml.NetworkModel("net", include_dirs=[str(tmp_path)])
        net.include(str(tmp_path / "cells.xml"))
        sources = net.population("a", "source", N)
        cells = net.population("b", "delta" if "port" in KINDS[kind] else "lif", N)
        how = {"double_weights": doubles, **KINDS[kind]}
        net.projection("p", sources, cells, rule, weight=weight, delay=delay, **how)
        net.record(cells, "v")
        return net.compile(
            dt="0.1 ms", duration="80 ms", seed=3, executor=execution[0], threads=execution[1]
        )

    return make


def traces(simulation: Any) -> Any:
    return simulation.run().array("b", "v")[1]


def by_pair(given: Any) -> Any:
    return given[ORDER] if isinstance(given, np.ndarray) else given


@pytest.mark.parametrize("execution", EXECUTIONS, ids=str)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("before", "after"), [(1e-3, 5e-3), (1e-3, LONG), (SHORT, 2e-3), (LONG, SHORT)]
)
def test_set_delays_are_those_of_a_network_built_with_them(
    made: Any, execution: Any, kind: str, before: Any, after: Any
) -> None:
    if kind == "plastic" and (before is SHORT) != (after is SHORT or after is LONG):
        pytest.skip("delays that differ are not split: the order of sums is another one")
    fresh = made(kind, LISTED, WEIGHTS, after, execution)
    changed = made(kind, LISTED, WEIGHTS, before, execution)
    changed.run(20e-3)
    changed.set("p/delay", by_pair(after))
    for one, other in zip(changed.connections("p"), fresh.connections("p"), strict=True):
        assert np.array_equal(one, other)
    assert np.array_equal(changed.get("p/delay"), changed.connections("p").delays)
    changed.reset()
    assert np.array_equal(traces(changed), traces(fresh))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "rule",
    [
        aml.AllToAll(),
        aml.FixedProbability(0.3),
        aml.FixedIndegree(4),
        aml.FixedTotalNumber(60),
    ],
    ids=lambda rule: type(rule).__name__,
)
def test_connections_of_rules(made: Any, kind: str, rule: Any) -> None:
    fresh, changed = (made(kind, rule, aml.Uniform(0.2, 0.6), d) for d in ("7.3 ms", "1 ms"))
    unchanged = traces(changed)
    changed.reset()
    changed.set("p/delay", 7.3e-3)
    wanted = traces(fresh)
    assert np.array_equal(traces(changed), wanted)
    assert not np.array_equal(unchanged, wanted)
    count = len(changed.get("p/delay"))
    if kind == "plastic":
        return
    delays = np.random.default_rng(1).uniform(0.1e-3, 9e-3, count)
    changed.set("p/delay", delays)
    steps = np.maximum(1, np.floor(delays / 1e-4 + 0.5))
    assert np.allclose(changed.get("p/delay"), steps * 1e-4, rtol=1e-12, atol=0)
    changed.set("p/delay", 7.3e-3)
    changed.reset()
    assert np.array_equal(traces(changed), wanted)


def test_a_delay_for_each_source_of_plastic_synapses(made: Any) -> None:
    """Their trace is kept once per source; all else is as where every synapse is stepped."""
    changed = made("plastic", LISTED, WEIGHTS, 1e-3)
    fresh = made("plastic", LISTED, WEIGHTS, BY_SOURCE)
    changed.set("p/delay", by_pair(BY_SOURCE))
    assert len(changed.plan.groups) > len(fresh.plan.groups)
    np.testing.assert_allclose(traces(changed), traces(fresh), rtol=1e-12)
    assert np.array_equal(changed.get("p/delay"), fresh.get("p/delay"))

    with pytest.raises(aml.UsageError, match="one delay for each source") as caught:
        changed.set("p/delay", LONG[ORDER])
    assert "record a synapse" in str(caught.value)
    assert np.array_equal(changed.get("p/delay"), fresh.get("p/delay"))


@pytest.mark.parametrize("kind", ["summed", "straight to cells"])
def test_weights_are_set_too(made: Any, kind: str) -> None:
    scale = 1e-2 if kind == "straight to cells" else 1.0
    fresh = made(kind, LISTED, WEIGHTS * scale, LONG)
    changed = made(kind, LISTED, WEIGHTS[::-1] * scale, LONG)
    changed.set("p/weight", by_pair(WEIGHTS) * scale)
    kept = (by_pair(WEIGHTS) * scale).astype(np.float32)
    assert np.array_equal(changed.get("p/weight"), kept)
    assert np.array_equal(changed.connections("p").weights, changed.get("p/weight"))
    assert np.array_equal(traces(changed), traces(fresh))
    changed.set("p[5]/weight", 0.125)
    assert changed.get("p/weight")[5] == 0.125


def test_weights_of_rules_keep_their_precision(made: Any) -> None:
    """Single, as those that are drawn; one for all is kept in double."""
    changed = made("summed", aml.FixedProbability(0.3), aml.Uniform(0.2, 0.6), "1 ms")
    given = np.linspace(0.1, 0.9, len(changed.get("p/weight")))
    changed.set("p/weight", given)
    assert np.array_equal(changed.get("p/weight"), given.astype(np.float32).astype(float))
    changed.set("p/weight", 0.1)
    assert set(changed.get("p/weight")) == {0.1}


@pytest.mark.parametrize("value", [0.0, 0.9e-4, -1e-3])
def test_connections_of_rules_take_one_step_at_least(made: Any, value: float) -> None:
    changed = made("summed", LISTED, WEIGHTS, 1e-3)
    with pytest.raises(aml.UsageError, match="'p/delay' takes delays of") as caught:
        changed.set("p/delay", value)
    assert f"{value:g} s" in str(caught.value)
    assert set(changed.get("p/delay")) == {1e-3}


def test_events_that_nothing_hears(tmp_path: Path) -> None:
    """A port without a handler: a delay that would change nothing is refused."""
    deaf = CELLS.replace('<OnEvent port="in"><StateAssignment variable="v"', "<!--").replace(
        'value="v + weight"/></OnEvent>', "-->"
    )
    (tmp_path / "cells.xml").write_text(deaf, encoding="utf-8")
    net = aml.NetworkModel("net")
    net.include(str(tmp_path / "cells.xml"))
    sources, cells = net.population("a", "source", 2), net.population("b", "delta", 2)
    net.projection("p", sources, cells, aml.AllToAll(), port="in", delay="1 ms")
    simulation = net.compile(dt="0.1 ms", executor="interpreter")
    with pytest.raises(aml.UsageError, match="nothing hears the events of 'p'"):
        simulation.set("p/delay", 2e-3)


LEVELS = """<Lems><Target component="sim"/>
<Include file="Cells.xml"/><Include file="Networks.xml"/><Include file="Simulation.xml"/>
<Include file="Synapses.xml"/><Include file="Inputs.xml"/>
<ComponentType name="tissue">
  <Children name="networks" type="network"/><Exposure name="phase" dimension="none"/>
  <Dynamics><StateVariable name="phase" dimension="none" exposure="phase"/></Dynamics>
</ComponentType>
<expTwoSynapse id="syn" gbase="2nS" erev="0mV" tauRise="0.5ms" tauDecay="3ms"/>
<iafCell id="iaf" C="0.05 nF" leakConductance="5 nS" leakReversal="-60 mV" thresh="-50 mV"
  reset="-62 mV"/><pulseGenerator id="on" delay="0 ms" duration="1 s" amplitude="0.08 nA"/>
<pulseGenerator id="late" delay="5 ms" duration="1 s" amplitude="0.08 nA"/>
{before}<network id="net">
<population id="a" component="iaf" size="3"/><population id="b" component="iaf" size="3"/>
<synapticConnectionWD from="a[0]" to="b[0]" synapse="syn" weight="1.5" delay="{0}"/>
<projection id="p" presynapticPopulation="a" postsynapticPopulation="b" synapse="syn">
<connectionWD id="0" preCellId="../a[0]" postCellId="../b[0]" weight="0.7" delay="{1}"/>
<connectionWD id="1" preCellId="../a[1]" postCellId="../b[0]" weight="0.7" delay="{1}"/>
</projection><synapticConnection from="a[1]" to="b[0]" synapse="syn"/>
<synapticConnectionWD from="a[1]" to="b[1]" synapse="syn" weight="1.2" delay="{2}"/>
<explicitInput target="a[0]" input="on"/><explicitInput target="a[1]" input="on"/>
<inputList id="il" population="b" component="late">
<input id="0" target="../b[1]" destination="synapses"/></inputList></network>{after}
<Simulation id="sim" length="40ms" step="0.05ms" target="{target}">
<OutputFile id="f" fileName="x.dat"><OutputColumn id="v" quantity="{inside}b[0]/v"/>
<OutputColumn id="w" quantity="{inside}b[1]/v"/></OutputFile></Simulation></Lems>"""
PLAIN = {"before": "", "after": "", "target": "net", "inside": ""}
WITHIN = {
    "before": '<tissue id="slice">',
    "after": "</tissue>",
    "target": "slice",
    "inside": "net/",
}


@pytest.mark.parametrize("around", [PLAIN, WITHIN], ids=["network", "tissue"])
def test_connections_in_the_network_itself_and_in_a_tissue(
    tmp_path: Path, toolchain: Any, around: dict[str, str]
) -> None:
    """They are called by their list; a projection between them keeps its own."""
    simulations = []
    for number, delays in enumerate((("1 ms", "3 ms", "2 ms"), ("4 ms", "6 ms", "0.5 ms"))):
        path = tmp_path / f"m{number}.xml"
        path.write_text(LEVELS.format(*delays, **around), encoding="utf-8")
        simulations.append(aml.load(path).compile())
    changed, fresh = simulations
    inside = around["inside"]
    assert changed.get(f"{inside}synapticConnections/delay").tolist() == [1e-3, 0.0, 2e-3]
    assert changed.connections(f"{inside}p").delays.tolist() == [3e-3, 3e-3]
    assert changed.connections("p").weights.tolist() == [0.7, 0.7]

    changed.set(f"{inside}synapticConnections/delay", [4e-3, 0.0, 0.5e-3])
    changed.set(f"{inside}p/delay", 6e-3)
    runs = [simulation.run() for simulation in simulations]
    for path in (f"{inside}b[0]/v", f"{inside}b[1]/v"):
        assert np.array_equal(runs[0][path].values, runs[1][path].values)
    assert fresh.get(f"{inside}p/delay").tolist() == [6e-3, 6e-3]


@pytest.mark.parametrize("around", [PLAIN, WITHIN], ids=["network", "tissue"])
def test_the_delay_of_an_input_is_its_own(tmp_path: Path, around: dict[str, str]) -> None:
    path = tmp_path / "m.xml"
    path.write_text(LEVELS.format("1 ms", "3 ms", "2 ms", **around), encoding="utf-8")
    model = aml.load(path)
    simulation = model.compile(executor="interpreter")
    inside = around["inside"]
    for name in (f"{inside}il/delay", f"{inside}b[1]/synapses:late:0/delay"):
        assert np.all(simulation.get(name) == 5e-3)
    simulation.set(f"{inside}il/delay", 7e-3)
    assert simulation.get(f"{inside}b[1]/synapses:late:0/delay") == 7e-3
    simulation.set(f"{inside}a/v", -0.055)
    for item in model.paths():
        if item.kind == "state" and "syn:" not in item.path:
            simulation.set(item.path, simulation.get(item.path))


@pytest.mark.parametrize("around", [PLAIN, WITHIN], ids=["network", "tissue"])
def test_what_builds_the_network_is_refused_by_name(tmp_path: Path, around: dict[str, str]) -> None:
    path = tmp_path / "m.xml"
    path.write_text(LEVELS.format("1 ms", "3 ms", "2 ms", **around), encoding="utf-8")
    simulation = aml.load(path).compile(executor="interpreter")
    name = f"{around['inside']}a/size"
    with pytest.raises(aml.UsageError, match="says how the network is built") as caught:
        simulation.set(name, 4)
    assert name in str(caught.value)
    assert "change it in the file" in str(caught.value)


def test_connections_that_are_read_as_columns(tmp_path: Path, toolchain: Any) -> None:
    """Hundreds of them, in two projections with the same synapses."""
    random = np.random.default_rng(2)
    pairs, weights = random.integers(0, 3, (600, 2)), random.uniform(0.01, 0.1, 600).round(3)
    delays = random.uniform(0, 12e-3, 600)

    def simulation(given: Any) -> Any:
        rows = [
            f'<connectionWD id="{k}" preCellId="../a[{s}]" postCellId="../b[{t}]" '
            f'weight="{weight}" delay="{delay!r} s"/>'
            for k, ((s, t), weight, delay) in enumerate(
                zip(pairs, weights, given.tolist(), strict=True)
            )
        ]
        ends = 'presynapticPopulation="a" postsynapticPopulation="b" synapse="syn"'
        text = LEVELS.format("1 ms", "3 ms", "2 ms", **PLAIN)
        more = "".join(
            f'<projection id="{name}" {ends}>{"".join(own)}</projection>'
            for name, own in (("many", rows[:350]), ("more", rows[350:]))
        )
        path = tmp_path / f"m{len(list(tmp_path.iterdir()))}.xml"
        path.write_text(text.replace("<inputList", f"{more}<inputList"), encoding="utf-8")
        return aml.load(path).compile()

    changed, fresh = simulation(np.full(600, 1e-3)), simulation(delays)
    for name, own in (("many", slice(350)), ("more", slice(350, None))):
        order = np.lexsort((pairs[own, 1], pairs[own, 0]))
        changed.set(f"{name}/delay", delays[own][order])
        for one, other in zip(changed.connections(name), fresh.connections(name), strict=True):
            assert np.array_equal(one, other)
    for path in ("b[0]/v", "b[1]/v"):
        assert np.array_equal(changed.run()[path].values, fresh.run()[path].values)


def test_given_weights_keep_double_precision_and_drawn_ones_single(made: Any) -> None:
    """Where a script says so, as those of equations do."""
    drawn = made(
        "summed", aml.FixedProbability(0.3), aml.Uniform(0.2, 0.6), "1 ms", doubles="given"
    )
    first = drawn.get("p/weight")
    assert np.array_equal(first, first.astype(np.float32))
    assert len(np.unique(first)) > 10
    given = np.linspace(0.1, 0.9, len(first))
    drawn.set("p/weight", given)
    assert np.array_equal(drawn.get("p/weight"), given)
    drawn.run(1e-3)
    assert np.array_equal(drawn.get("p/weight"), given)
    listed = made("summed", LISTED, WEIGHTS, "1 ms", doubles="given")
    assert np.array_equal(listed.get("p/weight"), by_pair(WEIGHTS))
