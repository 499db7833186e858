"""What a run returns: signals and events with their units, and how they were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from annarchy_ml.memory import UnknownPathError
from annarchy_ml.recorded import (
    Column,
    PathParts,
    RowTable,
    Signal,
    Signals,
    SignalTable,
    sliced,
    split_path,
)
from annarchy_ml.recorded_events import EventTable, EventTrain, events_of_population

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from annarchy_ml.diagnostics import Diagnostic
    from annarchy_ml.drawn_cells import DrawnCell
    from annarchy_ml.memory import RecordedArray
    from annarchy_ml.model.simulation import Display, EventOutputFile, OutputFile
    from annarchy_ml.recorded import Position

__all__ = [
    "Column",
    "EventTable",
    "EventTrain",
    "PathParts",
    "Provenance",
    "Results",
    "RowTable",
    "Signal",
    "SignalTable",
    "Signals",
    "UnknownPathError",
    "split_path",
    "time_text",
]

_TIME_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_SHOWN_SIGNALS = 8


class Provenance(TypedDict, total=False):
    """How results were made. Times are in seconds, `date` is ISO 8601 with its offset."""

    model: str
    model_hash: str
    engine_version: str
    method: str
    precision: str
    device: str
    threads: int
    dt: float
    duration: float
    seed: int
    wall_times: dict[str, float]
    date: str
    complete: bool
    stopped_at: float


class Results:
    """Everything that a run gives back.

    Attributes:
        tables: The recorded traces, by common times.
        signals: Each trace by its path.
        events: Each event train by instance, or by instance and port.
        provenance: How the results were made.
        outputs: The files that the model asks for, in document order.
        displays: The pictures that the model asks for.
        warnings: Doubts about the model that did not stop the run.
        cells: Cells with morphology, one of each population, with their values when looked at.
        positions: Where recorded cells lie, by the paths of their traces and trains; cells without
            a place are left out.
    """

    def __init__(
        self,
        signals: SignalTable | Iterable[SignalTable] = (),
        events: EventTable | None = None,
        *,
        aliases: Mapping[str, str] | None = None,
        provenance: Provenance | None = None,
        outputs: Iterable[OutputFile | EventOutputFile] = (),
        displays: Iterable[Display] = (),
        warnings: Iterable[Diagnostic] = (),
        cells: Sequence[DrawnCell] = (),
        positions: Mapping[str, Position] | None = None,
    ) -> None:
        self.tables = (signals,) if isinstance(signals, SignalTable) else tuple(signals)
        self.signals = Signals(self.tables, aliases or {})
        self.events = events if events is not None else EventTable()
        self.events.aliases = aliases or self.events.aliases
        self.provenance: Provenance = provenance if provenance is not None else {}
        self.outputs = tuple(outputs)
        self.displays = tuple(displays)
        self.warnings = tuple(warnings)
        self.cells = cells
        self.positions = positions or {}

    @property
    def times(self) -> RecordedArray:
        """Times of the recorded traces, shape (rows,) [s]; of the first table if several."""
        if self.tables:
            return self.tables[0].times
        import numpy as np

        return np.empty(0)

    @property
    def complete(self) -> bool:
        """Whether the run reached its end."""
        return self.provenance.get("complete", True)

    def whole(self) -> Results:
        """These results, of a run that reached its end.

        Raises:
            KeyboardInterrupt: If it was stopped before.
        """
        if not self.complete:
            raise KeyboardInterrupt
        return self

    def __getitem__(self, path: str) -> Signal:
        return self.signals[path]

    def __contains__(self, path: object) -> bool:
        return path in self.signals

    def __iter__(self) -> Iterator[str]:
        """The paths of the traces."""
        return iter(self.signals)

    def to_dict(self, pattern: str = "*") -> dict[str, RecordedArray]:
        """Times under ``t``, then the values of each path that fits the pattern, in SI units."""
        chosen = [self.signals[path] for path in self.signals.matching(pattern)]
        times = chosen[0].times_s if chosen else self.times
        if any(signal.memory[0] is not chosen[0].memory[0] for signal in chosen):
            raise ValueError("these signals have different times; use `times_s` of each one")
        return {"t": times} | {signal.path: signal.values for signal in chosen}

    def table(self, pattern: str = "*") -> tuple[tuple[str, ...], NDArray[np.float64]]:
        """Column names and a copy of the values, shape (rows, columns); time [s] comes first."""
        import numpy as np

        columns = self.to_dict(pattern)
        return tuple(columns), np.stack([np.float64(c) for c in columns.values()], axis=1)

    def spikes(
        self, population: str, port: str | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The recorded events of a population in the order of time, then of the cells.

        Args:
            population: Its name.
            port: Only events of this port.

        Returns:
            Times [s] and numbers of the cells, both of shape (n_events,).

        Raises:
            UnknownPathError: If no events of this population were recorded.
        """
        return events_of_population(self.events, population, port)

    def array(self, population: str, variable: str) -> tuple[RecordedArray, RecordedArray]:
        """A recorded variable of a population.

        Args:
            population: Its name.
            variable: What follows the cell in the path: ``v``, ``synapses:ampa/g``.

        Returns:
            Times [s], shape (rows,), and values, shape (rows, cells) in the order in which the
            cells were recorded; not copied where they lie side by side.

        Raises:
            UnknownPathError: If it was not recorded.
        """
        for table in self.tables:
            columns = table.columns_of(population, variable)
            if columns:
                return table.times, table.values[:, sliced(columns)]
        raise UnknownPathError("signal", f"{population}[*]/{variable}", list(self.signals))

    def to_neo(self) -> Any:
        """The results as a `neo.Block`."""
        from annarchy_ml.exporters.neo import to_block

        return to_block(self)

    def save(self, path: str | Path) -> Path:
        """Write the results; the suffix names the format, such as .nwb, .nix, .pkl or .png."""
        from annarchy_ml.exporters.registry import write

        return write(self, path)

    def save_outputs(
        self, folder: str | Path = ".", *, allow_outside: bool = False
    ) -> tuple[Path, ...]:
        """Write every file that the model asks for, below a folder.

        Args:
            folder: Where relative file names start.
            allow_outside: Whether a file name may lead out of the folder.

        Returns:
            The files written, in document order.
        """
        from pathlib import Path

        from annarchy_ml.exporters.lems_files import write

        return write(self, Path(folder), allow_outside=allow_outside)

    def plot(self, path: str | Path | None = None, *, show: bool = False) -> Any:
        """Draw the displays of the model, or all that was recorded if it has none.

        Args:
            path: Picture to write; its suffix names the format.
            show: Whether to open a window.

        Returns:
            The matplotlib figure.
        """
        from annarchy_ml.exporters.plots import draw

        return draw(self, path, show=show)

    def __repr__(self) -> str:
        return _describe(self)


