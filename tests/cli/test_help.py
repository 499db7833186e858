"""The command table, explain and cache."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import annarchy_ml
from annarchy_ml.cli.group import COMMANDS
from annarchy_ml.diagnostics import CATALOG


def test_help_lists_all_commands(cli):
    done = cli("--help")
    assert done.code == 0
    assert all(name in done.out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(cli, name):
    done = cli(name, "-h")
    assert done.code == 0
    assert f"annarchy-ml {name}" in done.out


def test_version(cli):
    assert cli("--version").out == f"annarchy-ml {annarchy_ml.__version__}\n"


def test_unknown_command(cli):
    done = cli("rnu")
    assert done.code == 2
    assert "there is no command 'rnu'; did you mean 'run'?" in done.err
    assert "the commands are: run, check" in cli("zzz").err


def test_explain_a_code(cli):
    done = cli("explain", "units.mismatch")
    assert done.code == 0
    for part in ("units.mismatch: ", "Rule: ", "Wrong:\n    <", "Right:\n    <"):
        assert part in done.out
    assert cli("explain", "[units.mismatch]").out == done.out


@pytest.mark.parametrize("code", CATALOG)
def test_every_code_is_explained(cli, code):
    assert cli("explain", code).out.startswith(f"{code}: ")


def test_explain_an_unknown_code(cli):
    done = cli("explain", "units.mismach")
    assert done.code == 2
    assert "did you mean 'units.mismatch'?" in done.err


def test_explain_lists_all(cli):
    assert len(cli("explain").out.splitlines()) == len(CATALOG)


def test_cache_is_shown_and_cleared(cli, models, folder, monkeypatch):
    monkeypatch.setenv("ANNARCHY_ML_CACHE", str(folder / "own"))
    assert cli("cache").out.startswith("0 compiled kernels, 0.0 MB, in ")
    cli("run", models / "LEMS_iaf.xml", "--quiet")
    shown = cli("cache").out
    kernels = int(shown.split()[0])
    assert str(folder / "own") in shown
    assert cli("cache", "--clear").out.startswith(f"removed {kernels} compiled kernel")
    assert cli("cache").out.startswith("0 compiled kernels")


def test_a_plain_command_line_means_the_same_to_click():
    from annarchy_ml.cli.run import command
    from annarchy_ml.cli.running import plain_arguments

    for line in (
        "m.xml",
        "--quiet m.xml",
        "m.xml --out some/where --allow-outside --profile --lenient --interpreter",
        "--neo a.pkl m.xml --out .",
    ):
        file, arguments = plain_arguments(["run", *line.split()])
        with command.make_context("run", line.split()) as context:
            assert context.params == {"file": file, **arguments}


@pytest.mark.parametrize(
    "line",
    [
        "", "check m.xml", "run", "run a.xml b.xml", "run --help", "run m.xml --out",
        "run -- m.xml", "run m.xml --out --quiet", "run m.xml --plot", "run m.xml --threads 2",
        "run m.xml --Quiet",
        "run m.xml --allow_outside", "run m.xml --out=x", "run m.xml -q", "run m.xml --dt 1ms",
    ],
)  # fmt: skip
def test_any_other_command_line_is_for_click(line):
    from annarchy_ml.cli.running import plain_arguments

    assert plain_arguments(line.split()) is None


def test_a_warm_run_loads_neither_numpy_nor_click(models, folder):
    program = (
        "import sys; from annarchy_ml.cli import main; main(sys.argv[1:]); print(*sys.modules)"
    )
    words = ["run", str(models / "LEMS_iaf.xml"), "--out", str(folder)]
    environment = {**os.environ, "ANNARCHY_ML_CACHE": str(folder / "own")}
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", program, *words],
            cwd="/",
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
    *said, loaded = done.stdout.splitlines()
    assert said[0].startswith("wrote ") and "simulated" in said[-1]
    assert "annarchy_ml.engine._core" in loaded.split()
    assert not set(loaded.split()) & {"numpy", "click", "lxml", "rich", "annarchy_ml.expr.nodes"}


def test_light_commands_load_no_engine():
    program = "import sys; from annarchy_ml.cli import main; main({}); print(*sys.modules)"
    for words in (["explain", "units.mismatch"], ["--help"]):
        done = subprocess.run(
            [sys.executable, "-c", program.format(words)],
            cwd="/",
            capture_output=True,
            text=True,
            check=True,
        )
        loaded = set(done.stdout.splitlines()[-1].split())
        assert "click" in loaded
        assert not loaded & {"numpy", "lxml", "rich", "annarchy_ml.api"}
