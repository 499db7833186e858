"""XML files to elements, with includes followed and every element's place kept.

Entities, DTDs and the network are off. A file is read once, however it is named; includes may be
circular. They are looked for beside the including file, beside the main file, in folders out of
which files were included so far, in given include folders, and among the core definitions.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from annarchy_ml.diagnostics import Diagnostics, Span
from annarchy_ml.diagnostics.origin import Origin, locate
from annarchy_ml.importers.neuroml import archive

MAX_BYTES = 2_000_000_000


@dataclass(slots=True)
class Element:
    """An XML element: local name, attributes without namespaces, children, place."""

    tag: str
    attributes: dict[str, str]
    children: list[Element]
    origin: Origin

    def get(self, name: str, default: str = "") -> str:
        """An attribute's text."""
        return self.attributes.get(name, default)


@dataclass(slots=True)
class SourceFile:
    """One file: its root element and the name under which it is shown."""

    name: str
    root: Element
    core: bool


@dataclass(slots=True)
class Loader:
    """Reads an entry file and all that it includes.

    Attributes:
        include_dirs: further folders to look in.
        files: what was read, by canonical name, in the order in which definitions stand.
    """

    report: Diagnostics
    include_dirs: tuple[str, ...] = ()
    files: dict[str, SourceFile] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    _search: list[str] = field(default_factory=list)

    def load(self, path: str) -> None:
        """Reads the entry file; faults go to ``report``."""
        self._search = [os.path.dirname(path) or "."]
        if not os.path.isfile(path):
            self.report.error(
                "include.missing", f"there is no file '{path}'", hint="check the path"
            )
            return
        self._read(os.path.realpath(path), path, core=False)

    def load_core(self, name: str) -> None:
        """Reads one file of the core definitions, such as ``Cells.xml``."""
        full = archive.core_file_name(name)
        assert full is not None
        self._read(archive.ARCHIVE_PREFIX + full, full, core=True)

    def _read(self, key: str, shown: str, core: bool) -> None:
        if key in self.files:
            return
        root = parse_bytes(_content(key, shown), shown, self.report)
        if root is None:
            return
        source = SourceFile(shown, root, core)
        self.files[key] = source
        if root.tag.lower() == "neuroml" and not core:
            for name in NEUROML_IMPLIED:
                self.load_core(name)
        for element in includes_of(root):
            self._include(element, source, key)

    def _include(self, element: Element, source: SourceFile, key: str) -> None:
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
        found = self._find(target, key, source.core)
        if found is None:
            self.report.error(
                "include.missing",
                f"cannot find the included file '{target}'",
                locate(element.origin, attribute),
                notes=(f"looked in: {', '.join(self._folders(key))}, and the core definitions",),
                hint="check the path, or name its folder with --include DIR",
            )
            return
        name, core = found
        shown = name.removeprefix(archive.ARCHIVE_PREFIX) if core else os.path.relpath(name)
        if not core and os.path.dirname(name) not in self._search:
            self._search.insert(0, os.path.dirname(name))
        self._read(name, shown, core)

    def _folders(self, key: str) -> list[str]:
        beside = [] if key.startswith(archive.ARCHIVE_PREFIX) else [os.path.dirname(key) or "."]
        return list(dict.fromkeys([*beside, *reversed(self._search), *self.include_dirs]))

    def _find(self, target: str, key: str, core: bool) -> tuple[str, bool] | None:
        relative = target.replace("\\", "/").lstrip("/")
        if not core:
            for folder in self._folders(key):
                path = os.path.join(folder, relative)
                if os.path.isfile(path):
                    return os.path.realpath(path), False
                self.missed.append(os.path.realpath(path))
        name = archive.core_file_name(relative)
        return None if name is None else (archive.ARCHIVE_PREFIX + name, True)


NEUROML_IMPLIED = (
    "NeuroMLCoreDimensions.xml",
    "Cells.xml",
    "PyNN.xml",
    "Networks.xml",
    "Simulation.xml",
)


def includes_of(root: Element) -> Iterator[Element]:
    """The include elements of a document."""
    for child in root.children:
        if child.tag in ("Include", "include"):
            yield child


def parse_bytes(content: bytes, shown: str, report: Diagnostics) -> Element | None:
    """Parses one file; malformed XML is reported with its place and gives None."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=len(content) > 10_000_000,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as fault:
        line, column = fault.position if fault.position else (1, 1)
        text = str(fault.msg or "not well-formed").split(", line ")[0]
        report.error(
            "xml.malformed",
            f"'{shown}' is not well-formed XML: {text}",
            Span(shown, max(line, 1), max(column, 1)),
            hint="every element that is opened must be closed, and attributes quoted",
        )
        return None
    return _convert(root, shown)


def _convert(root: Any, shown: str) -> Element:
    """The lxml tree as elements, numbered in document order."""
    ordinal = 0
    top: Element | None = None
    stack: list[tuple[Any, Element]] = []
    for node in root.iter("{*}*", "*"):
        if not isinstance(node.tag, str):
            continue
        tag = node.tag
        if tag[0] == "{":
            tag = tag[tag.index("}") + 1 :]
        attributes = {name: text for name, text in node.attrib.items() if name[0] != "{"}
        element = Element(tag, attributes, [], Origin(shown, ordinal))
        ordinal += 1
        if top is None:
            top = element
        else:
            parent = node.getparent()
            while stack[-1][0] is not parent:
                stack.pop()
            stack[-1][1].children.append(element)
        stack.append((node, element))
    assert top is not None
    return top


def _content(key: str, shown: str) -> bytes:
    if key.startswith(archive.ARCHIVE_PREFIX):
        return archive.read_archived(key.removeprefix(archive.ARCHIVE_PREFIX))
    if os.path.getsize(key) > MAX_BYTES:
        raise OSError(f"'{shown}' is larger than {MAX_BYTES} bytes")
    with open(key, "rb") as stream:
        return stream.read()
