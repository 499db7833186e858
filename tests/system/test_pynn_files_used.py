"""All that PyNN's cells do, with cells and synapses of NeuroML files; the same cells on NEURON.

``tests/reference/pynn/neuron_files.json`` holds what ``pyNN.neuron`` makes of `IF_cond_exp` with
the numbers of the file below, in steps of 0.001 ms (``make_files.py`` beside it).
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyNN", reason="PyNN is not installed")

from pyNN import errors

import annarchy_ml.importers.pynn as sim
from annarchy_ml import UsageError

REFERENCE = Path(__file__).parents[1] / "reference" / "pynn"
DT = 0.1
FILE = """<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="cells">
  <expOneSynapse id="ampa" gbase="1nS" erev="0mV" tauDecay="3ms"/>
  <expTwoSynapse id="slow" gbase="1nS" erev="-80mV" tauDecay="9ms" tauRise="1ms"/>
  <iafRefCell id="ref" leakReversal="-65mV" thresh="-50mV" reset="-68mV" C="0.3nF"
              leakConductance="0.02uS" refract="2ms"/>
</neuroml>"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "cells.nml"
    made.write_text(FILE, encoding="utf-8")
    return made


@pytest.fixture(autouse=True)
def fresh() -> None:
    sim.setup(timestep=DT, min_delay=DT)


def kind_of(path: Path) -> Any:
    receptors = {"excitatory": "ampa", "inhibitory": "slow"}
    return sim.neuroml_cell_type(path, "ref", receptors=receptors)


def population(path: Path, size: int, **parameters: Any) -> Any:
    return sim.Population(size, kind_of(path)(**parameters), initial_values={"v": -65.0})


def signal(cells: Any) -> Any:
    return cells.get_data("v").segments[-1].filter(name="v")[0].magnitude


def spikes(cells: Any) -> list[list[float]]:
    return [item.magnitude.tolist() for item in cells.get_data("spikes").segments[-1].spiketrains]


def reference_script() -> Any:
    spec = importlib.util.spec_from_file_location("make_files", REFERENCE / "make_files.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.mark.parametrize("what", ["cell", "receptor"])
@pytest.mark.parametrize("step", [0.01, 0.001])
def test_neuron_has_the_same_spikes_and_traces(path: Path, what: str, step: float) -> None:
    """A spike that is told a step later moves v by less than 0.1 mV in steps of 0.01 ms."""
    script = reference_script()
    leaky = {key: script.CELL[key] for key in script.CELL if key[-2:] not in ("_E",)}

    def kind() -> Any:
        if what == "cell":
            return kind_of(path)()
        receptor = sim.neuroml_receptor_type(path, "ampa")()
        return sim.PointNeuron(sim.LIF(**leaky), excitatory=receptor)

    found = script.run(sim, kind, 1000.0, step)
    known = json.loads((REFERENCE / "neuron_files.json").read_text(encoding="utf-8"))
    assert found.keys() == known.keys()
    for name, own in found.items():
        other = known[name]
        assert len(other["spikes"]) >= 2
        assert own["spikes"] == pytest.approx(other["spikes"], abs=step + 0.0015)
        apart = np.abs(np.array(own["v"]) - other["v"])
        assert np.max(apart) < (0.1 if step == 0.01 else 0.003)
        assert np.sort(apart)[-len(apart) // 20] < (0.05 if step == 0.01 else 0.002)


def test_parameters_and_states_are_got_set_and_initialized(path: Path) -> None:
    cells = population(path, 5, C=[0.1, 0.2, 0.3, 0.4, 0.5])
    assert cells.get("C").tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])
    assert cells.get(["leakReversal", "refract"]) == pytest.approx([-65.0, 2.0])
    view = cells[1:4]
    view.set(leakReversal=[-60.0, -61.0, -62.0])
    cells[4].leakReversal = -58.0
    view.initialize(v=[-55.0, -56.0, -57.0])
    assert view.get("leakReversal").tolist() == pytest.approx([-60.0, -61.0, -62.0])
    assert pytest.approx(0.3) == cells[2].C
    cells.record("v")
    sim.run(30.0)
    v, k = signal(cells), np.arange(301)[:, None]
    rest = np.array([-65.0, -60.0, -61.0, -62.0, -58.0])
    start = np.array([-65.0, -55.0, -56.0, -57.0, -65.0])
    shrinks = 1.0 - DT * 0.02 / np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    np.testing.assert_allclose(v, rest + (start - rest) * shrinks**k, atol=1e-8)
    cells.set(leakReversal=-70.0)
    sim.run(1.0)
    again = signal(cells)[300:]
    np.testing.assert_allclose(again[1], -70.0 + (again[0] + 70.0) * shrinks, atol=1e-8)
    sim.reset()
    sim.run(1.0)
    np.testing.assert_allclose(signal(cells)[0], start)


