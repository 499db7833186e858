"""Real functions with IEEE 754 results in plain Python: infinities and NaN, never an exception."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce

_INF = math.inf
_NAN = math.nan


def _guarded(function: Callable[[float], float], overflow: float) -> Callable[[float], float]:
    """A function of `math` that gives NaN outside its domain and `overflow` beyond its range."""

    def value(x: float) -> float:
        try:
            return float(function(x))
        except OverflowError:
            return overflow
        except ValueError:
            return _NAN

    return value


sin = _guarded(math.sin, _NAN)
cos = _guarded(math.cos, _NAN)
tan = _guarded(math.tan, _NAN)
cosh = _guarded(math.cosh, _INF)
tanh = _guarded(math.tanh, _NAN)
asin = _guarded(math.asin, _NAN)
acos = _guarded(math.acos, _NAN)
atan = _guarded(math.atan, _NAN)
exp = _guarded(math.exp, _INF)
_log = _guarded(math.log, _NAN)
_log10 = _guarded(math.log10, _NAN)
_log2 = _guarded(math.log2, _NAN)
_log1p = _guarded(math.log1p, _NAN)
expm1 = _guarded(math.expm1, _INF)
erf = _guarded(math.erf, _NAN)
cbrt = _guarded(math.cbrt, _NAN)
atan2, hypot = math.atan2, math.hypot
absolute = _guarded(abs, _NAN)


def sinh(x: float) -> float:
    """Hyperbolic sine, infinite beyond the range of doubles."""
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(_INF, x)


def log(x: float) -> float:
    """Natural logarithm; minus infinity at 0, NaN below."""
    return -_INF if x == 0.0 else _log(x)


def log10(x: float) -> float:
    """Decimal logarithm; minus infinity at 0, NaN below."""
    return -_INF if x == 0.0 else _log10(x)


def log2(x: float) -> float:
    """Logarithm to the base 2; minus infinity at 0, NaN below."""
    return -_INF if x == 0.0 else _log2(x)


def log1p(x: float) -> float:
    """log(1 + x); minus infinity at -1, NaN below."""
    return -_INF if x == -1.0 else _log1p(x)


def sqrt(x: float) -> float:
    """Square root; NaN below 0."""
    return math.sqrt(x) if x >= 0.0 else (x if x == 0.0 else _NAN)


def ceil(x: float) -> float:
    """Least whole number not below x."""
    return math.copysign(float(math.ceil(x)), x) if math.isfinite(x) else x


def floor(x: float) -> float:
    """Greatest whole number not above x."""
    return math.copysign(float(math.floor(x)), x) if math.isfinite(x) else x


def factorial(x: float) -> float:
    """Factorial of a whole number; NaN of anything else, infinity beyond 170."""
    if not (x >= 0.0 and x == floor(x)):
        return _NAN
    return float(math.factorial(int(x))) if x <= 170.0 else _INF


def heaviside(x: float) -> float:
    """0 below zero, 1 above, 0.5 at zero."""
    if x != x:
        return x
    return 0.5 if x == 0.0 else float(x > 0.0)


def minimum(*values: float) -> float:
    """The least value; NaN if any is."""
    return reduce(lambda a, b: a if (a <= b or a != a) else b, values)


def maximum(*values: float) -> float:
    """The greatest value; NaN if any is."""
    return reduce(lambda a, b: a if (a >= b or a != a) else b, values)


def total(*values: float) -> float:
    """The sum, from left to right."""
    return reduce(lambda a, b: a + b, values)


def product(*values: float) -> float:
    """The product, from left to right."""
    return reduce(lambda a, b: a * b, values)


def power(x: float, y: float) -> float:
    """The power x^y, as C's pow."""
    try:
        return math.pow(x, y)
    except OverflowError:
        return -_INF if x < 0.0 and y % 2.0 == 1.0 else _INF
    except ValueError:
        if x == 0.0:
            return math.copysign(_INF, x) if y % 2.0 == 1.0 else _INF
        return _NAN


def divide(x: float, y: float) -> float:
    """The quotient x / y; an infinity or NaN for y = 0."""
    if y != 0.0:
        return x / y
    if x == 0.0 or x != x or y != y:
        return _NAN
    return math.copysign(_INF, x) * math.copysign(1.0, y)
