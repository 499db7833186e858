"""Expressions and their functions over NumPy arrays: for the interpreter, for start values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from annarchy_ml.expr.functions import FUNCTIONS, Function
from annarchy_ml.expr.nodes import Binary, Call, Conditional, Expr, Number, Symbol, Unary

_FACTORIALS = np.array([float(math.factorial(n)) for n in range(171)] + [math.inf, math.nan])


_BINARY = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
    "<": np.less,
    ">": np.greater,
    "<=": np.less_equal,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
    "and": np.logical_and,
    "or": np.logical_or,
}


def evaluate_arrays(e: Expr, values: Mapping[str, Any]) -> Any:
    """The value of an expression without random numbers, over arrays or numbers.

    Raises:
        KeyError: If a name has no value.
    """
    if isinstance(e, Number):
        return e.value
    if isinstance(e, Symbol):
        return values[e.name]
    if isinstance(e, Unary):
        inner = evaluate_arrays(e.operand, values)
        return np.negative(inner) if e.op == "-" else np.logical_not(inner)
    if isinstance(e, Binary):
        return _BINARY[e.op](evaluate_arrays(e.left, values), evaluate_arrays(e.right, values))
    if isinstance(e, Conditional):
        parts = (e.test, e.then, e.otherwise)
        return np.where(*(evaluate_arrays(item, values) for item in parts))
    assert isinstance(e, Call)
    arguments = (evaluate_arrays(item, values) for item in e.args)
    return numpy_function(FUNCTIONS[e.function])(*arguments)


def numpy_function(row: Function) -> Callable[..., Any]:
    """A row of the table of functions as a function of arrays, or of numbers.

    Functions of any number of arguments are folded from the left; one alone is given back.
    """
    if row.numpy == "anml_heaviside":
        return lambda x: np.heaviside(x, np.asarray(x).dtype.type(0.5))
    if row.numpy == "anml_factorial":
        return _factorial
    if row.numpy == "anml_erf":
        return _erf
    function: Callable[..., Any] = getattr(np, row.numpy, _undefined)
    if row.arity[1] is None:

        def fold(first: Any, *others: Any) -> Any:
            for other in others:
                first = function(first, other)
            return first

        return fold
    return function


def _undefined(*_: Any) -> Any:
    raise NotImplementedError("a stochastic function has no value of its own: use Draw")


def _erf(x: Any) -> Any:
    values = np.asarray(x)
    found = np.array([math.erf(value) for value in values.ravel().tolist()], values.dtype)
    return found.reshape(values.shape)


def _factorial(x: Any) -> Any:
    values = np.asarray(x)
    whole = (values >= 0) & (values == np.floor(values))
    places = np.where(whole, np.minimum(values, 171), 172).astype(np.intp)
    return _FACTORIALS[places].astype(values.dtype)
