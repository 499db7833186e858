"""Nodes and edges with what is told of each of them: columns in HDF5, else those of their type."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.diagnostics import Span
from annarchy_ml.importers.hdf5_files import MOST_BYTES, WrongLayoutError, member, require_h5py
from annarchy_ml.importers.sonata.faults import FormatError, Reading

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Numbers = NDArray[np.float64]

_ABSENT = frozenset(("", "NULL", "NONE", "None", "NaN", "nan"))
_MAGIC = 0x0A7A


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A row of a table of types: its texts by column, without those that say nothing."""

    texts: Mapping[str, str]
    span: Span


Types = dict[tuple[str, int], TypeRow]
"""By population (empty where the table does not tell) and id."""


def read_types(reading: Reading, path: str, kind: str, asked: Span) -> Types:
    """A table of node or edge types.

    Raises:
        FormatError: If it is no such table.
    """
    made, name = Types(), f"{kind}_type_id"
    for row in read_table(reading, path, name, asked):
        number = row.texts.get(name, "")
        if not number.isdecimal():
            raise FormatError("value.range", f"'{number}' is no {name}", row.span)
        key = row.texts.get("population", ""), int(number)
        if key in made:
            message = f"the {name} {number} is given twice"
            raise FormatError("attribute.duplicate", message, row.span)
        made[key] = row
    return made


def read_table(reading: Reading, path: str, name: str, asked: Span) -> list[TypeRow]:
    """The rows of a table in text.

    Args:
        reading: which files may be read.
        path: of the file.
        name: of a column that it must have.
        asked: where the file is named.

    Raises:
        FormatError: If it is no such table.
    """
    real, shown = reading.file(path, asked), os.path.relpath(path)
    with open(real, encoding="utf-8-sig", errors="replace", newline="") as stream:
        lines = csv.reader(stream, delimiter=" ", skipinitialspace=True)
        try:
            rows = [(lines.line_num, _trimmed(row)) for row in lines if any(row)]
        except csv.Error as fault:
            raise FormatError(
                "file.unrecognized", f"'{shown}': {fault}", Span(shown, 1, 1)
            ) from fault
    if not rows or name not in rows[0][1]:
        message = f"'{shown}' has no column '{name}'"
        raise FormatError("file.unrecognized", message, Span(shown, 1, 1))
    header = rows[0][1]
    for line, row in rows[1:]:
        if len(row) != len(header):
            message = f"this row has {len(row)} values for {len(header)} columns"
            raise FormatError("file.unrecognized", message, Span(shown, line, 1))
    return [
        TypeRow(
            {key: text for key, text in zip(header, row, strict=True) if text not in _ABSENT},
            Span(shown, line, 1),
        )
        for line, row in rows[1:]
    ]


def _trimmed(row: list[str]) -> list[str]:
    while row and not row[-1]:
        row = row[:-1]
    return row


@contextmanager
def opened(reading: Reading, path: str, asked: Span) -> Iterator[Any]:
    """An HDF5 file of SONATA, which stays open until all is read.

    Raises:
        FormatError: If it cannot be read, or is laid out otherwise.
        EnvironmentFault: If h5py is not installed.
    """
    real, shown = reading.file(path, asked), os.path.relpath(path)
    require_h5py(shown)
    import h5py

    with laid_out(shown):
        file = reading.open_files.enter_context(h5py.File(real, "r"))
        magic = file.attrs.get("magic", _MAGIC)
        if int(np.asarray(magic).reshape(-1)[0]) != _MAGIC:
            raise WrongLayoutError("its magic number is another one")
        yield file


@contextmanager
def laid_out(shown: str) -> Iterator[None]:
    """What a file that is laid out otherwise raises becomes its fault."""
    try:
        yield
    except (OSError, KeyError, ValueError, TypeError, RuntimeError, WrongLayoutError) as fault:
        why = str(fault) if isinstance(fault, (WrongLayoutError, ValueError)) else ""
        message = f"'{shown}' is no SONATA file: {why or 'it cannot be read'}"
        raise FormatError("file.unrecognized", message, Span(shown, 1, 1)) from fault


def populations_of(file: Any, name: str, types: Types) -> Iterator[tuple[str, Any]]:
    """The populations of a file, in the order of the table of types where that names them."""
    group = member(file, name)
    named = [population for population, _ in types if population in group]
    for population in dict.fromkeys([*named, *group]):
        yield population, member(group, population)


def integers(group: Any, name: str) -> Integers:
    """Whole numbers, shape (n,).

    Raises:
        WrongLayoutError: If they are none.
    """
    values = _values(group, name)
    if values.dtype.kind not in "iu":
        raise WrongLayoutError(f"'{name}' must hold whole numbers")
    made: Integers = values.astype(np.int64)
    return made


def _values(group: Any, name: str) -> Any:
    """A table of one dimension."""
    data = member(group, name)
    if not hasattr(data, "shape") or len(data.shape) != 1 or data.size * 8 > MOST_BYTES:
        raise WrongLayoutError(f"'{name}' must be a table of one dimension")
    return data[()]


