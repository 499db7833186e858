"""The table of functions: one row gives a function to the parser, the checks and every printer.

A spelling that begins with `anml_` names a support function that the target's frame supplies;
any other spelling is a function of the target's own library (C's math.h, CUDA, NumPy).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

DimensionRule = Literal["plain", "same", "sign", "sqrt", "product", "power"]
"""What a function asks of its arguments' dimensions, and what it returns.

plain: dimensionless to dimensionless. same: all alike, and the result too. sign: any dimension
to dimensionless. sqrt: the square root. product: the product of all. power: as `x ^ n`.
"""


class Function(NamedTuple):
    """One row.

    Attributes:
        name: The name in nodes and in printed text.
        aliases: Other names that the parser accepts.
        arity: Least and greatest number of arguments; None is no limit.
        rule: What it does to dimensions.
        ieee: The function of `ieee.py` that computes it in plain Python.
        numpy: NumPy spelling; a function of more than two arguments is folded from the left.
        cpp: C++ spelling, of the double precision form.
        cuda: CUDA spelling, of the double precision form.
        stochastic: Whether every evaluation draws anew.
        lems: Whether LEMS itself defines it.
    """

    name: str
    aliases: tuple[str, ...]
    arity: tuple[int, int | None]
    rule: DimensionRule
    ieee: str
    numpy: str
    cpp: str
    cuda: str
    stochastic: bool = False
    lems: bool = True


_NONE, _ONE, _TWO, _THREE, _MANY = (0, 0), (1, 1), (2, 2), (3, 3), (1, None)

_ROWS = (
    Function("sin", (), _ONE, "plain", "sin", "sin", "sin", "sin"),
    Function("cos", (), _ONE, "plain", "cos", "cos", "cos", "cos"),
    Function("tan", (), _ONE, "plain", "tan", "tan", "tan", "tan"),
    Function("sinh", (), _ONE, "plain", "sinh", "sinh", "sinh", "sinh"),
    Function("cosh", (), _ONE, "plain", "cosh", "cosh", "cosh", "cosh"),
    Function("tanh", (), _ONE, "plain", "tanh", "tanh", "tanh", "tanh"),
    Function("asin", (), _ONE, "plain", "asin", "arcsin", "asin", "asin", lems=False),
    Function("acos", (), _ONE, "plain", "acos", "arccos", "acos", "acos", lems=False),
    Function("atan", (), _ONE, "plain", "atan", "arctan", "atan", "atan", lems=False),
    Function("exp", (), _ONE, "plain", "exp", "exp", "exp", "exp"),
    Function("log", ("ln",), _ONE, "plain", "log", "log", "log", "log"),
    Function("log10", (), _ONE, "plain", "log10", "log10", "log10", "log10", lems=False),
    Function("log2", (), _ONE, "plain", "log2", "log2", "log2", "log2", lems=False),
    Function("log1p", (), _ONE, "plain", "log1p", "log1p", "log1p", "log1p", lems=False),
    Function("expm1", (), _ONE, "plain", "expm1", "expm1", "expm1", "expm1", lems=False),
    Function("erf", (), _ONE, "plain", "erf", "anml_erf", "erf", "erf", lems=False),
    Function("cbrt", (), _ONE, "plain", "cbrt", "cbrt", "cbrt", "cbrt", lems=False),
    Function("atan2", (), _TWO, "plain", "atan2", "arctan2", "atan2", "atan2", lems=False),
    Function("hypot", (), _TWO, "plain", "hypot", "hypot", "hypot", "hypot", lems=False),
    Function("sqrt", (), _ONE, "sqrt", "sqrt", "sqrt", "sqrt", "sqrt"),
    Function("ceil", (), _ONE, "plain", "ceil", "ceil", "ceil", "ceil"),
    Function("floor", (), _ONE, "plain", "floor", "floor", "floor", "floor", lems=False),
    Function("abs", (), _ONE, "same", "absolute", "abs", "fabs", "fabs"),
    Function(
        "factorial", (), _ONE, "plain", "factorial", "anml_factorial", "anml_factorial",
        "anml_factorial",
    ),
    Function(
        "random", (), _ONE, "same", "random", "anml_random", "anml_random", "anml_random",
        stochastic=True,
    ),
    Function(
        "normal", (), _NONE, "plain", "normal", "normal", "anml_normal", "anml_normal",
        stochastic=True, lems=False,
    ),
    Function(
        "poisson", (), _ONE, "plain", "poisson", "poisson", "anml_poisson", "anml_poisson",
        stochastic=True, lems=False,
    ),
    Function(
        "gamma", (), _ONE, "plain", "gamma", "gamma", "anml_gamma", "anml_gamma",
        stochastic=True, lems=False,
    ),
    Function(
        "binomial", (), _TWO, "plain", "binomial", "binomial", "anml_binomial", "anml_binomial",
        stochastic=True, lems=False,
    ),
    Function(
        "common_gamma", (), _ONE, "plain", "gamma", "gamma", "anml_gamma", "anml_gamma",
        stochastic=True, lems=False,
    ),
    Function(
        "common_binomial", (), _TWO, "plain", "binomial", "binomial", "anml_binomial",
        "anml_binomial", stochastic=True, lems=False,
    ),
    Function(
        "common_random", (), _NONE, "plain", "random", "anml_random", "anml_random", "anml_random",
        stochastic=True, lems=False,
    ),
    Function(
        "common_normal", (), _NONE, "plain", "normal", "normal", "anml_normal", "anml_normal",
        stochastic=True, lems=False,
    ),
    Function(
        "keyed_random", (), _ONE, "plain", "random", "anml_random", "anml_random", "anml_random",
        stochastic=True, lems=False,
    ),
    Function(
        "keyed_normal", (), _ONE, "plain", "normal", "normal", "anml_normal", "anml_normal",
        stochastic=True, lems=False,
    ),
    Function(
        "keyed_gamma", (), _TWO, "plain", "gamma", "gamma", "anml_gamma", "anml_gamma",
        stochastic=True, lems=False,
    ),
    Function(
        "keyed_binomial", (), _THREE, "plain", "binomial", "binomial", "anml_binomial",
        "anml_binomial", stochastic=True, lems=False,
    ),
    Function(
        "H", ("heaviside",), _ONE, "sign", "heaviside", "anml_heaviside", "anml_heaviside",
        "anml_heaviside",
    ),
    Function("min", (), _MANY, "same", "minimum", "minimum", "anml_min", "anml_min", lems=False),
    Function("max", (), _MANY, "same", "maximum", "maximum", "anml_max", "anml_max", lems=False),
    Function("sum", (), _MANY, "same", "total", "add", "anml_add", "anml_add"),
    Function(
        "product", (), _MANY, "product", "product", "multiply", "anml_multiply", "anml_multiply"
    ),
    Function("pow", (), _TWO, "power", "power", "power", "pow", "pow", lems=False),
)  # fmt: skip

FUNCTIONS: dict[str, Function] = {row.name: row for row in _ROWS}
"""Rows by main name."""

_BY_ANY_NAME = {name: row for row in _ROWS for name in (row.name, *row.aliases)}


def find_function(name: str) -> Function | None:
    """The row of a function by its main name or an alias."""
    return _BY_ANY_NAME.get(name)


def function_names() -> tuple[str, ...]:
    """Every name that the parser accepts, aliases included."""
    return tuple(_BY_ANY_NAME)
