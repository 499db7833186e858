"""A network that was built in Python as a document: a NeuroML network and a simulation of it.

    population(name, cell, n)       population; where cells differ in a value, one for each value
    projection(..., weight, delay)  projection with connectionWD elements, one for each connection
    input(...)                      inputList; one for each value where inputs differ
    junctions(...)                  electricalProjection or continuousProjection
    record, record_spikes           OutputFile, EventOutputFile

Connections are rows of numbers (`model.Rows`), whatever their number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from annarchy_ml.exporters.documents.cells import CellWriter, Drawn
from annarchy_ml.exporters.documents.links import LinkWriter
from annarchy_ml.exporters.documents.parts import Parts, element, refused
from annarchy_ml.model.component import Component, ComponentType
from annarchy_ml.model.document import Document
from annarchy_ml.model.network import Network, Projection

if TYPE_CHECKING:
    from annarchy_ml.exporters.lems.wanted import Expand

TIMES = ("length", "step")


@dataclass(frozen=True, slots=True)
class Built:
    """A network to be written.

    Attributes:
        document: its types and components.
        network: what was built.
        resolved: a component type with all that it inherits, by name.
        expand: carries out rules of connections.
        dt, duration: of the simulation [s].
        seed: of random numbers.
        drawn: values of cells that are drawn when the network starts, by what tells them apart.
    """

    document: Document
    network: Network
    resolved: Callable[[str], ComponentType]
    expand: Expand
    dt: float
    duration: float
    seed: int
    drawn: Drawn


def built_document(built: Built, stem: str) -> Document:
    """The document of a network; the files that its simulation writes begin with ``stem``.

    Raises:
        UsageError: If NeuroML cannot say something of it.
    """
    cells = CellWriter(built.document, built.resolved, built.drawn)
    links = LinkWriter(cells, built.expand, built.dt)
    network, top = built.network, built.network.component
    placed = {item.name: cells.place(item) for item in network.populations}
    parts = [part for item in placed.values() for part in item.elements]
    projections = 0
    for place, item in enumerate(network.links):
        parts += links.written(item, placed, (projections, place))
        projections += isinstance(item, Projection)
    order = ("population", "projection", "electricalProjection", "continuousProjection")
    ranks = {tag: rank for rank, tag in enumerate(order)}
    parts.sort(key=lambda part: ranks.get(part.tag, len(ranks)))
    made = element(top.type, dict(top.attributes), parts)
    simulation = _simulation(built, placed, stem)
    return replace(
        built.document,
        types={**built.document.types, **cells.types},
        components=[*built.document.components, *cells.components, made, simulation],
        targets=[*built.document.targets, ("sim", None)],
    )


def _simulation(built: Built, placed: dict[str, Parts], stem: str) -> Component:
    """The simulation, with what is recorded."""
    files: dict[str, list[Component]] = {}
    for trace in built.network.traces:
        owner = trace.target.population.name
        name = re.sub(r"\W+", "_", trace.path)
        columns = files.setdefault(f"{stem}.{owner}.{name}.dat", [])
        synapses = _summed(built.network, owner)
        if any(trace.path.startswith(f"{item}/") for item in synapses):
            raise refused(
                f"'{owner}/{trace.path}'",
                "the sum over all synapses of a cell: it has one for each connection",
                "record one of them, as 'synapses:ampa:0/g', of a projection with separate=True",
            )
        for cell in trace.target.cells.tolist():
            path = f"{placed[owner].path(cell)}/{trace.path}"
            columns.append(element("OutputColumn", {"id": f"{name}_{cell}", "quantity": path}))
    made = [
        element("OutputFile", {"id": f"values_{number}", "fileName": name}, columns)
        for number, (name, columns) in enumerate(files.items())
    ]
    for number, item in enumerate(built.network.spikes):
        owner = item.target.population.name
        chosen = [
            element(
                "EventSelection",
                {"id": str(cell), "select": placed[owner].path(cell), "eventPort": item.port},
            )
            for cell in item.target.cells.tolist()
        ]
        name = f"{stem}.{owner}.{item.port}.dat"
        given = {"id": f"events_{number}", "fileName": name, "format": "TIME_ID"}
        made.append(element("EventOutputFile", given, chosen))
    times = (built.duration, built.dt)
    given = {name: f"{value!r} s" for name, value in zip(TIMES, times, strict=True)}
    target = built.network.component.id
    return element("Simulation", {"id": "sim", **given, "target": target, **_seed(built)}, made)


def _seed(built: Built) -> dict[str, str]:
    return {"seed": str(built.seed)}


def _summed(network: Network, population: str) -> set[str]:
    """Paths to what the synapses of all projections onto a population are added up in."""
    return {
        f"synapses:{item.synapse.id}"
        for item in network.links
        if isinstance(item, Projection)
        and item.synapse is not None
        and item.target.population.name == population
    }
