"""Attributes of many alike elements as numbers: cells in paths, weights, delays, places."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.model.component import Component
from annarchy_ml.model.rows import Chunk, Column, Measured, Numbered, Place, Rows, Same
from annarchy_ml.units.unit import Unit, split_quantity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

CELL = re.compile(r"(?:\.\./)*([^\[\]/]+)(?:\[(\d+)\]|/(\d+)(?:/[^\[\]/]+)?)/?")
"""A path to a cell: its population, and its number."""


@dataclass(frozen=True, slots=True)
class Table:
    """Some elements of one shape.

    Attributes:
        rows: the elements, or the first of them.
        chunk: their texts.
        element: which element within a row.
    """

    rows: Component
    chunk: Chunk
    element: int = 0

    def column(self, name: str) -> Column | None:
        """The texts of an attribute; None if the elements do not have it."""
        return self.chunk.columns.get((self.element, name))

    def at_child(self, tag: str) -> Table:
        """The children of a name, one in each element."""
        part = next(item for item in self.rows.children if item.tag == tag)
        place = part.element if isinstance(part, Rows) else 1 + self.rows.children.index(part)
        return Table(part, self.chunk, place)

    def texts(self, name: str) -> list[str]:
        """The texts of an attribute; empty ones if the elements do not have it."""
        place = (self.element, name)
        if place not in self.chunk.columns:
            return [""] * self.chunk.count
        return self.chunk.texts(place)

    def numbers(self, name: str, read: Callable[[str], float], default: float = 0.0) -> Numbers:
        """The numbers that texts stand for, shape (n,).

        Args:
            name: of the attribute.
            read: what one text stands for.
            default: where the elements do not have it.
        """
        column = self.column(name)
        if column is None:
            return np.full(self.chunk.count, default)
        if isinstance(column, Same):
            return np.full(self.chunk.count, read(column.value))
        if isinstance(column, Numbered) and not column.prefix and not column.suffix:
            return column.numbers.astype(np.float64)
        if isinstance(column, Measured):
            unit = read(f"1{column.suffix}") if column.suffix else 1.0
            if unit == 1.0:
                return column.numbers
        return np.array([read(text) for text in self.texts(name)])

    def cells(self, name: str, population: str, owner: str) -> Numbers:
        """The numbers of cells that paths lead to, shape (n,).

        Raises:
            UsageError: If a path leads elsewhere than to cells of the population.
        """
        column = self.column(name)
        if isinstance(column, Numbered) and _cell(column.text(0), population) is not None:
            return column.numbers.astype(np.float64)
        found = [_cell(text, population) for text in self.texts(name)]
        if None in found:
            wrong = self.texts(name)[found.index(None)]
            raise UsageError(
                f"'{owner}': a table of cells of '{population}' cannot hold the path '{wrong}'"
            )
        return np.array(found, float)


def tables_of(parts: list[Component]) -> Iterator[Table]:
    """Elements as tables, in their order; those that are no rows one by one."""
    for item in parts:
        if isinstance(item, Rows):
            for chunk in item.chunks:
                yield Table(item, chunk, item.element)
        else:
            yield Table(item, Chunk(0, 1, dict(_places(item))))


def _places(item: Component) -> Iterator[tuple[Place, Column]]:
    for number, part in enumerate((item, *item.children)):
        for name, text in part.attributes.items():
            yield (number, name), Same(text)


def _cell(text: str, population: str) -> int | None:
    found = CELL.fullmatch(text)
    if found is not None and found[1] == population:
        return int(found[2] or found[3])
    return int(text) if text.isdigit() else None


def milliseconds(units: dict[str, Unit]) -> Callable[[str], float]:
    """What turns a time with its unit into milliseconds."""

    def read(text: str) -> float:
        number, symbol, _ = split_quantity(text)
        return number if symbol == "ms" else units[symbol].to_si(number) * 1e3

    return read
