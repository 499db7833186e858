"""Finds projections and inputs by name: their connections as arrays, and what each one keeps.

Before: ``p`` and ``p/w``. After: sources, targets and delays of its connections, sorted by source,
then target; and for each of them, in this order, where its value is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.diagnostics import did_you_mean
from annarchy_ml.kernels.connectivity import Connections
from annarchy_ml.model.cable_places import owners
from annarchy_ml.model.instance import Container, Coupled, Group, Link, NetworkInstance, Wires
from annarchy_ml.passes.classify_synapses import WEIGHT
from annarchy_ml.passes.places import is_populated
from annarchy_ml.passes.split_plastic import HOST

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.passes.members import Member


_INDEXED = re.compile(r"^(?P<name>.+?)(?:\[(?P<index>\d+)\])?$")


@dataclass(frozen=True, slots=True)
class Piece:
    """Where connections keep a part of their values.

    Attributes:
        places: shape (n_connections,): the instance of each connection.
        kind: ``own`` for one instance each; ``source``, ``target`` or ``sum`` where they share.
    """

    member: Member
    places: NDArray[np.int64]
    kind: str


class Links:
    """The projections and inputs of one network."""

    def __init__(self, network: NetworkInstance, by_group: dict[int, Member]) -> None:
        self.network = network
        self.by_group = by_group

    @cached_property
    def _named(self) -> dict[str, list[Link]]:
        found: dict[str, list[Link]] = {}
        for item in self.network.links:
            found.setdefault(item.name, []).append(item)
        return found

    @cached_property
    def _ends(self) -> dict[int, int]:
        """Where each link of connections that are listed ends."""
        found: dict[int, int] = {}
        following: dict[int, int] = {}
        for item in reversed(self.network.links):
            if item.wires is not None:
                end = following.get(id(item.wires), len(item.wires.sources))
                found[id(item)] = end
                following[id(item.wires)] = item.begin
        return found

    def has(self, name: str) -> bool:
        """Whether a path may begin with this name: no population or network has it."""
        if name not in self._named:
            return self.coupled(name) is not None
        where: Any = self.network.top
        for step in name.split("/"):
            where = where.members.get(step) if isinstance(where, Container) else None
        return where is None or not is_populated(where)

    def split(self, path: str) -> tuple[str, int | None, str] | None:
        """Name of a projection or inputs, which of them, and what of it; None if it begins so not.

        Before: ``net1/p[3]/synapse/w``. After: ``net1/p``, 3, ``synapse/w``.
        """
        steps = path.split("/")
        for count in range(1, len(steps)):
            hit = _INDEXED.match("/".join(steps[:count]))
            if hit is not None and self.has(hit["name"]):
                index = None if hit["index"] is None else int(hit["index"])
                return hit["name"], index, "/".join(steps[count:])
        return None

    def coupled(self, name: str) -> Coupled | None:
        """The coupling of this name; None if there is none."""
        return next((item for item in self.network.couplings if item.name == name), None)

    def names_of(self, groups: list[Group]) -> list[str]:
        """The names of all that leads to some groups."""
        wanted = {id(item) for item in groups}
        found = (item.name for item in self.network.links if id(self._group(item)) in wanted)
        return list(dict.fromkeys(found))

    def _group(self, item: Link) -> Group | None:
        """What a link leads to, as it is by now."""
        made = item.group if item.wires is None else item.wires.target
        return None if made is None else self.by_group[id(made)].group

    def is_projection(self, name: str) -> bool:
        """Whether a path may begin with this name, and means event connections."""
        known = self._named.get(name, ()) if self.has(name) else ()
        return any(item.wires is not None and not item.inputs for item in known)

    def rule(self, name: str) -> Wires | None:
        """The connections that the engine makes by a rule; None if all are listed here.

        Raises:
            KeyError: If there is no such projection, or several.
        """
        wires = self._projection(name)[0].wires
        return None if wires is None or wires.connectivity is None else wires

    def parts(self, name: str) -> list[tuple[Wires, slice]]:
        """The connections of a projection: columns, and which of them are its own.

        Raises:
            KeyError: If there is no such projection, or several.
        """
        found = [(item.wires, item) for item in self._projection(name)]
        return [(wires, self._span(item)) for wires, item in found if wires is not None]

    def listed(self, name: str) -> Connections:
        """The connections of a projection that is no rule, by source, then target.

        Raises:
            KeyError: If there is no such projection, or several.
        """
        made = self._joined(name)
        order = order_of(made)
        return made if order is None else reordered(made, order)

    def order(self, name: str) -> NDArray[np.int64]:
        """Which of the connections, part by part, come first by source, then target."""
        made = self._joined(name)
        order = order_of(made)
        return np.arange(len(made.sources)) if order is None else order

    def _joined(self, name: str) -> Connections:
        parts = [self._part(item) for item in self._projection(name)]
        return Connections(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def pieces(self, name: str) -> list[Piece]:
        """Where the synapses of a projection, or inputs, keep values; what is their own first.

        Raises:
            KeyError: If no such synapses are kept apart.
        """
        group, instances = self._instances(name)
        member = self.by_group[id(group)]
        connections = next((item for item in member.group.pieces if item.rows is not None), None)
        if connections is None:
            if member.lumped:
                hung = member.group.attachment
                path = f"{hung.host.name}/{hung.slot}:{group.root.component.id}" if hung else ""
                raise KeyError(
                    f"the synapses of '{name}' are summed per cell while the model runs: what "
                    f"they share is at {path}/..."
                )
            order = places_of(member)
            return [Piece(member, instances if order is None else order[instances], "own")]
        own = self.by_group[id(connections)]
        row_of = places_of(own)
        assert row_of is not None
        places = row_of[instances]
        shared = [
            Piece(self.by_group[id(other)], np.asarray(index)[places], kind)
            for kind, (other, index) in connections.others.items()
            if kind != HOST  # which is no part of the synapse
        ]
        return [Piece(own, places, "own"), *shared]

    def _called(self, name: str) -> list[Link]:
        """All of this name; without the path to it, where no other has it.

        The name of a network means the connections that stand in it.
        """
        if name in self._named:
            return self._named[name]
        longer = [key for key in self._named if key.endswith(f"/{name}")]
        if len(longer) == 1:
            return self._named[longer[0]]
        owned = [item for item in self.network.links if _is_in(item, name)]
        return [item for item in owned if not item.inputs]

    def _projection(self, name: str) -> list[Link]:
        found = [item for item in self._called(name) if item.wires is not None]
        if not found:
            known = [key for key in self._named if self.is_projection(key)]
            hint = did_you_mean(name, known) or f"there are: {', '.join(known[:6]) or 'none'}"
            if any(group.far is not None for group in self.network.groups):
                hint += "; gap junctions and graded synapses, which send no events, are not listed"
            raise KeyError(f"there is no projection '{name}': {hint}")
        if any(item.owner is not found[0].owner for item in found):
            raise KeyError(f"several projections are called '{name}'")
        return found

    def _span(self, item: Link) -> slice:
        return slice(item.begin, self._ends[id(item)])

    def _part(self, item: Link) -> Connections:
        assert item.wires is not None
        wires, own = item.wires, self._span(item)
        instances = np.asarray(wires.targets, np.int64)[own]
        return Connections(
            owners(wires.source, np.asarray(wires.sources, np.int64)[own]),
            _hosts(wires.target, instances),
            _weights(wires, self.by_group[id(wires.target)], instances, own),
            np.asarray(wires.delays, float)[own],
        )

    def _instances(self, name: str) -> tuple[Group, NDArray[np.int64]]:
        """The group of some synapses or inputs, and the instances in the order of connections."""
        inputs = next((item.group for item in self._named[name] if item.group is not None), None)
        if inputs is not None:
            return inputs, np.arange(inputs.size)
        links = self._projection(name)
        groups = list({id(wires.target): wires.target for wires in _wires_of(links)}.values())
        if len(groups) > 1 or groups[0].attachment is None:
            raise KeyError(
                f"the connections of '{name}' lead to {len(groups)} kinds of synapses"
                if len(groups) > 1
                else f"the connections of '{name}' have no synapses: events go straight to cells"
            )
        if any(wires.connectivity is not None for wires in _wires_of(links)):
            return groups[0], np.zeros(0, np.int64)
        own = [(wires, self._span(item)) for item in links for wires in _wires_of([item])]
        sources = np.concatenate(
            [owners(wires.source, np.asarray(wires.sources, np.int64)[k]) for wires, k in own]
        )
        instances = np.concatenate([np.asarray(wires.targets, np.int64)[k] for wires, k in own])
        return groups[0], instances[np.lexsort((_hosts(groups[0], instances), sources))]


def _weights(
    wires: Wires, member: Member, instances: NDArray[np.int64], own: slice
) -> NDArray[np.float64]:
    """Weights of some connections as they were made; ``member`` is what they lead to."""
    if wires.weights is not None:
        return np.asarray(wires.weights, float)[own]
    group = wires.target
    column = group.properties.get(WEIGHT, ())
    weights = np.full(group.size, group.root.values.get(WEIGHT, 1.0))
    if group.attachment is not None and member.group is group and member.lumped and len(column):
        weights[:] = column[0]
    else:
        weights[: len(column)] = column
    return weights[instances]


def _is_in(item: Link, name: str) -> bool:
    """Whether connections stand in the component of this name."""
    return item.owner is not None and item.owner.component.id == name


def places_of(member: Member) -> NDArray[np.int64] | None:
    """Where the instances of a group lie, as the network numbers them; None if in that order."""
    if member.group.rows is None:
        return member.place_of
    places = np.empty(member.group.size, np.int64)
    places[member.group.rows] = np.arange(member.group.size)
    return places


def listed_places(links: Links, name: str) -> tuple[int, NDArray[np.int64]] | None:
    """The position of the group of some synapses, and the instance of each connection.

    Several have one instance where they are summed. None where synapses are split into parts.

    Raises:
        KeyError: If there is no such projection, or several.
    """
    group, instances = links._instances(name)
    member = links.by_group[id(group)]
    if member.group.pieces:
        return None
    order = places_of(member)
    return member.position, instances if order is None else order[instances]


def reordered(made: Connections, order: NDArray[np.int64]) -> Connections:
    """The same connections in another order."""
    return Connections(
        made.sources[order], made.targets[order], made.weights[order], made.delays[order]
    )


def order_of(made: Connections) -> NDArray[np.int64] | None:
    """By source, then target; equal ones stay in their order. None if they are in it already."""
    sources, targets = np.diff(made.sources), np.diff(made.targets)
    if np.all((sources > 0) | ((sources == 0) & (targets >= 0))):
        return None
    return np.lexsort((made.targets, made.sources))


def _wires_of(links: list[Link]) -> Iterator[Wires]:
    return (item.wires for item in links if item.wires is not None)


def _hosts(group: Group, instances: NDArray[np.int64]) -> NDArray[np.int64]:
    """The cells on which synapses are."""
    if group.attachment is None:
        return owners(group, instances)
    return owners(group.attachment.host, np.asarray(group.hosts, np.int64)[instances])
