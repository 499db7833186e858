"""The recordings of one point: what is written of them, in memory of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.recorded import SignalTable
from annarchy_ml.recorded_events import EventTable
from annarchy_ml.results import Results
from annarchy_ml.session.copies import Copies, measured_paths

if TYPE_CHECKING:
    from annarchy_ml.session.lowering import Lowered

_BLOCK = 256
"""Rows that are turned at a time."""


def written(lowered: Lowered, results: Results) -> Results:
    """Without what is only drawn, which is not recorded of copies either."""
    wanted = set(measured_paths(lowered))
    tables = []
    for table in results.tables:
        places = [k for k, column in enumerate(table.columns) if column.path in wanted]
        columns = [table.columns[place] for place in places]
        tables.append(SignalTable(table.times, table.values[:, places], columns))
    return Results(
        tables,
        results.events,
        aliases=lowered.aliases,
        provenance=results.provenance,
        positions=lowered.positions,
    )


def owned(results: Results) -> Results:
    """The same results, in memory of their own: that of a simulation is used again."""
    tables = [SignalTable(t.times.copy(), t.values.copy(), t.columns) for t in results.tables]
    return Results(
        tables,
        _owned_events(results),
        aliases=results.events.aliases,
        provenance=results.provenance,
        outputs=results.outputs,
        displays=results.displays,
        positions=results.positions,
    )


def _owned_events(results: Results) -> EventTable:
    events = results.events
    ports = [events.port(row) for row in range(len(events.paths))]
    return EventTable(events.times_s.copy(), events.offsets.copy(), list(events.paths), ports)


def parts(results: Results, copies: Copies, aliases: Mapping[str, str]) -> list[Results]:
    """What each copy has recorded, under the names of the model alone.

    Args:
        results: of all copies.
        copies: where their cells are.
        aliases: other spellings of the paths of the model alone.
    """
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
        found.append(Results(one, events, aliases=aliases, provenance=results.provenance))
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
