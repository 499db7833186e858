"""Copies of a model by its plan: the plan of a file with the copies, the bits of single runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import annarchy_ml
from annarchy_ml.session import copies, sweep_copies, tiling
from annarchy_ml.session.copies import NoCopiesError, copied

MODELS = Path(__file__).parents[1] / "models"
THRESH = "slow[0]/thresh"
NETWORK = """<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="net">
<iafCell id="cell" leakReversal="-50mV" thresh="-49mV" reset="-70mV" C="1nF"
 leakConductance="100nS"/>
<pulseGenerator id="pulse" delay="2ms" duration="20ms" amplitude="0.3nA"/>
<sineGenerator id="sine" phase="0" delay="0ms" duration="30ms" amplitude="0.1nA" period="7ms"/>
<network id="net1"><population id="pop" component="cell" size="3"/>
<explicitInput target="pop[2]" input="pulse"/><explicitInput target="pop[2]" input="pulse"/>
<explicitInput target="pop[1]" input="sine"/><explicitInput target="pop[0]" input="pulse"/>
</network></neuroml>
"""
LEMS = """<Lems><Target component="s"/><Include file="Cells.xml"/><Include file="Networks.xml"/>
<Include file="Inputs.xml"/><Include file="Simulation.xml"/><Include file="net.nml"/>
<Simulation id="s" length="30ms" step="0.05ms" target="net1"><OutputFile id="o" fileName="o.dat">
<OutputColumn id="a" quantity="pop[0]/v"/><OutputColumn id="b" quantity="pop[1]/v"/>
<OutputColumn id="c" quantity="pop[2]/v"/></OutputFile></Simulation></Lems>
"""


@pytest.fixture
def inputs(tmp_path):
    (tmp_path / "net.nml").write_text(NETWORK)
    (tmp_path / "LEMS_net.xml").write_text(LEMS)
    return tmp_path / "LEMS_net.xml"


def _plain(plan):
    """What the engine is given, without the order of what is recorded."""
    groups = [
        (item.name, item.kernel, item.size, item.host, item.reductions, item.family)
        for item in plan.groups
    ]
    hosts = [None if item.host_index is None else item.host_index.tolist() for item in plan.groups]
    traces = sorted((item.path, item.group, item.field, item.index) for item in plan.recordings)
    events = sorted((item.path, item.group, item.index) for item in plan.event_recordings)
    return groups, hosts, plan.blocks, plan.init, plan.passing, traces, events


@pytest.mark.parametrize("made_of", ["iaf", "inputs"])
def test_the_plan_is_that_of_a_file_with_the_copies(made_of, inputs):
    model = MODELS / "LEMS_iaf.xml" if made_of == "iaf" else inputs
    simulation = annarchy_ml.load(model).compile()
    mine, _ = tiling.tiled(simulation, 7)
    other, _ = copies._lowered_again(simulation.lowered, 7)
    assert _plain(mine.plan) == _plain(other.plan)
    assert mine.content == other.content == simulation.lowered.content
    for ours, theirs in zip(mine.starts, other.starts, strict=True):
        assert ours.keys() == theirs.keys()
        assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


def test_nothing_is_lowered_for_copies(monkeypatch):
    simulation = annarchy_ml.load(MODELS / "LEMS_iaf.xml").compile()
    monkeypatch.setattr(copies, "_lowered_again", None)
    many, found = copied(simulation, 50)
    assert many.plan.groups[1].size == 100 and found.sizes == {"slow": 1, "fast": 2}


def test_each_of_several_inputs_on_a_cell_has_points_of_its_own(inputs, monkeypatch):
    grid = {
        "pop[2]/synapses:pulse:1/amplitude": [1e-10, 2e-10, 4e-10],
        "pop[0]/synapses:pulse:0/delay": [0.0, 0.005, 0.01],
        "pop/reset": [-0.07, -0.06],
    }
    simulation = annarchy_ml.load(inputs).compile()
    together = simulation.sweep(grid, workers=1)
    monkeypatch.setattr(sweep_copies, "_LEAST_COPIES", 10**9)
    alone = simulation.sweep(grid)
    assert (together.batches, alone.batches) == (1, 18)
    assert together.table() == alone.table()
    means = np.array(alone.table()["mean of pop[2]/v"]).reshape(3, 3, 2)
    assert len(np.unique(means[:, 0, 0])) == 3 and (means == means[:, :1]).all()


def test_a_second_sweep_of_a_changed_kernel(inputs):
    path = "pop[0]/synapses:pulse:0/amplitude"
    simulation = annarchy_ml.load(inputs).compile()
    points = [{path: value} for value in np.linspace(0, 1e-9, 9)]
    first, second = simulation.sweep(points), simulation.sweep(points)
    assert first.batches == second.batches < 9
    assert first.table() == second.table()


def test_what_is_recorded_by_request_is_measured_of_every_copy(inputs, monkeypatch):
    path = "pop[2]/synapses:pulse:1/i"
    simulation = annarchy_ml.load(inputs).compile(record=[path])
    grid = {"pop[2]/synapses:pulse:1/amplitude": np.linspace(0, 1e-9, 9)}
    together = simulation.sweep(grid, workers=1)
    monkeypatch.setattr(sweep_copies, "_LEAST_COPIES", 10**9)
    assert together.batches == 1
    assert together.table() == simulation.sweep(grid).table()
    assert (
        together.table()[f"largest of {path}"] == grid["pop[2]/synapses:pulse:1/amplitude"].tolist()
    )


def test_start_values_by_number_have_no_copies():
    simulation = annarchy_ml.load(MODELS / "LEMS_iaf.xml").compile()
    whole = simulation.lowered.starts
    other = [dict(item) for item in whole]
    other[1]["v"] = np.array([-0.05, -0.06])  # as if its start program said so
    simulation.lowered = replace(simulation.lowered, starts=other)
    with pytest.raises(NoCopiesError, match="those of its places"):
        tiling.tiled(simulation, 4)


def _no_tiles(*_):
    raise NoCopiesError("not here")


@pytest.mark.parametrize(
    ("path", "batches"), [("2]/synapses:pulse:1", 9), ("1]/synapses:sine:0", 1)]
)
def test_copies_of_the_file_mean_one_of_several_inputs(inputs, monkeypatch, path, batches):
    grid = {f"pop[{path}/amplitude": np.linspace(0, 1e-9, 9)}
    simulation = annarchy_ml.load(inputs).compile()
    right = simulation.sweep(grid, workers=1)
    monkeypatch.setattr(tiling, "tiled", _no_tiles)
    found = simulation.sweep(grid, workers=1)
    assert (right.batches, found.batches) == (1, batches)
    assert right.table() == found.table()
