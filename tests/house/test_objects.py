"""What the checks compile once: objects of the same text and options, wherever it lies."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LAUNCHER = Path(__file__).parents[2] / ".ci" / "compile.py"
pytestmark = [
    pytest.mark.skipif(shutil.which("c++") is None, reason="needs a compiler"),
    pytest.mark.skipif(not LAUNCHER.exists(), reason="a source package has no checks"),
]
SOURCE = '#include "part.h"\nint half() { return PART; }\n'


class Place:
    """A folder with a source that includes another file."""

    def __init__(self, folder: Path, part: str, objects: Path) -> None:
        folder.mkdir()
        (folder / "a.cpp").write_text(SOURCE)
        (folder / "part.h").write_text(f"#define PART {part}\n")
        self.folder, self.objects = folder, objects

    def compile(self, *options: str) -> bytes:
        """The object; compiled if the compiler's own words are seen."""
        call = ["c++", f"-I{self.folder}", *options, "-MD", "-MT", "a.o", "-MF", "a.o.d"]
        done = subprocess.run(
            [sys.executable, LAUNCHER, *call, "-o", "a.o", "-c", self.folder / "a.cpp"],
            cwd=self.folder,
            env={**os.environ, "ANNARCHY_ML_OBJECTS": str(self.objects)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert str(self.folder / "part.h") in (self.folder / "a.o.d").read_text()
        return (self.folder / "a.o").read_bytes()


def test_the_same_text_is_compiled_once(tmp_path: Path) -> None:
    objects = tmp_path / "objects"
    first = Place(tmp_path / "one", "7", objects).compile("-O2")
    (kept,) = objects.iterdir()
    assert kept.read_bytes() == first
    kept.write_bytes(b"taken")
    again = Place(tmp_path / "two", "7", objects)
    assert again.compile("-O2") == b"taken"
    assert again.compile("-O1") == again.compile("-O1") != b"taken"
    assert Place(tmp_path / "three", "8", objects).compile("-O2") != b"taken"
    assert len(list(objects.iterdir())) == 3


def test_nothing_is_taken_where_a_file_lacks(tmp_path: Path) -> None:
    objects = tmp_path / "objects"
    Place(tmp_path / "one", "7", objects).compile()
    other = Place(tmp_path / "two", "7", objects)
    (other.folder / "part.h").unlink()
    with pytest.raises(AssertionError, match=r"part\.h"):
        other.compile()


def test_what_knows_its_place_is_compiled_there(tmp_path: Path) -> None:
    objects = tmp_path / "objects"
    Place(tmp_path / "one", "7", objects).compile("-g")
    assert not objects.exists()
