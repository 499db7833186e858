"""A folder with a cache of its own, and models to look at."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

MODELS = Path(__file__).parents[1] / "models"


@pytest.fixture(scope="session")
def kernel_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all tests of validation."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def folder(tmp_path: Path, kernel_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANNARCHY_ML_CACHE", str(kernel_cache))
    return tmp_path


@pytest.fixture
def iaf(folder: Path) -> Path:
    """Two integrate-and-fire cells in a folder that may be written to."""
    for name in ("LEMS_iaf.xml", "cells.nml"):
        shutil.copyfile(MODELS / name, folder / name)
    return folder / "LEMS_iaf.xml"
