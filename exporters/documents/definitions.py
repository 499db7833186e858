"""Dimensions, units, constants, assertions, types and targets of a document as LEMS elements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from xml.etree.ElementTree import Element

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.exporters.documents.dynamics import text
from annarchy_ml.exporters.documents.types import type_element
from annarchy_ml.model.document import Document
from annarchy_ml.units.dimension import DIMENSIONLESS, Dimension
from annarchy_ml.units.unit import Unit


def own_definitions(document: Document, known: Document) -> Iterator[Element]:
    """What a document defines beyond what is known, in the order in which LEMS asks for it.

    Raises:
        UsageError: If LEMS cannot say something of a type.
    """
    for name, dimension in document.dimensions.items():
        if name not in known.dimensions:
            yield _dimension(name, dimension)
    for symbol, unit in document.units.items():
        if symbol not in known.units:
            yield _unit(unit, document.dimensions)
    for dimension_name, matches, _ in document.assertions:
        yield Element("Assertion", dimension=dimension_name, matches=text(matches))
    for name, (value, dimension_name, _) in document.constants.items():
        if name not in known.constants:
            yield Element("Constant", name=name, dimension=dimension_name, value=value)
    for name, made in document.types.items():
        if name not in known.types:
            yield type_element(made)


def target_elements(document: Document, known: Document) -> Iterator[Element]:
    """Which components the document asks to run."""
    for name, _ in document.targets[len(known.targets) :]:
        yield Element("Target", component=name)


def _dimension(name: str, made: Dimension) -> Element:
    element = Element("Dimension", name=name)
    for item in fields(made):
        exponent = getattr(made, item.name)
        if exponent:
            element.set(item.name, str(exponent))
    return element


def _unit(made: Unit, dimensions: dict[str, Dimension]) -> Element:
    known = {"none": DIMENSIONLESS, **dimensions}
    name = next((key for key, item in known.items() if item == made.dimension), "")
    if not name:
        raise UsageError(f"the dimension of the unit '{made.symbol}' has no name")
    element = Element("Unit", symbol=made.symbol, dimension=name)
    if made.power:
        element.set("power", str(made.power))
    if made.scale != 1.0:
        element.set("scale", repr(made.scale))
    if made.offset:
        element.set("offset", repr(made.offset))
    return element
