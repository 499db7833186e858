"""PyNN's cells with morphology: as with NEURON, places along them, refusals."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyNN", reason="PyNN is not installed")
pytest.importorskip("neuroml", reason="libNeuroML is not installed")

from pyNN.random import NumpyRNG, RandomDistribution

import annarchy_ml.importers.pynn as sim
from annarchy_ml import NetworkModel, UsageError

FOLDER = Path(__file__).parents[1] / "reference" / "pynn"
REFERENCES = json.loads((FOLDER / "neuron_cables.json").read_text(encoding="utf-8"))


def cases() -> Any:
    """The script that made the references."""
    spec = importlib.util.spec_from_file_location("make_cables", FOLDER / "make_cables.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


CASES = cases()


APART = {"depressing": 5e-4, "joined": 0.012}
"""Potentials [mV] of the steepest spike; junctions see what was a step before."""


@pytest.mark.parametrize("case", list(REFERENCES))
def test_the_same_as_neuron(case: str) -> None:
    found, expected = CASES.run(sim, case), REFERENCES[case]
    assert found["spikes"] == expected["spikes"]
    assert any(found["spikes"])
    assert found["traces"].keys() == expected["traces"].keys()
    for name, traces in expected["traces"].items():
        tolerance = APART.get(case, 2e-4) if name.endswith(".v") else 2e-6  # mV, of a gate
        assert np.allclose(found["traces"][name], traces, rtol=0.0, atol=tolerance), name


def segments() -> list[Any]:
    soma = CASES.segment(0, ((0, 0), (20, 0)), (20, 20), "soma")
    trunk = CASES.segment(1, ((20, 0), (220, 0)), (2, 2), "trunk", soma)
    left = CASES.segment(2, ((220, 0), (320, 50)), (1, 1), "left", trunk)
    right = CASES.segment(3, ((220, 0), (320, -50)), (1, 1), "right", trunk)
    return [soma, trunk, left, right]


def cell_type(**given: Any) -> Any:
    """A type of passive branched cells with a receptor."""
    m = sim.morphology
    members = {
        "ion_channels": {"pas": sim.PassiveLeak, "na": sim.NaChannel},
        "post_synaptic_entities": {"AMPA": sim.CondExpPostSynapticResponse},
    }
    made = type("Cell", (sim.MultiCompartmentNeuron,), members)
    parameters = {
        "morphology": CASES.morphology(sim, *segments()),
        "ionic_species": CASES.species(),
        "pas": {"conductance_density": m.uniform("all", 3e-4), "e_rev": -65.0},
        "na": {"conductance_density": m.uniform("soma", 0.01)},
        "AMPA": {"locations": m.LabelledLocations("left", "right"), "tau_syn": 2.0},
    }
    return made(**(parameters | given))


@pytest.fixture(autouse=True)
def fresh() -> None:
    sim.setup(timestep=0.05)


def signal(cells: Any, name: str) -> Any:
    return cells.get_data().segments[0].filter(name=name)[0]


def test_a_location_of_several_places_has_as_many_columns() -> None:
    cells = sim.Population(3, cell_type())
    sim.DCSource(amplitude=0.1).inject_into(cells[1:2], location="left")
    cells[1:].record("v", locations={"tips": sim.morphology.with_label("left", "right")})
    cells.record("v", locations=sim.morphology.at_distances("trunk", [0.1, 0.9]))
    sim.run(5.0)
    tips = signal(cells, "tips.v")
    assert tips.shape == (101, 4)
    left, right, *rest = tips.magnitude[-1]
    assert left > right > -65.0
    assert rest[0] == rest[1]
    near, far = (signal(cells, f"d-{along}.v").magnitude[-1] for along in (0.1, 0.9))
    assert far[1] > near[1] > near[0]


def test_a_selector_chooses_among_the_places_of_a_receptor() -> None:
    cells = sim.Population(2, cell_type())
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0]))
    both = CASES.onto(sim, source, cells[:1], None, (0.001, 1.0, "AMPA"))
    left = CASES.onto(sim, source, cells[1:], "left", (0.001, 1.0, "AMPA"))
    assert len(both) == 2
    assert len(left) == 1
    cells.record("v", locations=("left", "right"))
    sim.run(4.0)
    on_left, on_right = (
        signal(cells, f"{name}.v").magnitude.max(axis=0) for name in ("left", "right")
    )
    assert on_left[0] == on_right[0]
    assert on_left[1] > on_right[1] > -65.0
    left.set(weight=0.0)
    assert left.get("weight", "list", with_address=False) == [0.0]


def test_capacitances_that_hardly_differ_are_kept_apart() -> None:
    m = sim.morphology
    slight = m.uniform(m.with_label("trunk"), 1.0 + 1e-9)
    cells = sim.Population(1, cell_type(cm=m.any(slight, m.uniform("all", 1.0))))
    cells.record("v", locations="trunk")
    sim.DCSource(amplitude=0.1).inject_into(cells, location="trunk")
    sim.run(1.0)
    assert signal(cells, "trunk.v").magnitude[-1, 0] > -64.0


def somas(count: int, **given: Any) -> Any:
    """Potentials of the somas of some cells while a current flows, shape (times, cells)."""
    sim.setup(timestep=0.05)
    cells = sim.Population(count, cell_type(**given))
    cells.record("v", locations="soma")
    sim.DCSource(amplitude=0.2).inject_into(cells, location="soma")
    sim.run(5.0)
    return signal(cells, "soma.v").magnitude


def test_channels_differ_between_cells_by_a_list() -> None:
    """Each cell moves as one that has these channels alone, whose steady trunk is solved once."""
    m = sim.morphology
    both = m.any(m.uniform("soma", 0.02), m.uniform("trunk", 0.01))
    listed = [m.uniform("soma", 0.01), m.uniform("soma", 0.05), both]
    leaks = [
        {"conductance_density": g, "e_rev": e} for g, e in ((3e-4, -65), (1e-3, -60), (6e-4, -62))
    ]
    whole = {key: [float(item[key]) for item in leaks] for key in ("conductance_density", "e_rev")}
    found = somas(3, na={"conductance_density": listed}, pas=whole)
    for number, density in enumerate(listed):
        alone = somas(1, na={"conductance_density": density}, pas=leaks[number])
        assert np.ptp(alone) > 5.0
        assert np.allclose(found[:, number], alone[:, 0], rtol=1e-12, atol=0.0)


def test_channels_differ_between_cells_by_chance_and_by_number() -> None:
    drawn = RandomDistribution("uniform", (1e-4, 1e-3), rng=NumpyRNG(1))
    found = somas(4, pas={"conductance_density": drawn, "e_rev": -65.0})
    again = RandomDistribution("uniform", (1e-4, 1e-3), rng=NumpyRNG(1)).next(4).tolist()
    assert np.array_equal(found, somas(4, pas={"conductance_density": again, "e_rev": -65.0}))
    by_number = somas(2, pas={"conductance_density": 3e-4, "e_rev": lambda k: -70.0 + 5 * k})
    assert np.array_equal(
        by_number, somas(2, pas={"conductance_density": 3e-4, "e_rev": [-70.0, -65.0]})
    )


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"conductance_density": [1e-3] * 3}, "3 values of 'pas.conductance_density' for 2 cells"),
        ({"conductance_density": 1e-3, "e_rev": [-65.0] * 3}, "3 values of 'pas.e_rev'"),
        ({"conductance_density": [1e-3, -1.0]}, "the conductance_density of 'pas' is negative"),
    ],
)
def test_values_of_cells_that_do_not_fit_are_refused(given: Any, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        somas(2, pas=given)


def test_cells_that_differ_are_no_one_cell_to_export(tmp_path: Path) -> None:
    kind = cell_type(pas={"conductance_density": [1e-3, 2e-3]})
    with pytest.raises(UsageError, match="conductance_density: the values differ"):
        kind.export(tmp_path / "cell.nml")


def test_random_sections_differ_between_cells() -> None:
    np.random.seed(1)
    cells = sim.Population(40, cell_type())
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0]))
    anywhere = sim.morphology.random_section(sim.morphology.with_label("left", "right"))
    made = CASES.onto(sim, source, cells, anywhere, (0.001, 1.0, "AMPA"))
    assert len(made) == 40
    assert set(made.column("postsynaptic_segment").tolist()) == {2.0, 3.0}


def test_channels_begin_at_rest_at_the_first_potential() -> None:
    cells = sim.Population(2, cell_type(), initial_values={"v": [-70.0, -40.0]})
    cells.record(["na.m", "na.h"], locations="soma")
    cells.record("v", locations="soma")
    sim.run(0.05)
    v = np.array([-70.0, -40.0])
    assert np.allclose(signal(cells, "soma.v").magnitude[0], v)
    opening, closing = (v + 40 + 1e-9) / 10, 4 * np.exp(-(v + 65) / 18)
    opening = opening / (1 - np.exp(-opening))
    m = signal(cells, "soma.na.m").magnitude[0]
    assert np.allclose(m, opening / (opening + closing), rtol=1e-6)


def test_states_can_be_given_and_reset_takes_them_back() -> None:
    cells = sim.Population(2, cell_type())
    cells.record("v", locations=("soma", "left"))
    cells.initialize(**{"na.h": 0.25})
    cells.initialize(v=[-60.0, -65.0])
    sim.run(2.0)
    first = [signal(cells, f"{name}.v").magnitude.copy() for name in ("soma", "left")]
    sim.reset()
    sim.run(2.0)
    data = cells.get_data().segments[1]
    assert np.array_equal(data.filter(name="soma.v")[0].magnitude, first[0])
    assert np.array_equal(data.filter(name="left.v")[0].magnitude, first[1])
    assert first[1][0].tolist() == [-60.0, -65.0]


def test_conductances_of_receptors_can_be_recorded() -> None:
    cells = sim.Population(2, cell_type())
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0]))
    CASES.onto(sim, source, cells[1:], "left", (0.003, 1.0, "AMPA"))
    cells[1:].record("AMPA.gsyn", locations="left")
    sim.run(4.0)
    found = signal(cells, "left.AMPA.gsyn")
    assert str(found.units.dimensionality) == "uS"
    assert found.magnitude.max() == pytest.approx(0.003 * np.exp(-0.05 / 2.0))
    assert int(found.magnitude.argmax()) == 41  # a step after 2 ms, as in NEURON


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pas": {"conductance_density": "uniform"}}, "expected .*IonChannelDistribution"),
        ({"AMPA": {}}, "needs 'locations'"),
        ({"ionic_species": {}}, "needs the reversal_potential of 'na'"),
        ({"Ra": [1.0, 2.0]}, "2 values of 'Ra' for 1 cells"),
        ({"Ra": "low"}, "Ra is a number"),
        ({"na": {"conductance_density": -1.0}}, "is negative"),
    ],
)
def test_faulty_cells_are_refused(change: dict[str, Any], message: str) -> None:
    refusals = (UsageError, sim.errors.InvalidParameterValueError)
    with pytest.raises(refusals, match=message):
        sim.Population(1, cell_type(**change))
        sim.run(1.0)


def test_unknown_names_are_told() -> None:
    m = sim.morphology
    with pytest.raises(sim.errors.NonExistentParameterError, match="ca"):
        cell_type(ca={})
    with pytest.raises(ValueError, match="no section or group has the label 'axon'; there are"):
        cell_type(na={"conductance_density": m.uniform("axon", 0.1)})
    with pytest.raises(ValueError, match="apical_dendrite"):
        cell_type(na={"conductance_density": m.uniform(m.apical_dendrites(), 0.1)})
    cells = sim.Population(2, cell_type())
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0]))
    with pytest.raises(ValueError, match="label 'tuft'"):
        sim.DCSource(amplitude=0.1).inject_into(cells, location="tuft")
    with pytest.raises(TypeError, match="has no locations"):
        point = sim.Population(1, sim.IF_cond_exp())
        sim.DCSource(amplitude=0.1).inject_into(point, location="soma")
    with pytest.raises(sim.errors.RecordingError):
        cells.record("ca.m", locations="soma")
    with pytest.raises(UsageError, match="there is no 'na' in 'trunk'"):
        cells.record("na.m", locations="trunk")
    with pytest.raises(sim.errors.ConnectionError, match="no 'AMPA' is in the chosen sections"):
        CASES.onto(sim, source, cells, "trunk", (0.001, 1.0, "AMPA"))
    with pytest.raises(ValueError, match="fractions of a section"):
        cells.record("v", locations=m.at_distances("trunk", [450]))


RECEPTORS = {
    "CondExpPostSynapticResponse": {"tau_syn": 2.0},
    "CondAlphaPostSynapticResponse": {"tau_syn": 2.0},
    "CondBetaPostSynapticResponse": {"tau_rise": 0.5, "tau_decay": 3.0},
    "CurrExpPostSynapticResponse": {"tau_syn": 2.0},
}


def recorded(receptor: str, synapses: list[Any], sources: int = 1) -> Any:
    """The conductance, or current, of a receptor to which synapses lead from some sources."""
    sim.setup(timestep=0.05)
    members = {
        "ion_channels": {"pas": sim.PassiveLeak},
        "post_synaptic_entities": {"IN": getattr(sim, receptor)},
    }
    kind = type("Cell", (sim.MultiCompartmentNeuron,), members)(
        morphology=CASES.morphology(sim, *segments()),
        IN={"locations": sim.morphology.LabelledLocations("left", "right"), **RECEPTORS[receptor]},
    )
    cells = sim.Population(1, kind)
    source = sim.Population(sources, sim.SpikeSourceArray(spike_times=[1.0]))
    connector = sim.AllToAllConnector(location_selector="left")
    for synapse in synapses:
        sim.Projection(source, cells, connector, synapse, receptor_type="IN")
    variable = "IN.isyn" if receptor.startswith("Curr") else "IN.gsyn"
    cells.record(variable, locations=("left", "right"))
    sim.run(6.0)
    assert np.all(signal(cells, f"right.{variable}").magnitude == 0.0)
    return signal(cells, f"left.{variable}").magnitude[:, 0]


@pytest.mark.parametrize("receptor", RECEPTORS)
def test_what_is_recorded_of_a_receptor_is_the_sum_of_all_synapses_there(receptor: str) -> None:
    one = recorded(receptor, [sim.StaticSynapse(weight=0.001, delay=1.0)])
    assert one.max() > 9e-4
    sure = sim.SimpleStochasticSynapse(weight=0.002, delay=1.0, p=1.0)
    learning = sim.STDPMechanism(
        sim.SpikePairRule(), sim.AdditiveWeightDependence(), weight=0.003, delay=1.0
    )
    static = sim.StaticSynapse(weight=0.001, delay=1.0)
    many = recorded(receptor, [static, static, sure, learning], 3)
    assert np.allclose(many, 21 * one, rtol=1e-6, atol=1e-15)


def test_a_soma_alone_is_a_cell_too() -> None:
    soma = CASES.segment(0, ((0, 0), (20, 0)), (20, 20), "soma")
    kind = cell_type(
        morphology=CASES.morphology(sim, soma),
        AMPA={"locations": sim.morphology.LabelledLocations("soma"), "tau_syn": 2.0},
    )
    cells = sim.Population(2, kind)
    sim.DCSource(amplitude=0.1, start=1.0).inject_into(cells[1:], location="soma")
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0]))
    CASES.onto(sim, source, cells[:1], "soma", (0.001, 1.0, "AMPA"))
    cells.record(["v", "na.m"], locations="soma")
    cells.record("spikes")
    sim.run(4.0)
    v = signal(cells, "soma.v").magnitude
    assert v[41, 0] > v[40, 0] + 0.01
    assert v[21, 1] > v[20, 1] + 0.1
    assert signal(cells, "soma.na.m").shape == (81, 2)


def test_a_cell_is_written_as_neuroml(tmp_path: Path) -> None:
    m = sim.morphology
    varying = m.by_diameter(m.with_label("soma", "trunk"), lambda d: 0.02 if d > 5 else 0.05)
    kind = cell_type(na={"conductance_density": varying})
    kind.export(tmp_path / "cell.nml", "made")
    cells = sim.Population(1, kind, initial_values={"v": -50.0})
    cells.record("v", locations=("soma", "left"))
    sim.run(20.0)
    net = NetworkModel("again")
    net.include(tmp_path / "cell.nml")
    again = net.population("cells", "made_cell", 1)
    again.set(v=-0.05)
    net.record(again.at("soma"), "v")
    net.record(again.at("left"), "v")
    found = net.compile(dt=5e-5, duration=20e-3, method="auto").run()
    for name, number in (("soma", 0), ("left", 2)):
        expected = signal(cells, f"{name}.v").magnitude[:, 0]
        assert np.ptp(expected) > 5.0
        assert np.allclose(found[f"cells[0]/{number}/v"].values * 1e3, expected, atol=1e-9)
    assert "made_AMPA" in net.tables.components.by_id
