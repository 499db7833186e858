"""Cells without morphology in the method ``neuron``: each is one compartment, as in the export.

Before: a population of cells with a state ``v``, a voltage with a rate. After: instances that are
compartments of cells of one each, so that the engine solves for their potential.
"""

from __future__ import annotations

import numpy as np

from annarchy_ml.model.cable import CableCells, CableTree, Kind, Piece
from annarchy_ml.model.instance import Node
from annarchy_ml.model.system import PointCell

POTENTIAL = "v"
_TOLD_BY_CONDITIONS = frozenset(("baseIaf", "baseIafCapCell", "basePyNNCell"))
"""Base types of which the export tells spikes at the threshold that their own conditions test."""


def is_point_cell(root: Node) -> bool:
    """Whether the export puts a component on a section whose potential is its state ``v``."""
    dynamics = root.type.dynamics
    if dynamics is None or "baseCell" not in root.type.ancestors:
        return False
    rates = (*dynamics.derivatives, *(one for item in dynamics.regimes for one in item.derivatives))
    moves = any(item.variable == POTENTIAL for item in rates)
    return moves and any(
        item.name == POTENTIAL and item.dimension == "voltage" for item in dynamics.states
    )


def point_cell(root: Node) -> PointCell:
    """What the export makes of a cell by its base type."""
    kinds = set(root.type.ancestors)
    has_own = "baseCellMembPotCap" in kinds or ("baseCellMembPot" in kinds and "C" in root.values)
    return PointCell(bool(kinds & _TOLD_BY_CONDITIONS), has_own or "basePyNNCell" in kinds)


def one_compartment() -> CableCells:
    """Cells of one compartment each, whose capacitance cancels out."""
    tree = CableTree(
        parent=np.array([-1]),
        conductance=np.zeros(1),
        compartment=np.zeros(1, np.int64),
        capacitance=np.ones(1),
        pieces=(Piece(0, 0.0, 1.0, 1.0, ((0, 1.0),)),),
        places={0: (0.0, 1.0)},
        section_of={0: 0},
    )
    return CableCells(tree, 0, kinds=(Kind(0, 1),), is_point=True)
