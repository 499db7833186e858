"""Texts such as ``-65 mV`` to SI values, with messages that say which unit was wanted."""

from __future__ import annotations

from annarchy_ml.diagnostics import Diagnostics, did_you_mean
from annarchy_ml.diagnostics.origin import Origin, locate, within
from annarchy_ml.model.component import Component, ComponentType
from annarchy_ml.model.document import Document
from annarchy_ml.passes.titles import full_path, title, title_in_type
from annarchy_ml.units import (
    NO_UNIT,
    Dimension,
    Unit,
    UnitError,
    UnitTable,
    named,
    preferred_unit,
    split_quantity,
    with_article,
)

ANY = "*"
_COLD = 150.0
"""Plain numbers below it that are given as temperatures are likely to be degrees Celsius [K]."""
Owner = Component | ComponentType | None


class QuantityReader:
    """Reads quantities with the units of a document.

    Attributes:
        known: values by text and name of the dimension; what is here was sound.
    """

    def __init__(self, document: Document, report: Diagnostics) -> None:
        self.document = document
        self.report = report
        self.units = UnitTable(document.dimensions, document.units.values())
        self.known: dict[tuple[str, str], float] = {}

    def dimension(self, name: str) -> Dimension | None:
        """The dimension of this name; None for ``*`` and unknown ones."""
        if name in ("", "none"):
            return Dimension()
        return self.document.dimensions.get(name)

    def read(
        self,
        text: str,
        dimension: str,
        origin: Origin | None,
        attribute: str,
        owner: Owner = None,
    ) -> float:
        """The SI value of a text such as ``-65 mV``; 0 after a reported fault."""
        key = (text, dimension)
        known = self.known.get(key)
        if known is not None:
            return known
        expected = None if dimension == ANY else self.dimension(dimension)
        path = full_path(owner) if isinstance(owner, Component) else owner.name if owner else ""
        what = f"'{attribute}' of {_titled(owner)}" if owner is not None else f"'{attribute}'"
        try:
            quantity = self.units.parse_quantity(text)
        except UnitError as fault:
            self.report.error(
                fault.code,
                f"{what}: {fault}",
                within(origin, attribute, fault.start, fault.length)
                if fault.length
                else locate(origin, attribute),
                hint=self._hint(fault, text, expected),
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
                hint=self._example(text, expected),
                component=path,
            )
            return 0.0
        self.known[key] = quantity.value_si
        return quantity.value_si

    def read_constant(self, text: str, dimension: str, origin: Origin | None) -> float:
        """The SI value of a constant outside all types, where jLEMS takes plain numbers as SI."""
        wanted = self.dimension(dimension)
        number = self.sound(text, "none")
        if number is None or wanted is None or wanted == Dimension():
            return self.read(text, dimension, origin, "value")
        unit, scale = preferred_unit(wanted)
        self.report.warning(
            "units.mismatch",
            f"'value' should be {with_article(wanted)}, but '{text.strip()}' is a plain number: "
            "it is taken in SI units",
            locate(origin, "value"),
            hint=f"write '{number / scale:g} {unit}'",
        )
        return number

    def sound(self, text: str, dimension: str) -> float | None:
        """The SI value of a text; None if it is at fault, which is not reported."""
        key = (text, dimension)
        if key not in self.known:
            expected = None if dimension == ANY else self.dimension(dimension)
            try:
                quantity = self.units.parse_quantity(text)
            except UnitError:
                return None
            if expected is not None and quantity.dimension != expected:
                return None
            self.known[key] = quantity.value_si
        return self.known[key]

    def unit_of(self, suffix: str, dimension: str) -> Unit | None:
        """The unit that follows a number; None if it is unknown, or of another dimension."""
        expected = None if dimension == ANY else self.dimension(dimension)
        try:
            symbol = split_quantity(f"0{suffix}")[1]
            unit = self.units.unit(symbol) if symbol else NO_UNIT
        except UnitError:
            return None
        return unit if expected is None or unit.dimension == expected else None

    def dimension_of(self, text: str) -> Dimension | None:
        """The dimension of a text such as ``-65 mV``; None if it is none."""
        try:
            return self.units.parse_quantity(text).dimension
        except UnitError:
            return None

    def _hint(self, fault: UnitError, text: str, expected: Dimension | None) -> str:
        """The unit that may have been meant: one of the right dimension if there is any."""
        if fault.code == "units.malformed" and expected is not None:
            return self._example(text, expected)
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

    def _example(self, text: str, expected: Dimension) -> str:
        """The same number with a unit of the right dimension, if there is a number."""
        unit = preferred_unit(expected)[0]
        try:
            number = split_quantity(text)[0]
        except UnitError:
            return (
                f"write a number and a unit, such as '1 {unit}'" if unit else "write a plain number"
            )
        if not unit:
            return f"write a number without a unit, such as '{number:g}'"
        if unit == "K" and number < _COLD and "degC" in self.units.units:
            unit = "degC"
        return f"write {with_article(expected)}, such as '{number:g} {unit}'"


def _titled(owner: Component | ComponentType) -> str:
    return title(owner) if isinstance(owner, Component) else title_in_type(owner)
