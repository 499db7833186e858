"""Recorded signals: shared rows of numbers, of which one signal is a column.

All numbers are in SI units. A `Signal` is one column of a shared table; it is made when asked for
and copies nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from annarchy_ml.memory import UnknownPathError, as_array, range_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from annarchy_ml.memory import Numbers, RecordedArray


Position = tuple[float, float, float]
"""x, y and z [µm]."""


@dataclass(slots=True)
class PathParts:
    """The parts of a path such as ``pop[3]/chan/m/q`` or ``pop/3/cell/chan/m/q``.

    Two are made for each of 100,000 trains; a frozen one takes twice the time.

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


def cell_of(path: str) -> str:
    """What `split_path` gives as the cell, without the other parts."""
    parts = path.split("/", 3)
    if len(parts) < 3 or not parts[1].isdecimal():
        return ""
    population = parts[0].removesuffix("]")
    return parts[2] if population and "[" not in population else ""


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


class Signal:
    """One quantity over time.

    Attributes:
        path: Where it was recorded.
        unit: SI symbol.
        dimension: LEMS name, or ``none``.
        memory: times [s] and values (in `unit`), each of length rows, as they were handed over.
    """

    __slots__ = ("dimension", "memory", "path", "unit")

    def __init__(self, column: Column, times_s: Numbers, values: Numbers) -> None:
        self.path, self.unit, self.dimension = column.path, column.unit, column.dimension
        self.memory = times_s, values

    @property
    def times_s(self) -> RecordedArray:
        """Times, shape (rows,) [s]."""
        found: RecordedArray = as_array(self.memory[0])
        return found

    @property
    def values(self) -> RecordedArray:
        """Values, shape (rows,), in `unit`."""
        found: RecordedArray = as_array(self.memory[1])
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        import numpy as np

        return np.array(self.values, dtype=dtype, copy=copy)

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        column = Column(self.path, self.unit, self.dimension)
        return Signal, (column, self.times_s, self.values)

    def __len__(self) -> int:
        return len(self.memory[1])

    def __repr__(self) -> str:
        unit = "" if self.unit == "1" else self.unit
        return f"<Signal {self.path}, {len(self)} values{range_text(self.values, unit)}>"


class SignalTable:
    """Traces that share their times.

    Attributes:
        times: shape (rows,) [s].
        values: shape (rows, columns), each column in its SI unit; never copied.
        columns: What each column is.
    """

    def __init__(self, times: ArrayLike, values: ArrayLike, columns: Iterable[Column]) -> None:
        import numpy as np

        self.times: RecordedArray = np.asarray(times)
        self.values: RecordedArray = np.asarray(values)
        self.columns = tuple(columns)
        expected = (len(self.times), len(self.columns))
        if self.values.shape != expected:
            raise ValueError(f"values have shape {self.values.shape}, not {expected}")

    def __len__(self) -> int:
        return len(self.columns)

    def __getitem__(self, index: int) -> Signal:
        return Signal(self.columns[index], self.times, self.values[:, index])

    def columns_of(self, population: str, variable: str) -> list[int]:
        """The columns of one variable of a population, both spellings of paths."""
        return self._members.get((population, variable), [])

    @cached_property
    def _members(self) -> dict[tuple[str, str], list[int]]:
        found: dict[tuple[str, str], list[int]] = {}
        for index, column in enumerate(self.columns):
            part = split_path(column.path)
            name = f"{part.component}/{part.variable}" if part.component else part.variable
            found.setdefault((part.population, name), []).append(index)
        return found


def sliced(columns: Sequence[int]) -> slice | list[int]:
    """Columns as a slice, so that nothing is copied, where they lie side by side."""
    side_by_side = list(columns) == list(range(columns[0], columns[0] + len(columns)))
    return slice(columns[0], columns[-1] + 1) if side_by_side else list(columns)


class RowTable(SignalTable):
    """Traces that lie in memory as rows of doubles: the time, then a value per column.

    Args:
        rows: all rows, one after the other.
        columns: what each column is.
    """

    def __init__(self, rows: memoryview[float], columns: Iterable[Column]) -> None:
        self.columns = tuple(columns)
        self._rows = rows
        self._times = rows[:: len(self.columns) + 1]

    @cached_property
    def times(self) -> NDArray[np.float64]:  # type: ignore[override]
        """Times, shape (rows,) [s]."""
        found: NDArray[np.float64] = as_array(self._times)
        return found

    @cached_property
    def values(self) -> NDArray[np.float64]:  # type: ignore[override]
        """Values, shape (rows, columns), each column in its SI unit."""
        rows: NDArray[np.float64] = as_array(self._rows)
        return rows.reshape(-1, len(self.columns) + 1)[:, 1:]

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return SignalTable, (self.times, self.values, self.columns)

    def __getitem__(self, index: int) -> Signal:
        place = range(len(self.columns))[index]
        return Signal(
            self.columns[place], self._times, self._rows[place + 1 :: len(self.columns) + 1]
        )


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
