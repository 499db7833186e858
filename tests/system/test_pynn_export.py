"""PyNN scripts as NeuroML and LEMS files, against jNeuroML (reference/pynn/make_export.py)."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyNN", reason="PyNN is not installed")

import annarchy_ml
import annarchy_ml.importers.pynn as sim
from annarchy_ml.diagnostics import UsageError

FOLDER = Path(__file__).parents[1] / "reference" / "pynn"


def _make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_pynn_export", FOLDER / "make_export.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


MAKE = _make()
STORED = json.loads((FOLDER / "export.json").read_text())


@pytest.fixture(autouse=True)
def fresh() -> None:
    sim.setup(timestep=0.1, min_delay=0.1)


@pytest.mark.parametrize("format", ["neuroml", "lems"])
def test_an_exported_script_shows_what_jneuroml_shows(format: str, tmp_path: Path) -> None:
    MAKE.build(sim)
    name = {"neuroml": "made.nml", "lems": "made.xml"}[format]
    files = sim.export(tmp_path / name, format=format, duration=MAKE.DURATION)
    annarchy_ml.run(files[-1], out=tmp_path)
    assert MAKE.told(tmp_path, MAKE.CELLS, None) == STORED


def test_the_export_does_what_the_script_does() -> None:
    made = MAKE.build(sim)
    sim.run(MAKE.DURATION)
    for kind, cells in made.items():
        stored = STORED[kind]
        segment = cells.get_data().segments[0]
        v = segment.analogsignals[0].magnitude[:: MAKE.EVERY]
        apart = np.abs(v - np.array(stored["v"])[: len(v)] * 1e3)
        assert np.max(apart[:4]) < 0.1, kind  # before the first spikes, by Euler's method
        assert np.median(apart[:, 0]) < 0.7, kind
        for train, other in zip(segment.spiketrains, stored["spikes"], strict=False):
            assert len(train) == len(other), kind
            assert np.all(np.abs(train.magnitude - np.array(other) * 1e3) < 0.6), kind
    assert sum(len(train) for item in STORED.values() for train in item["spikes"]) > 20


def test_rates_of_sources_and_lengths_of_runs_are_told(tmp_path: Path) -> None:
    source = sim.Population(30, sim.SpikeSourcePoisson(rate=100.0, start=50.0, duration=500.0))
    source.record("spikes")
    sim.run(1000.0)
    files = sim.export(tmp_path / "made.nml")
    results = annarchy_ml.run(files[-1], out=tmp_path)
    lines = next(tmp_path.glob("*.spike.dat")).read_text().splitlines()
    times = np.array([float(line.split()[0]) for line in lines])
    assert len(times) == pytest.approx(30 * 50, abs=5 * np.sqrt(30 * 50))
    assert 0.05 <= times.min() < times.max() <= 0.5502
    assert results.provenance["dt"] == pytest.approx(1e-4)


@pytest.mark.parametrize(
    ("kind", "message"),
    [("Izhikevich", "cells of type Izhikevich"), ("SpikeSourceGamma", "SpikeSourceGamma")],
)
def test_cells_that_neuroml_lacks_are_refused(kind: str, message: str, tmp_path: Path) -> None:
    sim.Population(1, getattr(sim, kind)())
    with pytest.raises(UsageError, match=message):
        sim.export(tmp_path / "made.nml", duration=10.0)


def test_what_neuroml_has_no_words_for_is_refused(tmp_path: Path) -> None:
    cells = sim.Population(2, sim.IF_cond_exp())
    with pytest.raises(UsageError, match="how long"):
        sim.export(tmp_path / "made.nml")
    cells.record("gsyn_exc")
    with pytest.raises(UsageError, match="recordings of 'gsyn_exc'"):
        sim.export(tmp_path / "made.nml", duration=10.0)
    cells.record(None)
    spiking = sim.Population(1, sim.HH_cond_exp())
    made = sim.Projection(spiking, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.1))
    with pytest.raises(UsageError, match="spikes of HH_cond_exp"):
        sim.export(tmp_path / "made.nml", duration=10.0)
    assert len(made) == 2
    sim.setup(timestep=0.1)
    cells = sim.Population(2, sim.IF_cond_exp())
    rule = sim.STDPMechanism(sim.SpikePairRule(), sim.AdditiveWeightDependence(), weight=0.1)
    sim.Projection(cells, cells, sim.AllToAllConnector(), rule)
    with pytest.raises(UsageError, match="STDPMechanism"):
        sim.export(tmp_path / "made.nml", duration=10.0)


def test_noise_is_refused(tmp_path: Path) -> None:
    cells: Any = sim.Population(1, sim.IF_cond_exp())
    cells.inject(sim.NoisyCurrentSource(mean=0.1, stdev=0.1, stop=10.0, dt=0.1))
    with pytest.raises(UsageError, match="NoisyCurrentSource"):
        sim.export(tmp_path / "made.nml", duration=10.0)


def test_a_script_as_sonata_gives_the_same_bits(tmp_path: Path) -> None:
    """As in LEMS: cells, spikes at given times, both kinds of synapses, a current."""
    pytest.importorskip("h5py", reason="h5py writes SONATA files")
    cells = sim.Population(10, sim.IF_cond_exp(tau_m=15.0))
    times = [[1.0 + number, 10.0, 20.0 + 2 * number] for number in range(5)]
    sources = sim.Population(5, sim.SpikeSourceArray(spike_times=times))
    for ends, weight, receptor in (((sources, cells), 0.02, "excitatory"),
                                   ((cells, cells), 0.005, "inhibitory")):  # fmt: skip
        synapse = sim.StaticSynapse(weight=weight, delay=0.5)
        sim.Projection(*ends, sim.AllToAllConnector(), synapse, receptor_type=receptor)
    sim.DCSource(amplitude=0.5, start=5.0, stop=40.0).inject_into(cells[:4])
    cells.record(["spikes", "v"])
    found = []
    for name, form in (("made.xml", "lems"), ("made", "sonata")):
        files = sim.export(tmp_path / name, format=form, duration=50.0)
        found.append(annarchy_ml.run(files[-1], write_files=False))
    lems, sonata = found
    assert lems.events.total > 20
    for path in lems.signals:
        np.testing.assert_array_equal(sonata[path].values, lems[path].values)
