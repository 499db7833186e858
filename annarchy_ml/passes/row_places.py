"""Which instances the paths of a column lead to: a number per row instead of a search per row.

Before: ``../pop/0/cell``, ``../pop/1/cell``, ... After: the group of ``pop`` and the instance of
each row. The population and the rest of the path are looked up once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.model.cable_places import owners, placed
from annarchy_ml.model.component import StructureElement
from annarchy_ml.model.instance import Container, Group, Instances
from annarchy_ml.model.listed import Listed, ListedItems
from annarchy_ml.model.rows import Chunk, Numbered, Rows
from annarchy_ml.passes.places import Place, PlaceError, PlaceFinder
from annarchy_ml.passes.row_values import RowValue, distinct

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

_SPARSE = 16  # a table of numbers may have so many places for each instance


@dataclass(slots=True, eq=False)
class RowPlaces:
    """Where the rows of a chunk lead to.

    Attributes:
        kinds: the different groups and nodes; the instance in them is that of the first row.
        codes: shape (count,), which of them each row leads to.
        instances: shape (count,), which instance of the group.
    """

    kinds: list[Place]
    codes: Integers
    instances: Integers

    @property
    def in_cables(self) -> bool:
        """Whether some lead to cells of several compartments, whose place each row says."""
        return any(group.cable is not None for group, _, _ in self.kinds)


@dataclass(slots=True, eq=False)
class _Population:
    """The instances of a population.

    Attributes:
        by_position: shape (n,), cells for ``pop[3]``.
        by_number: cells for ``pop/3``; -1 where there is none of this number.
    """

    group: Group
    by_position: Integers
    by_number: Integers


class RowPlaceFinder:
    """Finds the places of whole columns."""

    def __init__(self, finder: PlaceFinder) -> None:
        self.finder = finder
        self._populations: dict[int, _Population | None] = {}

    def target(
        self,
        container: Container,
        rows: Rows,
        chunk: Chunk,
        element: StructureElement,
        values: dict[str, RowValue],
    ) -> RowPlaces | None:
        """What a ``With`` names in each row; None if it must be found row by row."""
        if element.get("list"):
            return self._list_items(container, rows, chunk, element, values)
        name = element.get("instance")
        column = rows.column(chunk, name)
        if isinstance(column, Numbered):
            style = column.prefix[-1:], column.suffix[:1]
            if style in (("[", "]"), ("/", "/"), ("/", "")):
                return self._of_population(container, column, style[0] == "[")
        try:
            texts, codes = distinct(rows, chunk, name)
            places = [self.finder.find(container, text, name) for text in texts if text]
        except PlaceError:
            return None
        return _joined(places, codes) if len(places) == len(texts) else None

    def _list_items(
        self,
        container: Container,
        rows: Rows,
        chunk: Chunk,
        element: StructureElement,
        values: dict[str, RowValue],
    ) -> RowPlaces | None:
        """Items of a list by index."""
        index = values.get(element.get("index"))
        owner: Container | None = container
        text = ""
        while owner is not None and not text:
            text = owner.component.attributes.get(element.get("list"), "")
            owner = owner.parent
        if index is None or not text or element.get("list") in rows.attributes:
            return None
        numbers = np.broadcast_to(np.rint(index), (chunk.count,)).astype(np.int64)
        return self._of_population(container, Numbered(f"{text}[", numbers, "]"), True)

    def _of_population(
        self, container: Container, column: Numbered, by_position: bool
    ) -> RowPlaces | None:
        try:
            first = self.finder.find(container, column.text(0), "")
        except PlaceError:
            return None
        member = self.finder.member(container, column.prefix[:-1])
        population = self._population(member) if isinstance(member, Container) else None
        if population is None or not self._names_its_cell(container, column, by_position):
            return None
        table = population.by_position if by_position else population.by_number
        numbers = column.numbers
        if int(numbers.min()) < 0 or int(numbers.max()) >= len(table):
            return None
        cells = table[numbers]
        if first[0] is not population.group or int(cells.min()) < 0:
            return None
        instances = placed(population.group, cells, None)
        if first[1] != instances[0]:
            return None
        return RowPlaces([first], np.zeros(len(instances), np.int64), instances)

    def _names_its_cell(self, container: Container, column: Numbered, by_position: bool) -> bool:
        """Whether what follows a listed instance in the paths is the cell that it is."""
        end = "]" if by_position else ""
        step = column.suffix.removeprefix(end).strip().strip("/").partition("/")[0]
        path = f"{column.prefix}{int(column.numbers[0])}{end}"
        listed = self.finder.member(container, path)
        return not step or listed is None or step in listed.members

    def _population(self, container: Container) -> _Population | None:
        """The instances of a population; None if they are not of one group."""
        if id(container) not in self._populations:
            self._populations[id(container)] = self._indexed(container)
        return self._populations[id(container)]

    def _indexed(self, container: Container) -> _Population | None:
        items = container.items
        if isinstance(items, Instances):
            every = np.arange(items.begin, items.begin + len(items))
            return _Population(items.group, every, every)
        parts = items.parts if isinstance(items, ListedItems) else [items]
        groups: list[Group] = []
        positions: list[Integers] = []
        for part in parts:
            if isinstance(part, Listed):
                groups.append(part.group)
                positions.append(np.arange(part.begin, part.begin + part.count))
            else:
                places = [self._settled(item) for item in part]
                groups += [place[0] for place in places if place is not None]
                positions.append(np.array([_cell(place) for place in places], np.int64))
        by_position = np.concatenate(positions) if positions else np.zeros(0, np.int64)
        if not groups or any(group is not groups[0] for group in groups):
            return None
        if len(by_position) and int(by_position.min()) < 0:
            return None
        by_number = self._by_number(container, parts, by_position, groups[0])
        return None if by_number is None else _Population(groups[0], by_position, by_number)

    def _settled(self, item: Any) -> Place | None:
        """The root of the one instance that an item is; None if it is no such thing."""
        try:
            place = self.finder.settle(item, "", "")
        except PlaceError:
            return None
        return place if place[2] is place[0].root else None

    def _by_number(
        self, container: Container, parts: list[Any], by_position: Integers, group: Group
    ) -> Integers | None:
        """Instances by the number in ``pop/3``: an id, or a position where none are listed."""
        ids: list[Integers] = []
        found: list[Integers] = []
        for part in reversed(parts):
            if isinstance(part, Listed):
                if part.ids is None:
                    return None
                ids.append(part.ids[::-1])
                found.append(np.arange(part.begin, part.begin + part.count)[::-1])
        named = [
            (int(name), _cell(place))
            for name, item in container.members.items()
            if name.isdecimal() and str(int(name)) == name
            for place in [self._settled(item)]
            if place is not None and place[0] is group
        ]
        ids.append(np.array([number for number, _ in named], np.int64))
        found.append(np.array([own for _, own in named], np.int64))
        most = max((int(part.max()) for part in ids if len(part)), default=-1) + 1
        plain = not isinstance(container.items, ListedItems) and not any(
            isinstance(item, Container) for item in container.items
        )
        if most > _SPARSE * (len(by_position) + _SPARSE):
            return None
        table = np.full(max(most, len(by_position) if plain else 0), -1, np.int64)
        if plain:
            table[: len(by_position)] = by_position
        for numbers, own in zip(ids, found, strict=True):
            table[numbers] = own
        return table


def _cell(place: Place | None) -> int:
    """The cell that an instance is, or is part of; -1 for none."""
    return -1 if place is None else int(owners(place[0], place[1]))


def _joined(places: list[Place], codes: Integers) -> RowPlaces:
    """Places of the distinct texts of a column as places of its rows."""
    kinds: dict[tuple[int, int], tuple[int, Place]] = {}
    kind_of = [
        kinds.setdefault((id(place[0]), id(place[2])), (len(kinds), place))[0] for place in places
    ]
    instances = np.array([place[1] for place in places], np.int64)
    own = [place for _, place in kinds.values()]
    return RowPlaces(own, np.array(kind_of, np.int64)[codes], instances[codes])
