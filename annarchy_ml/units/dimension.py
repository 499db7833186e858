"""Physical dimensions as seven SI exponents, and their names in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

    Exponent = int | Fraction

_BASE_UNITS = ("kg", "m", "s", "A", "K", "mol", "cd")
_SUPERSCRIPTS = str.maketrans("-0123456789/", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹ᐟ")


@dataclass(frozen=True, slots=True)
class Dimension:
    """Exponents of mass, length, time, current, temperature, amount and luminous intensity.

    The names are those of LEMS's `<Dimension>` element. Exponents are integers, and become
    fractions only where a root makes it necessary.
    """

    m: Exponent = 0
    l: Exponent = 0  # noqa: E741  (the attribute's name in LEMS)
    t: Exponent = 0
    i: Exponent = 0
    k: Exponent = 0
    n: Exponent = 0
    j: Exponent = 0

    @property
    def exponents(self) -> tuple[Exponent, ...]:
        """The seven exponents in the order m, l, t, i, k, n, j."""
        return (self.m, self.l, self.t, self.i, self.k, self.n, self.j)

    @property
    def is_dimensionless(self) -> bool:
        """Whether all exponents are zero."""
        return not any(self.exponents)

    def __mul__(self, other: Dimension) -> Dimension:
        pairs = zip(self.exponents, other.exponents, strict=True)
        return Dimension(*(_reduced(a + b) for a, b in pairs))

    def __truediv__(self, other: Dimension) -> Dimension:
        pairs = zip(self.exponents, other.exponents, strict=True)
        return Dimension(*(_reduced(a - b) for a, b in pairs))

    def __pow__(self, power: Exponent) -> Dimension:
        return Dimension(*(_reduced(exponent * power) for exponent in self.exponents))

    def root(self, degree: int) -> Dimension:
        """The dimension whose `degree`-th power this one is."""
        from fractions import Fraction

        return self ** Fraction(1, degree)

    def __str__(self) -> str:
        return named(self)


DIMENSIONLESS = Dimension()

NAMED_DIMENSIONS: dict[str, Dimension] = {
    "none": DIMENSIONLESS,
    "time": Dimension(t=1),
    "per_time": Dimension(t=-1),
    "voltage": Dimension(1, 2, -3, -1),
    "per_voltage": Dimension(-1, -2, 3, 1),
    "conductance": Dimension(-1, -2, 3, 2),
    "conductanceDensity": Dimension(-1, -4, 3, 2),
    "capacitance": Dimension(-1, -2, 4, 2),
    "specificCapacitance": Dimension(-1, -4, 4, 2),
    "resistance": Dimension(1, 2, -3, -2),
    "resistivity": Dimension(2, 2, -3, -2),
    "charge": Dimension(t=1, i=1),
    "charge_per_mole": Dimension(t=1, i=1, n=-1),
    "current": Dimension(i=1),
    "currentDensity": Dimension(l=-2, i=1),
    "length": Dimension(l=1),
    "area": Dimension(l=2),
    "volume": Dimension(l=3),
    "concentration": Dimension(l=-3, n=1),
    "substance": Dimension(n=1),
    "permeability": Dimension(l=1, t=-1),
    "temperature": Dimension(k=1),
    "idealGasConstantDims": Dimension(1, 2, -2, 0, -1, -1),
    "conductance_per_voltage": Dimension(-2, -4, 6, 3),
    "rho_factor": Dimension(l=-1, t=-1, i=-1, n=1),
}
"""The dimensions of the NeuroML core definitions by their names there.

They are kept as that file has them, also `resistivity`, whose exponents there are not those of Ω·m.
"""

_WORDS: dict[Dimension, str] = {
    NAMED_DIMENSIONS[name]: words
    for name, words in {
        "none": "plain number",
        "time": "time",
        "per_time": "rate",
        "voltage": "voltage",
        "per_voltage": "inverse voltage",
        "conductance": "conductance",
        "conductanceDensity": "conductance per area",
        "capacitance": "capacitance",
        "specificCapacitance": "capacitance per area",
        "resistance": "resistance",
        "resistivity": "resistivity",
        "charge": "charge",
        "charge_per_mole": "charge per mole",
        "current": "current",
        "currentDensity": "current per area",
        "length": "length",
        "area": "area",
        "volume": "volume",
        "concentration": "concentration",
        "substance": "amount of substance",
        "permeability": "velocity",
        "temperature": "temperature",
        "idealGasConstantDims": "gas constant",
        "conductance_per_voltage": "conductance per voltage",
        "rho_factor": "amount of substance per charge and length",
    }.items()
}
_WORDS[Dimension(1, 3, -3, -2)] = "resistivity"
_DIVISORS = ("time", "voltage", "length", "area", "volume", "current", "conductance", "temperature")


def named(dimension: Dimension) -> str:
    """The dimension in words for messages: "voltage", "voltage per time", or "kg·m²·s⁻²"."""
    if dimension in _WORDS:
        return _WORDS[dimension]
    for divisor in _DIVISORS:
        whole = dimension * NAMED_DIMENSIONS[divisor]
        if not whole.is_dimensionless and whole in _WORDS:
            return f"{_WORDS[whole]} per {divisor}"
    for divisor in _DIVISORS:
        rest = dimension / NAMED_DIMENSIONS[divisor]
        if rest == NAMED_DIMENSIONS[divisor]:
            return f"squared {divisor}"
        if rest in _WORDS and not rest.is_dimensionless:
            return f"{_WORDS[rest]} times {divisor}"
    return base_units(dimension)


def with_article(dimension: Dimension) -> str:
    """The dimension in words with "a" or "an" before it, where that reads well."""
    words = named(dimension)
    if not words[0].isascii() or "·" in words or words[-1] in "⁰¹²³⁴⁵⁶⁷⁸⁹" or len(words) < 4:
        return f"a quantity in {words}"
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def base_units(dimension: Dimension) -> str:
    """The dimension as a product of SI base units, such as "kg·m²·s⁻³·A⁻¹"; "1" if it has none."""
    parts = [
        unit + ("" if exponent == 1 else str(exponent).translate(_SUPERSCRIPTS))
        for unit, exponent in zip(_BASE_UNITS, dimension.exponents, strict=True)
        if exponent
    ]
    return "·".join(parts) or "1"


def _reduced(exponent: Exponent) -> Exponent:
    """A whole fraction as the integer it is."""
    if type(exponent) is not int and exponent.denominator == 1:
        return int(exponent)
    return exponent
