"""Checks what connections and inputs say of their two ends: populations, and where they attach.

Before: ``<projection presynapticPopulation="A" ...>`` with connections, ``<input target="A[0]"
destination="synapses"/>``. After: the same, and a diagnostic for a population that does not exist,
for one that the paths of the connections contradict, and for attachments that a cell does not have.
The paths decide, as in jLEMS; what a projection says besides is for its readers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from annarchy_ml.diagnostics import Diagnostics, did_you_mean
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.model.component import Component, ComponentType, StructureElement
from annarchy_ml.passes.titles import full_path, title

if TYPE_CHECKING:
    from annarchy_ml.model.instance import Container, Group, Node
    from annarchy_ml.passes.resolve import TypeTable
    from annarchy_ml.passes.values import ValueTable

SOURCES = frozenset(("presynapticPopulation",))
TARGETS = frozenset(("postsynapticPopulation", "population"))
POPULATIONS = SOURCES | TARGETS
"""Attributes by which core types name the populations at their ends."""
_POPULATION = "basePopulation"


class PopulationCheck:
    """The check that the populations which projections and lists of inputs name are there."""

    def __init__(self, values: ValueTable) -> None:
        self.values = values
        self.types = values.types
        self._names: dict[str, tuple[str, ...]] = {}
        self._around: dict[int, dict[str, Component]] = {}

    def check(self, component: Component, found: ComponentType) -> None:
        """Reports a population that does not stand beside the component."""
        names = self._names.get(found.name)
        if names is None:
            names = self._names[found.name] = tuple(_population_names(found, self.types))
        for name in names:
            text = component.attributes.get(name, "").strip()
            if text and component.parent is not None:
                self._check(component, name, text, component.parent)

    def _check(self, component: Component, name: str, text: str, owner: Component) -> None:
        around = self._around.get(id(owner))
        if around is None:
            around = self._around[id(owner)] = {}
            for item in owner.children:
                around.setdefault(item.id, item)
        named = around.get(text.rpartition("/")[2])
        if named is not None and self._is_population(named):
            return
        if named is None and any(child.attributes for child in component.children):
            return  # they lead to populations themselves, and contradict this one
        known = [key for key, item in around.items() if key and self._is_population(item)]
        what = "is not there" if named is None else f"is no population but {title(named)}"
        self.values.report.error(
            "component.unknown" if named is None else "component.wrong-type",
            f"{title(component)} names the population '{text}', which {what}",
            locate(component.origin, name),
            hint=did_you_mean(text, known)
            or (f"populations: {', '.join(known[:6])}" if known else "add a population"),
            component=full_path(component),
        )

    def _is_population(self, component: Component) -> bool:
        """Whether it may hold instances; a type that is not known is at fault elsewhere."""
        found = self.types.get(component.type)
        if found is None or _POPULATION in found.ancestors:
            return True
        return any(
            item.kind in ("MultiInstantiate", "ChildInstance") for item in found.structure or ()
        )


def _population_names(found: ComponentType, types: TypeTable) -> Iterator[str]:
    """Attributes of a type that name populations, because a core type declares them so."""
    declared = (types.document.types.get(name) for name in found.ancestors)
    for core in (item for item in declared if item is not None and item.core):
        for item in core.references:
            if item.name in POPULATIONS and item.kind in ("path", "text"):
                yield item.name


class EndCheck:
    """The check of the ends of one kind of connection in one projection or list of inputs."""

    def __init__(self, types: TypeTable, report: Diagnostics) -> None:
        self.types = types
        self.report = report
        self._told: set[tuple[int, str, str]] = set()

    def populations(
        self, container: Container, element: StructureElement, ends: tuple[str, str]
    ) -> None:
        """Warns where the paths of a connection lead elsewhere than its projection says.

        Args:
            container: the connection or input.
            element: the element that connects.
            ends: its attributes that name what ``With`` calls source and target.
        """
        owner = container.parent
        if owner is None:
            return
        for role, names in zip(ends, (SOURCES, TARGETS), strict=True):
            attribute = _path_attribute(container.type, element.get(role))
            path = container.component.attributes.get(attribute, "")
            for name in names & owner.component.attributes.keys() if path else ():
                self._contradiction(container, owner.component, attribute, name)

    def _contradiction(
        self, container: Container, owner: Component, attribute: str, name: str
    ) -> None:
        path, said = container.component.attributes[attribute], owner.attributes[name].strip()
        steps = [step for step in re.split(r"[/\[]", path.strip()) if step not in ("", ".", "..")]
        if not steps or said.rpartition("/")[2] in steps:
            return
        key = (id(owner), name, steps[0])
        if key in self._told:
            return
        self._told.add(key)
        place = locate(owner.origin, name)
        self.report.warning(
            "population.contradiction",
            f"'{path}' leads to '{steps[0]}', but {title(owner)} says that its {name} is '{said}'",
            locate(container.component.origin, attribute),
            related=((place, "said here"),) if place is not None else (),
            notes=("the path counts",),
            hint=f'write {name}="{steps[0]}", or another path',
            component=full_path(container.component),
        )

    def not_supported(self, component: Component, element: StructureElement) -> None:
        """Refuses an element of a ``Structure`` that is not carried out where it stands."""
        self.report.error(
            "unsupported.construct",
            f"<{element.kind}> is not supported where it stands in the Structure of "
            f"{component.type}",
            locate(element.origin),
            hint="move it to the outermost level of the Structure, or to a component around it",
            component=full_path(component),
        )

    def warn_silent(self, container: Container, node: Node) -> None:
        """Warns of a source that never sends."""
        self.report.warning(
            "port.unknown",
            f"{node.type.name} '{node.component.id}' never sends an event, so this connection "
            "never does anything",
            locate(container.component.origin),
            hint="use a cell type whose definition has an EventOut",
        )

    def unread_slot(self, container: Container, slots: list[str], made: Group) -> None:
        """Warns of attachments that are named but not read by the type of a connection.

        Args:
            container: the connection.
            slots: the attachments of the target.
            made: what was attached.
        """
        found = container.type
        taken = made.attachment.slot if made.attachment is not None else ""
        read = {item.get("receiverContainer") for item in found.structure or ()}
        for name in _slot_names(found, self.types) - read:
            text = container.component.attributes.get(name, "")
            if text and text not in slots:
                self.report.warning(
                    "attachment.none",
                    f"{title(container.component)} names the attachments '{text}', which its "
                    "target does not have",
                    locate(container.component.origin, name),
                    notes=(f"'{taken}' are taken: {found.name} does not read '{name}'",),
                    hint=f'write {name}="{taken}"',
                    component=full_path(container.component),
                )


def _path_attribute(found: ComponentType, name: str) -> str:
    """The attribute whose path a ``With`` of a type calls by this name."""
    for item in found.structure or ():
        if item.kind == "With" and item.get("as") == name:
            return item.get("instance")
    return ""


def _slot_names(found: ComponentType, types: TypeTable) -> set[str]:
    """Attributes by which a type, or one that it extends, names attachments."""
    names = set()
    for name in found.ancestors:
        declared = types.document.types.get(name)
        for item in (declared.structure or ()) if declared is not None else ():
            names.add(item.get("receiverContainer"))
    return names - {""}
