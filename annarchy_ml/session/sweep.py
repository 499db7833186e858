"""Many runs of one model with other values: in one kernel where it can be copied, else in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.diagnostics.core import StoppedError, UsageError
from annarchy_ml.recorded import SignalTable
from annarchy_ml.recorded_events import EventTable
from annarchy_ml.results import Results
from annarchy_ml.session.sweep_points import (
    Journal,
    Measure,
    Point,
    Sweep,
    SweepRow,
    trace_measures,
    usual_measures,
)

if TYPE_CHECKING:
    from annarchy_ml.session.copies import Copies
    from annarchy_ml.session.simulation import Simulation

_MOST_BYTES = 2**28
"""Of the recordings of one batch."""
Wish = tuple[Measure, bool]
"""What is measured of a point, and whether its recordings are kept."""
_BLOCK = 256
"""Rows that are turned at a time."""
_LEAST_COPIES = 8
"""Fewer copies at a time are not worth a kernel of their own."""


def run_sweep(
    simulation: Simulation, points: Sequence[Point], journal: Journal, wish: Wish
) -> Sweep:
    """Runs all points that the journal does not have; then all is as before.

    Args:
        simulation: of the model.
        points: in the order of the result.
        journal: of finished points.
        wish: what is measured of a point, and whether its recordings are kept.
    """
    kept = {path: simulation.get(path) for path in points[0]}  # also checks the paths
    waiting = [point for point in points if journal.find(point) is None]
    runs, new = 0, {}
    try:
        for rows in _run(simulation, waiting, wish):
            journal.add(rows)
            new.update({tuple(row.point.values()): row for row in rows})
            runs += 1
    finally:
        simulation.reset()
        for path, value in kept.items():
            if not np.array_equal(simulation.get(path), value):
                simulation.set(path, value)
        simulation.reset()
    found = (journal.find(point) or new[tuple(point.values())] for point in points)
    return Sweep(tuple(found), runs)


def _run(simulation: Simulation, points: Sequence[Point], wish: Wish) -> Iterator[list[SweepRow]]:
    """Rows of the points, some at a time."""
    from annarchy_ml.session.copies import NoCopiesError, copied

    size = _batch_size(simulation, len(points))
    if not points:
        return
    try:
        if size < _LEAST_COPIES:
            raise NoCopiesError("there are too few points")
        many, copies = copied(simulation, size)
        _check_columns(many, copies, points[0])
    except NoCopiesError:
        for point in points:
            yield [_one(simulation, point, wish)]
        return
    for batch in (points[begin : begin + size] for begin in range(0, len(points), size)):
        try:
            yield _batch(many, copies, batch, wish)
        except StoppedError:  # of one copy, but it stops them all
            yield [_one(simulation, point, wish) for point in batch]


def _batch_size(simulation: Simulation, points: int) -> int:
    """Copies at a time: batches of equal size whose recordings fit into memory."""
    from annarchy_ml.session.copies import measured_paths

    plan = simulation.plan
    columns = len(measured_paths(simulation.lowered))
    bytes_each = 8 * (round(plan.duration / plan.dt) + 1) * (columns + 1)
    most = max(1, _MOST_BYTES // bytes_each)
    number = -(-points // most) if points else 1
    return -(-points // number)


def _check_columns(many: Simulation, copies: Copies, point: Point) -> None:
    """Whether each swept value is one number in each copy."""
    from annarchy_ml.session.copies import NoCopiesError

    for path in point:
        whole, chosen = copies.columns(path)
        try:
            values = many.get(whole)
        except UsageError as fault:
            raise NoCopiesError(str(fault)) from fault
        if len(values[chosen]) % copies.count:
            raise NoCopiesError(f"'{path}' is not once in each copy")


def _one(simulation: Simulation, point: Point, wish: Wish) -> SweepRow:
    simulation.reset()
    for path, value in point.items():
        simulation.set(path, value)
    try:
        results = simulation.run()
    except StoppedError as fault:
        return SweepRow(point, {}, fault=str(fault))
    if not results.complete:
        raise KeyboardInterrupt
    return _row(point, _measured(simulation, results), *wish)


def _measured(simulation: Simulation, results: Results) -> Results:
    """Without what is only drawn, which is not recorded of copies either."""
    from annarchy_ml.session.copies import measured_paths

    wanted = set(measured_paths(simulation.lowered))
    tables = []
    for table in results.tables:
        places = [k for k, column in enumerate(table.columns) if column.path in wanted]
        columns = [table.columns[place] for place in places]
        tables.append(SignalTable(table.times, table.values[:, places], columns))
    return Results(tables, results.events, provenance=results.provenance)


def _row(point: Point, results: Results, measure: Measure, keep: bool) -> SweepRow:
    return SweepRow(point, dict(measure(results)), _owned(results) if keep else None)


def _owned(results: Results) -> Results:
    """The same results, in memory of their own: that of a simulation is used again."""
    tables = [SignalTable(t.times.copy(), t.values.copy(), t.columns) for t in results.tables]
    return Results(
        tables,
        _owned_events(results),
        provenance=results.provenance,
        outputs=results.outputs,
        displays=results.displays,
    )


def _owned_events(results: Results) -> Any:
    events = results.events
    ports = [events.port(row) for row in range(len(events.paths))]
    return EventTable(events.times_s.copy(), events.offsets.copy(), list(events.paths), ports)


def _batch(many: Simulation, copies: Copies, points: Sequence[Point], wish: Wish) -> list[SweepRow]:
    """Runs one point in each copy; copies without a point repeat the last one."""
    many.reset()
    for path in points[0]:
        whole, chosen = copies.columns(path)
        values = np.array(many.get(whole))
        each = len(values[chosen]) // copies.count
        wanted = [point[path] for point in points]
        wanted += [wanted[-1]] * (copies.count - len(points))
        values[chosen] = np.repeat(wanted, each)
        many.set(whole, values)
    results = many.run()
    if not results.complete:
        raise KeyboardInterrupt
    measure, keep = wish
    if measure is usual_measures and not keep:
        found = _measured_at_once(results, copies)
        return [SweepRow(*pair) for pair in zip(points, found, strict=False)]
    parts = _parts(results, copies)
    return [_row(point, part, *wish) for point, part in zip(points, parts, strict=False)]


def _measured_at_once(results: Results, copies: Copies) -> list[dict[str, float]]:
    """The usual measures of each copy: all traces are read once."""
    (table,) = results.tables or (SignalTable((), np.empty((0, 0)), ()),)
    found: list[dict[str, float]] = [{} for _ in range(copies.count)]
    for column, numbers in zip(table.columns, trace_measures(table), strict=True):
        number, name = copies.alone(column.path)
        if name in copies.measured:
            found[number] |= {f"{key} of {name}": value for key, value in numbers.items()}
    for row, path in enumerate(results.events.paths):
        number, name = copies.alone(path)
        found[number][f"events of {name}"] = float(len(results.events.memory_of(row)))
    return found


def _parts(results: Results, copies: Copies) -> list[Results]:
    """What each copy has recorded, under the names of the model alone."""
    (table,) = results.tables or (SignalTable((), np.empty((0, 0)), ()),)
    signals = [
        [(place, name) for place, name in mine if name in copies.measured]
        for mine in _by_copy([column.path for column in table.columns], copies)
    ]
    trains = _by_copy(results.events.paths, copies)
    rows = _transposed(table.values)  # a trace side by side is read many times faster
    found = []
    for mine, sent in zip(signals, trains, strict=True):
        columns = [replace(table.columns[place], path=name) for place, name in mine]
        values = rows[[place for place, _ in mine]].T
        times = [np.asarray(results.events.memory_of(row)) for row, _ in sent]
        events = EventTable(
            np.concatenate(times) if times else np.empty(0),
            np.cumsum([0, *map(len, times)]),
            [name for _, name in sent],
            [results.events.port(row) for row, _ in sent],
        )
        one = SignalTable(table.times, values, columns)
        found.append(Results(one, events, provenance=results.provenance))
    return found


def _by_copy(paths: Sequence[str], copies: Copies) -> list[list[tuple[int, str]]]:
    """For each copy the places of its paths, and their names in the model alone."""
    found: list[list[tuple[int, str]]] = [[] for _ in range(copies.count)]
    for place, path in enumerate(paths):
        number, name = copies.alone(path)
        found[number].append((place, name))
    return found


def _transposed(values: Any) -> Any:
    """Columns as rows, some rows at a time because memory is read in lines."""
    found = np.empty(values.shape[::-1], values.dtype)
    for begin in range(0, len(values), _BLOCK):
        found[:, begin : begin + _BLOCK] = values[begin : begin + _BLOCK].T
    return found
