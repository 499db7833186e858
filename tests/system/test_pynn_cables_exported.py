"""Scripts with cells of morphology as NeuroML files, run again by what reads NeuroML."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

pytest.importorskip("pyNN", reason="PyNN is not installed")
pytest.importorskip("neuroml", reason="libNeuroML is not installed")

import annarchy_ml
import annarchy_ml.importers.pynn as sim
from annarchy_ml import UsageError

STEP, LENGTH = 0.005, 15.0


def cases() -> Any:
    folder = Path(__file__).parents[1] / "reference" / "pynn"
    spec = importlib.util.spec_from_file_location("make_cables", folder / "make_cables.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


CASES = cases()


class Cell(sim.MultiCompartmentNeuron):
    """Passive dendrites, and a soma that spikes."""

    ion_channels: ClassVar[Any] = {
        "pas": sim.PassiveLeak,
        "na": sim.NaChannel,
        "kdr": sim.KdrChannel,
    }
    post_synaptic_entities: ClassVar[Any] = {"AMPA": sim.CondExpPostSynapticResponse}


def cell_type(**given: Any) -> Any:
    m = sim.morphology
    return Cell(
        ionic_species=CASES.species(),
        pas={"conductance_density": m.uniform("all", 3e-4), "e_rev": -65.0},
        na={"conductance_density": m.uniform("soma", 0.12)},
        kdr={"conductance_density": m.uniform("soma", 0.036)},
        AMPA={"locations": m.LabelledLocations("left", "right"), "tau_syn": 2.0},
        **given,
    )


@pytest.fixture(autouse=True)
def fresh() -> None:
    sim.setup(timestep=STEP)


def first_shape() -> Any:
    soma = CASES.segment(0, ((0, 0), (20, 0)), (20, 20), "soma")
    trunk = CASES.segment(1, ((20, 0), (220, 0)), (2, 2), "trunk", soma)
    left = CASES.segment(2, ((220, 0), (320, 50)), (1, 1), "left", trunk)
    right = CASES.segment(3, ((220, 0), (320, -50)), (1, 1), "right", trunk)
    return CASES.morphology(sim, soma, trunk, left, right)


def other_shape() -> Any:
    soma = CASES.segment(0, ((0, 0), (30, 0)), (15, 15), "soma")
    left = CASES.segment(1, ((30, 0), (230, 0)), (1.5, 1.0), "left", soma)
    right = CASES.segment(2, ((0, 0), (-150, 0)), (1, 1), "right", soma)
    return CASES.morphology(sim, soma, left, right)


def network() -> tuple[Any, Any]:
    """Cells of two shapes that hear listed spikes, get a current and excite a point cell."""
    shapes = [first_shape(), other_shape()]
    kind = cell_type(morphology=[shapes[0], shapes[1], shapes[0]], cm=[1.0, 1.0, 1.2])
    cells = sim.Population(3, kind, initial_values={"v": [-65.0, -64.0, -66.0]})
    points = sim.Population(2, sim.IF_cond_exp(tau_refrac=2.0))
    source = sim.Population(2, sim.SpikeSourceArray(spike_times=[[2.0, 9.0], [4.0]]))
    everywhere = sim.AllToAllConnector(location_selector="all")
    synapse = sim.StaticSynapse(weight=0.004, delay=1.0)
    sim.Projection(source, cells, everywhere, synapse, receptor_type="AMPA")
    out = sim.StaticSynapse(weight=0.02, delay=0.5)
    sim.Projection(cells, points, sim.AllToAllConnector(), out, receptor_type="excitatory")
    current = sim.StepCurrentSource(times=[1.0, 6.0], amplitudes=[0.3, 0.0])
    current.inject_into(cells[0:2], location="left")
    sim.DCSource(start=3.0, stop=8.0, amplitude=0.2).inject_into(cells[2:])
    cells.record(["v", "na.m"], locations={"centre": "soma"})
    cells.record("v", locations="right")
    cells.record("spikes")
    points.record("v")
    return cells, points


def told(files: list[Path], out: Path) -> Any:
    return annarchy_ml.run(files[-1], out=out, method="auto")


def test_a_script_run_again_from_its_file(tmp_path: Path) -> None:
    cells, points = network()
    files = sim.export(tmp_path / "made.nml", duration=LENGTH)
    found = told(files, tmp_path)
    sim.run(LENGTH)
    segment = cells.get_data().segments[0]
    names = ("centre.v", "right.v")
    expected = np.concatenate([segment.filter(name=name)[0].magnitude for name in names], axis=1)
    traces = {path: np.asarray(found[path]) for path in found.signals}
    potentials = {k: v for k, v in traces.items() if k.endswith("/v") and "@" in k}
    assert len(potentials) == 6
    assert len([path for path in traces if path.endswith("/m/q")]) == 3
    left = [v * 1e3 for v in potentials.values()]
    for column in expected.T:
        apart = [np.max(np.abs(item[: len(column)] - column)) for item in left]
        nearest = int(np.argmin(apart))
        assert apart[nearest] < 0.8  # mV, in spikes that differ by less than a step
        left.pop(nearest)
    assert np.ptp(expected, axis=0).min() > 50.0
    spikes = [float(t) for train in segment.spiketrains for t in train.magnitude]
    again = [float(t) * 1e3 for train in found.events for t in train.times_s]
    assert len(spikes) == 3
    assert np.allclose(sorted(again), sorted(spikes), rtol=0.0, atol=1.01 * STEP)
    v = points.get_data().segments[0].analogsignals[0].magnitude
    assert np.ptp(v) > 1.0


def test_the_file_fits_the_schema(tmp_path: Path) -> None:
    from neuroml.loaders import read_neuroml2_file

    network()
    path, *_ = sim.export(tmp_path / "made.nml", duration=1.0)
    document = read_neuroml2_file(str(path))
    document.validate(recursive=True)
    assert len(document.cells) == 3
    places = {item.post_segment_id for p in document.networks[0].projections
              for item in p.connection_wds}  # fmt: skip
    assert len(places) > 2


def test_what_has_no_word_is_refused_by_name(tmp_path: Path) -> None:
    cells, _ = network()
    cells.record("AMPA.gsyn", locations="left")
    with pytest.raises(UsageError, match=r"recordings of 'AMPA\.gsyn'"):
        sim.export(tmp_path / "made.nml", duration=1.0)
