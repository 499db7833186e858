"""Reads a LEMS or NeuroML file, and all that it includes, into a ``Document``."""

from __future__ import annotations

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.importers.neuroml import archive
from annarchy_ml.importers.neuroml.document import NEUROML_IMPLIED, Loader
from annarchy_ml.importers.neuroml.lems import LemsReader
from annarchy_ml.model.document import Document


def read_document(path: str, report: Diagnostics, include_dirs: tuple[str, ...] = ()) -> Document:
    """Reads ``path`` and its includes.

    Core definitions come first: anything may be used before the place where it is defined.
    Faults are collected in ``report``; the document holds what could be read.
    """
    loader = Loader(report, include_dirs)
    loader.load(path)
    document = Document()
    reader = LemsReader(document, report)
    for source in loader.files.values():
        if source.core is not None:
            reader.merge(source.core)
    for key, source in loader.files.items():
        if source.root is not None:
            reader.read(source.root, core=archive.is_archived(key))
    reader.finish()
    document.files = list(loader.files)
    document.missed = loader.missed
    document.schema_attributes = archive.schema_attributes
    return document


class GrowingDocument:
    """A document that knows the core definitions, and to which files are added.

    What they may include is bounded by a main file, if there is one, else by each of them.

    Attributes:
        document: what was read so far.
    """

    def __init__(
        self, report: Diagnostics, include_dirs: tuple[str, ...] = (), main: str = ""
    ) -> None:
        self.document = Document(schema_attributes=archive.schema_attributes)
        self._loader = Loader(report, include_dirs)
        self._main = main
        self._reader = LemsReader(self.document, report)
        for name in NEUROML_IMPLIED:
            self._loader.load_core(name)
        self._read_new()

    def include(self, path: str) -> None:
        """Adds a file and all that it includes; faults go to the report."""
        self._loader.load(path, self._main or path)
        self._read_new()

    def _read_new(self) -> None:
        known = len(self.document.files)
        fresh = list(self._loader.files.items())[known:]
        for _, source in fresh:
            if source.core is not None:
                self._reader.merge(source.core)
        for key, source in fresh:
            if source.root is not None:
                self._reader.read(source.root, core=archive.is_archived(key))
        self._reader.finish()
        self.document.files = list(self._loader.files)
        self.document.missed = self._loader.missed
