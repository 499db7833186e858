"""Builds the network: populations to groups, connections and inputs to attached groups and wires.

Before: ``<network>`` with populations, projections, inputs, each described by the ``Structure`` of
its type. After: groups of instances in the order of the step, synapse and input groups attached
to them, and event connections as columns of indices and delays.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from annarchy_ml.diagnostics import Diagnostics, EnvironmentFault
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.model.component import Component, StructureElement
from annarchy_ml.model.instance import (
    Container,
    Group,
    Instances,
    Items,
    NetworkInstance,
    Node,
)
from annarchy_ml.passes.connect import Connector, set_properties
from annarchy_ml.passes.hear import hear_hosts
from annarchy_ml.passes.instantiate import (
    TreeBuilder,
    holds_instances,
)
from annarchy_ml.passes.places import PlaceFinder, is_populated
from annarchy_ml.passes.point_cells import is_point_cell, one_compartment
from annarchy_ml.passes.resolve import TypeTable
from annarchy_ml.passes.titles import full_path, title

INSTANCE_BYTES = 200
"""Memory that an instance takes while a network is built: 2e6 of them take 0.45 GB."""

if TYPE_CHECKING:
    from annarchy_ml.model.rows import Rows
    from annarchy_ml.passes.compartmentalize import Compartmentalizer
    from annarchy_ml.passes.connect_rows import RowConnector
    from annarchy_ml.passes.values import ValueTable


class Cutter:
    """Cuts cells with morphology into compartments.

    Attributes:
        every: also those of one segment.
    """

    def __init__(self, values: ValueTable, report: Diagnostics, every: bool = False) -> None:
        self.values = values
        self.report = report
        self.every = every
        self._compartments: Compartmentalizer | None = None

    def cut(self, group: Group) -> None:
        """Makes the instances of a group compartments, if its cells have several of them."""
        if not any("morphology" in item.type.ancestors for item in group.root.children):
            group.cable = one_compartment() if self.every and is_point_cell(group.root) else None
            return
        from annarchy_ml.passes.compartmentalize import Compartmentalizer

        self._compartments = self._compartments or Compartmentalizer(
            self.values, self.report, self.every
        )
        group.root, group.cable = self._compartments.cells(group.root)


class NetworkBuilder:
    """Builds one network from its top component."""

    def __init__(self, trees: TreeBuilder, report: Diagnostics, cut_all: bool = False) -> None:
        self.trees = trees
        self.values = trees.values
        self.types = trees.types
        self.report = report
        self.network = NetworkInstance(None)
        self.finder = PlaceFinder(self.network, report)
        self.connector = Connector(self.network, trees, self.finder, report)
        self._pending: list[tuple[Container, Rows | None, tuple[StructureElement, ...]]] = []
        self._groups: dict[tuple[int, int], Group] = {}
        self._cutter = Cutter(trees.values, report, cut_all)

    def build(self, component: Component) -> NetworkInstance:
        """The network of a top component (a network, or a single cell)."""
        top = self._visit(component, None, component.id)
        if isinstance(top, Container):
            self.network.top = top
        for group in self.network.groups:
            group.count_compartments()
        in_rows: RowConnector | None = None
        for container, rows, elements in self._pending:
            if rows is None:
                self.connector.run(container, elements, {})
                continue
            if in_rows is None:
                from annarchy_ml.passes.connect_rows import RowConnector

                in_rows = RowConnector(self.connector, self.values.rows())
            in_rows.run(container, rows, elements)
        hear_hosts(self.network, self.report)
        return self.network

    def _rows(self, container: Container, child: Component) -> None:
        """Many alike children: listed instances, or what connects."""
        from annarchy_ml.model.rows import Rows
        from annarchy_ml.passes.listed import list_instances, listed_component

        found = self.types.get(child.type)
        structure = (found.structure if found is not None else None) or ()
        if found is None or not structure:
            return  # reported with its type
        assert isinstance(child, Rows)
        if structure[0].kind != "ChildInstance":
            self._pending.append((container, child, structure))
            return
        component = listed_component(self.trees, child, structure[0])
        if component is not None:
            first = self._instance(component, Container(child, found, {}, container))
            for row, known in list_instances(container, child, self.types, first):
                refuse_namesake(container, row, known, self.report)
            return
        for row in child.each():
            inner = self._visit(row, container, row.id)
            if inner is not None:
                self._place(container, row, inner)

    def _visit(
        self, component: Component, parent: Container | None, name: str
    ) -> Container | tuple[Group, int] | None:
        found = self.types.get(component.type)
        if found is None:
            return None
        if _is_inside_itself(component, parent, self.report):
            return None
        dynamic = found.has_dynamics
        if dynamic and not holds_instances(component, self.types):
            return self._instance(component, parent)
        container = Container(component, found, self.values.of(component), parent)
        if dynamic:
            self._surround(container)
        for child in component.children:
            if child.many:
                self._rows(container, child)
                continue
            inner = self._visit(child, container, child.id)
            if inner is not None:
                self._place(container, child, inner)
        for element in found.structure or ():
            if element.kind == "MultiInstantiate":
                self._multi(container, element)
            elif element.kind == "ChildInstance":
                self._child_instance(container, element)
        rest = tuple(
            item
            for item in found.structure or ()
            if item.kind not in ("MultiInstantiate", "ChildInstance")
        )
        if rest:
            self._pending.append((container, None, rest))
        elif not component.children:
            _refuse_idle(container, self.types, self.report)
        if container.own is not None:
            self.network.groups.append(container.own[0])
        return container

    def _surround(self, container: Container) -> None:
        """A component with dynamics around others, such as a tissue: it steps after them."""
        component = container.component
        group = Group(component.id or component.tag, self.trees.tree(component), size=1)
        group.inside = container.parent
        group.around = _around(container.parent)
        container.own = (group, 0)

    def _place(
        self, container: Container, child: Component, inner: Container | tuple[Group, int]
    ) -> None:
        if child.id:
            listed = container.items.find(child.id) if isinstance(container.items, Items) else None
            first = container.members.setdefault(child.id, listed or inner)
            if first is not inner and is_populated(first) and is_populated(inner):
                refuse_namesake(container, child, first, self.report)
        container.items.append(inner)
        if child.slot:
            container.members.setdefault(child.slot, inner)

    def _instance(self, component: Component, parent: Container | None) -> tuple[Group, int]:
        """One more instance of a component with dynamics, in the group of its population."""
        owner = parent
        while owner is not None and owner.parent is not None and owner.parent.parent is not None:
            owner = owner.parent
        key = (id(owner), id(component))
        group = self._groups.get(key)
        if group is None:
            name = owner.component.id if owner is not None else ""
            if owner is None or owner.parent is None or not name:
                name = component.id or component.tag
            group = Group(name, self.trees.tree(component))
            group.inside = parent
            group.around = _around(parent)
            self._cutter.cut(group)
            self._groups[key] = group
            self.network.groups.append(group)
        group.size += 1
        return group, group.size - 1

    def _multi(self, container: Container, element: StructureElement) -> None:
        number = container.values.get(element.get("number"))
        component = self.trees.named.instantiated(container.component, element)
        if component is None or number is None:
            container.unfinished = True
            return
        if round(number) < 0 or number != round(number):
            self.report.error(
                "value.range",
                f"'{element.get('number')}' must be a whole number of instances, not {number:g}",
                locate(container.component.origin, element.get("number")),
            )
            container.unfinished = True
            return
        _require_memory(container, round(number))
        assigns = [item for item in element.children if item.kind == "Assign" and item.value]
        if not assigns and self._multi_at_once(container, component, round(number)):
            return
        for index in range(round(number)):
            inner = self._visit(component, container, component.id)
            if inner is None:
                container.unfinished = True
                return
            container.items.append(inner)
            if isinstance(inner, tuple):
                own = _own_values(inner[0].root)
                counted = {element.get("indexVariable", "index"): float(index)}
                scope = {**container.values, **own, **counted}
                set_properties(inner[0], inner[1], assigns, scope, self.report)
            elif assigns and index == 0:
                _refuse_assign(assigns[0], component, self.report)
        if round(number):
            container.members.setdefault(component.id, container.items[0])

    def _multi_at_once(self, container: Container, component: Component, number: int) -> bool:
        """All instances of a population as a range; False where they must be made one by one."""
        found = self.types.get(component.type)
        if number == 0 or container.items or found is None or not found.has_dynamics:
            return False
        if len(container.type.structure or ()) > 1 or holds_instances(component, self.types):
            return False
        inner = self._visit(component, container, component.id)
        if isinstance(inner, tuple):
            inner[0].size += number - 1
            container.items = Instances(inner[0], inner[1], number)
            container.members.setdefault(component.id, inner)
        return True

    def _child_instance(self, container: Container, element: StructureElement) -> None:
        component = self.trees.named.instantiated(container.component, element)
        if component is None:
            container.unfinished = True
            return
        inner = self._visit(component, container, component.id)
        if inner is not None:
            container.items.append(inner)
            container.members.setdefault(component.id, inner)


def _refuse_idle(container: Container, types: TypeTable, report: Diagnostics) -> None:
    """A component that names others by path but whose type says nothing about what it does.

    A list of connections, such as a projection, may be empty.
    """
    found = container.type
    lists = (types.get(item.type) for item in found.slots if item.kind == "children")
    if any(item is not None and item.structure for item in lists):
        return
    if any(item.kind == "path" for item in found.references) and not found.structure:
        report.error(
            "unsupported.construct",
            f"<{container.component.tag}> would do nothing: the definition of {found.name} has "
            "no Structure",
            locate(container.component.origin),
            hint="use a type that makes a connection, such as synapticConnection",
        )


def _refuse_assign(element: StructureElement, made: Component, report: Diagnostics) -> None:
    report.error(
        "unsupported.construct",
        f"<Assign> sets a property of {made.type}, which has no Dynamics",
        locate(element.origin, "property"),
        hint="set properties of components that have Dynamics",
    )


def _own_values(made: Node) -> dict[str, float]:
    """Constants and parameters of an instance, which go before those of its population."""
    given = {item.name for item in made.type.parameters if item.kind == "property"}
    return {name: value for name, value in made.values.items() if name not in given}


def _is_inside_itself(component: Component, parent: Container | None, report: Diagnostics) -> bool:
    """Reports, and stops, a network or population that holds itself."""
    around = parent
    while around is not None and around.component is not component:
        around = around.parent
    if around is None or parent is None:
        return False
    report.error(
        "component.wrong-type",
        f"{component.type} '{component.id}' would contain itself through '{parent.component.id}'",
        locate(parent.component.origin),
        hint="name another component there",
        component=parent.component.id,
    )
    return True


def refuse_namesake(
    container: Container,
    child: Component,
    first: Container | tuple[Group, int],
    report: Diagnostics,
) -> None:
    """Two populations, or instances, of one id: paths would lead to the first one only."""
    known = first.component if isinstance(first, Container) else first[0].root.component
    place = locate(known.origin, "id")
    report.error(
        "component.duplicate",
        f"{title(child)} stands twice in {title(container.component)}",
        locate(child.origin, "id"),
        label="the second",
        related=((place, "the first"),) if place is not None else (),
        hint="give one of them another id",
        component=full_path(child),
    )


def _require_memory(container: Container, size: int) -> None:
    """Refuses, before any instance is made, what cannot fit into the memory of this machine.

    Raises:
        EnvironmentFault: With both figures.
    """
    needed = size * INSTANCE_BYTES
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > there:
        raise EnvironmentFault(
            f"{title(container.component)} does not fit into memory: {size:.3g} instances take "
            f"about {needed / 1e9:.3g} GB while they are built, and there are {there / 1e9:.3g} GB",
            code="memory.exceeded",
            hint="a smaller population, or a network that is built from Python",
        )


def _around(container: Container | None) -> Group | None:
    """The nearest surrounding component with dynamics."""
    while container is not None:
        if container.own is not None:
            return container.own[0]
        container = container.parent
    return None
