"""Sweeps: copies in one kernel give the bits of single runs; tables, files of points, faults."""

from __future__ import annotations

import json
import math
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

import annarchy_ml
from annarchy_ml import EnvironmentFault, UsageError
from annarchy_ml.cli import main
from annarchy_ml.session import sweep_copies as batches
from annarchy_ml.session.copies import NoCopiesError, copied

MODELS = Path(__file__).parents[1] / "models"
THRESH, TAU = "slow[0]/thresh", "fast[1]/tau"
GRID = {THRESH: [-0.055, -0.056, -0.057, -0.06], TAU: [0.01, 0.011, 0.012]}


@pytest.fixture(scope="module")
def simulation():
    return annarchy_ml.load(MODELS / "LEMS_iaf.xml").compile()


@pytest.fixture
def one_by_one(monkeypatch):
    """Makes sweeps run point by point."""
    return lambda: monkeypatch.setattr(batches, "_LEAST_COPIES", 10**9)


def test_copies_give_the_bits_of_single_runs(simulation, one_by_one):
    together = simulation.sweep(GRID, keep=True, workers=1)
    one_by_one()
    alone = simulation.sweep(GRID, keep=True)
    assert (together.batches, alone.batches) == (1, 12)
    assert together.table() == alone.table()
    for one, other in zip(together.rows, alone.rows, strict=True):
        assert list(one.results.signals) == list(other.results.signals)
        for path in one.results.signals:
            assert np.array_equal(one.results[path].values, other.results[path].values)
        assert list(one.results.events.paths) == list(other.results.events.paths)
        assert np.array_equal(one.results.events.times_s, other.results.events.times_s)


def test_points_matter_and_each_only_to_its_cell(simulation):
    table = simulation.sweep(GRID).table()
    slow, fast = (np.array(table[f"mean of {name}"]).reshape(4, 3) for name in
                  ("slow[0]/v", "fast[1]/v"))  # fmt: skip
    assert (slow == slow[:, :1]).all() and len(set(slow[:, 0])) == 4
    assert (fast == fast[:1]).all() and len(set(fast[0])) == 3


def test_a_point_is_what_a_run_with_its_values_is(simulation):
    table = simulation.sweep(GRID).table()
    fresh = annarchy_ml.load(MODELS / "LEMS_iaf.xml").compile()
    fresh.set(THRESH, -0.057)
    fresh.set(TAU, 0.012)
    results = fresh.run()
    row = 2 * 3 + 2
    values = results["slow[0]/v"].values
    assert table["last of slow[0]/v"][row] == values[-1]
    assert table["least of slow[0]/v"][row] == values.min()
    assert table["mean of slow[0]/v"][row] == pytest.approx(values.mean(), rel=1e-12)
    assert table["events of slow[0]"][row] == len(results.events["slow[0]"].times_s)


def test_several_batches_the_last_one_shorter(simulation, monkeypatch):
    whole = simulation.sweep({THRESH: np.linspace(-0.06, -0.055, 25)}, workers=1)
    monkeypatch.setattr(batches, "_MOST_COPIES", 10)
    parts = simulation.sweep({THRESH: np.linspace(-0.06, -0.055, 25)}, workers=1)
    assert (whole.batches, parts.batches) == (1, 3)
    assert whole.table() == parts.table()


def test_nothing_is_compiled_for_a_point(simulation, monkeypatch):
    simulation.sweep(GRID)
    from annarchy_ml.session.simulation import Simulation

    made = []
    real = Simulation._library
    monkeypatch.setattr(Simulation, "_library", lambda self, *a: made.append(a) or real(self, *a))
    simulation.sweep({THRESH: np.linspace(-0.06, -0.055, 50)}, workers=1)
    assert len(made) <= 2  # the copies' kernel, and the same with a value for each of them


def test_afterwards_all_is_as_before(one_by_one):
    simulation = annarchy_ml.load(MODELS / "LEMS_iaf.xml").compile()
    before = simulation.run()["slow[0]/v"].values.copy()
    one_by_one()
    simulation.sweep(GRID)
    assert simulation.t == 0.0
    assert simulation.get(THRESH) == -0.055
    assert np.array_equal(simulation.run()["slow[0]/v"].values, before)


def test_a_changed_simulation_keeps_its_change(simulation):
    changed = annarchy_ml.load(MODELS / "LEMS_iaf.xml").compile()
    changed.set("fast/reset", -0.08)
    found = changed.sweep({THRESH: np.linspace(-0.06, -0.055, 10)})
    assert found.batches == 10  # copies would have the values of the file
    assert min(found.table()["least of fast[1]/v"]) == -0.08


