"""Values of mechanisms as NEURON knows them, in the method ``neuron``: six digits.

Before: what a channel, a pool of ions, a synapse or an input is given, as the file has it. After:
the same rounded to six digits, as NEURON's translator writes the defaults of a mechanism into C.
Units of NEURON and of SI differ by powers of ten, so the digits are the same in both. Densities,
reversal potentials, weights, and the values of cells without morphology are set by the export's
scripts, with all their digits.
"""

from __future__ import annotations

from collections.abc import Iterable

from annarchy_ml.model.instance import Group, Node

_MECHANISMS = frozenset(("baseIonChannel", "concentrationModel", "basePointCurrent"))
"""Base types of what the export makes a mechanism whose values no script sets."""
_KEPT = ("property", "index")
"""Kinds of values that are given for each one, or count."""


def round_mechanisms(groups: Iterable[Group]) -> None:
    """Rounds parameters and constants of all mechanisms, and of what is inside them."""
    for group in groups:
        _round_below(group.root)


def _round_below(node: Node) -> None:
    if _MECHANISMS & set(node.type.ancestors):
        for inner in node.walk():
            if "spike" not in inner.type.ancestors:  # times of a list, which a script hands over
                _round(inner)
        return
    for child in node.children:
        _round_below(child)


def _round(node: Node) -> None:
    for part in node.type.parameters:
        if part.kind not in _KEPT and part.name in node.values:
            node.values[part.name] = float(f"{node.values[part.name]:.6g}")
