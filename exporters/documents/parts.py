"""Elements that an export makes, and where the cells of a population are in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.model.component import Component
from annarchy_ml.model.rows import Chunk, Column, Place, Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray


def element(
    tag: str, attributes: Mapping[str, str], children: list[Component] | None = None
) -> Component:
    """An element whose name is that of its type."""
    made = Component(tag, dict(attributes), children or [], None, tag)
    for child in made.children:
        child.parent = made
    return made


def rows_of(tag: str, columns: Mapping[str, Column], count: int) -> Rows:
    """Many elements of one shape.

    Args:
        tag: their name, which is that of their type.
        columns: values by attribute.
        count: how many there are, at least one.
    """
    places: dict[Place, Column] = {(0, name): column for name, column in columns.items()}
    first = {name: column.text(0) for name, column in columns.items()}
    made = Rows(tag, first, [], None, tag)
    made.chunks, made.stride = [Chunk(0, count, places)], 0
    return made


@dataclass(slots=True)
class Parts:
    """Where the cells of a population are.

    Attributes:
        begins: the first cell of each of its parts.
        names: of its parts.
        elements: the populations.
    """

    begins: list[int]
    names: list[str]
    elements: list[Component] = field(default_factory=list)

    def path(self, cell: int) -> str:
        """The path of a cell."""
        part = int(np.searchsorted(self.begins, cell, side="right")) - 1
        return f"{self.names[part]}[{cell - self.begins[part]}]"

    def part_of(self, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """In which part each cell is."""
        return np.searchsorted(self.begins, cells, side="right") - 1


def refused(what: str, construct: str, hint: str = "") -> UsageError:
    """The fault of a construct that NeuroML has no words for."""
    return UsageError(f"{what}: NeuroML cannot say {construct}", hint=hint)
