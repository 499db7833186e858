"""Finds and reads an entry file and all that it includes.

A file is read once, however it is named; includes may be circular. They are looked for beside the
including file, beside the main file, in folders out of which files were included so far, in given
include folders, and among the core definitions.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from annarchy_ml.diagnostics import Diagnostics, Span, did_you_mean
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.importers.neuroml import archive, core_types
from annarchy_ml.importers.neuroml.xml_reader import Element, parse_bytes
from annarchy_ml.model.document import Document

__all__ = ["Element", "Loader", "SourceFile", "content_fault", "includes_of", "parse_bytes"]

MAX_BYTES = 2_000_000_000
_ROOTS = ("lems", "neuroml")
_HDF5 = b"\x89HDF\r\n\x1a\n"
NEUROML_IMPLIED = (
    "NeuroMLCoreDimensions.xml",
    "Cells.xml",
    "PyNN.xml",
    "Networks.xml",
    "Simulation.xml",
)


@dataclass(slots=True)
class SourceFile:
    """One file.

    Attributes:
        name: under which it is shown.
        root: its root element, or None for a core file.
        core: what a file of the core definitions holds.
    """

    name: str
    root: Element | None
    core: Document | None = None


@dataclass(slots=True)
class Loader:
    """Reads an entry file and all that it includes.

    Attributes:
        include_dirs: further folders to look in.
        files: what was read, by canonical name, in the order in which definitions stand.
        missed: files that would have been read instead of others, had they been there.
    """

    report: Diagnostics
    include_dirs: tuple[str, ...] = ()
    files: dict[str, SourceFile] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    _search: list[str] = field(default_factory=list)
    _depth: int = 0

    def load(self, path: str) -> None:
        """Reads the entry file; faults go to ``report``."""
        self._search = [os.path.dirname(path) or "."]
        if not os.path.isfile(path):
            self.report.error("file.missing", f"there is no file '{path}'", hint="check the path")
            return
        self._read(os.path.realpath(path), path, None)

    def load_core(self, name: str) -> None:
        """Reads one file of the core definitions, such as ``Cells.xml``."""
        full = archive.core_file_name(name)
        assert full is not None
        self._read_core(full)

    def _read(self, key: str, shown: str, asked: Span | None) -> None:
        """Reads a file that is not a core definition."""
        if key in self.files:
            return
        content = self._content(key, shown, asked)
        root = None if content is None else parse_bytes(content, shown, self.report)
        if root is None:
            return
        if root.tag.lower() not in _ROOTS:
            self._wrong_root(root, shown)
            return
        self.files[key] = SourceFile(shown, root)
        if root.tag.lower() == "neuroml" and not key.startswith(archive.ARCHIVE_PREFIX):
            for name in NEUROML_IMPLIED:
                self.load_core(name)
        for element in includes_of(root):
            self._include(element, key)

    def _read_core(self, name: str) -> None:
        key = archive.ARCHIVE_PREFIX + name
        if key in self.files:
            return
        if not name.startswith(archive.CORE_FOLDER):
            self._read(key, name, None)
            return
        part = core_types.part(name)
        self.files[key] = SourceFile(name, None, part.document)
        for target in part.includes:
            included = archive.core_file_name(target)
            if included is not None:
                self._read_core(included)

    def _content(self, key: str, shown: str, asked: Span | None) -> bytes | None:
        if key.startswith(archive.ARCHIVE_PREFIX):
            return archive.read_archived(key.removeprefix(archive.ARCHIVE_PREFIX))
        try:
            if os.path.getsize(key) > MAX_BYTES:
                raise OSError(None, f"it is larger than {MAX_BYTES} bytes")
            with open(key, "rb") as stream:
                content = stream.read()
        except OSError as fault:
            self.report.error("file.missing", f"'{shown}' cannot be read: {fault.strerror}", asked)
            return None
        wrong = content_fault(content[:4096], shown)
        if wrong is None:
            return content
        code, message, hint = wrong
        self.report.error(code, message, asked or Span(shown, 1, 1), hint=hint)
        return None

    def _wrong_root(self, root: Element, shown: str) -> None:
        self.report.error(
            "file.unrecognized",
            f"'{shown}' is no LEMS or NeuroML file: its outermost element is <{root.tag}>",
            locate(root.origin),
            hint=did_you_mean(root.tag, ("Lems", "neuroml"))
            or "LEMS files begin with <Lems>, NeuroML files with <neuroml>",
        )

    def _include(self, element: Element, key: str) -> None:
        attribute = "file" if "file" in element.attributes else "href"
        target = element.get(attribute).strip()
        if not target:
            self.report.error(
                "attribute.missing",
                "an include must say which file",
                locate(element.origin),
                hint='write <Include file="..."/>',
            )
            return
        found = self._find(target, key)
        if found is None:
            self._not_found(element, attribute, target, key)
            return
        name, core = found
        if core:
            self._read_core(name)
            return
        if os.path.dirname(name) not in self._search:
            self._search.insert(0, os.path.dirname(name))
        if name not in self.files:
            self._read(name, os.path.relpath(name), locate(element.origin, attribute))

    def _not_found(self, element: Element, attribute: str, target: str, key: str) -> None:
        folders = self._folders(key)
        relative = target.replace("\\", "/").lstrip("/")
        is_folder = any(os.path.isdir(_joined(folder, relative)) for folder in folders)
        shown = list(dict.fromkeys(os.path.relpath(folder) for folder in folders))
        self.report.error(
            "include.missing",
            f"the included '{target}' is a folder, not a file"
            if is_folder
            else f"cannot find the included file '{target}'",
            locate(element.origin, attribute),
            notes=(f"looked in: {', '.join(shown)}, and among the core definitions",),
            hint=did_you_mean(os.path.basename(relative), _neighbors(folders, relative))
            or "check the path, or name its folder with --include DIR",
        )

    def _folders(self, key: str) -> list[str]:
        beside = [] if key.startswith(archive.ARCHIVE_PREFIX) else [os.path.dirname(key) or "."]
        return list(dict.fromkeys([*beside, *reversed(self._search), *self.include_dirs]))

    def _find(self, target: str, key: str) -> tuple[str, bool] | None:
        """Canonical path of an included file, or its name in the archive and True."""
        relative = target.replace("\\", "/").lstrip("/")
        for folder in self._folders(key):
            path = _joined(folder, relative)
            if os.path.isfile(path):
                return os.path.realpath(path), False
            self.missed.append(os.path.realpath(path))
        name = archive.core_file_name(relative)
        return None if name is None else (name, True)


def content_fault(head: bytes, shown: str) -> tuple[str, str, str] | None:
    """Code, message and hint if a file cannot be XML, by its first bytes."""
    if head.startswith(_HDF5):
        return (
            "unsupported.construct",
            f"'{shown}' is an HDF5 file; networks in HDF5 are not supported yet",
            "export the network as XML (.net.nml)",
        )
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not text:
        return "file.unrecognized", f"'{shown}' is empty", _BEGINNING
    if text.startswith(b"<") or head.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")):
        return None
    return "file.unrecognized", f"'{shown}' is no LEMS or NeuroML file", _BEGINNING


_BEGINNING = "LEMS files begin with <Lems>, NeuroML files with <neuroml>"


def includes_of(root: Element) -> Iterator[Element]:
    """The include elements of a document."""
    for child in root.children:
        if child.tag in ("Include", "include"):
            yield child


def _joined(folder: str, relative: str) -> str:
    """A path below a folder; a name that no file can have leads to none."""
    return os.path.join(folder, relative.replace("\0", "?"))


def _neighbors(folders: list[str], relative: str) -> list[str]:
    """Names of the files that stand where an included one was looked for."""
    names: list[str] = []
    for folder in folders:
        try:
            beside = os.path.dirname(_joined(folder, relative)) or "."
            names.extend(sorted(os.listdir(beside))[:500])
        except OSError:
            continue
    return [*names, *(name.rsplit("/", 1)[-1] for name in archive.archive_names())]
