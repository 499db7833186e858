"""Values of components in rows: whole columns at a time, rows that stand out one by one.

Before: a column of numbers with the unit `` ms``. After: an array of seconds. A column that cannot
be taken as a whole, and every row that is at fault, goes through the same checks as any component.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from annarchy_ml.model.component import Component, ComponentType
from annarchy_ml.model.rows import Chunk, Coded, Column, Measured, Numbered, Rows, Same
from annarchy_ml.passes.attributes import FRACTIONS, SEGMENTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.passes.values import TypeInfo, ValueTable

RowValue: TypeAlias = "float | NDArray[np.float64]"
"""One for all rows of a chunk, or shape (count,); in SI units."""


class RowValues:
    """Values and checks of components in rows."""

    def __init__(self, values: ValueTable) -> None:
        self.values = values

    def read(self, rows: Rows) -> None:
        """Reads all rows; every fault is reported once."""
        info = self.values.info(rows.type)
        if info is None:
            return
        absent = [item for item in info.given if item.name not in rows.attributes]
        self.values.set_parameters(rows, replace(info, given=tuple(absent)), {})
        self.values.attributes.check_names(rows, info.type)
        check = _RowCheck(self.values, rows, info.type)
        for chunk in reversed(rows.chunks):  # as other components, the last first
            check.check(chunk, self.of(rows, chunk, info))

    def of(
        self,
        rows: Rows,
        chunk: Chunk,
        info: TypeInfo | None = None,
    ) -> dict[str, RowValue]:
        """Values of constants and parameters in a chunk, by name."""
        info = info or self.values.info(rows.type)
        assert info is not None
        found: dict[str, RowValue] = dict(info.constants)
        absent = [item for item in info.given if item.name not in rows.attributes]
        if absent:
            found.update(self._defaults(info, tuple(item.name for item in absent)))
        for parameter in info.given:
            column = rows.column(chunk, parameter.name)
            if column is None:
                continue
            value = self._whole(column, parameter.dimension)
            if value is None:
                value = np.array(
                    [
                        self.values.quantity(
                            row.attributes[parameter.name],
                            parameter.dimension,
                            row.origin,
                            parameter.name,
                            row,
                        )
                        for row in rows.components(chunk)
                    ]
                )
            found[parameter.name] = value
        return found

    def _defaults(self, info: TypeInfo, names: tuple[str, ...]) -> dict[str, float]:
        """Values of parameters that no row gives; those without any are reported elsewhere."""
        found = {}
        for item in info.given:
            if item.name not in names:
                continue
            text = info.fixed.get(item.name, item.default)
            value = self.values.quantities.sound(text, item.dimension) if text else None
            if value is not None:
                found[item.name] = value
        return found

    def _whole(self, column: Column, dimension: str) -> RowValue | None:
        """The values of a column in SI units; None if any of them needs a closer look."""
        quantities = self.values.quantities
        if isinstance(column, Same):
            return quantities.sound(column.value, dimension)
        if isinstance(column, Coded):
            known = [quantities.sound(text, dimension) for text in column.texts]
            return None if None in known else np.array(known, float)[column.codes]
        plain = isinstance(column, Numbered) and not column.prefix
        if not isinstance(column, Measured) and not plain:
            return None
        assert isinstance(column, (Measured, Numbered))
        unit = quantities.unit_of(column.suffix, dimension)
        if unit is None:
            return None
        numbers: Any = column.numbers.astype(np.float64)
        result: Any = unit.to_si(numbers)
        return result if bool(np.isfinite(result).all()) else None


class _RowCheck:
    """The checks of attributes over one run of rows."""

    def __init__(self, values: ValueTable, rows: Rows, found: ComponentType) -> None:
        self.values = values
        self.attributes = values.attributes
        self.rows = rows
        self.found = found
        self._sound: set[tuple[str, str]] = set()
        self._references = [
            item.name
            for item in found.references
            if item.kind == "component" and item.name in rows.attributes
        ]

    def check(self, chunk: Chunk, values: dict[str, RowValue]) -> None:
        """Reports what is wrong with the rows of a chunk."""
        for name in self._references:
            self._each_text(chunk, name, self.attributes.check_references)
        for name in self.attributes.delays_of(self.found):
            early = np.flatnonzero(np.less(values.get(name, 0.0), 0.0))
            if len(early):
                row = self.rows.component(chunk, int(early[-1]))
                self.attributes.check_delays(row, self.found)
        if self.found.core:
            for name in self.rows.attributes:
                if name in FRACTIONS:
                    self._fractions(chunk, name)
                elif name in SEGMENTS:
                    self._each_text(chunk, name, self.attributes.check_ranges)

    def _fractions(self, chunk: Chunk, name: str) -> None:
        column = self.rows.column(chunk, name)
        if isinstance(column, Measured) and not column.suffix:
            outside = np.flatnonzero(~((column.numbers >= 0.0) & (column.numbers <= 1.0)))
            self._rows(chunk, outside, self.attributes.check_ranges)
        else:
            self._each_text(chunk, name, self.attributes.check_ranges)

    def _each_text(
        self, chunk: Chunk, name: str, check: Callable[[Component, ComponentType], None]
    ) -> None:
        """Checks one row for each text of an attribute, and all rows of those that are wrong."""
        texts, codes = distinct(self.rows, chunk, name)
        present, first = (item.tolist() for item in np.unique(codes, return_index=True))
        new = {
            code: row
            for code, row in zip(present, first, strict=True)
            if (name, texts[code]) not in self._sound
        }
        for code, row in zip(new, self.rows.components(chunk, new.values()), strict=True):
            before = len(self.values.report)
            check(row, self.found)
            if len(self.values.report) > before:
                self._rows(chunk, np.flatnonzero(codes == code)[1:], check)
            else:
                self._sound.add((name, texts[code]))

    def _rows(
        self,
        chunk: Chunk,
        rows: Iterable[int],
        check: Callable[[Component, ComponentType], None],
    ) -> None:
        for row in self.rows.components(chunk, rows):
            check(row, self.found)


def distinct(rows: Rows, chunk: Chunk, name: str) -> tuple[list[str], NDArray[np.int64]]:
    """The texts of an attribute, each once in the order of the rows, and which one a row has.

    Returns:
        Texts, and shape (count,), a number of one of them for each row.
    """
    column = rows.column(chunk, name)
    if column is None or isinstance(column, Same):
        return ["" if column is None else column.value], np.zeros(chunk.count, np.int64)
    exact = chunk.read is None  # else 1.0 and 1.00 are one number, but two texts
    if isinstance(column, Numbered) or (isinstance(column, Measured) and exact):
        _, at, codes = np.unique(column.numbers, return_index=True, return_inverse=True)
        texts = [column.text(int(row)) for row in at]
    elif isinstance(column, Coded):
        texts, codes = column.texts, column.codes
    else:
        known: dict[str, int] = {}
        every = chunk.texts((rows.element, name))
        codes = np.array([known.setdefault(text, len(known)) for text in every])
        texts = list(known)
    return texts, codes.astype(np.int64)
