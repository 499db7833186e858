"""Reads a LEMS or NeuroML file, and all that it includes, into a ``Document``."""

from __future__ import annotations

import os
import pickle

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.importers.neuroml import archive
from annarchy_ml.importers.neuroml.document import Loader, SourceFile
from annarchy_ml.importers.neuroml.lems import LemsReader
from annarchy_ml.model.document import Document


def read_document(
    path: str, report: Diagnostics, include_dirs: tuple[str, ...] = ()
) -> Document:
    """Reads ``path`` and its includes.

    Faults are collected in ``report``; the document holds what could be read.
    """
    loader = Loader(report, include_dirs)
    loader.load(path)
    document = Document()
    reader = LemsReader(document, report)
    for source in _definition_order(loader):
        reader.read(source.root, source.core)
    reader.finish()
    document.files = list(loader.files)
    document.missed = loader.missed
    document.schema_attributes = archive.schema_attributes
    return document


def _definition_order(loader: Loader) -> list[SourceFile]:
    """Core definitions first: anything may be used before the place where it is defined."""
    sources = list(loader.files.values())
    return sorted(sources, key=lambda source: not source.core)
