"""What a sweep returns: a row of numbers for each point, and what was recorded of it."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annarchy_ml.diagnostics.core import EnvironmentFault, UsageError
from annarchy_ml.results import Results

if TYPE_CHECKING:
    from annarchy_ml.session.simulation import Simulation

Point = dict[str, float]
_MOST_POINTS = 10_000_000
SEED = "seed"
"""What stands in a point for the seed of its run."""
Grid = Mapping[str, Sequence[float]] | Sequence[Mapping[str, float]]


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
        batches: how many runs of the engine it took.
        new: points that were run; the others were in the file of finished ones.
    """

    rows: tuple[SweepRow, ...]
    batches: int
    new: int

    def table(self) -> dict[str, list[float]]:
        """Columns by name: the swept paths, then what was measured; nan where a run stopped."""
        names = dict.fromkeys(name for row in self.rows for name in (*row.point, *row.measured))
        missing = float("nan")
        return {
            name: [{**row.point, **row.measured}.get(name, missing) for row in self.rows]
            for name in names
        }

    def save(self, path: str | Path) -> Path:
        """Writes the table as CSV, or what was kept of all points as ``.nwb``, ``.nix``, ``.pkl``.

        Raises:
            UsageError: If nothing was kept of the points, or no format has this suffix.
            EnvironmentFault: If the file cannot be written.
        """
        if Path(path).suffix.lower() != ".csv":
            from annarchy_ml.exporters.registry import write_block

            return write_block(self.to_neo, path)
        import csv

        from annarchy_ml.exporters.atomic import replacing

        columns = self.table()
        with replacing(Path(path)) as temporary, temporary.open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(columns)
            writer.writerows(zip(*columns.values(), strict=True))
        return Path(path)

    def to_neo(self) -> Any:
        """One `neo.Block` with a segment for each point, annotated with its values as JSON texts.

        Raises:
            UsageError: If the recordings were not kept.
        """
        block = None
        for number, row in enumerate(self.rows):
            if row.results is None:
                raise UsageError("nothing was kept of the points: call sweep(..., keep=True)")
            one = row.results.to_neo()
            segment = one.segments[0]
            # Readers of NWB sort by name, and NIX takes no path as the name of an annotation.
            segment.index, segment.name = number, f"point {number:0{len(str(len(self.rows) - 1))}d}"
            segment.annotate(point=json.dumps(row.point), measured=json.dumps(row.measured))
            if block is None:
                block = one
            else:
                segment.block = block
                block.segments.append(segment)
                for group, more in zip(block.groups, one.groups, strict=True):
                    group.add(*more.analogsignals, *more.irregularlysampledsignals)
                    group.spiketrains.extend(more.spiketrains)
        return block


def points_of(grid: Grid) -> list[Point]:
    """All points: every combination of a table of values, or the rows that are given.

    Raises:
        UsageError: If there is no point, or a value is no number.
    """
    return [
        {path: _number(path, value) for path, value in point.items()} for point in all_points(grid)
    ]


def _number(path: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError) as fault:
        raise UsageError(f"'{path}' takes numbers in SI units, not {value!r}") from fault
    if not math.isfinite(number):
        raise UsageError(f"'{path}' takes numbers, not {number}")
    if path == SEED and number != int(number):
        raise UsageError(f"a seed is a whole number, not {number}")
    return number


def check_number(points: int) -> None:
    """Raises UsageError for more points than memory could hold."""
    if points > _MOST_POINTS:
        raise UsageError(
            f"a sweep of {points:,} points is too large", hint=f"at most {_MOST_POINTS:,} at a time"
        )


def all_points(grid: Any) -> list[dict[str, Any]]:
    """All points of a grid, with values as they are given.

    Raises:
        UsageError: If there is no point.
    """
    if isinstance(grid, Mapping):
        check_number(math.prod(len(values) for values in grid.values()))
        rows: Iterable[dict[str, Any]] = (
            dict(zip(grid, values, strict=True)) for values in product(*grid.values())
        )
    else:
        rows = (dict(row) for row in grid)
    points = list(rows)
    if not points or not all(points):
        raise UsageError("a sweep needs at least one path and one value")
    if any(point.keys() != points[0].keys() for point in points):
        raise UsageError("each point of a sweep must name the same paths")
    return points


class Journal:
    """Rows on disk, one in a line, so that a sweep that was stopped goes on.

    Attributes:
        done: rows that are there already, by the text of their point.
    """

    def __init__(self, path: str | Path | None, head: dict[str, Any], keep: bool) -> None:
        """Reads what is there.

        Raises:
            UsageError: If the file is of another model or other options, or recordings are to be
                kept beside it.
        """
        if keep and path is not None:
            raise UsageError("recordings are not kept in the file of `resume`: leave one out")
        self._path = None if path is None else Path(path)
        self.done: dict[str, SweepRow] = {}
        if self._path is None:
            return
        lines = list(self._lines(self._path))
        if lines and lines[0] != head:
            another = "holds a sweep of another model or of other options"
            raise UsageError(
                f"'{path}' {another if 'engine_version' in lines[0] else 'is no file of a sweep'}",
                hint="remove it, or name another file",
            )
        rows = [line for line in lines[1:] if line.keys() >= {"point", "measured", "fault"}]
        for line in rows:
            row = SweepRow(line["point"], line["measured"], fault=line["fault"])
            self.done[self.key(row.point)] = row
        from annarchy_ml.exporters.atomic import replacing

        texts = [json.dumps(line) + "\n" for line in (head, *rows)]
        with replacing(self._path) as temporary:
            temporary.write_text("".join(texts), encoding="utf-8")

    @classmethod
    def of(cls, simulation: Simulation, path: str | Path | None, keep: bool) -> Journal:
        """The journal of a sweep; its head is what must be the same for a sweep to go on."""
        made = simulation.results().provenance
        names = ("model_hash", "engine_version", "method", "precision", "dt", "seed")
        head = {**{n: made.get(n) for n in names}, "duration": simulation.duration}
        return cls(path, head, keep)

    @classmethod
    def called(cls, name: str, path: str | Path | None, keep: bool) -> Journal:
        """The journal of a sweep over models that a function of this name makes."""
        from annarchy_ml import __version__

        return cls(path, {"make": name, "engine_version": __version__}, keep)

    @staticmethod
    def _lines(path: Path) -> Iterator[dict[str, Any]]:
        """Lines as they were written, the head first; one that was cut off is empty.

        Raises:
            EnvironmentFault: If the file cannot be read.
        """
        try:
            texts = path.read_bytes().splitlines() if path.exists() else []
        except OSError as fault:
            raise EnvironmentFault(f"'{path}' cannot be read: {fault.strerror}") from fault
        for text in texts:
            try:
                found = json.loads(text)
            except ValueError:
                found = {}
            yield found if isinstance(found, dict) else {}

    def find(self, point: Point) -> SweepRow | None:
        """The row of a point that was done before."""
        return self.done.get(self.key(point))

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

    @staticmethod
    def key(point: Point) -> str:
        """The same for equal points."""
        return json.dumps(point, sort_keys=True)
