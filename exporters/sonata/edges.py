"""Edges: a population for each projection, with weights, delays and both indices."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from annarchy_ml.exporters.atomic import replacing
from annarchy_ml.exporters.documents.columns import Table, tables_of
from annarchy_ml.exporters.sonata.nodes import mark, write_table
from annarchy_ml.exporters.sonata.parts import (
    CONNECTIONS,
    PROJECTIONS,
    Circuit,
    Names,
    Population,
    refused,
)
from annarchy_ml.exporters.sonata.templates import Templates
from annarchy_ml.model.component import Component

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Numbers = NDArray[np.float64]

FIRST_TYPE = 1000
_COLUMNS = ("edge_type_id", "population", "model_template", "model_name", "dynamics_params")
_SEGMENTS = {
    "preSegmentId": ("efferent_section_id", 0.0),
    "preFractionAlong": ("efferent_section_pos", 0.5),
    "postSegmentId": ("afferent_section_id", 0.0),
    "postFractionAlong": ("afferent_section_pos", 0.5),
}


class Link(NamedTuple):
    """A projection, or single connections that are alike.

    Attributes:
        name: of the population of edges.
        ends: populations of sources and targets.
        synapse: the component.
        parts: the elements.
    """

    name: str
    ends: tuple[Population, Population]
    synapse: Component
    parts: list[Component]


class Edges(NamedTuple):
    """Connections as numbers.

    Attributes:
        sources, targets: nodes, shape (n,).
        values: weights (factors of the synapse), delays [ms] and places on cells by their name in
            SONATA, shape (n,) each.
    """

    sources: Integers
    targets: Integers
    values: dict[str, Numbers]


def links_of(circuit: Circuit) -> list[Link]:
    """All that becomes edges.

    Raises:
        UsageError: If SONATA cannot say it.
    """
    names = Names()
    found = []
    for key, items in groupby(circuit.links(PROJECTIONS), lambda item: _key(circuit, item)):
        parts = list(items)
        ends = (circuit.populations[key[1]], circuit.populations[key[2]])
        if parts[0].tag == "projection":
            parts = parts[0].children
        synapse = circuit.component(key[3], key[0] or "a connection")
        found.append(Link(names.unique(key[0] or "connections"), ends, synapse, parts))
    return found


def _key(circuit: Circuit, item: Component) -> tuple[str, ...]:
    """What connections that are alike share: id, populations, synapse, element."""
    given = item.attributes
    if item.tag not in CONNECTIONS:
        ends = [given[f"{end}synapticPopulation"] for end in ("pre", "post")]
        return item.id, *ends, given["synapse"], item.tag
    if given.get("destination", "synapses") != "synapses":
        raise refused(f"connections to '{given['destination']}' of cells", "")
    ends = []
    for end in ("from", "to"):
        place = circuit.node(given[end])
        if place is None:
            raise refused(f"the connection of '{given[end]}'", "which is no cell")
        ends += [name for name, known in circuit.populations.items() if known is place[0]]
    return "", *ends, given["synapse"], item.tag


def write_edges(circuit: Circuit, templates: Templates, folder: Path) -> list[Path]:
    """Writes ``edges.h5`` and ``edge_types.csv``; nothing where there are no connections.

    Raises:
        UsageError: If SONATA cannot say something of them.
    """
    import h5py

    links = links_of(circuit)
    if not links:
        return []
    edges, types = folder / "edges.h5", folder / "edge_types.csv"
    rows = []
    with replacing(edges) as temporary, h5py.File(temporary, "w") as file:
        mark(file)
        for number, link in enumerate(links, start=FIRST_TYPE):
            _write(file.create_group(f"edges/{link.name}"), link, edges_of(circuit, link), number)
            synapse = link.synapse
            rows.append((str(number), link.name, templates.of(synapse), synapse.id, "NULL"))
    write_table(types, _COLUMNS, rows)
    return [edges, types]


def edges_of(circuit: Circuit, link: Link) -> Edges:
    """The connections of a projection.

    Raises:
        UsageError: If they lead elsewhere than to cells of its populations.
    """
    tables = list(tables_of(link.parts))
    ends = []
    single = bool(link.parts) and link.parts[0].tag in CONNECTIONS
    names = ("from", "to") if single else ("preCellId", "postCellId")
    for name, end in zip(names, link.ends, strict=True):
        owner = next(key for key, item in circuit.populations.items() if item is end)
        cells = [end.nodes(table.cells(name, owner, link.name)) for table in tables]
        ends.append(np.concatenate([*cells, np.zeros(0, np.int64)]))
    return Edges(ends[0], ends[1], dict(_values(circuit, tables)))


def _values(circuit: Circuit, tables: list[Table]) -> Iterator[tuple[str, Numbers]]:
    """What the connections say of weights, delays and places."""
    known: dict[str, tuple[str, Any, float]] = {
        "weight": ("syn_weight", float, 1.0),
        "delay": ("delay", circuit.milliseconds, 0.0),
    }
    for attribute, (name, default) in _SEGMENTS.items():
        known[attribute] = name, float, default
    for attribute, (name, read, default) in known.items():
        if any(table.column(attribute) is not None for table in tables):
            parts = [table.numbers(attribute, read, default) for table in tables]
            yield name, np.concatenate(parts)


def _write(group: Any, link: Link, edges: Edges, number: int) -> None:
    count = len(edges.sources)
    for name, nodes, end in zip(
        ("source_node_id", "target_node_id"), edges[:2], link.ends, strict=True
    ):
        group[name] = nodes.astype(np.uint64)
        group[name].attrs["node_population"] = end.name
    group["edge_type_id"] = np.full(count, number, np.int64)
    group["edge_group_id"] = np.zeros(count, np.int64)
    group["edge_group_index"] = np.arange(count, dtype=np.uint64)
    own = group.create_group("0")
    for name, values in edges.values.items():
        own[name] = values
    sides = {"source_to_target": (edges.sources, 0), "target_to_source": (edges.targets, 1)}
    for name, (nodes, side) in sides.items():
        _write_index(group.create_group(f"indices/{name}"), nodes, len(link.ends[side].ids))


def _write_index(group: Any, nodes: Integers, count: int) -> None:
    """For each node, runs of edges: ``node_id_to_ranges`` leads to rows of ``range_to_edge_id``."""
    order = np.argsort(nodes, kind="stable")
    own = nodes[order]
    new = np.ones(len(order), bool)
    new[1:] = (np.diff(order) != 1) | (np.diff(own) != 0)
    begins = np.flatnonzero(new)
    ends = np.append(begins[1:], len(order))[: len(begins)]
    ranges = np.column_stack([order[begins], order[ends - 1] + 1])
    rows = np.searchsorted(own[begins], np.arange(count + 1))
    group["node_id_to_ranges"] = np.column_stack([rows[:-1], rows[1:]]).astype(np.uint64)
    group["range_to_edge_id"] = ranges.astype(np.uint64)
