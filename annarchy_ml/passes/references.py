"""Checks what the attributes of components refer to: it must exist and be of a fitting type.

Before: ``<population id="p" component="syn1" size="2"/>`` with a synapse ``syn1``. After: the same,
and a diagnostic that says what a population holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from annarchy_ml.diagnostics import did_you_mean
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.model.component import Component, ComponentType, Reference
from annarchy_ml.passes.titles import an, full_path, title

if TYPE_CHECKING:
    from annarchy_ml.passes.values import ValueTable

_ANY_TYPE = ("", "Component")
FAMILIES = frozenset(
    (
        "baseCell",
        "baseGate",
        "baseIonChannel",
        "basePointCurrent",
        "basePopulation",
        "concentrationModel",
        "morphology",
        "network",
        "Simulation",
    )
)
"""Core types that no component extends two of."""


class ReferenceCheck:
    """The check of all references of a document."""

    def __init__(self, values: ValueTable) -> None:
        self.values = values
        self.types = values.types
        self.report = values.report
        self._references: dict[str, tuple[Reference, ...]] = {}

    def check(self, component: Component, found: ComponentType) -> None:
        """Reports the references of one component that lead nowhere, or to the wrong type."""
        references = self._references.get(found.name)
        if references is None:
            references = tuple(item for item in found.references if item.kind == "component")
            self._references[found.name] = references
        for reference in references:
            text = component.attributes.get(reference.name, "")
            if text and text not in ("this", "parent"):
                self._check(component, reference, text)
        for slot in found.slots:
            if slot.kind == "child" and slot.name in component.attributes:
                self._inside_too(component, slot.name)
        if "extends" in component.attributes:
            self._base(component)

    def _inside_too(self, component: Component, name: str) -> None:
        """Warns of a part that is named and written out: the name is not looked up."""
        inside = [child for child in component.children if child.slot == name]
        text = component.attributes[name]
        if inside and inside[0].id != text:
            self.report.warning(
                "component.unknown",
                f"{title(component)} names the {name} '{text}', but has one inside: that counts",
                locate(component.origin, name),
                hint=f'remove {name}="{text}", or the <{name}> inside',
                component=full_path(component),
            )

    def _check(self, component: Component, reference: Reference, text: str) -> None:
        target = self.values.reference(component, reference.name)
        if target is None:
            self._unknown_component(component, reference, text)
            return
        found = self.types.get(target.type)
        if found is None or reference.type in _ANY_TYPE or reference.type not in self.types:
            return
        if not self._fits(found, reference.type):
            place = locate(target.origin, "id")
            self.report.error(
                "component.wrong-type",
                f"{title(component)} needs {an(reference.type)} as its {reference.name}, but "
                f"'{text}' is {an(target.type)}",
                locate(component.origin, reference.name),
                label=target.type,
                related=((place, "defined here"),) if place is not None else (),
                hint=self._fitting(reference.type),
                component=full_path(component),
            )

    def _fits(self, found: ComponentType, wanted: str) -> bool:
        """Whether a component of this type may stand where ``wanted`` is asked for.

        Published models, and the standard's own examples, put spike sources into populations that
        ask for a baseCell: of core types only another family of components is wrong.
        """
        if wanted in found.ancestors:
            return True
        base = self.types.get(wanted)
        if base is None or not base.core:
            return base is None
        own, other = FAMILIES & set(found.ancestors), FAMILIES & set(base.ancestors)
        return not own or not other or bool(own & other)

    def _fitting(self, wanted: str) -> str:
        names = [
            f"'{item.id}'"
            for item in self.values.components.by_id.values()
            if item.type and self.types.extends(item.type, wanted)
        ]
        if not names:
            return f"define a component of a type that extends {wanted}"
        return f"components that fit: {', '.join(names[:4])}"

    def _unknown_component(self, component: Component, reference: Reference, text: str) -> None:
        known = list(self.values.components.by_id)
        if reference.local and component.parent is not None:
            known = [item.id for item in component.parent.children if item.id]
        self.report.error(
            "component.unknown",
            f"{title(component)} refers to the component '{text}', which is not defined",
            locate(component.origin, reference.name),
            hint=did_you_mean(text, known)
            or f"define {_wanted(reference)} of this name, or include the file that does",
            component=full_path(component),
        )

    def _base(self, component: Component) -> None:
        """Reports a component that extends an unknown one, or itself."""
        name = component.attributes["extends"]
        seen = [component.id]
        base = self.values.base_of(component)
        if base is None and component.type != name:
            self.report.error(
                "component.unknown",
                f"{title(component)} extends the component '{name}', which is not defined",
                locate(component.origin, "extends"),
                hint=did_you_mean(name, self.values.components.by_id)
                or "define it, or include the file that does",
                component=full_path(component),
            )
        while base is not None:
            seen.append(base.id)
            if base.id in seen[:-1]:
                self.report.error(
                    "type.cycle",
                    f"{title(component)} extends itself",
                    locate(component.origin, "extends"),
                    notes=(" -> ".join(seen),),
                    hint="let one of them extend nothing",
                    component=full_path(component),
                )
                return
            base = self.values.base_of(base)


def _wanted(reference: Reference) -> str:
    return an(reference.type) if reference.type not in _ANY_TYPE else "any component"
