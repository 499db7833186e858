"""Morphologies as SWC files: points with a radius, each hanging on an earlier one.

Before: ``2 3 10.0 0.0 0.0 0.5 1`` (number, kind, x, y, z, radius [um], parent). After: the elements
of a NeuroML ``morphology`` with the name of the file, whose segments have the numbers of the points
at which they end. Cannon et al. 1998 (doi:10.1016/S0165-0270(98)00091-0); three points for a soma:
neuromorpho.org.

A soma of one point, or of three by that convention, is a sphere. A neurite that hangs on the soma
begins at its own first point; one of a single point begins at the soma's, as thick as itself.
"""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass

from annarchy_ml.diagnostics import Diagnostics, Span
from annarchy_ml.importers.neuroml.xml_reader import Element

SUFFIX = ".swc"
SOMA = 1
GROUPS = {SOMA: "soma_group", 2: "axon_group", 3: "basal_group", 4: "apical_group"}
_DENDRITES = (3, 4)
_COLUMNS = "number, kind, x, y, z, radius, parent"
_NEAR = 0.1
"""How far a point may lie off the convention of three points, by the radius of the soma."""


@dataclass(frozen=True, slots=True)
class _Point:
    number: int
    kind: int
    place: tuple[float, float, float]
    radius: float
    parent: int
    line: int


def read_swc(text: str, shown: str, report: Diagnostics) -> Element:
    """A document that holds one morphology, without segments after a reported fault.

    Args:
        text: of the file.
        shown: its name in messages.
        report: collects faults, each with its line.
    """
    reader = _Reader(shown, report)
    points = reader.points(text)
    name = re.sub(r"\W", "_", os.path.splitext(os.path.basename(shown))[0])
    root = Element("neuroml", {"id": name}, [], None)
    if points is not None and reader.is_tree(points):
        root.children.append(_Shape(points).element(name, root))
    else:
        _add(root, "morphology", id=name)
    return root


class _Reader:
    """Reads and checks the points of a file."""

    def __init__(self, shown: str, report: Diagnostics) -> None:
        self.shown = shown
        self.report = report
        self.sound = True
        self.hooks: set[int] = set()  # points that others hang on

    def _fault(self, line: int, message: str, hint: str) -> None:
        self.sound = False
        self.report.error("morphology.swc", message, Span(self.shown, line, 1), hint=hint)

    def points(self, text: str) -> dict[int, _Point] | None:
        """All points by number, in the order of the file; None after a fault."""
        found: dict[int, _Point] = {}
        for line, row in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
            words = row.split("#", 1)[0].split()
            point = self._point(words, line) if words else None
            if point is None:
                continue
            if point.number in found:
                self._fault(line, f"point {point.number} stands twice", "number it anew")
            found[point.number] = point
        if not found and self.sound:
            self._fault(1, "there are no points", f"write a line for each: {_COLUMNS}")
        return found if self.sound else None

    def _point(self, words: list[str], line: int) -> _Point | None:
        try:
            number, kind, parent = (_whole(words[place]) for place in (0, 1, 6))
            x, y, z, radius = map(float, words[2:6])
            if number < 0 or not all(map(math.isfinite, (x, y, z, radius))):
                raise ValueError
        except (ValueError, IndexError):
            message = f"'{' '.join(words)[:60]}' is no point of a morphology"
            self._fault(line, message, f"write seven numbers: {_COLUMNS}")
            return None
        if not radius > 0.0:
            hint = "give it a radius above 0, in micrometers"
            self._fault(line, f"point {number} has no extent: its radius is {radius:g}", hint)
        return _Point(number, kind, (x, y, z), radius, parent, line)

    def is_tree(self, points: dict[int, _Point]) -> bool:
        """Whether all points hang on one another, apart from their parents."""
        roots = [item for item in points.values() if item.parent < 0]
        for item in roots[1:]:
            message = f"point {item.number} has no parent, and neither has point {roots[0].number}"
            self._fault(item.line, message, "a cell is one tree: let it hang on another point")
        if len(points) == 1 and roots and roots[0].kind != SOMA:
            hint = f"give it another point, or make it a soma (kind {SOMA})"
            self._fault(roots[0].line, f"point {roots[0].number} alone has no extent", hint)
        self.hooks = {item.parent for item in points.values()}
        reached: set[int] = set()
        for item in points.values():
            self._follow(item, points, reached)
        return self.sound

    def _follow(self, item: _Point, points: dict[int, _Point], reached: set[int]) -> None:
        """Goes from a point towards the root, as far as nobody has been."""
        path: set[int] = set()
        while item.number not in reached:
            reached.add(item.number)
            path.add(item.number)
            if item.parent < 0:
                return
            above = points.get(item.parent)
            if above is None:
                message = f"the parent of point {item.number} is {item.parent}, which is no point"
                self._fault(item.line, message, "name the number of another line, or -1")
                return
            if above.number in path:
                message = f"point {item.number} hangs on itself: its parents lead in a circle"
                self._fault(item.line, message, "let one of them hang on the soma")
                return
            begins = above.kind == SOMA != item.kind and item.number in self.hooks
            if above.place == item.place and not begins:
                message = f"point {item.number} lies where its parent {above.number} does"
                self._fault(item.line, message, "remove one of them")
            item = above


