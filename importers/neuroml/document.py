"""Finds and reads an entry file and all that it includes.

A file is read once, however it is named; includes may be circular. They are looked for beside the
including file, beside the main file, in folders out of which files were included so far, in given
include folders, and among the core definitions; ``reach`` bounds where they may lie.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from annarchy_ml.diagnostics import Diagnostics, Span, did_you_mean
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.importers.neuroml import archive, core_types
from annarchy_ml.importers.neuroml.stored_bytes import STORED, Content, StoredBytes
from annarchy_ml.importers.neuroml.xml_reader import Element, parse_bytes
from annarchy_ml.importers.reach import LEVELS, Reach, is_address, reach_of
from annarchy_ml.model.document import Document

SIGNATURE = b"\x89HDF\r\n\x1a\n"
"""How HDF5 files begin."""
MAX_BYTES = 2_000_000_000
_ROOTS = ("lems", "neuroml")
_BEGINNING = "LEMS files begin with <Lems>, NeuroML files with <neuroml>"
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
    _reach: Reach = field(default_factory=Reach)
    _left: int = MAX_BYTES

    def load(self, path: str, main: str = "") -> None:
        """Reads an entry file; what may be read is judged by another one, if ``main`` names it."""
        self._search = [os.path.dirname(path) or "."]
        self._reach = reach_of(main or path, self.include_dirs)
        self._read(os.path.realpath(path), path, None)

    def load_core(self, name: str) -> None:
        """Reads one file of the core definitions, such as ``Cells.xml``."""
        full = archive.core_file_name(name)
        assert full is not None
        self._read_core(full)

    def _read(self, key: str, shown: str, asked: Span | None) -> None:
        """Reads a file that is not a core definition, and what it includes, in depth first order.

        Chains of includes may be longer than calls may be nested.
        """
        open_files = [self._open(key, shown, asked)]
        while open_files:
            includer, elements = open_files[-1]
            element = next(elements, None)
            if element is None:
                open_files.pop()
            elif (wanted := self._include(element, includer)) is not None:
                open_files.append(self._open(*wanted))

    def _open(self, key: str, shown: str, asked: Span | None) -> tuple[str, Iterator[Element]]:
        """Reads one file; gives its name and its includes."""
        nothing: tuple[str, Iterator[Element]] = key, iter(())
        if key in self.files:
            return nothing
        content = self._content(key, shown, asked)
        root = None if content is None else self._parsed(content, key, shown)
        if root is None:
            return nothing
        if root.tag.lower() not in _ROOTS:
            self._wrong_root(root, shown)
            return nothing
        self.files[key] = SourceFile(shown, root)
        if root.tag.lower() == "neuroml" and not archive.is_archived(key):
            for name in NEUROML_IMPLIED:
                self.load_core(name)
        return key, includes_of(root)

    def _parsed(self, content: Content, key: str, shown: str) -> Element | None:
        if content == SIGNATURE or is_swc(key):
            return _of_other_form(content, key, shown, self.report)
        file = "" if archive.is_archived(key) else os.path.abspath(key)
        try:
            return parse_bytes(content, shown, self.report, file)
        finally:
            if not isinstance(content, bytes):
                content.close()

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

    def _content(self, key: str, shown: str, asked: Span | None) -> Content | None:
        """The bytes of a file; of one in HDF5, which is read by parts, its signature."""
        if archive.is_archived(key):
            return archive.read_archived(key.removeprefix(archive.ARCHIVE_PREFIX))
        try:
            content, size = _opened(key, self._left)
            self._left -= size
        except OSError as fault:
            self.report.error("file.missing", f"'{shown}' cannot be read: {fault.strerror}", asked)
            return None
        if content == SIGNATURE or is_swc(key):
            return content
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
            hint=did_you_mean(root.tag, ("Lems", "neuroml")) or _BEGINNING,
        )

    def _include(self, element: Element, key: str) -> tuple[str, str, Span | None] | None:
        """Finds an included file; gives what to read, if it is no core file and not read yet."""
        attribute = "file" if "file" in element.attributes else "href"
        target = element.get(attribute).strip()
        if not target:
            self.report.error(
                "attribute.missing",
                "an include must say which file",
                locate(element.origin),
                hint='write <Include file="..."/>',
            )
            return None
        found = self._find(target, key)
        if found is None:
            self._not_found(element, attribute, target, key)
            return None
        name, core = found
        if core and name.startswith(archive.CORE_FOLDER):
            self._read_core(name)
            return None
        asked = locate(element.origin, attribute)
        if core:
            return archive.ARCHIVE_PREFIX + name, name, asked
        if os.path.dirname(name) not in self._search:
            self._search.insert(0, os.path.dirname(name))
        return None if name in self.files else (name, os.path.relpath(name), asked)

    def _not_found(self, element: Element, attribute: str, target: str, key: str) -> None:
        folders = self._folders(key)
        relative = _relative(target)
        inside = [folder for folder in folders if self._reaches(_joined(folder, relative))]
        if is_address(target) or not inside or folders[0] not in inside:
            self._outside(element, attribute, target)
            return
        folders = inside
        is_folder = any(os.path.isdir(_joined(folder, relative)) for folder in folders)
        shown = list(dict.fromkeys(os.path.relpath(folder) for folder in folders))
        self.report.error(
            "include.missing",
            f"the included '{target}' is a folder, not a file"
            if is_folder
            else f"cannot find the included file '{target}'",
            locate(element.origin, attribute),
            notes=(f"looked in: {', '.join(shown)}, and among the core definitions",),
            hint=_relative_hint(target, folders)
            or did_you_mean(os.path.basename(relative), _neighbors(folders, relative))
            or "check the path, or name its folder with --include DIR",
        )

    def _outside(self, element: Element, attribute: str, target: str) -> None:
        if is_address(target):
            message = f"'{target}' is an address: included files are read from disk only"
            hint = "download the file, and include it by its path"
        else:
            message = f"the included '{target}' lies outside of the folders that the model may read"
            hint = "move the file into the project, or allow its folder with --include DIR"
        self.report.error(
            "include.outside",
            message,
            locate(element.origin, attribute),
            notes=(
                f"a model may read the folder of its main file and up to {LEVELS} folders above it "
                "(no home, temporary or system folder), and folders given with --include",
            ),
            hint=hint,
        )

    def _reaches(self, path: str) -> bool:
        return self._reach.allows(os.path.realpath(path))

    def _folders(self, key: str) -> list[str]:
        beside = [] if archive.is_archived(key) else [os.path.dirname(key) or "."]
        return list(dict.fromkeys([*beside, *reversed(self._search), *self.include_dirs]))

    def _find(self, target: str, key: str) -> tuple[str, bool] | None:
        """Canonical path of an included file, or its name in the archive and True."""
        relative = _relative(target)
        for folder in [] if is_address(target) else self._folders(key):
            path = os.path.realpath(_joined(folder, relative))
            if not self._reach.allows(path):
                continue
            if os.path.isfile(path):
                return path, False
            self.missed.append(path)
        name = archive.core_file_name(relative)
        return None if name is None else (name, True)


def _opened(path: str, most: int) -> tuple[Content, int]:
    """What a file holds (of HDF5 its signature), and its size.

    Raises:
        OSError: If it cannot be read, or holds more than so many bytes.
    """
    with open(path, "rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > most:
            raise OSError(None, f"the files of the model hold more than {MAX_BYTES} bytes")
        head = stream.peek(len(SIGNATURE))
        if head.startswith(SIGNATURE):
            return SIGNATURE, size
        if size > STORED:
            return StoredBytes(path), size
        content = stream.read(size + 1) if head else b""
    if len(content) > size:
        raise OSError(None, "it is no plain file, or grows while it is read")
    return content, size


def content_fault(head: bytes, shown: str) -> tuple[str, str, str] | None:
    """Code, message and hint if a file cannot be XML, by its first bytes."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not text:
        return "file.unrecognized", f"'{shown}' is empty", _BEGINNING
    if text.startswith(b"<") or head.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")):
        return None
    return "file.unrecognized", f"'{shown}' is no LEMS or NeuroML file", _BEGINNING


