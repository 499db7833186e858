"""Connects whole columns of connections and inputs: the same as one after the other, in arrays.

Before: rows of ``connectionWD`` with paths, weights and delays. After: as many more instances of
the synapse, in the order of the rows, and as many more event connections. Rows that cannot be told
from their columns are connected one by one by ``connect``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.expr import Symbol
from annarchy_ml.model.component import Component, ComponentType, StructureElement
from annarchy_ml.model.instance import Container, Group, Wires
from annarchy_ml.model.rows import Chunk, Rows
from annarchy_ml.passes.connect import Connector, property_column, route_key
from annarchy_ml.passes.places import Place, PlaceError
from annarchy_ml.passes.row_places import RowPlaceFinder, RowPlaces
from annarchy_ml.passes.row_segments import on_segments
from annarchy_ml.passes.row_values import RowValue, RowValues, distinct

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

Scope = dict[str, RowPlaces]


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A chunk of rows that is connected.

    Attributes:
        container: of the projection or list around the rows.
        found: type of the rows.
        scope: what ``With`` elements name.
        values: of the rows.
    """

    container: Container
    found: ComponentType
    rows: Rows
    chunk: Chunk
    scope: Scope
    values: dict[str, RowValue]

    def row(self, number: int) -> Container:
        """One row, as if it stood alone."""
        first = number == self.chunk.begin == 0
        return self.made(self.rows if first else self.rows.component(self.chunk, number), number)

    def made(self, component: Component, number: int) -> Container:
        """The same, the component of the row given."""
        own = {
            name: float(value if isinstance(value, float) else value[number])
            for name, value in self.values.items()
        }
        return Container(component, self.found, own, self.container)

    def value(self, name: str, chosen: Integers) -> Any:
        """Values of some rows."""
        value = self.values.get(name, 0.0)
        return value if isinstance(value, float) else value[chosen]


@dataclass(slots=True, eq=False)
class _Classes:
    """Rows that are made alike.

    Attributes:
        first: shape (n,), the first row of each class, ascending.
        of: shape (count,), the class of each row.
    """

    first: Integers
    of: Integers