def network(path: Path, threads: int) -> Any:
    """Cells of a file that excite and inhibit one another, by every kind of synapse."""
    sim.setup(timestep=DT, min_delay=DT, threads=threads, seed=3)
    cells = population(path, 60)
    both = sim.Assembly(cells[:40], cells[40:])
    rng = sim.NumpyRNG(seed=8)
    noise = sim.Population(40, sim.SpikeSourcePoisson(rate=80.0))
    some = sim.FixedProbabilityConnector(0.3, rng=rng)
    depressing = sim.TsodyksMarkramSynapse(weight=9.0, delay=1.0, U=0.5, tau_rec=40.0)
    sim.Projection(noise, both, some, depressing, receptor_type="excitatory")
    plastic = sim.STDPMechanism(
        sim.SpikePairRule(A_plus=0.05, A_minus=0.06),
        sim.AdditiveWeightDependence(w_max=6.0),
        weight=3.0,
        delay=sim.RandomDistribution("uniform", (1.0, 3.0), rng=rng),
    )
    learned = sim.Projection(cells[:40], both, some, plastic, receptor_type="excitatory")
    chance = sim.SimpleStochasticSynapse(weight=5.0, delay=1.5, p=0.5)
    sim.Projection(cells[40:], cells[:40], some, chance, receptor_type="inhibitory")
    cells[:30].inject(sim.NoisyCurrentSource(mean=0.25, stdev=0.3, dt=0.5))
    cells.record("spikes")
    cells[5:8].record("v")
    sim.run(100.0)
    sim.run(100.0)
    return spikes(cells), signal(cells), learned.get("weight", "list", with_address=False)


def test_any_number_of_threads_gives_the_same_numbers(path: Path) -> None:
    first = network(path, 1)
    other = network(path, 2)
    assert sum(map(len, first[0])) > 100
    assert len(set(first[2])) > 10
    assert first[0] == other[0]
    np.testing.assert_array_equal(first[1], other[1])
    assert first[2] == other[2]
    assert first[1].shape == (2001, 3)


@pytest.mark.parametrize("kind", ["StaticSynapse", "TsodyksMarkramSynapse"])
def test_connections_are_got_set_saved_and_loaded(path: Path, tmp_path: Path, kind: str) -> None:
    cells = population(path, 3)
    source = sim.Population(2, sim.SpikeSourceArray(spike_times=[5.0, 8.0]))
    weights = np.array([[1.0, 2.0, np.nan], [np.nan, 4.0, 5.0]])
    rows = [(i, j, weights[i, j], 1.0 + j) for i, j in np.argwhere(~np.isnan(weights)).tolist()]
    synapse = getattr(sim, kind)
    first = sim.Projection(source, cells, sim.FromListConnector(rows), synapse())
    np.testing.assert_array_equal(first.get("weight", "array"), weights)
    assert first.get("delay", "array")[1, 2] == 3.0
    file = tmp_path / "connections.txt"
    first.save("connections", str(file))
    cells.record("v")
    sim.run(30.0)
    v = signal(cells)
    assert np.all(np.ptp(v, axis=0) > 0.05)
    first.set(weight=0.0)
    second = sim.Projection(source, cells, sim.FromFileConnector(str(file)), synapse())
    np.testing.assert_array_equal(second.get("weight", "array"), weights)
    sim.reset()
    sim.run(30.0)
    np.testing.assert_allclose(signal(cells), v, atol=1e-9)
    sim.reset()
    second.set(weight=2.0 * np.nan_to_num(weights), delay=2.0)
    assert second.get("weight", "array")[0, 1] == 4.0
    sim.run(30.0)
    doubled = signal(cells)
    assert np.all(np.ptp(doubled, axis=0) > 1.5 * np.ptp(v, axis=0))
    np.testing.assert_array_equal(doubled[:71], np.full((71, 3), -65.0))
    assert np.all(doubled[71] > -65.0)


