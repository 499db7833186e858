"""Nodes: their types in a table of text, their numbers and positions in HDF5."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.exporters.atomic import replacing
from annarchy_ml.exporters.sonata.parts import Circuit, Population, model_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from annarchy_ml.exporters.sonata.templates import Templates

FIRST_TYPE = 100
_COLUMNS = ("node_type_id", "population", "model_type", "model_template", "model_name")


def write_nodes(circuit: Circuit, templates: Templates, folder: Path) -> list[Path]:
    """Writes ``nodes.h5`` and ``node_types.csv``."""
    import h5py

    nodes, types = folder / "nodes.h5", folder / "node_types.csv"
    numbered = list(enumerate(circuit.populations.values(), start=FIRST_TYPE))
    with replacing(nodes) as temporary, h5py.File(temporary, "w") as file:
        mark(file)
        for number, item in numbered:
            _write(file.create_group(f"nodes/{item.name}"), item, number)
    write_table(types, _COLUMNS, (_row(number, item, templates) for number, item in numbered))
    return [nodes, types]


def _row(number: int, item: Population, templates: Templates) -> tuple[str, ...]:
    template = "NULL" if item.is_virtual else templates.of(item.cell)
    return str(number), item.name, model_type(item), template, item.cell.id


def _write(group: Any, item: Population, number: int) -> None:
    count = len(item.ids)
    group["node_id"] = np.arange(count, dtype=np.uint64)
    group["node_type_id"] = np.full(count, number, np.int64)
    group["node_group_id"] = np.zeros(count, np.int64)
    group["node_group_index"] = np.arange(count, dtype=np.uint64)
    own = group.create_group("0")
    if item.places is not None:
        for axis, values in zip("xyz", item.places.T, strict=True):
            own[axis] = values


def mark(file: Any) -> None:
    """The attributes by which SONATA files are known."""
    file.attrs["magic"] = np.uint32(0x0A7A)
    file.attrs["version"] = np.array([0, 1], np.uint32)


def mark_by_time(group: Any) -> None:
    """Says of spikes that they are in the order of time."""
    import h5py

    orders = {"none": 0, "by_id": 1, "by_time": 2}
    group.attrs.create("sorting", orders["by_time"], dtype=h5py.enum_dtype(orders, "u1"))


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table of types: columns apart by blanks, texts with blanks in quotes."""
    with (
        replacing(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as stream,
    ):
        table = csv.writer(stream, delimiter=" ", lineterminator="\n")
        table.writerow(columns)
        table.writerows(rows)
