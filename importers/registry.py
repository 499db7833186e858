"""Hands a model file to its importer: SONATA's begin as JSON, all others are LEMS and NeuroML."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.model.document import Document
from annarchy_ml.options import ReadOptions

_HEAD = 4096

if TYPE_CHECKING:
    from annarchy_ml.importers.neuroml.importer import GrowingDocument


def read_model(path: str, report: Diagnostics, read: ReadOptions) -> Document:
    """Reads a model file of any known format.

    Args:
        path: the entry file.
        report: collects faults; the document holds what could be read.
        read: how files are read.
    """
    if not is_file(path, report):
        return Document()
    if _is_json(path):
        return _sonata(path, report, read)
    from annarchy_ml.importers.neuroml.importer import read_document

    return read_document(path, report, read.include_dirs)


def _is_json(path: str) -> bool:
    """Whether a file begins as an object of JSON; what cannot be read is judged later."""
    try:
        with open(path, "rb") as stream:
            return stream.read(_HEAD).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
    except OSError:
        return False


def _sonata(path: str, report: Diagnostics, read: ReadOptions) -> Document:
    from annarchy_ml.importers.neuroml.importer import GrowingDocument
    from annarchy_ml.importers.reach import reach_of
    from annarchy_ml.importers.sonata.importer import read_sonata

    growing = GrowingDocument(report, read.include_dirs, path)
    return read_sonata(path, report, growing, reach_of(path, read.include_dirs).allows)


def core_document(report: Diagnostics, include_dirs: tuple[str, ...] = ()) -> GrowingDocument:
    """A document of the core definitions, to which files may be added.

    Args:
        report: collects faults of all files.
        include_dirs: further folders for included files.
    """
    from annarchy_ml.importers.neuroml.importer import GrowingDocument

    return GrowingDocument(report, include_dirs)


def is_file(path: str, report: Diagnostics) -> bool:
    """Whether there is such a file; if not, a fault is reported."""
    if "\0" not in path and os.path.isfile(path):
        return True
    what = "is a folder" if "\0" not in path and os.path.isdir(path) else "does not exist"
    report.error(
        "file.missing",
        f"'{path}' {what}",
        hint="name a file in it" if what == "is a folder" else "check the path",
    )
    return False
