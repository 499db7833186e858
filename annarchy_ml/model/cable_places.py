"""Places along cells of several compartments, whole arrays at once.

Before: cells, and (segment, fractionAlong) for each. After: the instances that are the
compartments at these places; and back, the cells that instances are part of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from annarchy_ml.model.cable import CableCells, CableTree
    from annarchy_ml.model.instance import Group
    from annarchy_ml.model.network import At

    Integers = NDArray[np.int64]


def compartments_at(tree: CableTree, segments: ArrayLike, alongs: ArrayLike) -> Integers:
    """The compartments that places lie in, as `CableTree.at` finds them one by one.

    Args:
        tree: of the cell.
        segments: numbers of segments, shape (n,).
        alongs: fractions along them, shape (n,).

    Raises:
        KeyError: If there is no such segment.
    """
    wanted, given = np.broadcast_arrays(np.asarray(segments, np.int64), np.asarray(alongs, float))
    found = np.empty(wanted.shape, np.int64)
    for segment in np.unique(wanted).tolist():
        begin, end = tree.places[segment]
        own, ends = _cuts(tree, tree.section_of[segment])
        chosen = wanted == segment
        number = np.searchsorted(ends, begin + given[chosen] * (end - begin), side="right")
        found[chosen] = own[np.minimum(number, len(own) - 1)]
    return found


def _cuts(tree: CableTree, section: int) -> tuple[Integers, NDArray[np.float64]]:
    """The compartments of a section from its beginning on, and where each ends [m]."""
    own = [number for number, item in enumerate(tree.pieces) if item.section == section]
    own.sort(key=lambda number: tree.pieces[number].begin)
    return np.array(own), np.array([tree.pieces[number].end for number in own])


def instances_of(cable: CableCells, cells: ArrayLike, compartments: ArrayLike) -> Integers:
    """The instances that are compartments of cells; both of any shapes that go together."""
    cell, compartment = np.asarray(cells, np.int64), np.asarray(compartments, np.int64)
    first = cell // cable.lanes * cable.lanes
    width = np.minimum(cable.lanes, cable.cells - first)
    made: Integers = first * cable.compartments + compartment * width + cell - first
    return made


def cells_of(cable: CableCells, instances: ArrayLike) -> Integers:
    """The cells that instances are part of, shape (n,)."""
    instance = np.asarray(instances, np.int64)
    first = instance // (cable.lanes * cable.compartments) * cable.lanes
    width = np.minimum(cable.lanes, cable.cells - first)
    made: Integers = first + (instance - first * cable.compartments) % width
    return made


def by_cell(cable: CableCells) -> Integers:
    """All instances, cell by cell; of each cell as `compartment_order` says."""
    cells = np.arange(cable.cells)[:, None]
    return instances_of(cable, cells, compartment_order(cable)).reshape(-1)


def compartment_order(cable: CableCells) -> Integers:
    """The compartments of a cell section by section, of each from its beginning on."""
    pieces = cable.tree.pieces
    return np.array(
        sorted(range(len(pieces)), key=lambda k: (pieces[k].section, pieces[k].begin)), np.int64
    )


def placed(group: Group, cells: ArrayLike, at: At | None) -> Integers:
    """The instances that stand for cells: themselves, or their compartments at some place.

    Args:
        group: the cells.
        cells: shape (n,).
        at: one place for all, or one for each of `cells`; None for where cells without a place
            are: the middle of the default segment.
    """
    if group.cable is None:
        return np.asarray(cells, np.int64)
    tree = group.cable.tree
    segments, alongs = (
        (group.cable.default_segment, 0.5) if at is None else (at.segments, at.alongs)
    )
    compartments = compartments_at(tree, np.atleast_1d(segments), np.atleast_1d(alongs))
    return instances_of(group.cable, cells, compartments)


def owners(group: Group, instances: ArrayLike) -> Integers:
    """The cells that instances are, or are part of, shape (n,)."""
    if group.cable is None:
        return np.asarray(instances, np.int64)
    return cells_of(group.cable, instances)
