"""A document as a NeuroML network in HDF5 (``.nml.h5``), and a LEMS file that includes it.

The layout is that of libNeuroML: a group for each population, projection and input list with a
table of numbers, and all else as XML text. Tables are written piece by piece and in double
precision, so that what is read again is what was written. Groups are kept in their order.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from annarchy_ml.diagnostics.core import EnvironmentFault, UsageError
from annarchy_ml.exporters.atomic import replacing
from annarchy_ml.exporters.documents.columns import CELL, Table, milliseconds, tables_of
from annarchy_ml.exporters.documents.neuroml import (
    document_id,
    element_name,
    split,
    write_companion,
    write_neuroml_parts,
)
from annarchy_ml.exporters.documents.parts import element
from annarchy_ml.exporters.documents.xml_stream import XmlStream
from annarchy_ml.model.component import Component
from annarchy_ml.model.document import Document
from annarchy_ml.model.rows import Rows, Same
from annarchy_ml.model.standard import Standard

SUFFIX, INPUT = ".nml.h5", "explicitInput"
_ROWS_AT_ONCE = 1 << 16
_LARGE_TEXT = 60_000  # bytes of an attribute that older layouts of HDF5 take
_SEGMENTS = {
    "pre_segment_id": ("preSegmentId", 0.0),
    "post_segment_id": ("postSegmentId", 0.0),
    "pre_fraction_along": ("preFractionAlong", 0.5),
    "post_fraction_along": ("postFractionAlong", 0.5),
}
_JUNCTION_SEGMENTS = {
    "pre_segment_id": ("preSegment", 0.0),
    "post_segment_id": ("postSegment", 0.0),
    "pre_fraction_along": ("preFractionAlong", 0.5),
    "post_fraction_along": ("postFractionAlong", 0.5),
}
_INPUT_SEGMENTS = {"segment_id": ("segmentId", 0.0), "fraction_along": ("fractionAlong", 0.5)}
_COMPONENTS = ("synapse", "preComponent", "postComponent")
_ENDS = ("presynapticPopulation", "postsynapticPopulation")
Make = Callable[[Table], "np.ndarray[Any, Any]"]


def write_hdf5(document: Document, standard: Standard, path: Path) -> list[Path]:
    """Writes a network in HDF5 and, beside it, ``LEMS_<name>.xml``.

    Returns:
        Both files.

    Raises:
        UsageError: If there is not one network, or a table cannot hold something of it.
        EnvironmentFault: If h5py is not installed, or a file cannot be written.
    """
    if find_spec("h5py") is None:
        raise EnvironmentFault(
            "h5py, which writes HDF5 files, is not installed",
            hint='pip install "annarchy-ml[hdf5]", or export with --to neuroml',
        )
    if not path.name.endswith(SUFFIX):
        raise UsageError(f"'{path.name}': the name of a network in HDF5 ends with {SUFFIX}")
    import h5py

    placed, rest = split(document, standard)
    network = _network(placed, rest)
    name = document_id(path.name.removesuffix(SUFFIX))
    text = _top_level([item for item in placed if item is not network], standard, name)
    large = len(text) > _LARGE_TEXT
    with replacing(path) as temporary:
        kind = "latest" if large else "earliest"
        with h5py.File(temporary, "w", libver=kind, track_order=True) as file:
            root = file.create_group("neuroml", track_order=True)
            root.attrs.update({"id": name, "neuroml_top_level": np.bytes_(text)})
            _Network(root, network, document).write()
    return [path, write_companion(document, standard, rest, path)]


def _network(placed: list[Component], rest: list[Component]) -> Component:
    """The network that tables hold: the only one, or the one that is to be run."""
    found = [item for item in placed if element_name(item) == "network"]
    if len(found) > 1:
        wanted = {item.attributes.get("target") for item in rest}
        found = [item for item in found if item.id in wanted]
    if len(found) != 1:
        raise UsageError(
            "a file in HDF5 holds the network that is to be run, and the model has "
            f"{len(found) or 'none'} that NeuroML has elements for",
            hint="export it with --to lems",
        )
    return found[0]


def _top_level(placed: list[Component], standard: Standard, name: str) -> bytes:
    out = io.StringIO()
    write_neuroml_parts(XmlStream(out, declared=False), placed, standard, name)
    return out.getvalue().encode()


def _bytes(text: str) -> np.bytes_:
    """A text as attributes hold it."""
    return np.bytes_(text.encode())


class _Network:
    """The group of a network."""

    def __init__(self, root: Any, made: Component, document: Document) -> None:
        self._group = root.create_group("network", track_order=True)
        self._made = made
        self._time = milliseconds(document.units)
        self._alone = 0  # inputs in no list

    def write(self) -> None:
        """Writes all that stands in the network."""
        for name in ("id", "temperature"):
            if text := self._made.attributes.get(name, ""):
                self._group.attrs[name] = _bytes(text)
        for item in map(self._listed, _each_of_inputs(self._made.children)):
            writer = _WRITERS.get(item.tag)
            if writer is None or item.many:
                raise self._refused(item, f"a <{item.tag}>")
            writer(self, item)

    def _population(self, item: Component) -> None:
        group = self._made_group("population", item, ("id", "component"))
        if not item.children:
            group.attrs["size"] = int(float(item.attributes.get("size", "0")))
            return
        if any(child.tag != "instance" for child in item.children):
            raise self._refused(item, f"a <{item.children[0].tag}>")
        group.attrs["type"] = _bytes("populationList")
        group.attrs["size"] = sum(child.count for child in item.children)

        def make(table: Table) -> Any:
            place = table.at_child("location")
            columns = [place.numbers(axis, float) for axis in "xyz"]
            return np.column_stack([table.numbers("id", float), *columns])

        self._table(group, item, ("id", "x", "y", "z"), make)

    def _projection(self, item: Component) -> None:
        group = self._made_group("projection", item, ("id", *_ENDS, "synapse"))
        group.attrs["type"] = _bytes("projection")
        tags = {child.tag for child in item.children}
        if not tags:
            return
        if len(tags) > 1:
            raise self._refused(item, "connections with weights beside others without")
        weighted = tags == {"connectionWD"}
        ends = ("preCellId", "postCellId")
        further = {name: row for name, row in _SEGMENTS.items() if _has(item, row[0])}
        names = ["id", "pre_cell_id", "post_cell_id", *further]
        names += ["weight", "delay"] if weighted else []

        def make(table: Table) -> Any:
            columns = self._ends(item, table, ends)
            columns += [table.numbers(key, float, default) for key, default in further.values()]
            if weighted:
                columns.append(table.numbers("weight", float))
                columns.append(table.numbers("delay", self._time))
            return np.column_stack(columns)

        self._table(group, item, names, make)

    def _junctions(self, item: Component) -> None:
        group = self._made_group("projection", item, ("id", *_ENDS))
        group.attrs["type"] = _bytes(item.tag)
        if not item.children:
            return
        for name in _COMPONENTS:
            if text := self._shared(item, name):
                group.attrs[name] = _bytes(text)
        weighted = _has(item, "weight")
        names = ["id", "pre_cell_id", "post_cell_id", *_JUNCTION_SEGMENTS]
        names += ["weight"] if weighted else []

        def make(table: Table) -> Any:
            columns = self._ends(item, table, ("preCell", "postCell"))
            rows = _JUNCTION_SEGMENTS.values()
            columns += [table.numbers(key, float, default) for key, default in rows]
            columns += [table.numbers("weight", float, 1.0)] if weighted else []
            return np.column_stack(columns)

        self._table(group, item, names, make)

    def _inputs(self, item: Component) -> None:
        group = self._made_group("inputList", item, ("id", "component", "population"))
        if not item.children:
            return
        if self._shared(item, "destination") != "synapses":
            raise self._refused(item, "inputs that hang elsewhere than in 'synapses'")
        weighted = _has(item, "weight")
        population = item.attributes.get("population", "")
        names = ["id", "target_cell_id", *_INPUT_SEGMENTS, *(["weight"] if weighted else [])]

        def make(table: Table) -> Any:
            cells = table.cells("target", population, item.id)
            columns = [table.numbers("id", float), cells]
            rows = _INPUT_SEGMENTS.values()
            columns += [table.numbers(key, float, default) for key, default in rows]
            columns += [table.numbers("weight", float, 1.0)] if weighted else []
            return np.column_stack(columns)

        self._table(group, item, names, make)

    def _listed(self, item: Component) -> Component:
        """An input that names its target itself as a list of one; all else as it is."""
        if item.tag != INPUT:
            return item
        self._alone += 1
        given, target = item.attributes, item.attributes.get("target", "")
        found = CELL.fullmatch(target)
        if found is None or given.get("destination", "synapses") != "synapses":
            raise self._refused(item, f"an <{INPUT}> of '{target}'")
        made = element("input", {"id": "0", "target": target, "destination": "synapses"})
        name = given.get("id") or f"{INPUT}_{self._alone}"
        listed = {"id": name, "component": given.get("input", ""), "population": found[1]}
        return element("inputList", listed, [made])

    def _ends(self, item: Component, table: Table, names: Sequence[str]) -> list[Any]:
        ends = zip(names, _ENDS, strict=True)
        cells = [table.cells(name, item.attributes.get(end, ""), item.id) for name, end in ends]
        return [table.numbers("id", float), *cells]

    def _made_group(self, kind: str, item: Component, names: Sequence[str]) -> Any:
        if "/" in item.id or item.id in ("", "."):
            raise self._refused(item, "the name of a table with a '/', or none")
        group = self._group.create_group(f"{kind}_{item.id}", track_order=True)
        for name in names:
            group.attrs[name] = _bytes(item.attributes.get(name, ""))
        return group

    def _shared(self, item: Component, name: str) -> str:
        """The text that all elements have of an attribute."""
        found = {text for table in tables_of(item.children) for text in _distinct(table, name)}
        if len(found) > 1:
            raise self._refused(item, f"elements that differ in '{name}'")
        return next(iter(found), "")

    def _table(self, group: Any, item: Component, names: Sequence[str], make: Make) -> None:
        count = sum(child.count for child in item.children)
        shape = (count, len(names))
        pieces = (min(count, _ROWS_AT_ONCE), len(names))
        data = group.create_dataset(item.id, shape, "f8", chunks=pieces, compression="gzip")
        for place, name in enumerate(names):
            data.attrs[f"column_{place}"] = _bytes(name)
        done = 0
        for table in tables_of(item.children):
            data[done : done + table.chunk.count] = make(table)
            done += table.chunk.count

    def _refused(self, item: Component, construct: str) -> UsageError:
        return UsageError(
            f"'{item.id or item.tag}': a network in HDF5 cannot hold {construct}",
            hint="export it with --to neuroml",
        )


def _each_of_inputs(parts: list[Component]) -> Iterator[Component]:
    """Parts of a network; inputs in no list one by one."""
    for item in parts:
        if isinstance(item, Rows) and item.tag == INPUT:
            yield from item.each()
        else:
            yield item


def _distinct(table: Table, name: str) -> set[str]:
    column = table.column(name)
    return {column.text(0)} if isinstance(column, Same) else set(table.texts(name))


def _has(item: Component, name: str) -> bool:
    return any(table.column(name) is not None for table in tables_of(item.children))


_WRITERS: dict[str, Callable[[_Network, Component], None]] = {
    "population": _Network._population,
    "projection": _Network._projection,
    "electricalProjection": _Network._junctions,
    "continuousProjection": _Network._junctions,
    "inputList": _Network._inputs,
}
