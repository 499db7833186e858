"""Results as SONATA files: frames of recorded variables, and lists of spikes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.exporters.sonata.nodes import mark, mark_by_time
from annarchy_ml.model.simulation import NodeReport, OutputFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from annarchy_ml.model.simulation import EventOutputFile
    from annarchy_ml.results import Results

_UNITS = {"V": ("mV", 1e3), "A": ("nA", 1e9), "S": ("uS", 1e6), "s": ("ms", 1e3)}
_SLACK = 1e-3  # of a step


def write_report(results: Results, output: OutputFile | EventOutputFile, path: Path) -> None:
    """Writes the SONATA file that a run is asked for.

    Args:
        results: what was recorded.
        output: what is asked for; it has a report.
        path: of the file.
    """
    import h5py

    report = output.report
    assert report is not None
    with h5py.File(path, "w") as file:
        mark(file)
        if isinstance(output, OutputFile):
            for name, columns in _by_population(report):
                _frames(file.create_group(f"report/{name}"), results, output, columns)
        else:
            for name, rows in _by_population(report):
                _spikes(file.create_group(f"spikes/{name}"), results, output, rows)


def _by_population(report: NodeReport) -> Iterator[tuple[str, list[int]]]:
    """The columns of each population, by the ids of their nodes."""
    found: dict[str, list[int]] = {}
    for number, name in enumerate(report.populations):
        found.setdefault(name, []).append(number)
    for name, columns in found.items():
        yield name, sorted(columns, key=report.nodes.__getitem__)


def _frames(group: Any, results: Results, output: OutputFile, columns: list[int]) -> None:
    """A variable of the nodes of one population: a row for each frame, a column for each node."""
    report = output.report
    assert report is not None
    signals = [results[output.columns[number].quantity] for number in columns]
    times = np.asarray(signals[0].times_s, np.float64)
    rows, frames = _rows(report, times)
    unit, scale = _UNITS.get(signals[0].unit, (signals[0].unit, 1.0))
    shape = len(times[rows]), len(signals)
    data = group.create_dataset("data", shape, np.float32)
    for column, signal in enumerate(signals):
        data[:, column] = np.asarray(signal.values, np.float64)[rows] * scale
    data.attrs["units"] = unit
    mapping = group.create_group("mapping")
    count = len(columns)
    mapping["node_ids"] = np.array([report.nodes[number] for number in columns], np.uint64)
    mapping["node_ids"].attrs["sorted"] = np.uint8(1)
    mapping["index_pointers"] = np.arange(count + 1, dtype=np.uint64)
    mapping["element_ids"] = np.zeros(count, np.uint32)
    mapping["element_pos"] = np.full(count, 0.5, np.float32)
    mapping["time"] = np.array(frames) * 1e3
    mapping["time"].attrs["units"] = "ms"


def _rows(report: NodeReport, times: NDArray[np.float64]) -> tuple[slice, tuple[float, ...]]:
    """The rows of the frames, and start, end and step [s]; there is no frame at the end."""
    step = float(times[-1] - times[0]) / (len(times) - 1) if len(times) > 1 else 1.0
    stride = max(1, round((report.interval_s or step) / step))
    stop = times[-1] if report.stop_s is None else min(report.stop_s, float(times[-1]))
    begin, end = np.searchsorted(times, np.array([report.start_s, stop]) - _SLACK * step)
    return slice(int(begin), int(end), stride), (
        report.start_s,
        float(stop),
        report.interval_s or stride * step,
    )


def _spikes(group: Any, results: Results, output: EventOutputFile, rows: list[int]) -> None:
    """The spikes of one population in the order of time, then of the nodes."""
    report, events = output.report, results.events
    assert report is not None
    chosen = [output.selections[number] for number in rows]
    trains = [events.memory_of(events.row(item.path, item.port)) for item in chosen]
    times = np.concatenate([np.asarray(item, np.float64) for item in trains])
    nodes = np.repeat(np.array([report.nodes[number] for number in rows], np.uint64),
                      [len(item) for item in trains])  # fmt: skip
    order = np.argsort(times, kind="stable")
    group["timestamps"] = times[order] * 1e3
    group["timestamps"].attrs["units"] = "ms"
    group["node_ids"] = nodes[order]
    mark_by_time(group)
