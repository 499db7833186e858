"""Checks the attributes of components: known, complete, within range, leading to what they name.

Before: ``<population id="p" component="syn1" syze="2"/>``. After: the same, and a diagnostic for
each attribute that nobody reads, value that is missing or impossible, and reference that leads
nowhere or to a component of another type.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from annarchy_ml.diagnostics import Diagnostics, closest, did_you_mean
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.model.component import Component, ComponentType, Parameter, StructureElement
from annarchy_ml.passes.check_sizes import SizeCheck
from annarchy_ml.passes.ends import PopulationCheck
from annarchy_ml.passes.references import ReferenceCheck
from annarchy_ml.passes.spaces import REGION, check_region
from annarchy_ml.passes.titles import full_path, title
from annarchy_ml.units import preferred_unit, with_article

if TYPE_CHECKING:
    from annarchy_ml.passes.resolve import TypeTable
    from annarchy_ml.passes.values import ValueTable

COMMON = frozenset(
    (
        "id",
        "type",
        "extends",
        "name",
        "metaid",
        "neuroLexId",
        "about",
        "description",
        "segment",
        "segmentGroup",
        "extracellularProperties",
        "notes",
    )
)
"""Attributes that every component may have, or that the NeuroML schema allows everywhere."""

FURTHER = {REGION: ("space",), "segmentGroup": ("numberInternalDivisions",)}
"""Further ones that core types may have; the second is a ``property`` inside the element."""
FRACTIONS = frozenset(("fractionAlong", "preFractionAlong", "postFractionAlong"))
SEGMENTS = {
    "segmentId": "population",
    "preSegmentId": "presynapticPopulation",
    "postSegmentId": "postsynapticPopulation",
}
_RANGED = FRACTIONS | SEGMENTS.keys()


class AttributeCheck:
    """The check of all components of a document; each is checked once."""

    def __init__(self, values: ValueTable) -> None:
        self.values = values
        self.types = values.types
        self.report: Diagnostics = values.report
        self._accepted: set[tuple[str, tuple[str, ...]]] = set()
        self._known: dict[str, frozenset[str]] = {}
        self._misspelt: set[tuple[int, str]] = set()
        self._delays: dict[str, tuple[str, ...]] = {}
        self._segments_of: dict[int, dict[str, None]] = {}
        self._early: set[tuple[int, str]] = set()
        self.check_references = ReferenceCheck(values).check
        self._populations = PopulationCheck(values)
        self._check_sizes = SizeCheck(values).check

    def check(self, component: Component, found: ComponentType) -> None:
        """Reports what is wrong with the attributes of a component."""
        attributes = component.attributes
        self.check_names(component, found)
        self.check_references(component, found)
        self._populations.check(component, found)
        self.check_delays(component, found)
        if found.core:
            self._check_sizes(component, found)
            if not _RANGED.isdisjoint(attributes):
                self.check_ranges(component, found)
            if "space" in attributes and found.name == REGION:
                check_region(component, self.report)
            if "size" in attributes and "populationList" in found.ancestors:
                self._check_size(component)

    def check_names(self, component: Component, found: ComponentType) -> None:
        """Reports attributes that nobody reads."""
        names = (found.name, tuple(component.attributes))
        if names not in self._accepted and self._all_known(component, found):
            self._accepted.add(names)

    def _known_names(self, found: ComponentType) -> frozenset[str]:
        known = self._known.get(found.name)
        if known is None:
            known = COMMON.union(
                FURTHER.get(found.name, ()) if found.core else (),
                (item.name for item in found.parameters),
                (item.name for item in found.references),
                (item.name for item in found.slots),
            )
            self._known[found.name] = known
        return known

    def _all_known(self, component: Component, found: ComponentType) -> bool:
        unknown = [name for name in component.attributes if name not in self._known_names(found)]
        for item in found.parameters:
            if item.kind == "constant" and item.name in component.attributes:
                self._of_constant(component, item)
        for name in unknown:
            if (id(component), name) in self._misspelt:
                continue
            known = [item.name for item in found.parameters]
            known += [item.name for item in found.references]
            in_schema = found.core and name in self.values.document.schema_attributes()
            record = self.report.warning if in_schema else self.report.error
            unused = " that its LEMS definition reads" if in_schema else ""
            record(
                "attribute.unknown",
                f"{title(component)} has no attribute '{name}'{unused}",
                locate(component.origin, name, value=False),
                notes=(f"it has: {', '.join(known)}",) if known else (),
                hint=_type_with(name, found, self.types)
                or did_you_mean(name, known)
                or ("" if in_schema else "remove it, or check how the name is written"),
                component=full_path(component),
            )
        return not unknown

    def delays_of(self, found: ComponentType) -> tuple[str, ...]:
        """The parameters of a type that event connections are delayed by."""
        names = self._delays.get(found.name)
        if names is None:
            names = self._delays[found.name] = tuple(_delays_of(found.structure or ()))
        return names

    def check_delays(self, component: Component, found: ComponentType) -> None:
        """Events that would arrive before they are sent; the first of each projection counts."""
        for name in self.delays_of(found):
            delay = self.values.of(component).get(name, 0.0)
            known = (id(component.parent), name)
            if delay < 0 and known not in self._early:
                self._early.add(known)
                self.report.warning(
                    "value.range",
                    f"'{name}' of {title(component)} is negative",
                    locate(component.origin, name),
                    notes=("events cannot arrive before they are sent: it counts as 0",),
                    hint="write a delay of 0 or more",
                    component=full_path(component),
                )

    def _of_constant(self, component: Component, item: Parameter) -> None:
        self.report.warning(
            "attribute.unknown",
            f"{title(component)} gives a value to '{item.name}', which is a constant of its type",
            locate(component.origin, item.name, value=False),
            notes=(f"'{item.name}' stays {item.default}",),
            hint="remove it, or make it a Parameter of the type",
            component=full_path(component),
        )

    def missing(self, component: Component, found: ComponentType, parameter: Parameter) -> None:
        """Reports a parameter without a value; an attribute of nearly its name may be meant."""
        dimension = self.values.dimension(parameter.dimension)
        unit = preferred_unit(dimension)[0] if dimension is not None else ""
        known = self._known_names(found)
        unused = [name for name in component.attributes if name not in known]
        near = closest(parameter.name, unused, 1)
        self._misspelt.update((id(component), name) for name in near)
        self.report.error(
            "attribute.missing",
            f"{title(component)} needs a value for '{parameter.name}'",
            locate(component.origin, near[0] if near else "", value=False),
            notes=(f"'{parameter.name}' is {with_article(dimension)}",) if dimension else (),
            hint=f"write '{parameter.name}' instead of '{near[0]}'"
            if near
            else f'write {parameter.name}="1{unit}" with your value',
            component=full_path(component),
        )

    def count(self, component: Component, name: str, value: float) -> None:
        """Reports a number of instances that is none."""
        if value >= 0 and value == round(value):
            return
        self.report.error(
            "value.range",
            f"'{name}' of {title(component)} must be a whole number of instances, not {value:g}",
            locate(component.origin, name),
            hint=f'write {name}="{max(0, round(value))}", or how many there are',
            component=full_path(component),
        )

    def check_ranges(self, component: Component, found: ComponentType) -> None:
        """Reports segments that are none, and places that are not along one."""
        for name, text in component.attributes.items():
            if name in FRACTIONS and not _is_fraction(text):
                self._out_of_range(component, name, "a number from 0 to 1, such as '0.5'")
            elif name in SEGMENTS and not text.strip().isdecimal():
                self._out_of_range(component, name, "the id of a segment, such as '0'")
            elif name in SEGMENTS:
                self._check_segment(component, name, int(text))

    def _out_of_range(self, component: Component, name: str, wanted: str) -> None:
        self.report.error(
            "value.range",
            f"'{name}' of {title(component)} is '{component.attributes[name]}', which is not "
            f"{wanted.split(',')[0]}",
            locate(component.origin, name),
            hint=f"write {wanted}",
            component=full_path(component),
        )

    def _check_segment(self, component: Component, name: str, number: int) -> None:
        """A segment that is named must be one of the cell, where the cell has any."""
        by_id = self.values.components.by_id
        owner = component.parent
        population = owner.attributes.get(SEGMENTS[name], "") if owner is not None else ""
        group = by_id.get(population) or _sibling(owner, population)
        cell = by_id.get(group.attributes.get("component", "")) if group is not None else None
        if cell is None:
            return
        if id(cell) not in self._segments_of:
            self._segments_of[id(cell)] = dict.fromkeys(self._segments(cell))
        numbers = self._segments_of[id(cell)]
        if numbers and str(number) not in numbers:
            self.report.error(
                "value.range",
                f"'{name}' of {title(component)} is {number}, but {title(cell)} has no such "
                "segment",
                locate(component.origin, name),
                hint=f"its segments: {', '.join(list(numbers)[:12])}",
                component=full_path(component),
            )

    def _segments(self, cell: Component) -> list[str]:
        inside = [child for child in cell.children if child.tag == "morphology"]
        outside = self.values.components.by_id.get(cell.attributes.get("morphology", ""))
        for morphology in (*inside, *([outside] if outside is not None else [])):
            return [child.id for child in morphology.children if child.tag == "segment"]
        return []

    def _check_size(self, component: Component) -> None:
        count = sum(child.count for child in component.children if child.tag == "instance")
        text = component.attributes["size"].strip()
        if text.isdecimal() and int(text) != count and count:
            self.report.warning(
                "value.range",
                f"{title(component)} says that its size is {text}, but has {count} instances",
                locate(component.origin, "size"),
                notes=("the instances count",),
                hint=f'write size="{count}"',
                component=full_path(component),
            )


def _delays_of(elements: Iterable[StructureElement]) -> Iterator[str]:
    """The parameters that event connections are delayed by."""
    for element in elements:
        if element.kind == "EventConnection" and element.get("delay"):
            yield element.get("delay")
        yield from _delays_of(element.children)


def _sibling(owner: Component | None, name: str) -> Component | None:
    if owner is None or owner.parent is None:
        return None
    return next((item for item in owner.parent.children if item.id == name), None)


def _is_fraction(text: str) -> bool:
    try:
        return 0.0 <= float(text) <= 1.0
    except ValueError:
        return False


def _type_with(name: str, found: ComponentType, types: TypeTable) -> str:
    """A hint at the types that extend a type and have the parameter."""
    fitting = [
        item.name
        for item in types.document.types.values()
        if item.extends == found.name and any(own.name == name for own in item.parameters)
    ]
    return f"use {' or '.join(fitting)}" if fitting else ""
