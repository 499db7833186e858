"""`device="cuda"` from every front end, on a fake driver that runs programs on the CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml
from annarchy_ml.cli import main
from annarchy_ml.diagnostics import EnvironmentFault

MODEL = Path(__file__).parents[1] / "models" / "LEMS_iaf.xml"


def launches(fake: Any) -> int:
    return sum(call.startswith("cuLaunchCooperativeKernel") for call in fake.calls)


@pytest.mark.usefixtures("toolchain")
class TestFrontEnds:
    def test_a_file(self, fake_cuda, tmp_path):
        there = annarchy_ml.run(MODEL, device="cuda:1", out=tmp_path / "there")
        assert launches(fake_cuda) > 0
        here = annarchy_ml.run(MODEL, out=tmp_path / "here")
        assert there.provenance["device"] == "Fake 1"
        recorded, expected = there.to_dict(), here.to_dict()
        assert recorded.keys() == expected.keys() > {"t"}
        for path, values in expected.items():
            assert np.allclose(recorded[path], values, rtol=1e-9, atol=0.0)
        for file in sorted((tmp_path / "here").rglob("*.dat")):
            lines = (tmp_path / "there" / file.relative_to(tmp_path / "here")).read_text()
            assert lines.count("\n") == file.read_text().count("\n") > 0

    def test_the_command_line(self, fake_cuda, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        assert main(["run", str(MODEL), "--device", "cuda"]) == 0
        assert launches(fake_cuda) > 0
        assert "Fake 0" in capsys.readouterr().out

    def test_a_network_from_python(self, fake_cuda):
        net = annarchy_ml.NetworkModel("net")
        parameters = {"C": "0.05 nF", "leakConductance": "5 nS", "leakReversal": "-60 mV"}
        net.component("lif", "iafCell", thresh="-50 mV", reset="-62 mV", **parameters)
        net.population("cells", "lif", 4)
        simulation = net.compile(dt="0.1 ms", duration="1 ms", device="cuda:1")
        assert simulation.run().provenance["device"] == "Fake 1"
        assert launches(fake_cuda) > 0

    def test_pynn(self, fake_cuda):
        pytest.importorskip("pyNN")
        import annarchy_ml.importers.pynn as sim

        def counted(device):
            sim.setup(timestep=0.1, min_delay=0.1, device=device)
            cells = sim.Population(3, sim.IF_curr_exp(i_offset=[0.5, 1.0, 2.0]))
            cells.record("spikes")
            sim.run(100.0)
            return cells.get_spike_counts()

        there = counted("cuda:1")
        assert launches(fake_cuda) > 0
        assert sum(there.values()) > 0
        assert list(there.values()) == list(counted("cpu").values())

    @pytest.mark.parametrize(
        ("settings", "config", "name"),
        [
            ({"device": "cuda:1"}, None, "Fake 1"),
            ({"paradigm": "cuda"}, None, "Fake 0"),
            ({"paradigm": "cuda"}, {"device": 1}, "Fake 1"),
            ({"paradigm": "openmp"}, {"device": 1}, "compiled"),
        ],
    )
    def test_equations(self, fake_cuda, settings, config, name):
        net = annarchy_ml.Network(dt=0.1, seed=3)
        net.config(**settings)
        cells = net.create(4, annarchy_ml.Izhikevich)
        cells.i_offset = [0.0, 5.0, 10.0, 20.0]
        net.compile(cuda_config=config)
        before = np.array(cells.v)
        net.simulate(1.0)
        assert net.running.simulation.runtime.kernels.executor == name
        assert (np.diff(cells.v - before) > 0.0).all()


@pytest.mark.usefixtures("toolchain")
def test_a_device_that_fails_while_it_runs(fake_cuda, tmp_path):
    fake_cuda.fail("cuStreamSynchronize", 719)
    with pytest.raises(EnvironmentFault) as fault:
        annarchy_ml.run(MODEL, device="cuda", out=tmp_path)
    assert "CUDA_ERROR_LAUNCH_FAILED" in str(fault.value)


@pytest.mark.usefixtures("toolchain")
def test_a_model_that_does_not_fit(fake_cuda, tmp_path):
    fake_cuda.set(memory=1000)
    with pytest.raises(EnvironmentFault) as fault:
        annarchy_ml.run(MODEL, device="cuda", out=tmp_path)
    assert fault.value.code == "memory.exceeded"
    assert "the model does not fit into the memory of Fake 0: it needs" in str(fault.value)


def test_cuda_config_without_a_number(fake_cuda):
    net = annarchy_ml.Network()
    net.create(1, annarchy_ml.Izhikevich)
    net.config(device="cuda")
    with pytest.raises(annarchy_ml.ANNarchyException, match="by its number, not 'first'"):
        net.compile(cuda_config={"device": "first"})
