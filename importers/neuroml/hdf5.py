"""Networks in HDF5 (``.nml.h5``), as libNeuroML and neuroConstruct write them.

A file holds ``/neuroml/network`` with a group per population, projection and input list, each with
a table of numbers whose columns are named by its attributes, and all other definitions as XML text
in an attribute. The tables become the same rows as the lists of an XML file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from annarchy_ml.diagnostics import Diagnostics, Span
from annarchy_ml.diagnostics.origin import Origin
from annarchy_ml.importers.hdf5_files import WrongLayoutError, member, require_h5py
from annarchy_ml.importers.neuroml.xml_reader import Element, parse_bytes

_KINDS = ("population_", "projection_", "input_list_", "inputList_")
_PROJECTIONS = ("projection", "electricalProjection", "continuousProjection")
_ATTRIBUTES = (
    "id",
    "type",
    "presynapticPopulation",
    "postsynapticPopulation",
    "synapse",
    "preComponent",
    "postComponent",
    "component",
    "population",
)
_ENDS = ("presynapticPopulation", "postsynapticPopulation")
_NOTHING = "N."  # how PyTables writes that there is no text


@dataclass(slots=True)
class _Reading:
    """A file while it is read.

    Attributes:
        lists: id of each population to whether it lists its instances, and the id of its cells.
    """

    shown: str
    lists: dict[str, tuple[bool, str]] = field(default_factory=dict)


def read_hdf5(path: str, shown: str, report: Diagnostics) -> Element | None:
    """The document of a file; what is no network in HDF5 is reported and gives None.

    Args:
        path: of the file.
        shown: its name in messages.
        report: collects faults.

    Raises:
        EnvironmentFault: If h5py is not installed.
    """
    require_h5py(shown, ", or export the network as XML (.net.nml)")
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return _document(member(file, "neuroml"), shown, report)
    except (OSError, KeyError, ValueError, RuntimeError, WrongLayoutError) as fault:
        reason = str(fault) if isinstance(fault, WrongLayoutError) else "it cannot be read"
        report.error(
            "file.unrecognized",
            f"'{shown}' is no NeuroML network in HDF5: {reason}",
            Span(shown, 1, 1),
            hint="write it with neuroml.writers.NeuroMLHdf5Writer of libNeuroML",
        )
        return None


def _document(group: Any, shown: str, report: Diagnostics) -> Element:
    """The root element: what the text holds, then the network."""
    text = _text(group, "neuroml_top_level")
    root = parse_bytes(text.encode(), f"{shown}:neuroml_top_level", report) if text else None
    if root is None or root.tag.lower() != "neuroml":
        root = Element("neuroml", {"id": _text(group, "id")}, [], Origin(shown, 0))
    reading = _Reading(shown)
    for name in _names(group):
        if name.startswith("network"):
            root.children.append(_network(member(group, name), reading))
    return root


def _network(group: Any, reading: _Reading) -> Element:
    temperature = _text(group, "temperature")
    attributes = {"id": _text(group, "id")}
    if temperature:
        attributes |= {"type": "networkWithTemperature", "temperature": temperature}
    network = Element("network", attributes, [], Origin(reading.shown, 0))
    parts: dict[str, list[Element]] = {}
    for name in _names(group):
        if not name.startswith(_KINDS):
            raise WrongLayoutError(f"'{name}' is no population, projection or input list")
        if name.startswith("population_"):
            kind, made = "", _population(member(group, name), network, reading)
            parts.setdefault(kind, []).append(made)
    for name in _names(group):
        if not name.startswith("population_"):
            made = _connecting(member(group, name), network, reading)
            parts.setdefault(made.tag, []).append(made)
    for kind in ("", *_PROJECTIONS, "inputList"):
        network.children += parts.get(kind, [])
    return network


def _population(group: Any, network: Element, reading: _Reading) -> Element:
    from annarchy_ml.importers.neuroml.hdf5_tables import Table

    name, component = _text(group, "id"), _text(group, "component")
    table = Table.of(group, member)
    listed = table is not None and table.count > 0
    attributes = {"id": name, "component": component}
    size = str(table.count) if table is not None else _text(group, "size")
    if size:
        attributes["size"] = size
    reading.lists[name] = listed, component
    made = _inside(network, "population", attributes, reading)
    if table is not None and listed:
        attributes["type"] = "populationList"
        made.children.append(table.instances(made))
    return made


def _connecting(group: Any, network: Element, reading: _Reading) -> Element:
    """A projection or a list of inputs."""
    from annarchy_ml.importers.neuroml.hdf5_tables import Table

    listed = _texts(group)
    kind = listed.pop("type", "") or "projection"
    is_projection = "presynapticPopulation" in listed
    names = (
        ("presynapticPopulation", "postsynapticPopulation") if is_projection else ("population",)
    )
    cells = tuple(_cells_of(reading, listed.get(name, ""), listed["id"]) for name in names)
    table = Table.of(group, member)
    if not is_projection:
        made = _inside(network, "inputList", listed, reading)
        rows = table.inputs(made, cells[0]) if table is not None else None
    elif kind == "projection":
        made = _inside(network, kind, listed, reading)
        rows = table.connections(made, cells[0], cells[1]) if table is not None else None
    elif kind in _PROJECTIONS:
        own = ("id", *names)
        made = _inside(network, kind, {name: listed[name] for name in own}, reading)
        rest = {name: text for name, text in listed.items() if name not in own}
        rows = table.junctions(made, cells[0], cells[1], rest) if table is not None else None
    else:
        raise WrongLayoutError(f"'{kind}' is no kind of projection")
    if rows is not None:
        made.children.append(rows)
    return made


def _inside(network: Element, tag: str, attributes: dict[str, str], reading: _Reading) -> Element:
    return Element(tag, attributes, [], Origin(reading.shown, 0), "", "", network)


def _cells_of(reading: _Reading, population: str, owner: str) -> tuple[str, str]:
    """What stands before and after the number in paths to the cells of a population."""
    if population not in reading.lists:
        raise WrongLayoutError(f"'{owner}' names the population '{population}', which it lacks")
    listed, component = reading.lists[population]
    return (f"../{population}/", f"/{component}") if listed else (f"../{population}[", "]")


def _names(group: Any) -> Iterator[str]:
    """Names of the groups inside of a group."""
    import h5py

    for name in group:
        if isinstance(member(group, name), h5py.Group):
            yield name


def _texts(group: Any) -> dict[str, str]:
    """The attributes of a group that NeuroML knows."""
    return {name: _text(group, name) for name in _ATTRIBUTES if name in group.attrs}


def _text(group: Any, name: str) -> str:
    """An attribute as text; empty if there is none."""
    value = group.attrs.get(name)
    if hasattr(value, "reshape") and getattr(value, "size", 0) == 1:
        value = value.reshape(-1)[0]
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    text = "" if value is None else str(value)
    return "" if text == _NOTHING else text