class _Shape:
    """The segments of a tree of points."""

    def __init__(self, points: dict[int, _Point]) -> None:
        self.points = points
        self.children: dict[int, list[_Point]] = {}
        for item in points.values():
            self.children.setdefault(item.parent, []).append(item)
        for below in self.children.values():
            below.sort(key=lambda item: item.kind != SOMA)  # the first segment is one of the soma
        self.root = next(item for item in points.values() if item.parent < 0)
        self.sphere = self._is_sphere()

    def _is_sphere(self) -> bool:
        """Whether the soma is a sphere about the root."""
        soma = [item for item in self.points.values() if item.kind == SOMA]
        if self.root.kind != SOMA or len(soma) not in (1, 3):
            return self.root.kind == SOMA and len(soma) == 1
        if len(soma) == 1:
            return True
        off = [
            sum((a - b) ** 2 for a, b in zip(item.place, self.root.place, strict=True)) ** 0.5
            for item in soma
            if item is not self.root
        ]
        radius = self.root.radius
        return all(abs(away - radius) <= _NEAR * radius for away in off) and all(
            item.parent == self.root.number for item in soma if item is not self.root
        )

    def element(self, name: str, parent: Element) -> Element:
        """The morphology with its segments and groups."""
        made = Element("morphology", {"id": name}, [], None, parent=parent)
        kinds: dict[int, list[int]] = {}
        for item in self._parents_first():
            segment = self._segment(item, made)
            if segment is not None:
                made.children.append(segment)
                kinds.setdefault(item.kind, []).append(item.number)
        for kind, members in sorted(kinds.items()):
            group = _group(GROUPS.get(kind, f"kind_{kind}_group"), made)
            for number in members:
                _add(group, "member", segment=str(number))
        dendrites = [GROUPS[kind] for kind in _DENDRITES if kind in kinds]
        if dendrites:
            group = _group("dendrite_group", made)
            for other in dendrites:
                _add(group, "include", segmentGroup=other)
        return made

    def _parents_first(self) -> list[_Point]:
        found = [self.root]
        for item in found:
            found.extend(self.children.get(item.number, ()))
        return found

    def _segment(self, item: _Point, parent: Element) -> Element | None:
        """The segment that ends at a point; None where none does."""
        above = self.points.get(item.parent)
        if above is None:
            return self._first(item, parent)
        if self.sphere and item.kind == SOMA:
            return None
        begins_here = above.kind == SOMA != item.kind
        if begins_here and item.number in self.children:
            return None
        begin, thick = above, item.radius if begins_here else above.radius
        while above is not None and not self._ends_a_segment(above):
            above = self.points.get(above.parent)
        made = Element("segment", {"id": str(item.number)}, [], None, parent=parent)
        if above is not None:
            along = "0.5" if self.sphere and above is self.root else "1"
            _add(made, "parent", segment=str(above.number), fractionAlong=along)
        elif parent.children:  # beside the first one, at the point where that begins
            first = parent.children[0].attributes["id"]
            _add(made, "parent", segment=first, fractionAlong="0")
        _end(made, "proximal", begin, thick)
        _end(made, "distal", item, item.radius)
        return made

    def _ends_a_segment(self, item: _Point) -> bool:
        """Whether a point has a segment: not the first one of a cable, nor of a neurite."""
        above = self.points.get(item.parent)
        if above is None:
            return self.sphere
        if self.sphere and item.kind == SOMA:
            return False
        return not (above.kind == SOMA != item.kind and item.number in self.children)

    def _first(self, item: _Point, parent: Element) -> Element | None:
        """The soma, if it is a sphere."""
        if not self.sphere:
            return None
        made = Element("segment", {"id": str(item.number)}, [], None, parent=parent)
        _end(made, "proximal", item, item.radius)
        _end(made, "distal", item, item.radius)
        return made


def _whole(word: str) -> int:
    """A whole number, also one that is written as ``1.0``.

    Raises:
        ValueError: If it is none.
    """
    value = float(word)
    if not value.is_integer():
        raise ValueError(word)
    return int(value)


def _add(parent: Element, tag: str, **attributes: str) -> None:
    parent.children.append(Element(tag, attributes, [], None, parent=parent))


def _end(parent: Element, tag: str, point: _Point, radius: float) -> None:
    x, y, z = map(repr, point.place)
    _add(parent, tag, x=x, y=y, z=z, diameter=repr(2.0 * radius))


def _group(name: str, parent: Element) -> Element:
    made = Element("segmentGroup", {"id": name}, [], None, parent=parent)
    parent.children.append(made)
    return made
