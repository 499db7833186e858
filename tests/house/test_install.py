"""A built wheel works where the sources are not: import, command line, one example to its file."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow
LARGEST_WHEEL_BYTES = 15_000_000


def _run(*command: str | Path, cwd: Path, **environment: str) -> str:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the sources."""
    folder = tmp_path_factory.mktemp("dist")
    # A build folder of its own: another worker of the tests may build at the same time.
    options: list[str | Path] = ["--quiet", "--no-deps", "--wheel-dir", folder]
    options.append(f"--config-settings=build-dir={folder / 'build'}")
    if find_spec("scikit_build_core") and find_spec("pybind11"):
        options.append("--no-build-isolation")
    _run(sys.executable, "-m", "pip", "wheel", *options, ROOT, cwd=folder)
    (found,) = folder.glob("annarchy_ml-*.whl")
    return found


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with the wheel installed and the libraries of this one."""
    return _installed(wheel, tmp_path_factory.mktemp("installed") / "venv")


def _installed(wheel: Path, folder: Path) -> Path:
    venv.create(folder, with_pip=False, symlinks=True)
    interpreter = folder / "bin" / "python"
    (site,) = folder.glob("lib/python*/site-packages")
    # A .pth file adds the folder, but does not read the .pth files in it: an editable install of
    # this package stays out.
    (site / "libraries.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    install = ("-m", "pip", "install", "--quiet", "--no-deps", "--ignore-installed", "--no-index")
    _run(interpreter, *install, wheel, cwd=folder)
    return interpreter


def test_wheel_is_small_and_complete(wheel: Path) -> None:
    assert wheel.stat().st_size < LARGEST_WHEEL_BYTES
    names = zipfile.ZipFile(wheel).namelist()
    for part in ("py.typed", "cli/__init__.py", "engine/include/annarchy_ml/kernel_abi.h"):
        assert f"annarchy_ml/{part}" in names
    assert any(name.startswith("annarchy_ml/engine/_core.") for name in names)
    assert any(name.startswith("annarchy_ml/engine/codegen/templates/") for name in names)
    tops = {name.partition("/")[0] for name in names}
    assert tops <= {"annarchy_ml", "_annarchy_ml_pynn.py", "annarchy_ml_pynn.pth"} | {
        top for top in tops if top.endswith(".dist-info")
    }


def test_package_imports_from_outside_the_sources(python: Path, tmp_path: Path) -> None:
    code = "import annarchy_ml; print(annarchy_ml.run.__module__, annarchy_ml.__file__)"
    module, file = _run(python, "-c", code, cwd=tmp_path).split()
    assert module == "annarchy_ml.api"
    assert not Path(file).is_relative_to(ROOT)


@pytest.mark.skipif(find_spec("pyNN") is None, reason="PyNN is not installed")
def test_pynn_finds_its_backend(python: Path, tmp_path: Path) -> None:
    code = """
import pyNN.annarchy as sim, pyNN, pyNN.mock
import annarchy_ml.importers.pynn as real
assert sim is real and pyNN.__version__
sim.setup(timestep=0.1)
cells = sim.Population(3, sim.IF_cond_exp(i_offset=1.0))
cells.record("spikes")
sim.run(100.0)
print(cells.mean_spike_count())
"""
    cache = {"ANNARCHY_ML_CACHE": str(tmp_path / "cache")}
    assert _run(python, "-c", code, cwd=tmp_path, **cache).strip() == "3.0"


@pytest.mark.skipif(find_spec("pyNN") is None, reason="PyNN is not installed")
def test_what_is_uninstalled_leaves_pynn_as_it_was(wheel: Path, tmp_path: Path) -> None:
    python = _installed(wheel, tmp_path / "venv")
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    assert len(list(site.glob("*annarchy*"))) == 4  # package, its record, the finder, its .pth
    uninstall = ("-m", "pip", "uninstall", "--quiet", "--yes", "annarchy_ml")
    _run(python, *uninstall, cwd=tmp_path)
    assert not list(site.glob("*annarchy*"))
    code = "import pyNN.mock; print(pyNN.__version__, pyNN.mock.Population.__name__)"
    assert _run(python, "-c", code, cwd=tmp_path).split()[1:] == ["Population"]


@pytest.mark.parametrize("options", [(), ("--interpreter",)], ids=["compiled", "interpreter"])
def test_example_runs(python: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    program = python.parent / "annarchy-ml"
    cache = {"ANNARCHY_ML_CACHE": str(tmp_path / "cache")}
    _run(program, "examples", "Ex0", ".", cwd=tmp_path)
    model = "LEMSexamples/LEMS_NML2_Ex0_IaF.xml"
    told = _run(program, "run", model, *options, cwd=tmp_path, **cache)
    written = [line.split()[1] for line in told.splitlines() if line.startswith("wrote")]
    assert written
    for name in written:
        assert (tmp_path / name).stat().st_size > 1000
