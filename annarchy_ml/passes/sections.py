"""Cuts a morphology into compartments, and finds the resistors between them.

Before: segments. After: sections (unbranched groups as the file marks them, else each segment by
itself), each cut into equal lengths; areas are those of the frusta, resistances the integrals of
resistivity over the cross-section from one middle to the next. That is how NEURON divides a cell.

Where exactly two resistors meet and nothing else is, they become one in series.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import pi, sqrt

import numpy as np

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.model.cable import CableTree, Piece
from annarchy_ml.model.morphology import Morphology, Segment, SegmentGroup
from annarchy_ml.passes.segment_groups import UNBRANCHED


@dataclass(slots=True)
class Section:
    """A cable without branches.

    Attributes:
        segments: in the order in which they follow each other.
        divisions: how many compartments.
        begins: where each segment begins along it [m].
        lengths: of each segment [m]; 0 of a ring where the diameter changes at one point.
        length: of all of it [m].
        root_distance: path length from the root of the cell to its beginning [m].
    """

    segments: list[Segment]
    divisions: int
    begins: list[float] = field(default_factory=list)
    lengths: list[float] = field(default_factory=list)
    length: float = 0.0
    root_distance: float = 0.0

    def measure(self) -> None:
        """Finds where its segments begin; within a cable two ends at one point are no sphere."""
        for item in self.segments:
            is_ring = item.has_one_point and len(self.segments) > 1 and item.parent is not None
            self.begins.append(self.length)
            self.lengths.append(0.0 if is_ring else item.length)
            self.length += self.lengths[-1]


@dataclass(slots=True)
class Frustum:
    """What lies between two places of a section within one segment."""

    segment: int
    length: float
    first_radius: float
    last_radius: float

    @property
    def area(self) -> float:
        """Area of the side [m2]."""
        slant = sqrt(self.length**2 + (self.first_radius - self.last_radius) ** 2)
        return pi * (self.first_radius + self.last_radius) * slant

    @property
    def resistance(self) -> float:
        """Resistance along it per resistivity [1/m]."""
        return self.length / (pi * self.first_radius * self.last_radius)


def find_sections(morphology: Morphology, report: Diagnostics) -> list[Section] | None:
    """The sections of a cell, parents before children; None after a reported fault."""
    owner: dict[int, SegmentGroup] = {}
    sound = True
    for group in morphology.groups.values():
        if not group.unbranched:
            continue
        shared = next((one for one in group.segments if owner.get(one, group) is not group), None)
        if shared is not None:
            names = f"'{owner[shared].id}' and '{group.id}'"
            sound = _refuse(f"segment {shared} is part of two cables, {names}", group, report)
            continue
        owner.update(dict.fromkeys(group.segments, group))
        sound = _is_chain(group, morphology, report) and sound
    if not sound:
        return None
    made: dict[str, Section] = {}
    sections: list[Section] = []
    for segment in morphology.segments.values():
        own = owner.get(segment.id)
        if own is None:
            sections.append(Section([segment], 1))
        elif own.id in made:
            made[own.id].segments.append(segment)
        else:
            made[own.id] = Section([segment], own.divisions)
            sections.append(made[own.id])
    for item in sections:
        item.measure()
        sound = _has_length(item, report) and sound
    if sound:
        _warn_of_doubts(morphology, sections, report)
    return sections if sound else None


def _warn_of_doubts(morphology: Morphology, sections: list[Section], report: Diagnostics) -> None:
    """Says what is read otherwise than its author may think."""
    for item in morphology.groups.values():
        if item.divisions > 1 and not item.unbranched:
            report.warning(
                "morphology.group",
                f"numberInternalDivisions of segmentGroup '{item.id}' is not read: the group is "
                "not marked as a cable, and each of its segments is cut as other groups say",
                locate(item.origin, "id"),
                hint=f'write neuroLexId="{UNBRANCHED}" if it has no branches',
            )
    for section in sections:
        first = section.segments[0]
        if len(section.segments) == 1 and first.has_one_point and first.parent is not None:
            report.warning(
                "morphology.tree",
                f"segment {first.id} hangs on segment {first.parent} and has no length: it counts "
                "as a sphere of its diameter",
                locate(first.origin),
                hint="write two points for a cable",
            )


def _has_length(section: Section, report: Diagnostics) -> bool:
    """Whether a section is a cable or a sphere: two diameters at one point are neither."""
    for segment, long in zip(section.segments, section.lengths, strict=True):
        has_step = segment.proximal.diameter != segment.distal.diameter
        if section.length > 0.0 and not (segment.has_one_point and has_step and long > 0.0):
            continue
        what = "its ends are one point of two diameters" if has_step else "its ends are one point"
        report.error(
            "morphology.tree",
            f"segment {segment.id} has no length: {what}",
            locate(segment.origin),
            hint="a sphere has one diameter; a cable needs two points",
        )
        return False
    return True


def _refuse(message: str, group: SegmentGroup, report: Diagnostics) -> bool:
    place = locate(group.origin, "id")
    hint = 'neuroLexId="sao864921383" is for cables without branches that share no segment'
    report.error("morphology.group", message, place, hint=hint)
    return False


def _is_chain(group: SegmentGroup, morphology: Morphology, report: Diagnostics) -> bool:
    """Whether each segment of a group but the first hangs on another one, and no two on one."""
    own = set(group.segments)
    parents = [morphology.segments[number].parent for number in group.segments]
    inner = [parent for parent in parents if parent in own]
    if len(own) and len(inner) == len(own) - 1 and len(set(inner)) == len(inner):
        return _follows_ends(group, morphology, report)
    return _refuse(
        f"segmentGroup '{group.id}' is marked as one cable without branches, but its segments do "
        "not follow one another",
        group,
        report,
    )


def _follows_ends(group: SegmentGroup, morphology: Morphology, report: Diagnostics) -> bool:
    """Whether each segment of a chain begins where the one before it ends."""
    own = set(group.segments)
    for number in group.segments:
        segment = morphology.segments[number]
        if segment.parent in own and segment.fraction != 1.0:
            return _refuse(
                f"segmentGroup '{group.id}' is marked as one cable without branches, but segment "
                f"{number} hangs at fractionAlong={segment.fraction:g} of segment {segment.parent}",
                group,
                report,
            )
    return True


def build_tree(
    sections: list[Section],
    resistivity: Callable[[int], float],
    capacitance: Callable[[Piece], float],
) -> CableTree:
    """The compartments of all sections and the tree between them.

    Args:
        sections: parents before children.
        resistivity: of a section [ohm m].
        capacitance: of a compartment [F].
    """
    places: dict[int, tuple[float, float]] = {}
    section_of: dict[int, int] = {}
    for number, item in enumerate(sections):
        for begin, segment, long in zip(item.begins, item.segments, item.lengths, strict=True):
            places[segment.id] = (begin, begin + long)
            section_of[segment.id] = number
    wiring = _Wiring(sections, places, section_of)
    for number, item in enumerate(sections):
        wiring.add(number, item, resistivity(number))
    parent, conductance, compartment = wiring.simplified()
    return CableTree(
        parent,
        conductance,
        compartment,
        np.array([capacitance(item) for item in wiring.pieces]),
        tuple(wiring.pieces),
        places,
        section_of,
    )


class _Wiring:
    """The resistors between compartments and ends of sections, as a graph."""

    def __init__(
        self,
        sections: list[Section],
        places: dict[int, tuple[float, float]],
        section_of: dict[int, int],
    ) -> None:
        self.sections = sections
        self.places = places
        self.section_of = section_of
        self.pieces: list[Piece] = []
        self.nodes: list[int] = []  # the compartment, or -1
        self.edges: list[dict[int, float]] = []  # by node: other node and resistance [ohm]
        self.begin_of: list[int] = []  # of each section: the node where it begins
        self.end_of: list[int] = []
        self.cuts_of: list[list[int]] = []  # of each section: the nodes of its compartments

    def _node(self, compartment: int = -1) -> int:
        self.nodes.append(compartment)
        self.edges.append({})
        return len(self.nodes) - 1

    def _join(self, a: int, b: int, resistance: float) -> None:
        self.edges[a][b] = resistance
        self.edges[b][a] = resistance

    def _attachment(self, section: Section) -> int:
        """The node on which a section hangs, and its distance from the root."""
        first = section.segments[0]
        if first.parent is None:
            return self._node()
        other = self.section_of[first.parent]
        begin, end = self.places[first.parent]
        where = begin + first.fraction * (end - begin)
        owner = self.sections[other]
        section.root_distance = owner.root_distance + where
        if where <= 0.0:
            return self.begin_of[other]
        if where >= owner.length * (1 - 1e-12):
            return self.end_of[other]
        return self.cuts_of[other][int(where / owner.length * owner.divisions)]

    def add(self, number: int, section: Section, resistivity: float) -> None:
        """A section, whose parent is there already."""
        last = self._attachment(section)
        self.begin_of.append(last)
        gathered = 0.0
        cuts: list[int] = []
        for k in range(section.divisions):
            begin = section.length * k / section.divisions
            end = section.length * (k + 1) / section.divisions
            middle = 0.5 * (begin + end)
            frusta = [*frusta_between(section, begin, middle)]
            gathered += resistivity * sum(item.resistance for item in frusta)
            own = self._node(len(self.pieces))
            self._join(last, own, gathered)
            beyond = frusta_between(section, middle, end)
            gathered = resistivity * sum(item.resistance for item in beyond)
            shares: dict[int, float] = {}
            for item in (*frusta, *beyond):
                shares[item.segment] = shares.get(item.segment, 0.0) + item.area
            area = sum(shares.values())
            away = section.root_distance + middle
            self.pieces.append(Piece(number, begin, end, area, tuple(shares.items()), away))
            cuts.append(own)
            last = own
        end_node = self._node()
        self._join(last, end_node, gathered)
        self.end_of.append(end_node)
        self.cuts_of.append(cuts)

    def _drop_idle(self) -> None:
        """Removes ends that lead nowhere, and joins what is in series."""
        for node, compartment in enumerate(self.nodes):
            if compartment >= 0:
                continue
            around = self.edges[node]
            if len(around) > 2:
                continue
            for other in around:
                del self.edges[other][node]
            if len(around) == 2:
                (a, first), (b, second) = around.items()
                self._join(a, b, first + second)
            self.edges[node] = {}

    def simplified(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Parents, conductances and compartments of the nodes that are left, the root first."""
        self._drop_idle()
        start = self.nodes.index(0)
        order: list[int] = []
        parent_of = {start: -1}
        waiting = [start]
        while waiting:
            node = waiting.pop()
            order.append(node)
            for other in sorted(self.edges[node], reverse=True):
                if other != parent_of[node]:
                    parent_of[other] = node
                    waiting.append(other)
        place = {node: number for number, node in enumerate(order)}
        place[-1] = -1
        parent = np.array([place[parent_of[node]] for node in order], np.int64)
        conductance = np.array(
            [
                0.0 if k == 0 else 1.0 / self.edges[node][parent_of[node]]
                for k, node in enumerate(order)
            ]
        )
        return parent, conductance, np.array([self.nodes[node] for node in order], np.int64)


def frusta_between(section: Section, begin: float, end: float) -> list[Frustum]:
    """The frusta of a section between two places along it [m]."""
    result = []
    for start, long, segment in zip(section.begins, section.lengths, section.segments, strict=True):
        radii = segment.proximal.diameter / 2, segment.distal.diameter / 2
        if long == 0.0:
            if begin <= start < end or start == end == section.length:
                result.append(Frustum(segment.id, 0.0, *radii))
            continue
        low, high = max(begin, start), min(end, start + long)
        if high <= low:
            continue
        ends = [(place - start) / long for place in (low, high)]
        at = [radii[0] + (radii[1] - radii[0]) * place for place in ends]
        result.append(Frustum(segment.id, high - low, at[0], at[1]))
    return result
