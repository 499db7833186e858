"""libNeuroML, which PyNN imports, runs when something of it is used."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.skipif(find_spec("pyNN") is None, reason="PyNN is not installed"),
    pytest.mark.skipif(find_spec("neuroml") is None, reason="libNeuroML is not installed"),
]
BEGIN = """
import sys
import annarchy_ml.importers.pynn as sim
import pyNN.morphology
def loaded(name):
    return type(sys.modules.get(name)).__name__ == "module"
"""
USES = {
    "a name": "from neuroml import Segment; assert Segment(id=1).id == 1",
    "all names": "from neuroml import *; assert Segment(id=1).id == 1",
    "by PyNN": "assert pyNN.morphology.neuroml.arraymorph.ArrayMorphology",
    "a part": "from neuroml.loaders import read_neuroml2_file as read; assert callable(read)",
    "a part of its own": "import neuroml.loaders as part; assert part.NeuroMLLoader",
    "another part": "import neuroml.writers as part; assert part.NeuroMLWriter",
    "all that is there": "import neuroml; assert 'Segment' in dir(neuroml)",
    "what is not there": "import neuroml; assert not hasattr(neuroml, 'no_such_name')",
}
"""Ways to take something of it."""


def run(code: str, folder: Path | None = None) -> None:
    path = "" if folder is None else f"import sys; sys.path.insert(0, {str(folder)!r})\n"
    command = [sys.executable, "-c", path + BEGIN + code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_script_without_morphology_does_not_load_it() -> None:
    run("""
sim.setup()
sim.Population(2, sim.IF_cond_exp())
assert pyNN.morphology.have_neuroml and "neuroml" in sys.modules
assert not loaded("neuroml") and not {"neuroml.nml.nml", "networkx"} & set(sys.modules)
""")


@pytest.mark.parametrize("use", USES)
def test_it_is_loaded_when_something_of_it_is_used(use: str) -> None:
    run(f"""
{USES[use]}
import neuroml
assert loaded("neuroml") and loaded("neuroml.nml.nml") and pyNN.morphology.neuroml is neuroml
assert neuroml.Morphology is sys.modules["neuroml.nml.nml"].Morphology
assert not [item for item in sys.meta_path if "PackageFirst" in repr(item)]
""")


def test_what_is_loaded_already_stays() -> None:
    before = "import neuroml, neuroml.loaders as loaders; kept = neuroml.Segment\n"
    after = "\nassert neuroml.Segment is kept and sys.modules['neuroml.loaders'] is loaders\n"
    command = [sys.executable, "-c", before + BEGIN + after]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_a_script_sets_is_not_lost() -> None:
    run("import neuroml\nneuroml.print_ = 3\nassert neuroml.Segment and neuroml.print_ == 3")


def test_threads_that_load_it_do_not_wait_for_each_other(tmp_path: Path) -> None:
    """One runs the package, and another finds a module that the package is about to import."""
    folder = tmp_path / "neuroml"
    folder.mkdir()
    code = (
        "import sys\nsys.runs.set()\nassert sys.found.wait(60)\nfrom neuroml.nml import Segment\n"
    )
    (folder / "__init__.py").write_text(code, encoding="utf-8")
    (folder / "nml.py").write_text("Segment = 1\n", encoding="utf-8")
    for name in ("arraymorph", "loaders"):
        (folder / f"{name}.py").touch()
    run(
        """
import faulthandler, threading
import neuroml
faulthandler.dump_traceback_later(60, exit=True)
sys.runs, sys.found = threading.Event(), threading.Event()

class Found:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "neuroml.nml":
            sys.found.set()

sys.meta_path.insert(0, Found)
done = []
def read():
    done.append(neuroml.Segment)
def find():
    sys.runs.wait(60)
    import neuroml.nml
    done.append(neuroml.nml.Segment)
threads = [threading.Thread(target=item) for item in (read, find)]
[item.start() for item in threads]
[item.join() for item in threads]
assert done == [1, 1]
""",
        tmp_path,
    )


def test_another_module_of_this_name_is_left_to_pynn(tmp_path: Path) -> None:
    (tmp_path / "neuroml.py").write_text("mine = 1\n", encoding="utf-8")
    run("import neuroml\nassert neuroml.mine == 1 and not pyNN.morphology.have_neuroml", tmp_path)


def test_one_that_cannot_be_imported_harms_nobody_else(tmp_path: Path) -> None:
    folder = tmp_path / "neuroml"
    folder.mkdir()
    (folder / "__init__.py").write_text("import no_such_module\n", encoding="utf-8")
    for name in ("arraymorph", "loaders"):
        (folder / f"{name}.py").touch()
    run(
        """
sim.setup()
sim.Population(2, sim.IF_cond_exp())
assert not any(hasattr(item, "no_such_name") for item in list(sys.modules.values()))
try:
    sys.modules["neuroml"].Segment
except AttributeError as fault:
    assert "neuroml cannot be imported: No module named 'no_such_module'" in str(fault)
else:
    raise AssertionError
""",
        tmp_path,
    )
