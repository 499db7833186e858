"""`annarchy-ml run`: files, what is said of them, and every way to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest


def test_writes_the_files_that_the_model_names(cli, models, folder):
    done = cli("run", models / "LEMS_iaf.xml")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[:2] == ["wrote results/iaf_v.dat", "wrote results/iaf.spikes"]
    assert lines[2].startswith("simulated 100 ms in ")
    for part in ("reference method", "step 50 µs", "double precision", "1 thread"):
        assert part in lines[2]
    table = np.loadtxt(folder / "results" / "iaf_v.dat")
    assert table.shape == (2001, 3)
    events = np.loadtxt(folder / "results" / "iaf.spikes")
    assert set(events[:, 1]) == {0.0, 1.0}


def test_spikes_come_at_the_exact_interval(cli, models, folder):
    """From -70 mV towards -50 mV, -55 mV is reached after tau * ln(20 / 5)."""
    cli("run", models / "LEMS_iaf.xml", "--dt", "0.005ms", "--quiet")
    events = np.loadtxt(folder / "results" / "iaf.spikes")
    for train, tau in ((0, 20e-3), (1, 10e-3)):
        intervals = np.diff(events[events[:, 1] == train, 0])
        assert intervals == pytest.approx(tau * np.log(4), abs=1.5e-5)


def test_interpreter_gives_the_same_numbers(cli, models, folder):
    cli("run", models / "LEMS_iaf.xml", "--out", "a")
    done = cli("run", models / "LEMS_iaf.xml", "--out", "b", "--interpreter")
    assert "interpreter" in done.out
    written = "results/iaf_v.dat"
    assert (folder / "a" / written).read_bytes() == (folder / "b" / written).read_bytes()


def test_step_and_duration_can_be_given(cli, models, folder):
    done = cli("run", models / "LEMS_iaf.xml", "--dt", "0.1 ms", "--duration", "0.05s")
    assert "simulated 50 ms" in done.out
    assert "step 100 µs" in done.out
    assert np.loadtxt(folder / "results" / "iaf_v.dat").shape == (501, 3)


def test_quiet_says_nothing(cli, models):
    done = cli("run", models / "LEMS_iaf.xml", "--quiet")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_profile_shows_the_sections(cli, models):
    done = cli("run", models / "LEMS_iaf.xml", "--quiet", "--profile")
    rows = [line.split() for line in done.out.splitlines()]
    assert rows[-1][0] == "total"
    names = {row[0] for row in rows}
    assert {"read", "compile", "run", "write"} <= names
    assert all("ms" in row for row in rows)


def test_picture_and_neo_file(cli, models, folder):
    done = cli("run", models / "LEMS_iaf.xml", "--plot", "v.png", "--neo", "v.pkl")
    assert {"wrote v.png", "wrote v.pkl"} <= set(done.out.splitlines())
    assert (folder / "v.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "v.pkl").stat().st_size > 1000


@pytest.mark.parametrize("place", ["before", "after"])
def test_plot_without_a_display_writes_beside_the_results(cli, models, monkeypatch, place):
    monkeypatch.setenv("MPLBACKEND", "agg")
    file = models / "LEMS_iaf.xml"
    words = ("--plot", file) if place == "before" else (file, "--plot")
    done = cli("run", *words, "--out", "there")
    assert "wrote there/LEMS_iaf.png" in done.out
    assert Path("there/LEMS_iaf.png").exists()


@pytest.mark.parametrize("option", ["--plot", "--neo"])
def test_unknown_format_costs_no_run(cli, models, folder, option):
    done = cli("run", models / "LEMS_iaf.xml", option, "v.foo")
    assert done.code == 2
    assert "'v.foo'" in done.err and ".nwb" in done.err
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("name", "package"), [("v.nwb", "pynwb"), ("v.nix", "nixio")])
def test_missing_library_costs_no_run(cli, models, folder, monkeypatch, name, package):
    monkeypatch.setattr("annarchy_ml.exporters.registry.find_spec", lambda _: None)
    done = cli("run", models / "LEMS_iaf.xml", "--neo", name)
    assert done.code == 3
    assert f"'{package}', which is not installed" in done.err
    assert list(folder.iterdir()) == []


def test_all_faults_come_in_one_pass(cli, models, folder):
    done = cli("run", models / "LEMS_faulty.xml")
    assert (done.code, done.out) == (1, "")
    for part in ("mVolt", "'30mV' is a voltage", "'cell3'", "LEMS_faulty.xml:9:45", "^^^^^"):
        assert part in done.err
    assert done.err.splitlines()[-1] == "3 errors"
    assert list(folder.iterdir()) == []


def test_diverging_state_is_named(cli, models):
    done = cli("run", models / "LEMS_diverging.xml")
    assert done.code == 1
    assert done.err.startswith("error[run.nonfinite]: 'x' of one")
    assert done.err.splitlines()[-1] == "1 error"


def test_files_stay_inside_the_output_folder(cli, models, folder):
    refused = cli("run", models / "LEMS_outside.xml", "--out", "inner")
    assert refused.code == 1
    assert refused.err.startswith("error[output.outside]")
    assert not (folder / "outside.dat").exists()
    allowed = cli("run", models / "LEMS_outside.xml", "--out", "inner", "--allow-outside")
    assert allowed.code == 0
    assert (folder / "outside.dat").exists()


def test_missing_file(cli):
    done = cli("run", "nothing.xml")
    assert done.code == 1
    assert done.err.startswith("error[file.missing]: 'nothing.xml' does not exist")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--dt", "5"), "'5' has no unit"),
        (("--dt", "5mV"), "'mV' is not a unit of time"),
        (("--duration", "0s"), "must be positive"),
        (("--threads", "0"), "x>=1"),
        (("--threads", "99999"), "between 1 and 1024 threads"),
        (("--dt", "10s"), "a step of 10 s is longer than the run of 0.1 s"),
        (("--dt", "1e-30s"), "would never end"),
        (("--precision", "half"), "'half' is not one of"),
        (("--device", "tpu"), "there is no device 'tpu'; there are cpu, cuda, cuda:N, emulated"),
        (("--method", "magic"), "there is no method 'magic'"),
        (("--nonsense",), "No such option"),
    ],
)
def test_wrong_usage(cli, models, words, told):
    done = cli("run", models / "LEMS_iaf.xml", *words)
    assert done.code == 2
    assert told in done.err
    assert "Traceback" not in done.err


def test_what_cannot_run_here(cli, models, folder, monkeypatch):
    monkeypatch.setattr("annarchy_ml.engine.cuda.driver.LIBRARY", "libno-such-driver.so.1")
    done = cli("run", models / "LEMS_iaf.xml", "--device", "cuda:2")
    assert done.code == 3
    assert "error[device.no-driver]: there is no CUDA driver here" in done.err
    (folder / "file").touch()
    done = cli("run", models / "LEMS_iaf.xml", "--out", "file")
    assert done.code == 3
    assert "cannot be written" in done.err


def test_include_folder(cli, models, folder):
    text = (models / "LEMS_iaf.xml").read_text()
    (folder / "LEMS_alone.xml").write_text(text)
    missing = cli("run", "LEMS_alone.xml", "--quiet")
    assert missing.code == 1 and "include.missing" in missing.err
    assert cli("run", "LEMS_alone.xml", "--quiet", "-I", models).code == 0


def test_lenient_turns_unknown_attributes_into_warnings(cli, models, folder):
    text = (models / "LEMS_iaf.xml").read_text()
    text = text.replace('component="slowCell"', 'component="slowCell" colour="red"')
    (folder / "LEMS_more.xml").write_text(text)
    strict = cli("run", "LEMS_more.xml", "--quiet", "-I", models)
    assert strict.code == 1 and "error[attribute.unknown]" in strict.err
    lenient = cli("run", "LEMS_more.xml", "--quiet", "-I", models, "--lenient")
    assert lenient.code == 0
    assert "warning[attribute.unknown]" in lenient.err
    assert lenient.err.splitlines()[-1] == "1 warning"


def test_interrupt_keeps_what_was_recorded(cli, models, folder, monkeypatch, interruptible):
    monkeypatch.setattr(
        "annarchy_ml.cli.progress.ProgressLine.__call__",
        lambda *_: signal.raise_signal(signal.SIGINT),
    )
    done = cli("run", models / "LEMS_iaf.xml", "--interpreter", "--duration", "1000s")
    assert done.code == 130
    assert "the files hold what was recorded until then" in done.err
    rows = len(np.loadtxt(folder / "results" / "iaf_v.dat"))
    assert 10 < rows < 2_000_000_000


def test_interrupt_before_the_run(cli, models, folder, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("annarchy_ml.api.run", interrupted)
    done = cli("run", models / "LEMS_iaf.xml")
    assert (done.code, done.err.strip()) == (130, "interrupted before all results were written")
    assert list(folder.iterdir()) == []


def test_fault_of_ours_is_short(cli, models, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("something")

    monkeypatch.setattr("annarchy_ml.api.run", broken)
    done = cli("run", models / "LEMS_iaf.xml")
    assert done.code == 70
    assert "internal error: RuntimeError: something" in done.err
    assert "fault of annarchy_ml" in done.err
    assert "Traceback" not in done.err
    monkeypatch.setenv("ANNARCHY_ML_DEBUG", "1")
    assert "Traceback" in cli("run", models / "LEMS_iaf.xml").err


@pytest.mark.parametrize("command", ["explain", "--help", "nonsense 2>&1"])
def test_closed_pipe_is_no_fault(folder, command):
    program = f"'{sys.executable}' -m annarchy_ml.cli {command}"
    done = subprocess.run(
        ["bash", "-c", f"{program} | true; exit ${{PIPESTATUS[0]}}"],
        cwd=folder,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize(
    ("redirection", "code", "told"),
    [(">&-", 0, ""), (">/dev/full", 3, "error: no space left on the disk\n")],
)
def test_output_that_goes_nowhere(folder, redirection, code, told):
    done = subprocess.run(
        ["bash", "-c", f"'{sys.executable}' -m annarchy_ml.cli explain {redirection}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (code, told)


def test_full_cache_is_told(cli, models, folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setenv("ANNARCHY_ML_CACHE", str(folder / "cache"))
    monkeypatch.setattr("annarchy_ml.engine.build.cache.KernelCache.store", full)
    done = cli("run", models / "LEMS_iaf.xml")
    assert done.code == 3
    assert "cache cannot be written: No space left on device" in done.err
    assert "ANNARCHY_ML_CACHE" in done.err