def time_text(seconds: float) -> str:
    """A time with the unit that fits it: ``0.3`` reads "300 ms"."""
    scale, unit = next(
        ((scale, unit) for scale, unit in _TIME_UNITS if abs(seconds) >= scale), (1.0, "s")
    )
    return f"{seconds / scale:.6g} {unit}"


def _describe(results: Results) -> str:
    """A few lines for the prompt: what was run, what there is, in which units."""
    provenance = results.provenance
    lines = [f"Results of {provenance.get('model', 'a run')}{_time_axis(results)}"]
    if not results.complete:
        stop = provenance.get("stopped_at")
        lines.append(f"  NOT COMPLETE: stopped at {time_text(stop) if stop else 'an unknown time'}")
    lines += _signal_lines(results)
    events = results.events
    if len(events):
        lines.append(f"  {_count(events.total, 'event')} in {_count(len(events), 'train')}")
    for name, items in (("warning", results.warnings), ("output file", results.outputs)):
        if items:
            lines.append(f"  {_count(len(items), name)}")
    return "\n".join(lines)


def _time_axis(results: Results) -> str:
    times = results.times
    if len(times) < 2:
        return ""
    step = (float(times[-1]) - float(times[0])) / (len(times) - 1)
    ends = f"{time_text(float(times[0]))} to {time_text(float(times[-1]))}"
    return f": {ends}, {len(times)} rows, one each {time_text(step)}"


def _signal_lines(results: Results) -> list[str]:
    if not results.signals:
        return ["  no signals"]
    units = Counter(column.unit for table in results.tables for column in table.columns)
    by_unit = ", ".join(
        f"{number} without unit" if unit == "1" else f"{number} in {unit}"
        for unit, number in units.items()
    )
    lines = [f"  {_count(len(results.signals), 'signal')}: {by_unit}"]
    shown = list(results.signals)[:_SHOWN_SIGNALS]
    lines += [f"    {results[path]!r}"[:-1].replace("<Signal ", "") for path in shown]
    if len(results.signals) > len(shown):
        lines.append(f"    and {len(results.signals) - len(shown)} more: see `results.signals`")
    return lines


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
