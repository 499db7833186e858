"""What a run records: rows of traces, in memory or beyond a budget on disk, and events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

from annarchy_ml.diagnostics.core import EnvironmentFault
from annarchy_ml.engine import _core
from annarchy_ml.engine.spill import disk_faults, mapped, require_room, stream_rows

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from annarchy_ml.kernels.plan import GroupEventRecording, SimulationPlan

STREAM_BUDGET = 500_000_000
"""Bytes of recorded values that are kept in memory; more goes to a temporary file."""
_NOTHING = memoryview(b"").cast("d")


class Recordings:
    """The recordings of one network."""

    def __init__(self, plan: SimulationPlan, network: _core.Network) -> None:
        """Asks the network to record what the plan names."""
        traces = [(item.group, item.field, item.index) for item in plan.recordings]
        events = [(item.group, item.port, item.index) for item in plan.event_recordings]
        self._network = network
        self._traces = network.record(traces) if traces else None
        self._events = network.record_events(events) if events else None
        self._group_events = [_listen(item, plan, network) for item in plan.group_events]
        self._columns, self._trains = len(traces), len(events)
        self._measures: _core.RowMeasures | None = None
        self._file: BinaryIO | None = None  # of a recording too large for memory

    def forget(self) -> None:
        """After a reset of the network: nothing is recorded any more."""
        self._measures = None
        if self._file is not None:
            self._file.close()
            self._file = None

    def measure(self, threshold: float) -> None:
        """Until the next reset, traces are looked at instead of kept; rises above a value count."""
        if self._traces is not None:
            self._measures = self._network.measure_rows(self._traces, threshold)

    def measured(self) -> _core.Measured | None:
        """What was seen of the traces that are not kept; None without traces."""
        return None if self._measures is None else self._measures.taken()

    def make_room(self, steps: int) -> None:
        """Before a run of so many steps: may let its rows go to a temporary file.

        Raises:
            EnvironmentFault: If there is no folder for temporary files, or no room in it.
        """
        if self._traces is None or self._measures is not None or self._file is not None:
            return
        if self._too_large(steps):
            require_room(self._bytes_after(steps))
            self._file = stream_rows(self._network, self._traces, STREAM_BUDGET)

    def _bytes_after(self, steps: int) -> int:
        return (self._network.step + steps + 1) * 8 * (1 + self._columns)

    def _too_large(self, steps: int) -> bool:
        return self._bytes_after(steps) > STREAM_BUDGET

    def print_rows(
        self, files: Sequence[tuple[Path, Sequence[int]]], steps: int
    ) -> _core.RowPrinter | None:
        """Prints files while the next run goes on, if a core is free for that.

        Args:
            files: where each one goes, and which columns it shows: 0 is the time, then the traces.
            steps: how long the run will be.

        Returns:
            What finishes the files when the run is over; None if they must be written then.
        """
        free = _core.usable_cores() - self._network.threads
        if self._traces is None or free < 1 or self._network.step > 0 or self._too_large(steps):
            return None
        return self._network.print_rows(self._traces, files, free)

    def rows(self) -> memoryview[float]:
        """All rows, one after the other: time [s], then the values of all traces in SI units.

        They cannot be written to: it is memory, or the temporary file in which a recording larger
        than `STREAM_BUDGET` lies.
        """
        if self._traces is None:
            return _NOTHING
        if self._file is not None and (count := self._on_disk(self._traces)) > 0:
            return mapped(self._file, count * (1 + self._columns))
        rows = self._network.rows(self._traces)
        return rows.cast("B").cast("d") if len(rows) else _NOTHING

    def _on_disk(self, traces: int) -> int:
        """Rows in the file, if it holds all; 0 if it has none, or the disk takes no more."""
        try:
            with disk_faults():
                return self._network.complete_file(traces)
        except EnvironmentFault:  # the run that met it has told so
            return 0

    def events(self) -> tuple[memoryview[float], memoryview[int]]:
        """Times of events [s], train after train, and where each train begins and the last ends."""
        if self._events is None:
            return _NOTHING, memoryview(bytes(8)).cast("q")
        return _core.sort_events(*self._network.events(self._events), self._trains)

    def group_events(self) -> list[tuple[NDArray[np.float64], NDArray[np.int32]]]:
        """Of each group recording, times [s] and positions among its cells, as they were sent."""
        if not self._group_events:
            return []
        import numpy as np

        found = (self._network.events(number) for number in self._group_events)
        return [(np.asarray(times), np.asarray(cells)) for times, cells in found]


def _listen(item: GroupEventRecording, plan: SimulationPlan, network: _core.Network) -> int:
    """Records the events of many instances; gives the number of the recording."""
    if len(item.instances) == plan.groups[item.group].size:
        return network.record_all_events(item.group, item.port)
    return network.record_group_events(item.group, item.port, item.instances)
