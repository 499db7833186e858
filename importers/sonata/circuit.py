"""What a circuit is made of while it is read: populations of nodes, kinds of their cells."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.importers.hdf5_files import WrongLayoutError
from annarchy_ml.importers.sonata.builtin import Law, Values
from annarchy_ml.importers.sonata.faults import Reading
from annarchy_ml.importers.sonata.settings import Settings
from annarchy_ml.importers.sonata.tables import Members
from annarchy_ml.model.component import Component

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from annarchy_ml.diagnostics import Span
    from annarchy_ml.diagnostics.origin import Origin
    from annarchy_ml.importers.sonata.tables import Integers

FOLDERS = {
    "cell": ("point_neuron_models_dir", "biophysical_neuron_models_dir"),
    "synapse": ("synaptic_models_dir",),
}


@dataclass(slots=True)
class Kind:
    """Nodes of one population whose cells are alike: a population of the NeuroML network.

    Attributes:
        name: of that population.
        component: id of the cells' component; empty until it is known.
        nodes: their rows in the population of nodes, shape (n,).
        virtual: whether they only send spikes at given times.
        law: of cells of NEST or PyNN, and the values of their parameters.
        listed: whether the population lists its cells.
    """

    name: str
    component: str
    nodes: Integers
    virtual: bool = False
    law: Law | None = None
    values: Values = field(default_factory=dict)
    listed: bool = False

    def path(self, cell: int) -> str:
        """The path of a cell, by its number in the population."""
        before, after = self.around
        return f"{before}{cell}{after}"

    @property
    def around(self) -> tuple[str, str]:
        """What stands before and after the number in the path of a cell."""
        return (f"{self.name}/", f"/{self.component}") if self.listed else (f"{self.name}[", "]")


@dataclass(slots=True)
class Nodes:
    """A population of nodes.

    Attributes:
        members: what is told of them.
        ids: the id of each node, shape (n,).
        kinds: of their cells.
        kind: which kind each node is of, shape (n,).
        place: its number within the kind, shape (n,).
    """

    members: Members
    ids: Integers
    kinds: list[Kind] = field(default_factory=list)
    kind: Integers = field(default_factory=lambda: np.zeros(0, np.int64))
    place: Integers = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def name(self) -> str:
        """Of the population."""
        return self.members.name

    def rows_of(self, ids: Integers) -> Integers:
        """The rows of nodes, by their ids.

        Raises:
            WrongLayoutError: If there is no such node.
        """
        order = np.argsort(self.ids, kind="stable")
        at = np.searchsorted(self.ids, ids, sorter=order).clip(0, max(len(self.ids) - 1, 0))
        found = order[at] if len(order) else np.zeros(0, np.int64)
        if len(found) != len(ids) or not np.array_equal(self.ids[found], ids):
            raise WrongLayoutError(f"'{self.name}' does not have all of the nodes")
        return found

    def divide(self, kinds: Iterable[Kind]) -> None:
        """Takes its kinds, which hold each node once."""
        self.kinds = list(kinds)
        self.kind, self.place = np.zeros((2, len(self.ids)), np.int64)
        for number, item in enumerate(self.kinds):
            self.kind[item.nodes] = number
            self.place[item.nodes] = np.arange(len(item.nodes))


@dataclass(slots=True)
class Circuit:
    """A circuit and its simulation while they are read.

    Attributes:
        settings: of the simulation.
        origin: of everything that is made.
        network: the NeuroML network.
        nodes: populations of nodes by name.
        folders: where components lie, by SONATA's name of the folder.
    """

    reading: Reading
    settings: Settings
    origin: Origin
    network: Component
    nodes: dict[str, Nodes] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def kinds(self) -> Iterator[tuple[Nodes, Kind]]:
        """All kinds of cells."""
        return ((nodes, item) for nodes in self.nodes.values() for item in nodes.kinds)

    def unique(self, text: str) -> str:
        """A text as an id that nothing else has."""
        plain = re.sub(r"\W", "_", text)
        plain = plain if plain[:1].isalpha() or plain[:1] == "_" else f"_{plain}"
        known = {item.id for item in self.reading.document.components} | self._taken
        name, number = plain, 1
        while name in known:
            number += 1
            name = f"{plain}_{number}"
        self._taken.add(name)
        return name

    def made(self, tag: str, attributes: dict[str, str], parent: Component | None) -> Component:
        """A new element, put into its parent or among the components."""
        item = Component(tag, attributes, [], self.origin, parent=parent)
        siblings = self.reading.document.components if parent is None else parent.children
        siblings.append(item)
        return item

    def component_file(self, name: str, kind: str, asked: Span) -> str:
        """The path of a file among the components.

        Raises:
            FormatError: If it is not there.
        """
        import os

        folders = [self.folders[key] for key in FOLDERS[kind] if key in self.folders]
        places = [os.path.join(folder, name) for folder in folders] or [name]
        there = next((path for path in places if os.path.isfile(path)), places[0])
        return self.reading.file(there, asked)
