"""What a run on a device records; the same face as that of the native core's recordings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from annarchy_ml.engine import _core
from annarchy_ml.engine.cuda.layout import port_number, recorded_ports
from annarchy_ml.engine.recordings import Recordings

if TYPE_CHECKING:
    from pathlib import Path

    from annarchy_ml.engine.cuda.network import DeviceNetwork
    from annarchy_ml.engine.cuda.state import DeviceState
    from annarchy_ml.kernels.plan import SimulationPlan


class DeviceRecordings(Recordings):
    """Rows and events, fetched piece by piece."""

    _network: DeviceNetwork

    def __init__(self, plan: SimulationPlan, network: DeviceNetwork) -> None:
        """Nothing is recorded yet; what is recorded lies on the device, not in the network."""
        self.plan, self._network = plan, network
        self.forget()

    def forget(self) -> None:
        """Nothing is recorded any more."""
        self._threshold: float | None = None
        self._rows: list[NDArray[np.float64]] = []
        self._sent: dict[tuple[int, int], list[tuple[NDArray[np.float64], NDArray[np.int32]]]] = {}

    def measure(self, threshold: float) -> None:
        """Until the next reset, rises of traces above a value count."""
        self._threshold = threshold

    def measured(self) -> _core.Measured | None:
        """What was seen of the traces; None without any."""
        if self._threshold is None or not self.plan.recordings:
            return None
        columns = 1 + len(self.plan.recordings)
        return _core.measure_rows(np.asarray(self.rows()), columns, self._threshold)

    def make_room(self, steps: int) -> None:
        """Rows are kept in memory."""

    def print_rows(
        self, files: Sequence[tuple[Path, Sequence[int]]], steps: int
    ) -> _core.RowPrinter | None:
        """Files are written when the run is over."""
        return None

    def begin(self) -> None:
        """Before the first step: the row of the start."""
        self._network.begin_rows()
        if self._rows or not self.plan.recordings:
            return
        row = [self._network.t]
        for item in self.plan.recordings:
            values = self._network.field(item.group, item.field)
            row.append(float(values[item.index if len(values) > 1 else 0]))
        self._rows.append(np.array([row]))

    def fetch(self, state: DeviceState, times: NDArray[np.float64], first: int) -> None:
        """Takes over what a launch has recorded.

        Args:
            state: on the device.
            times: of its steps, the last one before it included, shape (steps + 1,) [s].
            first: number of the step before it.
        """
        if state.further.columns:
            self._take_rows(state.take_rows(len(times) - 1))
        for port in recorded_ports(self.plan, state.further):
            words = state.ports.take_events(port)
            if len(words) == 0:
                continue
            steps = ((words >> np.uint64(32)).astype(np.int64) - first) & 0xFFFFFFFF
            cells = (words & np.uint64(0xFFFFFFFF)).astype(np.int32)
            whole = steps < len(times)  # not those of a step in which they went round in circles
            steps, cells = steps[whole], cells[whole]
            self._sent.setdefault(port, []).append((times[steps], cells))
            for item in (one for events in self._network.heard for one in events):
                if (item.group, port_number(self.plan, item.group, item.port)) == port:
                    item.take(times[steps], cells)

    def _take_rows(self, rows: NDArray[np.float64]) -> None:
        """Deals out rows: the time, columns of the plan, then those of further recordings."""
        first = 1 + len(self.plan.recordings)
        if self.plan.recordings:
            self._rows.append(rows[:, :first])
        for item in self._network.traces:
            if item.retired:
                continue
            places = [0, *range(first, first + len(item.columns))]
            item.take(rows[:, places])
            first += len(item.columns)

    def rows(self) -> memoryview[float]:
        """All rows, one after the other: time [s], then the values of all traces in SI units."""
        if len(self._rows) > 1:
            self._rows = [np.concatenate(self._rows)]
        if not self._rows:
            return memoryview(b"").cast("d")
        return np.ascontiguousarray(self._rows[0]).data.toreadonly().cast("B").cast("d")

    def _of(self, group: int, port: str) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        pieces = self._sent.get((group, port_number(self.plan, group, port)), [])
        if not pieces:
            return np.zeros(0), np.zeros(0, np.int32)
        times, cells = zip(*pieces, strict=True)
        return np.concatenate(times), np.concatenate(cells)

    def events(self) -> tuple[memoryview[float], memoryview[int]]:
        """Times of events [s], train after train, and where each train begins and the last ends."""
        trains = []
        for item in self.plan.event_recordings:
            times, cells = self._of(item.group, item.port)
            trains.append(times[cells == item.index])
        ends = np.cumsum([0, *(len(train) for train in trains)], dtype=np.int64)
        times = np.concatenate(trains) if trains else np.zeros(0)
        return times.data.cast("B").cast("d"), ends.data

    def group_events(self) -> list[tuple[NDArray[np.float64], NDArray[np.int32]]]:
        """Of each group recording, times [s] and positions among its cells."""
        found = []
        for item in self.plan.group_events:
            times, cells = self._of(item.group, item.port)
            places = np.searchsorted(item.instances, cells)
            places[places == len(item.instances)] = 0
            if len(item.instances):
                heard = item.instances[places] == cells
            else:
                heard = np.zeros(len(cells), bool)
            found.append((times[heard], places[heard].astype(np.int32)))
        return found