@pytest.mark.parametrize("model", ["LEMS_net.xml", "LEMS_noise.xml"])
def test_models_without_copies_run_point_by_point(tmp_path, model):
    text = (MODELS / "LEMS_iaf.xml").read_text()
    if model == "LEMS_net.xml":
        more = (
            '<synapticConnection from="slow[0]" to="fast[0]" synapse="s" destination="synapses"/>'
        )
        cells = '<expOneSynapse id="s" gbase="1nS" erev="0mV" tauDecay="1ms"/>'
        cell = '<iafCell id="fastCell" leakReversal="-50mV" thresh="-55mV" reset="-70mV" C="1nF" '
        cell += 'leakConductance="100nS"/>'
    else:
        more = '<explicitInput target="fast[0]" input="p" destination="synapses"/>'
        cells = '<poissonFiringSynapse id="p" averageRate="50Hz" synapse="s" spikeTarget="./s"/>'
        cells += '<expOneSynapse id="s" gbase="1nS" erev="0mV" tauDecay="1ms"/>'
        cell = '<iafCell id="fastCell" leakReversal="-50mV" thresh="-55mV" reset="-70mV" C="1nF" '
        cell += 'leakConductance="100nS"/>'
    (tmp_path / model).write_text(text.replace("</network>", f"{more}</network>"))
    nml = (MODELS / "cells.nml").read_text()
    lines = [line for line in nml.splitlines() if "fastCell" not in line]
    (tmp_path / "cells.nml").write_text("\n".join([lines[0], cell, cells, *lines[1:]]))
    simulation = annarchy_ml.load(tmp_path / model).compile()
    with pytest.raises(NoCopiesError):
        copied(simulation, 10)
    assert simulation.sweep({THRESH: np.linspace(-0.06, -0.055, 9)}).batches == 9


def test_a_file_of_points_goes_on_where_it_stopped(simulation, tmp_path):
    path = tmp_path / "points.jsonl"
    part = {THRESH: GRID[THRESH][:2], TAU: GRID[TAU]}
    assert simulation.sweep(part, resume=path).new == 6
    with path.open("a") as stream:
        stream.write('{"point": {"slow')  # cut off while it was written
    whole = simulation.sweep(GRID, resume=path)
    assert whole.new == 6
    assert whole.table() == simulation.sweep(GRID).table()
    assert (again := simulation.sweep(GRID, resume=path)).batches == again.new == 0
    other = annarchy_ml.load(MODELS / "LEMS_iaf.xml").compile(dt=1e-4)
    with pytest.raises(UsageError, match="of another model or of other options"):
        other.sweep(GRID, resume=path)


def test_a_point_that_stops_leaves_the_others():
    simulation = annarchy_ml.load(MODELS / "LEMS_iaf.xml").compile()
    taus = [*np.linspace(0.01, 0.02, 9), 0.0]
    found = simulation.sweep({"slow[0]/tau": taus})
    assert [bool(row.fault) for row in found.rows] == [False] * 9 + [True]
    assert np.isnan(found.table()["last of slow[0]/v"][-1])


def test_no_bit_depends_on_the_number_of_workers(simulation, one_by_one):
    grid = {THRESH: np.linspace(-0.06, -0.055, 33), TAU: [0.01, 0.012]}
    alone = simulation.sweep(grid, workers=1)
    many = simulation.sweep(grid, workers=3)
    assert (alone.batches, many.batches, many.new) == (1, 3, 66)
    assert many.table() == alone.table()
    one_by_one()
    singly = annarchy_ml.load(MODELS / "LEMS_iaf.xml").compile().sweep(grid, workers=3)
    assert singly.batches == 66
    assert singly.table() == alone.table()


def test_measures_are_those_of_the_recordings(simulation):
    seen = simulation.sweep(GRID)
    kept = simulation.sweep(GRID, keep=True)
    for row, other in zip(seen.rows, kept.rows, strict=True):
        assert row.measured == other.measured
        for path, signal in other.results.signals.items():
            values = signal.values
            rises = np.count_nonzero((values[1:] > 0) & ~(values[:-1] > 0))
            assert row.measured[f"spikes of {path}"] == rises
            assert row.measured[f"least of {path}"] == values.min()
            assert row.measured[f"largest of {path}"] == values.max()
            assert row.measured[f"mean of {path}"] == math.fsum(values) / len(values)
            assert row.measured[f"last of {path}"] == values[-1]


