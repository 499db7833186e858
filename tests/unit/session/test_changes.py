"""Parameters set between runs: by instance, behind derived parameters, around the cells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml

CHAIN = """<Lems><Target component="sim"/>
<Include file="Cells.xml"/><Include file="Networks.xml"/><Include file="Simulation.xml"/>
<ComponentType name="part"><Parameter name="width" dimension="none"/>
  <Exposure name="y" dimension="none"/>
  <Dynamics><DerivedVariable name="y" dimension="none" exposure="y" value="width"/></Dynamics>
</ComponentType>
<ComponentType name="ramp" extends="baseSpikingCell">
  <Constant name="SEC" dimension="time" value="1s"/>
  <Constant name="K" dimension="temperature" value="1K"/>
  <Requirement name="temperature" dimension="temperature"/>
  <Parameter name="tau" dimension="time"/><Parameter name="leap" dimension="none"/>
  <Parameter name="unused" dimension="none"/>
  <Child name="part" type="part"/>
  <DerivedParameter name="rate" dimension="per_time" value="1 / tau"/>
  <DerivedParameter name="twice" dimension="per_time" value="2 * rate"/>
  <DerivedParameter name="chosen" dimension="none" select="part/width"/>
  <Exposure name="x" dimension="none"/>
  <Dynamics><StateVariable name="x" dimension="none" exposure="x"/>
    <DerivedVariable name="warmth" dimension="none" value="temperature / K"/>
    <TimeDerivative variable="x" value="twice + (chosen + warmth) / SEC"/>
    <OnStart><StateAssignment variable="x" value="leap * SEC * rate"/></OnStart>
  </Dynamics></ComponentType>
