"""Reads what others have recorded: files that a model names, folders of results, Neo files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.model.simulation import EventOutputFile, OutputFile
from annarchy_ml.validation.column_matching import present_columns
from annarchy_ml.validation.data_files import DataFileError, read_events, read_table
from annarchy_ml.validation.neo_pickles import read_pickled
from annarchy_ml.validation.quantities import (
    Recorded,
    Trace,
    dimension_of,
    names_in_files,
    trace_of,
    train_name,
)
from annarchy_ml.validation.sonata_files import read_sonata

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.results import Results

_TABLES = (".dat", ".txt", ".csv")
_EVENTS = (".spikes", ".spike", ".gdf")
NEO_SUFFIXES = (".nwb", ".nix", ".pkl", ".pickle", ".mat", ".h5")
_READ_ONLY = {".nwb": "r", ".nix": "ro", ".h5": "ro"}
"""How Neo's readers of these files are told that they are not to write; others know no mode."""


def read_as_named(folder: Path, results: Results, source: str) -> Recorded:
    """Files of another engine, by the names that the model gives their columns.

    Args:
        folder: where the model's file names start.
        results: of our run: they tell files, columns and units.
        source: how it is called in reports.
    """
    found = Recorded(source)
    for output, names in zip(results.outputs, names_in_files(results.outputs), strict=True):
        path = _there(folder, output.written)
        if output.report is not None:
            read_sonata(found, output, path, names)
        elif isinstance(output, OutputFile):
            own = [trace_of(results, item.quantity, item.quantity) for item in output.columns]
            _columns(found, output, path, [*zip(names, own, strict=True)])
        else:
            _selections(found, output, path, names)
    return found


def _there(folder: Path, name: str) -> Path:
    """The file, which lies by itself where a folder of results is flat."""
    path = folder / name
    return path if path.is_file() else folder / Path(name).name


def _columns(
    found: Recorded, output: OutputFile, path: Path, named: list[tuple[str, Trace]]
) -> None:
    """The columns of a table, by their values where there are too few; superfluous ones too."""
    try:
        table = read_table(path)
    except DataFileError as fault:
        found.absent.update(dict.fromkeys((name for name, _ in named), str(fault)))
        return
    have = table.shape[1] - 1
    ours = [trace for _, trace in named]
    places = present_columns(ours, table) if have < len(named) else range(len(named))
    for number, place in enumerate(places, 1):
        name, own = named[place]
        found.traces[name] = _trace(name, own.unit, table, number)
    for place in sorted(set(range(len(named))) - set(places)):
        text = f"'{path.name}' has {have} columns beside time, this is {place + 1}"
        if place < have:
            text += " by the values of the others"
        found.absent[named[place][0]] = text
    for number in range(len(named) + 1, table.shape[1]):
        name = f"{output.path}, column {number}"
        found.traces[name] = _trace(name, "", table, number)


def _trace(name: str, unit: str, table: NDArray[np.float64], number: int) -> Trace:
    values = np.ascontiguousarray(table[:, number])
    return Trace(name, unit, dimension_of(unit), np.ascontiguousarray(table[:, 0]), values)


def _selections(found: Recorded, output: EventOutputFile, path: Path, names: list[str]) -> None:
    try:
        trains = read_events(path, output.format)
    except DataFileError as fault:
        found.absent.update(dict.fromkeys(names, str(fault)))
        return
    keys = [item.id for item in output.selections]
    for key, name in zip(keys, names, strict=True):
        found.trains[name] = np.array(sorted(trains.get(key, [])))
    for key in trains.keys() - set(keys):
        found.trains[f"{output.path}, id {key}"] = np.array(sorted(trains[key]))


def read_results(path: Path, source: str) -> Recorded:
    """A folder of result files, or a Neo file.

    Args:
        path: of either.
        source: how it is called in reports.

    Raises:
        UsageError: If it is neither, or holds nothing.
    """
    found = Recorded(source)
    if path.is_dir():
        for file in sorted(item for item in path.rglob("*") if item.is_file()):
            _read_file(found, file, file.relative_to(path).as_posix())
    elif path.suffix.lower() in NEO_SUFFIXES:
        for block in _blocks(path):
            _read_block(found, block)
    elif path.is_file():
        _read_file(found, path, path.name)
    if not (found.traces or found.trains):
        raise UsageError(
            f"there are no results in '{path}'",
            hint=f"folders of {', '.join((*_TABLES, *_EVENTS))}, or Neo files",
        )
    return found


def _read_file(found: Recorded, path: Path, name: str) -> None:
    """A table or an event list whose columns nobody names; other files are passed by."""
    try:
        if path.suffix in _TABLES:
            table = read_table(path)
            for number in range(1, table.shape[1]):
                label = f"{name}, column {number}"
                found.traces[label] = _trace(label, "", table, number)
        elif path.suffix in _EVENTS:
            for key, times in read_events(path, _event_form(path)).items():
                found.trains[f"{name}, id {key}"] = np.array(sorted(times))
    except DataFileError as fault:
        raise UsageError(str(fault)) from fault


def _event_form(path: Path) -> str:
    """Whether the id comes first: ids are whole numbers written as such."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.split("#")[0].split()
        if len(words) >= 2:
            return "ID_TIME" if words[0].isdigit() and not words[1].isdigit() else "TIME_ID"
    return "ID_TIME"


def _blocks(path: Path) -> list[Any]:
    """The blocks of a Neo file, by Neo's own readers."""
    import neo

    try:
        if path.suffix.lower() in (".pkl", ".pickle"):
            found = read_pickled(path)
        else:
            mode = _READ_ONLY.get(path.suffix.lower())
            reader = neo.io.get_io(str(path), **({"mode": mode} if mode else {}))
            found = reader.read(lazy=False)
    except Exception as fault:  # readers raise what their libraries raise
        raise UsageError(f"Neo cannot read '{path}': {fault}") from fault
    blocks = list(found) if isinstance(found, list) else [found]
    if not all(isinstance(item, neo.Block) for item in blocks):
        raise UsageError(f"'{path}' holds no Neo block")
    return blocks


def _read_block(found: Recorded, block: Any) -> None:
    for segment in block.segments:
        signals = [*segment.analogsignals, *segment.irregularlysampledsignals]
        for trace in (trace for signal in signals for trace in _signal_traces(signal)):
            found.traces[trace.name] = trace
        for number, train in enumerate(segment.spiketrains):
            notes = train.annotations
            known = notes.get("path")
            port = notes.get("port", "spike")
            name = train_name(known, port) if known else train.name or f"train {number}"
            found.trains[name] = np.sort(np.asarray(train.rescale("s").magnitude, np.float64))


def _signal_traces(signal: Any) -> Iterator[Trace]:
    names: Iterable[str] | None = signal.array_annotations.get("path")
    base = (1.0 * signal.units).simplified
    values = np.asarray(signal.magnitude, np.float64) * float(base.magnitude)
    times = np.asarray(signal.times.rescale("s").magnitude, np.float64)
    dimension, unit = str(base.dimensionality), str(signal.units.dimensionality)
    count = values.shape[1]
    labels = list(names) if names is not None else [f"{signal.name}[{k}]" for k in range(count)]
    for number, label in enumerate(labels):
        yield Trace(str(label), unit, dimension, times, np.ascontiguousarray(values[:, number]))
