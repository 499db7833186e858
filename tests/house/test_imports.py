"""Who may import whom: the contracts of pyproject.toml, checked by import-linter."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("importers", "exporters", "engine")


@pytest.fixture
def package_view(tmp_path: Path) -> Path:
    """A folder with the package's modules as an installation lays them out."""
    for source, target in {"annarchy_ml": ".", **{room: room for room in ROOMS}}.items():
        for file in (ROOT / source).rglob("*.py"):
            place = tmp_path / "annarchy_ml" / target / file.relative_to(ROOT / source)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)
    return tmp_path


@pytest.mark.skipif(find_spec("importlinter") is None, reason="import-linter is not installed")
def test_import_contracts_hold(package_view: Path) -> None:
    libraries = sysconfig.get_paths()["purelib"]
    # -S: the finder of an editable install would lead back to the separate folders.
    done = subprocess.run(
        [
            sys.executable,
            "-S",
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
            *("--config", str(ROOT / "pyproject.toml"), "--no-cache"),
        ],
        cwd=package_view,
        env={"PYTHONPATH": f"{package_view}:{libraries}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_importing_the_package_loads_no_room() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys, annarchy_ml; print(*sys.modules)"],
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.split())
    assert "annarchy_ml" in loaded
    heavy = {"numpy", "lxml", "click", "matplotlib", "neo", "annarchy_ml.api"}
    assert not heavy & loaded


def test_sources_without_their_rooms_say_what_to_do() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-c", "import annarchy_ml"],
        cwd=ROOT,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "pip install -e ." in done.stderr