def test_what_is_added_after_a_run_changes_nothing_before(path: Path) -> None:
    def run(added: bool) -> Any:
        sim.setup(timestep=DT, min_delay=DT)
        cells = population(path, 2)
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0, 21.0, 33.0]))
        synapse = sim.TsodyksMarkramSynapse(weight=8.0, delay=1.0, U=0.5, tau_rec=40.0)
        sim.Projection(source, cells[:1], sim.AllToAllConnector(), synapse)
        cells.inject(sim.DCSource(amplitude=0.1))
        cells.record("v")
        sim.run(20.0)
        if added:
            sim.Projection(source, cells[1:], sim.AllToAllConnector(), synapse)
            population(path, 1).inject(sim.DCSource(amplitude=0.2))
        sim.run(20.0)
        return signal(cells)

    alone, more = run(False), run(True)
    np.testing.assert_allclose(more[:, 0], alone[:, 0], atol=1e-9)
    np.testing.assert_allclose(more[:221, 1], alone[:221, 1], atol=1e-9)
    assert more[225, 1] > alone[225, 1] + 0.01


CABLE = """<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="cables">
  <expOneSynapse id="ampa" gbase="1nS" erev="0mV" tauDecay="3ms"/>
  <ionChannelHH id="pas" conductance="10pS"/>
  <cell id="stick">
    <morphology id="shape">
      <segment id="0" name="soma">
        <proximal x="0" y="0" z="0" diameter="20"/><distal x="20" y="0" z="0" diameter="20"/>
      </segment>
      <segment id="1" name="dendrite">
        <parent segment="0"/>
        <proximal x="20" y="0" z="0" diameter="2"/><distal x="520" y="0" z="0" diameter="2"/>
      </segment>
    </morphology>
    <biophysicalProperties id="membrane">
      <membraneProperties>
        <channelDensity id="leak" ionChannel="pas" condDensity="0.3 mS_per_cm2" erev="-65mV"
                        ion="non_specific"/>
        <spikeThresh value="-50mV"/>
        <specificCapacitance value="1.0 uF_per_cm2"/>
        <initMembPotential value="-65mV"/>
      </membraneProperties>
      <intracellularProperties><resistivity value="0.1 kohm_cm"/></intracellularProperties>
    </biophysicalProperties>
  </cell>
</neuroml>"""


def test_cells_with_morphology_of_a_file_are_seen_at_their_somata(tmp_path: Path) -> None:
    """The input resistance of a soma with one compartment on it, in closed form."""
    path = tmp_path / "cables.nml"
    path.write_text(CABLE, encoding="utf-8")
    sim.setup(timestep=0.025)
    kind = sim.neuroml_cell_type(path, "stick", receptors={"excitatory": "ampa"})
    cells = sim.Population(4, kind(), initial_values={"v": [-65.0, -60.0, -70.0, -65.0]})
    sim.DCSource(amplitude=0.01, start=1.0).inject_into(cells[2:3])
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0]))
    synapse = sim.StaticSynapse(weight=400.0, delay=1.0)
    sim.Projection(source, cells[3:], sim.AllToAllConnector(), synapse)
    cells.record(["v", "spikes"])
    sim.run(50.0)
    v = signal(cells)
    np.testing.assert_array_equal(v[0], [-65.0, -60.0, -70.0, -65.0])
    membrane = 0.3e-3 * np.pi * np.array([20e-4 * 20e-4, 2e-4 * 500e-4])  # [S]
    axial = 100.0 * (10e-4 / (np.pi * 10e-4**2) + 250e-4 / (np.pi * 1e-4**2))  # [ohm]
    conductance = membrane[0] + 1.0 / (axial + 1.0 / membrane[1])
    assert v[-1, 2] + 65.0 == pytest.approx(0.01e-9 / conductance * 1e3, rel=1e-3)
    np.testing.assert_allclose(v[:, 0], -65.0, atol=1e-9)
    alike = v[40:, 1] + 65.0
    assert np.all(np.diff(alike) < 0.0)
    assert np.log(alike[-1] / alike[0]) == pytest.approx(-49.0 * 0.3, abs=0.1)
    assert [len(item) for item in spikes(cells)] == [0, 0, 0, 1]


