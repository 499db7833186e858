"""Parameter values of components, in SI units, and what their other attributes name.

Before: ``<iafCell id="a" C="1.0 nF" leakReversal="-50mV" .../>``. After: ``C = 1e-9``,
``leakReversal = -0.05``; constants, fixed and derived parameters are among them. Dimensions are
compared, missing values and unknown attributes reported.
"""

from __future__ import annotations

from annarchy_ml.diagnostics import Diagnostics, did_you_mean
from annarchy_ml.diagnostics.origin import Origin, locate
from annarchy_ml.expr import evaluate, free_symbols
from annarchy_ml.model.component import Component, ComponentType, Parameter
from annarchy_ml.model.document import Document
from annarchy_ml.passes.resolve import ComponentTable
from annarchy_ml.units import Dimension, UnitError, UnitTable, named, show_quantity

ANY = "*"
# attributes that every component may have, or that the NeuroML schema allows everywhere
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
        "segmentGroup",
        "extracellularProperties",
        "notes",
    )
)


class ValueTable:
    """Values of parameters by component; every fault is reported once."""

    def __init__(self, document: Document, components: ComponentTable, report: Diagnostics) -> None:
        self.document = document
        self.components = components
        self.types = components.types
        self.report = report
        self.units = UnitTable(document.dimensions, document.units.values())
        self.constants = self._document_constants()
        self._done: dict[int, dict[str, float]] = {}
        self._constants_of: dict[str, dict[str, float]] = {}

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
        self, text: str, dimension: str, origin: Origin | None, attribute: str, owner: str = ""
    ) -> float:
        """The SI value of a text such as ``-65 mV``; 0 after a reported fault."""
        try:
            quantity = self.units.parse_quantity(text)
        except UnitError as fault:
            message = f"{owner}{attribute}: {fault}" if owner else str(fault)
            self.report.error(fault.code, message, locate(origin, attribute), hint=fault.hint)
            return 0.0
        expected = self.dimension(dimension)
        if dimension != ANY and expected is not None and quantity.dimension != expected:
            self.report.error(
                "units.mismatch",
                f"{owner}'{attribute}' must be a {named(expected)}, but '{text}' is "
                f"a {named(quantity.dimension)}",
                locate(origin, attribute),
                hint=f"write a {named(expected)}, for example {show_quantity(0.001, expected)}",
            )
        return quantity.value_si

    def type_constants(self, found: ComponentType) -> dict[str, float]:
        """Values of the constants and property defaults of a type."""
        known = self._constants_of.get(found.name)
        if known is None:
            known = {
                item.name: self.quantity(
                    item.default,
                    item.dimension,
                    item.origin,
                    "value" if item.kind == "constant" else "defaultValue",
                )
                for item in found.parameters
                if item.kind in ("constant", "property") and item.default
            }
            self._constants_of[found.name] = known
        return known

    def of(self, component: Component) -> dict[str, float]:
        """Values of all parameters, constants and derived parameters of a component."""
        known = self._done.get(id(component))
        if known is not None:
            return known
        found = self.types.get(component.type)
        if found is None:
            return {}
        values = dict(self.type_constants(found))
        self._done[id(component)] = values
        self._set_parameters(component, found, values)
        self._set_derived(component, found, values)
        self._check_attributes(component, found)
        return values

    def _set_parameters(
        self, component: Component, found: ComponentType, values: dict[str, float]
    ) -> None:
        base = self.base_of(component)
        inherited = self.of(base) if base is not None else {}
        fixed = dict(found.fixed)
        for parameter in found.parameters:
            name = parameter.name
            if name in component.attributes and parameter.kind != "constant":
                values[name] = self.quantity(
                    component.attributes[name],
                    parameter.dimension,
                    component.origin,
                    name,
                    f"{component.type} '{component.id}': " if component.id else "",
                )
            elif name in inherited:
                values[name] = inherited[name]
            elif name in fixed:
                values[name] = self.quantity(
                    fixed[name], parameter.dimension, found.origin, "value"
                )
            elif name not in values and parameter.kind in ("parameter", "index"):
                if parameter.default:
                    values[name] = self.quantity(
                        parameter.default, parameter.dimension, parameter.origin, "defaultValue"
                    )
                else:
                    self._missing(component, found, parameter)

    def _missing(
        self, component: Component, found: ComponentType, parameter: Parameter
    ) -> None:
        dimension = self.dimension(parameter.dimension)
        example = "1" if dimension is None else show_quantity(0.001, dimension)
        title = f"{component.type} '{component.id}'" if component.id else f"<{component.tag}>"
        unused = [name for name in component.attributes if not _is_known(found, name)]
        self.report.error(
            "attribute.missing",
            f"{title} needs a value for '{parameter.name}'",
            locate(component.origin),
            notes=(f"'{parameter.name}' is a {named(dimension)}",) if dimension else (),
            hint=did_you_mean(parameter.name, unused)
            or f'write {parameter.name}="{example}" with your value',
        )

    def base_of(self, component: Component) -> Component | None:
        """The component that this one ``extends``, if it names one."""
        name = component.attributes.get("extends", "")
        return self.components.by_id.get(name) if name else None

    def _set_derived(
        self, component: Component, found: ComponentType, values: dict[str, float]
    ) -> None:
        waiting = {item.name: item for item in found.derived_parameters}
        for item in found.derived_parameters:
            if item.select:
                values[item.name] = self._selected(component, item.select)
                waiting.pop(item.name)
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
        for item in waiting.values():
            unknown = sorted(free_symbols(item.value) - scope.keys()) if item.value else []
            self.report.error(
                "expr.unknown-name",
                f"the derived parameter '{item.name}' uses {', '.join(unknown)}, which has no "
                "value here",
                locate(item.origin, "value"),
                hint=did_you_mean(unknown[0], scope) if unknown else "",
            )

    def _selected(self, component: Component, path: str) -> float:
        """A parameter of another component, by a path of slots, references and ids."""
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
                f"'{path}' leads to no parameter from {component.type} '{component.id}'",
                locate(component.origin),
                hint=did_you_mean(name, values),
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
        found = self.types.get(component.type)
        text = component.attributes.get(name, "")
        base = self.base_of(component)
        if not text and base is not None:
            return self.reference(base, name)
        local = any(
            item.name == name and (item.local or item.kind == "link")
            for item in (found.references if found else ())
        )
        if local and component.parent is not None:
            for sibling in component.parent.children:
                if sibling.id == text:
                    return sibling
        return self.components.by_id.get(text)

    def _check_attributes(self, component: Component, found: ComponentType) -> None:
        for name, text in component.attributes.items():
            if name in COMMON or _is_known(found, name):
                continue
            known = [item.name for item in (*found.parameters, *found.references)]
            in_schema = found.core and name in self.document.schema_attributes()
            record = self.report.warning if in_schema else self.report.error
            unused = " that its LEMS definition reads" if in_schema else ""
            record(
                "attribute.unknown",
                f"{component.type} has no attribute '{name}'{unused}",
                locate(component.origin, name, value=False),
                notes=(f"it has: {', '.join(known)}",) if known else (),
                hint=did_you_mean(name, known),
            )
        for reference in found.references:
            text = component.attributes.get(reference.name, "")
            if reference.kind == "component" and text and text not in ("this", "parent"):
                if self.reference(component, reference.name) is None:
                    self._unknown_component(component, reference.name, text)

    def _unknown_component(self, component: Component, attribute: str, text: str) -> None:
        self.report.error(
            "component.unknown",
            f"{component.type} '{component.id}' refers to the component '{text}', which is not "
            "defined",
            locate(component.origin, attribute),
            hint=did_you_mean(text, self.components.by_id)
            or "define it, or include the file that does",
        )


def _is_known(found: ComponentType, name: str) -> bool:
    return (
        any(item.name == name for item in found.parameters)
        or any(item.name == name for item in found.references)
        or any(item.name == name for item in found.slots)
    )
