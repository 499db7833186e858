"""A cell as the engine steps it: compartments, and the tree of resistors between them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.model.morphology import Morphology

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

_VECTOR, _MOST_LANES = 8, 64
_MOST_BESIDE = 2048
"""Cells that lie side by side: as many doubles as a vector has, more of them if they are small.

Then a kind of compartments that each cell has one of is stepped in longer runs.
"""


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
    _along: dict[int, list[int]] = field(default_factory=dict, init=False, repr=False)

    def sorted(self, order: Integers) -> CableTree:
        """The same tree, whose compartment k was ``order[k]``."""
        place = np.append(np.argsort(order), -1)  # -1 stays -1
        return replace(
            self,
            compartment=place[self.compartment],
            capacitance=self.capacitance[order],
            pieces=tuple(self.pieces[number] for number in order.tolist()),
        )

    def heights(self) -> Integers:
        """How many nodes lie between each compartment and its farthest end, shape (n,)."""
        parents = self.parent.tolist()
        found = [0] * len(parents)
        for node in range(len(parents) - 1, 0, -1):
            found[parents[node]] = max(found[parents[node]], found[node] + 1)
        own = self.compartment >= 0
        result = np.zeros(len(self.pieces), np.int64)
        result[self.compartment[own]] = np.array(found, np.int64)[own]
        return result

    def at(self, segment: int, fraction: float) -> int:
        """The compartment that a place lies in.

        Raises:
            KeyError: If there is no such segment.
        """
        begin, end = self.places[segment]
        section = self.section_of[segment]
        where = begin + fraction * (end - begin)
        if not self._along:
            for number in sorted(range(len(self.pieces)), key=lambda k: self.pieces[k].begin):
                self._along.setdefault(self.pieces[number].section, []).append(number)
        own = self._along[section]
        place = bisect_right(own, where, key=lambda number: self.pieces[number].end)
        return own[min(place, len(own) - 1)]


@dataclass(frozen=True, slots=True)
class Kind:
    """Compartments that follow one another and have the same mechanisms.

    Attributes:
        begin, end: which compartments.
        values: parameters that are one number in all of them, by qualified name.
        absent: beginnings of the names of what these compartments do not have.
        kept: beginnings of names that are there although one of those begins them.
    """

    begin: int
    end: int
    values: dict[str, float] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    def __hash__(self) -> int:
        return hash((self.begin, self.end, self.absent, self.kept))


@dataclass(slots=True, eq=False)
class CableCells:
    """Identical cells of one tree, and where their compartments lie among the instances.

    Some cells lie side by side (lanes): their first compartments, then their second ones, and so
    on; behind all of theirs come the next cells.

    Attributes:
        default_segment: the segment that is meant where none is named.
        cells: how many.
        columns: what differs between compartments, by qualified name, shape (n_compartments,).
        kinds: the compartments by the mechanisms that they have.
        morphology: the segments in space, from which the tree was made.
        is_point: whether the one compartment stands for a cell without morphology.
    """

    tree: CableTree
    default_segment: int
    cells: int = 0
    columns: dict[str, Floats] = field(default_factory=dict)
    kinds: tuple[Kind, ...] = ()
    morphology: Morphology | None = None
    is_point: bool = False

    @property
    def compartments(self) -> int:
        """How many compartments a cell has."""
        return len(self.tree.pieces)

    @property
    def lanes(self) -> int:
        """Cells that lie side by side; fewer where there are few, so that threads share them."""
        lanes = 1
        while lanes < _MOST_LANES and 4 * lanes <= self.cells:
            if lanes >= _VECTOR and 2 * lanes * self.compartments > _MOST_BESIDE:
                break
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

    def compartment(self, instance: int) -> int:
        """The compartment that an instance is."""
        first = self.cell_of(instance) // self.lanes * self.lanes
        width = min(self.lanes, self.cells - first)
        return (instance - first * self.compartments) // width

    def beside(self, instance: int) -> list[int]:
        """The compartments of the same cell in the segment that a compartment is most part of."""
        cell, own = self.cell_of(instance), self.compartment(instance)
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
