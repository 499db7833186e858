"""Writes a NeuroML 2 file, with elements in the order of the schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.exporters.atomic import replacing
from annarchy_ml.exporters.neuroml.contents import Contents
from annarchy_ml.exporters.neuroml.network import network_element
from annarchy_ml.model.component import Component

NAMESPACE = "http://www.neuroml.org/schema/neuroml2"
_DIVISIONS = "numberInternalDivisions"
_AS = {"ionChannelPassive": "ionChannelHH"}
"""Types that the schema does not have, and those of which they are the case without gates."""


def write_neuroml(contents: Contents, path: Path) -> None:
    """Writes a file.

    Raises:
        UsageError: If NeuroML has no such type.
        EnvironmentFault: If it cannot be written.
    """
    root = Element("neuroml", {"xmlns": NAMESPACE, "id": contents.name})
    for item in contents.components:
        root.append(component_element(item))
    if contents.populations:
        root.append(network_element(contents))
    _check_known(root)
    _sort(root, "NeuroMLDocument")
    write_xml(root, path)


def write_xml(root: Element, path: Path) -> None:
    """Writes elements as a file."""
    indent(root, "    ")
    with replacing(path) as temporary:
        ElementTree(root).write(temporary, encoding="UTF-8", xml_declaration=True)


def component_element(component: Component) -> Element:
    """A component and all inside of it, with the name of its type as its tag."""
    own = dict(component.attributes)
    generic = component.tag == "Component"
    tag = own.pop("type") if generic else component.tag
    divisions = own.pop(_DIVISIONS, None)
    made = Element(_AS.get(tag, tag), own)
    if divisions is not None:
        SubElement(made, "property", {"tag": _DIVISIONS, "value": divisions})
    for child in component.children:
        made.append(component_element(child))
    return made


def _check_known(root: Element) -> None:
    """Refuses elements that the schema does not have at the top.

    Raises:
        UsageError: If there is one.
    """
    known = {key for key, _ in _members("NeuroMLDocument")}
    for item in root:
        if _key(item.tag) not in known:
            raise UsageError(
                f"'{item.get('id')}' is of the type {item.tag}, which NeuroML does not have",
                hint="an export takes the types of NeuroML 2 alone",
            )


def _sort(element: Element, kind: str) -> None:
    """Puts the children of an element, and theirs, into the order of the schema."""
    known = {key: (number, name) for number, (key, name) in enumerate(_members(kind))}
    last = (len(known), "")
    element[:] = sorted(element, key=lambda item: known.get(_key(item.tag), last)[0])
    for child in element:
        found = known.get(_key(child.tag))
        if found is not None:
            _sort(child, found[1])


def _members(kind: str) -> Iterator[tuple[str, str]]:
    """Names that elements in a class of libNeuroML may have, with their class, in order."""
    import neuroml

    found: Any = getattr(neuroml, kind, None)
    if found is None:
        return
    if found.superclass is not None:
        yield from _members(found.superclass.__name__)
    for item in found.member_data_items_:
        name, data_type = item.get_name(), item.get_data_type()
        yield _key(name), data_type
        yield _key(data_type), data_type


def _key(name: str) -> str:
    return name.replace("_", "").lower()
