"""Formulas of data generators: MathML over arrays, as far as SED-ML uses it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import reduce
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

import numpy as np

from annarchy_ml.archives.omex import local
from annarchy_ml.diagnostics.core import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Values = Mapping[str, "NDArray[np.float64] | float"]
_MOST_NESTED = 100


def _minus(*given: Any) -> Any:
    return -given[0] if len(given) == 1 else given[0] - given[1]


def _all_of(operation: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    return lambda *given: reduce(operation, given)


_APPLIED: dict[str, Callable[..., Any]] = {
    "plus": _all_of(operator.add),
    "times": _all_of(operator.mul),
    "minus": _minus,
    "divide": lambda a, b: np.divide(a, b),
    "power": lambda a, b: np.power(a, b),
    "root": lambda a: np.sqrt(a),
    "exp": np.exp,
    "ln": np.log,
    "log": np.log10,
    "abs": np.abs,
    "floor": np.floor,
    "ceiling": np.ceil,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "arcsin": np.arcsin,
    "arccos": np.arccos,
    "arctan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "lt": operator.lt,
    "gt": operator.gt,
    "leq": operator.le,
    "geq": operator.ge,
    "eq": operator.eq,
    "neq": operator.ne,
    "and": _all_of(np.logical_and),
    "or": _all_of(np.logical_or),
    "not": np.logical_not,
    "max": _all_of(np.maximum),
    "min": _all_of(np.minimum),
}
_AGGREGATED: dict[str, Callable[..., Any]] = {
    "min": np.min, "max": np.max, "sum": np.sum, "product": np.prod,
}  # fmt: skip
"""Over all values of one variable: functions that SED-ML names by a symbol."""
_CONSTANTS = {"pi": np.pi, "exponentiale": np.e, "true": 1.0, "false": 0.0, "notanumber": np.nan,
              "infinity": np.inf}  # fmt: skip


def evaluate(math: Element, values: Values, depth: int = 0) -> Any:
    """The value of a formula.

    Args:
        math: a ``math`` element or what stands inside of one.
        values: arrays and numbers by name.
        depth: how deep in the formula.

    Raises:
        UsageError: If it holds something else than arithmetic.
    """
    name = local(math)
    if depth > _MOST_NESTED:
        raise UsageError("a formula of the SED-ML document is nested too deeply")
    if name == "math":
        return evaluate(next(iter(math)), values, depth + 1)
    if name == "cn":
        return _number(math)
    if name == "ci":
        known = (math.text or "").strip()
        if known not in values:
            raise UsageError(f"a formula names '{known}', which is not among its variables")
        return values[known]
    if name in _CONSTANTS:
        return _CONSTANTS[name]
    if name == "piecewise":
        return _piecewise(math, values, depth)
    if name == "apply":
        return _applied(math, values, depth)
    raise UsageError(f"<{name}> in a formula is not supported")


def _applied(math: Element, values: Values, depth: int) -> Any:
    function, *parts = list(math)
    given = [evaluate(part, values, depth + 1) for part in parts]
    name = local(function)
    if name == "csymbol":
        symbol = function.get("definitionURL", "").rpartition(":")[2]
        if symbol in _AGGREGATED and len(given) == 1:
            return _AGGREGATED[symbol](given[0])
        raise UsageError(f"the function '{symbol}' in a formula is not supported")
    if name not in _APPLIED:
        raise UsageError(f"<{name}> in a formula is not supported")
    try:
        return _APPLIED[name](*given)
    except TypeError as fault:
        raise UsageError(f"<{name}> in a formula does not take {len(given)} arguments") from fault


def _piecewise(math: Element, values: Values, depth: int) -> Any:
    found: Any = np.nan
    for part in reversed(list(math)):
        inside = [evaluate(item, values, depth + 1) for item in part]
        found = inside[0] if local(part) == "otherwise" else np.where(inside[1], inside[0], found)
    return found


def _number(math: Element) -> float:
    texts = [math.text or "", *(part.tail or "" for part in math)]
    try:
        numbers = [float(text) for text in texts if text.strip()]
    except ValueError as fault:
        raise UsageError(f"'{math.text}' in a formula is no number") from fault
    kind = math.get("type", "real")
    if kind == "e-notation":
        return float(numbers[0] * 10.0 ** numbers[1])
    return numbers[0] / numbers[1] if kind == "rational" else numbers[0]
