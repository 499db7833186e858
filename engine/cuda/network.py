"""The native network of a simulation on a device: it records what the device tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annarchy_ml.engine.cuda.wired import WiredNetwork

if TYPE_CHECKING:
    from annarchy_ml.engine.cuda.device import Device
    from annarchy_ml.kernels.plan import SimulationPlan

Column = tuple[int, str, int]
"""A recorded value: group, field, instance."""


@dataclass(slots=True)
class Traces:
    """Rows of some values, one in every ``interval`` steps.

    Attributes:
        countdown: steps until the next row; 0 before the first one.
        retired: whether no more rows are taken.
    """

    columns: tuple[Column, ...]
    interval: int
    countdown: int = 0
    retired: bool = False
    rows: list[NDArray[np.float64]] = field(default_factory=list)

    def take(self, rows: NDArray[np.float64]) -> None:
        """Takes what is due of the rows of some steps, shape (steps, 1 + columns)."""
        first = self.countdown - 1
        due = rows[first :: self.interval]
        if len(due):
            self.rows.append(due)
        self.countdown = first + len(due) * self.interval + 1 - len(rows)


@dataclass(slots=True)
class Events:
    """Events of some instances of one out-port.

    Attributes:
        which: number of each instance in the recording; -1 for those that are not recorded.
    """

    group: int
    port: str
    which: NDArray[np.int32]
    times: list[NDArray[np.float64]] = field(default_factory=list)
    senders: list[NDArray[np.int32]] = field(default_factory=list)

    def take(self, times: NDArray[np.float64], cells: NDArray[np.int32]) -> None:
        """Takes those that are recorded of the events of some steps."""
        which = self.which[cells]
        if (heard := which >= 0).any():
            self.times.append(times[heard])
            self.senders.append(which[heard])


class DeviceNetwork(WiredNetwork):
    """A network whose recordings are filled by a device.

    Attributes:
        traces, heard: recordings that were added to it, by number.
        relay_room: how much more room than usual events have that are passed on.
        histories: fields of which earlier values are kept, and of how many steps.
        schedule: groups and instances of each block.
        changes: of its recordings, and of switches that are no change of structure.
    """

    def __init__(self, plan: SimulationPlan, device: Device) -> None:
        """An empty network for the groups of a plan."""
        super().__init__(plan, device)
        self._sizes = [group.size for group in plan.groups]
        self.traces: list[Traces] = []
        self.heard: list[list[Events]] = []
        self.changes = 0
        self.relay_room = 1
        self.histories: dict[tuple[int, str], int] = {}
        self.schedule: list[tuple[int, int, int]] = []

    def set_schedule(self, blocks: Sequence[tuple[int, int, int]]) -> None:
        """The order of the step."""
        self.schedule = list(blocks)
        super().set_schedule(blocks)

    def resize_group(self, group: int, kept: ArrayLike) -> None:
        """Other instances of a group; what was recorded of them ends here."""
        super().resize_group(group, kept)
        self._sizes[group] = len(np.asarray(kept))
        for item in self.traces:
            item.retired |= any(column[0] == group for column in item.columns)

    def reset(self) -> None:
        """Back to time 0; nothing is recorded."""
        super().reset()
        for item in self.traces:
            item.rows, item.countdown = [], 0
        for events in self.heard:
            for one in events:
                one.times, one.senders = [], []

    def set_timetable(self, *given: Any, **options: Any) -> None:
        """Other values of a timetable."""
        self.changes += 1
        super().set_timetable(*given, **options)

    def switch_projection(self, projection: int, transmits: bool) -> None:
        """Whether events are delivered over a projection."""
        self.changes += 1
        super().switch_projection(projection, transmits)

    def switch_coupling(self, coupling: int, transmits: bool) -> None:
        """Whether a coupling gives values."""
        self.changes += 1
        super().switch_coupling(coupling, transmits)

    def switch_connections(self, synapses: int, *given: Any, **options: Any) -> None:
        """What the couplings over a group do."""
        self.changes += 1
        super().switch_connections(synapses, *given, **options)

    def record(self, sources: Sequence[tuple[int, str, int]], interval_steps: int = 1) -> int:
        """Records values; gives the number of the recording."""
        self.changes += 1
        self.traces.append(Traces(tuple(sources), interval_steps))
        return len(self.traces) - 1

    def rows(self, id: int) -> memoryview[float]:
        """The rows of a recording: shape (rows, 1 + columns), the time first."""
        item = self.traces[id]
        if not item.rows:
            item.rows = [np.zeros((0, 1 + len(item.columns)))]
        item.rows = [np.concatenate(item.rows)]
        return cast("memoryview[float]", item.rows[0].data.toreadonly())

    def begin_rows(self) -> None:
        """Before a run: recordings that have just been made begin with what is there."""
        for item in self.traces:
            if item.countdown > 0 or item.retired:
                continue
            row = [self.t]
            for group, name, index in item.columns:
                values = self.field(group, name)
                row.append(float(values[index if len(values) > 1 else 0]))
            item.rows.append(np.array([row]))
            item.countdown = item.interval

    def record_events(self, sources: Sequence[tuple[int, str, int]]) -> int:
        """Records events of single instances."""
        places: dict[tuple[int, str], NDArray[np.int32]] = {}
        for number, (group, port, index) in enumerate(sources):
            which = places.setdefault((group, port), self._nobody(group))
            which[index] = number
        return self._hear([Events(*place, which) for place, which in places.items()])

    def record_all_events(self, group: int, port: str) -> int:
        """Records the events of all instances of a group."""
        return self._hear([Events(group, port, np.arange(self._sizes[group], dtype=np.int32))])

    def record_group_events(self, group: int, port: str, cells: ArrayLike) -> int:
        """Records the events of some instances; each is known by its place among them."""
        which, chosen = self._nobody(group), np.asarray(cells)
        which[chosen] = np.arange(len(chosen))
        return self._hear([Events(group, port, which)])

    def _nobody(self, group: int) -> NDArray[np.int32]:
        return np.full(self._sizes[group], -1, np.int32)

    def _hear(self, made: list[Events]) -> int:
        self.changes += 1
        self.heard.append(made)
        return len(self.heard) - 1

    def events(self, id: int) -> tuple[memoryview[float], memoryview[int]]:
        """Times and senders of a recording, in the order of sending."""
        times = [piece for item in self.heard[id] for piece in item.times]
        senders = [piece for item in self.heard[id] for piece in item.senders]
        at = np.concatenate([np.zeros(0), *times])
        which = np.concatenate([np.zeros(0, np.int32), *senders])
        order = np.argsort(at, kind="stable")
        return cast("memoryview[float]", at[order].data), which[order].data
