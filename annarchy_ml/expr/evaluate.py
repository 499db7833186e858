"""Evaluates an expression in plain Python doubles with IEEE 754 results.

    evaluate(parse("1 / x"), {"x": 0.0})  ->  inf

This is for values that are computed once, such as derived parameters, and for folding constants;
simulations run on arrays elsewhere.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping

from annarchy_ml.expr import ieee
from annarchy_ml.expr.functions import FUNCTIONS
from annarchy_ml.expr.nodes import Binary, Call, Conditional, Expr, Number, Symbol, Unary
from annarchy_ml.expr.traverse import postorder

_BINARY: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": ieee.divide,
    "^": ieee.power,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "and": lambda a, b: a != 0.0 and b != 0.0,
    "or": lambda a, b: a != 0.0 or b != 0.0,
}
_FUNCTIONS: dict[str, Callable[..., float]] = {
    name: getattr(ieee, row.ieee) for name, row in FUNCTIONS.items() if not row.stochastic
}


def evaluate(
    e: Expr, values: Mapping[str, float], uniform: Callable[[], float] | None = None
) -> float:
    """The value of an expression; conditions are 1.0 or 0.0.

    Args:
        e: What to evaluate.
        values: A value for each name.
        uniform: Draws a number from [0, 1); needed only where `random` occurs. A node object
            that stands in several places is drawn once.

    Raises:
        KeyError: If a name has no value.
        ValueError: If a random number is to be drawn other than `random` with a given `uniform`.
    """
    done: dict[int, float] = {}
    for node in postorder(e):
        operands = [done[id(operand)] for operand in node.operands]
        done[id(node)] = float(_value(node, operands, values, uniform))
    return done[id(e)]


def _value(
    node: Expr,
    operands: list[float],
    values: Mapping[str, float],
    uniform: Callable[[], float] | None,
) -> float:
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Symbol):
        return values[node.name]
    if isinstance(node, Unary):
        return -operands[0] if node.op == "-" else operands[0] == 0.0
    if isinstance(node, Binary):
        return _BINARY[node.op](operands[0], operands[1])
    if isinstance(node, Conditional):
        return operands[1] if operands[0] != 0.0 else operands[2]
    assert isinstance(node, Call)
    if node.function in _FUNCTIONS:
        return _FUNCTIONS[node.function](*operands)
    if uniform is None or node.function != "random":
        raise ValueError(f"'{node.function}' draws a new number at every evaluation")
    return operands[0] * uniform()