def noisy(folder):
    """A model with random events."""
    text = (MODELS / "LEMS_iaf.xml").read_text()
    more = '<explicitInput target="fast[1]" input="p" destination="synapses"/>'
    (folder / "LEMS_noise.xml").write_text(text.replace("</network>", f"{more}</network>"))
    cell = '<iafCell id="fastCell" leakReversal="-50mV" thresh="-55mV" reset="-70mV" C="1nF" '
    cell += 'leakConductance="100nS"/>'
    cell += '<poissonFiringSynapse id="p" averageRate="50Hz" synapse="s" spikeTarget="./s"/>'
    cell += '<expOneSynapse id="s" gbase="1nS" erev="0mV" tauDecay="1ms"/>'
    lines = [x for x in (MODELS / "cells.nml").read_text().splitlines() if "fastCell" not in x]
    (folder / "cells.nml").write_text("\n".join([lines[0], cell, *lines[1:]]))
    return folder / "LEMS_noise.xml"


def test_a_seed_for_each_point(tmp_path):
    path = noisy(tmp_path)
    simulation = annarchy_ml.load(path).compile()
    grid = {"seed": [1, 2, 3, 2], THRESH: [-0.055, -0.06]}
    found = simulation.sweep(grid, workers=2).table()["mean of fast[1]/v"]
    assert len(set(found)) == 3
    for number, seed in enumerate(grid["seed"]):
        fresh = annarchy_ml.load(path).compile(seed=seed).run()["fast[1]/v"].values
        assert found[2 * number] == math.fsum(fresh) / len(fresh)
    usual = simulation.run()["fast[1]/v"].values
    again = annarchy_ml.load(path).compile().run()["fast[1]/v"].values
    assert np.array_equal(usual, again)


def built(size, leak="0.01uS"):
    """A network of so many cells."""
    net = annarchy_ml.NetworkModel("net")
    net.component("cell", "iafCell", leakReversal="-50mV", thresh="-55mV", reset="-70mV",
                  C="0.2nF", leakConductance=leak)  # fmt: skip
    cells = net.population("cells", "cell", size)
    net.record(cells, "v")
    return net.compile(dt=1e-4, duration=0.02)


def test_models_that_differ_are_built_in_processes(tmp_path):
    path = tmp_path / "points.jsonl"
    found = annarchy_ml.sweep(built, {"size": [1, 3, 2]}, workers=2, resume=path)
    assert [len(row.measured) for row in found.rows] == [5, 15, 10]
    alone = annarchy_ml.sweep(built, {"size": [1, 3, 2]}, workers=1)
    assert [row.measured for row in alone.rows] == [row.measured for row in found.rows]
    more = annarchy_ml.sweep(built, [{"size": 3}, {"size": 4}], resume=path)
    assert (more.new, len(more.rows[1].measured)) == (1, 20)
    kept = annarchy_ml.sweep(built, {"size": [2, 1]}, workers=2, keep=True)
    assert [len(segment.analogsignals) for segment in kept.to_neo().segments] == [1, 1]
    for wrong in (lambda size: built(size), 3):
        with pytest.raises(UsageError, match="other processes cannot find"):
            annarchy_ml.sweep(wrong, {"size": [1]})
    with pytest.raises(UsageError, match="of another model"):
        annarchy_ml.sweep(noisy, {"size": [1]}, resume=path)


def test_a_wrong_point_of_models_that_differ_leaves_the_others():
    found = annarchy_ml.sweep(built, {"size": [2], "leak": ["1mV", "0.02uS"]}, workers=2)
    assert "must be a conductance" in found.rows[0].fault
    assert [len(row.measured) for row in found.rows] == [0, 10]
    with pytest.raises(UsageError, match="drawn by its seed"):
        built(2).sweep({"seed": [1, 2]})


def test_an_interrupted_sweep_goes_on_where_it_was(simulation, tmp_path, one_by_one):
    one_by_one()
    path, seen = tmp_path / "points.jsonl", []

    def measure(results):
        seen.append(results)
        if len(seen) == 5:
            raise KeyboardInterrupt
        return {"n": 1.0}

    with pytest.raises(KeyboardInterrupt):
        simulation.sweep(GRID, measure=measure, resume=path, workers=1)
    assert simulation.get(THRESH) == -0.055
    assert simulation.sweep(GRID, measure=lambda _: {"n": 1.0}, resume=path).new == 8


