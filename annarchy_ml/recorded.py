"""Recorded signals and events: shared arrays, of which one signal or train is a slice.

All numbers are in SI units. A `Signal` is one column of a shared table, an `EventTrain` one slice
of a shared array; both are made when asked for and copy nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annarchy_ml.diagnostics import closest

RecordedArray = NDArray[np.float64] | NDArray[np.float32]
"""Recorded values, in the precision of the run."""


@dataclass(frozen=True, slots=True)
class PathParts:
    """The parts of a path such as ``pop[3]/chan/m/q`` or ``pop/3/cell/chan/m/q``.

    Attributes:
        population: Empty for a quantity outside all populations.
        index: Which cell, or -1.
        cell: Id of the cell's component, where the path tells it.
        component: What lies between the cell and the quantity: ``chan/m``.
        variable: ``q``; empty where the path ends at the cell.
    """

    population: str
    index: int
    cell: str
    component: str
    variable: str


def split_path(path: str) -> PathParts:
    """Take a path apart, in either of its two spellings."""
    head, _, rest = path.partition("/")
    population, bracket, index = head.removesuffix("]").partition("[")
    cell = ""
    if not bracket:
        index, _, cell_and_rest = rest.partition("/")
        cell, _, rest = cell_and_rest.partition("/")
    if not (population and index.isdecimal() and (bracket or cell)):
        component, _, variable = path.rpartition("/")
        return PathParts("", -1, "", component, variable)
    component, _, variable = rest.rpartition("/")
    return PathParts(population, int(index), cell, component, variable)


class UnknownPathError(KeyError):
    """Nothing was recorded under this path; the message names the nearest ones."""

    def __init__(self, what: str, path: str, known: Sequence[str]) -> None:
        names = closest(path, known) or tuple(known[:3])
        listed = ", ".join(f"'{name}'" for name in names)
        remark = f"; the closest are {listed}" if listed else "; nothing was recorded"
        super().__init__(f"no {what} '{path}'{remark}")

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class Column:
    """What one recorded trace is.

    Attributes:
        path: Such as ``hhpop[0]/v``.
        unit: SI symbol: ``V``, ``A``, ``1``.
        dimension: LEMS name such as ``voltage``, or ``none``.
        cell: Id of the cell's component, if known.
    """

    path: str
    unit: str = ""
    dimension: str = ""
    cell: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "unit", self.unit or "1")
        object.__setattr__(self, "dimension", self.dimension or "none")


@dataclass(frozen=True, slots=True, eq=False)
class Signal:
    """One quantity over time.

    Attributes:
        path: Where it was recorded.
        unit: SI symbol.
        dimension: LEMS name, or ``none``.
        values: shape (rows,), in `unit`.
        times_s: shape (rows,) [s].
    """

    path: str
    unit: str
    dimension: str
    values: RecordedArray
    times_s: RecordedArray

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.values, dtype=dtype, copy=copy)

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        unit = "" if self.unit == "1" else self.unit
        return f"<Signal {self.path}, {len(self)} values{_range_text(self.values, unit)}>"


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
        return np.array(self.times_s, dtype=dtype, copy=copy)

    def __len__(self) -> int:
        return len(self.times_s)

    def __repr__(self) -> str:
        range_text = _range_text(self.times_s, "s")
        return f"<EventTrain {self.path} ({self.port}), {len(self)} events{range_text}>"


class SignalTable:
    """Traces that share their times.

    Attributes:
        times: shape (rows,) [s].
        values: shape (rows, columns), each column in its SI unit; never copied.
        columns: What each column is.
    """

    def __init__(self, times: ArrayLike, values: ArrayLike, columns: Iterable[Column]) -> None:
        self.times: RecordedArray = np.asarray(times)
        self.values: RecordedArray = np.asarray(values)
        self.columns = tuple(columns)
        self._members: dict[tuple[str, str], list[int]] | None = None
        expected = (len(self.times), len(self.columns))
        if self.values.shape != expected:
            raise ValueError(f"values have shape {self.values.shape}, not {expected}")

    def __len__(self) -> int:
        return len(self.columns)

    def __getitem__(self, index: int) -> Signal:
        column = self.columns[index]
        values = self.values[:, index]
        return Signal(column.path, column.unit, column.dimension, values, self.times)

    def columns_of(self, population: str, variable: str) -> list[int]:
        """The columns of one variable of a population, both spellings of paths."""
        if self._members is None:
            self._members = {}
            for index, column in enumerate(self.columns):
                part = split_path(column.path)
                name = f"{part.component}/{part.variable}" if part.component else part.variable
                self._members.setdefault((part.population, name), []).append(index)
        return self._members.get((population, variable), [])


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
        offsets: shape (n_parts + 1,), where each begins.
    """

    def __init__(self, parts: Sequence[Sequence[str]]) -> None:
        self.parts = tuple(parts)
        self.offsets = np.cumsum([0, *map(len, self.parts)])

    def __len__(self) -> int:
        return int(self.offsets[-1])

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> list[str]: ...

    def __getitem__(self, index: int | slice) -> str | list[str]:
        places = range(len(self))[index]
        if isinstance(places, range):
            return [self[place] for place in places]
        part = int(np.searchsorted(self.offsets, places, side="right")) - 1
        return self.parts[part][places - int(self.offsets[part])]


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
        self.times_s: NDArray[np.float64] = np.asarray(times_s, dtype=np.float64)
        self.offsets: NDArray[np.int64] = np.asarray(offsets, dtype=np.int64)
        self.paths = paths
        self.ports = ports
        self.aliases: Mapping[str, str] = {}
        self._rows: dict[str, list[int]] | None = None
        if len(self.offsets) != len(paths) + 1 or self.offsets[-1] != len(self.times_s):
            raise ValueError(f"offsets do not fit {len(paths)} trains, {len(self.times_s)} events")
        if not isinstance(ports, str) and len(ports) != len(paths):
            raise ValueError(f"{len(ports)} ports for {len(paths)} trains")

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
        times = np.asarray(times_s, dtype=np.float64)
        trains = np.asarray(ids).astype(np.int64 if len(paths) > 0xFFFF else np.uint16)
        if np.any(times[1:] < times[:-1]):
            order = np.lexsort((times, trains))
        else:
            order = np.argsort(trains, kind="stable")
        offsets = np.zeros(len(paths) + 1, dtype=np.int64)
        np.cumsum(np.bincount(trains, minlength=len(paths)), out=offsets[1:])
        return cls(times[order], offsets, paths, ports)

    @classmethod
    def joined(cls, tables: Sequence[EventTable]) -> EventTable:
        """The trains of several tables, one table after the other."""
        if len(tables) == 1:
            return tables[0]
        shifts = np.cumsum([0, *(len(table.times_s) for table in tables)])
        offsets = [table.offsets[:-1] + shift for table, shift in zip(tables, shifts, strict=False)]
        ports = [table.port(row) for table in tables for row in range(len(table))]
        same = ports[0] if len(set(ports)) == 1 else ports
        return cls(
            np.concatenate([table.times_s for table in tables]),
            np.concatenate([*offsets, shifts[-1:]]),
            JoinedPaths([table.paths for table in tables]),
            same,
        )

    @property
    def ids(self) -> NDArray[np.int64]:
        """The train of each event, shape (n_events,)."""
        return np.repeat(np.arange(len(self), dtype=np.int64), self.counts)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of events of each train, shape (n_trains,)."""
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

    def cells_of(
        self, population: str, port: str | None = None
    ) -> tuple[list[int] | range, NDArray[np.int64]]:
        """The trains of a population, and the number of the cell of each.

        Raises:
            UnknownPathError: If there are none.
        """
        for part, begin in _parts(self.paths):
            if isinstance(part, CellPaths) and part.population == population and port is None:
                return range(begin, begin + len(part)), part.cells.astype(np.int64)
        found = self.rows_by_population()
        rows = [row for row in found.get(population, ()) if port in (None, self.port(row))]
        if not rows:
            raise UnknownPathError("events of", population, list(found))
        cells = [split_path(f"{self.paths[row]}/").index for row in rows]
        return rows, np.asarray(cells, dtype=np.int64)

    def rows_by_population(self) -> dict[str, list[int]]:
        """The trains of each population; an instance outside all populations stands alone."""
        found: dict[str, list[int]] = {}
        for row, path in enumerate(self.paths):
            population = path.partition("[")[0].partition("/")[0]
            found.setdefault(population, []).append(row)
        return found

    def times_of(self, rows: Sequence[int]) -> NDArray[np.float64]:
        """Times of some trains, one train after the other; a view where they lie side by side."""
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
        return f"<EventTable: {len(self)} trains, {len(self.times_s)} events, times in s>"


def _parts(paths: Sequence[str]) -> Iterator[tuple[Sequence[str], int]]:
    """Lists of paths with the place of their first."""
    parts = paths.parts if isinstance(paths, JoinedPaths) else (paths,)
    begin = 0
    for part in parts:
        yield part, begin
        begin += len(part)


def sliced(columns: Sequence[int]) -> slice | list[int]:
    """Columns as a slice, so that nothing is copied, where they lie side by side."""
    side_by_side = list(columns) == list(range(columns[0], columns[0] + len(columns)))
    return slice(columns[0], columns[-1] + 1) if side_by_side else list(columns)


class Signals(Mapping[str, Signal]):
    """Every recorded quantity by path; other spellings of a path are accepted too."""

    def __init__(self, tables: Sequence[SignalTable], aliases: Mapping[str, str]) -> None:
        self._tables = tables
        self._aliases = aliases
        self._places = {
            column.path: (table, index)
            for table in reversed(tables)
            for index, column in reversed(list(enumerate(table.columns)))
        }

    def __getitem__(self, path: str) -> Signal:
        place = self._places.get(path) or self._places.get(self._aliases.get(path, path))
        if place is None:
            raise UnknownPathError("signal", path, list(self))
        return place[0][place[1]]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(c.path for table in self._tables for c in table.columns))

    def __len__(self) -> int:
        return len(self._places)

    def matching(self, pattern: str) -> list[str]:
        """The recorded paths that fit a pattern: ``*`` is any text, ``?`` one character."""
        wanted = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
        return [path for path in self if re.fullmatch(wanted, path, re.DOTALL)]

    def __repr__(self) -> str:
        return f"<Signals: {len(self)} recorded quantities in SI units>"


def _range_text(values: RecordedArray, unit: str) -> str:
    if not len(values):
        return ""
    unit = f" {unit}" if unit else ""
    return f" from {float(np.min(values)):.6g}{unit} to {float(np.max(values)):.6g}{unit}"
