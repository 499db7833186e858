"""Resolves inheritance of component types, and the type and slot of every component.

Before: ``<ComponentType name="b" extends="a">`` with its own members only, components that are
plain elements. After: types that hold all inherited members (own ones first, an own member
replaces an inherited one of the same name), components that know their type and which slot of
their parent they fill.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol, TypeVar

from annarchy_ml.diagnostics import Diagnostics, did_you_mean
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.model.component import Component, ComponentType, Slot
from annarchy_ml.model.document import Document
from annarchy_ml.model.dynamics import Dynamics


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_N = TypeVar("_N", bound=_Named)


class TypeTable:
    """Component types by name, resolved on first use."""

    def __init__(self, document: Document, report: Diagnostics) -> None:
        self.document = document
        self.report = report
        self._resolved: dict[str, ComponentType] = {}
        self._pending: list[str] = []

    def __contains__(self, name: str) -> bool:
        return name in self.document.types

    def get(self, name: str) -> ComponentType | None:
        """The resolved type, or None if there is no such type (or it extends itself)."""
        done = self._resolved.get(name)
        if done is not None:
            return done
        declared = self.document.types.get(name)
        if declared is None:
            return None
        if name in self._pending:
            self.report.error(
                "type.cycle",
                f"the component type '{name}' extends itself",
                locate(declared.origin, "extends"),
                notes=(" -> ".join([*self._pending, name]),),
            )
            return None
        self._pending.append(name)
        result = self._resolve(declared)
        self._pending.pop()
        self._resolved[name] = result
        return result

    def _resolve(self, declared: ComponentType) -> ComponentType:
        if not declared.extends:
            return replace(declared, ancestors=(declared.name,))
        base = self.get(declared.extends)
        if base is None:
            if declared.extends not in self.document.types:
                self.report.error(
                    "type.unknown",
                    f"'{declared.name}' extends the unknown component type '{declared.extends}'",
                    locate(declared.origin, "extends"),
                    hint=did_you_mean(declared.extends, self.document.types),
                )
            return replace(declared, ancestors=(declared.name,))
        return _extended(declared, base)

    def extends(self, name: str, ancestor: str) -> bool:
        """Whether type ``name`` is ``ancestor`` or extends it."""
        found = self.get(name)
        return found is not None and ancestor in found.ancestors


def _merged(own: tuple[_N, ...], inherited: tuple[_N, ...]) -> tuple[_N, ...]:
    names = {item.name for item in own}
    return own + tuple(item for item in inherited if item.name not in names)


def _extended(own: ComponentType, base: ComponentType) -> ComponentType:
    fixed = dict(base.fixed)
    fixed.update(own.fixed)
    derived = _merged(own.derived_parameters, base.derived_parameters)
    hidden = {item.name for item in own.derived_parameters}
    inherited = tuple(item for item in base.parameters if item.name not in hidden)
    redefined = {item.name for item in own.parameters}
    return replace(
        own,
        parameters=_merged(own.parameters, inherited),
        derived_parameters=tuple(item for item in derived if item.name not in redefined),
        fixed=tuple(fixed.items()),
        requirements=_merged(own.requirements, base.requirements),
        exposures=_merged(own.exposures, base.exposures),
        ports=_merged(own.ports, base.ports),
        slots=_merged(own.slots, base.slots),
        references=_merged(own.references, base.references),
        dynamics=_dynamics(own.dynamics, base.dynamics),
        structure=base.structure if own.structure is None else own.structure,
        simulation=base.simulation if own.simulation is None else own.simulation,
        ancestors=(own.name, *base.ancestors),
    )


def _dynamics(own: Dynamics | None, base: Dynamics | None) -> Dynamics | None:
    if own is None or base is None or not own.extends_super:
        return base if own is None else own
    return replace(
        own,
        states=_merged(own.states, base.states),
        derived=_merged(own.derived, base.derived),
        derivatives=own.derivatives
        + tuple(
            item
            for item in base.derivatives
            if item.variable not in {mine.variable for mine in own.derivatives}
        ),
        on_start=base.on_start + own.on_start,
        conditions=own.conditions + base.conditions,
        events=own.events + base.events,
        regimes=_merged(own.regimes, base.regimes),
        schemes=_merged(own.schemes, base.schemes),
        simultaneous=own.simultaneous or base.simultaneous,
    )


class ComponentTable:
    """Resolves components: their types, slots, and the attributes that name others."""

    def __init__(self, document: Document, types: TypeTable, report: Diagnostics) -> None:
        self.types = types
        self.report = report
        self.by_id: dict[str, Component] = {}
        for component in document.components:
            self._register(component)
        for component in document.components:
            self._resolve(component, None)

    def _register(self, component: Component) -> None:
        name = component.id
        if not name:
            return
        known = self.by_id.get(name)
        if known is not None and not _same(known, component):
            self.report.error(
                "component.duplicate",
                f"there are two different components with the id '{name}'",
                locate(component.origin, "id"),
                notes=(f"the first is in {known.origin.file if known.origin else '?'}",),
                hint="give one of them another id",
            )
            return
        self.by_id[name] = component

    def _resolve(self, component: Component, parent: ComponentType | None) -> None:
        slot = None
        if parent is not None:
            slot = _slot_named(parent, component.tag)
        component.type = self._type_name(component, slot)
        found = self.types.get(component.type)
        if found is None:
            self._unknown_type(component, parent)
            return
        if parent is not None:
            slot = slot or self._slot_for(found, parent, component)
            if slot is None:
                self._no_slot(component, parent)
                return
            component.slot = slot.name
        for child in component.children:
            self._resolve(child, found)

    def _type_name(self, component: Component, slot: Slot | None) -> str:
        declared = component.attributes.get("type", "")
        if declared and (component.tag == "Component" or declared in self.types or slot):
            return declared
        base = component.attributes.get("extends", "")
        if component.tag == "Component" and base in self.by_id:
            return self._type_name(self.by_id[base], None)
        if slot is not None and component.tag not in self.types:
            return slot.type
        if slot is not None and not self.types.extends(component.tag, slot.type):
            return slot.type
        return component.tag

    def _slot_for(
        self, found: ComponentType, parent: ComponentType, component: Component
    ) -> Slot | None:
        """The list (or single place) of the parent whose type fits; the last one, as in jLEMS."""
        fitting = [slot for slot in parent.slots if slot.type in found.ancestors]
        lists = [slot for slot in fitting if slot.kind == "children"]
        singles = [slot for slot in fitting if slot.kind == "child"]
        return lists[-1] if lists else (singles[0] if singles else None)

    def _unknown_type(self, component: Component, parent: ComponentType | None) -> None:
        declared = component.attributes.get("type", "")
        attribute = "type" if declared and component.type == declared else ""
        if attribute:
            message = f"there is no component type '{declared}'"
        elif parent is not None:
            message = f"<{component.tag}> has no meaning inside a {parent.name}"
        else:
            message = f"<{component.tag}> is neither a LEMS element nor a known component type"
        names = list(self.types.document.types)
        if parent is not None:
            names = [slot.name for slot in parent.slots] + names
        self.report.error(
            "type.unknown" if attribute or parent is None else "element.unknown",
            message,
            locate(component.origin, attribute),
            hint=did_you_mean(component.type, names)
            or "include the file that defines it, for example Cells.xml",
        )

    def _no_slot(self, component: Component, parent: ComponentType) -> None:
        places = ", ".join(f"{slot.name} ({slot.type})" for slot in parent.slots) or "none"
        self.report.error(
            "element.unknown",
            f"<{component.tag}> (a {component.type}) cannot stand inside a {parent.name}",
            locate(component.origin),
            notes=(f"places for children in {parent.name}: {places}",),
            hint=did_you_mean(component.tag, [slot.name for slot in parent.slots]),
        )


def _slot_named(parent: ComponentType, name: str) -> Slot | None:
    for slot in parent.slots:
        if slot.name == name and slot.kind == "child":
            return slot
    return None


def _same(first: Component, second: Component) -> bool:
    return (
        first.tag == second.tag
        and first.attributes == second.attributes
        and len(first.children) == len(second.children)
        and all(map(_same, first.children, second.children))
    )
