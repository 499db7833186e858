"""Models as C++ projects: built without Python, they write the same files."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
from cable_models import LEAKS, SQUID, SQUIDS, CableCase

import annarchy_ml
from annarchy_ml.engine.tape import MARK, Tape
from annarchy_ml.importers.neuroml import examples
from annarchy_ml.options import CompileOptions
from annarchy_ml.session.exporting import export_model
from annarchy_ml.session.lowering import lower_model


def test_a_tape_says_what_was_called() -> None:
    out = io.BytesIO()
    tape = Tape(out)
    assert tape.add_group("g", 2, []) == 0
    assert tape.add_group("h", True, [None, 1.5]) == 1
    assert tape.add_projection(0) == 0
    assert tape.add_rule_projection(0) == 1
    assert tape.record_events([]) == 0
    assert tape.record_group_events(0, "spike", []) == 1
    text = out.getvalue()
    assert text.startswith(MARK + struct.pack("=Q", 9) + b"add_group")
    assert b"s" + struct.pack("=Q", 1) + b"g" + b"i" + struct.pack("=q", 2) in text
    assert b"N" + b"d" + struct.pack("=d", 1.5) in text


def test_a_project_holds_all_that_it_needs(tmp_path: Path) -> None:
    model = Path(examples.copy_example(examples.find_example("Ex2"), tmp_path / "m")[0])
    folder = annarchy_ml.export(model, "cpp", tmp_path / "p")[0]
    for name in ("kernels/kernels.c", "model/network.tape", "engine/standalone/main.cpp"):
        assert (folder / name).is_file()
    assert "aml_0_update" in (folder / "kernels/symbols.c").read_text()
    assert str(tmp_path) not in (folder / "CMakeLists.txt").read_text()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The engine, built once from the sources of a project."""
    folder = tmp_path_factory.mktemp("engine")
    model = Path(examples.copy_example(examples.find_example("Ex2"), folder / "m")[0])
    project = annarchy_ml.export(model, "cpp", folder / "p")[0]
    _built(project, folder / "build")
    return folder / "build" / "libannarchy_ml_native.a"


def _built(project: Path, folder: Path, *options: str) -> Path:
    if shutil.which("cmake") is None:
        pytest.skip("CMake is not installed")
    for command in (["-S", project, "-B", folder, *options], ["--build", folder, "-j", "2"]):
        done = subprocess.run(["cmake", *map(str, command)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder / "simulate"


def _files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Ex5", "Ex12", "Ex25"])
def test_it_writes_the_same_files(name: str, engine: Path, tmp_path: Path) -> None:
    model = Path(examples.copy_example(examples.find_example(name), tmp_path / "m")[0])
    project = annarchy_ml.export(model, "cpp", tmp_path / "p")[0]
    program = _built(project, tmp_path / "build", f"-DANNARCHY_ML_ENGINE={engine}")
    annarchy_ml.run(model, out=tmp_path / "a")
    for threads in ("1", "2"):
        out = tmp_path / threads
        subprocess.run([program, "--out", out, "--threads", threads], check=True)
        assert _files(out) == _files(tmp_path / "a")


@pytest.mark.slow
@pytest.mark.parametrize("method", ["reference", "neuron"])
@pytest.mark.parametrize("channels", ["none", "of the soma"])
def test_cables_whose_currents_are_steady_run_alone(
    method: str, channels: str, engine: Path, tmp_path: Path
) -> None:
    active = channels != "none"
    case = CableCase(
        columns=("0/v", "2/v", "4/v"),
        membrane=LEAKS + SQUIDS.format(group="soma_group") if active else LEAKS,
        top=SQUID if active else "",
        cells=2,
    )
    model = case.write(tmp_path)
    options = CompileOptions(method=method)
    plan = lower_model(annarchy_ml.load(model), options).whole_plan()
    (cable,) = (group.cable for group in plan.groups if group.cable)
    assert len(cable.steady) == 1  # kept as they are factorised
    project = export_model(annarchy_ml.load(model), "cpp", tmp_path / "p", options)[0]
    program = _built(project, tmp_path / "build", f"-DANNARCHY_ML_ENGINE={engine}")
    subprocess.run([program, "--out", tmp_path / "alone"], check=True)
    annarchy_ml.run(model, method=method, out=tmp_path / "a")
    assert _files(tmp_path / "alone") == _files(tmp_path / "a")


@pytest.mark.slow
def test_a_network_from_python_runs_alone(engine: Path, tmp_path: Path) -> None:
    net = annarchy_ml.NetworkModel("net")
    net.component("lif", "iafCell", C="200 pF", leakConductance="10 nS", leakReversal="-49 mV",
                  thresh="-50 mV", reset="-60 mV")  # fmt: skip
    net.component("ampa", "expOneSynapse", gbase="6 nS", erev="0 mV", tauDecay="5 ms")
    cells = net.population("p", "lif", 50)
    cells.set(v=annarchy_ml.Uniform(-0.06, -0.05))
    net.projection("loop", cells, cells, annarchy_ml.FixedProbability(0.2), "ampa", delay="1 ms")
    net.record_spikes(cells)
    times = {"dt": 1e-4, "duration": 0.1, "seed": 5}
    project = annarchy_ml.export(net, "cpp", tmp_path / "p", **times)[0]
    program = _built(project, tmp_path / "build", f"-DANNARCHY_ML_ENGINE={engine}")
    subprocess.run([program, "--out", tmp_path], check=True)
    found = [line.split() for line in (tmp_path / "p.p.spike.dat").read_text().splitlines()]
    spikes, senders = net.compile(**times).run().spikes("p")
    pairs = zip(spikes.astype(np.float32).tolist(), senders.tolist(), strict=True)
    alone = ((float(np.float32(time)), int(cell)) for time, cell in found)
    assert sorted(alone) == sorted(pairs)
    assert len(found) > 20
