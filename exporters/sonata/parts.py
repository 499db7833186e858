"""What a circuit is made of: populations, projections and inputs of a NeuroML network."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.exporters.atomic import replacing
from annarchy_ml.exporters.documents.columns import CELL, milliseconds, tables_of
from annarchy_ml.model.component import Component
from annarchy_ml.model.document import Document
from annarchy_ml.model.rows import each_of
from annarchy_ml.model.standard import Standard

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Numbers = NDArray[np.float64]

PROJECTIONS = ("projection",)
INPUTS = ("inputList", "explicitInput")


def refused(what: str, why: str, hint: str = "") -> UsageError:
    """The fault of what SONATA has no place for."""
    return UsageError(f"SONATA cannot say {what}{', ' * bool(why)}{why}", hint=hint)


@dataclass(slots=True)
class Population:
    """Some cells of one component.

    Attributes:
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
        found = order[np.searchsorted(self.ids, cells, sorter=order).clip(0, len(self.ids) - 1)]
        if not np.array_equal(self.ids[found], cells):
            raise refused(f"connections to cells that '{self.name}' does not have", "")
        return found


@dataclass(slots=True)
class Circuit:
    """A network in parts.

    Attributes:
        placed: the components that NeuroML has elements for.
        network: one of them.
        populations: by name, in document order.
        by_id: those components.
        milliseconds: reads a time.
    """

    document: Document
    standard: Standard
    placed: list[Component]
    network: Component
    populations: dict[str, Population] = field(default_factory=dict)
    by_id: dict[str, Component] = field(init=False)
    milliseconds: Callable[[str], float] = field(init=False)

    def __post_init__(self) -> None:
        self.by_id = {item.id: item for item in self.placed}
        self.milliseconds = milliseconds(self.document.units)
        for item in self.network.children:
            if item.tag == "population":
                self.populations[item.id] = self._population(item)
            elif item.tag not in (*PROJECTIONS, *INPUTS):
                raise refused(f"a <{item.tag}>", f"such as '{item.id}'" if item.id else "")

    def component(self, name: str, owner: str) -> Component:
        """A component that NeuroML has an element for."""
        if name not in self.by_id:
            raise refused(f"'{name}' of '{owner}'", "a component of a type of your own")
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

    def number(self, text: str) -> float:
        """A quantity in SI units."""
        from annarchy_ml.units.unit import split_quantity

        value, symbol, _ = split_quantity(text)
        return self.document.units[symbol].to_si(value) if symbol else value

    def _population(self, item: Component) -> Population:
        name = item.attributes.get("component", "")
        cell = self.component(name, item.id)
        listed = [child for child in item.children if child.tag == "instance"]
        if not listed:
            size = int(float(item.attributes.get("size", "0")))
            return Population(item.id, np.arange(size), None, cell)
        ids, places = [], []
        for table in tables_of(listed):
            ids.append(table.numbers("id", float).astype(np.int64))
            inner = table.at_child("location")
            places.append(np.column_stack([inner.numbers(axis, float) for axis in "xyz"]))
        return Population(item.id, np.concatenate(ids), np.concatenate(places), cell)

    def write_spikes(self, folder: Path) -> list[Path]:
        """The spikes of virtual populations, a file for each."""
        import h5py

        made = []
        for item in self.populations.values():
            if not item.is_virtual:
                continue
            times = [
                self.milliseconds(one.attributes["time"]) for one in each_of(item.cell.children)
            ]
            sent = np.repeat(np.sort(np.array(times, float)), len(item.ids))
            nodes = np.tile(np.arange(len(item.ids)), len(times))
            path = folder / f"{item.name}_spikes.h5"
            with replacing(path) as temporary, h5py.File(temporary, "w") as file:
                group = file.create_group(f"spikes/{item.name}")
                group.attrs["sorting"] = "by_time"
                group["timestamps"] = sent
                group["timestamps"].attrs["units"] = "milliseconds"
                group["node_ids"] = nodes.astype(np.uint64)
            made.append(path)
        return made


def model_type(item: Population) -> str:
    """What SONATA calls the kind of the cells."""
    if item.is_virtual:
        return "virtual"
    shaped = any(child.tag == "morphology" for child in item.cell.children)
    return "biophysical" if shaped or "morphology" in item.cell.attributes else "point_neuron"


def plain_name(text: str) -> str:
    """A text as a name of files and node sets."""
    return re.sub(r"\W+", "_", text)
