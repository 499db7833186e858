"""Where along a cell of several compartments connections, inputs and recordings are."""

from __future__ import annotations

import re

from annarchy_ml.model.instance import Container, Group, Node
from annarchy_ml.model.network import MIDDLE

Place = tuple[Group, int, Node]
SEGMENT_ATTRIBUTES = {
    "preCellId": ("preSegmentId", "preFractionAlong"),
    "postCellId": ("postSegmentId", "postFractionAlong"),
    "preCell": ("preSegment", "preFractionAlong"),
    "postCell": ("postSegment", "postFractionAlong"),
    "target": ("segmentId", "fractionAlong"),
}
"""Where along a cell a connection or input acts, by the attribute that names the cell."""
_STEP = re.compile(r"(\d+)(?:@([0-9.]+(?:[eE][-+]?\d+)?))?")


def leads_along(step: str) -> bool:
    """Whether a step of a path names a place along a cell: ``3``, ``3@0.9``."""
    return _STEP.fullmatch(step) is not None


def along(place: Place, step: str, attribute: str) -> Place:
    """The compartment that a step of a path names.

    Raises:
        PlaceError: If there is no such segment, or nothing so far along it.
    """
    hit = _STEP.fullmatch(step)
    assert hit is not None
    return compartment_of(place, hit[1], hit[2] or "", attribute)


class PlaceError(Exception):
    """A path that leads nowhere: code, message, the attribute at fault, a hint.

    The code is empty where it only follows from another fault, which is reported already.
    """

    def __init__(self, code: str, message: str, attribute: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.attribute = attribute
        self.hint = hint


def on_segment(container: Container, place: Place, end: str) -> Place:
    """The compartment of a cell that a connection or input is to act on.

    Args:
        container: of the connection.
        place: the cell.
        end: the attribute that names the cell, such as ``postCellId``.

    Raises:
        PlaceError: If there is no such place; the attributes themselves were judged before.
    """
    if place[0].cable is None or end not in SEGMENT_ATTRIBUTES:
        return place
    segment, along = (
        container.component.attributes.get(name, "").strip() for name in SEGMENT_ATTRIBUTES[end]
    )
    if not segment and not along:
        return place
    name = SEGMENT_ATTRIBUTES[end][0]
    try:
        return compartment_of(place, segment or str(place[0].cable.default_segment), along, name)
    except PlaceError as fault:
        raise PlaceError("", str(fault), name) if fault.code == "value.range" else fault from None


def compartment_of(place: Place, segment: str, fraction: str, attribute: str) -> Place:
    """The compartment of a segment of the cell that a compartment is part of.

    Raises:
        PlaceError: If there is no such segment.
    """
    group, index, node = place
    assert group.cable is not None
    tree = group.cable.tree
    if not segment.isdecimal() or int(segment) not in tree.places:
        raise PlaceError(
            "path.unknown",
            f"{node.type.name} '{node.component.id}' has no segment {segment}",
            attribute,
            f"its segments: {', '.join(map(str, list(tree.places)[:12]))}",
        )
    compartment = tree.at(int(segment), _fraction(fraction, attribute))
    return group, group.cable.instance(group.cable.cell_of(index), compartment), node


def _fraction(text: str, attribute: str) -> float:
    """A fraction along a segment.

    Raises:
        PlaceError: If it is none.
    """
    try:
        value = float(text or MIDDLE)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1.0:
        raise PlaceError(
            "value.range",
            f"'{text}' is no fraction along a segment",
            attribute,
            "0 is where it begins, 1 where it ends",
        )
    return value


def present(place: Place, path: str) -> Place:
    """The place again, a mechanism of a compartment.

    Raises:
        PlaceError: If the compartment does not have that mechanism.
    """
    group, index, node = place
    if group.cable is None:
        return place
    compartment = group.cable.compartment(index)
    begun = node.qualified("")
    if any(
        kind.begin <= compartment < kind.end and begun.startswith(kind.absent)
        for kind in group.cable.kinds
    ):
        segment = group.cable.tree.pieces[compartment].shares[0][0]
        raise PlaceError(
            "path.unknown",
            f"'{path}': there is no '{node.component.id}' in segment {segment}",
            "",
            "choose a segment of the segmentGroup that it is for",
        )
    return place
