"""A cell in space, piece by piece, with the compartment that each piece is part of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.model.cable import CableCells, CableTree
    from annarchy_ml.model.morphology import Segment

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class CellShape:
    """The frusta that a cell is drawn with.

    Attributes:
        begins: where each begins, x, y, z and diameter [m], shape (n_pieces, 4).
        ends: where each ends, shape (n_pieces, 4); a sphere ends where it begins.
        compartments: of which compartment each is a part, shape (n_pieces,), as `order` counts.
        places: (segment, from, to) of each compartment: the segment that it is most part of, and
            which fractions of that.
    """

    begins: Floats
    ends: Floats
    compartments: Integers
    places: tuple[tuple[int, float, float], ...]

    @property
    def extent(self) -> float:
        """The longest side of the box around it [m]."""
        points = np.concatenate((self.begins[:, :3], self.ends[:, :3]))
        return float(np.ptp(points, axis=0).max(initial=0.0))


def cell_shape(cable: CableCells, order: Integers) -> CellShape:
    """The shape of the cells of one tree.

    Args:
        cable: cells of several compartments.
        order: the compartments in the order in which they are to be counted.
    """
    assert cable.morphology is not None
    tree, segments = cable.tree, cable.morphology.segments
    rows: list[tuple[Floats, Floats, int]] = []
    places = []
    for number, compartment in enumerate(order.tolist()):
        piece = tree.pieces[compartment]
        for segment, _ in piece.shares:
            low, high = _within(tree, segment, compartment)
            own = segments[segment]
            rows.append((_point(own, low), _point(own, high), number))
        most = max(piece.shares, key=lambda share: share[1])[0]
        places.append((most, *_within(tree, most, compartment)))
    begins, ends, compartments = zip(*rows, strict=True)
    return CellShape(np.array(begins), np.array(ends), np.array(compartments), tuple(places))


def _within(tree: CableTree, segment: int, compartment: int) -> tuple[float, float]:
    """Which part of a segment a compartment is, as fractions."""
    piece = tree.pieces[compartment]
    begin, end = tree.places[segment]
    if end <= begin:
        return 0.0, 1.0
    low, high = ((where - begin) / (end - begin) for where in (piece.begin, piece.end))
    return float(np.clip(low, 0.0, 1.0)), float(np.clip(high, 0.0, 1.0))


def _point(segment: Segment, fraction: float) -> Floats:
    """x, y, z and diameter at a fraction along a segment [m]."""
    found = segment.proximal.towards(segment.distal, fraction)
    return np.array([found.x, found.y, found.z, found.diameter])
