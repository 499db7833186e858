"""Chooses the importer of a file: by its content first, then by its suffix."""

from __future__ import annotations

import os

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.model.document import Document
from annarchy_ml.options import ReadOptions


def read_model(path: str, report: Diagnostics, read: ReadOptions) -> Document:
    """Reads a model file of any known format; faults are collected in ``report``."""
    if not os.path.isfile(path):
        what = "is a folder" if os.path.isdir(path) else "does not exist"
        report.error("file.missing", f"'{path}' {what}", hint="check the path")
        return Document()
    with open(path, "rb") as stream:
        head = stream.read(4096)
    if not _is_xml(head):
        report.error(
            "file.unrecognized",
            f"'{path}' is no LEMS or NeuroML file",
            hint="LEMS files begin with <Lems>, NeuroML files with <neuroml>",
        )
        return Document()
    from annarchy_ml.importers.neuroml.importer import read_document

    return read_document(path, report, read.include_dirs)


def _is_xml(head: bytes) -> bool:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return text.startswith(b"<") or head.startswith((b"\xff\xfe", b"\xfe\xff"))
