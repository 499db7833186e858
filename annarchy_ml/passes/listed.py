"""Instances that a file lists in rows, such as the cells of a ``populationList``.

Before: rows of ``<instance id="0"><location .../></instance>``. After: as many more instances of
the population's group; the container of one of them is made when a path asks for it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.model.component import Component, ComponentType, StructureElement
from annarchy_ml.model.instance import Container, Group
from annarchy_ml.model.listed import Listed, ListedItems
from annarchy_ml.model.rows import Numbered, Rows
from annarchy_ml.passes.instantiate import TreeBuilder, holds_instances

if TYPE_CHECKING:
    from numpy.typing import NDArray


def listed_component(trees: TreeBuilder, rows: Rows, element: StructureElement) -> Component | None:
    """The component that each row is one more instance of; None if it holds others."""
    component = trees.referenced(rows, element.get("component"))
    found = trees.types.get(component.type) if component is not None else None
    if component is None or found is None or not found.has_dynamics:
        return None
    return None if holds_instances(component, trees.types) else component


def list_instances(
    container: Container, rows: Rows, found: ComponentType, first: tuple[Group, int]
) -> None:
    """Adds the instances of rows to a population.

    Args:
        container: of the population.
        rows: what lists them.
        found: the type of the rows.
        first: the instance of the first row; the others follow it.
    """
    group, begin = first
    count = rows.count
    group.size += count - 1

    def place(row: int) -> Container:
        component = _stand_in(rows, row)
        made = Container(component, found, {}, container)
        for child in component.children:
            inner = Container(child, found, {}, made)
            made.items.append(inner)
            made.members.setdefault(child.slot, inner)
        cell = (group, begin + row)
        made.items.append(cell)
        made.members.setdefault(group.root.component.id, cell)
        return made

    if not isinstance(container.items, ListedItems):
        container.items = ListedItems(container.items)
    container.items.add(Listed(group, begin, count, _ids(rows), partial(_names, rows), place))
    container.members.setdefault(rows.slot, place(0))


def _stand_in(rows: Rows, row: int) -> Component:
    """A row as a component; of texts that are not kept there is none."""
    for chunk in rows.chunks:
        if row < chunk.begin + chunk.count:
            texts = {place: item.text(row - chunk.begin) for place, item in chunk.columns.items()}
            return rows.made(texts, row)
    raise IndexError(row)


def _names(rows: Rows) -> list[str]:
    """The ids of rows as texts."""
    if "id" not in rows.attributes:
        return []
    return [text for chunk in rows.chunks for text in chunk.texts((rows.element, "id"))]


def _ids(rows: Rows) -> NDArray[np.int64] | None:
    """The ids of rows, if they are whole numbers, shape (count,)."""
    columns = [rows.column(chunk, "id") for chunk in rows.chunks]
    if not all(isinstance(item, Numbered) and not item.prefix + item.suffix for item in columns):
        return None
    numbers = [item.numbers.astype(np.int64) for item in columns if isinstance(item, Numbered)]
    return np.concatenate(numbers)
