"""Instances that a file lists in rows, such as the cells of a ``populationList``.

Before: rows of ``<instance id="0"><location .../></instance>``. After: as many more instances of
the population's group; the container of one of them is made when a path asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.model.component import Component, StructureElement
from annarchy_ml.model.instance import Container, Group
from annarchy_ml.model.listed import Listed, ListedItems
from annarchy_ml.model.rows import Numbered, Place, Rows
from annarchy_ml.passes.instantiate import TreeBuilder, holds_instances

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.passes.resolve import TypeTable

_Member = Container | tuple[Group, int]


def listed_component(trees: TreeBuilder, rows: Rows, element: StructureElement) -> Component | None:
    """The component that each row is one more instance of; None if it holds others."""
    component = trees.named.referenced(rows, element.get("component"))
    found = trees.types.get(component.type) if component is not None else None
    if component is None or found is None or not found.has_dynamics:
        return None
    return None if holds_instances(component, trees.types) else component


def list_instances(
    container: Container, rows: Rows, types: TypeTable, first: tuple[Group, int]
) -> list[tuple[Component, _Member]]:
    """Adds the instances of rows to a population; gives those whose id an earlier one has.

    Args:
        container: of the population.
        rows: what lists them.
        types: all types; those of the rows are known.
        first: the instance of the first row; the others follow it.
    """
    group, begin = first
    count = rows.count
    group.size += count - 1

    def place(row: int) -> Container:
        component = rows.made(_texts_of(rows, row), row)
        made = _container(component, types, container)
        for child in component.children:
            inner = _container(child, types, made)
            made.items.append(inner)
            made.members.setdefault(child.slot, inner)
        cell = (group, begin + row)
        made.items.append(cell)
        made.members.setdefault(group.root.component.id, cell)
        return made

    if not isinstance(container.items, ListedItems):
        container.items = ListedItems(container.items)
    listed = Listed(group, begin, count, _ids(rows), partial(_names, rows), place)
    repeated = list(_repeated(container, rows, listed))
    container.items.add(listed)
    container.members.setdefault(rows.slot, place(0))
    return repeated


def _container(component: Component, types: TypeTable, owner: Container) -> Container:
    found = types.get(component.type)
    assert found is not None
    return Container(component, found, {}, owner)


def _repeated(
    container: Container, rows: Rows, listed: Listed
) -> Iterator[tuple[Component, _Member]]:
    """Rows whose id was given before, each with the instance that has it."""
    ids = np.array(listed.names()) if listed.ids is None else listed.ids
    if len(ids) == 0:
        return
    order = np.argsort(ids, kind="stable")
    again = np.zeros(len(ids), bool)
    again[order[1:][ids[order[1:]] == ids[order[:-1]]]] = True
    for name in container.members:
        if (taken := listed.row(name)) is not None:
            again[taken] = True
    for part in container.items.parts:
        if isinstance(part, Listed):
            numbers = part.ids is not None and listed.ids is not None
            both = (ids, part.ids) if numbers else (listed.names(), part.names())
            again |= np.isin(*both) if part.names() else False
    for chunk in rows.chunks:
        for row in rows.components(chunk, np.flatnonzero(again[chunk.begin :][: chunk.count])):
            known = container.members.get(row.id) or container.items.find(row.id)
            known = known or listed.find(row.id)
            assert known is not None
            yield row, known


def _texts_of(rows: Rows, row: int) -> dict[Place, str]:
    """The texts of a row; of those that are not kept there is none."""
    chunk = next(item for item in rows.chunks if row < item.begin + item.count)
    return {place: item.text(row - chunk.begin) for place, item in chunk.columns.items()}


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
