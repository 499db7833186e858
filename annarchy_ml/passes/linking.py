"""Notes which connections belong to which projection or inputs of a file.

Before: connections of two projections, and of a network itself, that share their columns. After:
one ``Link`` for each stretch of the columns, with the name that paths begin with: ``p``; ``net1/p``
in a network inside another component; ``synapticConnections`` of those that stand in the network.
"""

from __future__ import annotations

from dataclasses import dataclass

from annarchy_ml.model.component import StructureElement
from annarchy_ml.model.instance import Container, Link, Wires
from annarchy_ml.passes.places import is_populated


@dataclass(frozen=True, slots=True, eq=False)
class Label:
    """What connections made in one way are called.

    Attributes:
        name: empty where no path leads to them.
        owner: the component that they stand in.
        inputs: whether they hang an input on a cell, instead of bringing it events of another.
    """

    name: str
    owner: Container | None
    inputs: bool


class Linker:
    """Writes the links of one network while its connections are made."""

    def __init__(self, links: list[Link]) -> None:
        self.links = links
        self._labels: dict[tuple[int, str, bool], Label] = {}
        self._open: dict[int, Label] = {}

    def label(self, container: Container, element: StructureElement) -> Label:
        """What the connections are called that an element of a type makes."""
        owner = container.parent
        name = "" if owner is None else _name(owner, container)
        key = (id(owner), name, _hangs_inputs(container, element))
        if key not in self._labels:
            self._labels[key] = Label(name, owner, key[2])
        return self._labels[key]

    def follow(self, label: Label, wires: Wires) -> None:
        """Says what the connections are called that come next."""
        if self._open.get(id(wires)) is label:
            return
        self._open[id(wires)] = label
        begin = len(wires.sources)
        self.links.append(Link(label.name, wires, begin, owner=label.owner, inputs=label.inputs))


def _name(owner: Container, container: Container) -> str:
    """The path of a projection from the top; of a list, where it stands in the network itself."""
    steps = []
    if _is_network(owner):
        fitting = (
            item.name
            for item in owner.type.slots
            if item.kind == "children" and item.type in container.type.ancestors
        )
        steps.append(next(fitting, container.component.tag))
    where: Container | None = owner
    while where is not None and where.parent is not None:
        if not where.component.id:
            return ""
        steps.append(where.component.id)
        where = where.parent
    return "/".join(reversed(steps))


def _is_network(owner: Container) -> bool:
    """Whether a component holds populations, not connections alone."""
    return any(isinstance(item, Container) and is_populated(item) for item in owner.items)


def _hangs_inputs(container: Container, element: StructureElement) -> bool:
    """Whether both ends of an event connection are the cell that one reference leads to."""
    places = {
        item.get("as"): item.get("instance")
        for item in container.type.structure or ()
        if item.kind == "With"
    }
    ends = [places.get(element.get(end), "") for end in ("from", "to")]
    return bool(ends[0]) and ends[0] == ends[1]
