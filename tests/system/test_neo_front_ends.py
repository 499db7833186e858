"""Results of every front end, written by Neo, read back by plain Neo, looked at by Elephant."""

from __future__ import annotations

import importlib
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

neo = pytest.importorskip("neo")
import quantities as pq  # noqa: E402  (comes with Neo, which may be missing)

import annarchy_ml  # noqa: E402  (as above)

MODELS = Path(__file__).parents[1] / "models"
N_CELLS = 3


def from_a_file() -> Any:
    """Two populations of integrate-and-fire cells."""
    results = annarchy_ml.load(MODELS / "LEMS_iaf.xml").compile().run()
    return results.to_neo()


def from_the_network_api() -> Any:
    net = annarchy_ml.NetworkModel("net")
    net.component("lif", "iafCell", leakReversal="-40mV", thresh="-55mV", reset="-70mV",
                  C="0.2nF", leakConductance="0.02uS")  # fmt: skip
    cells = net.population("cells", "lif", N_CELLS)
    net.record(cells, "v")
    net.record_spikes(cells)
    return net.compile(dt=1e-4, duration=0.1).run().to_neo()


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


FRONT_ENDS = [from_a_file, from_the_network_api, from_equations, from_pynn]


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
(segment,) = block.segments
trains = {f"train {k}": t.rescale("ms").magnitude for k, t in enumerate(segment.spiketrains)}
signals = {f"signal {k}": s.magnitude for k, s in enumerate(segment.analogsignals)}
np.savez(out, **trains, **signals)
"""


@pytest.mark.parametrize("form", WRITERS)
def test_plain_neo_reads_what_neo_wrote(block: Any, form: str, tmp_path: Path) -> None:
    suffix, package, write = WRITERS[form]
    if package:
        pytest.importorskip(package, reason=f"{package} is not installed")
    (segment,) = block.segments
    trains = [train.rescale("ms").magnitude.copy() for train in segment.spiketrains]
    signals = [signal.magnitude.copy() for signal in segment.analogsignals]
    assert len(trains) >= 1 and sum(map(len, trains)) > 5
    if form == "nwb":  # asks for these, and for names without a slash
        block.annotate(session_start_time=block.rec_datetime, session_description="x")
        block.annotate(identifier="x")
        for number, signal in enumerate(segment.analogsignals):
            signal.name = f"signal {number}"
    path = tmp_path / f"block{suffix}"
    write(str(path), block)
    out = tmp_path / "read.npz"
    subprocess.run([sys.executable, "-c", READ, str(path), str(out)], check=True, timeout=300)
    read = np.load(out)
    for number, train in enumerate(trains):
        np.testing.assert_allclose(read[f"train {number}"], train, rtol=1e-12)
    found = [read[name] for name in read.files if name.startswith("signal")]
    assert len(found) == len(signals)
    for signal in signals:
        assert any(np.array_equal(other, signal) for other in found)


def test_elephant_sees_the_spikes(block: Any) -> None:
    pytest.importorskip("elephant", reason="Elephant is not installed")
    from elephant.conversion import BinnedSpikeTrain
    from elephant.spike_train_correlation import correlation_coefficient
    from elephant.statistics import isi, mean_firing_rate

    trains = [train for train in block.segments[0].spiketrains if len(train)]
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
