"""Takes an expression apart that is linear in one name.

affine((I - v) / tau, v)  ->  slope -1/tau, rest I/tau
"""

from __future__ import annotations

from annarchy_ml.expr import Binary, Conditional, Expr, Number, Symbol, Unary, free_symbols
from annarchy_ml.importers.equations.vocabulary import ONE, ZERO, add, multiply, subtract


class NotLinear(Exception):  # noqa: N818  (caught, never shown)
    """The expression is not linear; ``term`` is the smallest part that is not."""

    def __init__(self, term: Expr) -> None:
        super().__init__()
        self.term = term


def affine(e: Expr, name: str) -> tuple[Expr, Expr]:
    """(slope, rest) with ``e = slope * name + rest``.

    Raises:
        NotLinear: If there are none.
    """
    if name not in free_symbols(e):
        return ZERO, e
    if isinstance(e, Symbol):
        return ONE, ZERO
    if isinstance(e, Unary) and e.op == "-":
        slope, rest = affine(e.operand, name)
        return _negative(slope), _negative(rest)
    if isinstance(e, Conditional) and name not in free_symbols(e.test):
        then, otherwise = affine(e.then, name), affine(e.otherwise, name)
        return (
            Conditional(e.test, then[0], otherwise[0]),
            Conditional(e.test, then[1], otherwise[1]),
        )
    if isinstance(e, Binary) and e.op in "+-*/":
        return _binary(e, name)
    raise NotLinear(e)


def _binary(e: Binary, name: str) -> tuple[Expr, Expr]:
    left, right = affine(e.left, name), affine(e.right, name)
    if e.op == "+":
        return add(left[0], right[0]), add(left[1], right[1])
    if e.op == "-":
        return subtract(left[0], right[0]), subtract(left[1], right[1])
    if e.op == "*" and right[0] == ZERO:
        return _scaled(left, e.right)
    if e.op == "*" and left[0] == ZERO:
        return _scaled(right, e.left)
    if e.op == "/" and right[0] == ZERO:
        return _over(left[0], e.right), _over(left[1], e.right)
    raise NotLinear(e)


def _scaled(part: tuple[Expr, Expr], factor: Expr) -> tuple[Expr, Expr]:
    slope, rest = (ZERO if item == ZERO else multiply(item, factor) for item in part)
    return slope, rest


def _over(e: Expr, divisor: Expr) -> Expr:
    return ZERO if e == ZERO else Binary("/", e, divisor)


def _negative(e: Expr) -> Expr:
    if isinstance(e, Number):
        return Number(-e.value) if e.value != 0.0 else ZERO
    return Unary("-", e)
