"""COMBINE archives: a zip file with a manifest that says what is in it."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NoReturn
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser, fromstring

from annarchy_ml.diagnostics.core import UsageError

MANIFEST = "manifest.xml"
SEDML = "http://identifiers.org/combine.specifications/sed-ml"
_MOST_BYTES = 4_000_000_000
_MOST_FILES = 100_000
_TEXT_BYTES = 100_000_000
# What zipfile raises: also for a part that is encrypted, damaged, or packed in an unknown way.
_ZIP_FAULTS = (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError)


@dataclass(frozen=True, slots=True)
class Content:
    """One entry of a manifest."""

    location: str
    format: str
    master: bool


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive that was unpacked.

    Attributes:
        folder: where.
        contents: what the manifest lists.
    """

    folder: Path
    contents: tuple[Content, ...]

    def sedml(self) -> Iterator[str]:
        """Locations of the documents to run: those marked as master, or all of them."""
        found = [item for item in self.contents if item.format.startswith(SEDML)]
        masters = [item for item in found if item.master]
        return (item.location for item in masters or found)


def unpack(path: Path, folder: Path) -> Archive:
    """Unpacks an archive into an empty folder.

    Raises:
        UsageError: If it is no COMBINE archive, or holds what leads out of the folder.
    """
    try:
        with zipfile.ZipFile(path) as file:
            entries = file.infolist()
            if len(entries) > _MOST_FILES or sum(item.file_size for item in entries) > _MOST_BYTES:
                raise UsageError(f"'{path}' holds more than a model would")
            for item in entries:
                _check(item, path)
            file.extractall(folder)
    except _ZIP_FAULTS as fault:
        raise UsageError(f"'{path}' is no COMBINE archive that can be unpacked: {fault}") from fault
    return Archive(folder, tuple(_contents(folder / MANIFEST, path)))


def _check(item: zipfile.ZipInfo, path: Path) -> None:
    name = item.filename.replace("\\", "/")
    parts = PurePosixPath(name).parts
    linked = stat.S_ISLNK(item.external_attr >> 16)
    if name.startswith("/") or ".." in parts or ":" in name or "\0" in name or linked:
        raise UsageError(f"'{path}' holds '{item.filename}', which leads out of the archive")


def _contents(manifest: Path, path: Path) -> Iterator[Content]:
    if not manifest.is_file():
        raise UsageError(f"'{path}' is no COMBINE archive: it has no {MANIFEST}")
    for element in parsed(manifest):
        if local(element) == "content":
            place = os.path.normpath(element.get("location", "")).replace("\\", "/")
            master = element.get("master", "false").lower() == "true"
            yield Content(place, element.get("format", ""), master)


def parsed(path: Path) -> Element:
    """The root of an XML file that is not trusted.

    Raises:
        UsageError: If it is no XML, or has a document type.
    """
    if path.stat().st_size > _TEXT_BYTES:
        raise UsageError(f"'{path.name}' is too large")
    try:
        return fromstring(path.read_bytes(), XMLParser(target=_PlainTree()))
    except _DocumentTypeError as fault:
        raise UsageError(f"'{path.name}' has a document type, which is not read") from fault
    except (ParseError, ValueError, LookupError) as fault:
        raise UsageError(f"'{path.name}' is no XML: {fault}") from fault


class _DocumentTypeError(Exception):
    """A file declares a document type, and perhaps entities that expand without end."""


class _PlainTree(TreeBuilder):
    """Builds a tree, in whatever encoding, and stops before a document type is read."""

    def doctype(self, *_: object) -> NoReturn:
        """Is called where a document type begins."""
        raise _DocumentTypeError


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]
