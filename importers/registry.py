"""Hands a model file to its importer; so far there is one, for LEMS and NeuroML."""

from __future__ import annotations

import os

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.model.document import Document
from annarchy_ml.options import ReadOptions


def read_model(path: str, report: Diagnostics, read: ReadOptions) -> Document:
    """Reads a model file of any known format.

    Args:
        path: the entry file.
        report: collects faults; the document holds what could be read.
        read: how files are read.
    """
    if "\0" in path or not os.path.isfile(path):
        what = "is a folder" if "\0" not in path and os.path.isdir(path) else "does not exist"
        report.error(
            "file.missing",
            f"'{path}' {what}",
            hint="name a file in it" if what == "is a folder" else "check the path",
        )
        return Document()
    from annarchy_ml.importers.neuroml.importer import read_document

    return read_document(path, report, read.include_dirs)