def test_one_neo_block_with_a_segment_for_each_point(simulation, tmp_path):
    block = simulation.sweep(GRID, keep=True).to_neo()
    assert len(block.segments) == 12
    assert [segment.index for segment in block.segments] == list(range(12))
    trains = block.segments[-1].spiketrains
    assert len(trains) == 2 and len(trains[0]) > 0
    path = simulation.sweep(GRID, keep=True).save(tmp_path / "points.pkl")
    read = pickle.loads(path.read_bytes())
    values = read.segments[11].analogsignals[0].magnitude
    assert np.array_equal(values, block.segments[11].analogsignals[0].magnitude)
    assert json.loads(read.segments[11].annotations["point"]) == {THRESH: -0.06, TAU: 0.012}
    with pytest.raises(UsageError, match="keep=True"):
        simulation.sweep(GRID).to_neo()


def test_measures_of_the_user(simulation):
    found = simulation.sweep(GRID, measure=lambda results: {"n": len(results.signals)})
    assert set(found.table()) == {THRESH, TAU, "n"}
    assert set(found.table()["n"]) == {2}


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        ({}, "at least one path"),
        ({THRESH: []}, "at least one path"),
        ([{THRESH: 1.0}, {TAU: 1.0}], "must name the same paths"),
        ({"slow[0]/tresh": [1.0]}, "tresh"),
        ({THRESH: ["-60mV"]}, "numbers in SI units, not '-60mV'"),
        ({THRESH: [-0.06, float("nan")]}, "takes numbers, not nan"),
        ({"seed": [1.5]}, "whole number"),
        ({THRESH: range(10**6), TAU: range(10**6)}, "1,000,000,000,000 points is too large"),
    ],
)
def test_wrong_grids(simulation, grid, words):
    with pytest.raises(UsageError, match=words):
        simulation.sweep(grid)


def test_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("LEMS_iaf.xml", "cells.nml"):
        shutil.copyfile(MODELS / name, name)
    words = ["sweep", "LEMS_iaf.xml", "--set"]
    assert main([*words, f"{THRESH}=-60mV:-55mV:11", "--set", f"{TAU}=10ms,11ms",
                 "--table", "t.csv"]) == 0  # fmt: skip
    assert "22 points, 22 of them run now, 0 stopped" in capsys.readouterr().out
    lines = Path("t.csv").read_text().splitlines()
    assert lines[0].startswith(f"{THRESH},{TAU},spikes of slow[0]/v")
    assert [len(lines), lines[1].split(",")[:2]] == [23, ["-0.06", "0.01"]]
    for wrong, said in (
        (THRESH, "has no '='"),
        (f"{THRESH}=1mV:2mV", "is no range"),
        (f"{THRESH}=5ms", "is not of the dimension 'voltage'"),
        (f"{THRESH}=5", "is not of the dimension 'voltage'"),
        (f"{THRESH}=5mVV", "there is no unit 'mVV'"),
    ):
        assert main([*words, wrong]) == 2
        assert said in capsys.readouterr().err


def test_start_values_of_states(simulation, one_by_one):
    grid = {"slow[0]/v": np.linspace(-0.07, -0.06, 9)}
    found = simulation.sweep(grid)
    assert found.batches < 9
    fresh = annarchy_ml.load(MODELS / "LEMS_iaf.xml").compile()
    fresh.set("slow[0]/v", -0.07)
    values = fresh.run()["slow[0]/v"].values
    assert found.table()["mean of slow[0]/v"][0] == math.fsum(values) / len(values)
    assert len(set(found.table()["mean of slow[0]/v"])) == 9
    one_by_one()
    assert simulation.sweep(grid).table() == found.table()


def test_files_of_points_that_are_none(simulation, tmp_path):
    other = tmp_path / "notes.txt"
    other.write_text("precious")
    with pytest.raises(UsageError, match="is no file of a sweep"):
        simulation.sweep(GRID, resume=other)
    assert other.read_text() == "precious"
    with pytest.raises(EnvironmentFault, match="cannot be read"):
        simulation.sweep(GRID, resume=tmp_path)
    path = tmp_path / "new" / "points.jsonl"
    simulation.sweep(GRID, resume=path)
    lines = path.read_text().splitlines()
    lines[4] = lines[4][:20]
    path.write_text("\n".join(lines))
    assert simulation.sweep(GRID, resume=path).new == 1  # what follows a broken line counts
