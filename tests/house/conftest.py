"""Packages built from the sources once for all workers of the tests, and Pythons to put them into.

The sources are packed, unpacked elsewhere and built there, so that what a source package lacks is
found. A wheel and an installation in place share one build folder.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).parents[2]
PACK = "import sys, scikit_build_core.build as b; print(b.build_sdist(sys.argv[1]))"
INSTALL = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--ignore-installed")


def run(*command: str | Path, cwd: Path, code: int = 0, **environment: str) -> str:
    """What a command prints, without the settings of the Python that runs the tests."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stderr


@dataclass(frozen=True)
class Packages:
    """What is built from the sources.

    Attributes:
        folder: that holds all of it.
        tools: what builds it, where this Python lacks it.
    """

    folder: Path
    tools: Path

    run = staticmethod(run)

    @property
    def wheel(self) -> Path:
        """The built package."""
        (found,) = self.folder.glob("annarchy_ml-*.whl")
        return found

    @property
    def sources(self) -> Path:
        """The sources as a source package has them."""
        (found,) = self.folder.glob("annarchy_ml-*/")
        return found

    def build(self, python: str | Path, verb: str, *options: str | Path) -> None:
        """Lets pip build the sources, without an environment of its own each time."""
        settings = f"--config-settings=build-dir={self.folder / 'build'}"
        run(
            *(python, "-m", "pip", verb, "--quiet", "--no-deps", "--no-build-isolation"),
            *(settings, *options, self.sources),
            cwd=self.folder,
            PYTHONPATH=str(self.tools),
        )

    def python(self, folder: Path, *libraries: Path) -> Path:
        """A Python with the libraries of this one, and nothing of ours.

        A .pth file adds a folder, but does not read the .pth files in it: an installation in place
        of this package stays out.
        """
        venv.create(folder, with_pip=False, symlinks=True)
        (site,) = folder.glob("lib/python*/site-packages")
        paths = [*libraries, Path(sysconfig.get_paths()["purelib"])]
        (site / "libraries.pth").write_text("".join(f"{path}\n" for path in paths))
        return folder / "bin" / "python"

    def installed(self, folder: Path) -> Path:
        """A Python with the wheel."""
        python = self.python(folder)
        run(python, *INSTALL, self.wheel, cwd=folder)
        return python


def _make(packages: Packages) -> None:
    packages.tools.mkdir(parents=True)
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    if not (find_spec("scikit_build_core") and find_spec("pybind11")):
        target = ("--quiet", "--target", packages.tools)
        run(sys.executable, "-m", "pip", "install", *target, *wanted, cwd=packages.folder)
    path = {"PYTHONPATH": str(packages.tools)}
    run(sys.executable, "-c", PACK, packages.folder, cwd=ROOT, **path)
    (packed,) = packages.folder.glob("*.tar.gz")
    run("tar", "-xzf", packed, cwd=packages.folder)
    packages.build(sys.executable, "wheel", "--wheel-dir", packages.folder)


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """The source package, unpacked, and the wheel that is built from it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "packages"
    made = Packages(folder, folder / "tools")
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            _make(made)
    return made
