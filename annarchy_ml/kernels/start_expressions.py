"""Evaluates the expressions of start programs, each once for the same operands.

Of a thousand populations of one component, each evaluates the same expressions, most often with
the same values; what was found for the first is handed to the others.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from annarchy_ml.expr.evaluate import evaluate
from annarchy_ml.expr.functions import FUNCTIONS
from annarchy_ml.expr.nodes import Binary, Call, Conditional, Expr, Number, Symbol, Unary
from annarchy_ml.expr.traverse import free_symbols
from annarchy_ml.kernels.numpy_functions import numpy_function

Value = Any  # float or (size,) array
Environment = dict[str, Value]

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


class Evaluator:
    """Gives the value of an expression; names without a value count as 0 and are noted as such."""

    def __init__(self) -> None:
        self._names: dict[int, tuple[Expr, tuple[str, ...], struct.Struct]] = {}
        self._known: dict[tuple[int, bytes], float] = {}

    def __call__(self, e: Expr, values: Environment) -> Value:
        """One number, or an array of shape (size,) if a name in it has one."""
        noted = self._names.get(id(e))
        if noted is None:  # the expression is kept, so that no other can have its id
            names = tuple(free_symbols(e))
            noted = self._names[id(e)] = (e, names, struct.Struct(f"{len(names)}d"))
        _, names, packer = noted
        found = [values.setdefault(name, 0.0) for name in names]
        if any(isinstance(value, np.ndarray) for value in found):
            return _array(e, values)
        key = id(e), packer.pack(*found)  # the bits: -0.0 is not 0.0 here
        if key not in self._known:
            self._known[key] = evaluate(e, values)
        return self._known[key]


def _array(e: Expr, values: Environment) -> Value:
    if isinstance(e, Number):
        return e.value
    if isinstance(e, Symbol):
        return values[e.name]
    if isinstance(e, Unary):
        inner = _array(e.operand, values)
        return np.negative(inner) if e.op == "-" else np.logical_not(inner)
    if isinstance(e, Binary):
        return _BINARY[e.op](_array(e.left, values), _array(e.right, values))
    if isinstance(e, Conditional):
        test = _array(e.test, values)
        return np.where(test, _array(e.then, values), _array(e.otherwise, values))
    assert isinstance(e, Call)
    return numpy_function(FUNCTIONS[e.function])(*(_array(item, values) for item in e.args))
