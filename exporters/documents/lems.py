"""A document as one LEMS file: its own definitions, its components, what it asks to run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from annarchy_ml.exporters.atomic import replacing
from annarchy_ml.exporters.documents.definitions import own_definitions, target_elements
from annarchy_ml.exporters.documents.xml_stream import XmlStream
from annarchy_ml.model.component import Component
from annarchy_ml.model.document import Document
from annarchy_ml.model.standard import Standard


def own_components(document: Document, standard: Standard) -> list[Component]:
    """The components that are not of the core definitions."""
    core = set(standard.known.files)
    return [
        item for item in document.components if item.origin is None or item.origin.file not in core
    ]


def write_lems(document: Document, standard: Standard, path: Path) -> list[Path]:
    """Writes all of a document to one LEMS file, what it included with it.

    Returns:
        The file.

    Raises:
        UsageError: If LEMS cannot say something of it.
        EnvironmentFault: If it cannot be written.
    """
    with xml_file(path) as stream:
        write_parts(stream, document, standard, own_components(document, standard))
    return [path]


@contextmanager
def xml_file(path: Path) -> Iterator[XmlStream]:
    """An XML file that takes its name when it is complete."""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as out:
        yield XmlStream(out)


def write_parts(
    stream: XmlStream,
    document: Document,
    standard: Standard,
    components: Iterable[Component],
    files: Sequence[str] = (),
) -> None:
    """The root element of a LEMS file.

    Args:
        stream: where it goes.
        document: its own definitions are written.
        standard: what need not be written.
        components: which ones to write.
        files: what to include beside the core definitions.
    """
    definitions = list(own_definitions(document, standard.known))
    stream.begin("Lems", {})
    for target in target_elements(document, standard.known):
        stream.element(target)
    for name in (*standard.includes, *files):
        stream.empty("Include", {"file": name})
    for element in definitions:
        stream.element(element)
    for component in components:
        stream.component(component)
    stream.end()
