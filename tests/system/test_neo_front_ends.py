"""Results of every front end, written by Neo, read back by plain Neo, looked at by Elephant."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import neo
import numpy as np
import pytest
import quantities as pq

import annarchy_ml
from annarchy_ml.importers.neuroml.examples import copy_example, find_example

MODELS = Path(__file__).parents[1] / "models"
N_CELLS = 3


def from_a_file() -> Any:
    """Two populations of integrate-and-fire cells."""
    results = annarchy_ml.load(MODELS / "LEMS_iaf.xml").compile().run()
    return results.to_neo()


def network() -> Any:
    net = annarchy_ml.NetworkModel("net")
    net.component("lif", "iafCell", leakReversal="-40mV", thresh="-55mV", reset="-70mV",
                  C="0.2nF", leakConductance="0.02uS")  # fmt: skip
    cells = net.population("cells", "lif", N_CELLS)
    net.record(cells, "v")
    net.record_spikes(cells)
    return net


def from_the_network_api() -> Any:
    return network().compile(dt=1e-4, duration=0.1).run().to_neo()


def from_sonata() -> Any:
    """A circuit on disk, read with its configuration."""
    pytest.importorskip("h5py", reason="h5py is not installed (extra [hdf5])")
    with tempfile.TemporaryDirectory() as folder:
        files = annarchy_ml.export(network(), "sonata", folder, dt=1e-4, duration=0.1)
        return annarchy_ml.load(files[-1]).compile().run().to_neo()


def from_a_sweep() -> Any:
    """A segment for each point; so few points run one by one."""
    simulation = annarchy_ml.load(MODELS / "LEMS_iaf.xml").compile()
    return simulation.sweep({"fast[0]/tau": [0.02, 0.03]}, keep=True).to_neo()


def from_a_batched_sweep() -> Any:
    """As many points as run in copies of the model in one kernel."""
    simulation = annarchy_ml.load(MODELS / "LEMS_iaf.xml").compile()
    values = np.linspace(0.02, 0.03, 16)
    sweep = simulation.sweep({"fast[0]/tau": values}, keep=True)
    assert sweep.batches < len(values)
    return sweep.to_neo()


def equations(count: int, time_ms: float) -> Any:
    net = annarchy_ml.Network(dt=1.0)
    lif = annarchy_ml.Neuron(
        parameters="tau = 10.0",
        equations="tau*dv/dt = -v + 60.0",
        spike="v > 50.0",
        reset="v = 0.0",
    )
    cells = net.create(count, lif)
    cells.v = np.linspace(0, 40, count)
    monitor = net.monitor(cells, ["spike"] if count > N_CELLS else ["spike", "v"])
    net.compile()
    net.simulate(time_ms)
    return monitor


def from_equations() -> Any:
    return equations(N_CELLS, 100.0).to_neo()


def from_pynn() -> Any:
    pytest.importorskip("pyNN", reason="PyNN is not installed")
    sim = importlib.import_module("annarchy_ml.importers.pynn")
    sim.setup(timestep=0.1)
    cells = sim.Population(N_CELLS, sim.IF_curr_exp(i_offset=[1.0, 1.5, 2.0], tau_m=10.0))
    cells.record(["spikes", "v"])
    sim.run(100.0)
    block = cells.get_data()
    sim.end()
    return block


FRONT_ENDS = [
    from_a_file,
    from_the_network_api,
    from_sonata,
    from_equations,
    from_pynn,
    from_a_sweep,
    from_a_batched_sweep,
]


@pytest.fixture(params=FRONT_ENDS, ids=lambda make: make.__name__)
def block(request: pytest.FixtureRequest) -> Any:
    return request.param()


WRITERS = {
    "pickle": (".pkl", "", lambda path, block: neo.io.PickleIO(path).write_block(block)),
    "matlab": (".mat", "scipy", lambda path, block: neo.io.NeoMatlabIO(path).write_block(block)),
    "nix": (".nix", "nixio", lambda path, block: neo.io.NixIO(path, "ow").write_block(block)),
    "nwb": (".nwb", "pynwb", lambda path, block: neo.io.NWBIO(path, "w").write_block(block)),
}
READ = """
import sys
sys.modules["annarchy_ml"] = None  # whoever reads the file does not have it
import neo, numpy as np
path, out = sys.argv[1:]
name = path.rsplit(".", 1)[1]
if name == "nwb":
    block = neo.io.NWBIO(path, "r").read_all_blocks()[0]
