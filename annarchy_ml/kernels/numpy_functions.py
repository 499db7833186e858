"""The functions of expressions over NumPy arrays, for the interpreter and for start values."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from annarchy_ml.expr.functions import Function

_FACTORIALS = np.array([float(math.factorial(n)) for n in range(171)] + [math.inf, math.nan])


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
