"""Where along a cell of several compartments connections, inputs and recordings are."""

from __future__ import annotations

from annarchy_ml.model.instance import Container, Group, Node

Place = tuple[Group, int, Node]
SEGMENT_ATTRIBUTES = {
    "preCellId": ("preSegmentId", "preFractionAlong"),
    "postCellId": ("postSegmentId", "postFractionAlong"),
    "preCell": ("preSegment", "preFractionAlong"),
    "postCell": ("postSegment", "postFractionAlong"),
    "target": ("segmentId", "fractionAlong"),
}
"""Where along a cell a connection or input acts, by the attribute that names the cell."""


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
    """
    if place[0].cable is None or end not in SEGMENT_ATTRIBUTES:
        return place
    segment, along = (
        container.component.attributes.get(name, "").strip() for name in SEGMENT_ATTRIBUTES[end]
    )
    if not segment and not along:
        return place
    name = SEGMENT_ATTRIBUTES[end][0]
    return compartment_of(place, segment or str(place[0].cable.default_segment), along, name)


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
    compartment = tree.at(int(segment), float(fraction or 0.5))
    return group, group.cable.instance(group.cable.cell_of(index), compartment), node


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
