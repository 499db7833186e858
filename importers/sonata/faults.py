"""What is wrong with a SONATA file, where, and which file may be read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from annarchy_ml.diagnostics import Diagnostic, Diagnostics, Span
from annarchy_ml.model.document import Document


class FormatError(Exception):
    """A fault of a file, which ends the reading of one of its parts."""

    def __init__(self, code: str, message: str, span: Span | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.diagnostic = Diagnostic(code, message, span, hint=hint)


def unsupported(message: str, span: Span | None = None, hint: str = "") -> FormatError:
    """The fault of what SONATA can say and this package cannot run."""
    return FormatError("unsupported.construct", message, span, hint)


@contextmanager
def collected(report: Diagnostics) -> Iterator[None]:
    """Faults of a part go to the report."""
    try:
        yield
    except FormatError as fault:
        report.add(fault.diagnostic)


class Growing(Protocol):
    """A document to which NeuroML and LEMS files are added."""

    @property
    def document(self) -> Document:
        """What was read so far."""

    def include(self, path: str) -> None:
        """Adds a file and all that it includes."""


@dataclass(slots=True)
class Reading:
    """What the parts of the importer share.

    Attributes:
        report: collects faults.
        allows: whether a file, given by its real path, may be read.
        growing: the document.
        files: what was read besides NeuroML and LEMS files.
        open_files: HDF5 files, of which parts may still be read.
    """

    report: Diagnostics
    allows: Callable[[str], bool]
    growing: Growing
    files: list[str] = field(default_factory=list)
    open_files: ExitStack = field(default_factory=ExitStack)

    @property
    def document(self) -> Document:
        """The document."""
        return self.growing.document

    def file(self, path: str, asked: Span | None = None) -> str:
        """The real path of a file that may be read.

        Raises:
            FormatError: If it is not there, or lies elsewhere.
        """
        shown = os.path.relpath(path)
        real = os.path.realpath(path)
        if "\0" in path or not self.allows(real):
            raise FormatError(
                "include.outside",
                f"'{shown}' lies outside of the folders that the model may read",
                asked,
                "move the file into the project, or allow its folder with --include DIR",
            )
        if not os.path.isfile(real):
            what = "is a folder" if os.path.isdir(real) else "does not exist"
            raise FormatError("include.missing", f"'{shown}' {what}", asked, "check the path")
        if real not in self.files:
            self.files.append(real)
        return real
