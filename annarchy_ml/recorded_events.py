"""Recorded events: a shared array of times, of which one event train is a slice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from annarchy_ml.memory import UnknownPathError, as_array, as_memory, range_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from annarchy_ml.memory import Numbers


@dataclass(frozen=True, slots=True, eq=False)
class EventTrain:
    """The events that one instance sent through one port.

    Attributes:
        path: The instance, such as ``pop[0]``.
        port: Name of the event port.
        times_s: shape (n_events,), ascending [s].
    """

    path: str
    port: str
    times_s: NDArray[np.float64]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        import numpy as np

        return np.array(self.times_s, dtype=dtype, copy=copy)

    def __len__(self) -> int:
        return len(self.times_s)

    def __repr__(self) -> str:
        ends = range_text(self.times_s, "s")
        return f"<EventTrain {self.path} ({self.port}), {len(self)} events{ends}>"


class EventTable:
    """Events of many trains in one array, train after train.

    Attributes:
        times_s: shape (n_events,), ascending within a train [s].
        offsets: shape (n_trains + 1,): train ``i`` is ``times_s[offsets[i]:offsets[i + 1]]``.
        paths: The instance of each train, in network order.
        ports: The port of each train, or one name for all.
        aliases: Other spellings of the paths.
    """

    def __init__(
        self,
        times_s: ArrayLike = (),
        offsets: ArrayLike = (0,),
        paths: Sequence[str] = (),
        ports: Sequence[str] | str = "spike",
    ) -> None:
        self._times: Numbers = as_memory(times_s, "d")
        self._offsets: Numbers = as_memory(offsets, "q")
        self.paths = paths
        self.ports = ports
        self.aliases: Mapping[str, str] = {}
        self._rows: dict[str, list[int]] | None = None
        if len(self._offsets) != len(paths) + 1 or self._offsets[-1] != len(self._times):
            raise ValueError(f"offsets do not fit {len(paths)} trains, {len(self._times)} events")
        if not isinstance(ports, str) and len(ports) != len(paths):
            raise ValueError(f"{len(ports)} ports for {len(paths)} trains")

    @cached_property
    def times_s(self) -> NDArray[np.float64]:
        """Times of all events, train after train, shape (n_events,) [s]."""
        found: NDArray[np.float64] = as_array(self._times)
        return found

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """Where each train begins and the last one ends, shape (n_trains + 1,)."""
        found: NDArray[np.int64] = as_array(self._offsets)
        return found

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_times": self.times_s, "_offsets": self.offsets}

    @property
    def total(self) -> int:
        """Number of all events."""
        return len(self._times)

    def memory_of(self, row: int) -> Numbers:
        """Times of one train [s], as they were handed over."""
        return self._times[int(self._offsets[row]) : int(self._offsets[row + 1])]

    @classmethod
    def from_events(
        cls,
        times_s: ArrayLike,
        ids: ArrayLike,
        paths: Sequence[str],
        ports: Sequence[str] | str = "spike",
    ) -> EventTable:
        """Sort events by train, then time.

        Args:
            times_s: shape (n_events,) [s], in any order.
            ids: shape (n_events,), the train of each event.
            paths: The instance of each train.
            ports: The port of each train, or one name for all.
        """
        import numpy as np

        times = np.asarray(times_s, dtype=np.float64)
        trains = np.asarray(ids).astype(np.int64 if len(paths) > 0xFFFF else np.uint16)
        if np.any(times[1:] < times[:-1]):
            order = np.lexsort((times, trains))
        else:
            order = np.argsort(trains, kind="stable")
        offsets = np.zeros(len(paths) + 1, dtype=np.int64)
        np.cumsum(np.bincount(trains, minlength=len(paths)), out=offsets[1:])
        return cls(times[order], offsets, paths, ports)

    @property
    def ids(self) -> NDArray[np.int64]:
        """The train of each event, shape (n_events,)."""
        import numpy as np

        return np.repeat(np.arange(len(self), dtype=np.int64), self.counts)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of events of each train, shape (n_trains,)."""
        import numpy as np

        return np.diff(self.offsets)

    def port(self, row: int) -> str:
        """The event port of a train."""
        return self.ports if isinstance(self.ports, str) else self.ports[row]

    def row(self, path: str, port: str | None = None) -> int:
        """Which train belongs to an instance (and port, if it was recorded at several)."""
        if self._rows is None:
            self._rows = {}
            for position, known in enumerate(self.paths):
                self._rows.setdefault(known, []).append(position)
        known_as = path if path in self._rows else self.aliases.get(path, path)
        for position in self._rows.get(known_as, ()):
            if port is None or self.port(position) == port:
                return position
        wanted = path if port is None else f"{path} ({port})"
        raise UnknownPathError("events of", wanted, list(self._rows))

    def rows_by_population(self) -> dict[str, list[int]]:
        """The trains of each population; an instance outside all populations stands alone."""
        found: dict[str, list[int]] = {}
        for row, path in enumerate(self.paths):
            population = path.partition("[")[0].partition("/")[0]
            found.setdefault(population, []).append(row)
        return found

    def times_of(self, rows: Sequence[int]) -> NDArray[np.float64]:
        """Times of some trains, one train after the other; a view where they lie side by side."""
        import numpy as np

        if len(rows) == 0:
            return self.times_s[:0]
        places = np.asarray(rows)
        if np.all(np.diff(places) == 1):
            return self.times_s[self.offsets[places[0]] : self.offsets[places[-1] + 1]]
        parts = zip(self.offsets[places].tolist(), self.offsets[places + 1].tolist(), strict=True)
        return np.concatenate([self.times_s[begin:end] for begin, end in parts])

    def chronological(
        self, rows: Sequence[int] | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Times and trains of all events by time, and at the same time by train.

        Args:
            rows: Only these trains; the second array then counts within `rows`.
        """
        import numpy as np

        if rows is None:
            times, trains = self.times_s, self.ids
        else:
            times = self.times_of(rows)
            counts = self.counts[np.asarray(rows, dtype=np.int64)]
            trains = np.repeat(np.arange(len(rows), dtype=np.int64), counts)
        order = np.argsort(times, kind="stable")
        return times[order], trains[order]

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, key: int | str | tuple[str, str]) -> EventTrain:
        if isinstance(key, str):
            key = self.row(key)
        elif isinstance(key, tuple):
            key = self.row(*key)
        row = range(len(self))[key]
        begin, end = self.offsets[row], self.offsets[row + 1]
        return EventTrain(self.paths[row], self.port(row), self.times_s[begin:end])

    def __contains__(self, path: object) -> bool:
        return path in self.paths or path in self.aliases

    def __iter__(self) -> Iterator[EventTrain]:
        return (self[row] for row in range(len(self)))

    def __repr__(self) -> str:
        return f"<EventTable: {len(self)} trains, {len(self._times)} events, times in s>"