class RowConnector:
    """Connects rows in one network."""

    def __init__(self, connector: Connector, values: RowValues) -> None:
        self.connector = connector
        self.values = values
        self.places = RowPlaceFinder(connector.finder)

    def run(self, container: Container, rows: Rows, elements: tuple[StructureElement, ...]) -> None:
        """Makes what the ``Structure`` of the rows' type asks for."""
        found = self.values.values.types.get(rows.type)
        assert found is not None
        for chunk in rows.chunks:
            part = _Part(container, found, rows, chunk, {}, self.values.of(rows, chunk))
            if self._chunk(part, elements):
                continue
            for number, component in enumerate(rows.components(chunk)):
                self.connector.run(part.made(component, number), elements, {})

    def _chunk(self, part: _Part, elements: tuple[StructureElement, ...]) -> bool:
        """Connects a chunk as a whole; False, and nothing is done, if that cannot be."""
        acting = [item for item in elements if item.kind != "With"]
        if len(acting) != 1 or not _assigns_values(acting[0], part.values):
            return False
        for element in elements:
            if element.kind == "With":
                places = self.places.target(
                    part.container, part.rows, part.chunk, element, part.values
                )
                if places is not None and places.in_cables:
                    places = on_segments(part.rows, part.chunk, places, element)
                if places is None:
                    return False
                part.scope[element.get("as")] = places
        try:
            if acting[0].kind == "Tunnel":
                return self._tunnels(part, acting[0])
            return self._events(part, acting[0])
        except PlaceError:
            return False

    def _events(self, part: _Part, element: StructureElement) -> bool:
        """Event connections, with what is attached for each."""
        names = self.connector.names(element)
        ends = part.scope[names.source], part.scope[names.target]
        texts = [distinct(part.rows, part.chunk, name) for name in names.varying]
        classes = _classes([ends[0].codes, ends[1].codes, *(codes for _, codes in texts)])
        routes = []
        for row in classes.first.tolist():
            source, target = (end.kinds[end.codes[row]] for end in ends)
            own = tuple(known[codes[row]] for known, codes in texts)
            key = route_key(part.container, element, source, target, own)
            if key not in self.connector.routes:
                route = self.connector.route(part.row(row), element, source, target)
                self.connector.routes[key] = route
            routes.append(self.connector.routes[key])
        targets = ends[1].instances.copy()
        for group, chosen in _by([route[0] for route in routes], classes.of):
            targets[chosen] = _hang(group, targets[chosen])
            _assign(part, element, group, targets[chosen], chosen)
        labels = {id(route[1]): route[3] for route in routes}
        for wires, chosen in _by([route[1] for route in routes], classes.of):
            self.connector.linker.follow(labels[id(wires)], wires)
            _wire(wires, ends[0].instances[chosen], targets[chosen])
            _extend(wires.delays, part.value(names.delay, chosen), len(chosen))
        return True

    def _tunnels(self, part: _Part, element: StructureElement) -> bool:
        """Two attached instances for each row, one after the other, that see each other."""
        ends = part.scope[element.get("endA")], part.scope[element.get("endB")]
        roles = [element.get(role).rpartition("/")[2] for role in ("componentA", "componentB")]
        texts = [distinct(part.rows, part.chunk, name)[1] for name in roles]
        itself = ends[0].instances == ends[1].instances
        classes = _classes([ends[0].codes, ends[1].codes, *texts, itself])
        groups: list[Group | None] = []
        for row in classes.first.tolist():
            places: tuple[Place, Place] = (
                ends[0].kinds[ends[0].codes[row]],
                ends[1].kinds[ends[1].codes[row]],
            )
            sample = part.row(row)
            self.connector.ends.populations(sample, element, ("endA", "endB"))
            alone = bool(itself[row]) and places[0][0] is places[1][0]
            made = self.connector.tunnel_groups(sample.component, element, places, alone)
            if made is None:
                return False
            groups += made
        hosts = np.stack((ends[0].instances, ends[1].instances), 1).reshape(-1)
        kinds = np.stack((2 * classes.of, 2 * classes.of + 1), 1).reshape(-1)
        own = np.zeros(len(hosts), np.int64)
        chosen_of = _by(groups, kinds)
        for group, chosen in chosen_of:
            own[chosen] = _hang(group, hosts[chosen])
        for group, chosen in chosen_of:
            group.peers.frombytes(own[chosen ^ 1].tobytes())
            _assign(part, element, group, own[chosen], chosen // 2)
        return True


def _assigns_values(element: StructureElement, values: dict[str, RowValue]) -> bool:
    """Whether all that is set is a value of the row."""
    return all(
        isinstance(item.value, Symbol) and item.value.name in values
        for item in element.children
        if item.kind == "Assign"
    )


def _classes(codes: list[Integers]) -> _Classes:
    """Rows with the same codes, in the order in which they first come."""
    joined = np.zeros(len(codes[0]), np.int64)
    for column in codes:
        joined = joined * (int(column.max(initial=0)) + 1) + column
    _, first, of = np.unique(joined, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return _Classes(first[order], rank[of])


def _by(owners: list[Any], of: Integers) -> list[tuple[Any, Integers]]:
    """The rows of each owner, ascending; classes without one are left out."""
    distinct_owners: dict[int, Any] = {id(item): item for item in owners if item is not None}
    numbers = {key: number for number, key in enumerate(distinct_owners)}
    owner_of = np.array([numbers.get(id(item), -1) for item in owners], np.int64)[of]
    return [
        (item, np.flatnonzero(owner_of == numbers[key])) for key, item in distinct_owners.items()
    ]


def _hang(group: Group, hosts: Integers) -> Integers:
    """More instances of an attached group; gives their numbers."""
    begin = group.size
    group.hosts.frombytes(hosts.tobytes())
    group.size += len(hosts)
    return np.arange(begin, group.size)


def _wire(wires: Wires, sources: Integers, targets: Integers) -> None:
    """More event connections."""
    wires.sources.frombytes(sources.tobytes())
    wires.targets.frombytes(targets.tobytes())


def _extend(column: Any, values: Any, count: int) -> None:
    """More numbers of a column; one may be given for all."""
    column.frombytes(np.broadcast_to(np.asarray(values, np.float64), (count,)).tobytes())


def _assign(
    part: _Part, element: StructureElement, group: Group, own: Integers, rows: Integers
) -> None:
    """Sets the properties of new instances, which follow one another."""
    for item in element.children:
        if item.kind == "Assign" and isinstance(item.value, Symbol) and len(own):
            name = item.get("property") or item.get("exposeAs")
            column = property_column(group, name, int(own[0]))
            _extend(column, part.value(item.value.name, rows), len(own))
