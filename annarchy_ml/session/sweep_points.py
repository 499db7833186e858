"""What a sweep returns: a row of numbers for each point, and what was recorded of it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.results import Results

if TYPE_CHECKING:
    from annarchy_ml.recorded import SignalTable
    from annarchy_ml.session.simulation import Simulation

Point = dict[str, float]
Grid = Mapping[str, Sequence[float]] | Sequence[Mapping[str, float]]
Measure = Callable[[Results], Mapping[str, float]]
_SPIKE_VOLTS = 0.0
_BLOCK = 64
"""Rows that are looked at together: they stay near the processor."""


@dataclass(frozen=True, slots=True)
class SweepRow:
    """One point of a sweep.

    Attributes:
        point: values by path, in SI units.
        measured: numbers by name.
        results: what was recorded, if that was asked for.
        fault: what stopped its run; empty after a complete one.
    """

    point: Point
    measured: dict[str, float]
    results: Results | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Sweep:
    """All points of a sweep, in the order of the grid.

    Attributes:
        rows: one for each point.
        batches: how many runs it took.
    """

    rows: tuple[SweepRow, ...]
    batches: int

    def table(self) -> dict[str, list[float]]:
        """Columns by name: the swept paths, then what was measured; nan where a run stopped."""
        names = dict.fromkeys(name for row in self.rows for name in (*row.point, *row.measured))
        missing = float("nan")
        return {
            name: [{**row.point, **row.measured}.get(name, missing) for row in self.rows]
            for name in names
        }

    def save(self, path: str | Path) -> Path:
        """Writes the table as CSV.

        Raises:
            EnvironmentFault: If the file cannot be written.
        """
        import csv

        from annarchy_ml.exporters.atomic import replacing

        columns = self.table()
        with replacing(Path(path)) as temporary, temporary.open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(columns)
            writer.writerows(zip(*columns.values(), strict=True))
        return Path(path)

    def to_neo(self) -> Any:
        """One `neo.Block` with a segment for each point, annotated with its values.

        Raises:
            UsageError: If the recordings were not kept.
        """
        block = None
        for number, row in enumerate(self.rows):
            if row.results is None:
                raise UsageError("nothing was kept of the points: call sweep(..., keep=True)")
            one = row.results.to_neo()
            segment = one.segments[0]
            segment.index, segment.name = number, f"point {number}"
            segment.annotate(point=json.dumps(row.point), **row.measured)
            if block is None:
                block = one
            else:
                segment.block = block
                block.segments.append(segment)
        return block


def points_of(grid: Grid) -> list[Point]:
    """All points: every combination of a table of values, or the rows that are given.

    Raises:
        UsageError: If there is no point.
    """
    if isinstance(grid, Mapping):
        rows: Iterable[Point] = (
            dict(zip(grid, values, strict=True)) for values in product(*grid.values())
        )
    else:
        rows = (dict(row) for row in grid)
    points = [{path: float(value) for path, value in row.items()} for row in rows]
    if not points or not all(points):
        raise UsageError("a sweep needs at least one path and one value")
    if any(point.keys() != points[0].keys() for point in points):
        raise UsageError("each point of a sweep must name the same paths")
    return points


def usual_measures(results: Results) -> dict[str, float]:
    """Spikes of voltages and event lists; smallest, largest, mean and last value of each trace."""
    found: dict[str, float] = {}
    for table in results.tables:
        for column, numbers in zip(table.columns, trace_measures(table), strict=True):
            found |= {f"{key} of {column.path}": value for key, value in numbers.items()}
    for row, path in enumerate(results.events.paths):
        found[f"events of {path}"] = float(len(results.events.memory_of(row)))
    return found


def trace_measures(table: SignalTable) -> list[dict[str, float]]:
    """Numbers of each column of a table, which is read once, some rows at a time."""
    import numpy as np

    values = table.values
    if not len(values):
        return [{} for _ in table.columns]
    least, largest = values[0].astype(float), values[0].astype(float)
    total, spikes = np.zeros(len(least)), np.zeros(len(least), np.int64)
    for begin in range(0, len(values), _BLOCK):
        block = np.ascontiguousarray(values[begin : begin + _BLOCK].T)  # sums of any width alike
        np.minimum(least, block.min(axis=1), out=least)
        np.maximum(largest, block.max(axis=1), out=largest)
        total += block.sum(axis=1, dtype=np.float64)
        above = values[max(0, begin - 1) : begin + _BLOCK] > _SPIKE_VOLTS
        spikes += np.count_nonzero(above[1:] & ~above[:-1], axis=0)
    found = []
    for place, column in enumerate(table.columns):
        numbers = {"spikes": float(spikes[place])} if column.unit == "V" else {}
        numbers |= {"least": float(least[place]), "largest": float(largest[place])}
        numbers |= {"mean": float(total[place]) / len(values), "last": float(values[-1, place])}
        found.append(numbers)
    return found


class Journal:
    """Rows on disk, one in a line, so that a sweep that was stopped goes on.

    Attributes:
        done: rows that are there already, by the text of their point.
    """

    def __init__(self, path: str | Path | None, head: dict[str, Any]) -> None:
        """Reads what is there.

        Raises:
            UsageError: If the file is of another model or other options.
        """
        self._path = None if path is None else Path(path)
        self.done: dict[str, SweepRow] = {}
        lines = list(self._lines())
        if lines and lines[0] != head:
            raise UsageError(
                f"'{path}' holds a sweep of another model or of other options",
                hint="remove it, or name another file",
            )
        for line in lines[1:]:
            row = SweepRow(line["point"], line["measured"], fault=line["fault"])
            self.done[_key(row.point)] = row
        if self._path is not None:
            texts = [json.dumps(line) + "\n" for line in (lines or [head])]
            self._path.write_text("".join(texts), encoding="utf-8")

    @classmethod
    def of(cls, simulation: Simulation, path: str | Path | None, keep: bool) -> Journal:
        """The journal of a sweep; its head is what must be the same for a sweep to go on.

        Raises:
            UsageError: If the file is of another model, or recordings are to be kept.
        """
        if keep and path is not None:
            raise UsageError("recordings are not kept in the file of `resume`: leave one out")
        made = simulation.results().provenance
        names = ("model_hash", "engine_version", "method", "precision", "dt", "seed")
        return cls(path, {**{n: made.get(n) for n in names}, "duration": simulation.duration})

    def _lines(self) -> Iterator[dict[str, Any]]:
        """Whole lines; the last one may have been cut off."""
        if self._path is None or not self._path.exists():
            return
        for text in self._path.read_text(encoding="utf-8").splitlines():
            try:
                yield json.loads(text)
            except ValueError:
                return

    def find(self, point: Point) -> SweepRow | None:
        """The row of a point that was done before."""
        return self.done.get(_key(point))

    def add(self, rows: Iterable[SweepRow]) -> None:
        """Writes rows, and has them on the disk when it returns."""
        if self._path is None:
            return
        with self._path.open("a", encoding="utf-8") as stream:
            for row in rows:
                line = {"point": row.point, "measured": row.measured, "fault": row.fault}
                stream.write(json.dumps(line) + "\n")
            stream.flush()
            os.fsync(stream.fileno())


def _key(point: Point) -> str:
    return json.dumps(point, sort_keys=True)
