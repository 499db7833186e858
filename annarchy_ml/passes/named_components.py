"""Finds the components that structures and connections name: by an attribute, a path, a type.

Before: ``<MultiInstantiate component="component" .../>`` of a population that says
``component="iaf"``. After: the component ``iaf``.
"""

from __future__ import annotations

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.model.component import Component, StructureElement
from annarchy_ml.passes.titles import full_path, title
from annarchy_ml.passes.values import ValueTable


class NamedComponents:
    """Components by what names them; what is missing is reported."""

    def __init__(self, values: ValueTable, report: Diagnostics) -> None:
        self.values = values
        self.report = report
        self._typed: dict[int, Component] = {}

    def needed(self, component: Component, path: str) -> Component | None:
        """The component that ``path`` refers to; reports the attribute that should name it."""
        found = self.referenced(component, path)
        if found is None:
            where, name = self._last_step(component, path)
            if where is not None and not where.attributes.get(name, ""):
                self.report.error(
                    "attribute.missing",
                    f"{title(where)} must name its '{name}'",
                    locate(where.origin),
                    hint=f'write {name}="..." with the id of a component',
                    component=full_path(where),
                )
        return found

    def referenced(self, component: Component, path: str) -> Component | None:
        """The component that ``path`` (``synapse``, ``../synapse``, ``this``) refers to."""
        where, name = self._last_step(component, path)
        if where is None:
            return None
        if name == "this":
            return where
        if name in where.attributes:
            return self.values.reference(where, name)
        for child in where.children:
            if child.slot == name or (child.id and child.id == name):
                return child
        return self.values.reference(where, name)

    def instantiated(self, component: Component, element: StructureElement) -> Component | None:
        """What a ``ChildInstance`` or ``MultiInstantiate`` of a component makes instances of.

        With ``componentType`` that is a component of this type without attributes.
        """
        name = element.get("componentType")
        if not name:
            return self.needed(component, element.get("component"))
        if name not in self.values.types:
            return None  # reported with the type
        made = self._typed.get(id(element))
        if made is None:
            made = Component(name, {}, [], element.origin, type=name, parent=component)
            self._typed[id(element)] = made
        return made

    def _last_step(self, component: Component, path: str) -> tuple[Component | None, str]:
        """Where the last step of a path is looked up, and that step."""
        where: Component | None = component
        *ups, name = path.split("/")
        for step in ups:
            where = self.values.step_to(where, step) if where is not None else None
        return where, name
