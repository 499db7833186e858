"""Stable text of an expression with as few parentheses as possible: `parse(pretty(e)) == e`.

Only NaN has no text of its own (it prints as `nan`); an infinity prints as `1e999`.
"""

from __future__ import annotations

from annarchy_ml.expr.nodes import Binary, Call, Conditional, Expr, Number, Symbol, Unary
from annarchy_ml.expr.parse import MINUS_RANK, NOT_RANK, RANKS
from annarchy_ml.expr.traverse import postorder

_SPELLING = {
    "<": ".lt.", ">": ".gt.", "<=": ".leq.", ">=": ".geq.", "==": ".eq.", "!=": ".neq.",
    "and": ".and.", "or": ".or.",
}  # fmt: skip
_ATOM = 10
_LONGEST_WHOLE = 1e15


def pretty(e: Expr, portable: bool = False) -> str:
    """The expression as text, with LEMS's operators.

    Args:
        e: What to print.
        portable: Also write the parentheses that make jLEMS read mixed logic, and a minus sign
            behind an operator, as we do.
    """
    texts: dict[int, str] = {}
    for node in postorder(e):
        texts[id(node)] = _text(node, texts, portable)
    return texts[id(e)]


def format_number(value: float) -> str:
    """A number as short as possible, reading back to the same double."""
    if value != value:
        return "nan"
    if value in (float("inf"), float("-inf")):
        return "1e999" if value > 0 else "-1e999"
    text = repr(float(value))
    return text[:-2] if text.endswith(".0") and abs(value) < _LONGEST_WHOLE else text


def _text(node: Expr, texts: dict[int, str], portable: bool) -> str:
    if isinstance(node, Number):
        return format_number(node.value)
    if isinstance(node, Symbol):
        return node.name
    if isinstance(node, Unary):
        inner = texts[id(node.operand)]
        if node.op == "not":
            return f".not. {_wrap(inner, _rank(node.operand) < NOT_RANK)}"
        guarded = isinstance(node.operand, Number | Unary)
        return f"-{_wrap(inner, guarded or _rank(node.operand) < MINUS_RANK)}"
    if isinstance(node, Binary):
        return _binary_text(node, texts, portable)
    args = ", ".join(texts[id(operand)] for operand in node.operands)
    return f"{node.function if isinstance(node, Call) else 'if'}({args})"


def _binary_text(node: Binary, texts: dict[int, str], portable: bool) -> str:
    rank = RANKS[node.op]
    left, right = texts[id(node.left)], texts[id(node.right)]
    wrap_left = _rank(node.left) < rank
    wrap_right = _rank(node.right) <= rank
    if node.op == "^":
        wrap_right = _rank(node.right) < _ATOM and not isinstance(node.right, Number)
    if portable:
        wrap_left = wrap_left or _misread(node, node.left)
        wrap_right = wrap_right or _misread(node, node.right)
    gap = "" if node.op == "^" else " "
    sign = _SPELLING.get(node.op, node.op)
    return f"{_wrap(left, wrap_left)}{gap}{sign}{gap}{_wrap(right, wrap_right)}"


def _misread(node: Binary, operand: Expr) -> bool:
    """Whether jLEMS would take this operand apart."""
    if isinstance(operand, Unary):
        return operand is node.right and operand.op == "-"
    if not isinstance(operand, Binary):
        return False
    loose = ("and", "or", "==", "!=")
    return node.op in loose and operand.op in loose and node.op != operand.op


def _wrap(text: str, needed: bool) -> str:
    return f"({text})" if needed else text


def _rank(node: Expr) -> float:
    """How tightly the outermost operator of a node's text binds."""
    if isinstance(node, Binary):
        return RANKS[node.op]
    if isinstance(node, Unary):
        return MINUS_RANK if node.op == "-" else NOT_RANK - 0.5
    if isinstance(node, Number):
        return MINUS_RANK if format_number(node.value).startswith("-") else _ATOM
    assert isinstance(node, Symbol | Call | Conditional)
    return _ATOM
