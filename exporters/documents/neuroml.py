"""A document as a NeuroML 2 file, and a LEMS file that includes it and says what to run.

What the schema of NeuroML has an element for goes into the NeuroML file; types of one's own, their
components and the simulation go into the LEMS file.
"""

from __future__ import annotations

import re
from pathlib import Path

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.exporters.documents.lems import own_components, write_parts, xml_file
from annarchy_ml.exporters.documents.xml_stream import Naming, XmlStream
from annarchy_ml.model.component import Component
from annarchy_ml.model.document import Document
from annarchy_ml.model.standard import Standard

NAMESPACE = "http://www.neuroml.org/schema/neuroml2"
_SCHEMAS = "https://raw.github.com/NeuroML/NeuroML2/development/Schemas/NeuroML2"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_KINDS_OF = {"networkWithTemperature": "network"}
"""Types that the schema writes as another element with a ``type``."""
SUFFIX = ".nml"


def write_neuroml(document: Document, standard: Standard, path: Path) -> list[Path]:
    """Writes a NeuroML file and, beside it, ``LEMS_<name>.xml``.

    Returns:
        Both files.

    Raises:
        UsageError: If nothing of it is NeuroML, or LEMS cannot say something of it.
        EnvironmentFault: If they cannot be written.
    """
    placed, rest = split(document, standard)
    with xml_file(path) as stream:
        write_neuroml_parts(stream, placed, standard, path.name.removesuffix(SUFFIX))
    return [path, write_companion(document, standard, rest, path)]


def write_companion(
    document: Document, standard: Standard, rest: list[Component], path: Path
) -> Path:
    """The LEMS file beside a NeuroML file, which includes it."""
    stem = re.sub(r"\.(nml|nml\.h5|xml)$", "", path.name)
    beside = path.with_name(f"LEMS_{stem}.xml")
    with xml_file(beside) as stream:
        write_parts(stream, document, standard, rest, (path.name,))
    return beside


def split(document: Document, standard: Standard) -> tuple[list[Component], list[Component]]:
    """What a NeuroML file holds, in the order of its schema, and all the rest.

    Raises:
        UsageError: If there is nothing of the former.
    """
    placed: list[Component] = []
    rest: list[Component] = []
    for item in own_components(document, standard):
        (placed if is_placed(item, document, standard) else rest).append(item)
    if not placed:
        raise UsageError(
            "the model holds nothing that NeuroML has an element for",
            hint="--to lems writes it as one LEMS file",
        )
    order = {name: place for place, name in enumerate(standard.elements)}
    placed.sort(key=lambda item: order[element_name(item)])
    return placed, rest


def write_neuroml_parts(
    stream: XmlStream, placed: list[Component], standard: Standard, name: str
) -> None:
    """The root element of a NeuroML file."""
    places = {
        "xmlns": NAMESPACE,
        "xmlns:xsi": _INSTANCE,
        "xsi:schemaLocation": f"{NAMESPACE} {_SCHEMAS}/{standard.schema}",
    }
    stream.begin("neuroml", places | {"id": document_id(name)})
    for item in placed:
        stream.component(item, lambda part: _naming(part, standard))
    stream.end()


def is_placed(item: Component, document: Document, standard: Standard) -> bool:
    """Whether a NeuroML file has an element for a component and for all inside of it."""
    return element_name(item) in standard.elements and _is_core(item, document, standard)


def document_id(name: str) -> str:
    """A name as the schema takes it."""
    made = re.sub(r"\W", "_", name, flags=re.ASCII)
    return made if re.match("[A-Za-z_]", made) else f"_{made}"


def element_name(component: Component) -> str:
    """The element that a NeuroML file has for a component at its top."""
    own = component.attributes.get("type", "") if component.tag == "Component" else component.tag
    return _KINDS_OF.get(own, own)


def _naming(part: Component, standard: Standard) -> Naming | None:
    """How the schema writes a component; None for as it is."""
    if part.parent is not None:
        return _named_by_slot(part, standard)
    attributes = dict(part.attributes)
    if part.tag == "Component":
        attributes.pop("type", None)
    if part.type in _KINDS_OF:
        attributes["type"] = part.type
    return element_name(part), attributes


def _is_core(component: Component, document: Document, standard: Standard) -> bool:
    """Whether a component and all inside of it are of core types, and the schema knows them."""
    open_parts = [component]
    while open_parts:
        item = open_parts.pop()
        known = document.types.get(item.type)
        if known is None or not known.core:
            return False
        if item is not component and not _is_known(item, standard):
            return False
        open_parts += item.children
    return True


def _is_known(part: Component, standard: Standard) -> bool:
    """Whether the schema has an element for what stands inside a component."""
    return part.tag in standard.inside or _named_by_slot(part, standard) is not None


def _named_by_slot(part: Component, standard: Standard) -> Naming | None:
    """The element of a child that the schema calls by its role, such as ``blockMechanism``."""
    if part.tag in standard.inside or part.slot not in standard.inside or part.tag == "Component":
        return None
    return part.slot, {"type": part.tag, **part.attributes}
