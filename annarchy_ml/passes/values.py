"""Parameter values of components, in SI units, and what their other attributes name.

Before: ``<iafCell id="a" C="1.0 nF" leakReversal="-50mV" .../>``. After: ``C = 1e-9``,
``leakReversal = -0.05``; constants, fixed and derived parameters are among them. Dimensions are
compared, missing values and unknown attributes reported.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from annarchy_ml.diagnostics import Diagnostics, did_you_mean
from annarchy_ml.diagnostics.origin import Origin, locate, part_of, within
from annarchy_ml.expr import evaluate, free_symbols
from annarchy_ml.model.component import Component, ComponentType, DerivedParameter, Parameter
from annarchy_ml.model.document import Document
from annarchy_ml.passes.attributes import AttributeCheck
from annarchy_ml.passes.resolve import ComponentTable
from annarchy_ml.passes.titles import full_path, title, title_in_type
from annarchy_ml.units import (
    Dimension,
    UnitError,
    UnitTable,
    named,
    preferred_unit,
    split_quantity,
    with_article,
)

ANY = "*"


@dataclass(slots=True)
class _TypeInfo:
    """What all components of one type share.

    Attributes:
        constants: values of constants and property defaults.
        set: parameters and properties that a component may give.
        counts: those that say how many instances there are.
        plain: whether a component adds nothing to the constants.
        fixed: text by name of the parameter.
    """

    type: ComponentType
    constants: dict[str, float]
    set: tuple[Parameter, ...]
    counts: tuple[str, ...]
    plain: bool
    fixed: dict[str, str] = field(default_factory=dict)


class ValueTable:
    """Values of parameters by component; every fault is reported once."""

    def __init__(self, document: Document, components: ComponentTable, report: Diagnostics) -> None:
        self.document = document
        self.components = components
        self.types = components.types
        self.report = report
        self.units = UnitTable(document.dimensions, document.units.values())
        self._quantities: dict[tuple[str, str], float] = {}
        self.constants = self._document_constants()
        self.attributes = AttributeCheck(self)
        self._done: dict[int, dict[str, float]] = {}
        self._info_of: dict[str, _TypeInfo | None] = {}

    def _document_constants(self) -> dict[str, float]:
        values = {}
        for name, (text, dimension, origin) in self.document.constants.items():
            values[name] = self.quantity(text, dimension, origin, "value")
        return values

    def dimension(self, name: str) -> Dimension | None:
        """The dimension of this name; None for ``*`` and unknown ones."""
        if name in ("", "none"):
            return Dimension()
        return self.document.dimensions.get(name)

    def quantity(
        self,
        text: str,
        dimension: str,
        origin: Origin | None,
        attribute: str,
        owner: Component | ComponentType | None = None,
    ) -> float:
        """The SI value of a text such as ``-65 mV``; 0 after a reported fault."""
        key = (text, dimension)
        known = self._quantities.get(key)
        if known is not None:
            return known
        expected = None if dimension == ANY else self.dimension(dimension)
        path = full_path(owner) if isinstance(owner, Component) else owner.name if owner else ""
        what = f"'{attribute}' of {_named(owner)}" if owner is not None else f"'{attribute}'"
        try:
            quantity = self.units.parse_quantity(text)
        except UnitError as fault:
            self.report.error(
                fault.code,
                f"{what}: {fault}",
                within(origin, attribute, fault.start, fault.length)
                if fault.length
                else locate(origin, attribute),
                hint=self._unit_hint(fault, text, expected),
                component=path,
            )
            return 0.0
        if expected is not None and quantity.dimension != expected:
            self.report.error(
                "units.mismatch",
                f"{what} must be {with_article(expected)}, but '{text.strip()}' is "
                f"{with_article(quantity.dimension)}",
                locate(origin, attribute),
                label=f"{named(quantity.dimension)}",
                hint=_example(text, expected),
                component=path,
            )
            return 0.0
        self._quantities[key] = quantity.value_si
        return quantity.value_si

    def _unit_hint(self, fault: UnitError, text: str, expected: Dimension | None) -> str:
        """The unit that may have been meant: one of the right dimension if there is any."""
        if fault.code == "units.malformed" and expected is not None:
            return _example(text, expected)
        if fault.code == "value.range":
            return "write a number that a double can hold, below 1.8e308 in SI units"
        if fault.code != "units.unknown" or expected is None:
            return fault.hint
        fitting = [unit.symbol for unit in self.units.units.values() if unit.dimension == expected]
        symbol = text[fault.start : fault.start + fault.length]
        if not fitting:
            return f"write {with_article(expected)}: no unit of it is defined"
        near = did_you_mean(symbol, fitting)
        return near or f"units of {named(expected)}: {', '.join(fitting[:8])}"

    def type_constants(self, found: ComponentType) -> dict[str, float]:
        """Values of the constants and property defaults of a type."""
        return {
            item.name: self.quantity(
                item.default,
                item.dimension,
                item.origin,
                "value" if item.kind == "constant" else "defaultValue",
                found,
            )
            for item in found.parameters
            if item.kind in ("constant", "property") and item.default
        }

    def _info(self, name: str) -> _TypeInfo | None:
        if name in self._info_of:
            return self._info_of[name]
        found = self.types.get(name)
        info = None
        if found is not None:
            given = tuple(item for item in found.parameters if item.kind != "constant")
            plain = not given and not found.derived_parameters
            fixed = dict(found.fixed)
            counts = tuple(
                item.get("number")
                for item in found.structure or ()
                if item.kind == "MultiInstantiate"
            )
            info = _TypeInfo(found, self.type_constants(found), given, counts, plain, fixed)
        self._info_of[name] = info
        return info

    def of(self, component: Component) -> dict[str, float]:
        """Values of all parameters, constants and derived parameters; not to be changed."""
        known = self._done.get(id(component))
        if known is not None:
            return known
        info = self._info(component.type)
        if info is None:
            return {}
        values = info.constants if info.plain else dict(info.constants)
        self._done[id(component)] = values
        if not info.plain:
            self._set_parameters(component, info, values)
            self._set_derived(component, info.type, values)
        for name in info.counts:
            self.attributes.count(component, name, values.get(name, 0.0))
        self.attributes.check(component, info.type)
        return values

    def _set_parameters(
        self, component: Component, info: _TypeInfo, values: dict[str, float]
    ) -> None:
        attributes = component.attributes
        inherited: dict[str, float] = {}
        if "extends" in attributes and (base := self.base_of(component)) is not None:
            inherited = self.of(base)
        for parameter in info.set:
            name, dimension = parameter.name, parameter.dimension
            text = attributes.get(name)
            if text is not None:
                value = self._quantities.get((text, dimension))
                if value is None:
                    value = self.quantity(text, dimension, component.origin, name, component)
                values[name] = value
            elif name in inherited:
                values[name] = inherited[name]
            elif name in info.fixed:
                text = info.fixed[name]
                values[name] = self.quantity(text, dimension, info.type.origin, name, info.type)
            elif name not in values and parameter.kind in ("parameter", "index"):
                if parameter.default:
                    values[name] = self.quantity(
                        parameter.default, dimension, parameter.origin, "defaultValue", info.type
                    )
                else:
                    self.attributes.missing(component, info.type, parameter)

    def base_of(self, component: Component) -> Component | None:
        """The component that this one ``extends``, if it names one."""
        name = component.attributes.get("extends", "")
        return self.components.by_id.get(name) if name else None

    def _set_derived(
        self, component: Component, found: ComponentType, values: dict[str, float]
    ) -> None:
        if not found.derived_parameters:
            return
        waiting = {item.name: item for item in found.derived_parameters}
        for item in found.derived_parameters:
            if item.select:
                values[item.name] = self._selected(component, item)
                waiting.pop(item.name, None)
        scope = {**self.constants, **values}
        while waiting:
            ready = [
                item
                for item in waiting.values()
                if item.value is not None and free_symbols(item.value) <= scope.keys()
            ]
            if not ready:
                break
            for item in ready:
                assert item.value is not None
                values[item.name] = scope[item.name] = evaluate(item.value, scope)
                waiting.pop(item.name)
        names = {item.name for item in found.parameters}
        for item in waiting.values():
            self._no_value(component, found, item, scope, names)

    def _no_value(
        self,
        component: Component,
        found: ComponentType,
        item: DerivedParameter,
        scope: dict[str, float],
        declared: set[str],
    ) -> None:
        """Reports a derived parameter of unknown names; a missing parameter was reported."""
        if item.value is None:
            self.report.error(
                "attribute.missing",
                f"the derived parameter '{item.name}' needs a value or a select",
                locate(item.origin),
                hint='write value="..." or select="path/to/parameter"',
                component=found.name,
            )
            return
        derived = {other.name for other in found.derived_parameters}
        unknown = sorted(free_symbols(item.value) - scope.keys() - declared - derived)
        for name in unknown:
            self.report.error(
                "expr.unknown-name",
                f"the derived parameter '{item.name}' uses '{name}', which is no parameter or "
                f"constant of {title_in_type(found)}",
                part_of(item.origin, "value", name),
                hint=did_you_mean(name, [*scope, *declared]),
                component=found.name,
            )
        loop = sorted(free_symbols(item.value) & derived - scope.keys())
        if loop and not unknown and not declared - scope.keys():
            self.report.error(
                "loop.algebraic",
                f"the derived parameter '{item.name}' needs itself, through {', '.join(loop)}",
                locate(item.origin, "value"),
                component=found.name,
            )

    def _selected(self, component: Component, item: DerivedParameter) -> float:
        """A parameter of another component, by a path of slots, references and ids."""
        path = item.select
        where: Component | None = component
        *steps, name = path.removeprefix("//").rsplit("/", 1)
        if path.startswith("//"):
            where = self._anywhere(component, steps[0] if steps else "")
        else:
            for step in "/".join(steps).split("/") if steps else ():
                where = self.step_to(where, step) if where is not None else None
        values = self.of(where) if where is not None else {}
        if name not in values:
            self.report.error(
                "path.unknown",
                f"the derived parameter '{item.name}' selects '{path}', which leads to no "
                f"parameter from {title(component)}",
                locate(component.origin),
                hint=did_you_mean(name, values),
                component=full_path(component),
            )
        return values.get(name, 0.0)

    def _anywhere(self, component: Component, step: str) -> Component | None:
        """The component ``Type[attribute=path]`` anywhere in the document."""
        name, _, predicate = step.removesuffix("]").partition("[")
        attribute, _, wanted = predicate.partition("=")
        if wanted and wanted[0] not in "'\"":
            *steps, last = wanted.split("/")
            where: Component | None = component
            for item in steps:
                where = self.step_to(where, item) if where is not None else None
            wanted = where.attributes.get(last, "") if where is not None else ""
        wanted = wanted.strip("'\"")
        waiting = list(reversed(self.document.components))
        while waiting:
            found = waiting.pop()
            if found.type == name and (
                not attribute or found.attributes.get(attribute.strip(), "") == wanted
            ):
                return found
            waiting.extend(reversed(found.children))
        return None

    def step_to(self, component: Component, step: str) -> Component | None:
        """The component at the end of one step of a path."""
        if step == "..":
            return component.parent
        for child in component.children:
            if step in (child.slot, child.id):
                return child
        return self.reference(component, step)

    def reference(self, component: Component, name: str) -> Component | None:
        """The component that the attribute ``name`` refers to."""
        text = component.attributes.get(name, "")
        seen: list[Component] = []
        while not text and "extends" in component.attributes:
            base = self.base_of(component)
            if base is None or base in seen:
                break
            seen.append(base)
            component, text = base, base.attributes.get(name, "")
        if component.parent is not None and self._is_local(component, name):
            for sibling in component.parent.children:
                if sibling.id == text:
                    return sibling
        return self.components.by_id.get(text)

    def _is_local(self, component: Component, name: str) -> bool:
        found = self.types.get(component.type)
        return any(
            item.name == name and (item.local or item.kind == "link")
            for item in (found.references if found else ())
        )


def _named(owner: Component | ComponentType) -> str:
    return title(owner) if isinstance(owner, Component) else title_in_type(owner)


def _example(text: str, expected: Dimension) -> str:
    """The same number with a unit of the right dimension, if there is a number."""
    unit = preferred_unit(expected)[0]
    try:
        number = split_quantity(text)[0]
    except UnitError:
        return f"write a number and a unit, such as '1 {unit}'" if unit else "write a plain number"
    if not unit:
        return f"write a number without a unit, such as '{number:g}'"
    return f"write {with_article(expected)}, such as '{number:g} {unit}'"
