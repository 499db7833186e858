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
from annarchy_ml.passes.titles import an, full_path

_INCOMPLETE = frozenset(
    (
        "include.missing",
        "include.outside",
        "file.missing",
        "file.unrecognized",
        "xml.malformed",
        "xml.unsafe",
    )
)
"""Faults that leave out definitions: what is missing then is no further fault."""
_ELEMENTS = ("ComponentType", "Component", "Dimension", "Unit", "Constant", "Include", "Target")


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
        self._cyclic: set[str] = set()

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
                notes=(" -> ".join([*self._pending[self._pending.index(name) :], name]),),
                hint="let one of them extend nothing, or another type",
            )
            self._cyclic.add(name)
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
                    hint=did_you_mean(declared.extends, self.document.types)
                    or "define it, or include the file that does",
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
        self._fits: dict[tuple[str, str, str], tuple[str, str, ComponentType]] = {}
        self._incomplete = any(item.code in _INCOMPLETE for item in report)
        for component in document.components:
            self._register(component)
        for component in document.components:
            self._resolve(component, None)

    def add(self, component: Component) -> None:
        """One more component on the outermost level; faults are collected."""
        self._register(component)
        self._resolve(component, None)

    def remove(self, component: Component) -> None:
        """Forgets a component on the outermost level."""
        if self.by_id.get(component.id) is component:
            del self.by_id[component.id]

    def _register(self, component: Component) -> None:
        name = component.id
        if not name:
            return
        known = self.by_id.setdefault(name, component)
        if known is component or _same(known, component):
            return
        first = locate(known.origin, "id")
        self.report.error(
            "component.duplicate",
            f"there are two different components with the id '{name}'",
            locate(component.origin, "id"),
            label="the second",
            related=((first, "the first"),) if first is not None else (),
            hint="give one of them another id",
            component=name,
        )

    def _resolve(self, component: Component, parent: ComponentType | None) -> None:
        key = None
        if component.tag != "Component" or "type" in component.attributes:
            inside = "" if parent is None else parent.name
            key = (inside, component.tag, component.attributes.get("type", ""))
            known = self._fits.get(key)
            if known is not None:
                component.type, component.slot, found = known
                for child in component.children:
                    self._resolve(child, found)
                return
        fitting = self._resolve_new(component, parent)
        if fitting is not None:
            if key is not None:
                self._fits[key] = (component.type, component.slot, fitting)
            for child in component.children:
                self._resolve(child, fitting)

    def _resolve_new(
        self, component: Component, parent: ComponentType | None
    ) -> ComponentType | None:
        """Sets type and slot; None after a reported fault."""
        slot = None
        if parent is not None:
            slot = _slot_named(parent, component.tag)
        component.type = self._type_name(component, slot)
        found = self.types.get(component.type)
        if found is None:
            if component.tag != "Meta" and component.type not in self.types:
                self._unknown_type(component, parent)
            return None
        if parent is not None:
            slot = slot or self._slot_for(found, parent, component)
            if slot is None:
                self._no_slot(component, parent)
                return None
            component.slot = slot.name
        return found

    def _type_name(
        self, component: Component, slot: Slot | None, seen: tuple[str, ...] = ()
    ) -> str:
        declared = component.attributes.get("type", "")
        if declared and (component.tag == "Component" or declared in self.types or slot):
            return declared
        base = component.attributes.get("extends", "")
        if component.tag == "Component" and base in self.by_id and base not in seen:
            return self._type_name(self.by_id[base], None, (*seen, base))
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
        if self._incomplete:
            return  # what could not be read may define it
        declared = component.attributes.get("type", "")
        attribute = "type" if declared and component.type == declared else ""
        message = f"<{component.tag}> is neither a LEMS element nor a known component type"
        if attribute:
            message = f"there is no component type '{declared}'"
        elif component.tag == "Component":
            message = f"the component '{component.id}' does not say of which type it is"
        elif parent is not None:
            message = f"<{component.tag}> has no meaning inside {an(parent.name)}"
        names = [*self.types.document.types, *_ELEMENTS]
        if parent is not None:
            slots = [slot.name if slot.kind == "child" else slot.type for slot in parent.slots]
            names = [*slots, *self._fitting(parent)] if not attribute else names
        self.report.error(
            "type.unknown" if attribute else "element.unknown",
            message,
            locate(component.origin, attribute),
            hint=did_you_mean(component.type, names)
            or (
                'write type="..." with the name of a component type'
                if component.tag == "Component" and not declared
                else "include the file that defines it, for example Cells.xml"
                if parent is None
                else "remove it, or include the file that defines it"
            ),
            component=full_path(component),
        )

    def _fitting(self, parent: ComponentType) -> list[str]:
        """Names of all types that may stand inside a component of this type."""
        wanted = {slot.type for slot in parent.slots}
        return [
            name
            for name in self.types.document.types
            if (found := self.types.get(name)) is not None and wanted & set(found.ancestors)
        ]

    def _unknown_slot(self, slot: Slot, parent: ComponentType) -> None:
        self.report.error(
            "type.unknown",
            f"the children '{slot.name}' have the unknown type '{slot.type}'",
            locate(slot.origin, "type"),
            hint=did_you_mean(slot.type, self.types.document.types)
            or "define it, or include the file that does",
            component=parent.name,
        )

    def _no_slot(self, component: Component, parent: ComponentType) -> None:
        unknown = [slot for slot in parent.slots if slot.type not in self.types]
        if unknown and unknown[0].type != "Component":
            self._unknown_slot(unknown[0], parent)
            return
        places = ", ".join(f"{slot.name} ({slot.type})" for slot in parent.slots)
        self.report.error(
            "element.unknown",
            f"<{component.tag}> ({an(component.type)}) cannot stand inside {an(parent.name)}",
            locate(component.origin),
            notes=(f"{an(parent.name)} holds: {places or 'no children'}",),
            hint=did_you_mean(component.tag, [slot.name for slot in parent.slots])
            or "move it out, or give it to a component that can hold it",
            component=full_path(component),
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
