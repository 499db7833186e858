"""Facts that a test may ask of a model without running it: temperature, surface of a cell."""

from __future__ import annotations

from collections.abc import Iterator
from math import dist, hypot, pi
from typing import TYPE_CHECKING

from annarchy_ml.units import split_quantity

if TYPE_CHECKING:
    from annarchy_ml.model.component import Component
    from annarchy_ml.session.model import Model

_ZERO_CELSIUS_K = 273.15
_Point = tuple[tuple[float, float, float], float]


class FactError(ValueError):
    """The model does not say this."""


def fact(model: Model, kind: str, name: str) -> float:
    """A fact of a model.

    Args:
        model: as read from files.
        kind: ``temperature`` [degC], or ``area`` [um2].
        name: for an area: a cell, or a population with or without an index.

    Raises:
        FactError: If the model does not say this.
    """
    return temperature(model) if kind == "temperature" else area(model, name)


def temperature(model: Model) -> float:
    """The temperature of the network [degC]."""
    found = {
        item.attributes["temperature"]
        for item in _walk(model.document.components)
        if item.tag == "network" or item.type == "networkWithTemperature"
        if "temperature" in item.attributes
    }
    if len(found) != 1:
        raise FactError(f"{len(found)} temperatures are given for networks; one is needed")
    number, unit, _ = split_quantity(found.pop())
    return number if unit == "degC" else number - _ZERO_CELSIUS_K


def area(model: Model, name: str) -> float:
    """The surface of a cell's segments [um2].

    A segment whose ends are one point is a sphere of its diameter.
    """
    everything = list(_walk(model.document.components))
    cells = {item.id: item for item in everything if _segments(item, everything)}
    base = name.split("[")[0]
    for item in everything:
        if item.id == base and item.attributes.get("component") in cells:
            base = item.attributes["component"]
    if base not in cells and len(cells) != 1:
        known = ", ".join(sorted(cells)) or "none"
        raise FactError(f"no cell with segments is called '{name}'; there are: {known}")
    cell = cells[base] if base in cells else next(iter(cells.values()))
    return _surface(_segments(cell, everything))


def _walk(components: list[Component]) -> Iterator[Component]:
    for item in components:
        yield item
        yield from _walk(item.children)


def _segments(cell: Component, everything: list[Component]) -> list[Component]:
    """The segments of a cell, of its own morphology or of one that it names."""
    named = cell.attributes.get("morphology", "")
    owned = [item for item in cell.children if item.tag == "morphology"]
    if not owned and named:
        owned = [item for item in everything if item.tag == "morphology" and item.id == named]
    return [item for shape in owned for item in shape.children if item.tag == "segment"]


def _surface(segments: list[Component]) -> float:
    """Sum of the mantles of all segments [um2]."""
    ends: dict[str, tuple[_Point, _Point]] = {}
    by_id = {segment.id: segment for segment in segments}

    def ends_of(segment: Component) -> tuple[_Point, _Point]:
        if segment.id not in ends:
            ends[segment.id] = (proximal(segment), _point(_child(segment, "distal")))
        return ends[segment.id]

    def proximal(segment: Component) -> _Point:
        own = _child(segment, "proximal", optional=True)
        if own is not None:
            return _point(own)
        parent = _child(segment, "parent")
        assert parent is not None
        begin, end = ends_of(by_id[parent.attributes["segment"]])
        part = float(parent.attributes.get("fractionAlong", "1"))
        place = tuple(a + part * (b - a) for a, b in zip(begin[0], end[0], strict=True))
        return (place[0], place[1], place[2]), begin[1] + part * (end[1] - begin[1])

    return sum(_mantle(*ends_of(segment)) for segment in segments)


def _child(item: Component, tag: str, optional: bool = False) -> Component | None:
    found = next((child for child in item.children if child.tag == tag), None)
    if found is None and not optional:
        raise FactError(f"the segment '{item.id}' has no <{tag}>")
    return found


def _point(item: Component | None) -> _Point:
    assert item is not None
    x, y, z, diameter = (float(item.attributes[name]) for name in ("x", "y", "z", "diameter"))
    return (x, y, z), diameter


def _mantle(begin: _Point, end: _Point) -> float:
    """The mantle of a frustum, or the surface of a sphere."""
    length, (first, last) = dist(begin[0], end[0]), (begin[1] / 2, end[1] / 2)
    if length == 0.0:
        return 4 * pi * last * last
    return pi * (first + last) * hypot(length, first - last)
