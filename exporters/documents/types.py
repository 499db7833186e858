"""Component types as LEMS elements, member by member."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from annarchy_ml.exporters.documents.dynamics import dynamics_element, given, text
from annarchy_ml.model.component import (
    ComponentType,
    Parameter,
    Reference,
    Slot,
    StructureElement,
)

_PARAMETERS = {
    "parameter": "Parameter",
    "index": "IndexParameter",
    "property": "Property",
    "constant": "Constant",
}
_REFERENCES = {
    "component": "ComponentReference",
    "link": "Link",
    "path": "Path",
    "text": "Text",
    "instance": "InstanceRequirement",
    "ancestor": "ComponentRequirement",
    "path_parameter": "PathParameter",
}
_SLOTS = {"child": "Child", "children": "Children", "attachments": "Attachments"}


def type_element(made: ComponentType) -> Element:
    """A component type.

    Raises:
        UsageError: If LEMS cannot say something of it.
    """
    known = given(name=made.name, extends=made.extends, description=made.description)
    element = Element("ComponentType", known)
    _values(element, made)
    for reference in made.references:
        SubElement(element, _REFERENCES[reference.kind], _reference(reference))
    for slot in made.slots:
        SubElement(element, _SLOTS[slot.kind], _slot(slot))
    _interface(element, made)
    if made.structure is not None:
        structure = SubElement(element, "Structure")
        structure.extend(_structure(item) for item in made.structure)
    if made.simulation is not None:
        block = SubElement(element, "Simulation")
        block.extend(Element(item.kind, dict(item.attributes)) for item in made.simulation)
    if made.dynamics is not None:
        element.append(dynamics_element(made.dynamics, made.name))
    return element


def _values(element: Element, made: ComponentType) -> None:
    for item in made.parameters:
        SubElement(element, _PARAMETERS[item.kind], _parameter(item))
    for derived in made.derived_parameters:
        value = "" if derived.value is None else text(derived.value)
        known = given(name=derived.name, dimension=derived.dimension, value=value)
        SubElement(element, "DerivedParameter", known | given(select=derived.select))
    for name, value in made.fixed:
        SubElement(element, "Fixed", parameter=name, value=value)


def _interface(element: Element, made: ComponentType) -> None:
    for need in made.requirements:
        SubElement(element, "Requirement", given(name=need.name, dimension=need.dimension))
    for item in made.exposures:
        known = given(name=item.name, dimension=item.dimension, description=item.description)
        SubElement(element, "Exposure", known)
    for port in made.ports:
        SubElement(element, "EventPort", name=port.name, direction=port.direction)


def _parameter(made: Parameter) -> dict[str, str]:
    known = {"name": made.name}
    if made.kind != "index":
        known["dimension"] = made.dimension
    default = "value" if made.kind == "constant" else "defaultValue"
    return known | ({default: made.default} if made.default else {})


def _reference(made: Reference) -> dict[str, str]:
    return given(
        name=made.name,
        type_=made.type,
        local="true" if made.local else "",
        required="" if made.required else "false",
        defaultComponent=made.default,
    )


def _slot(made: Slot) -> dict[str, str]:
    return {"name": made.name, "type": made.type}


def _structure(made: StructureElement) -> Element:
    """An element of a structure, as the file had it."""
    element = Element(made.kind, dict(made.attributes))
    element.extend(_structure(item) for item in made.children)
    return element
