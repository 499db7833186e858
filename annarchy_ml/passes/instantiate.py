"""Builds the instance tree of a component: its children, referenced children, inner event links.

Before: ``<cell id="hh">...`` with slots, references and ``Structure``. After: a tree of nodes in
the order in which they step, each with its values, and the event connections between nodes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from annarchy_ml.diagnostics import Diagnostics, did_you_mean
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.model.component import Component, ComponentType, StructureElement
from annarchy_ml.model.dynamics import Dynamics, EventOut, OnCondition, OnEvent
from annarchy_ml.model.instance import Node
from annarchy_ml.passes.cell_properties import DEFAULTS
from annarchy_ml.passes.ends import EndCheck
from annarchy_ml.passes.named_components import NamedComponents
from annarchy_ml.passes.resolve import TypeTable
from annarchy_ml.passes.values import ValueTable

MAX_DEPTH = 60


def holds_instances(component: Component, types: TypeTable) -> bool:
    """Whether a component is a place for instances (a network, a population), not a part."""
    found = types.get(component.type)
    if found is None:
        return False
    if found.has_dynamics:
        return any(holds_instances(child, types) for child in component.children)
    if any(item.kind in ("MultiInstantiate", "ChildInstance") for item in found.structure or ()):
        return True
    return any(holds_instances(child, types) for child in component.children)


class TreeBuilder:
    """Builds trees; faults are collected.

    Attributes:
        named: finds what structures name.
    """

    def __init__(self, values: ValueTable, report: Diagnostics) -> None:
        self.values = values
        self.types = values.types
        self.report = report
        self.named = NamedComponents(values, report)
        self._trees: dict[tuple[int, str], Node] = {}
        self._ends = EndCheck(values.types, report)
        self._labels: dict[int, set[str]] = {}  # of the children of nodes that are being made

    def tree(self, component: Component) -> Node:
        """The tree of a component; the same component gives the same tree."""
        key = (id(component), "")
        found = self._trees.get(key)
        if found is None:
            found = self._node(component, None, component.id or component.tag, "", 0)
            for node in found.walk():
                self._link(node)
            self._trees[key] = found
        return found

    def _node(
        self, component: Component, parent: Node | None, label: str, slot: str, depth: int
    ) -> Node:
        found = self.types.get(component.type)
        assert found is not None
        node = Node(found, component, label, slot, dict(self.values.of(component)), parent)
        if depth > MAX_DEPTH:
            self.report.error(
                "component.wrong-type",
                f"the components inside '{component.id}' contain one another without end",
                locate(component.origin),
            )
            return node
        for child, name in self._single_children(component, found):
            self._add(node, child, name, depth)
        for element in found.structure or ():
            self._structural_child(node, element, depth)
        for name, child in self._list_children(component, found):
            self._add(node, child, name, depth)
        self._labels.pop(id(node), None)
        return node

    def _add(self, node: Node, child: Component, slot: str, depth: int) -> None:
        if self.types.get(child.type) is None:
            return
        label = child.id or slot
        taken = self._labels.setdefault(id(node), set())
        if label in taken:
            count = 1
            while f"{label}:{count}" in taken:
                count += 1
            label = f"{label}:{count}"
        made = self._node(child, node, label, slot, depth + 1)
        made.outside = (
            bool(child.id)
            and node.component.attributes.get(slot) == child.id
            and any(item.name == slot and item.kind == "child" for item in node.type.slots)
        )
        node.children.append(made)
        taken.add(label)

    def _single_children(
        self, component: Component, found: ComponentType
    ) -> list[tuple[Component, str]]:
        result: list[tuple[Component, str]] = []
        for slot in found.slots:
            if slot.kind != "child":
                continue
            inside = [
                child
                for child in component.children
                if child.slot == slot.name and not holds_instances(child, self.types)
            ]
            named = component.attributes.get(slot.name, "")
            if not inside and named:
                outside = self.values.components.by_id.get(named)
                if outside is None or not self.types.extends(outside.type, slot.type):
                    self._no_component(component, slot.name, named)
                else:
                    inside = [outside]
            if slot.type in DEFAULTS:
                result.extend((child, slot.name) for child in inside)  # one for each part of a cell
                continue
            if len(inside) > 1:
                self.report.error(
                    "element.unknown",
                    f"{found.name} has one place for <{slot.name}>, but {len(inside)} are given",
                    locate(inside[1].origin),
                )
            result.extend((child, slot.name) for child in inside[:1])
        return result

    def _list_children(
        self, component: Component, found: ComponentType
    ) -> list[tuple[str, Component]]:
        lists = {slot.name for slot in found.slots if slot.kind == "children"}
        return [
            (child.slot, child)
            for child in component.children
            if child.slot in lists and not holds_instances(child, self.types)
        ]

    def _no_component(self, component: Component, attribute: str, name: str) -> None:
        self.report.error(
            "component.unknown",
            f"{component.type} '{component.id}' takes its {attribute} from '{name}', which is "
            "not defined",
            locate(component.origin, attribute),
            hint=did_you_mean(name, self.values.components.by_id),
        )

    def _structural_child(self, node: Node, element: StructureElement, depth: int) -> None:
        if element.kind not in ("ChildInstance", "MultiInstantiate"):
            return
        name = element.get("componentType") or element.get("component")
        target = self.named.instantiated(node.component, element)
        if target is None:
            return
        if element.kind == "ChildInstance":
            self._add(node, target, name, depth)
            return
        for _ in range(round(node.values.get(element.get("number"), 0.0))):
            self._add(node, target, name, depth)

    def _link(self, node: Node) -> None:
        """Event connections that the node's ``Structure`` makes inside the tree."""
        names: dict[str, Node] = {}
        outer: set[str] = set()  # what stands for the component that an attached one acts on
        for element in node.type.structure or ():
            if element.kind == "With":
                found = self._with(node, element)
                if found is not None:
                    names[element.get("as")] = found
                elif element.get("instance") == "parent":
                    outer.add(element.get("as"))
            elif element.kind == "EventConnection" and not element.get("receiver"):
                source = names.get(element.get("from"))
                target = names.get(element.get("to"))
                if target is not None and (source is not None or element.get("from") in outer):
                    self._connect(node, element, source, target)
            elif element.kind not in ("ChildInstance", "MultiInstantiate"):
                self._ends.not_supported(node.component, element)

    def _with(self, node: Node, element: StructureElement) -> Node | None:
        name = element.get("instance")
        if name in ("this", "parent"):
            return node if name == "this" else node.parent
        path = node.component.attributes.get(name, "")
        if not path:
            return None
        where = _near(node, path)
        if where is None:
            known = [child.component.id for child in node.children]
            text = f"'{path}' names no component near {node.type.name} '{node.component.id}'"
            hint = did_you_mean(path.rsplit("/", 1)[-1], known)
            self.report.error("path.unknown", text, locate(node.origin, name), hint=hint)
        return where

    def _connect(
        self, node: Node, element: StructureElement, source: Node | None, target: Node
    ) -> None:
        """One event connection inside the tree, or from what the tree hangs on."""
        attributes = node.component.attributes
        out = attributes.get(element.get("sourcePort") or " ", "")
        into = attributes.get(element.get("targetPort") or " ", "") or first_port(target, "in")
        if element.get("delay") and node.values.get(element.get("delay"), 0.0) > 0:
            self.report.error(
                "unsupported.construct",
                "an event connection with a delay inside a component is not supported",
                locate(node.origin),
                hint="put the delay on the connection between the cells",
            )
        if source is None:
            node.heard.append((out, target, into))
        elif into and (out := out or first_port(source, "out")):
            source.links.append((out, target, into))


