"""The network of a NeuroML file: populations, projections, inputs, gap junctions."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from annarchy_ml.exporters.neuroml.contents import (
    Contents,
    Ends,
    ListedInputs,
    ListedJunctions,
    ListedProjection,
)

_GAP = "gapJunction"


def network_element(contents: Contents) -> Element:
    """The network."""
    heated = {"type": "networkWithTemperature", "temperature": contents.temperature}
    made = Element("network", {"id": contents.name, **(heated if contents.temperature else {})})
    for name, component, size in contents.populations:
        SubElement(made, "population", {"id": name, "component": component, "size": str(size)})
    made.extend(_projection(item) for item in contents.projections)
    kinds = {item.id: item.attributes.get("type", item.tag) for item in contents.components}
    made.extend(_junctions(item, kinds[item.components[1]]) for item in contents.junctions)
    made.extend(_inputs(item) for item in contents.inputs)
    return made


def _rows(end: Ends, names: tuple[str, str, str]) -> Iterator[dict[str, str]]:
    """The attributes of one end of each connection.

    Args:
        end: where they are.
        names: of the attributes for cell, segment and fraction.
    """
    cells = end.cells.tolist()
    if end.segments is None or end.alongs is None:
        yield from ({names[0]: f"../{end.population}[{cell}]"} for cell in cells)
        return
    for cell, segment, along in zip(cells, end.segments.tolist(), end.alongs.tolist(), strict=True):
        place = {names[1]: str(segment), names[2]: repr(along)}
        yield {names[0]: f"../{end.population}[{cell}]", **place}


def _projection(item: ListedProjection) -> Element:
    ends = {
        "presynapticPopulation": item.pre.population,
        "postsynapticPopulation": item.post.population,
    }
    made = Element("projection", {"id": item.name, **ends, "synapse": item.synapse})
    names = [(f"{end}CellId", f"{end}SegmentId", f"{end}FractionAlong") for end in ("pre", "post")]
    rows = zip(_rows(item.pre, names[0]), _rows(item.post, names[1]), strict=True)
    values = zip(item.weights.tolist(), item.delays.tolist(), strict=True)
    for number, ((pre, post), (weight, delay)) in enumerate(zip(rows, values, strict=True)):
        own = {"id": str(number), **pre, **post, "weight": repr(weight), "delay": f"{delay!r} s"}
        SubElement(made, "connectionWD", own)
    return made


def _junctions(item: ListedJunctions, kind: str) -> Element:
    ends = {
        "presynapticPopulation": item.pre.population,
        "postsynapticPopulation": item.post.population,
    }
    names = [(f"{end}Cell", f"{end}Segment", f"{end}FractionAlong") for end in ("pre", "post")]
    if kind == _GAP:
        outer, inner = "electricalProjection", "electricalConnectionInstanceW"
        on = {"synapse": item.components[1]}
    else:
        outer, inner = "continuousProjection", "continuousConnectionInstanceW"
        on = dict(zip(("preComponent", "postComponent"), item.components, strict=True))
    made = Element(outer, {"id": item.name, **ends})
    rows = zip(_rows(item.pre, names[0]), _rows(item.post, names[1]), strict=True)
    for number, ((pre, post), weight) in enumerate(zip(rows, item.weights.tolist(), strict=True)):
        SubElement(made, inner, {"id": str(number), **pre, **post, **on, "weight": repr(weight)})
    return made


def _inputs(item: ListedInputs) -> Element:
    given = {"component": item.component, "population": item.target.population}
    made = Element("inputList", {"id": item.name, **given})
    names = ("target", "segmentId", "fractionAlong")
    for number, row in enumerate(_rows(item.target, names)):
        SubElement(made, "input", {"id": str(number), **row, "destination": "synapses"})
    return made
