"""`import pyNN.annarchy`: one module under two names, and PyNN as it was."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

HOOK = Path(__file__).parents[2] / "importers" / "pynn" / "hook"


@pytest.mark.skipif(find_spec("pyNN") is None, reason="PyNN is not installed")
def test_both_names_mean_one_module() -> None:
    code = f"""
import sys
sys.path.insert(0, {str(HOOK)!r})
{(HOOK / "annarchy_ml_pynn.pth").read_text(encoding="utf-8").strip()}
import pyNN.annarchy as sim, pyNN.annarchy.simulator as state
import annarchy_ml.importers.pynn as real, annarchy_ml.importers.pynn.simulator as real_state
import pyNN.mock
assert sim is real and state is real_state and pyNN.__version__ and pyNN.mock.Population
print("one module")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "one module", done.stderr


@pytest.mark.skipif(find_spec("pyNN") is None, reason="PyNN is not installed")
@pytest.mark.skipif(find_spec("_annarchy_ml_pynn") is None, reason="run from the sources")
def test_this_installation_has_the_hook(tmp_path: Path) -> None:
    """Whether it is a regular or an editable one."""
    code = "import pyNN.annarchy as sim, pyNN, pyNN.mock; print(sim.__name__, pyNN.__version__)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.stdout.startswith("annarchy_ml.importers.pynn "), done.stderr


def test_the_finder_costs_no_import() -> None:
    code = f"""
import sys
sys.path.insert(0, {str(HOOK)!r})
import _annarchy_ml_pynn as hook
hook.install()
hook.install()
assert [item for item in sys.meta_path if item is hook.Finder] == [hook.Finder]
assert hook.Finder.find_spec("pyNN.nest") is None and hook.Finder.find_spec("numpy") is None
loaded = set(name.split(".")[0] for name in sys.modules)
print(sorted(loaded & set(("annarchy_ml", "pyNN", "numpy"))))
"""
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr
