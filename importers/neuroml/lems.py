"""LEMS elements to the model: dimensions, units, component types and components.

Every attribute and element that the LEMS specification (0.7.6) knows is read; what nobody
understands is reported by name and place. Faults are collected, not raised one by one.
"""

from __future__ import annotations

from collections.abc import Callable

from annarchy_ml.diagnostics import Diagnostics, did_you_mean
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.importers.neuroml.checks import Checker
from annarchy_ml.importers.neuroml.component_types import TypeReader
from annarchy_ml.importers.neuroml.dynamics import DynamicsReader
from annarchy_ml.importers.neuroml.xml_reader import Element
from annarchy_ml.model.component import Component, ComponentType
from annarchy_ml.model.document import Document
from annarchy_ml.units.dimension import Dimension
from annarchy_ml.units.unit import Unit

_EXPONENTS = ("m", "l", "t", "i", "k", "n", "j")


class LemsReader:
    """Reads the roots of files into one ``Document``."""

    def __init__(self, document: Document, report: Diagnostics) -> None:
        self.document = document
        self.report = report
        self.checker = Checker(report)
        self.dynamics = DynamicsReader(self.checker)
        self.pending_units: list[Element] = []

    def read(self, root: Element, core: bool) -> None:
        """Adds all definitions of one file."""
        for element in root.children:
            tag = element.tag
            if tag in _IGNORED:
                continue
            handler = _TOP.get(tag)
            if handler is not None:
                handler(self, element, core)
            else:
                self.document.components.append(element)

    def merge(self, core: Document) -> None:
        """Adds what a file of the core definitions holds."""
        document = self.document
        for name, dimension in core.dimensions.items():
            document.dimensions.setdefault(name, dimension)
        for symbol, unit in core.units.items():
            document.units.setdefault(symbol, unit)
        for name, constant in core.constants.items():
            document.constants.setdefault(name, constant)
        for declared in core.types.values():
            self._add_type(declared)
        document.components.extend(map(copied, core.components))
        document.targets.extend(core.targets)

    def _read_dimension(self, element: Element, core: bool) -> None:
        exponents: dict[str, int] = {}
        for name in _EXPONENTS:
            text = element.get(name, "0").strip()
            try:
                exponents[name] = int(text)
            except ValueError:
                self.report.error(
                    "value.range",
                    f"the exponent '{name}' of a dimension must be a whole number, not '{text}'",
                    locate(element.origin, name),
                )
        self.checker.check(element, ("name", *_EXPONENTS, "description"), required=("name",))
        found = Dimension(**exponents)
        known = self.document.dimensions.setdefault(element.get("name"), found)
        if known != found:
            self._twice("dimension", element, "name", f"{known}")

    def _read_unit(self, element: Element, core: bool) -> None:
        allowed = ("symbol", "dimension", "power", "scale", "offset", "name")
        self.checker.check(element, allowed, required=("symbol", "dimension"))
        numbers = {"power": 0.0, "scale": 1.0, "offset": 0.0}
        for name in numbers:
            text = element.get(name)
            if not text:
                continue
            try:
                numbers[name] = float(text)
            except ValueError:
                self.report.error(
                    "value.range",
                    f"'{name}' of a unit must be a number, not '{text}'",
                    locate(element.origin, name),
                )
        dimension = self.document.dimensions.get(element.get("dimension"))
        if dimension is None and element.get("dimension"):
            self.pending_units.append(element)
            return
        if dimension is not None:
            self._add_unit(element, dimension, numbers)

    def _add_unit(self, element: Element, dimension: Dimension, numbers: dict[str, float]) -> None:
        symbol = element.get("symbol")
        found = Unit(symbol, dimension, int(numbers["power"]), numbers["scale"], numbers["offset"])
        known = self.document.units.setdefault(symbol, found)
        if known != found:
            self._twice("unit", element, "symbol", f"1 {symbol} = {known.factor:g} in SI units")

    def _twice(self, what: str, element: Element, attribute: str, first: str) -> None:
        self.report.error(
            "dimension.duplicate",
            f"the {what} '{element.get(attribute)}' is defined twice, in different ways",
            locate(element.origin, attribute),
            notes=(f"the first definition: {first}",),
            hint=f"give one of the two another {attribute}, or remove it",
        )

    def finish(self) -> None:
        """Reads the units whose dimension was defined after them."""
        waiting, self.pending_units = self.pending_units, []
        for element in waiting:
            if element.get("dimension") in self.document.dimensions:
                self._read_unit(element, False)
                continue
            self.report.error(
                "units.unknown",
                f"the unit '{element.get('symbol')}' has the unknown dimension "
                f"'{element.get('dimension')}'",
                locate(element.origin, "dimension"),
                hint=did_you_mean(element.get("dimension"), self.document.dimensions),
            )

    def _read_constant(self, element: Element, core: bool) -> None:
        self.checker.check(
            element,
            ("name", "symbol", "dimension", "value", "description"),
            required=("value",) if element.get("symbol") else ("name", "value"),
        )
        self.document.constants[element.get("symbol") or element.get("name")] = (
            element.get("value"),
            element.get("dimension", "none"),
            element.origin,
        )

    def _read_target(self, element: Element, core: bool) -> None:
        self.checker.check(
            element, ("component", "reportFile", "timesFile"), required=("component",)
        )
        self.document.targets.append((element.get("component"), element.origin))

    def _read_assertion(self, element: Element, core: bool) -> None:
        required = ("dimension", "matches")
        self.checker.check(element, (*required, "description"), required=required)
        if all(element.get(name) for name in required):
            matches = self.dynamics.expression(element, "matches")
            asserted = (element.get("dimension"), matches, element.origin)
            self.document.assertions.append(asserted)

    def _read_component_type(self, element: Element, core: bool) -> None:
        self._add_type(TypeReader(self.checker, self.dynamics).read(element, core))

    def _add_type(self, declared: ComponentType) -> None:
        known = self.document.types.setdefault(declared.name, declared)
        if known is declared or known == declared:
            return
        where = f"{known.origin.file}" if known.origin else "another file"
        first = locate(known.origin, "name")
        self.report.error(
            "type.duplicate",
            f"the component type '{declared.name}' is defined twice, in different ways",
            locate(declared.origin, "name"),
            notes=(f"first defined in {where}",),
            related=((first, "first defined here"),) if first and not known.core else (),
            hint="give one of the two another name",
        )


_IGNORED = frozenset(("Include", "include", "Meta"))
_TOP: dict[str, Callable[[LemsReader, Element, bool], None]] = {
    "Dimension": LemsReader._read_dimension,
    "Unit": LemsReader._read_unit,
    "Constant": LemsReader._read_constant,
    "Target": LemsReader._read_target,
    "Assertion": LemsReader._read_assertion,
    "ComponentType": LemsReader._read_component_type,
}


def copied(component: Component, parent: Component | None = None) -> Component:
    """A component and its children, apart from the first ones."""
    result = Component(component.tag, component.attributes, [], component.origin, parent=parent)
    result.children = [copied(child, result) for child in component.children]
    return result
