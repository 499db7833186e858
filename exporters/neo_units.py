"""Turns the symbol of an SI unit, such as ``S/m^2``, into a unit of the `quantities` package."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import quantities as pq

_SYMBOLS = {
    name: getattr(pq, name)
    for name in ("A", "C", "F", "Hz", "J", "K", "N", "Pa", "S", "V", "W", "kg", "m", "mol", "s")
} | {"Ω": pq.ohm, "Ohm": pq.ohm, "ohm": pq.ohm, "M": pq.M, "T": pq.T, "Wb": pq.Wb, "cd": pq.cd}
_SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_TOKEN = re.compile(
    r"\s*(?:(?P<symbol>1|[^\W\d_]+)(?:\^|\*\*)?(?P<power>-?\d+)?|(?P<sign>/|\*|·|⋅|\.))"
)


@cache
def quantity_unit(symbol: str) -> Any:
    """The unit of the `quantities` package, or None if the symbol is not understood.

    The text is read with a small grammar of its own, because it may come from a model file and
    the parser of `quantities` evaluates text as Python.
    """
    found: Any = pq.dimensionless
    text, inverse, place = symbol.replace("_per_", "/").translate(_SUPERSCRIPTS), False, 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None:
            return None
        place = match.end()
        if match["sign"]:
            inverse = match["sign"] == "/"
        elif match["symbol"] != "1":
            unit = _SYMBOLS.get(match["symbol"])
            if unit is None:
                return None
            power = int(match["power"] or 1)
            found = found * unit ** (-power if inverse else power)
            inverse = False
    return None if inverse else found.units
