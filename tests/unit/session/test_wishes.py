"""What can be recorded beside what the file asks for, by listed path, pattern and event port."""

from __future__ import annotations

from pathlib import Path

import pytest

import annarchy_ml
from annarchy_ml import ModelError, UsageError
from annarchy_ml.session import wishes

LISTED = """<Lems><Include file="Cells.xml"/><Include file="Networks.xml"/>
<Include file="Inputs.xml"/><Include file="Synapses.xml"/><Include file="Simulation.xml"/>
<iafCell id="cell" leakReversal="-60mV" thresh="-50mV" reset="-60mV" C="1pF" leakConductance="1nS"/>
<pulseGenerator id="weak" delay="0ms" duration="9ms" amplitude="20pA"/>
<pulseGenerator id="other" delay="0ms" duration="9ms" amplitude="5pA"/>
<alphaSynapse id="syn" tau="1ms" gbase="1nS" erev="0mV"/>
<network id="net">
  <population id="p" component="cell" size="3" type="populationList">
    <instance id="0"><location x="0" y="0" z="0"/></instance>
    <instance id="1"><location x="0" y="0" z="0"/></instance>
    <instance id="2"><location x="0" y="0" z="0"/></instance>
  </population>
  <population id="q" component="cell" size="2"/>
  <explicitInput target="q[1]" input="other"/>
  <inputList id="list" component="weak" population="p">
    <input id="0" target="../p/2/cell" destination="synapses"/>
  </inputList>
</network>
<Simulation id="sim" length="3ms" step="0.01ms" target="net"/><Target component="sim"/></Lems>"""


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "LEMS_listed.xml"
    path.write_text(LISTED, encoding="utf-8")
    return path


def test_attachments_are_listed_where_they_hang(listed: Path) -> None:
    paths = [item.path for item in annarchy_ml.load(listed).paths()]
    assert [path for path in paths if path.endswith(":0/i")] == [
        "p/2/cell/synapses:weak:0/i",
        "q[1]/synapses:other:0/i",
    ]


def test_every_listed_path_can_be_recorded(listed: Path) -> None:
    model = annarchy_ml.load(listed)
    paths = [item.path for item in model.paths() if item.kind != "parameter"]
    results = model.compile(record=paths, executor="interpreter").run()
    for path in paths:
        kept = results.events if ":spike" in path else results.signals
        assert path.removesuffix(":spike") in kept


def test_patterns_and_the_other_spelling(listed: Path) -> None:
    model = annarchy_ml.load(listed)
    results = model.compile(record=["p*/v", "q[*]/v", "p/2/cell:spike"]).run()
    assert len(results.signals) == 5
    assert results["p[2]/v"].values[-1] == results["p/2/cell/v"].values[-1]
    assert results["q/1/cell/v"].values[-1] > results["q[0]/v"].values[-1]
    assert len(results.events["p/2/cell"]) == len(results.events["p[2]"]) > 0


def test_patterns_may_have_either_spelling(listed: Path) -> None:
    model = annarchy_ml.load(listed)
    results = model.compile(record=["p[*]/v", "q/*/cell/v", "p[*]:spike"]).run()
    assert len(results.signals) == 5
    assert "p[2]/v" in results
    assert "q/1/cell/v" in results
    assert len(results.events["p[2]"]) > 0


@pytest.mark.parametrize("spelling", ["p/2/cell", "p[2]"])
def test_parts_of_listed_instances_have_both_spellings(listed: Path, spelling: str) -> None:
    path = f"{spelling}/synapses:weak:0/i"
    simulation = annarchy_ml.load(listed).compile(record=[path], executor="interpreter")
    assert simulation.run()[path].values[-1] == pytest.approx(20e-12)
    assert simulation.get(f"{spelling}/synapses:weak:0/amplitude") == pytest.approx(20e-12)
    assert simulation.get(f"{spelling}/weak/amplitude") == pytest.approx(20e-12)


@pytest.mark.parametrize("path", ["p/synapses:weak/amplitude", "q/synapses:other/amplitude"])
def test_inputs_of_a_population_that_its_first_cell_lacks(listed: Path, path: str) -> None:
    simulation = annarchy_ml.load(listed).compile(executor="interpreter")
    simulation.set(path, 1e-12)
    assert simulation.get(path).tolist() == [1e-12]


def test_a_pattern_that_fits_nothing_is_refused(listed: Path) -> None:
    with pytest.raises(UsageError, match="fits nothing"):
        annarchy_ml.load(listed).compile(record=["nowhere[*]/v"])


def test_a_port_that_does_not_exist_is_refused(listed: Path) -> None:
    with pytest.raises(ModelError, match="sends no events through 'spyke'"):
        annarchy_ml.load(listed).compile(record=["q[0]:spyke"])


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("q/v", "high", "takes numbers"),
        ("q/v", float("nan"), "finite"),
        ("q/v", [0.1, 0.2, 0.3], "one number or 2"),
        ("q/iSyn", 0.0, "computed where it is needed"),
        ("q/vv", 0.0, "vv"),
        ("nowhere/v", 0.0, "nowhere"),
    ],
)
def test_values_that_cannot_be_set(listed: Path, path: str, value: object, message: str) -> None:
    simulation = annarchy_ml.load(listed).compile(executor="interpreter")
    with pytest.raises(UsageError, match=message):
        simulation.set(path, value)


@pytest.mark.parametrize("duration", [-1.0, float("nan"), float("inf")])
def test_durations_that_cannot_be_run(listed: Path, duration: float) -> None:
    simulation = annarchy_ml.load(listed).compile(executor="interpreter")
    with pytest.raises(UsageError, match="duration"):
        simulation.run(duration)


def test_the_cell_of_a_population_is_looked_up_once(
    listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once for each recorded path took a minute for 20,000 cells."""
    looked: list[str] = []

    def cell_of(_: object, population: str) -> str:
        looked.append(population)
        return "cell"

    monkeypatch.setattr(wishes, "_cell_of", cell_of)
    annarchy_ml.load(listed).compile(record=["p[*]/v", "q[*]/v"], executor="interpreter")
    assert looked and all(looked.count(name) <= 3 for name in looked)  # patterns and results