<ramp id="c" tau="1s" leap="8" unused="1"><part id="w" width="4"/></ramp>
<network id="net" type="networkWithTemperature" temperature="16K">
<population id="p" component="c" size="3"/><population id="q" component="c" size="1"/></network>
<Simulation id="sim" length="8s" step="1s" target="net">
<OutputFile id="of" fileName="o.dat"><OutputColumn id="a" quantity="p[0]/x"/>
<OutputColumn id="b" quantity="p[2]/x"/><OutputColumn id="c" quantity="p[2]/twice"/>
</OutputFile></Simulation></Lems>"""


@pytest.fixture
def chain(tmp_path: Path) -> Any:
    path = tmp_path / "chain.xml"
    path.write_text(CHAIN, encoding="utf-8")
    return annarchy_ml.load(path)


@pytest.fixture(params=["interpreter", "compiled"])
def executor(request: Any) -> str:
    if request.param == "compiled":
        request.getfixturevalue("toolchain")
    return str(request.param)


def column(results: Any, path: str) -> list[float]:
    return [float(value) for value in results[path].values]


def test_instances_get_values_of_their_own_and_all_else_goes_on(
    model_file: Path, executor: str
) -> None:
    simulation = annarchy_ml.load(model_file).compile(executor=executor)
    simulation.run(2.0)
    simulation.set("p[1]/gain", 1.0)
    results = simulation.run(2.0)

    assert simulation.get("p/gain").tolist() == [0.5, 1.0, 0.5]
    assert simulation.t == 4.0
    assert column(results, "p[0]/x") == [10, 11, 12, 13, 0]
    assert results.events["p[1]"].times_s.tolist() == [3.0]
    assert simulation.get("p/x").tolist() == [0, 2, 0]
    assert results.provenance["device"] == f"cpu ({executor})"


def test_array_of_parameters_and_back_to_one(model_file: Path, executor: str) -> None:
    simulation = annarchy_ml.load(model_file).compile(executor=executor)
    simulation.set("p/gain", [0.5, 0.25, 1.5])
    simulation.run(1.0)
    assert simulation.get("p/x").tolist() == [11, 10.5, 13]

    simulation.set("p/gain", 0.5)
    simulation.run(1.0)
    assert simulation.get("p/gain").tolist() == [0.5, 0.5, 0.5]
    assert simulation.get("p/x").tolist() == [12, 11.5, 0]


def test_values_of_instances_stay_after_reset(model_file: Path, executor: str) -> None:
    simulation = annarchy_ml.load(model_file).compile(executor=executor)
    simulation.set("p[2]/start", 0.5)
    simulation.set("p[0]/gain", 0.25)
    simulation.run(3.0)
    simulation.reset()

    assert simulation.get("p/x").tolist() == [10, 10, 5]
    results = simulation.run(2.0)
    assert column(results, "p[0]/x") == [10, 10.5, 11]
    assert column(results, "p[2]/x") == [5, 6, 7]


def test_a_cached_plan_can_be_changed_too(model_file: Path, executor: str) -> None:
    from annarchy_ml.options import CompileOptions, ReadOptions
    from annarchy_ml.session.lowering import cached_lowering
    from annarchy_ml.session.simulation import Simulation

    for _ in range(2):
        lowered = cached_lowering(str(model_file), ReadOptions(), CompileOptions())
        simulation = Simulation(lowered, executor=executor)
        simulation.set("p[1]/gain", 1.5)
        simulation.run(1.0)

        assert simulation.get("p/x").tolist() == [11, 13, 11]


def test_simulations_of_one_lowered_model_do_not_change_each_other(
    model_file: Path, executor: str
) -> None:
    from annarchy_ml.options import CompileOptions
    from annarchy_ml.session.lowering import lower_model
    from annarchy_ml.session.simulation import Simulation

    lowered = lower_model(annarchy_ml.load(model_file), CompileOptions())
    first = Simulation(lowered, executor=executor)
    first.set("p[1]/gain", 1.5)
    first.set("p/start", 0.5)
    second = Simulation(lowered, executor=executor)
    first.reset()

    assert first.get("p/x").tolist() == [5, 5, 5]
    assert second.get("p/x").tolist() == [10, 10, 10]
    first.run(1.0)
    second.run(1.0)
    assert first.get("p/x").tolist() == [6, 8, 6]
    assert second.get("p/x").tolist() == [11, 11, 11]


def test_wide_kernels_are_the_same_on_two_threads(model_file: Path, toolchain: Any) -> None:
    found = []
    for threads in (1, 2):
        simulation = annarchy_ml.load(model_file).compile(executor="compiled", threads=threads)
        simulation.set("p/rate", [1.0, 2.5, 3.0])
        found.append(column(simulation.run(), "p[2]/x"))

    assert found[0] == found[1]


def test_refused_value_changes_nothing(model_file: Path, executor: str) -> None:
    simulation = annarchy_ml.load(model_file).compile(executor=executor)
    for value in ([1.0, 2.0], [[1.0, 2.0, 3.0]], float("nan"), [1.0, float("inf"), 2.0], "fast"):
        with pytest.raises(annarchy_ml.UsageError):
            simulation.set("p/gain", value)
    with pytest.raises(annarchy_ml.UsageError):
        simulation.set("p[0]/gain", [1.0, 2.0, 3.0])

    assert simulation.get("p/gain").tolist() == [0.5, 0.5, 0.5]
    simulation.run(1.0)
    assert simulation.get("p/x").tolist() == [11, 11, 11]


def test_derived_parameters_follow(chain: Any, executor: str) -> None:
    simulation = chain.compile(executor=executor)
    simulation.set("p/tau", 0.5)
    simulation.set("p[2]/tau", 0.25)

    assert simulation.get("p/tau").tolist() == [0.5, 0.5, 0.25]
    assert simulation.get("p/twice").tolist() == [4, 4, 8]
    results = simulation.run(2.0)
    assert column(results, "p[0]/x") == [16, 40, 64]
    assert column(results, "p[2]/x") == [32, 60, 88]
    assert column(results, "p[2]/twice") == [8, 8, 8]
    simulation.reset()
    assert simulation.get("p/x").tolist() == [16, 16, 32]
    assert simulation.get("q[0]/tau") == 1


@pytest.mark.parametrize("sizes", [(3, 2), (2, 3), (3, 3), (1, 4)])
def test_parameter_of_the_network_reaches_every_instance(
    tmp_path: Path, sizes: tuple[int, int], executor: str
) -> None:
    text = CHAIN.replace('size="3"', f'size="{sizes[0]}"').replace('size="1"', f'size="{sizes[1]}"')
    text = text.replace("p[2]", "p[0]").replace('temperature="16K"', 'temperature="KELVIN"')
    found = []
    for kelvin, wanted in ((16.0, 20.0), (20.0, 20.0)):
        path = tmp_path / f"at{kelvin:.0f}.xml"
        path.write_text(text.replace("KELVIN", f"{kelvin}K"), encoding="utf-8")
        simulation = annarchy_ml.load(path).compile(executor=executor)
        if kelvin != wanted:
            simulation.set("temperature", wanted)
        assert simulation.get("temperature") == wanted
        simulation.run(2.0)
        found.append([simulation.get(f"{name}/x").tolist() for name in "pq"])

    assert found[0] == found[1]
    assert len({value for values in found[0] for value in values}) == 1


def test_recorded_parameter_shows_its_instance(chain: Any, executor: str) -> None:
    simulation = chain.compile(executor=executor, record=["p[1]/tau"])
    simulation.run(1.0)
    simulation.set("p[1]/tau", 4.0)

    assert column(simulation.run(1.0), "p[1]/tau") == [1, 1, 4]


def test_selected_parameter_follows_its_source(chain: Any, executor: str) -> None:
    simulation = chain.compile(executor=executor)
    simulation.set("p[0]/part/width", 100.0)
    simulation.run(1.0)

    assert simulation.get("p[0]/part/width") == 100
    assert simulation.get("p/x").tolist() == [126, 30, 30]


def test_parameter_of_the_network(chain: Any, executor: str) -> None:
    simulation = chain.compile(executor=executor)
    assert simulation.get("temperature") == simulation.get("net/temperature") == 16
    simulation.set("temperature", 32.0)
    simulation.run(1.0)

    assert simulation.get("temperature") == 32
    assert simulation.get("p[0]/x") == simulation.get("q[0]/x") == 46
    simulation.reset()
    simulation.run(1.0)
    assert simulation.get("q[0]/x") == 46
    with pytest.raises(annarchy_ml.UsageError):
        simulation.set("temperature", [1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("p/twice", "computed from rate"),
        ("p/chosen", "computed from w/width"),
        ("p/SEC", "constant of ramp"),
        ("p/warmth", ""),
        ("p/unused", "no effect"),
        ("p/size", "says how the network is built"),
    ],
)
def test_what_cannot_be_set_says_why(chain: Any, path: str, reason: str) -> None:
    simulation = chain.compile(executor="interpreter")
    with pytest.raises(annarchy_ml.UsageError) as caught:
        simulation.set(path, 1.0)

    assert reason in str(caught.value)


READING = """<Lems><Target component="sim"/>
<Include file="Cells.xml"/><Include file="Networks.xml"/><Include file="Simulation.xml"/>
<ComponentType name="host" extends="baseCellMembPot">
  <Parameter name="leak" dimension="current"/>
  <Attachments name="synapses" type="basePointCurrent"/><Exposure name="v" dimension="voltage"/>
  <Constant name="R" dimension="resistance" value="1 ohm"/>
  <Constant name="SEC" dimension="time" value="1s"/>
  <Dynamics><StateVariable name="v" dimension="voltage" exposure="v"/>
    <DerivedVariable name="iSyn" dimension="current" select="synapses[*]/i" reduce="add"/>
    <TimeDerivative variable="v" value="R * iSyn / SEC"/></Dynamics></ComponentType>
