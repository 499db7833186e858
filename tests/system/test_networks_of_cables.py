"""Cells with morphology in networks built from Python: the same as files, places, refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml as ann
from annarchy_ml import AllToAll, Explicit, FixedProbability, NetworkModel, OneToOne, Uniform

LIBRARY = """<neuroml id="library">
  <ionChannelPassive id="leak" conductance="10pS"/>
  <cell id="neuron">
    <morphology id="shape">
      <segment id="0" name="soma">
        <proximal x="0" y="0" z="0" diameter="20"/><distal x="20" y="0" z="0" diameter="20"/>
      </segment>
      <segment id="1" name="dendrite"><parent segment="0"/>
        <proximal x="20" y="0" z="0" diameter="2"/><distal x="520" y="0" z="0" diameter="2"/>
      </segment>
      <segment id="4" name="branch"><parent segment="0" fractionAlong="0"/>
        <proximal x="0" y="0" z="0" diameter="1"/><distal x="-200" y="0" z="0" diameter="1"/>
      </segment>
      <segmentGroup id="cable" neuroLexId="sao864921383">
        <property tag="numberInternalDivisions" value="7"/><member segment="1"/>
      </segmentGroup>
    </morphology>
    <biophysicalProperties id="bio">
      <membraneProperties>
        <channelDensity id="leaks" ionChannel="leak" condDensity="0.1 mS_per_cm2" erev="-65mV"
          ion="non_specific"/>
        <spikeThresh value="-55mV"/>
        <specificCapacitance value="1 uF_per_cm2"/>
        <initMembPotential value="-65mV"/>
      </membraneProperties>
      <intracellularProperties><resistivity value="150 ohm_cm"/></intracellularProperties>
    </biophysicalProperties>
  </cell>
  <pulseGenerator id="pulse" delay="5ms" duration="40ms" amplitude="50pA"/>
  <expOneSynapse id="ampa" gbase="1nS" erev="0mV" tauDecay="3ms"/>
  <gapJunction id="gap" conductance="1nS"/>
  <spikeArray id="src"><spike id="0" time="5ms"/><spike id="1" time="12ms"/></spikeArray>
"""
NETWORK = """<network id="net">
  <population id="s" component="src" size="1"/><population id="pop" component="neuron" size="3"/>
  <projection id="p" presynapticPopulation="s" postsynapticPopulation="pop" synapse="ampa">
    <connectionWD id="0" preCellId="../s/0/src" postCellId="../pop/0/neuron" postSegmentId="1"
      postFractionAlong="0.3" weight="1" delay="0.99ms"/>
    <connectionWD id="1" preCellId="../s/0/src" postCellId="../pop/1/neuron" postSegmentId="1"
      postFractionAlong="0.7" weight="2" delay="0.99ms"/>
    <connectionWD id="2" preCellId="../s/0/src" postCellId="../pop/1/neuron" postSegmentId="4"
      weight="0.5" delay="1.99ms"/>
  </projection>
  <electricalProjection id="g" presynapticPopulation="pop" postsynapticPopulation="pop">
    <electricalConnectionInstance id="0" preCell="../pop/1/neuron" postCell="../pop/2/neuron"
      preSegment="1" preFractionAlong="0.9" postSegment="0" synapse="gap"/>
  </electricalProjection>
  <inputList id="stimulus" component="pulse" population="pop">
    <input id="0" target="../pop/2/neuron" segmentId="4" fractionAlong="1"
      destination="synapses"/>
  </inputList>
</network>
<Simulation id="sim" length="30ms" step="0.025ms" target="net">
  <OutputFile id="o" fileName="o.dat">{columns}</OutputFile>