def _near(node: Node, path: str) -> Node | None:
    """The part of a tree at a path from the parent of a node, or with ``./`` from itself."""
    where: Node | None = node if path.startswith("./") else node.parent
    for step in path.removeprefix("./").split("/"):
        where = where.step_to(step) if where is not None else None
    return where


POST = "post"
"""The in-port at which a synapse hears the cell on which it acts."""


def first_port(node: Node, direction: str, without: Collection[str] = ()) -> str:
    """Name of the port that a connection without one means; empty if there is none.

    As in jLEMS, a port with an action of its own (``OnEvent``, or an ``EventOut`` in the order of
    on-start, events, conditions, regimes) comes before those that are only declared.
    """
    declared = [port.name for port in node.type.ports if port.direction == direction]
    declared = [name for name in declared if name not in without]
    for name in _acting_ports(node.type.dynamics, direction):
        if name in declared:
            return name
    return declared[0] if declared else ""


def sent_ports(node: Node) -> frozenset[str]:
    """Names of the out-ports through which some action of a node sends."""
    return frozenset(_acting_ports(node.type.dynamics, "out"))


def heard_ports(node: Node) -> list[str]:
    """Names of the in-ports at which a node acts on events."""
    return list(_acting_ports(node.type.dynamics, "in"))


def _acting_ports(dynamics: Dynamics | None, direction: str) -> Iterator[str]:
    if dynamics is None:
        return
    if direction == "in":
        yield from (event.port for event in dynamics.events)
        return
    blocks = [dynamics.on_start]
    parts: tuple[OnEvent | OnCondition, ...] = (*dynamics.events, *dynamics.conditions)
    blocks += [item.actions for item in parts]
    for regime in dynamics.regimes:
        blocks.append(regime.on_entry)
        parts = (*regime.events, *regime.conditions)
        blocks += [item.actions for item in parts]
    for actions in blocks:
        yield from (item.port for item in actions if isinstance(item, EventOut))


def signature(node: Node) -> tuple[object, ...]:
    """What must be equal for two trees to share their equations (values may differ)."""
    texts = tuple(
        sorted(
            (reference.name, node.component.attributes[reference.name])
            for reference in node.type.references
            if reference.kind in ("text", "link") and reference.name in node.component.attributes
        )
    )
    return (
        node.type.name,
        node.label if node.parent is not None else "",
        node.slot if node.parent is not None else "",
        node.component.id if node.parent is not None else "",
        texts,
        tuple(signature(child) for child in node.children),
    )