def is_swc(key: str) -> bool:
    """Whether a file is a morphology of points, by its name: its text does not tell."""
    return key.lower().endswith(".swc")


def _of_other_form(content: Content, key: str, shown: str, report: Diagnostics) -> Element | None:
    """The elements of a file in HDF5, or of points of a morphology."""
    if content == SIGNATURE:
        from annarchy_ml.importers.neuroml.hdf5 import read_hdf5

        return read_hdf5(key, shown, report)
    from annarchy_ml.importers.neuroml.swc import read_swc

    return read_swc(bytes(content[:]).decode("utf-8", "replace"), shown, report)


def includes_of(root: Element) -> Iterator[Element]:
    """The include elements of a document."""
    for child in root.children:
        if child.tag in ("Include", "include"):
            yield child


def _relative(target: str) -> str:
    """An include as a path below a folder."""
    return target.replace("\\", "/").lstrip("/")


def _joined(folder: str, relative: str) -> str:
    """A path below a folder; a name that no file can have leads to none."""
    return os.path.join(folder, relative.replace("\0", "?"))


def _relative_hint(target: str, folders: list[str]) -> str:
    """What to write instead of the absolute path of a file that is there."""
    if not os.path.isabs(target) or not os.path.isfile(target):
        return ""
    shown = os.path.relpath(target, folders[0])
    return f"paths are relative to the including file, also with a '/' in front: write '{shown}'"


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
