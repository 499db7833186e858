"""Reads segment groups: members, includes, paths and subtrees to sets of segments.

A group ``all`` of every segment is there even if the file has none. Groups that include themselves,
and names of what is not there, are reported. A path goes from a segment to one of those beyond it,
both included; a subtree is a segment with all beyond it, or all up to it from the root.
"""

from __future__ import annotations

from annarchy_ml.diagnostics import Diagnostics, did_you_mean
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.model.component import Component
from annarchy_ml.model.instance import Node
from annarchy_ml.model.morphology import Gradient, Segment, SegmentGroup

ALL = "all"
UNBRANCHED = "sao864921383"
"""NeuroLex id of groups that are one unbranched cable each."""
DIVISIONS = "numberInternalDivisions"
MOST_DIVISIONS = 100_000


class GroupReader:
    """Reads the groups of one cell."""

    def __init__(self, segments: dict[int, Segment], report: Diagnostics) -> None:
        self.segments = segments
        self.report = report
        self.sound = True
        self._nodes: dict[str, Node] = {}
        self._done: dict[str, tuple[int, ...]] = {}
        self._open: list[str] = []
        self._children: dict[int, list[int]] = {}
        for item in segments.values():
            if item.parent is not None:
                self._children.setdefault(item.parent, []).append(item.id)

    def read(self, nodes: list[Node]) -> dict[str, SegmentGroup] | None:
        """All groups by name; None after a reported fault."""
        for node in nodes:
            if node.component.id in self._nodes:
                message = f"segmentGroup '{node.component.id}' stands twice"
                self._fault(message, node.component, hint="put all of it into one, or rename one")
                continue
            self._nodes[node.component.id] = node
        groups = {
            name: SegmentGroup(
                name,
                self._members(name),
                node.component.attributes.get("neuroLexId", "") == UNBRANCHED,
                self._divisions(node.component),
                tuple(self._gradient(item) for item in node.list_of("inhomogeneousParameter")),
                node.origin,
            )
            for name, node in self._nodes.items()
        }
        groups.setdefault(ALL, SegmentGroup(ALL, tuple(self.segments)))
        return groups if self.sound else None

    def _fault(
        self, message: str, component: Component, attribute: str = "id", hint: str = ""
    ) -> None:
        self.sound = False
        place = locate(component.origin, attribute)
        self.report.error("morphology.group", message, place, hint=hint)

    def _members(self, name: str) -> tuple[int, ...]:
        known = self._done.get(name)
        if known is not None:
            return known
        node = self._nodes[name]
        if name in self._open:
            chain = " includes ".join(f"'{item}'" for item in (*self._open, name))
            message = f"segmentGroups include one another: {chain}"
            self._fault(message, node.component, hint="remove one of these includes")
            return ()
        self._open.append(name)
        found: list[int] = []
        for item in node.children:
            found.extend(self._part(item))
        self._open.pop()
        result = tuple(dict.fromkeys(found))
        self._done[name] = result
        return result

    def _part(self, item: Node) -> tuple[int, ...]:
        component = item.component
        if "member" in item.type.ancestors:
            number = self._segment(component)
            return () if number is None else (number,)
        if "include" in item.type.ancestors:
            return self._included(component)
        if {"path", "subTree"}.isdisjoint(item.type.ancestors):
            return ()
        ends = {end.slot: self._segment(end.component) for end in item.children}
        if any(number is None for number in ends.values()):
            return ()
        if "path" in item.type.ancestors:
            return self._path(component, ends.get("from"), ends.get("to"))
        return self._subtree(component, ends)

    def _included(self, component: Component) -> tuple[int, ...]:
        other = component.attributes.get("segmentGroup", "")
        if other in self._nodes:
            return self._members(other)
        if other == ALL:
            return tuple(self.segments)
        self._fault(
            f"there is no segmentGroup '{other}' to include",
            component,
            "segmentGroup",
            did_you_mean(other, self._nodes) or f"there are: {', '.join(list(self._nodes)[:12])}",
        )
        return ()

    def _segment(self, component: Component) -> int | None:
        text = component.attributes.get("segment", "").strip()
        if text.isdecimal() and int(text) in self.segments:
            return int(text)
        self._fault(
            f"<{component.tag}> names segment '{text}', which the cell does not have",
            component,
            "segment",
            f"its segments: {', '.join(map(str, list(self.segments)[:12]))}",
        )
        return None

    def _path(self, component: Component, begin: int | None, end: int | None) -> tuple[int, ...]:
        """The segments from one to another one beyond it."""
        back: list[int] = []
        where = end
        while where is not None:
            back.append(where)
            if where == begin:
                return tuple(reversed(back))
            where = self.segments[where].parent
        if begin is None and end is not None:
            return tuple(reversed(back))
        if begin is not None and end is not None:
            self._fault(
                f"no path leads from segment {begin} to segment {end}: it does not lie beyond it",
                component,
                "",
                "name the end that is nearer to the soma in <from>",
            )
        elif begin is not None:
            self._fault("a path needs <to>", component, "", "a subTree has all beyond <from>")
        return ()

    def _subtree(self, component: Component, ends: dict[str, int | None]) -> tuple[int, ...]:
        if ends.get("to") is not None:
            return self._path(component, None, ends["to"])
        begin = ends.get("from")
        if begin is None:
            hint = 'write <from segment="1"/> for all that lies beyond segment 1'
            self._fault("a subTree needs <from> or <to>", component, "", hint)
            return ()
        found: list[int] = []
        waiting = [begin]
        while waiting:
            number = waiting.pop()
            found.append(number)
            waiting.extend(reversed(self._children.get(number, [])))
        return tuple(found)

    def _divisions(self, component: Component) -> int:
        text = component.attributes.get(DIVISIONS, "").strip()
        if not text:
            return 1
        if text.isdecimal() and 1 <= int(text) <= MOST_DIVISIONS:
            return int(text)
        self._fault(
            f"{DIVISIONS} of segmentGroup '{component.id}' is '{text}', which is not a whole "
            f"number from 1 to {MOST_DIVISIONS}",
            component,
            hint="it says into how many compartments the cable is cut",
        )
        return 1

    def _gradient(self, node: Node) -> Gradient:
        attributes = node.component.attributes
        return Gradient(
            node.component.id,
            attributes.get("variable", ""),
            attributes.get("metric", ""),
            self._number(node, "proximal", "translationStart"),
            self._number(node, "distal", "normalizationEnd"),
            node.origin,
        )

    def _number(self, node: Node, slot: str, name: str) -> float | None:
        for item in node.children:
            text = item.component.attributes.get(name, "") if item.slot == slot else ""
            if not text:
                continue
            try:
                return float(text)
            except ValueError:
                message = f"{name} is '{text}', which is no number"
                self._fault(message, item.component, name, "write 0 or 1")
        return None
