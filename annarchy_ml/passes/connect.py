"""Runs the ``Structure`` of connections and inputs: attached instances and event connections.

Before: ``<connection preCellId="../pop/0/cell" .../>`` with the structure of its type (``With``,
``EventConnection``, ``Tunnel``, ``ForEach``). After: one more synapse on the target, and one more
row in the columns of an event connection. What is the same for all connections of a projection is
found once.
"""

from __future__ import annotations

from dataclasses import dataclass

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.expr import Symbol, evaluate, free_symbols
from annarchy_ml.model.component import Component, ComponentType, StructureElement
from annarchy_ml.model.instance import (
    Attachment,
    Container,
    Group,
    Link,
    NetworkInstance,
    Node,
    Wires,
)
from annarchy_ml.passes.instantiate import TreeBuilder, first_port, sent_ports, signature
from annarchy_ml.passes.places import Place, PlaceError, PlaceFinder

Scope = dict[str, Place]
Route = tuple[Group | None, Wires | None, list[StructureElement]]


@dataclass(frozen=True, slots=True)
class _Names:
    """What an ``EventConnection`` element calls its parts."""

    source: str
    target: str
    delay: str
    varying: tuple[str, ...]  # attributes whose values decide how a connection is made


def _names_of(element: StructureElement) -> _Names:
    roles = ("receiverContainer", "receiver", "sourcePort", "targetPort")
    names = [element.get(role) for role in roles]
    return _Names(
        element.get("from"),
        element.get("to"),
        element.get("delay"),
        tuple(name for name in names if name),
    )


class Connector:
    """Attaches and wires the instances of one network."""

    def __init__(
        self,
        network: NetworkInstance,
        trees: TreeBuilder,
        finder: PlaceFinder,
        report: Diagnostics,
    ) -> None:
        self.network = network
        self.trees = trees
        self.finder = finder
        self.report = report
        self._attached: dict[tuple[object, ...], Group] = {}
        self._wires: dict[tuple[object, ...], Wires] = {}
        self._routes: dict[tuple[object, ...], Route] = {}
        self._names: dict[int, _Names] = {}

    def run(
        self, container: Container, elements: tuple[StructureElement, ...], scope: Scope
    ) -> None:
        """Connections and inputs that a container's ``Structure`` asks for."""
        for element in elements:
            try:
                self._run_element(container, element, scope)
            except PlaceError as fault:
                if fault.code:
                    place = locate(container.component.origin, fault.attribute)
                    self.report.error(fault.code, str(fault), place, hint=fault.hint)
                return

    def _run_element(self, container: Container, element: StructureElement, scope: Scope) -> None:
        kind = element.kind
        if kind == "With":
            scope[element.get("as")] = self.finder.with_target(container, element)
        elif kind == "EventConnection":
            self._event_connection(container, element, scope)
        elif kind == "Tunnel":
            self._tunnel(container, element, scope)
        elif kind == "ForEach":
            for place in self.finder.instances(container, element.get("instances")):
                scope[element.get("as")] = place
                self.run(container, element.children, scope)
        elif kind in ("Choose", "If"):
            self._choose(container, element, scope)

    def _choose(self, container: Container, element: StructureElement, scope: Scope) -> None:
        """Runs the first branch whose test, over the component's own values, holds."""
        branches = element.children if element.kind == "Choose" else (element,)
        for branch in branches:
            if branch.value is None or evaluate(branch.value, container.values) != 0.0:
                self.run(container, branch.children, scope)
                return

    def _event_connection(
        self, container: Container, element: StructureElement, scope: Scope
    ) -> None:
        """One event connection; what is the same for many of a projection is found once."""
        names = self._names.get(id(element))
        if names is None:
            names = self._names[id(element)] = _names_of(element)
        source, target = scope[names.source], scope[names.target]
        attribute = container.component.attributes.get
        key = (
            id(container.parent),
            id(element),
            id(source[0]),
            id(source[2]),
            id(target[0]),
            id(target[2]),
            *[attribute(name, "") for name in names.varying],
        )
        known = self._routes.get(key)
        if known is None:
            self._routes[key] = self._first_connection(container, element, source, target)
            return
        group, wires, assigns = known
        index = target[1]
        if group is not None:
            index = self._hang(group, index)
            if assigns:
                set_properties(group, index, assigns, container.values, self.report)
        if wires is not None:
            wires.sources.append(source[1])
            wires.targets.append(index)
            wires.delays.append(container.values.get(names.delay, 0.0))

    def _first_connection(
        self, container: Container, element: StructureElement, source: Place, target: Place
    ) -> Route:
        """Makes the first connection of its kind, and says how the next ones are made."""
        attributes = container.component.attributes
        scope_target = target
        delay = container.values.get(element.get("delay"), 0.0) if element.get("delay") else 0.0
        receiver = element.get("receiver")
        component = self.trees.needed(container.component, receiver) if receiver else None
        if receiver and component is None:
            return None, None, []
        if component is not None:
            slot = attributes.get(element.get("receiverContainer"), "")
            target = self.attach(target, component, slot, container)
            assigns = [item for item in element.children if item.kind == "Assign"]
            set_properties(target[0], target[1], assigns, container.values, self.report)
        else:
            assigns = []
        wires = None
        out = attributes.get(element.get("sourcePort"), "") or first_port(source[2], "out")
        into = attributes.get(element.get("targetPort"), "") or first_port(target[2], "in")
        if out and into:
            _check_port(container, element, source[2], out, "out")
            if source[:2] != scope_target[:2] and out not in sent_ports(source[2]):
                self._warn_silent(container, source[2])
            _check_port(container, element, target[2], into, "in")
            wires = self.wire(source, out, target, into, delay)
            self._note(container.parent, wires)
        return (target[0] if component is not None else None, wires, assigns)

    def _note(self, owner: Container | None, wires: Wires) -> None:
        """Where the connections of a projection begin; they follow each other."""
        if owner is not None and owner.component.id:
            begin = len(wires.sources) - 1
            self.network.links.append(Link(owner.component.id, wires, begin, owner=owner))

    def _warn_silent(self, container: Container, node: Node) -> None:
        self.report.warning(
            "port.unknown",
            f"{node.type.name} '{node.component.id}' never sends an event, so this connection "
            "never does anything",
            locate(container.component.origin),
            hint="use a cell type whose definition has an EventOut",
        )

    def wire(self, source: Place, out: str, target: Place, into: str, delay: float) -> Wires:
        """Adds one event connection."""
        key = (id(source[0]), id(source[2]), out, id(target[0]), id(target[2]), into)
        wires = self._wires.get(key)
        if wires is None:
            wires = Wires(source[0], source[2], out, target[0], target[2], into)
            self._wires[key] = wires
            self.network.wires.append(wires)
        wires.sources.append(source[1])
        wires.targets.append(target[1])
        wires.delays.append(delay)
        return wires

    def _tunnel(self, container: Container, element: StructureElement, scope: Scope) -> None:
        """Two attached instances that see each other as ``peer``."""
        places = [scope[element.get(end)] for end in ("endA", "endB")]
        components = []
        for role in ("componentA", "componentB"):
            component = self.trees.needed(container.component, element.get(role))
            if component is None:
                return
            components.append(component)
        ends = []
        for own, other in ((0, 1), (1, 0)):
            far = (id(places[other][0]), id(places[other][2]), components[other].id)
            ends.append(
                self.attach(places[own], components[own], "", container, element.get("name"), far)
            )
        for mine, far_end in ((ends[0], ends[1]), (ends[1], ends[0])):
            mine[0].peers[mine[1]] = (far_end[0], far_end[1])
            assigns = [item for item in element.children if item.kind == "Assign"]
            set_properties(mine[0], mine[1], assigns, container.values, self.report)

    def attach(
        self,
        place: Place,
        component: Component,
        slot: str,
        container: Container,
        peer: str = "",
        far: tuple[object, ...] = (),
    ) -> Place:
        """A new instance of ``component`` on the attachments slot of a place."""
        host, index, node = place
        tree = self.trees.tree(component)
        slot = _slot_on(node, tree, slot)
        key = (id(host), id(node), slot, peer, far, component.id, signature(tree))
        group = self._attached.get(key)
        if group is None:
            label = f"{host.name}/{node.path}" if node.path else host.name
            group = Group(f"{label}/{slot}:{component.id}", tree)
            group.attachment = Attachment(host, node, slot)
            group.inside = host.inside
            group.around = host.around
            tree.peer = peer
            self._attached[key] = group
            self.network.groups.append(group)
        own = self._hang(group, index)
        if peer:
            group.peers.append((group, 0))
        return group, own, group.root

    def _hang(self, group: Group, index: int) -> int:
        """One more instance of an attached group on host instance ``index``."""
        group.hosts.append(index)
        group.size += 1
        return group.size - 1


