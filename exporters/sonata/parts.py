"""What a circuit is made of: populations, projections and inputs of a NeuroML network."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.exporters.documents.columns import CELL, tables_of
from annarchy_ml.model.component import Component
from annarchy_ml.model.document import Document
from annarchy_ml.model.rows import each_of
from annarchy_ml.model.standard import Standard
from annarchy_ml.units.unit import split_quantity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Numbers = NDArray[np.float64]

CONNECTIONS = ("synapticConnection", "synapticConnectionWD")
PROJECTIONS = ("projection", *CONNECTIONS)
INPUTS = ("inputList", "explicitInput")
_LONGEST = 80  # of a name
_NEAR = 4  # numbers on each side of one are tried


def refused(what: str, why: str, hint: str = "") -> UsageError:
    """The fault of what SONATA has no place for."""
    return UsageError(f"SONATA cannot say {what}{', ' * bool(why)}{why}", hint=hint)


@dataclass(slots=True)
class Names:
    """Names that are given once.

    Attributes:
        taken: those that something has.
        plain: whether large and small letters are the same, as in names of files.
    """

    taken: set[str] = field(default_factory=set)
    plain: bool = False

    def unique(self, text: str) -> str:
        """A text as a name of files, groups and node sets that nothing else has."""
        made = re.sub(r"\W+", "_", text)[:_LONGEST] or "_"
        name, number = made, 1
        while self._key(name) in self.taken:
            number += 1
            name = f"{made}_{number}"
        self.taken.add(self._key(name))
        return name

    def _key(self, name: str) -> str:
        return name.casefold() if self.plain else name


@dataclass(slots=True)
class Population:
    """Some cells of one component.

    Attributes:
        name: of the population of nodes.
        ids: of the cells, in the order of their nodes.
        places: positions [um], shape (n, 3); None where there are none.
        cell: the component.
    """

    name: str
    ids: Integers
    places: Numbers | None
    cell: Component

    @property
    def is_virtual(self) -> bool:
        """Whether its cells only send spikes at given times."""
        return self.cell.type == "spikeArray"

    def nodes(self, cells: Numbers) -> Integers:
        """The nodes of cells, by their ids."""
        order = np.argsort(self.ids, kind="stable")
        at = np.searchsorted(self.ids, cells, sorter=order).clip(0, max(len(self.ids) - 1, 0))
        found = order[at] if len(self.ids) else order
        if len(found) != len(cells) or not np.array_equal(self.ids[found], cells):
            raise refused(f"connections to cells that '{self.name}' does not have", "")
        return np.asarray(found, np.int64)


@dataclass(slots=True)
class Circuit:
    """A network in parts.

    Attributes:
        own: the components that are not core definitions.
        network: one of them.
        populations: by id, in document order.
        by_id: those components.
        milliseconds: reads a time.
    """

    document: Document
    standard: Standard
    own: list[Component]
    network: Component
    populations: dict[str, Population] = field(default_factory=dict)
    by_id: dict[str, Component] = field(init=False)
    milliseconds: Callable[[str], float] = field(init=False)

    def __post_init__(self) -> None:
        self.by_id = {item.id: item for item in self.own}
        self.milliseconds = lambda text: self.number(text, "ms")
        names = Names()
        for item in self.network.children:
            if item.tag == "population":
                self.populations[item.id] = self._population(item, names.unique(item.id))
            elif item.tag not in (*PROJECTIONS, *INPUTS):
                raise refused(f"a <{item.tag}>", f"such as '{item.id}'" if item.id else "")

    def component(self, name: str, owner: str) -> Component:
        """A component of the model."""
        if name not in self.by_id:
            raise refused(f"'{name}' of '{owner}'", "a component of the core definitions")
        return self.by_id[name]

    def links(self, kinds: tuple[str, ...]) -> Iterator[Component]:
        """Projections or inputs of the network."""
        return (item for item in each_of(self.network.children) if item.tag in kinds)

    def node(self, path: str) -> tuple[Population, int] | None:
        """The population and node of a path to a cell, such as ``pop[3]``; None for no such."""
        found = CELL.fullmatch(path)
        if found is None or found[1] not in self.populations:
            return None
        population = self.populations[found[1]]
        cells = np.array([float(found[2] or found[3])])
        return population, int(population.nodes(cells)[0])

    def number(self, text: str, symbol: str) -> float:
        """How many of a unit a quantity is, so that as many of it are the same bits in SI units."""
        value, own, _ = split_quantity(text)
        if own == symbol:
            return value
        unit = self.document.units[symbol]
        exact = self.document.units[own].to_si(value) if own else value
        near = (exact - unit.offset) / unit.factor
        tried = [near]
        for end in (-math.inf, math.inf):
            other = near
            for _ in range(_NEAR):
                other = math.nextafter(other, end)
                tried.append(other)
        fitting = [item for item in tried if unit.to_si(item) == exact]
        return min(fitting, key=lambda item: len(repr(item)), default=near)

    def _population(self, item: Component, name: str) -> Population:
        cell = self.component(item.attributes.get("component", ""), item.id)
        listed = [child for child in item.children if child.tag == "instance"]
        if not listed:
            size = int(float(item.attributes.get("size", "0")))
            return Population(name, np.arange(size), None, cell)
        ids, places = [], []
        for table in tables_of(listed):
            ids.append(table.numbers("id", float).astype(np.int64))
            inner = table.at_child("location")
            places.append(np.column_stack([inner.numbers(axis, float) for axis in "xyz"]))
        return Population(name, np.concatenate(ids), np.concatenate(places), cell)


def model_type(item: Population) -> str:
    """What SONATA calls the kind of the cells."""
    if item.is_virtual:
        return "virtual"
    shaped = any(child.tag == "morphology" for child in item.cell.children)
    return "biophysical" if shaped or "morphology" in item.cell.attributes else "point_neuron"