<ComponentType name="mirror" extends="basePointCurrent">
  <Requirement name="leak" dimension="current"/><Parameter name="share" dimension="none"/>
  <Dynamics><DerivedVariable name="i" dimension="current" exposure="i" value="leak * share"/>
  </Dynamics></ComponentType>
<host id="c" leak="3A"/><mirror id="m" share="2"/>
<network id="net"><population id="p" component="c" size="30"/>
 <inputList id="il" component="m" population="p">
  <input id="0" target="../p[7]" destination="synapses"/>
  <input id="1" target="../p[29]" destination="synapses"/></inputList></network>
<Simulation id="sim" length="3s" step="1s" target="net"/></Lems>"""


def test_synapses_of_a_population_of_one_are_an_array(tmp_path: Path) -> None:
    path = tmp_path / "reading.xml"
    text = READING.replace("p[7]", "p[0]").replace("p[29]", "p[0]")
    path.write_text(text.replace('size="30"', 'size="1"'), encoding="utf-8")
    simulation = annarchy_ml.load(path).compile(executor="interpreter")
    simulation.set("p/synapses:m/share", [1.0, 10.0])

    assert simulation.get("p/synapses:m/share").tolist() == [1, 10]
    assert simulation.get("p[0]/synapses:m:1/share") == 10
    simulation.run(1.0)
    assert simulation.get("p/v").tolist() == [33]


def test_parameter_that_only_attached_components_read(tmp_path: Path, executor: str) -> None:
    path = tmp_path / "reading.xml"
    path.write_text(READING, encoding="utf-8")
    simulation = annarchy_ml.load(path).compile(executor=executor)
    simulation.run(1.0)
    assert simulation.get("p[29]/v") == 6
    simulation.set("p/leak", np.arange(30.0))
    simulation.set("p/synapses:m/share", [1.0, 10.0])
    simulation.run(1.0)

    assert simulation.get("p/synapses:m/share").tolist() == [1, 10]
    assert (simulation.get("p[7]/v"), simulation.get("p[29]/v")) == (13, 296)
    assert simulation.get("p[0]/v") == 0
