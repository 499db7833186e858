"""Recorded signals: shared arrays, of which one signal is a slice.

All numbers are in SI units. A `Signal` is one column of a shared table; it is made when asked for
and copies nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
        return f"<Signal {self.path}, {len(self)} values{range_text(self.values, unit)}>"


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


def range_text(values: RecordedArray, unit: str) -> str:
    """Least and greatest of some values, for the prompt; empty without values."""
    if not len(values):
        return ""
    unit = f" {unit}" if unit else ""
    return f" from {float(np.min(values)):.6g}{unit} to {float(np.max(values)):.6g}{unit}"
