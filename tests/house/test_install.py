"""A built wheel works where the sources are not: import, command line, one example to its file."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow
LARGEST_WHEEL_BYTES = 15_000_000


@pytest.fixture(scope="module")
def python(packages: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A Python with the wheel installed and the libraries of this one."""
    return packages.installed(tmp_path_factory.mktemp("installed") / "venv")


def test_wheel_is_small_and_complete(packages: Any) -> None:
    assert packages.wheel.stat().st_size < LARGEST_WHEEL_BYTES
    names = set(zipfile.ZipFile(packages.wheel).namelist())
    for part in ("py.typed", "cli/__init__.py", "engine/include/annarchy_ml/kernel_abi.h"):
        assert f"annarchy_ml/{part}" in names
    assert any(name.startswith("annarchy_ml/engine/_core.") for name in names)
    assert any(name.startswith("annarchy_ml/engine/codegen/templates/") for name in names)
    tops = {name.partition("/")[0] for name in names}
    assert tops <= {"annarchy_ml", "_annarchy_ml_pynn.py", "annarchy_ml_pynn.pth"} | {
        top for top in tops if top.endswith(".dist-info")
    }


def test_wheel_has_every_module(packages: Any) -> None:
    names = set(zipfile.ZipFile(packages.wheel).namelist())
    for folder in ("importers", "exporters", "engine"):
        modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*.py")}
        assert {f"annarchy_ml/{name}" for name in modules if "/hook/" not in name} <= names


def test_package_imports_from_outside_the_sources(python: Path, packages: Any) -> None:
    code = "import annarchy_ml; print(annarchy_ml.run.__module__, annarchy_ml.__file__)"
    for place in (packages.folder, packages.sources):
        module, file = packages.run(python, "-P", "-c", code, cwd=place).split()
        assert module == "annarchy_ml.api"
        assert Path(file).is_relative_to(python.parents[1])


@pytest.mark.parametrize("options", [(), ("--interpreter",)], ids=["compiled", "interpreter"])
def test_example_runs(
    python: Path, packages: Any, tmp_path: Path, options: tuple[str, ...]
) -> None:
    program = python.parent / "annarchy-ml"
    cache = {"ANNARCHY_ML_CACHE": str(tmp_path / "cache")}
    packages.run(program, "examples", "Ex0", ".", cwd=tmp_path)
    model = "LEMSexamples/LEMS_NML2_Ex0_IaF.xml"
    told = packages.run(program, "run", model, *options, cwd=tmp_path, **cache)
    written = [line.split()[1] for line in told.splitlines() if line.startswith("wrote")]
    assert written
    for name in written:
        assert (tmp_path / name).stat().st_size > 1000
