"""Names the unit of a drawn number, as the field writes it: mV, nA, mS/cm², ms."""

from __future__ import annotations

import math
import re

from annarchy_ml.units import NAMED_DIMENSIONS, named, preferred_unit

_PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_READABLE = (1e-2, 1e4)


def unit_label(unit: str, dimension: str, scale: float) -> str:
    """The unit that a value has after division by `scale`; empty for a plain number.

    Args:
        unit: SI symbol of the value.
        dimension: Its LEMS name, or ``none``.
        scale: Such as 1e-3 for volts drawn as mV.
    """
    if dimension in NAMED_DIMENSIONS and dimension != "none":
        symbol, factor = preferred_unit(NAMED_DIMENSIONS[dimension])
        if math.isclose(factor, scale, rel_tol=1e-9):
            return typeset(symbol)
    if unit in ("", "1"):
        return "" if math.isclose(scale, 1) else f"÷ {scale:g}"
    power = _power_of_ten(scale)
    if power == 0:
        return typeset(unit)
    if power in _PREFIXES and unit.isalpha():
        return _PREFIXES[power] + unit
    return f"{scale:g} {typeset(unit)}"


def time_label(scale: float) -> str:
    """The unit of times that were divided by `scale`."""
    return unit_label("s", "", scale)


def typeset(symbol: str) -> str:
    """A symbol as it is printed: ``mS_per_cm2`` becomes mS/cm², ``per_mV`` becomes 1/mV."""
    text = symbol.replace("*", "·").replace("^", "")
    text = re.sub("^per_", "1/", text).replace("_per_", "/").replace("_", "·")
    text = re.sub(r"\bu(?=[A-Za-z])", "µ", text).replace("ohm", "Ω").replace("Ohm", "Ω")
    return re.sub(r"(?<=[A-Za-zΩ])-?\d+", lambda found: found[0].translate(_SUPERSCRIPTS), text)


def short_path(path: str, longest: int = 30) -> str:
    """A path that fits into a legend: ``hhpop[0]/…/naChan/m/q``."""
    parts = path.split("/")
    while len("/".join(parts)) > longest and len(parts) > 3:
        parts = [parts[0], "…", *parts[3 if parts[1] == "…" else 2 :]]
    return "/".join(parts)


def words(dimension: str) -> str:
    """A dimension in words, such as "conductance per area"; empty if it has none."""
    known = NAMED_DIMENSIONS.get(dimension)
    if known is None:
        return dimension.replace("_", " ")
    return "" if known.is_dimensionless else named(known)


def fitting_scale(unit: str, dimension: str, largest: float) -> float:
    """The scale in which to draw a quantity when the model names none.

    Args:
        unit: SI symbol of the value.
        dimension: Its LEMS name, or ``none``.
        largest: Largest absolute SI value.
    """
    known = NAMED_DIMENSIONS.get(dimension)
    scale = 1.0 if known is None else preferred_unit(known)[1]
    low, high = _READABLE
    if not unit.isalpha() or not 0 < largest < math.inf or low <= largest / scale < high:
        return scale
    power = 3 * math.floor(math.log10(largest) / 3)
    return 10.0 ** min(max(power, min(_PREFIXES)), max(_PREFIXES))


def _power_of_ten(scale: float) -> int | None:
    if scale <= 0 or not math.isfinite(scale):
        return None
    power = round(math.log10(scale))
    return power if math.isclose(scale, 10.0**power, rel_tol=1e-9) else None
