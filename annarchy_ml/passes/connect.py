"""Runs the ``Structure`` of connections and inputs: attached instances and event connections.

Before: ``<connection preCellId="../pop/0/cell" .../>`` with the structure of its type (``With``,
``EventConnection``, ``Tunnel``, ``ForEach``). After: one more synapse on the target, and one more
row in the columns of an event connection. What is the same for all connections of a projection is
found once.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from annarchy_ml.diagnostics import Diagnostics, did_you_mean
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.expr import Symbol, evaluate, free_symbols
from annarchy_ml.expr.traverse import is_stochastic
from annarchy_ml.model.component import Component, ComponentType, StructureElement
from annarchy_ml.model.instance import (
    Attachment,
    Container,
    Group,
    NetworkInstance,
    Node,
    Wires,
)
from annarchy_ml.passes.ends import EndCheck
from annarchy_ml.passes.instantiate import TreeBuilder, first_port, sent_ports, signature
from annarchy_ml.passes.linking import Label, Linker
from annarchy_ml.passes.places import Place, PlaceError, PlaceFinder

Scope = dict[str, Place]
Route = tuple[Group | None, Wires | None, list[StructureElement], Label]


@dataclass(frozen=True, slots=True)
class EventNames:
    """What an ``EventConnection`` element calls its parts."""

    source: str
    target: str
    delay: str
    varying: tuple[str, ...]  # attributes whose values decide how a connection is made


def _names_of(element: StructureElement) -> EventNames:
    roles = ("receiverContainer", "receiver", "sourcePort", "targetPort")
    names = [element.get(role) for role in roles]
    return EventNames(
        element.get("from"),
        element.get("to"),
        element.get("delay"),
        tuple(name for name in names if name),
    )


def route_key(
    parent: Container | None,
    element: StructureElement,
    source: Place,
    target: Place,
    texts: tuple[str, ...],
) -> tuple[object, ...]:
    """What is the same for all connections that are made in the same way."""
    ends = (id(source[0]), id(source[2]), id(target[0]), id(target[2]))
    return (id(parent), id(element), *ends, *texts)


class Connector:
    """Attaches and wires the instances of one network.

    Attributes:
        routes: how connections are made, by `route_key`.
    """

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
        self.routes: dict[tuple[object, ...], Route] = {}
        self._names: dict[int, EventNames] = {}
        self.ends = EndCheck(trees.types, report)
        self.linker = Linker(network.links)

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
        elif kind in ("Choose", "If", "When"):
            self._choose(container, element, scope)
        else:
            self.ends.not_supported(container.component, element)

    def _choose(self, container: Container, element: StructureElement, scope: Scope) -> None:
        """Runs the first branch whose test, over the component's own values, holds."""
        branches = element.children if element.kind == "Choose" else (element,)
        for branch in branches:
            if branch.value is None or evaluate(branch.value, container.values) != 0.0:
                self.run(container, branch.children, scope)
                return

    def names(self, element: StructureElement) -> EventNames:
        """What an event connection calls its parts."""
        names = self._names.get(id(element))
        if names is None:
            names = self._names[id(element)] = _names_of(element)
        return names

    def _event_connection(
        self, container: Container, element: StructureElement, scope: Scope
    ) -> None:
        """One event connection; what is the same for many of a projection is found once."""
        names = self.names(element)
        source, target = scope[names.source], scope[names.target]
        attribute = container.component.attributes.get
        texts = tuple(attribute(name, "") for name in names.varying)
        key = route_key(container.parent, element, source, target, texts)
        known = self.routes.get(key)
        if known is None:
            known = self.routes[key] = self.route(container, element, source, target)
        group, wires, assigns, label = known
        index = target[1]
        if group is not None:
            index = _hang(group, index)
            if assigns:
                set_properties(group, index, assigns, container.values, self.report)
        if wires is not None:
            self.linker.follow(label, wires)
            wires.sources.append(source[1])
            wires.targets.append(index)
            wires.delays.append(container.values.get(names.delay, 0.0))

    def route(
        self, container: Container, element: StructureElement, source: Place, target: Place
    ) -> Route:
        """How connections of one kind are made: what is attached, what is wired, what is set."""
        self.ends.populations(container, element, ("from", "to"))
        attributes = container.component.attributes
        label = self.linker.label(container, element)
        scope_target = target
        receiver = element.get("receiver")
        component = self.trees.named.needed(container.component, receiver) if receiver else None
        if receiver and component is None:
            return None, None, [], label
        assigns: list[StructureElement] = []
        if component is not None:
            group = self._attached_named(target, component, element, container)
            target = (group, 0, group.root)
            assigns = [item for item in element.children if item.kind == "Assign"]
        wires = None
        out = attributes.get(element.get("sourcePort"), "") or first_port(source[2], "out")
        into = attributes.get(element.get("targetPort"), "") or first_port(target[2], "in")
        if out and into and not _is_input_on_cable(container.type, element, source[0]):
            _check_port(container, element, source[2], out, "out")
            if source[:2] != scope_target[:2] and out not in sent_ports(source[2]):
                self.ends.warn_silent(container, source[2])
            _check_port(container, element, target[2], into, "in")
            wires = self._wires_between(source, out, target, into)
        return (target[0] if component is not None else None, wires, assigns, label)

    def _attached_named(
        self, place: Place, component: Component, element: StructureElement, container: Container
    ) -> Group:
        """What is attached where a connection says, or to the attachments that fit."""
        name = element.get("receiverContainer")
        wanted = container.component.attributes.get(name, "")
        slots = _slots_of(place[2], wanted, name)
        group = self.attached(place, component, wanted)
        self.ends.unread_slot(container, slots, group)
        return group

    def _wires_between(self, source: Place, out: str, target: Place, into: str) -> Wires:
        """The event connections between two ports."""
        key = (id(source[0]), id(source[2]), out, id(target[0]), id(target[2]), into)
        wires = self._wires.get(key)
        if wires is None:
            wires = self._wires[key] = Wires(source[0], source[2], out, target[0], target[2], into)
            self.network.wires.append(wires)
        return wires

    def _tunnel(self, container: Container, element: StructureElement, scope: Scope) -> None:
        """Two attached instances that see each other as ``peer``."""
        self.ends.populations(container, element, ("endA", "endB"))
        ends = scope[element.get("endA")], scope[element.get("endB")]
        itself = ends[0][0] is ends[1][0] and ends[0][1] == ends[1][1]
        groups = self.tunnel_groups(container.component, element, ends, itself)
        if groups is None:
            return
        own = [_hang(group, end[1]) for group, end in zip(groups, ends, strict=True)]
        for group, far in zip(groups, reversed(own), strict=True):
            group.peers.append(far)
        assigns = [item for item in element.children if item.kind == "Assign"]
        for group, index in zip(groups, own, strict=True):
            set_properties(group, index, assigns, container.values, self.report)

    def tunnel_groups(
        self,
        connection: Component,
        element: StructureElement,
        ends: tuple[Place, Place],
        itself: bool,
    ) -> tuple[Group, Group] | None:
        """The groups of the two ends of a tunnel, which may join a cell with ``itself``."""
        first = self.trees.named.needed(connection, element.get("componentA"))
        second = self.trees.named.needed(connection, element.get("componentB"))
        if first is None or second is None:
            return None
        name = element.get("name")
        far = _far_ends(ends, (first, second), itself)
        groups = (
            self.attached(ends[0], first, "", name, far[1]),
            self.attached(ends[1], second, "", name, far[0]),
        )
        groups[0].far, groups[1].far = groups[1], groups[0]
        return groups

    def attached(
        self,
        place: Place,
        component: Component,
        slot: str,
        peer: str = "",
        far: tuple[object, ...] = (),
    ) -> Group:
        """The group of instances of ``component`` on the attachments slot of a place."""
        host, _, node = place
        tree = self.trees.tree(component)
        slot = _slot_on(node, tree, slot)
        key = (id(host), id(node), slot, peer, far, component.id, signature(tree))
        group = self._attached.get(key)
        if group is None:
            label = f"{host.name}/{node.path}" if node.path else host.name
            group = self._attached[key] = Group(f"{label}/{slot}:{component.id}", tree)
            group.attachment = Attachment(host, node, slot)
            group.inside = host.inside
            group.around = host.around
            tree.peer = peer
            self.network.groups.append(group)
        return group


