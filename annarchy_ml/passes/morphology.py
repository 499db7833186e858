"""Reads the morphology of a cell: segments with resolved ends, groups as sets of segments.

Before: ``<segment>`` elements with or without ``proximal``, ``<segmentGroup>`` elements with
members, includes, paths and subtrees. After: a ``Morphology``, parents before children. Loops,
orphans, segments without extent, groups of what is not there: each is reported at its line.
"""

from __future__ import annotations

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.model.component import Component
from annarchy_ml.model.instance import Node
from annarchy_ml.model.morphology import Morphology, Point, Segment
from annarchy_ml.passes.segment_groups import GroupReader

SMALLEST, LARGEST = 1e-10, 100.0
"""Of diameters, and of coordinates [m]."""
MICRON = 1e-6
"""What a coordinate of a segment counts [m]."""


def read_morphology(node: Node, report: Diagnostics) -> Morphology | None:
    """The morphology of a node of type ``morphology``; None after a reported fault."""
    reader = _SegmentReader(report)
    segments = reader.read(node.list_of("segments"))
    if segments is None:
        return None
    groups = GroupReader(segments, report).read(node.list_of("segmentGroups"))
    return Morphology(segments, groups) if groups is not None else None


class _SegmentReader:
    """Reads the segments of one cell."""

    def __init__(self, report: Diagnostics) -> None:
        self.report = report
        self.sound = True
        self.nodes: dict[int, Node] = {}
        self.parents: dict[int, int | None] = {}

    def read(self, nodes: list[Node]) -> dict[int, Segment] | None:
        """All segments, parents before children; None after a reported fault."""
        for node in nodes:
            self._note(node)
        if not self.sound:
            return None
        for number, node in self.nodes.items():
            self.parents[number] = self._parent(node)
        if not self.sound:
            return None
        order = self._parents_first()
        if not self.sound:
            return None
        result: dict[int, Segment] = {}
        for number in order:
            found = self._segment(number, result)
            if found is None:
                return None
            result[number] = found
        return result

    def fault(
        self, message: str, component: Component, attribute: str = "", hint: str = ""
    ) -> None:
        """Reports a fault of the tree."""
        self.sound = False
        self.report.error(
            "morphology.tree", message, locate(component.origin, attribute), hint=hint
        )

    def _note(self, node: Node) -> None:
        text = node.component.id.strip()
        if not text.isdecimal():
            message = f"the id of a segment is a whole number, not '{text}'"
            self.fault(message, node.component, "id", 'write id="0" for the first one')
        elif int(text) in self.nodes:
            self.fault(f"segment {text} stands twice", node.component, "id", "number it anew")
        else:
            self.nodes[int(text)] = node

    def _parent(self, node: Node) -> int | None:
        inside = [item for item in node.children if item.slot == "parent"]
        if not inside:
            return None
        component = inside[0].component
        text = component.attributes.get("segment", "").strip()
        if not text.isdecimal() or int(text) not in self.nodes:
            self.fault(
                f"the parent of segment {node.component.id} is '{text}', which is no segment",
                component,
                "segment",
                "name the id of a segment of this cell",
            )
            return None
        return int(text)

    def _parents_first(self) -> list[int]:
        """All segments in an order in which each stands behind its parent."""
        roots = [number for number, parent in self.parents.items() if parent is None]
        for extra in roots[1:]:
            self.fault(
                f"segment {extra} has no parent, and neither has segment {roots[0]}: "
                "a cell is one tree",
                self.nodes[extra].component,
                hint=f'write <parent segment="{roots[0]}"/> in one of them',
            )
        children: dict[int, list[int]] = {}
        for number, parent in self.parents.items():
            if parent is not None:
                children.setdefault(parent, []).append(number)
        order: list[int] = []
        waiting = roots[:1]
        while waiting:
            number = waiting.pop()
            order.append(number)
            waiting.extend(reversed(children.get(number, [])))
        reached = set(order)
        left = [number for number in self.nodes if number not in reached]
        if left and len(roots) < 2:
            self.fault(
                f"segment {left[0]} hangs on itself: its parents lead around in a circle",
                self.nodes[left[0]].component,
                hint="let one of them hang on the soma",
            )
        return order

    def _segment(self, number: int, known: dict[int, Segment]) -> Segment | None:
        node = self.nodes[number]
        ends = {item.slot: _point(item) for item in node.children if item.slot != "parent"}
        parent = self.parents[number]
        fraction = self._fraction(node)
        proximal, distal = ends.get("proximal"), ends.get("distal")
        if proximal is None and parent is not None:
            proximal = known[parent].proximal.towards(known[parent].distal, fraction)
        if distal is None or proximal is None:
            missing = "distal" if distal is None else "proximal"
            point = f'<{missing} x="0" y="0" z="0" diameter="1"/>'
            message = f"segment {number} has no {missing} point"
            self.fault(message, node.component, hint=f"write {point}, in micrometers")
            return None
        if not self._has_extent(number, node, (proximal, distal)):
            return None
        name = node.component.attributes.get("name", "")
        return Segment(number, parent, fraction, proximal, distal, name, node.origin)

    def _has_extent(self, number: int, node: Node, ends: tuple[Point, Point]) -> bool:
        """Whether a segment has a size that a cell can have."""
        for slot, end in zip(("proximal", "distal"), ends, strict=True):
            if end.diameter <= 0.0:
                self._no_diameter(number, node, slot)
                return False
        what = ""
        if any(end.diameter < SMALLEST for end in ends):
            what = "is thinner than an atom"
        elif any(max(map(abs, (end.x, end.y, end.z, end.diameter))) > LARGEST for end in ends):
            what = f"reaches farther than {LARGEST:g} m"
        if what:
            hint = "give coordinates and diameters in micrometers"
            self.fault(f"segment {number} {what}", node.component, hint=hint)
        return not what

    def _no_diameter(self, number: int, node: Node, slot: str) -> None:
        """Reports an end without extent; one without a number was reported before."""
        self.sound = False
        own = next((item for item in node.children if item.slot == slot), node)
        if own is node or "diameter" in own.values:
            self.fault(
                f"segment {number} has no extent: the diameter of its {slot} end must be above 0",
                own.component,
                "diameter",
                'write it in micrometers, such as diameter="1"',
            )

    def _fraction(self, node: Node) -> float:
        for item in node.children:
            text = (
                item.component.attributes.get("fractionAlong", "") if item.slot == "parent" else ""
            )
            if not text:
                continue
            try:
                value = float(text)
            except ValueError:
                value = -1.0
            if not 0.0 <= value <= 1.0:
                self.fault(
                    f"fractionAlong of segment {node.component.id} is '{text}', which is not a "
                    "number from 0 to 1",
                    item.component,
                    "fractionAlong",
                    "0 is the proximal end of the parent, 1 its distal end",
                )
            return min(max(value, 0.0), 1.0)
        return 1.0


def _point(node: Node) -> Point:
    x, y, z, diameter = (
        node.values.get(name, 0.0) * MICRON for name in ("x", "y", "z", "diameter")
    )
    return Point(x, y, z, diameter)
