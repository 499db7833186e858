"""The words of the equation language: functions, laws and reserved names, as expressions.

    clip(x, 0, 1)  ->  min(1, max(0, x))        Normal(0, s)  ->  s * normal()

What the engine's table of functions lacks is made of what it has. An argument that stands in
several places of the result is one node, so that a random number in it is drawn once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import nan

from annarchy_ml.expr import Binary, Call, Conditional, Expr, Number, Unary

Maker = Callable[..., Expr]
LARGEST = 1.7976931348623157e308

ZERO, ONE = Number(0.0), Number(1.0)


def within(x: Expr, low: Expr | None, high: Expr | None) -> Expr:
    """A value between bounds; these come first, since compilers then vectorise the loop."""
    risen = x if low is None else Call("max", (low, x))
    return risen if high is None else Call("min", (high, risen))


def add(a: Expr, b: Expr) -> Expr:
    """The sum a + b, without a zero."""
    if a == ZERO:
        return b
    return a if b == ZERO else Binary("+", a, b)


def subtract(a: Expr, b: Expr) -> Expr:
    """The difference a - b, without a zero."""
    if b == ZERO:
        return a
    return Unary("-", b) if a == ZERO else Binary("-", a, b)


def multiply(a: Expr, b: Expr) -> Expr:
    """The product a * b, without a one."""
    if a == ONE:
        return b
    return a if b == ONE else Binary("*", a, b)


def _truncated(x: Expr) -> Expr:
    return Conditional(Binary("<", x, ZERO), Call("ceil", (x,)), Call("floor", (x,)))


def _modulo(a: Expr, b: Expr) -> Expr:
    """The remainder of C: of the sign of a."""
    whole, by = _truncated(a), _truncated(b)
    return remainder(whole, by)


def remainder(a: Expr, b: Expr) -> Expr:
    """The remainder a - b * trunc(a / b)."""
    return Binary("-", a, Binary("*", b, _truncated(Binary("/", a, b))))


def _rounded(x: Expr) -> Expr:
    half = Number(0.5)
    down, up = Call("ceil", (Binary("-", x, half),)), Call("floor", (Binary("+", x, half),))
    return Conditional(Binary("<", x, ZERO), down, up)


def _sign(x: Expr) -> Expr:
    negative = Conditional(Binary("<", x, ZERO), Number(-1.0), ZERO)
    return Conditional(Binary(">", x, ZERO), ONE, negative)


def _plain(name: str) -> Maker:
    return lambda *args: Call(name, args)


def _not_above(x: Expr, largest: float) -> Expr:
    return Binary("<=", Call("abs", (x,)), Number(largest))


_ONE_TO_ONE = (
    "sqrt", "exp", "log", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh",
    "tanh", "floor", "ceil", "expm1", "log1p", "log2", "cbrt", "erf",
)  # fmt: skip

FUNCTIONS: dict[str, tuple[int, Maker]] = {
    **{name: (1, _plain(name)) for name in _ONE_TO_ONE},
    "abs": (1, _plain("abs")),
    "fabs": (1, _plain("abs")),
    "ln": (1, _plain("log")),
    "atan2": (2, _plain("atan2")),
    "hypot": (2, _plain("hypot")),
    "pow": (2, lambda x, n: Binary("^", x, n)),
    "power": (2, lambda x, n: Binary("^", x, n)),
    "round": (1, _rounded),
    "sign": (1, _sign),
    "pos": (1, lambda x: Call("max", (x, ZERO))),
    "positive": (1, lambda x: Call("max", (x, ZERO))),
    "neg": (1, lambda x: Call("min", (x, ZERO))),
    "negative": (1, lambda x: Call("min", (x, ZERO))),
    "clip": (3, within),
    "modulo": (2, _modulo),
    "heaviside": (1, lambda x: Conditional(Binary(">=", x, ZERO), ONE, ZERO)),
    "isnan": (1, lambda x: Binary("!=", x, x)),
    "isinf": (1, lambda x: Binary(">", Call("abs", (x,)), Number(LARGEST))),
    "isfinite": (1, lambda x: _not_above(x, LARGEST)),
}
"""Number of arguments and what each function becomes; ``min``, ``max`` and ``ite`` are apart."""


def _normal(mu: Expr, sigma: Expr) -> Expr:
    return add(mu, multiply(sigma, Call("normal", ())))


def _even() -> Expr:
    return Call("random", (ONE,))


def _discrete(low: Expr, high: Expr) -> Expr:
    count = Binary("+", Binary("-", high, low), ONE)
    return Call("floor", (add(low, Binary("*", count, _even())),))


def _exponential(rate: Expr) -> Expr:
    return Unary("-", Binary("/", Call("log", (Binary("-", ONE, _even()),)), rate))


def _gamma(shape: Expr, scale: Expr) -> Expr:
    return multiply(scale, Call("gamma", (shape,)))


LAWS: dict[str, tuple[int, Maker]] = {
    "Uniform": (2, lambda low, high: add(low, multiply(subtract(high, low), _even()))),
    "DiscreteUniform": (2, _discrete),
    "Normal": (2, _normal),
    "LogNormal": (2, lambda mu, sigma: Call("exp", (_normal(mu, sigma),))),
    "Exponential": (1, _exponential),
    "Gamma": (2, _gamma),
    "Binomial": (2, lambda n, p: Call("binomial", (n, p))),
}
"""Number of arguments and what each law becomes."""


def law_fault(law: str, args: Sequence[Expr]) -> str:
    """What is wrong with the arguments of a law, of those that are numbers; empty if nothing."""
    first, second = (*(x.value if isinstance(x, Number) else nan for x in args), nan)[:2]
    wrong = {
        "Uniform": (
            (first >= second, f"the lower end of Uniform, {first:g}, is not below the upper one"),
        ),
        "DiscreteUniform": (
            (first > second, f"the lower end of {law}, {first:g}, is above the upper one"),
            (first % 1 > 0 or second % 1 > 0, f"the ends of {law} are whole numbers"),
        ),
        "Normal": ((second < 0, f"the deviation of {law} is negative"),),
        "LogNormal": ((second < 0, f"the deviation of {law} is negative"),),
        "Exponential": ((first <= 0, f"the rate of {law}, {first:g}, is not above 0"),),
        "Gamma": ((first <= 0 or second <= 0, f"shape and scale of {law} are above 0"),),
        "Binomial": (
            (first < 0 or first % 1 > 0, f"the trials of {law} are a whole number from 0 on"),
            (second < 0 or second > 1, f"the probability of {law} lies between 0 and 1"),
        ),
    }[law]
    return next((message for is_so, message in wrong if is_so), "")


REDUCTIONS = ("min", "max", "mean", "norm1", "norm2")

WORDS = ("if", "else", "and", "or", "not", "is", "True", "False")
RESERVED = frozenset(
    {
        "t", "dt", "pi", "t_last", "t_pre", "t_post", "sum", "pre", "post", "ite", "size",
        "refractory", "active", "last_spike", "Not", "mean", "norm1", "norm2", "min", "max",
        *WORDS, *FUNCTIONS, *LAWS,
    }
)  # fmt: skip
"""Names that no parameter, variable or function may have."""