OWN = """<Lems>
  <Include file="Cells.xml"/>
  <ComponentType name="clock" extends="baseStandalone">
    <Parameter name="rate" dimension="per_time"/>
    <EventPort name="tick" direction="out"/>
    <Exposure name="phase" dimension="none"/>
    <Attachments name="unread" type="basePointCurrent"/>
    <Dynamics>
      <StateVariable name="phase" dimension="none" exposure="phase"/>
      <TimeDerivative variable="phase" value="rate"/>
      <OnCondition test="phase .geq. 0.99999">
        <StateAssignment variable="phase" value="0"/>
        <EventOut port="tick"/>
      </OnCondition>
    </Dynamics>
  </ComponentType>
  <clock id="clock1" rate="100 Hz"/>
</Lems>"""


def test_a_type_of_the_file_has_ports_and_variables_of_its_own(tmp_path: Path) -> None:
    """Spikes come from any port; a sum that no equation reads takes no current."""
    path = tmp_path / "own.xml"
    path.write_text(OWN, encoding="utf-8")
    cells = sim.Population(2, sim.neuroml_cell_type(path, "clock1")(rate=[100.0, 50.0]))
    same = sim.Population(1, sim.IF_curr_delta())
    every, synapse = sim.AllToAllConnector(), sim.StaticSynapse(weight=5.0, delay=1.0)
    sim.Projection(cells[:1], same, every, synapse, receptor_type="excitatory")
    cells.record(["phase", "spikes"])
    same.record("v")
    sim.run(45.0)
    sent = spikes(cells)
    assert sent[0] == pytest.approx([10.0, 20.0, 30.0, 40.0], abs=DT)
    assert sent[1] == pytest.approx([20.0, 40.0], abs=DT)
    phase = cells.get_data("phase").segments[-1].analogsignals[0]
    assert phase.magnitude[50] == pytest.approx([0.5, 0.25])
    assert phase.units.dimensionality.string == "dimensionless"
    v = signal(same)[:, 0]
    assert v[round((sent[0][0] + 1.0) / DT)] == pytest.approx(-60.0)
    with pytest.raises(TypeError, match=r"'clock1' of the file .* takes no currents"):
        cells.inject(sim.DCSource(amplitude=0.1))


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    """Files, components and states that do not exist are told with those that do."""
    file = tmp_path / "cells.nml"
    with pytest.raises(UsageError, match=r"type: the file '.*cells.nml' does not exist"):
        sim.neuroml_cell_type(file, "pyramidal")
    file.write_text(
        '<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="cells">'
        '<expOneSynapse id="ampa" gbase="5nS" erev="0mV" tauDecay="3ms"/>'
        '<iafCell id="pyramidal" leakReversal="-65mV" thresh="-50mV" reset="-65mV" C="0.3nF"'
        ' leakConductance="0.02uS"/></neuroml>'
    )
    for call, hint in (
        (lambda: sim.neuroml_cell_type(file, "pyramidl"), "did you mean 'pyramidal'?"),
        (lambda: sim.neuroml_cell_type(file, "q"), "components there: ampa, pyramidal"),
        (lambda: sim.neuroml_cell_type(file, "pyramidal", {"e": "ampaa"}), "did you mean 'ampa'?"),
        (lambda: sim.neuroml_receptor_type(file, "q"), "components there: ampa, pyramidal"),
    ):
        with pytest.raises(UsageError, match="has no component") as caught:
            call()
        assert caught.value.hint == hint
    sim.setup(timestep=0.1)
    cells = sim.Population(2, sim.neuroml_cell_type(file, "pyramidal")())
    with pytest.raises(errors.NonExistentParameterError, match=r"are: v\)"):
        cells.initialize(w=1.0)
