"""What a simulation has recorded, whoever ran it: traces and spike trains by name."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from annarchy_ml.model.simulation import EventOutputFile, OutputFile
    from annarchy_ml.results import Results


@dataclass(frozen=True, slots=True)
class Trace:
    """One recorded quantity.

    Attributes:
        name: its path, or the file and column where nobody tells the path.
        unit: the unit in which it was recorded; empty if unknown.
        dimension: the unit in base units of the SI; empty if unknown.
        times: shape (rows,) [s].
        values: shape (rows,), in SI units.
    """

    name: str
    unit: str
    dimension: str
    times: NDArray[np.float64]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Recorded:
    """All that one run has recorded.

    Attributes:
        source: who ran it.
        traces: by name.
        trains: times of spikes [s] by name.
        seconds: wall time of the run; 0 if unknown.
        ends: names of traces and trains that should be there and are not, with the reason.
    """

    source: str
    traces: dict[str, Trace] = field(default_factory=dict)
    trains: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    seconds: float = 0.0
    absent: dict[str, str] = field(default_factory=dict)


def recorded_of(results: Results, source: str) -> Recorded:
    """What a run of ours has recorded for the files that its model names.

    Args:
        results: of the run.
        source: how it is called in reports.
    """
    import numpy as np

    from annarchy_ml.model.simulation import OutputFile

    found = Recorded(source, seconds=sum(results.provenance.get("wall_times", {}).values()))
    for output, names in zip(results.outputs, names_in_files(results.outputs), strict=True):
        if isinstance(output, OutputFile):
            for name, column in zip(names, output.columns, strict=True):
                found.traces[name] = trace_of(results, column.quantity, name)
        else:
            for name, selection in zip(names, output.selections, strict=True):
                row = results.events.row(selection.path, selection.port)
                found.trains[name] = np.asarray(results.events.memory_of(row), np.float64)
    return found


def with_all_of(ours: Recorded, other: Recorded, results: Results) -> Recorded:
    """Our result, with what we have recorded for displays alone where the other one has it too."""
    known = set(results.signals)
    added = {name: trace_of(results, name, name) for name in other.traces if name in known}
    return replace(ours, traces={**added, **ours.traces})


def trace_of(results: Results, quantity: str, name: str) -> Trace:
    """What a run of ours has recorded of a quantity."""
    import numpy as np

    signal = results[quantity]
    times = np.asarray(signal.times_s, np.float64)
    values = np.asarray(signal.values, np.float64)
    return Trace(name, signal.unit, dimension_of(signal.unit), times, values)


def names_in_files(outputs: Iterable[OutputFile | EventOutputFile]) -> list[list[str]]:
    """What the columns or selections of each file are called.

    Each is called differently, also where several files hold one quantity: each is compared.
    """
    taken: set[str] = set()
    result = []
    for output in outputs:
        names = []
        for quantity in _quantities(output):
            name = quantity if quantity not in taken else f"{quantity} in {output.path}"
            number = 2
            while name in taken:
                name, number = f"{quantity} in {output.path}, number {number}", number + 1
            taken.add(name)
            names.append(name)
        result.append(names)
    return result


def again_in_files(outputs: Iterable[OutputFile | EventOutputFile]) -> dict[str, str]:
    """Names of columns and selections whose quantity stood before, and that quantity."""
    outputs = tuple(outputs)
    return {
        name: quantity
        for output, names in zip(outputs, names_in_files(outputs), strict=True)
        for name, quantity in zip(names, _quantities(output), strict=True)
        if name != quantity
    }


def _quantities(output: OutputFile | EventOutputFile) -> list[str]:
    from annarchy_ml.model.simulation import OutputFile

    if isinstance(output, OutputFile):
        return [column.quantity for column in output.columns]
    return [train_name(item.path, item.port) for item in output.selections]


def train_name(path: str, port: str) -> str:
    """How the events of an instance are called."""
    return f"{path}:{port}"


def dimension_of(unit: str) -> str:
    """An SI unit as text in base units, which is equal for equal dimensions; empty if unknown."""
    from annarchy_ml.exporters.neo_units import quantity_unit

    if not unit:
        return ""
    known = quantity_unit(unit)
    return "" if known is None else str((1.0 * known).simplified.dimensionality)
