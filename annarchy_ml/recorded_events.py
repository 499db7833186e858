"""Recorded events: the times of many trains in one array, of which one train is a slice."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from annarchy_ml.memory import UnknownPathError, as_array, as_memory, range_text
from annarchy_ml.recorded import split_path

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from annarchy_ml.memory import Numbers

    Offsets = NDArray[np.int64] | memoryview[int]
    Arrange = Callable[[], tuple[Numbers, Offsets]]


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


class CellPaths(Sequence[str]):
    """The paths of some cells of a population, ``pop[3]``; each is made when it is asked for.

    Attributes:
        population: its name.
        cells: shape (n,), ascending.
    """

    def __init__(self, population: str, cells: NDArray[np.int32]) -> None:
        self.population = population
        self.cells = cells

    def __len__(self) -> int:
        return len(self.cells)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> CellPaths: ...

    def __getitem__(self, index: int | slice) -> str | CellPaths:
        if isinstance(index, slice):
            return CellPaths(self.population, self.cells[index])
        return f"{self.population}[{self.cells[index]}]"


class JoinedPaths(Sequence[str]):
    """Paths of several lists, one list after the other.

    Attributes:
        parts: the lists.
        offsets: where each begins, and the last one ends.
    """

    def __init__(self, parts: Sequence[Sequence[str]]) -> None:
        self.parts = tuple(parts)
        self.offsets = [0]
        for part in self.parts:
            self.offsets.append(self.offsets[-1] + len(part))

    def __len__(self) -> int:
        return self.offsets[-1]

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> list[str]: ...

    def __getitem__(self, index: int | slice) -> str | list[str]:
        places = range(len(self))[index]
        if isinstance(places, range):
            return [self[place] for place in places]
        part = bisect_right(self.offsets, places) - 1
        return self.parts[part][places - self.offsets[part]]


class EventTable:
    """Events of many trains in one array, train after train.

    Attributes:
        times_s: shape (n_events,), ascending within a train [s].
        offsets: shape (n_trains + 1,): train ``i`` is ``times_s[offsets[i]:offsets[i + 1]]``.
        paths: The instance of each train, in network order.
        ports: The port of each train, or one name for all.
        aliases: Other spellings of the paths.
        tables: Those that it was joined from.
        total: Number of all events.
    """

    def __init__(
        self,
        times_s: ArrayLike = (),
        offsets: ArrayLike = (0,),
        paths: Sequence[str] = (),
        ports: Sequence[str] | str = "spike",
    ) -> None:
        times, ends = as_memory(times_s, "d"), as_memory(offsets, "q")
        if len(ends) != len(paths) + 1 or ends[-1] != len(times):
            raise ValueError(f"offsets do not fit {len(paths)} trains, {len(times)} events")
        if not isinstance(ports, str) and len(ports) != len(paths):
            raise ValueError(f"{len(ports)} ports for {len(paths)} trains")
        self._describe(len(times), paths, ports, lambda: (times, ends))

    def _describe(
        self, total: int, paths: Sequence[str], ports: Sequence[str] | str, arrange: Arrange
    ) -> None:
        """Everything but the trains, which are arranged when they are asked for."""
        self.total = total
        self.paths = paths
        self.ports = ports
        self.aliases: Mapping[str, str] = {}
        self.tables: tuple[EventTable, ...] = ()
        self._arrange = arrange
        self._sent: tuple[NDArray[np.float64], NDArray[Any]] | None = None
        self._rows: dict[str, list[int]] | None = None

    @cached_property
    def _trains(self) -> tuple[Numbers, Offsets]:
        return self._arrange()

    @cached_property
    def times_s(self) -> NDArray[np.float64]:
        """Times of all events, train after train, shape (n_events,) [s]."""
        found: NDArray[np.float64] = as_array(self._trains[0])
        return found

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """Where each train begins and the last one ends, shape (n_trains + 1,)."""
        found: NDArray[np.int64] = as_array(self._trains[1])
        return found

    def __getstate__(self) -> dict[str, Any]:
        kept = {**self.__dict__, "_trains": (self.times_s, self.offsets)}
        kept.pop("_arrange")
        return kept

    def memory_of(self, row: int) -> Numbers:
        """Times of one train [s], as they were handed over."""
        times, offsets = self._trains
        return times[int(offsets[row]) : int(offsets[row + 1])]

    @classmethod
    def from_events(
        cls,
        times_s: ArrayLike,
        ids: ArrayLike,
        paths: Sequence[str],
        ports: Sequence[str] | str = "spike",
    ) -> EventTable:
        """Events as they were sent; they are sorted by train, then time, when trains are asked for.

        Args:
            times_s: shape (n_events,) [s], in any order.
            ids: shape (n_events,), the train of each event.
            paths: The instance of each train.
            ports: The port of each train, or one name for all.
        """
        import numpy as np

        sent = (np.asarray(times_s, dtype=np.float64), np.asarray(ids))
        made = cls.__new__(cls)
        made._describe(len(sent[0]), paths, ports, lambda: _by_train(*sent, len(paths)))
        made._sent = sent
        return made

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

        if rows is None and self._sent is not None and _in_order(*self._sent):
            return self._sent
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
        return f"<EventTable: {len(self)} trains, {self.total} events, times in s>"


def joined(tables: Sequence[EventTable]) -> EventTable:
    """The trains of several tables, one table after the other."""
    if len(tables) == 1:
        return tables[0]
    names = {table.ports for table in tables if isinstance(table.ports, str)}
    if len(names) == 1 and all(isinstance(table.ports, str) for table in tables):
        ports: Sequence[str] | str = names.pop()
    else:
        ports = [table.port(row) for table in tables for row in range(len(table))]
    made = EventTable.__new__(EventTable)
    made._describe(
        sum(table.total for table in tables),
        JoinedPaths([table.paths for table in tables]),
        ports,
        lambda: _one_after_the_other(tables),
    )
    made.tables = tuple(tables)
    return made


def _one_after_the_other(tables: Sequence[EventTable]) -> tuple[Numbers, Offsets]:
    import numpy as np

    shifts = np.cumsum([0, *(table.total for table in tables)])
    offsets = [table.offsets[:-1] + shift for table, shift in zip(tables, shifts, strict=False)]
    return np.concatenate([table.times_s for table in tables]), np.concatenate(
        [*offsets, shifts[-1:]]
    )


def _by_train(
    times: NDArray[np.float64], ids: NDArray[Any], n_trains: int
) -> tuple[Numbers, Offsets]:
    """Times by train, then time; where each train begins and the last one ends."""
    import numpy as np

    trains = ids.astype(np.int64 if n_trains > 0xFFFF else np.uint16)
    if np.any(times[1:] < times[:-1]):
        order = np.lexsort((times, trains))
    else:
        order = np.argsort(trains, kind="stable")
    offsets = np.zeros(n_trains + 1, dtype=np.int64)
    np.cumsum(np.bincount(trains, minlength=n_trains), out=offsets[1:])
    return times[order], offsets


def _in_order(times: NDArray[np.float64], ids: NDArray[Any]) -> bool:
    """Whether events stand by time, and at the same time by train."""
    later = times[1:] > times[:-1]
    return bool((later | ((times[1:] == times[:-1]) & (ids[1:] >= ids[:-1]))).all())


def events_of_population(
    events: EventTable, population: str, port: str | None = None
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Times and numbers of cells of a population's events, by time, then cell.

    Raises:
        UnknownPathError: If none were recorded.
    """
    import numpy as np

    whole = [
        _of_cells(table, table.paths)
        for table in events.tables or (events,)
        if isinstance(table.paths, CellPaths)
        and table.paths.population == population
        and port in (None, table.ports)
    ]
    if len(whole) == 1:
        return whole[0]
    if whole:  # through several ports
        times, cells = (np.concatenate(parts) for parts in zip(*whole, strict=True))
        order = np.lexsort((cells, times))
        return times[order], cells[order]
    found = events.rows_by_population()
    rows_of = [row for row in found.get(population, ()) if port in (None, events.port(row))]
    if not rows_of and population in found:
        ports = dict.fromkeys(f"{population}:{events.port(row)}" for row in found[population])
        raise UnknownPathError("events of", f"{population}:{port}", list(ports))
    if not rows_of:
        raise UnknownPathError("events of", population, list(found))
    cells = np.asarray([split_path(f"{events.paths[row]}/").index for row in rows_of])
    times, rows = events.chronological(rows_of)
    return times, cells[rows]


def _of_cells(table: EventTable, paths: CellPaths) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Times and numbers of cells of one table, by time, then cell."""
    import numpy as np

    times, rows = table.chronological()
    return times, paths.cells[rows].astype(np.int64)
