"""Finds the connections of a projection among those of the plan: ``p/delay``, ``p/weight``.

Before: the name ``p``. After: for each of its connections, by source, then target, in which
projection of the plan it is, and which of the connections that this one was made from.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.passes.arrays import is_heard, row_order
from annarchy_ml.passes.classify_synapses import WEIGHT
from annarchy_ml.passes.settle import order_made
from annarchy_ml.passes.split_plastic import SOURCE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.model.instance import Group, Wires
    from annarchy_ml.passes.links import Links

UNHEARD = -1
"""The number of connections that nothing listens to: the plan has none of them."""


@dataclass(frozen=True)
class Wired:
    """The connections of a projection.

    Attributes:
        numbers: shape (n_connections,): the projection of the plan, or ``UNHEARD``.
        places: shape (n_connections,): which of the connections that this one was made from.
        weighted: whether the engine keeps their weights.
        traces: by number, the projection that brings a trace of the source the same events: its
            delay is that of all connections of the source.
        split: numbers whose events may not arrive at once.
    """

    numbers: NDArray[np.int64]
    places: NDArray[np.int64]
    weighted: bool
    traces: dict[int, int]
    split: frozenset[int]

    @cached_property
    def parts(self) -> list[tuple[int, NDArray[np.bool_] | slice]]:
        """Each projection of the plan that has some of the connections, and which these are."""
        present = np.unique(self.numbers).tolist()
        if len(present) == 1:
            return [(present[0], slice(None))]
        return [(number, self.numbers == number) for number in present]


class WiredFinder:
    """Connections of one network as its plan numbers them."""

    def __init__(self, links: Links, dt: float) -> None:
        """Knows what the plan was made from.

        Args:
            links: projections by name.
            dt: step [s].
        """
        self.links = links
        self.dt = dt
        self.by_group = links.by_group
        heard = (item for item in links.network.wires if is_heard(item, links.by_group))
        self._made = list(heard)
        self._numbers = {id(item): number for number, item in enumerate(self._made)}

    def number(self, wires: Wires) -> int:
        """The projection of the plan that was made of some wires."""
        return self._numbers.get(id(wires), UNHEARD)

    def listed(self, name: str) -> Wired:
        """The connections of a projection that is no rule.

        Raises:
            KeyError: If there is no such projection, or several.
        """
        numbers, places, weighted = [], [], True
        traces: dict[int, int] = {}
        split: set[int] = set()
        for wires, own in self.links.parts(name):
            made, place = wires, np.arange(len(wires.sources))[own]
            connections = self._connections(wires)
            if connections is not None:
                made, place = self._rewired(wires, connections), self._rows(wires, connections)[own]
            number = self.number(made)
            weighted &= self._keeps_weights(wires)
            if connections is not None and number != UNHEARD:
                split.add(number)
                if SOURCE in connections.others:
                    trace = self._rewired(wires, connections.others[SOURCE][0])
                    traces[number] = self.number(trace)
            numbers.append(np.full(len(place), number))
            places.append(place)
        order = self.links.order(name)
        return Wired(
            np.concatenate(numbers)[order],
            np.concatenate(places)[order],
            weighted,
            traces,
            frozenset(split),
        )

    def rule(self, name: str, count: int) -> Wired:
        """The connections of a projection that the engine makes by a rule; it made ``count``.

        Raises:
            KeyError: If there is no such projection, or several.
        """
        ((wires, _),) = self.links.parts(name)
        number = np.full(count, self.number(wires))
        weighted = self._takes_weights(wires.target)
        return Wired(number, np.arange(count), weighted, {}, frozenset())

    def summed_weight(self, number: int) -> tuple[int, str] | None:
        """Group and field of the weight that all synapses of a sum share; None if there is none.

        Args:
            number: of the projection that leads to them.
        """
        if number == UNHEARD:
            return None
        wires = self._made[number]
        member, own = self.by_group[id(wires.target)], wires.target.root.qualified(WEIGHT)
        group = member.group
        if not member.lumped or group.pieces or group.rows is not None or group.attachment is None:
            return None
        if wires.connectivity is not None or wires.weights is not None or member.lowered is None:
            return None
        kept = any(item.name == own for item in member.lowered.kernel.fields)
        return (member.position, own) if kept and self._takes_weights(wires.target) else None

    def first_order(
        self, number: int, rows: tuple[NDArray[np.int64], NDArray[np.int64]]
    ) -> NDArray[np.int64]:
        """Which connection lies where in the rows that the engine begins with, shape (n,).

        Args:
            number: of the projection in the plan.
            rows: source and target of the connections in the rows, each of shape (n,).
        """
        wires = self._made[number]
        if wires.connectivity is None:
            return row_order(wires, self.by_group)
        return order_made(wires.connectivity, *rows, self.dt)

    def _connections(self, wires: Wires) -> Group | None:
        """The group of connections that took the place of the synapses of some wires."""
        pieces = self.by_group[id(wires.target)].group.pieces
        return next((item for item in pieces if item.rows is not None), None)

    def _rewired(self, wires: Wires, target: Group) -> Wires:
        """The wires that lead to a piece of the synapses to which some wires led."""
        return next(
            item
            for item in self.links.network.wires
            if item.target is target
            and item.source is wires.source
            and item.source_port == wires.source_port
            and item.target_port == wires.target_port
        )

    def _rows(self, wires: Wires, connections: Group) -> NDArray[np.int64]:
        """Where the connections of some wires lie among those of the split synapses."""
        assert connections.rows is not None
        row_of = np.empty(connections.size, np.int64)
        row_of[connections.rows] = np.arange(connections.size)
        return row_of[np.asarray(wires.targets, np.int64)]

    def _keeps_weights(self, wires: Wires) -> bool:
        """Whether weights lie with the connections, not with synapses of their own."""
        return wires.weights is not None and wires.weights_of == wires.target.root.qualified(WEIGHT)

    def _takes_weights(self, group: Group) -> bool:
        """Whether the type of what hears has a weight."""
        declared = group.root.type.parameters
        return any(item.name == WEIGHT and item.kind == "property" for item in declared)
