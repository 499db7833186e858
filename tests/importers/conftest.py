"""Small files, read by the importer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.importers.registry import read_model
from annarchy_ml.model.document import Document
from annarchy_ml.options import ReadOptions
from annarchy_ml.passes.pipeline import Tables, resolve

Write = Callable[..., str]
Read = Callable[..., tuple[Document, Diagnostics]]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a file below a fresh folder, which is the current one, and gives its name."""
    monkeypatch.chdir(tmp_path)

    def make(name: str, content: str | bytes) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return name

    return make


@pytest.fixture
def read() -> Read:
    """Reads a file; gives the document and what was said of it."""

    def reading(name: str, *include_dirs: str) -> tuple[Document, Diagnostics]:
        report = Diagnostics()
        return read_model(name, report, ReadOptions(tuple(include_dirs))), report

    return reading


@pytest.fixture
def resolved(read: Read) -> Callable[..., tuple[Tables, Diagnostics]]:
    """Reads a file and resolves it, values included."""

    def reading(name: str) -> tuple[Tables, Diagnostics]:
        document, report = read(name)
        tables = resolve(document, report)
        tables.values.read_all()
        return tables, report

    return reading
