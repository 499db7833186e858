"""Turns results into a Neo block: one segment with its signals, spike trains and groups.

Signals of one population, variable and unit form one `AnalogSignal` with a channel per cell;
trains are made when they are looked at. All numbers stay in SI units.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import neo
import numpy as np
import quantities as pq

from annarchy_ml.exporters.neo_units import quantity_unit
from annarchy_ml.exporters.spike_trains import LazySpikeTrainList, TrainBuilder
from annarchy_ml.recorded import cell_of
from annarchy_ml.results import Column, EventTable, PathParts, Results, SignalTable, split_path

if TYPE_CHECKING:
    from annarchy_ml.memory import RecordedArray
    from annarchy_ml.recorded import Position

_UNEVEN = 1e-6
_NOWHERE = (float("nan"),) * 3


def to_block(results: Results) -> Any:
    """The results as a `neo.Block`.

    The block's annotations tell how the results were made, and hold what NWB asks for.
    """
    start, stop = _ends(results)
    recorded = _recorded_at(results)
    name = str(results.provenance.get("model", "results"))
    block = neo.Block(name=name, description=_description(results), rec_datetime=recorded)
    block.annotate(**_provenance(results), session_start_time=recorded)
    segment = neo.Segment(name="run", rec_datetime=recorded, index=0)
    segment.block = block
    block.segments.append(segment)
    groups: dict[str, Any] = {}
    cells = _Cells(results.events.aliases, results.positions)
    for table in results.tables:
        for signal, population in _signals(table, cells, results.provenance.get("dt", 0.0)):
            _add_signal(segment, groups, signal, population)
    _add_trains(segment, groups, results.events, cells, (start, stop))
    block.groups.extend(groups.values())
    return block


def _ends(results: Results) -> tuple[float, float]:
    """First and last time of the recording [s], such that no event lies outside."""
    provenance, events = results.provenance, results.events.times_s
    starts = [float(table.times[0]) for table in results.tables if len(table.times)]
    stops = [float(table.times[-1]) for table in results.tables if len(table.times)]
    planned = provenance.get("stopped_at") or provenance.get("duration")
    stops += [float(planned)] if planned else []
    if len(events):
        starts.append(float(events.min()))
        stops.append(float(events.max()))
    return min([0.0, *starts]), max([0.0, *stops])


def _recorded_at(results: Results) -> datetime:
    """When the run was made; now, if nobody noted it."""
    noted = results.provenance.get("date")
    when = datetime.fromisoformat(noted) if noted else datetime.now(UTC)
    return when if when.tzinfo else when.astimezone()


def _description(results: Results) -> str:
    provenance = results.provenance
    what = provenance.get("model", "a model")
    version = provenance.get("engine_version", "")
    ending = "" if results.complete else "; the run was stopped before its end"
    return f"simulation of {what} by annarchy_ml {version}".rstrip() + ending


def _provenance(results: Results) -> dict[str, Any]:
    """How the results were made, as plain values: groups of values become JSON text."""
    return {
        key: json.dumps(value) if isinstance(value, dict | list | tuple) else value
        for key, value in results.provenance.items()
        if value is not None
    }


def _group(groups: dict[str, Any], population: str) -> Any:
    if population not in groups:
        groups[population] = neo.Group(name=population, population=population)
    return groups[population]


class _Cells:
    """Ids of cells, and where they lie.

    Args:
        aliases: paths by their other spelling.
        positions: places by path.
    """

    def __init__(self, aliases: Mapping[str, str], positions: Mapping[str, Position]) -> None:
        self._others = {path: other for other, path in aliases.items()}
        ids = ((split_path(other).population, cell_of(other)) for other in aliases)
        self._cells = {population: cell for population, cell in ids if cell}
        self._positions = positions

    def placed(self, paths: list[str]) -> dict[str, Any]:
        """Coordinates of cells [µm] by axis; of none if nobody tells them."""
        found = [self._positions.get(path) for path in paths]
        if not any(found):
            return {}
        rows = np.array([place or _NOWHERE for place in found])
        return {axis: rows[:, k] for k, axis in enumerate(("x", "y", "z"))}

    def of(self, path: str, part: PathParts) -> str:
        """The id of the cell that a path leads to or into; empty if nobody tells it.

        A path tells its own, or the other spelling of the path does, or that of a neighbor: all
        cells of a population are of one component.
        """
        if part.cell:
            return part.cell
        return cell_of(self._others.get(path, "")) or self._cells.get(part.population, "")


def _signals(table: SignalTable, cells: _Cells, dt: float) -> Iterator[tuple[Any, str]]:
    """A signal for each population, variable and unit, and the name of the population."""
    parts = [split_path(column.path) for column in table.columns]
    members: dict[tuple[str, str, str], list[int]] = {}
    for index, (column, part) in enumerate(zip(table.columns, parts, strict=True)):
        key = (part.population, part.variable, column.unit)
        members.setdefault(key, []).append(index)
    for (population, variable, unit), indices in members.items():
        signal = _signal(table, indices, unit, dt)
        signal.name = f"{population}.{variable}" if population else variable
        columns = [table.columns[index] for index in indices]
        _annotate(signal, columns, [parts[index] for index in indices], cells)
        yield signal, population


def _add_signal(segment: Any, groups: dict[str, Any], signal: Any, population: str) -> None:
    signal.segment = segment
    even = isinstance(signal, neo.AnalogSignal)
    (segment.analogsignals if even else segment.irregularlysampledsignals).append(signal)
    if population:
        _group(groups, population).add(signal)


def _signal(table: SignalTable, indices: list[int], unit: str, dt: float) -> Any:
    """A Neo signal over some columns; evenly spaced times need no time array."""
    side_by_side = indices == list(range(indices[0], indices[0] + len(indices)))
    columns = slice(indices[0], indices[-1] + 1) if side_by_side else indices
    values = table.values[:, columns]
    known = quantity_unit(unit)
    units = pq.dimensionless if known is None else known
    times = np.asarray(table.times, dtype=np.float64)
    period = _period(times, dt)
    if period <= 0 or np.abs(np.diff(times) - period).max() > _UNEVEN * period + 1e-12:
        return neo.IrregularlySampledSignal(times * pq.s, values, units=units)
    start = times[0] * pq.s
    return neo.AnalogSignal(values, units=units, t_start=start, sampling_period=period * pq.s)


def _period(times: RecordedArray, dt: float) -> float:
    """Seconds between rows: so many steps, where it is; times are sums of steps, with rounding."""
    if len(times) < 2:
        return 0.0
    mean = float(times[-1] - times[0]) / (len(times) - 1)
    steps = round(mean / dt) if dt > 0 else 0
    return steps * dt if abs(steps * dt - mean) <= _UNEVEN * mean else mean


def _annotate(signal: Any, columns: list[Column], parts: list[PathParts], cells: _Cells) -> None:
    first = columns[0]
    signal.annotate(
        source_population=parts[0].population,
        variable=parts[0].variable,
        unit=first.unit,
        dimension=first.dimension,
    )
    signal.array_annotate(
        path=_text_array(column.path for column in columns),
        population=_text_array(part.population for part in parts),
        index=np.array([part.index for part in parts]),
        cell=_text_array(
            c.cell or cells.of(c.path, p) for c, p in zip(columns, parts, strict=True)
        ),
        component=_text_array(part.component for part in parts),
        segment=np.array([_segment(part) for part in parts]),
        **cells.placed([column.path for column in columns]),
    )


def _segment(part: PathParts) -> int:
    """The id of the segment that a path names, or -1."""
    step = part.component.partition("/")[0]
    return int(step) if step.isdecimal() else -1


def _text_array(texts: Iterable[str]) -> np.ndarray[Any, np.dtype[np.str_]]:
    return np.array(list(texts), dtype=np.str_)


def _add_trains(
    segment: Any,
    groups: dict[str, Any],
    events: EventTable,
    cells: _Cells,
    ends: tuple[float, float],
) -> None:
    def annotate(row: int, path: str) -> dict[str, Any]:
        part = split_path(path)
        return {
            "path": path,
            "port": events.port(row),
            "population": part.population,
            "index": part.index,
            "cell": cells.of(path, part),
            "channel_id": row,
            **{axis: float(at[0]) for axis, at in cells.placed([path]).items()},
        }

    builder = TrainBuilder(events, ends, annotate, segment)
    segment.spiketrains = LazySpikeTrainList(builder, parent=segment)
    for population, rows in events.rows_by_population().items():
        _group(groups, population).spiketrains = LazySpikeTrainList(builder, rows)
