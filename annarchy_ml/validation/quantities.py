"""What a simulation has recorded, whoever ran it: traces and spike trains by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
    for output in results.outputs:
        if isinstance(output, OutputFile):
            for column in output.columns:
                signal = results[column.quantity]
                times = np.asarray(signal.times_s, np.float64)
                values = np.asarray(signal.values, np.float64)
                trace = Trace(
                    column.quantity, signal.unit, dimension_of(signal.unit), times, values
                )
                found.traces[column.quantity] = trace
        else:
            for selection in output.selections:
                row = results.events.row(selection.path, selection.port)
                name = train_name(selection.path, selection.port)
                found.trains[name] = np.asarray(results.events.memory_of(row), np.float64)
    return found


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
