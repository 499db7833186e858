"""Cells with morphology of one population that differ in shape, capacitance, ions or receptors."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyNN", reason="PyNN is not installed")
pytest.importorskip("neuroml", reason="libNeuroML is not installed")

from pyNN.parameters import IonicSpecies

import annarchy_ml.importers.pynn as sim
from annarchy_ml import UsageError

FOLDER = Path(__file__).parents[1] / "reference" / "pynn"
EVERY = sim.AllToAllConnector(location_selector="dendrite")
DT = 0.025


def _cases() -> Any:
    spec = importlib.util.spec_from_file_location("make_cables", FOLDER / "make_cables.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


CASES = _cases()


def shape(length: float, diameter: float = 2.0, branches: int = 1) -> Any:
    soma = CASES.segment(0, ((18.8, 0), (0, 0)), (18.8, 18.8), "soma")
    others = [
        CASES.segment(k + 1, ((0, 0), (-length, 50 * k)), (diameter, diameter), "dendrite", soma)
        for k in range(branches)
    ]
    return CASES.morphology(sim, soma, *others)


def cell_type(**given: Any) -> Any:
    m = sim.morphology
    members = {
        "ion_channels": CASES.channels(sim),
        "post_synaptic_entities": {"AMPA": sim.CondExpPostSynapticResponse},
    }
    parameters = {
        "morphology": shape(500.0),
        "Ra": 150.0,
        "ionic_species": CASES.species(),
        "pas": {"conductance_density": m.uniform("all", 0.0003), "e_rev": -54.3},
        "na": {"conductance_density": m.uniform("soma", 0.12)},
        "kdr": {"conductance_density": m.uniform("soma", 0.036)},
        "AMPA": {"locations": m.LabelledLocations("dendrite"), "tau_syn": 2.0},
    }
    return type("Cell", (sim.MultiCompartmentNeuron,), members)(**(parameters | given))


def run(count: int, duration: float = 15.0, **given: Any) -> dict[str, Any]:
    """What cells show under a current and spikes, of which a part comes from one another."""
    sim.setup(timestep=DT, min_delay=DT)
    cells = sim.Population(count, cell_type(**given))
    source = sim.Population(2, sim.SpikeSourceArray(spike_times=[1.0, 9.0]))
    static = sim.StaticSynapse(weight=0.01, delay=1.0)
    sim.Projection(source, cells, EVERY, static, receptor_type="AMPA")
    used = sim.TsodyksMarkramSynapse(weight=0.01, delay=1.5, U=0.5)
    sim.Projection(source, cells, EVERY, used, receptor_type="AMPA")
    if count > 1:  # these say nothing
        pairs = sim.FromListConnector([(0, 1, 0.0, 1.0), (1, 2, 0.0, 1.0), (2, 0, 0.0, 1.0)])
        sim.Projection(cells, cells, pairs, sim.StaticSynapse(), receptor_type="AMPA")
    sim.DCSource(amplitude=0.1, start=3.0).inject_into(cells, location="dendrite")
    cells.initialize(v=-66.0)
    cells.record("spikes")
    cells.record("v", locations=("soma", "dendrite"))
    cells.record("na.m", locations="soma")
    cells.record("AMPA.gsyn", locations="dendrite")
    sim.run(duration)
    segment = cells.get_data().segments[0]
    found = {item.name: item.magnitude for item in segment.analogsignals}
    return {**found, "spikes": [item.magnitude for item in segment.spiketrains]}


def _ions(values: Any) -> dict[str, Any]:
    return {"ionic_species": {**CASES.species(), "na": IonicSpecies("na", values)}}


def _receptor(values: Any) -> dict[str, Any]:
    locations = sim.morphology.LabelledLocations("dendrite")
    return {"AMPA": {"locations": locations, "tau_syn": values, "e_syn": -5.0}}


def _own(name: str) -> Any:
    return lambda values: {name: values}


KINDS: dict[str, tuple[Any, list[Any]]] = {
    "morphology": (_own("morphology"), [shape(500.0), shape(300.0), shape(500.0, 1.0)]),
    "cm": (_own("cm"), [1.0, 2.0, sim.morphology.uniform("all", 1.5)]),
    "Ra": (_own("Ra"), [150.0, 35.4, 150.0]),
    "ions": (_ions, [50.0, 60.0, 40.0]),
    "receptors": (_receptor, [2.0, 5.0, 1.0]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_cell_moves_as_one_of_its_own_type(kind: str) -> None:
    make, values = KINDS[kind]
    found = run(3, **make(values))
    for number, value in enumerate(values):
        alone = run(1, **make(value))
        assert len(alone["spikes"][0]) > 0
        assert np.array_equal(found["spikes"][number], alone["spikes"][0])
        for name in alone.keys() - {"spikes"}:
            assert np.allclose(found[name][:, number], alone[name][:, 0], rtol=0.0, atol=1e-9), name
    assert np.max(np.abs(found["soma.v"][:, 0] - found["soma.v"][:, 1])) > 0.5


def test_values_can_be_functions_and_random() -> None:
    drawn = sim.RandomDistribution("uniform", (0.8, 1.6), rng=sim.NumpyRNG(4))
    again = sim.RandomDistribution("uniform", (0.8, 1.6), rng=sim.NumpyRNG(4)).next(3).tolist()
    assert np.array_equal(run(3, 5.0, cm=drawn)["soma.v"], run(3, 5.0, cm=again)["soma.v"])
    by_number = run(3, 5.0, Ra=lambda k: 100.0 + 50 * k)["soma.v"]
    assert np.array_equal(by_number, run(3, 5.0, Ra=[100.0, 150.0, 200.0])["soma.v"])


def test_such_cells_are_seen_one_by_one_and_go_on_when_more_is_added() -> None:
    def shown(adding: bool) -> Any:
        sim.setup(timestep=DT)
        cells = sim.Population(3, cell_type(morphology=[shape(500.0), shape(300.0), shape(500.0)]))
        sim.DCSource(amplitude=0.2).inject_into(cells[1:], location="soma")
        cells[1:3].record("v", locations="soma")
        cells[2:3].record("spikes")
        sim.run(5.0)
        if adding:
            other = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0]))
            nothing = sim.StaticSynapse(weight=0.0, delay=1.0)
            sim.Projection(other, cells, EVERY, nothing, receptor_type="AMPA")
        cells[1:2].initialize(v=-60.0)
        sim.run(10.0)
        segment = cells.get_data().segments[0]
        return segment.analogsignals[0].magnitude, segment.spiketrains[0].magnitude

    expected, found = shown(False), shown(True)
    assert expected[0].shape == (601, 2)
    assert expected[0][201, 0] == pytest.approx(-60.0, abs=3.0)
    assert len(expected[1]) == 1
    assert np.allclose(found[0], expected[0], rtol=0.0, atol=1e-10)
    assert np.array_equal(found[1], expected[1])


def test_locations_mean_as_many_places_in_all_cells() -> None:
    cells = sim.Population(2, cell_type(morphology=[shape(300.0), shape(300.0, branches=2)]))
    with pytest.raises(UsageError, match="1 places in some cells and 2 in others"):
        cells.record("v", locations="dendrite")


def test_one_value_is_needed_for_each_cell() -> None:
    kind = cell_type(Ra=[100.0, 150.0])
    with pytest.raises(UsageError, match="2 values of 'Ra' for 3 cells"):
        sim.Population(3, kind)
    with pytest.raises(UsageError, match="Ra: the values differ between cells"):
        kind.export("cell.nml")


def test_a_cell_needs_a_reversal_potential_where_it_has_a_channel() -> None:
    m = sim.morphology
    sim.setup(timestep=DT)
    na = {"conductance_density": m.uniform("all", 0.12)}
    values = [m.uniform("soma", 50.0), m.uniform("all", 50.0)]
    sim.Population(2, cell_type(na=na, **_ions(values)))
    with pytest.raises(UsageError, match="'na' has no reversal potential in 'dendrite'"):
        sim.run(1.0)


def test_channels_need_one_value_for_each_cell() -> None:
    short = cell_type(Ra=[100.0, 150.0], pas={"conductance_density": [3e-4], "e_rev": -54.3})
    with pytest.raises(UsageError, match=r"1 values of 'pas\.conductance_density' for 2 cells"):
        sim.Population(2, short)
    with pytest.raises(UsageError, match=r"2 values of 'na\.e_rev' for 3 cells"):
        sim.Population(3, cell_type(**_ions([50.0, 60.0])))


@pytest.mark.parametrize(
    ("given", "name"),
    [({"cm": [1.0, -1.0]}, "cm"), ({"Ra": -1.0}, "Ra"), ({"Ra": [0.0, 1.0]}, "Ra")],
)
def test_cm_and_resistivity_are_positive(given: Any, name: str) -> None:
    with pytest.raises(UsageError, match=f"{name} is .*: it must be positive"):
        sim.Population(2, cell_type(**given))


def test_functions_may_give_arrays_of_one_value() -> None:
    cells = sim.Population(2, cell_type(cm=lambda k: np.where(k < 1, 1.0, 2.0)))
    assert len(cells.parts.items) == 2


def test_currents_are_injected_where_these_cells_have_the_place() -> None:
    sim.setup(timestep=DT)
    cells = sim.Population(2, cell_type(morphology=[shape(300.0), shape(300.0, branches=2)]))
    at = sim.morphology.LabelledLocations("dendrite")
    source = sim.DCSource(amplitude=0.1)
    source.inject_into(cells[0:1], location=at)
    assert [len(item) for item in source.targets[0][2]] == [1, 0]


def test_gap_junctions_are_at_one_place_that_cells_have() -> None:
    sim.setup(timestep=DT)
    cells, points = sim.Population(2, cell_type()), sim.Population(2, sim.IF_cond_exp())
    gap = sim.ElectricalSynapse(weight=0.01)
    with pytest.raises(TypeError, match="IF_cond_exp has no parts for the receptor_type"):
        sim.Projection(cells, points, sim.AllToAllConnector(), gap, receptor_type="dendrite.gap")
    with pytest.raises(TypeError, match="name two places"):
        sim.Projection(cells, cells, EVERY, gap, receptor_type="soma.gap")


def _named(name: str, length: float, branches: int = 1) -> Any:
    soma = CASES.segment(0, ((18.8, 0), (0, 0)), (18.8, 18.8), "soma")
    others = [
        CASES.segment(k + 1, ((0, 0), (-length, 50 * k)), (2.0, 2.0), name, soma)
        for k in range(branches)
    ]
    return CASES.morphology(sim, soma, *others)


def _of_three_shapes(length: float = 300.0) -> Any:
    """A cell with a dendrite, one with an axon, one with two dendrites; spikes come at the soma."""
    sim.setup(timestep=DT)
    receptor = {"locations": sim.morphology.LabelledLocations("soma"), "tau_syn": 2.0}
    shapes = [_named("dendrite", length), _named("axon", length), _named("dendrite", length, 2)]
    cells = sim.Population(3, cell_type(morphology=shapes, AMPA=receptor))
    sim.DCSource(amplitude=0.2).inject_into(cells, location="soma")
    return cells


def test_views_are_recorded_where_their_own_cells_have_the_place() -> None:
    cells = _of_three_shapes()
    cells[0:1].record("v", locations="dendrite")
    cells[1:2].record("v", locations="axon")
    cells[2:3].record("v", locations={"both": "dendrite"})
    cells.record("v", locations="soma")
    sim.run(10.0)
    found = {item.name: item.magnitude for item in cells.get_data().segments[0].analogsignals}
    widths = {"dendrite.v": 1, "axon.v": 1, "both.v": 2, "soma.v": 3}
    assert {name: item.shape[1] for name, item in found.items()} == widths
    assert np.array_equal(found["dendrite.v"], found["axon.v"])  # which differ by name alone
    assert np.max(np.abs(found["both.v"] - found["axon.v"])) > 1.0
    for name in ("dendrite", "axon", "soma"):
        (chosen,) = cells.get_data("v", locations=name).segments[0].analogsignals
        assert chosen.name == f"{name}.v" and np.array_equal(chosen.magnitude, found[chosen.name])
    with pytest.raises(ValueError, match="label 'apical'"):
        cells.get_data("v", locations="apical")


def test_a_label_that_was_refused_is_free() -> None:
    cells = _of_three_shapes()
    with pytest.raises(UsageError, match="there is no 'na' in 'axon'"):
        cells[1:2].record("na.m", locations={"here": "axon"})
    with pytest.raises(ValueError, match="label 'axon'"):
        cells.record("v", locations={"here": "axon"})
    cells[1:2].record("na.m", locations={"here": "soma"})
    with pytest.raises(UsageError, match="'here' names other places than before"):
        cells[1:2].record("v", locations={"here": "axon"})
    cells.record(None)
    cells[1:2].record("v", locations={"here": "axon"})
    cells[0:1].record("v", locations={"here": "dendrite"})
    with pytest.raises(UsageError, match="1 places in some cells and 2 in others"):
        cells[2:3].record("v", locations={"here": "dendrite"})
    sim.run(1.0)
    (signal,) = cells.get_data().segments[0].analogsignals
    assert signal.name == "here.v" and signal.shape == (41, 2)


def test_spikes_are_sent_where_the_sources_themselves_have_the_place() -> None:
    cells = _of_three_shapes(length=30.0)
    targets = sim.Population(2, sim.IF_cond_exp())
    static = sim.StaticSynapse(weight=0.01, delay=1.0)
    connector = sim.AllToAllConnector()
    axon = sim.Projection(cells[1:2], targets[0:1], connector, static, source="axon")
    views = cells[0:1] + cells[2:3]
    with pytest.raises(ValueError, match="a 'source' is one place of a cell"):
        sim.Projection(views, targets, connector, static, source="dendrite")
    with pytest.raises(ValueError, match="label 'axon'"):
        sim.Projection(cells, targets, connector, static, source="axon")
    sim.Projection(cells[0:1], targets[1:2], connector, static, source="dendrite")
    targets.record("gsyn_exc")
    sim.run(20.0)
    assert len(axon) == 1
    found = targets.get_data().segments[0].analogsignals[0].magnitude
    assert np.max(found) > 0.005
    assert np.array_equal(found[:, 0], found[:, 1])
