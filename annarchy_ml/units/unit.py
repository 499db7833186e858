"""Units, quantities such as "-65 mV", and the tables of units that documents build."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite

from annarchy_ml.diagnostics.suggest import did_you_mean
from annarchy_ml.units.dimension import DIMENSIONLESS, Dimension

_QUANTITY = re.compile(
    r"\s*([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*(.*)", re.DOTALL
)


class UnitError(ValueError):
    """A quantity, unit or dimension that cannot be understood.

    Attributes:
        code: The diagnostic code that fits.
        message: What was wrong, in one sentence.
        hint: What may have been meant, or "".
        start: Where in the text the wrong part begins.
        length: How long the wrong part is.
    """

    def __init__(self, code: str, message: str, hint: str = "", part: tuple[int, int] = (0, 0)):
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint
        self.start, self.length = part


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as LEMS defines it: SI value = value * scale * 10^power + offset."""

    symbol: str
    dimension: Dimension
    power: int = 0
    scale: float = 1.0
    offset: float = 0.0

    @property
    def factor(self) -> float:
        """How many SI units one of these is, the offset left out."""
        return self.scale * _ten_to(self.power)

    def to_si(self, value: float) -> float:
        """The value in SI units; rounded after each operation, in this order."""
        return value * self.scale * _ten_to(self.power) + self.offset


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value in SI units with its dimension and the text it was written as."""

    value_si: float
    dimension: Dimension
    text: str = ""


class UnitTable:
    """The dimensions and units that a document and its includes define."""

    def __init__(
        self, dimensions: Mapping[str, Dimension] | None = None, units: Iterable[Unit] = ()
    ) -> None:
        self._dimensions: dict[str, Dimension] = {"none": DIMENSIONLESS}
        self._units: dict[str, Unit] = {}
        for name, dimension in (dimensions or {}).items():
            self.add_dimension(name, dimension)
        for unit in units:
            self.add_unit(unit)

    def add_dimension(self, name: str, dimension: Dimension) -> None:
        """Define a dimension; the same definition again is harmless.

        Raises:
            UnitError: If the name already stands for another dimension.
        """
        if self._dimensions.setdefault(name, dimension) != dimension:
            message = f"dimension '{name}' is already defined with other exponents"
            raise UnitError("dimension.duplicate", message)

    def add_unit(self, unit: Unit) -> None:
        """Define a unit; the same definition again is harmless.

        Raises:
            UnitError: If the symbol already stands for another unit.
        """
        if self._units.setdefault(unit.symbol, unit) != unit:
            message = f"unit '{unit.symbol}' is already defined with another size or dimension"
            raise UnitError("dimension.duplicate", message)

    @property
    def dimensions(self) -> Mapping[str, Dimension]:
        """Dimensions by name."""
        return self._dimensions

    @property
    def units(self) -> Mapping[str, Unit]:
        """Units by symbol."""
        return self._units

    def dimension(self, name: str) -> Dimension | None:
        """The dimension of a declaration: "" and "none" are dimensionless, "*" is any (None).

        Raises:
            UnitError: If no dimension of this name is defined.
        """
        if name == "*":
            return None
        if not name:
            return DIMENSIONLESS
        if name not in self._dimensions:
            hint = did_you_mean(name, self._dimensions)
            raise UnitError("dimension.unknown", f"there is no dimension '{name}'", hint)
        return self._dimensions[name]

    def unit(self, symbol: str) -> Unit:
        """The unit of a symbol.

        Raises:
            UnitError: If no unit has this symbol.
        """
        if symbol not in self._units:
            plain = symbol.replace("µ", "u").replace("μ", "u").replace("Ω", "ohm")
            hint = f"did you mean '{plain}'?" if plain in self._units else ""
            hint = hint or did_you_mean(symbol, self._units)
            raise UnitError("units.unknown", f"'{symbol}' is not a known unit", hint)
        return self._units[symbol]

    def parse_quantity(self, text: str) -> Quantity:
        """Read "-65mV", "-65 mV", "1e-3 S_per_m2", "32 degC" or a plain number.

        Raises:
            UnitError: If the text is no number, or its unit is unknown, or it is too large.
        """
        number, symbol, start = split_quantity(text)
        try:
            unit = self.unit(symbol) if symbol else NO_UNIT
        except UnitError as error:
            error.start, error.length = start, len(symbol)
            raise
        value_si = unit.to_si(number)
        if not isfinite(value_si):
            whole = (0, len(text))
            raise UnitError("value.range", f"'{text.strip()}' is too large a number", "", whole)
        return Quantity(value_si, unit.dimension, text)


def split_quantity(text: str) -> tuple[float, str, int]:
    """Split a quantity into its number, its unit's symbol (or "") and where the symbol starts.

    Raises:
        UnitError: If the text does not begin with a number.
    """
    match = _QUANTITY.match(text)
    if match is None:
        shown = text.strip()
        message = f"'{shown}' is not a number with a unit" if shown else "the value is empty"
        hint = "write a number and a unit, such as '5 mV'"
        raise UnitError("units.malformed", message, hint, (0, len(text)))
    return float(match[1]), match[2].rstrip(), match.start(2)


def _ten_to(power: int) -> float:
    """Ten to an integer power, correctly rounded."""
    return float(f"1e{power}")


NO_UNIT = Unit("", DIMENSIONLESS)
