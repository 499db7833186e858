"""LEMS elements to the model: dimensions, units, component types and components.

Every attribute and element that the LEMS specification (0.7.6) knows is read; what nobody
understands is reported by name and place. Faults are collected, not raised one by one.
"""

from __future__ import annotations

from annarchy_ml.diagnostics import Diagnostics, did_you_mean
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.importers.neuroml.checks import SILENT, Checker
from annarchy_ml.importers.neuroml.component_types import TypeReader
from annarchy_ml.importers.neuroml.dynamics import DynamicsReader
from annarchy_ml.importers.neuroml.document import Element
from annarchy_ml.model.component import Component
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
            if tag in ("Include", "include") or (tag in SILENT and tag != "Meta"):
                continue
            handler = getattr(self, f"_read_{tag.lower()}", None) if tag in _TOP else None
            if handler is not None:
                handler(element, core)
            else:
                self.document.components.append(component_of(element, None))

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
        self.checker.check(element, ("name", *_EXPONENTS), required=("name",))
        self.document.dimensions.setdefault(element.get("name"), Dimension(**exponents))

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

    def _add_unit(
        self, element: Element, dimension: Dimension, numbers: dict[str, float]
    ) -> None:
        symbol = element.get("symbol")
        self.document.units.setdefault(
            symbol,
            Unit(symbol, dimension, int(numbers["power"]), numbers["scale"], numbers["offset"]),
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
            required=("name", "value"),
        )
        self.document.constants[element.get("name")] = (
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
        self.checker.check(element, ("dimension", "matches"), required=("dimension", "matches"))
        self.document.assertions.append(
            (element.get("dimension"), element.get("matches"), element.origin)
        )

    def _read_componenttype(self, element: Element, core: bool) -> None:
        declared = TypeReader(self.checker, self.dynamics).read(element, core)
        known = self.document.types.get(declared.name)
        if known is not None and known != declared:
            self.report.error(
                "type.duplicate",
                f"the component type '{declared.name}' is defined twice, in different ways",
                locate(element.origin, "name"),
                notes=(f"first defined in {known.origin.file if known.origin else '?'}",),
                hint="give one of the two another name",
            )
            return
        self.document.types[declared.name] = declared


_TOP = frozenset(("Dimension", "Unit", "Constant", "Target", "Assertion", "ComponentType"))


def component_of(element: Element, parent: Component | None) -> Component:
    """An element of a file, with its children, as a component."""
    result = Component(element.tag, element.attributes, [], element.origin, parent=parent)
    result.children = [
        component_of(child, result) for child in element.children if child.tag not in SILENT
    ]
    return result
