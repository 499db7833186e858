"""The cache of core types: what is read from it is what would be parsed."""

import os
import stat

import pytest

from annarchy_ml import cache_folder
from annarchy_ml.importers.neuroml import archive, core_types

CELLS = archive.CORE_FOLDER + "Cells.xml"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A fresh cache folder; nothing is known from before."""
    monkeypatch.setenv("ANNARCHY_ML_CACHE", str(tmp_path))

    def forget():
        cache_folder.publish_pending()
        core_types._known.clear()
        core_types._library.cache_clear()

    forget()
    yield tmp_path, forget
    forget()


def entries(folder):
    return sorted(path for path in (folder / "core").iterdir() if path.is_file())


def test_stored_part_equals_the_parsed_one(cache):
    _, forget = cache
    first = core_types.part(CELLS)
    forget()
    second = core_types.part(CELLS)
    assert second.includes == first.includes == core_types._read(CELLS).includes
    assert second.document.types == first.document.types == core_types._read(CELLS).document.types
    assert second.document.types["iafCell"].origin == first.document.types["iafCell"].origin


def test_every_core_file_is_read_without_a_word(cache):
    names = [name for name in archive.archive_names() if name.startswith(archive.CORE_FOLDER)]
    assert len(names) >= 10
    for name in names:
        core_types._read(name)


def test_folder_is_private(cache):
    folder, _ = cache
    core_types.part(CELLS)
    cache_folder.publish_pending()
    assert stat.S_IMODE(os.stat(folder / "core").st_mode) == 0o700
    assert entries(folder)


@pytest.mark.parametrize("damage", [b"", b"\x80", b"not a pickle", b"\x80\x05N."])
def test_damaged_entry_counts_as_missing(cache, damage):
    folder, forget = cache
    expected = core_types.part(CELLS)
    forget()
    for path in entries(folder):
        path.write_bytes(damage)
    forget()
    assert core_types.part(CELLS).document.types == expected.document.types


def test_folder_open_to_others_is_not_used(cache):
    folder, forget = cache
    core_types.part(CELLS)
    forget()
    os.chmod(folder / "core", 0o777)
    before = entries(folder)
    forget()
    assert "iafCell" in core_types.part(CELLS).document.types
    assert entries(folder) == before


def test_without_a_folder_it_is_parsed(cache, monkeypatch):
    monkeypatch.setenv("ANNARCHY_ML_CACHE", "/dev/null/nowhere")
    assert "iafCell" in core_types.part(CELLS).document.types
