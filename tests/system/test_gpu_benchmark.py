"""The script for GPUs runs: on the emulated device, at a small scale."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest

from annarchy_ml.engine.cuda.emulated import EmulatedDevice

FOLDER = Path(__file__).parents[2] / "benchmarks" / "gpu"


@pytest.fixture
def run(monkeypatch, toolchain):
    monkeypatch.syspath_prepend(str(FOLDER.parent))
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module("run")


def test_every_work_is_checked_and_timed(run, capsys):
    words = ["--device", "emulated", "--scale", "0.02", "--seconds", "0.005", "--here"]
    assert run.main(words) == 0
    told = capsys.readouterr()
    assert told.err.startswith("emulated: ")
    lines = told.out.splitlines()
    known = [json.loads(line) for line in lines if line.startswith("{")]
    assert known[0]["check"]
    assert known[0]["run_s"] is None  # first it is checked
    rows = list({row["work"]: row for row in known}.values())
    works = [*run.ORDER]
    assert {*works} == {*run.WORKS, "hh"}
    assert [row["work"] for row in rows] == works
    for row in rows:
        _, within, value = row["check"].partition("within ")
        assert row["check"] == "equal" or (within and float(value.split()[0]) < 1e-9)
        assert min(row["run_s"], row["step_us"], row["factor"]) > 0.0
        assert (row["times_cpu"] is not None) == (row["work"] in ("w3", "hh"))
    assert [line.split()[0] for line in lines[-8:]] == ["work", *works]


@pytest.mark.parametrize("count", [1, 23, 24, 25, 1000])
def test_the_copy_that_is_timed_moves_every_byte(run, count):
    import device_limits

    device = EmulatedDevice(3)
    program = device_limits.compiled(device)
    values, found = np.arange(1.0, count + 1), np.zeros(count + 1)
    given, taken = device.allocate(values.nbytes), device.allocate(found.nbytes)
    device.upload(given, values)
    device.launch(program, "copy", [given.address, taken.address, count])
    device.synchronize()
    device.download(taken, found)
    np.testing.assert_array_equal(found, [*values, 0.0])


def test_only_steps_are_timed(run, monkeypatch):
    """What the device needs before them belongs to the construction."""
    from annarchy_ml.engine.cuda.runtime import DeviceRuntime

    seen = []
    own_made = DeviceRuntime._made

    def made(self, earlier):
        seen.append(run.time.perf_counter())
        return own_made(self, earlier)

    monkeypatch.setattr(DeviceRuntime, "_made", made)
    work = run.WORKS["w1"]
    options = run.options_of(work, 0.02, 0.005)
    done = run.timed(run.described(work, options), options, "emulated")
    ended = run.time.perf_counter()
    assert seen
    assert max(seen) < ended - done.run_s


def test_what_cannot_run_is_told_and_counted(run, capsys, fake_cuda, monkeypatch):
    monkeypatch.setattr(run, "limits_of", lambda *_: run.Limits(1e9, 1e-6))
    fake_cuda.set(memory=10_000)
    assert run.main(
        ["--device", "cuda", "--scale", "0.05", "--seconds", "0.001", "--only", "w3", "--here"]
    )
    assert "w3 could not be run: error[memory.exceeded]" in capsys.readouterr().out


def test_a_work_that_fails_leaves_the_others(run, capsys, tmp_path):
    """One that is not there, one that is too slow, one that runs."""
    words = ["--device", "emulated", "--scale", "0.02", "--seconds", "0.002", "--against", ""]
    path = tmp_path / "kept.json"
    assert run.main([*words, "--only", "w9,w1", "--save", str(path)]) == 1
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert [row["work"] for row in kept["rows"]] == ["w1"]
    assert kept["faults"] == ["w9 ended with status 1"]
    assert kept["device"] == "emulated"
    assert capsys.readouterr().out.splitlines()[-1].startswith("w1")
    assert run.main([*words, "--only", "w1", "--save", str(path), "--limit", "0.05"]) == 1
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert kept["rows"] == []
    assert kept["faults"][0].startswith("w1 was ended after")
    assert run.main([*words, "--only", "w1,w2", "--save", str(path), "--total", "0"]) == 1
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert kept["faults"] == [f"{name} was not begun: the time was up" for name in ("w1", "w2")]


def test_what_is_known_of_a_work_is_kept_while_it_runs(run, tmp_path, monkeypatch):
    """Also where it is ended in the middle: the rows that it has told by then."""
    import apart

    script = tmp_path / "slow.py"
    script.write_text(
        "import json, time\n"
        "print(json.dumps({'work': 'w1', 'check': 'equal'}), flush=True)\n"
        "time.sleep(60)\n"
    )
    monkeypatch.setattr(apart, "SCRIPT", script)
    told = []
    row, fault = apart.run_apart("w1", [], 3.0, told.append)
    assert told == [row] == [{"work": "w1", "check": "equal"}]
    assert fault == "w1 was ended after 3 s"


def test_all_works_are_described(run):
    assert {*run.WORKS} == {f"w{k}" for k in range(1, 7)}
    for work in run.WORKS.values():
        network = run.described(work, run.options_of(work, 0.02, 0.01))
        assert network.populations