def _far_ends(
    ends: tuple[Place, Place], components: tuple[Component, Component], itself: bool
) -> list[tuple[object, ...]]:
    """What tells groups of tunnels apart beside their own end: what is at the other one.

    The ends of a cell that is joined with itself stand apart, the first before the second, because
    the second sees what the first has just done.
    """
    return [
        (id(end[0]), id(end[2]), component.id, itself and place)
        for place, (end, component) in enumerate(zip(ends, components, strict=True), 1)
    ]


def _hang(group: Group, index: int) -> int:
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


def _is_input_on_cable(found: ComponentType, element: StructureElement, host: Group) -> bool:
    """Whether an element only hangs an input on a cell with morphology.

    The core types do so by a connection from the cell to itself: in jLEMS an input hears the spikes
    of its cell, and a ``timedSynapticInput`` starts its synapse once more. The reference of cells
    with morphology is NEURON, where inputs hear nothing.
    """
    names = (element.get("from"), element.get("to"))
    ends = [item.get("instance") for item in found.structure or () if item.get("as") in names]
    return host.cable is not None and bool(element.get("receiver")) and len(set(ends)) == 1


def _slots_of(node: Node, wanted: str, attribute: str) -> list[str]:
    """The attachments of a node; the one that is wanted must be among them."""
    slots = [item.name for item in node.type.slots if item.kind == "attachments"]
    if wanted and slots and wanted not in slots:
        raise PlaceError(
            "attachment.none",
            f"{node.type.name} '{node.component.id}' has no attachments '{wanted}'",
            attribute,
            did_you_mean(wanted, slots) or f"it has: {', '.join(slots)}",
        )
    return slots


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
        if is_stochastic(item.value):
            report.error(
                "unsupported.construct",
                "a property that is drawn when instances are made is not supported",
                locate(item.origin, "value"),
                hint="draw it in the OnStart of the type, as a StateVariable",
            )
            continue
        if missing:
            text = f"{', '.join(sorted(missing))} has no value here"
            report.error("expr.unknown-name", text, locate(item.origin, "value"))
            continue
        column = property_column(group, name, index)
        column.append(evaluate(item.value, scope) if value is None else value)


def property_column(group: Group, name: str, size: int) -> array[float]:
    """The values of a property, of so many instances; those that none was set for have theirs."""
    column: array[float] = group.properties.setdefault(name, array("d"))
    if len(column) < size:
        default = group.root.values.get(name, 0.0)
        column.extend(array("d", [default]) * (size - len(column)))
    return column