elif name == "nix":
    block = neo.io.NixIO(path, "ro").read_block()
else:
    block = {"pkl": neo.io.PickleIO, "mat": neo.io.NeoMatlabIO}[name](path).read_block()
kept = {}
for number, segment in enumerate(block.segments):
    for k, train in enumerate(segment.spiketrains):
        kept[f"train {number} {k}"] = train.rescale("ms").magnitude
    for k, signal in enumerate(segment.analogsignals):
        kept[f"signal {number} {k}"] = signal.magnitude
        begin, rate = signal.t_start.rescale("s"), signal.sampling_rate.rescale("Hz")
        kept[f"times {number} {k}"] = [float(begin), float(rate)]
        kept[f"unit {number} {k}"] = signal.units.dimensionality.string
kept["told"] = [str(block.annotations.get(name)) for name in ("engine_version", "seed", "device")]
np.savez(out, **kept)
"""


@pytest.mark.parametrize("form", WRITERS)
def test_plain_neo_reads_what_neo_wrote(block: Any, form: str, tmp_path: Path) -> None:
    suffix, package, write = WRITERS[form]
    if package:
        pytest.importorskip(package, reason=f"{package} is not installed")
    trains = [train.rescale("ms").magnitude.copy() for train in trains_of(block)]
    signals = [(n, s) for n, item in enumerate(block.segments) for s in item.analogsignals]
    assert len(trains) >= 1 and sum(map(len, trains)) > 5
    told = [str(block.annotations[name]) for name in ("engine_version", "seed", "device")]
    if form == "nwb":  # asks for these, and for names without a slash
        block.annotate(session_description="x", identifier="x")
        for number, (_, signal) in enumerate(signals):
            signal.name = f"signal {number}"
    path = tmp_path / f"block{suffix}"
    write(str(path), block)
    out = tmp_path / "read.npz"
    subprocess.run([sys.executable, "-c", READ, str(path), str(out)], check=True, timeout=300)
    read = np.load(out)
    found = [read[name] for name in read.files if name.startswith("train")]
    assert len(found) == len(trains)
    for train, other in zip(trains, found, strict=True):
        np.testing.assert_allclose(other, train, rtol=1e-12)
    keys = [name.split(" ", 1)[1] for name in read.files if name.startswith("signal")]
    assert len(keys) == len(signals)
    for number, signal in signals:
        mine = [key for key in keys if key.startswith(f"{number} ")]
        (key, *_) = [key for key in mine if np.array_equal(read[f"signal {key}"], signal.magnitude)]
        begin, rate = read[f"times {key}"]
        assert begin == pytest.approx(float(signal.t_start.rescale("s")))
        assert rate == pytest.approx(float(signal.sampling_rate.rescale("Hz")))
        assert str(read[f"unit {key}"]) == signal.units.dimensionality.string
    if form != "nwb":  # Neo does not write annotations there
        assert list(read["told"]) == told


def trains_of(block: Any) -> list[Any]:
    return [train for segment in block.segments for train in segment.spiketrains]


def test_elephant_sees_the_spikes(block: Any) -> None:
    pytest.importorskip("elephant", reason="Elephant is not installed")
    from elephant.conversion import BinnedSpikeTrain
    from elephant.spike_train_correlation import correlation_coefficient
    from elephant.statistics import isi, mean_firing_rate

    trains = [train for train in trains_of(block) if len(train)]
    length = float(trains[0].t_stop.rescale("s") - trains[0].t_start.rescale("s"))
    times = [np.asarray(train.rescale("ms").magnitude) for train in trains]
    for train, known in zip(trains, times, strict=True):
        assert float(mean_firing_rate(train).rescale("Hz")) == pytest.approx(len(known) / length)
        intervals = isi(train).rescale("ms").magnitude
        np.testing.assert_allclose(intervals, np.diff(known), rtol=1e-9)
    binned = BinnedSpikeTrain(trains, bin_size=5 * pq.ms)
    begin = float(trains[0].t_start.rescale("ms"))
    edges = begin + 5.0 * np.arange(binned.n_bins + 1)
    counts = np.array([np.histogram(known + 1e-9, edges)[0] for known in times])
    np.testing.assert_array_equal(binned.to_array(), counts)
    if len(trains) > 1:
        expected = np.corrcoef(counts)
        np.testing.assert_allclose(correlation_coefficient(binned), expected, atol=1e-9)


def test_blocks_tell_how_they_were_made(block: Any) -> None:
    for name in ("model_hash", "engine_version", "seed", "device", "precision", "dt", "wall_times"):
        assert str(block.annotations[name])
    assert block.annotations["session_start_time"].tzinfo is not None
    for group in block.groups:
        assert len(group.analogsignals) == len(block.segments)
        assert sum(len(item.spiketrains) for item in block.groups) == len(trains_of(block))


def test_a_script_of_pynn_writes_nwb_itself(tmp_path: Path) -> None:
    pytest.importorskip("pyNN", reason="PyNN is not installed")
    pytest.importorskip("pynwb", reason="pynwb is not installed (extra [nwb])")
    sim = importlib.import_module("annarchy_ml.importers.pynn")
    sim.setup(timestep=0.1)
    cells = sim.Population(2, sim.IF_curr_exp(i_offset=[1.5, 2.0], tau_m=10.0), label="cells")
    cells.record(["spikes", "v"])
    sim.run(100.0)
    known = cells.get_data("spikes").segments[0].spiketrains
    cells.write_data(str(tmp_path / "cells.nwb"))
    sim.end()
    (block,) = neo.io.NWBIO(str(tmp_path / "cells.nwb"), "r").read_all_blocks()
    read = block.segments[0].spiketrains
    assert [len(train) for train in read] == [len(train) for train in known]
    assert sum(map(len, read)) > 5


def test_cells_tell_where_they_lie_and_signals_of_which_segment(tmp_path: Path) -> None:
    model = copy_example(find_example("Ex25"), tmp_path)[0]
    simulation = annarchy_ml.load(model).compile(record=["pop0[2]:spike"])
    for results in (simulation.run(0.001), annarchy_ml.load(model).compile().run(0.001)):
        signals = {signal.name: signal for signal in results.to_neo().segments[0].analogsignals}
        places = signals["pop0.v"].array_annotations
        np.testing.assert_array_equal(places["x"], 30.0 * places["index"])
        assert not places["y"].any() and not places["z"].any()
        steps = [path.split("/")[3] for path in places["path"]]
        expected = [int(step) if step.isdigit() else -1 for step in steps]
        assert places["segment"].tolist() == expected and max(expected) == 3
    train = simulation.results().to_neo().segments[0].spiketrains[0]
    assert [train.annotations[axis] for axis in "xyz"] == [60.0, 0.0, 0.0]
    assert train.annotations["cell"] == "MultiCompCell"


def test_a_hundred_thousand_trains_of_equations_are_made_when_looked_at() -> None:
    monitor = equations(100_000, 30.0)
    times = monitor.get("spike", keep=True)
    begin = time.process_time()
    trains = monitor.to_neo().segments[0].spiketrains
    last = trains[99_999]
    assert time.process_time() - begin < 1.0
    assert last.rescale("ms").magnitude.tolist() == [float(step) for step in times[99_999]]
    assert last.annotations["rank"] == 99_999
    assert len(trains) == 100_000
