"""What front ends that build networks ask of a simulation: groups by name, times in steps."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annarchy_ml.session.account import provenance
from annarchy_ml.session.continuing import go_on

if TYPE_CHECKING:
    from annarchy_ml.session.simulation import Simulation

TimedRows = tuple[ArrayLike, ArrayLike, tuple[ArrayLike, ArrayLike] | None]
"""Steps, values of shape (n, size), and (row_ptr, instances) or None."""


class Live:
    """A simulation between runs.

    Attributes:
        simulation: what runs.
    """

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self._network = simulation.runtime.network
        self._position = {item.name: at for at, item in enumerate(simulation.plan.groups)}

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups."""
        return tuple(self._position)

    @property
    def step(self) -> int:
        """Steps done."""
        return int(self._network.step)

    def provenance(self) -> dict[str, Any]:
        """What made the recordings, as annotations of a block whose times are in ms.

        Steps and durations of files are left out: a front end has its own.
        """
        made = dict(provenance(self.simulation, complete=True))
        wall = json.dumps(made.pop("wall_times"))
        left = ("dt", "duration", "complete", "stopped_at")
        kept = {key: value for key, value in made.items() if key not in left}
        return {**kept, "wall_times": wall, "session_start_time": self.simulation.begun}

    def field(self, group: str, name: str) -> NDArray[Any] | None:
        """A view of a field, shape (size,), or (1,) if it is shared; None if there is none."""
        position = self._position[group]
        runtime = self.simulation.runtime
        if not any(item.name == name for item in runtime.kernel_of(position).fields):
            return None
        return runtime.field(position, name)

    def is_divided(self, group: str) -> bool:
        """Whether the instances of a group are compartments of its cells."""
        return self.simulation.plan.groups[self._position[group]].cable is not None

    def record(self, sources: Sequence[tuple[str, str, int]], interval: int = 1) -> int:
        """Records values from now on, once in so many steps.

        Args:
            sources: group, field and instance of each.
            interval: [steps]

        Returns:
            The number of the recording.
        """
        columns = [(self._position[group], name, row) for group, name, row in sources]
        for position, name, _ in columns:
            self.simulation.look_at(position, name)
        return self._network.record(columns, interval)

    def hosts(self, group: str) -> list[int] | None:
        """The instances that those of a group are attached to; None if there is no such group."""
        if group not in self._position:
            return None
        found = self.simulation.plan.groups[self._position[group]].host_index
        return [int(item) for item in np.asarray(found)]

    def rows(self, recording: int, columns: int) -> NDArray[np.float64]:
        """Samples of so many columns, shape (n_samples, columns)."""
        found = np.asarray(self._network.rows(recording))
        return found.reshape(-1, columns + 1)[:, 1:]

    def drop_rows(self, recordings: Sequence[int]) -> None:
        """Frees what was recorded; the first sample is that of now."""
        for number in recordings:
            self._network.drop_rows(number)
        self._network.run(0)

    def record_events(self, group: str, port: str, rows: ArrayLike) -> int:
        """Records the events of some instances from now on; gives the number of the recording."""
        return self._network.record_group_events(self._position[group], port, rows)

    def events(self, recording: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Of all events, the places of their instances among the recorded ones, and the steps."""
        times, which = self._network.events(recording)
        steps = np.rint(np.asarray(times) / self.simulation.plan.dt).astype(np.int64)
        return np.asarray(which).astype(np.int64), steps

    def drop_events(self, recording: int) -> None:
        """Frees what was recorded."""
        self._network.drop_events(recording)

    def add_timetable(self, group: str, name: str, rows: TimedRows) -> int:
        """Fills a field at certain steps; gives the number of the timetable."""
        return self._network.add_timetable((self._position[group], name), *rows)

    def set_timetable(self, number: int, rows: TimedRows) -> None:
        """Other rows for a timetable."""
        self._network.set_timetable(number, *rows)

    def send_events(self, group: str, port: str, rows: ArrayLike) -> None:
        """Instances have just sent an event, which arrives after its delay; one for each row."""
        self._network.send_events(self._position[group], port, rows)

    def go_on_from(self, before: Live, links: Iterable[str], couplings: Iterable[str]) -> None:
        """Goes on at the time and with the values of a simulation of a part of this network.

        Args:
            before: what has run so far; its groups are called as here.
            links: names of its projections, with the connections that they have here.
            couplings: names of its couplings, and of what hangs at the ends of its junctions, whose
                parameters are those that they have here.
        """
        go_on(before.simulation, self.simulation, list(links), couplings)

    def hand_on(self, groups: Iterable[str]) -> None:
        """Gives groups what they keep of their hosts, such as a potential, as it is now."""
        runtime = self.simulation.runtime
        for position in (self._position[item] for item in groups):
            group = self.simulation.plan.groups[position]
            known = {item.name for item in runtime.kernel_of(position).fields}
            for key, read in group.externals.items():
                kind, _, name = key.partition(":")
                if kind == "host" and name in known and group.host_index is not None:
                    values = runtime.field(read.group, read.field)
                    present = values if values.shape == (1,) else values[group.host_index]
                    runtime.field(position, name)[...] = present

    def attached(self, group: str) -> tuple[str, ...]:
        """Names of what hangs on the instances of a group."""
        groups, host = self.simulation.plan.groups, self._position[group]
        return tuple(name for name, at in self._position.items() if groups[at].host == host)

    def forget_events(self, group: str) -> None:
        """Events of a group that are under way never arrive."""
        self._network.forget_events(self._position[group])
