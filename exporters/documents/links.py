"""Projections, inputs and junctions of a network from Python as NeuroML elements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from annarchy_ml.exporters.documents.cells import CellWriter
from annarchy_ml.exporters.documents.parts import Parts, element, refused, rows_of
from annarchy_ml.model.component import Component
from annarchy_ml.model.network import At, Cells, Coupling, Input, Junction, Projection
from annarchy_ml.model.rows import Column, Measured, Numbered, Same

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.exporters.lems.wanted import Expand
    from annarchy_ml.kernels.connectivity import Connections, Connectivity, Rows, Span

EARLY = 1e-3
"""Of a step, by which connections are shorter: a simulator adds up steps, and what is due after
three of them is a step late where their sum is a little below three times one."""


class _Piece(NamedTuple):
    """Connections between two parts.

    Attributes:
        suffix: of the name of their projection.
        ends: names of the two populations.
        cells: within them, shape (n,) each.
        rows: which of all connections they are, shape (n,).
    """

    suffix: str
    ends: tuple[str, str]
    cells: tuple[NDArray[np.int64], NDArray[np.int64]]
    rows: NDArray[np.int64]


class LinkWriter:
    """Writes what connects the populations of one network."""

    def __init__(self, cells: CellWriter, expand: Expand, dt: float) -> None:
        self._cells = cells
        self._expand = expand
        self._dt = dt

    def written(
        self,
        item: Projection | Coupling | Junction | Input,
        placed: Mapping[str, Parts],
        numbers: tuple[int, int],
    ) -> list[Component]:
        """The elements of a link.

        Args:
            item: the link.
            placed: where the cells of populations are.
            numbers: how many projections, and how many links, stand before it.

        Raises:
            UsageError: If NeuroML cannot say something of it.
        """
        if isinstance(item, Input):
            return self._input(item, placed)
        if isinstance(item, Projection):
            return self._projection(item, placed, numbers[0])
        if isinstance(item, Junction):
            return self._junctions(item, placed, numbers[1])
        raise refused(f"'{item.name}'", "sums of values that pass between cells in every step")

    def _projection(
        self, item: Projection, placed: Mapping[str, Parts], number: int
    ) -> list[Component]:
        self._check(item)
        assert item.synapse is not None
        made = self._expand(*_asked(item, self._dt), number)
        ends = self._ends(item, made)
        early = EARLY * self._dt
        delays = np.maximum(np.asarray(made.delays, float) - early, 0.0) * 1e3
        found: list[Component] = []
        for piece in _pieces(item, made, placed):
            columns: dict[str, Column] = {
                "id": Numbered("", np.arange(len(piece.rows)), ""),
                "preCellId": Numbered(f"../{piece.ends[0]}[", piece.cells[0], "]"),
                "postCellId": Numbered(f"../{piece.ends[1]}[", piece.cells[1], "]"),
                **_places("pre", ends[0], piece.rows),
                **_places("post", ends[1], piece.rows),
                "weight": _column(np.asarray(made.weights)[piece.rows]),
                "delay": _column(delays[piece.rows], " ms"),
            }
            rows = rows_of("connectionWD", columns, len(piece.rows))
            given = {
                "id": f"{item.name}{piece.suffix}",
                "presynapticPopulation": piece.ends[0],
                "postsynapticPopulation": piece.ends[1],
                "synapse": item.synapse.id,
            }
            found.append(element("projection", given, [rows]))
        return found

    def _ends(self, item: Projection, made: Connections) -> tuple[At | None, At | None]:
        """Where along their cells connections begin and end."""
        given = np.zeros(0, np.int64)
        if item.source_at is not None or item.target_at is not None:
            rule, spans, same = _asked(item, self._dt)
            numbers = self._expand(rule.numbered(), spans, same, 0).weights
            given = np.asarray(numbers).astype(np.int64)
        return (
            item.source.at_of(made.sources)
            if item.source_at is None
            else item.source_at.chosen(given),
            item.target.at_of(made.targets)
            if item.target_at is None
            else item.target_at.chosen(given),
        )

    def _check(self, item: Projection) -> None:
        what = f"'{item.name}'"
        if item.synapse is None:
            raise refused(
                what,
                f"events that go straight to the port '{item.into}' of cells",
                "put a synapse between them",
            )
        if any(item.heard_after):
            raise refused(what, "that a synapse hears its cell later", "leave heard_after at 0")
        kinds = self._cells.resolved(item.synapse.type)
        weight = next((one for one in kinds.parameters if one.name == "weight"), None)
        if weight is not None and weight.dimension != "none":
            raise refused(what, f"weights with the dimension '{weight.dimension}'")
        ports = self._cells.resolved(item.source.population.component.type).ports
        first = next(port.name for port in ports if port.direction == "out")
        if item.out != first:
            raise refused(what, f"events of the port '{item.out}' beside '{first}'")

    def _input(self, item: Input, placed: Mapping[str, Parts]) -> list[Component]:
        target: Cells = item.target
        which, ids = self._cells.components_of(
            item.name, item.component, item.settings, len(target.cells)
        )
        parts = placed[target.population.name]
        at = parts.part_of(target.cells)
        found = []
        for kind, part in np.unique(np.column_stack([which, at]), axis=0).tolist():
            rows = np.flatnonzero((which == kind) & (at == part))
            cells = target.cells[rows] - parts.begins[part]
            name = parts.names[part]
            columns: dict[str, Column] = {
                "id": Numbered("", np.arange(len(rows)), ""),
                "target": Numbered(f"../{name}[", cells, "]"),
                **_places("", target.at, rows),
                "destination": Same("synapses"),
            }
            made = rows_of("input", columns, len(rows))
            suffix = "" if len(ids) == len(parts.names) == 1 else f"_{kind}_{part}"
            given = {"id": f"{item.name}{suffix}", "population": name, "component": ids[kind]}
            found.append(element("inputList", given, [made]))
        return found

    def _junctions(
        self, item: Junction, placed: Mapping[str, Parts], number: int
    ) -> list[Component]:
        made = self._expand.rows(*_asked(item, self._dt), number)
        if np.any(np.asarray(made.weights) != 1.0):
            raise refused(f"'{item.name}'", "weights of junctions between cells without positions")
        electrical = item.at_source is item.at_target
        kind = "electrical" if electrical else "continuous"
        given = (
            {"synapse": item.at_source.id}
            if electrical
            else {"preComponent": item.at_source.id, "postComponent": item.at_target.id}
        )
        ends = (item.source.at_of(made.sources), item.target.at_of(made.targets))
        found: list[Component] = []
        for piece in _pieces(item, made, placed):
            columns: dict[str, Column] = {
                "id": Numbered("", np.arange(len(piece.rows)), ""),
                **_joined_cells(piece, ends),
                **_places("pre", ends[0], piece.rows, "Segment"),
                **_places("post", ends[1], piece.rows, "Segment"),
                **{name: Same(text) for name, text in given.items()},
            }
            instance = "Instance" if any(at is not None for at in ends) else ""
            rows = rows_of(f"{kind}Connection{instance}", columns, len(piece.rows))
            names = {
                "id": f"{item.name}{piece.suffix}",
                "presynapticPopulation": piece.ends[0],
                "postsynapticPopulation": piece.ends[1],
            }
            found.append(element(f"{kind}Projection", names, [rows]))
        return found


def _asked(item: Projection | Junction, dt: float) -> tuple[Connectivity, tuple[Span, Span], bool]:
    """What `Expand` needs; no delay is one step."""
    assert item.source.span is not None and item.target.span is not None
    rule = item.connectivity
    at_once = isinstance(rule.delay, float) and rule.delay == 0.0
    rule = replace(rule, delay=dt) if at_once or isinstance(item, Junction) else rule
    same = item.source.population is item.target.population
    return rule, (item.source.span, item.target.span), same


def _joined_cells(piece: _Piece, ends: tuple[At | None, At | None]) -> dict[str, Column]:
    """The cells of junctions: paths where these are at places along them, else numbers."""
    if all(at is None for at in ends):
        return {
            name: Numbered("", cells, "")
            for name, cells in zip(("preCell", "postCell"), piece.cells, strict=True)
        }
    return {
        name: Numbered(f"../{population}[", cells, "]")
        for name, population, cells in zip(
            ("preCell", "postCell"), piece.ends, piece.cells, strict=True
        )
    }


def _places(
    end: str, at: At | None, rows: NDArray[np.int64], segment: str = "SegmentId"
) -> dict[str, Column]:
    """Segments and fractions along them of some connections or inputs; nothing without places.

    Args:
        end: ``pre``, ``post``, or empty for inputs.
        at: the places of all of them.
        rows: which of them are meant.
        segment: what the attribute for segments is called.
    """
    if at is None:
        return {}
    count = int(rows.max(initial=-1)) + 1
    segments, alongs = at.arrays(count if at.is_single else _size(at))
    names = (f"{end}{segment}", f"{end}FractionAlong")
    if not end:
        names = (segment[0].lower() + segment[1:], "fractionAlong")
    return {
        names[0]: Numbered("", segments[rows], ""),
        names[1]: Measured(alongs[rows], ""),
    }


def _size(at: At) -> int:
    """How many places there are."""
    return max(np.size(at.segments), np.size(at.alongs))


def _column(values: NDArray[np.float64], unit: str = "") -> Column:
    """Numbers with a unit, as one text where they are all the same."""
    if bool((values == values[0]).all()):
        return Same(f"{float(values[0])!r}{unit}")
    return Measured(values, unit)


def _pieces(
    item: Projection | Junction, made: Connections | Rows, placed: Mapping[str, Parts]
) -> Iterator[_Piece]:
    """The connections between each two parts that have some, in their order."""
    pre, post = (placed[end.population.name] for end in (item.source, item.target))
    sources, targets = made.sources, made.targets
    pairs = pre.part_of(sources) * len(post.names) + post.part_of(targets)
    alone = len(pre.names) == len(post.names) == 1
    order = np.argsort(pairs, kind="stable")
    starts = np.flatnonzero(np.diff(pairs[order], prepend=-1))
    for rows in np.split(order, starts[1:]) if len(order) else []:
        i, j = divmod(int(pairs[rows[0]]), len(post.names))
        cells = (sources[rows] - pre.begins[i], targets[rows] - post.begins[j])
        suffix = "" if alone else f"_{i}_{j}"
        yield _Piece(suffix, (pre.names[i], post.names[j]), cells, rows)
