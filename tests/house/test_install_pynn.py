"""`import pyNN.annarchy`, however the package and PyNN are installed, upgraded and uninstalled."""

from __future__ import annotations

import zipfile
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("pyNN") is None, reason="PyNN is not installed"),
]
ONE = """
import {name} as sim, sys
import annarchy_ml.importers.pynn as real, annarchy_ml.importers.pynn.simulator as simulator
assert sim is real and sim.simulator is simulator
import pyNN, pyNN.mock, pyNN.utility
assert pyNN.__version__ and pyNN.mock.Population
"""
SAME = ONE.format(name="pyNN.annarchy") + (
    "import pyNN.annarchy.simulator as other; assert other is simulator\n"
    "print(pyNN.__version__, sim.__file__)"
)
"""There is one module under both names, and PyNN is whole."""
FIRES = """
sim.setup(timestep=0.1)
cells = sim.Population(3, sim.IF_cond_exp(i_offset=1.0))
cells.record("spikes")
sim.run(100.0)
print(cells.mean_spike_count())
sim.end()
"""
CHOSEN = "from pyNN.utility import get_simulator\nsim, options = get_simulator()\n" + FIRES
OFFLINE = ("install", "--no-deps", "--no-index", "--ignore-installed")
GONE = """
import annarchy_ml
try:
    import pyNN.annarchy
except ModuleNotFoundError as fault:
    print(fault.name)
"""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Where kernels are kept, so that the network is compiled once."""
    return {"ANNARCHY_ML_CACHE": str(tmp_path_factory.mktemp("kernels"))}


@pytest.fixture(scope="module")
def wheel_python(packages: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A Python with the wheel; PyNN lies in another site folder."""
    return packages.installed(tmp_path_factory.mktemp("regular") / "venv")


@pytest.fixture(scope="module")
def editable_python(packages: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A Python with the sources installed in place; PyNN lies in another site folder."""
    python = packages.python(tmp_path_factory.mktemp("editable") / "venv")
    packages.build(python, "install", "--ignore-installed", "--no-index", "--editable")
    return python


@pytest.fixture(params=["wheel_python", "editable_python"])
def python(request: pytest.FixtureRequest) -> Any:
    """Either of them."""
    return request.getfixturevalue(request.param)


def test_pynn_finds_its_backend(
    python: Path, packages: Any, tmp_path: Path, cache: dict[str, str]
) -> None:
    for place in (tmp_path, packages.sources):  # -P: what lies there is no package
        version, file = packages.run(python, "-P", "-c", SAME, cwd=place).split()
        assert version == distribution("pyNN").version
        in_place = Path(file).is_relative_to(packages.sources)
        assert in_place == ("editable" in str(python))
    code = "import pyNN.annarchy as sim" + FIRES
    assert packages.run(python, "-c", code, cwd=tmp_path, **cache).strip() == "3.0"


def test_the_backend_is_chosen_on_the_command_line(
    python: Path, packages: Any, tmp_path: Path, cache: dict[str, str]
) -> None:
    script = tmp_path / "script.py"
    script.write_text(CHOSEN)
    assert packages.run(python, script, "annarchy", cwd=tmp_path, **cache).strip() == "3.0"


def test_the_other_name_needs_no_pth_file(
    packages: Any, tmp_path: Path, cache: dict[str, str]
) -> None:
    """As with ``pip install --target``: the files in that folder are not read."""
    target = tmp_path / "target"
    python = packages.python(tmp_path / "venv", target)
    install = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", target)
    packages.run(python, *install, packages.wheel, cwd=tmp_path)
    told = packages.run(python, "-c", "import pyNN.annarchy", cwd=tmp_path, code=1)
    assert "No module named 'pyNN.annarchy'" in told
    code = ONE.format(name="annarchy_ml.importers.pynn") + FIRES
    assert packages.run(python, "-c", code, cwd=tmp_path, **cache).strip() == "3.0"


def _pynn(folder: Path, version: str) -> Path:
    """A wheel of the installed PyNN, under some version."""
    found = distribution("pyNN")
    assert found.files is not None
    held = f"PyNN-{version}.dist-info"
    texts = {
        f"{held}/METADATA": f"Metadata-Version: 2.1\nName: PyNN\nVersion: {version}\n",
        f"{held}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    for path in found.files:
        if path.parts[0] == "pyNN" and path.suffix == ".py":
            texts[path.as_posix()] = Path(path.locate()).read_text(encoding="utf-8")
    with zipfile.ZipFile(folder / f"PyNN-{version}-py3-none-any.whl", "w") as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
        archive.writestr(f"{held}/RECORD", "".join(f"{name},,\n" for name in texts))
    return folder / f"PyNN-{version}-py3-none-any.whl"


def _pip(packages: Any, python: Path, *words: str | Path) -> None:
    packages.run(python, "-m", "pip", *words[:1], "--quiet", *words[1:], cwd=python.parent)


def _left(python: Path, pattern: str) -> set[str]:
    """What holds files; of an installation in place pip leaves an empty folder."""
    (site,) = python.parents[1].glob("lib/python*/site-packages")
    return {
        path.name
        for path in site.glob(pattern)
        if path.is_file() or any(item.is_file() for item in path.rglob("*"))
    }


@pytest.mark.parametrize("editable", [False, True], ids=["wheel", "editable"])
def test_what_is_uninstalled_leaves_pynn_as_it_was(
    packages: Any, tmp_path: Path, editable: bool
) -> None:
    """Both lie in one folder; PyNN is upgraded and removed beside ours as well."""
    python = packages.python(tmp_path / "venv")
    _pip(packages, python, *OFFLINE, _pynn(tmp_path, "0.13.0"))
    if editable:
        packages.build(python, *OFFLINE, "--editable")
    else:
        _pip(packages, python, *OFFLINE, packages.wheel)
    assert len(_left(python, "*annarchy*")) >= 4  # package, its record, the finder, its .pth
    assert packages.run(python, "-c", SAME, cwd=tmp_path).split()[0]
    _pip(packages, python, "install", "--no-deps", "--no-index", _pynn(tmp_path, "0.13.99"))
    assert _left(python, "PyNN*") == {"PyNN-0.13.99.dist-info"}
    assert packages.run(python, "-c", SAME, cwd=tmp_path).split()[0]
    _pip(packages, python, "uninstall", "--yes", "annarchy_ml")
    assert not _left(python, "*annarchy*")
    code = "import pyNN.mock; print(pyNN.__file__, pyNN.mock.Population.__name__)"
    file, name = packages.run(python, "-c", code, cwd=tmp_path).split()
    assert name == "Population"
    assert Path(file).is_relative_to(tmp_path)
    assert "pyNN.annarchy" in packages.run(
        python, "-c", "import pyNN.annarchy", cwd=tmp_path, code=1
    )


def test_uninstalling_pynn_leaves_ours_as_it_was(packages: Any, tmp_path: Path) -> None:
    python = packages.installed(tmp_path / "venv")
    before = _left(python, "*annarchy*")
    _pip(packages, python, *OFFLINE, _pynn(tmp_path, "0.13.0"))
    _pip(packages, python, "uninstall", "--yes", "pyNN")
    assert not _left(python, "[pP]y[nN][nN]*")
    assert _left(python, "*annarchy*") == before
    hidden = "import sys; sys.modules['pyNN'] = None\n"  # that of this Python's libraries
    assert packages.run(python, "-c", hidden + GONE, cwd=tmp_path).split() == ["pyNN.annarchy"]
    assert packages.run(python, "-c", SAME, cwd=tmp_path).split()[0]