class Members:
    """The nodes or edges of a population.

    Attributes:
        group: of the file.
        name: of the population.
        types: the type of each member, shape (n,).
        rows: the rows of those types that occur.
    """

    def __init__(self, group: Any, name: str, kind: str, types: Types) -> None:
        self.group, self.name = group, name
        self.types = integers(group, f"{kind}_type_id")
        self.rows: dict[int, TypeRow] = {}
        for number in np.unique(self.types).tolist():
            found = types.get((name, number)) or types.get(("", number))
            if found is None:
                raise WrongLayoutError(f"the table of types has no {kind}_type_id {number}")
            self.rows[number] = found
        self._parts = self._groups(kind)

    def __len__(self) -> int:
        return len(self.types)

    def _groups(self, kind: str) -> list[tuple[Any, Integers, Integers]]:
        """Groups of attributes: the members that are in each, and their rows in it."""
        count = len(self)
        if f"{kind}_group_id" in self.group:
            owner = integers(self.group, f"{kind}_group_id")
            index = integers(self.group, f"{kind}_group_index")
        else:
            owner, index = np.zeros(count, np.int64), np.arange(count)
        if len(owner) != count or len(index) != count:
            raise WrongLayoutError(f"the tables of '{self.name}' differ in length")
        found = []
        for number in np.unique(owner).tolist():
            chosen = np.flatnonzero(owner == number)
            part = member(self.group, str(number)) if str(number) in self.group else {}
            found.append((part, chosen, index[chosen]))
        return found

    def names(self, inside: str = "") -> list[str]:
        """Names of what is told of single members, or of their parameters."""
        found: dict[str, None] = {}
        for part, _, _ in self._parts:
            if inside and inside in part:
                part = member(part, inside)
            elif inside:
                continue
            found.update((name, None) for name in part if hasattr(member(part, name), "shape"))
        return list(found)

    def numbers(self, name: str, default: float | None = None, inside: str = "") -> Numbers | None:
        """What is told of each member, shape (n,).

        Args:
            name: of the attribute.
            default: where nothing is told of a member; without one that is NaN, and the whole is
                None if nothing is told of any.
            inside: the group of parameters, if it is one.
        """
        made = np.full(len(self), np.nan)
        for number, row in self.rows.items() if not inside else ():
            if name in row.texts:
                made[self.types == number] = number_of(row, name)
        for part, chosen, index in self._parts:
            part = member(part, inside) if inside and inside in part else part
            if name in part:
                values = _values(part, name)
                made[chosen] = np.asarray(values, np.float64)[_within(index, values, name)]
        missing = np.isnan(made)
        if default is not None:
            return np.where(missing, default, made)
        return None if bool(missing.all()) else made

    def texts(self, name: str) -> tuple[list[str], Integers]:
        """The texts that occur, and which one each member has, shape (n,); "" for none."""
        found = {"": 0}
        codes = np.zeros(len(self), np.int64)
        for number, row in self.rows.items():
            text = row.texts.get(name, "")
            codes[self.types == number] = found.setdefault(text, len(found))
        for part, chosen, index in self._parts:
            if name in part:
                own, which = _own_texts(part, name)
                numbers = np.array([found.setdefault(text, len(found)) for text in own], np.int64)
                codes[chosen] = numbers[which[_within(index, which, name)]]
        return list(found), codes


def told(found: Numbers | None, chosen: Integers, name: str) -> Numbers | None:
    """What is told of some members; None if that is nothing.

    Raises:
        WrongLayoutError: If it is told of a part of them.
    """
    part = np.zeros(0) if found is None else found[chosen]
    missing = np.isnan(part)
    if bool(missing.all()):
        return None
    if bool(missing.any()):
        raise WrongLayoutError(f"'{name}' is told of a part of its members")
    return part


def number_of(row: TypeRow, name: str, default: float | None = None) -> float:
    """A number of a row.

    Raises:
        FormatError: If it is none.
    """
    text = row.texts.get(name)
    if text is None and default is not None:
        return default
    try:
        number = float(text or "")
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        message = f"'{name}' must be a number, not '{text or ''}'"
        raise FormatError("value.range", message, row.span)
    return number


def _within(index: Integers, values: Any, name: str) -> Integers:
    if len(index) and (index.min() < 0 or index.max() >= len(values)):
        raise WrongLayoutError(f"'{name}' has no value for some members")
    return index


def _own_texts(part: Any, name: str) -> tuple[list[str], Integers]:
    """Texts of members: as they are, or numbers of those in a library."""
    values = _values(part, name)
    if values.dtype.kind in "iu" and "@library" in part:
        library = member(member(part, "@library"), name)[()]
        which = values.astype(np.int64)
        return [_text(item) for item in library], _within(which, library, name)
    unique, codes = np.unique(np.array([_text(item) for item in values]), return_inverse=True)
    texts = ["" if text in _ABSENT else str(text) for text in unique]
    return texts, codes.astype(np.int64)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
