"""Rewrites an expression into a shorter one that has the same value in every bit.

    simplify(parse("1 * (x - 0) / (2 + 2)"))  ->  x / 4

Only what IEEE arithmetic allows: `x + 0` stays (it turns -0 into 0), `0 * x` stays (x may be
infinite), nothing is reassociated, and no draw of a random number is dropped or repeated.
"""

from __future__ import annotations

from math import isfinite

from annarchy_ml.expr.evaluate import evaluate
from annarchy_ml.expr.functions import FUNCTIONS
from annarchy_ml.expr.nodes import Binary, Call, Conditional, Expr, Number, Unary
from annarchy_ml.expr.traverse import is_condition, is_stochastic, map_bottom_up

_RIGHT_NEUTRAL = {"*": "1.0", "/": "1.0", "^": "1.0", "-": "0.0", "+": "-0.0"}
_LEFT_NEUTRAL = {"*": "1.0", "+": "-0.0"}
_OF_ONE_ARGUMENT = frozenset({"min", "max", "sum", "product"})


def simplify(e: Expr) -> Expr:
    """The simplified expression; the same node if there is nothing to simplify."""
    return map_bottom_up(e, _simpler)


def _simpler(node: Expr) -> Expr:
    if node.operands and all(isinstance(operand, Number) for operand in node.operands):
        return _folded(node)
    if isinstance(node, Binary):
        return _simpler_logic(node) if node.op in ("and", "or") else _simpler_binary(node)
    if isinstance(node, Unary) and isinstance(node.operand, Unary) and node.op == "-":
        return node.operand.operand if node.operand.op == "-" else node
    if isinstance(node, Conditional) and isinstance(node.test, Number):
        dropped = node.otherwise if node.test.value != 0.0 else node.then
        kept = node.then if node.test.value != 0.0 else node.otherwise
        return node if is_stochastic(dropped) else kept
    if isinstance(node, Call) and node.function in _OF_ONE_ARGUMENT and len(node.args) == 1:
        return node.args[0]
    return node


def _folded(node: Expr) -> Expr:
    """The number that a node over numbers is; a result that is not finite stays a computation."""
    if isinstance(node, Call) and FUNCTIONS[node.function].stochastic:
        return node
    value = evaluate(node, {})
    return Number(value, node.span) if isfinite(value) else node


def _simpler_binary(node: Binary) -> Expr:
    if _is_number(node.right, _RIGHT_NEUTRAL.get(node.op)) and not is_condition(node.left):
        return node.left
    if _is_number(node.left, _LEFT_NEUTRAL.get(node.op)) and not is_condition(node.right):
        return node.right
    return node


def _simpler_logic(node: Binary) -> Expr:
    """Drop a fixed side that decides nothing, and all else where it decides everything."""
    for fixed, other in ((node.left, node.right), (node.right, node.left)):
        if not isinstance(fixed, Number):
            continue
        decides = (fixed.value != 0.0) == (node.op == "or")
        if decides and not is_stochastic(other):
            return Number(float(node.op == "or"), node.span)
        if not decides and is_condition(other):
            return other
    return node


def _is_number(node: Expr, text: str | None) -> bool:
    """Whether a node is this very number, the sign of zero included."""
    return text is not None and isinstance(node, Number) and repr(float(node.value)) == text
