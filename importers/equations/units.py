"""Units in model texts, as factors to the native scale: ms, mV, nA, uS, nF, MOhm, Hz."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Any

_PREFIXES = {"": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "k": 1e3, "M": 1e6}
_NATIVE = {"s": 1e-3, "V": 1e-3, "A": 1e-9, "S": 1e-6, "F": 1e-9, "Ohm": 1e6, "Hz": 1.0}
"""What one native unit is in SI units."""

SCALES: dict[str, float] = {
    prefix + unit: float(f"{factor / native:.15g}")
    for unit, native in _NATIVE.items()
    for prefix, factor in _PREFIXES.items()
}
"""Factors by the spelling of the unit: 1000 for ``s``, 1 for ``ms``."""

TIMES = frozenset(prefix + "s" for prefix in _PREFIXES)

_QUANTITY = re.compile(r"\s*([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*([A-Za-z]*)\s*")


def quantity(given: Any, units: Container[str] = SCALES) -> Any:
    """A number in the native scale of a text such as ``"20 ms"``; anything else stays.

    None for a text that is no number with one of these units, or without.
    """
    if not isinstance(given, str):
        return given
    found = _QUANTITY.fullmatch(given)
    if found is None or (found[2] and found[2] not in units):
        return None
    try:
        return float(found[1]) * (SCALES[found[2]] if found[2] else 1.0)
    except ValueError:
        return None


def factor_of(unit: str) -> float | None:
    """What one of a unit is in the native scale; None if it is none."""
    return SCALES.get(unit.strip())
