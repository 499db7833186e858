"""Which core definitions a document has used, and what the schema says of NeuroML files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from xml.etree.ElementTree import Element, fromstring

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.importers.neuroml import archive, core_types
from annarchy_ml.importers.neuroml.lems import LemsReader
from annarchy_ml.model.document import Document
from annarchy_ml.model.standard import Standard

_XS = "{http://www.w3.org/2001/XMLSchema}"
_ROOT = "NeuroMLDocument"


class _Schema(NamedTuple):
    file: str
    elements: tuple[str, ...]
    inside: frozenset[str]


def standard_of(document: Document) -> Standard:
    """The core definitions that a document uses."""
    names = [name.removeprefix(archive.ARCHIVE_PREFIX) for name in document.files]
    names = [name for name in names if name.startswith(archive.CORE_FOLDER)]
    inside = {
        archive.core_file_name(item) for name in names for item in core_types.part(name).includes
    }
    first = [name for name in names if name not in inside]
    known = Document()
    reader = LemsReader(known, Diagnostics())
    for name in names:
        reader.merge(core_types.part(name).document)
    known.files = names
    schema = _schema()
    includes = tuple(name.rpartition("/")[2] for name in first)
    return Standard(includes, known, schema.elements, schema.inside, schema.file)


@lru_cache(maxsize=1)
def _schema() -> _Schema:
    """The elements at the top of a NeuroML file, by the newest schema of the archive."""
    name = archive.schema_name()
    root = fromstring(archive.read_archived(name))
    groups = {item.get("name"): item for item in root.iter(f"{_XS}group") if item.get("name")}
    top = next(item for item in root.iter(f"{_XS}complexType") if item.get("name") == _ROOT)
    inside = frozenset(item.get("name", "") for item in root.iter(f"{_XS}element"))
    return _Schema(re.sub(r".*/", "", name), tuple(_elements(top, groups)), inside)


def _elements(part: Element, groups: dict[str | None, Element]) -> Iterator[str]:
    """Names of elements in order, those of groups among them."""
    for item in part:
        if item.tag == f"{_XS}element":
            yield item.get("name", "")
        elif item.tag == f"{_XS}group":
            yield from _elements(groups[item.get("ref")], groups)
        else:
            yield from _elements(item, groups)
