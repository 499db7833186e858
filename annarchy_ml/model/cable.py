"""A cell as the engine steps it: compartments, and the tree of resistors between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

_MOST_LANES = 8
"""Cells of one structure that lie side by side: as many doubles as a vector has."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A part of a cable that is one compartment.

    Attributes:
        begin, end: where along its section it lies [m].
        area: of its membrane [m2].
        shares: the segments in it, with the area of each in it [m2].
        path_length: from the root of the cell to its middle [m].
    """

    section: int
    begin: float
    end: float
    area: float
    shares: tuple[tuple[int, float], ...]
    path_length: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class CableTree:
    """Compartments of a cell and how current flows between them.

    Nodes are compartments and, where cables branch, points without membrane. A parent stands before
    its children; node 0 is the root.

    Attributes:
        parent: shape (n_nodes,), the parent of each node; -1 for the root.
        conductance: shape (n_nodes,), to the parent [S]; 0 for the root.
        compartment: shape (n_nodes,), the compartment of each node, -1 for points without membrane.
        capacitance: shape (n_compartments,) [F].
        pieces: of the compartments.
        places: by segment, where it begins and ends along its section [m].
        section_of: the section of each segment.
    """

    parent: Integers
    conductance: Floats
    compartment: Integers
    capacitance: Floats
    pieces: tuple[Piece, ...]
    places: dict[int, tuple[float, float]]
    section_of: dict[int, int]

    def at(self, segment: int, fraction: float) -> int:
        """The compartment that a place lies in.

        Raises:
            KeyError: If there is no such segment.
        """
        begin, end = self.places[segment]
        section = self.section_of[segment]
        where = begin + fraction * (end - begin)
        own = [number for number, item in enumerate(self.pieces) if item.section == section]
        return next((number for number in own if where < self.pieces[number].end), own[-1])


@dataclass(slots=True, eq=False)
class CableCells:
    """Identical cells of one tree, and where their compartments lie among the instances.

    Some cells lie side by side (lanes): their first compartments, then their second ones, and so
    on; behind all of theirs come the next cells.

    Attributes:
        root_segment: the segment that is meant where none is named.
        cells: how many.
        columns: what differs between compartments, by qualified name, shape (n_compartments,).
    """

    tree: CableTree
    root_segment: int
    cells: int = 0
    columns: dict[str, Floats] = field(default_factory=dict)

    @property
    def compartments(self) -> int:
        """How many compartments a cell has."""
        return len(self.tree.pieces)

    @property
    def lanes(self) -> int:
        """Cells that lie side by side; fewer where there are few, so that threads share them."""
        lanes = 1
        while lanes < _MOST_LANES and 4 * lanes <= self.cells:
            lanes *= 2
        return lanes

    def instance(self, cell: int, compartment: int) -> int:
        """The instance that is a compartment of a cell."""
        first = cell // self.lanes * self.lanes
        width = min(self.lanes, self.cells - first)
        return first * self.compartments + compartment * width + cell - first

    def cell_of(self, instance: int) -> int:
        """The cell that an instance is part of."""
        first = instance // (self.lanes * self.compartments) * self.lanes
        width = min(self.lanes, self.cells - first)
        return first + (instance - first * self.compartments) % width

    def beside(self, instance: int) -> list[int]:
        """The compartments of the same cell in the segment that a compartment is most part of."""
        cell = self.cell_of(instance)
        first = cell // self.lanes * self.lanes
        width = min(self.lanes, self.cells - first)
        own = (instance - first * self.compartments) // width
        pieces = self.tree.pieces
        segment = max(pieces[own].shares, key=lambda share: share[1])[0]
        return [
            self.instance(cell, number)
            for number, item in enumerate(pieces)
            if any(other == segment for other, _ in item.shares)
        ]

    def compartment_of(self) -> Integers:
        """The compartment of each instance, shape (cells * compartments,)."""
        found = []
        for first in range(0, self.cells, self.lanes):
            width = min(self.lanes, self.cells - first)
            found.append(np.repeat(np.arange(self.compartments), width))
        return np.concatenate(found) if found else np.zeros(0, np.int64)