</Simulation>
<Target component="sim"/></neuroml>"""
PLACES = ("0", "1", "1@0.9", "4")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "library.nml"
    path.write_text(f"{LIBRARY}</neuroml>", encoding="utf-8")
    return path


def started(library: Path) -> tuple[NetworkModel, Any, Any]:
    net = NetworkModel("net")
    net.include(library)
    return net, net.population("s", "src", 1), net.population("pop", "neuron", 3)


def as_listed(net: NetworkModel, s: Any, cells: Any, separate: bool) -> None:
    rule = Explicit([0, 0, 0], [1, 0, 1])
    places = (["dendrite", 1, "branch"], [0.7, 0.3, 0.5])
    values = {"weight": [2.0, 1.0, 0.5], "delay": [1e-3, 1e-3, 2e-3], "double_weights": True}
    net.projection("p", s, cells, rule, "ampa", **values, target_at=places, separate=separate)


def as_views(net: NetworkModel, s: Any, cells: Any) -> None:
    net.projection("p", s, cells[:2].at(1, [0.3, 0.7]), AllToAll(), "ampa", delay="1 ms")
    net.projection("q", s, cells[1].at(1, 0.7), AllToAll(), "ampa", delay="1 ms")
    branch = cells[1].at("branch")
    net.projection("r", s, branch, OneToOne(), "ampa", weight=0.5, delay="2 ms")


@pytest.mark.parametrize("way", ["listed", "views", "separate"])
def test_the_same_network_as_in_a_file(tmp_path: Path, library: Path, way: str) -> None:
    columns = "".join(
        f'<OutputColumn id="v{cell}{n}" quantity="pop/{cell}/neuron/{place}/v"/>'
        for cell in range(3)
        for n, place in enumerate(PLACES)
    )
    file = tmp_path / "whole.nml"
    file.write_text(LIBRARY + NETWORK.format(columns=columns), encoding="utf-8")
    expected = ann.run(file, write_files=False)
    net, s, cells = started(library)
    if way == "views":
        as_views(net, s, cells)
    else:
        as_listed(net, s, cells, way == "separate")
    net.junctions("g", cells[1].at(1, 0.9), cells[2], AllToAll(), "gap")
    net.input("stimulus", cells[2].at(4, 1.0), "pulse")
    net.record(cells, *(f"{place}/v" for place in PLACES))
    found = net.compile(dt="0.025 ms", duration="30 ms").run()
    for cell in range(3):
        for place in PLACES:
            own = found[f"pop[{cell}]/{place}/v"].values
            assert own.max() > -0.0649
            assert np.array_equal(own, expected[f"pop/{cell}/neuron/{place}/v"].values)


def test_connections_name_cells_and_keep_their_values(library: Path) -> None:
    net, s, cells = started(library)
    as_listed(net, s, cells, False)
    simulation = net.compile(dt="0.025 ms", duration="30 ms")
    made = simulation.connections("p")
    assert made.sources.tolist() == [0, 0, 0]
    assert made.targets.tolist() == [0, 1, 1]
    assert made.weights.tolist() == [1.0, 2.0, 0.5]
    assert made.delays.tolist() == [1e-3, 1e-3, 2e-3]
    simulation.set("p/weight", np.zeros(3))
    simulation.run()
    assert np.allclose(simulation.get("pop/v"), -0.065, rtol=1e-12, atol=0.0)


def test_values_of_compartments_stand_cell_by_cell(library: Path) -> None:
    net, _, cells = started(library)
    cells.set(v=[-0.06, -0.061, -0.062])
    cells[1:].at("dendrite", 0.95).set(v="-50 mV")
    simulation = net.compile(dt="0.025 ms", duration="30 ms")
    v = simulation.get("pop/v").reshape(3, 9)
    assert np.all(v[0] == -0.06)
    assert np.count_nonzero(v[1] == -0.061) == 8
    assert np.count_nonzero(v[2] == -0.062) == 8
    assert simulation.get("pop[2]/1@0.95/v") == -0.05
    assert simulation.get("pop[2]/1/v") == -0.062
    simulation.set("pop/v", v.ravel() + 1e-3)
    assert simulation.get("pop[1]/4/v") == -0.06


def test_cells_send_and_hear_events_at_their_places(library: Path) -> None:
    net, _, cells = started(library)
    cell = {"C": "0.2 nF", "leakConductance": "10 nS", "leakReversal": "-70 mV"}
    point = net.component("lif", "iafCell", thresh="-60 mV", reset="-70 mV", **cell)
    targets = net.population("targets", point, 2)
    net.input("strong", cells[1].at("branch"), "pulse").set(amplitude="5 nA")
    tip, delay = cells.at(1, 0.9), "1 ms"
    net.projection("p", tip[:2], targets, OneToOne(), "ampa", weight=500.0, delay=delay)
    net.record_spikes(cells.at("branch"))
    net.record_spikes(targets)
    found = net.compile(dt="0.025 ms", duration="10 ms").run()
    times, who = found.spikes("pop")
    assert who.tolist() == [1]  # the branch of the one that gets a current
    assert 5e-3 < times[0] < 6e-3
    assert set(found.spikes("targets")[1].tolist()) == {1}


def test_a_synapse_hears_the_spikes_of_its_cell(library: Path, tmp_path: Path) -> None:
    hearing = tmp_path / "hearing.xml"
    hearing.write_text(
        '<Lems><Include file="Synapses.xml"/><ComponentType name="hearing" '
        'extends="baseCurrentBasedSynapse"><Property name="weight" dimension="none" '
        'defaultValue="1"/><EventPort name="post" direction="in"/>'
        '<Exposure name="n" dimension="none"/><Dynamics><StateVariable name="n" dimension="none" '
        'exposure="n"/><DerivedVariable name="i" dimension="current" exposure="i" value="0"/>'
        '<OnEvent port="in"><StateAssignment variable="n" value="n + 100"/></OnEvent>'
        '<OnEvent port="post"><StateAssignment variable="n" value="n + 1"/></OnEvent>'
        '</Dynamics></ComponentType><hearing id="heard"/></Lems>',
        encoding="utf-8",
    )
    net, s, cells = started(library)
    net.include(hearing)
    net.input("strong", cells[1], "pulse").set(amplitude="5 nA")
    net.projection("p", s, cells.at(1, 0.1), AllToAll(), "heard", delay="1 ms")
    simulation = net.compile(dt="0.025 ms", duration="9 ms")
    simulation.run()
    assert simulation.get("p/n").tolist() == [100.0, 101.0, 100.0]


def test_bits_do_not_depend_on_threads_or_executor(library: Path) -> None:
    found = []
    for threads, executor in ((1, "auto"), (2, "auto"), (1, "interpreter")):
        net = NetworkModel("net")
        net.include(library)
        noise = net.component("noise", "spikeGeneratorPoisson", averageRate="200 Hz")
        s, cells = net.population("s", noise, 20), net.population("pop", "neuron", 30)
        cells.set(v=Uniform(-0.07, -0.06))
        net.projection("r", s, cells.at(4), FixedProbability(0.4), "ampa", weight=Uniform(0, 1))
        pairs = Explicit(np.arange(900) % 20, np.arange(900) // 30)
        along = np.linspace(0.0, 1.0, 900)
        net.projection("e", s, cells, pairs, "ampa", weight=Uniform(0, 1), target_at=(1, along))
        simulation = net.compile(
            dt="0.05 ms", duration="20 ms", seed=3, threads=threads, executor=executor
        )
        simulation.run()
        found.append(simulation.get("pop/v"))
    assert np.array_equal(found[0], found[1])
    assert np.allclose(found[0], found[2], rtol=1e-9)
    assert np.ptp(found[0]) > 1e-3


def passive(library: Path, threads: int = 1, executor: str = "auto") -> Any:
    """Cells of which only some compartments have synapses; all others always react alike."""
    net = NetworkModel("net")
    net.include(library)
    noise = net.component("noise", "spikeGeneratorPoisson", averageRate="300 Hz")
    s, cells = net.population("s", noise, 20), net.population("pop", "neuron", 45)
    cells.set(v=Uniform(-0.07, -0.06))
    net.projection("r", s, cells.at(1, 0.5), FixedProbability(0.1), "ampa")
    return net.compile(dt="0.05 ms", duration="20 ms", seed=3, threads=threads, executor=executor)


def test_what_stays_of_a_step_has_the_same_bits_for_any_threads_and_runs(library: Path) -> None:
    whole = passive(library)
    whole.run()
    for threads in (2, 3, 7):
        parts = passive(library, threads)
        for duration in (3e-3, 5e-5, 16.95e-3):
            parts.run(duration)
        assert np.array_equal(whole.get("pop/v"), parts.get("pop/v"))


def test_what_stays_of_a_step_is_found_anew_after_a_change(library: Path) -> None:
    found = []
    for executor in ("auto", "interpreter"):
        simulation = passive(library, executor=executor)
        simulation.run(5e-3)
        before = simulation.get("pop/v")
        simulation.set("pop/bio/membraneProperties/leaks/erev", -0.04)
        simulation.run(5e-3)
        found.append(simulation.get("pop/v"))
    assert np.allclose(found[0], found[1], rtol=1e-9)
    assert np.min(found[0] - before) > 5e-3


def test_what_stays_of_a_step_is_found_anew_after_a_change_within_a_run(library: Path) -> None:
    simulation = passive(library)
    changed: list[float] = []

    def look(t: float, end: float, wall: float) -> bool:
        if not changed:
            simulation.set("pop/bio/membraneProperties/leaks/erev", -0.04)
            changed.append(t)
        return t < changed[0] + 0.1

    simulation.run(1e4, progress=look)
    assert np.min(simulation.get("pop/v")) > -0.0405


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ((7,), "has no segment 7"),
        (("dendrit",), "has no segment 'dendrit'"),
        ((1, 1.5), "1.5 is no fraction"),
        (([0, 1],), "one or 3"),
        ((0.5,), "a segment of cell 'neuron' is a number or a name"),
    ],
)
def test_places_that_are_none_are_refused(
    library: Path, place: tuple[Any, ...], message: str
) -> None:
    _, _, cells = started(library)
    with pytest.raises(ann.UsageError, match=message):
        cells.at(*place)


def test_what_cannot_be_at_compartments_is_refused(library: Path) -> None:
    net, s, cells = started(library)
    with pytest.raises(ann.UsageError, match="has no segments"):
        s.at(0)
    with pytest.raises(ann.UsageError, match="list them with Explicit"):
        net.projection("p", s, cells, AllToAll(), "ampa", target_at=([0, 1, 1], 0.5))
    with pytest.raises(ann.UsageError, match="one or 1"):
        net.projection("p", s, cells, Explicit([0], [1]), "ampa", target_at=([0, 1], 0.5))
    net.record_spikes(cells)
    net.record_spikes(cells[0].at(1))
    with pytest.raises(ann.ModelError, match="several places"):
        net.compile(dt="0.025 ms")


def test_a_place_in_a_path_is_checked(library: Path) -> None:
    net, _, cells = started(library)
    net.record(cells, "1@7/v")
    with pytest.raises(ann.ModelError, match="'7' is no fraction"):
        net.compile(dt="0.025 ms")