def slot_for(host: ComponentType, attached: ComponentType, wanted: str = "") -> str:
    """The slot of a cell that takes a synapse or input of a type; empty if it takes none."""
    slots = [item for item in host.slots if item.kind == "attachments"]
    if wanted and any(item.name == wanted for item in slots):
        return wanted
    fitting = [item for item in slots if item.type in attached.ancestors]
    if len(slots) == 1 and (fitting or not wanted):
        return slots[0].name
    return fitting[0].name if fitting else ""


def _slot_on(node: Node, tree: Node, wanted: str) -> str:
    slot = slot_for(node.type, tree.type, wanted)
    if slot:
        return slot
    raise PlaceError(
        "attachment.none",
        f"{node.type.name} '{node.component.id}' takes no synapses or inputs, so "
        f"'{tree.component.id}' ({tree.type.name}) cannot act on it",
        "",
        "use a cell type that has an Attachments element",
    )


def _check_port(
    container: Container,
    element: StructureElement,
    node: Node,
    port: str,
    direction: str,
) -> None:
    names = [item.name for item in node.type.ports if item.direction == direction]
    if port in names:
        return
    attribute = element.get("sourcePort" if direction == "out" else "targetPort")
    raise PlaceError(
        "port.unknown",
        f"{node.type.name} '{node.component.id}' has no {direction}-port '{port}'",
        attribute,
        f"it has: {', '.join(names)}" if names else f"it has no {direction}-ports at all",
    )


def set_properties(
    group: Group,
    index: int,
    assigns: list[StructureElement],
    scope: dict[str, float],
    report: Diagnostics,
) -> None:
    """Sets properties of one instance from expressions over its surroundings."""
    for item in assigns:
        name = item.get("property") or item.get("exposeAs")
        assert item.value is not None
        value = scope.get(item.value.name) if isinstance(item.value, Symbol) else None
        missing = free_symbols(item.value) - scope.keys() if value is None else frozenset()
        if missing:
            text = f"{', '.join(sorted(missing))} has no value here"
            report.error("expr.unknown-name", text, locate(item.origin, "value"))
            continue
        column = group.properties.setdefault(name, [])
        default = group.root.values.get(name, 0.0)
        column.extend([default] * (index - len(column)))
        column.append(evaluate(item.value, scope) if value is None else value)
