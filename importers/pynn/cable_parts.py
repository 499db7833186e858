"""Cells with morphology of one population, grouped by what the engine keeps once for all of them.

Before: ``morphology=[first, second, first]``, or other values of ``cm``, ``Ra`` or receptors for
each cell. After: parts, each of cells that are alike in these: one population of the engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyNN import errors

from annarchy_ml.diagnostics import UsageError
from annarchy_ml.importers.pynn.cable_cells import CableCell
from annarchy_ml.importers.pynn.morphology import Spot, spots

SEGMENT, ALONG = "postsynaptic_segment", "postsynaptic_fraction"
"""Columns of connections: where along their cells they end."""
SOURCE_SECTION = "source_section"
"""Where spikes are sent, in the words of PyNN."""


@dataclass(frozen=True, eq=False)
class Part:
    """Cells that are alike.

    Attributes:
        name: of the engine's population.
        owner: name of the whole population.
        rows: their numbers in the whole population, ascending, shape (n,).
        cable: what they are.
        receptors: with their values, by name.
        places: of the receptors, by name.
    """

    name: str
    owner: str
    rows: Any
    cable: CableCell
    receptors: Mapping[str, Any]
    places: Mapping[str, list[Spot]]

    def receptor(self, name: str) -> str:
        """The component of a receptor."""
        return f"{self.name}_{name}"

    def chosen(self, receptor: str, selector: Any) -> list[Spot]:
        """The places of a receptor in the chosen sections; of each section the first one.

        Raises:
            ConnectionError: If there are none.
        """
        own = self.places.get(receptor)
        if own is None:
            raise errors.ConnectionError(
                f"pyNN.annarchy: these cells have no receptor '{receptor}'"
            )
        if selector is None or selector == "all":
            return own
        wanted = {spot.section for spot in spots(selector, self.cable.shape)}
        first: dict[int, Spot] = {}
        for spot in own:
            first.setdefault(spot.section, spot)
        found = [spot for section, spot in first.items() if section in wanted]
        if not found:
            raise errors.ConnectionError(
                f"pyNN.annarchy: no '{receptor}' is in the chosen sections; it is in: "
                f"{', '.join(sorted(self.cable.name_of(section) for section in first))}"
            )
        return found


class Parts:
    """The cells of one population.

    Attributes:
        items: its parts.
        part_of: the number of the part of each cell, shape (size,).
        index: the number of each cell in its part, shape (size,).
    """

    def __init__(self, items: list[Part], size: int) -> None:
        self.items = items
        self.part_of = np.zeros(size, np.int64)
        self.index = np.zeros(size, np.int64)
        for number, item in enumerate(items):
            self.part_of[item.rows] = number
            self.index[item.rows] = np.arange(len(item.rows))

    def of(self, rows: Any) -> Iterator[tuple[int, Any]]:
        """The number of each part that has some of the cells, and which of these they are."""
        numbers = self.part_of[rows]
        for number in np.unique(numbers).tolist():
            yield number, np.flatnonzero(numbers == number)

    def spots(self, location: Any, rows: Any = None) -> list[list[Spot]]:
        """The places that a location of a script means, in the cells of each part.

        Args:
            location: of the script.
            rows: numbers of the cells that are meant; parts without any have no places. None for
                all.
        """
        meant = set(range(len(self.items)) if rows is None else self.part_of[rows].tolist())
        return [
            spots(location, item.cable.shape) if number in meant else []
            for number, item in enumerate(self.items)
        ]

    def part(self, row: int) -> Part:
        """The part of a cell."""
        found: Part = self.items[self.part_of[row]]
        return found

    def spread(
        self, row: int, connections: tuple[Any, dict[str, Any]], found: Iterable[Spot]
    ) -> tuple[Any, dict[str, Any]]:
        """Connections to one cell, one for each place.

        Args:
            row: number of the cell.
            connections: sources, and parameters, one or of shape (n,).
            found: the places.
        """
        cable = self.part(row).cable
        sources, parameters = connections
        at = np.array([cable.place(spot.section, spot.along) for spot in found])
        count, places = len(np.atleast_1d(sources)), len(at)
        made = {
            name: value if np.ndim(value) == 0 else np.repeat(value, places)
            for name, value in parameters.items()
        }
        made[SEGMENT] = np.tile(at[:, 0], count)
        made[ALONG] = np.tile(at[:, 1], count)
        return np.repeat(np.atleast_1d(sources), places), made


def refuse_uneven(name: str, found: list[list[Spot]]) -> None:
    """Refuses a location that means more places in some cells of a population than in others.

    Raises:
        UsageError: If it does.
    """
    counts = sorted({len(item) for item in found})
    if len(counts) > 1:
        raise UsageError(
            f"'{name}' means {counts[0]} places in some cells and {counts[-1]} in others: as many "
            "are needed in all cells that are recorded together",
            hint="record views of cells that are alike, under labels of their own, or name places "
            "that all of them have",
        )
