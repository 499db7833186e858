"""Warns where biophysics of a cell contradicts itself, or is given twice for the same segments.

Before: two capacitances for one segment, two densities of one channel on it, two pools of one ion
in it. After: the same cell, and a warning that says what counts. A value for a part of the segments
of an earlier one is no contradiction: the general one stands first, the special one behind it.

The current of a density is one of the ion that the density names, as the core definitions say; the
mechanisms that jNeuroML writes for NEURON take the species of the channel.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.model.component import Component
from annarchy_ml.model.instance import Node
from annarchy_ml.passes.regions import Regions
from annarchy_ml.passes.titles import title

_SINGLE = ("specificCapacitance", "resistivity", "initMembPotential", "spikeThresh")
_SUMMED = {"baseChannelDensity": "ionChannel", "species": "ion"}
"""Elements of which a segment may have several, and the attribute by which they are the same."""
_REPLACED = "NEURON's export of a channel density keeps the last one only"


def warn_of_overlaps(root: Node, regions: Regions, report: Diagnostics) -> None:
    """Reports the pairs of a cell that hold for the same segments.

    Args:
        root: the tree of the cell, before it is cut.
        regions: its groups of segments.
        report: gets a warning for each later one of a pair.
    """
    told: set[int] = set()
    for first, second, summed in _pairs(root):
        earlier, later = (regions.of(_place(node)) for node in (first, second))
        both = earlier & later
        if not both or id(second) in told or (not summed and later < earlier):
            continue
        told.add(id(second))
        what = "the two add up" if summed else "this one counts"
        report.warning(
            "biophysics.region",
            f"{title(second.component)} is for segment {min(both)}, and so is "
            f"{title(first.component)}: {what}",
            locate(second.origin),
            notes=(_REPLACED,) if summed and "species" not in second.type.ancestors else (),
            hint="let each be for a segmentGroup of its own",
        )


def warn_of_ions(root: Node, report: Diagnostics) -> None:
    """Reports densities of one ion whose channels are for another one."""
    for node in root.walk():
        ion = node.component.attributes.get("ion", "")
        if not ion or "baseChannelDensity" not in node.type.ancestors:
            continue
        for channel in node.children:
            other = channel.component.attributes.get("species", "") or ion
            if "baseIonChannel" in channel.type.ancestors and other != ion:
                report.warning(
                    "biophysics.region",
                    f"{title(node.component)} says that its ion is '{ion}', but its channel "
                    f"'{channel.component.id}' is for '{other}'",
                    locate(node.origin, "ion"),
                    notes=(
                        f"the current counts as one of '{ion}'; in NEURON's export of '{other}'",
                    ),
                    hint=f'write ion="{other}", or another species in the channel',
                )


def _place(node: Node) -> Component:
    """The element that names the segments: where a density varies, one inside it."""
    inside = (item for item in node.children if "variableParameter" in item.type.ancestors)
    return next(inside, node).component


def _pairs(root: Node) -> Iterator[tuple[Node, Node, bool]]:
    """Elements that mean the same thing, in their order, and whether they add up."""
    kinds: dict[tuple[str, str], list[Node]] = {}
    for node in root.walk():
        for name in (*_SINGLE, *_SUMMED):
            if name in node.type.ancestors:
                same = node.component.attributes.get(_SUMMED.get(name, ""), "")
                kinds.setdefault((name, same), []).append(node)
    for (name, _), nodes in kinds.items():
        for first, second in combinations(nodes, 2):
            yield first, second, name in _SUMMED
