"""Evaluates the expressions of start programs, each once for the same operands.

Of a thousand populations of one component, each evaluates the same expressions, most often with
the same values; what was found for the first is handed to the others.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from annarchy_ml.expr.arrays import evaluate_arrays
from annarchy_ml.expr.evaluate import evaluate
from annarchy_ml.expr.nodes import Expr
from annarchy_ml.expr.traverse import free_symbols

Value = Any  # float or (size,) array
Environment = dict[str, Value]


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
            return evaluate_arrays(e, values)
        key = id(e), packer.pack(*found)  # the bits: -0.0 is not 0.0 here
        if key not in self._known:
            self._known[key] = evaluate(e, values)
        return self._known[key]
