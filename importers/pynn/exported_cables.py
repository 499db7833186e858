"""Cells with morphology of a script in components of NeuroML, for `export`.

Before: a population of PyNN, whose parts are alike. After: a population of a NeuroML ``cell`` for
each part, with its channels and receptors; places along the cells are segments and fractions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from annarchy_ml.importers.pynn.cable_parts import ALONG, SEGMENT, Part
from annarchy_ml.importers.pynn.morphology import Spot


class CableViews:
    """The parts of a population in an exported network.

    Attributes:
        parts: with the names that they have there.
        views: the populations there, by part.
    """

    def __init__(self, model: Any, population: Any, name: str) -> None:
        celltype = population.celltype
        self._population = population
        self.parts: list[Part] = []
        self.views: list[Any] = []
        items = population.parts.items
        first = population.starts.get("v", np.full(population.size, -65.0))
        for number, item in enumerate(items):
            own = name if len(items) == 1 else f"{name}_{number}"
            part = replace(item, name=own, owner=name)
            view = celltype.add_part(model, part, (population.drawn, population.size))
            view.set(v=np.asarray(first)[item.rows] * 1e-3)
            self.parts.append(part)
            self.views.append(view)

    def synapses(self, receptor: str) -> list[str]:
        """The component of a receptor for each cell."""
        names = np.array([part.receptor(receptor) for part in self.parts])
        found: list[str] = names[self._population.parts.part_of].tolist()
        return found

    def source(self, number: int, spots: Any) -> Any:
        """The cells of a part at the place from which a projection's spikes come."""
        cable = self.parts[number].cable
        place = cable.source if spots is None else self._place(number, spots[number][0])
        return self.views[number].at(*place)

    def places(self, rows: Any, where: Any) -> Iterator[Any]:
        """Some cells at the places where a current comes in, part by part."""
        parts = self._population.parts
        for number, which in parts.of(rows):
            cells = self.views[number][parts.index[rows[which]]]
            spots = [None] if where is None else where[number]
            for spot in spots:
                cable = self.parts[number].cable
                yield cells.at(*(cable.source if spot is None else self._place(number, spot)))

    def has(self, variable: Any) -> bool:
        """Whether it is the potential or a state of a channel."""
        channel, _, state = variable.name.partition(".")
        known = self._population.celltype.ion_channels
        return variable.name == "v" or bool(state and channel in known)

    def paths(self, number: int, variable: Any) -> Iterator[str]:
        """What is recorded of the cells of a part, relative to each."""
        part = self.parts[number]
        inner = "v" if variable.name == "v" else part.cable.path_of(variable.name, part.name)
        known = self._population.recorder.places
        spots = [None] if variable.location is None else known[variable.location][number]
        for spot in spots:
            segment, along = part.cable.source if spot is None else self._place(number, spot)
            yield f"{segment}@{along!r}/{inner}"

    def _place(self, number: int, spot: Spot) -> tuple[int, float]:
        return self.parts[number].cable.place(spot.section, spot.along)


def target_places(columns: Any, chosen: Any) -> dict[str, Any]:
    """Where along their cells connections end, as columns."""
    return {
        SEGMENT: np.asarray(columns[SEGMENT])[chosen].astype(np.int64),
        ALONG: np.asarray(columns[ALONG], float)[chosen],
    }
