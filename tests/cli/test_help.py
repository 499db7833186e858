"""The command table, explain and cache."""

from __future__ import annotations

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
