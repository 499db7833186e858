"""What the files of the core definitions hold, parsed once and kept in the user's cache folder.

Only files that a model includes contribute: a model may define a type of its own under the name of
a core type that it does not include.
"""

from __future__ import annotations

import io
import pickle
from dataclasses import fields
from functools import lru_cache
from typing import Any, NamedTuple

from annarchy_ml import cache_folder
from annarchy_ml.code_identity import code_identity
from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.importers.neuroml import archive
from annarchy_ml.importers.neuroml.lems import LemsReader
from annarchy_ml.importers.neuroml.xml_reader import parse_bytes
from annarchy_ml.model.document import Document

_ROOMS = ("diagnostics", "expr", "model", "units", "importers.neuroml")
FORMAT = 1
_known: dict[str, CorePart] = {}


class CorePart(NamedTuple):
    """One file: what it includes, and what it defines."""

    includes: tuple[str, ...]
    document: Document


def part(name: str) -> CorePart:
    """Content of a core file, by its full name in the archive; not to be changed."""
    found = _known.get(name)
    if found is None:
        found = _known[name] = _stored(name) or _read(name)
    return found


def _stored(name: str) -> CorePart | None:
    """The part out of the cache; None if it is not there."""
    parts = _library()
    if name not in parts:
        return None
    try:
        return CorePart(*pickle.loads(parts[name]))
    except Exception:  # whatever is wrong with an entry, it counts as missing
        return None


@lru_cache(maxsize=1)
def _library() -> dict[str, bytes]:
    """All core files as pickles by name; empty, and made later, if they are not in the cache."""
    path = cache_folder.entry("core", (FORMAT, archive.archive_identity(), code_identity(*_ROOMS)))
    if path is None:
        return {}
    found = cache_folder.load(path)
    if isinstance(found, dict):
        return found
    cache_folder.publish_later(lambda: _publish_all(path))
    return {}


def _publish_all(path: str) -> None:
    parts = {
        name: _pickled(tuple(part(name)))
        for name in sorted(archive.archive_names())
        if name.startswith(archive.CORE_FOLDER)
    }
    cache_folder.publish(path, parts)


class _Pickler(pickle.Pickler):
    """Writes frozen values as calls of their types, which are read twice as fast as states."""

    def reducer_override(self, value: Any) -> Any:
        """How to make a value again."""
        made_by = getattr(type(value), "__dataclass_params__", None)
        if made_by is not None and made_by.frozen:
            return type(value), tuple(getattr(value, item.name) for item in fields(value))
        return NotImplemented


def _pickled(value: object) -> bytes:
    stream = io.BytesIO()
    _Pickler(stream, pickle.HIGHEST_PROTOCOL).dump(value)
    return stream.getvalue()


def _read(name: str) -> CorePart:
    report = Diagnostics()
    root = parse_bytes(archive.read_archived(name), name, report)
    document = Document()
    reader = LemsReader(document, report)
    includes: list[str] = []
    if root is not None:
        reader.read(root, core=True)
        includes = [
            child.attributes.get("file", child.attributes.get("href", ""))
            for child in root.children
            if child.tag.lower() == "include"
        ]
    reader.finish()
    report.raise_if_errors()
    return CorePart(tuple(includes), document)
