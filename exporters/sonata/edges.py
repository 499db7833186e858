"""Edges: a population for each projection, with weights, delays and both indices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from annarchy_ml.exporters.atomic import replacing
from annarchy_ml.exporters.documents.columns import Table, tables_of
from annarchy_ml.exporters.sonata.nodes import mark, write_table
from annarchy_ml.exporters.sonata.parts import PROJECTIONS, Circuit, Population, refused
from annarchy_ml.exporters.sonata.templates import template_of
from annarchy_ml.model.component import Component

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Numbers = NDArray[np.float64]

FIRST_TYPE = 1000
_COLUMNS = ("edge_type_id", "population", "model_template", "dynamics_params")
_SEGMENTS = {
    "preSegmentId": ("efferent_section_id", 0.0),
    "preFractionAlong": ("efferent_section_pos", 0.5),
    "postSegmentId": ("afferent_section_id", 0.0),
    "postFractionAlong": ("afferent_section_pos", 0.5),
}


class Edges(NamedTuple):
    """The connections of one projection.

    Attributes:
        name: of the projection.
        ends: populations of sources and targets.
        sources, targets: nodes, shape (n,).
        weights: factors of the synapse, shape (n,).
        delays: [ms], shape (n,).
        along: places on cells by name of SONATA, shape (n,) each.
        synapse: the component.
    """

    name: str
    ends: tuple[Population, Population]
    sources: Integers
    targets: Integers
    weights: Numbers
    delays: Numbers
    along: dict[str, Numbers]
    synapse: Component


def write_edges(circuit: Circuit, folder: Path) -> list[Path]:
    """Writes ``edges.h5`` and ``edge_types.csv``; nothing where there are no connections."""
    import h5py

    found = [edges_of(circuit, item) for item in circuit.links(PROJECTIONS)]
    if not found:
        return []
    edges, types = folder / "edges.h5", folder / "edge_types.csv"
    with replacing(edges) as temporary, h5py.File(temporary, "w") as file:
        mark(file)
        for number, item in enumerate(found, start=FIRST_TYPE):
            _write(file.create_group(f"edges/{item.name}"), item, number)
    rows = [
        (str(number), item.name, template_of(item.synapse), "NULL")
        for number, item in enumerate(found, start=FIRST_TYPE)
    ]
    write_table(types, _COLUMNS, rows)
    return [edges, types]


def edges_of(circuit: Circuit, item: Component) -> Edges:
    """The connections of a projection."""
    names = [item.attributes[f"{end}synapticPopulation"] for end in ("pre", "post")]
    ends = (circuit.populations[names[0]], circuit.populations[names[1]])
    synapse = circuit.component(item.attributes["synapse"], item.id)
    tables = list(tables_of(item.children))
    return Edges(
        item.id,
        ends,
        _joined([ends[0].nodes(table.cells("preCellId", names[0], item.id)) for table in tables]),
        _joined([ends[1].nodes(table.cells("postCellId", names[1], item.id)) for table in tables]),
        _joined([table.numbers("weight", float, 1.0) for table in tables]),
        _joined([table.numbers("delay", circuit.milliseconds) for table in tables]),
        _along(tables),
        synapse,
    )


def _along(tables: list[Table]) -> dict[str, Numbers]:
    """Places on cells, of projections that name some."""
    return {
        name: _joined([table.numbers(attribute, float, default) for table in tables])
        for attribute, (name, default) in _SEGMENTS.items()
        if any(table.column(attribute) is not None for table in tables)
    }


def _joined(parts: list[Any]) -> Any:
    return np.concatenate(parts) if parts else np.zeros(0)


def _write(group: Any, item: Edges, number: int) -> None:
    count = len(item.sources)
    if not count:
        raise refused(f"the projection '{item.name}'", "which has no connection")
    for name, nodes, end in zip(
        ("source_node_id", "target_node_id"), (item.sources, item.targets), item.ends, strict=True
    ):
        group[name] = nodes.astype(np.uint64)
        group[name].attrs["node_population"] = end.name
    group["edge_type_id"] = np.full(count, number, np.int64)
    group["edge_group_id"] = np.zeros(count, np.int64)
    group["edge_group_index"] = np.arange(count, dtype=np.uint64)
    own = group.create_group("0")
    own["syn_weight"], own["delay"] = item.weights, item.delays
    for name, values in item.along.items():
        own[name] = values
    sides = {"source_to_target": (item.sources, 0), "target_to_source": (item.targets, 1)}
    for name, (nodes, end) in sides.items():
        _write_index(group.create_group(f"indices/{name}"), nodes, len(item.ends[end].ids))


def _write_index(group: Any, nodes: Integers, count: int) -> None:
    """For each node, runs of edges: ``node_id_to_ranges`` leads to rows of ``range_to_edge_id``."""
    order = np.lexsort((np.arange(len(nodes)), nodes))
    own = nodes[order]
    new = np.ones(len(order), bool)
    new[1:] = (np.diff(order) != 1) | (np.diff(own) != 0)
    begins = np.flatnonzero(new)
    ends = np.append(begins[1:], len(order))
    ranges = np.column_stack([order[begins], order[ends - 1] + 1])
    rows = np.searchsorted(own[begins], np.arange(count + 1))
    group["node_id_to_ranges"] = np.column_stack([rows[:-1], rows[1:]]).astype(np.uint64)
    group["range_to_edge_id"] = ranges.astype(np.uint64)
