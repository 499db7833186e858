"""Reads expressions of the equation language into the nodes of ``expr``.

    "if v > 1: 0 else: v^2"  ->  v^2, or 0 where v > 1

What an expression reads from elsewhere becomes a symbol that is spelled as it is written:
``sum(exc)``, ``pre.r``, ``post.sum(exc)``, ``mean(pre.r)``; a gradient is the symbol ``dv/dt``.
"""

from __future__ import annotations

from typing import cast

from annarchy_ml.expr import Binary, Conditional, Expr, Number, Unary
from annarchy_ml.expr.nodes import BinaryOp
from annarchy_ml.importers.equations import vocabulary as words
from annarchy_ml.importers.equations.faults import Section
from annarchy_ml.importers.equations.operands import (
    Functions,
    OperandReader,
    as_condition,
    as_number,
)
from annarchy_ml.importers.equations.tokens import Token

MAX_DEPTH = 150
_COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")


class Reader(OperandReader):
    """Reads one statement, token by token."""

    def __init__(self, tokens: list[Token], section: Section, functions: Functions) -> None:
        super().__init__(tokens, section, functions)
        self._depth = 0

    def expression(self) -> Expr:
        """An expression, as far as it goes."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self.wrong("the expression is nested too deeply", hint="cut it into variables")
        found = self._conditional() if self.next.text == "if" else self._or()
        self._depth -= 1
        return found

    def _conditional(self) -> Expr:
        first = self.take()
        test = as_condition(self.expression())
        self.expect(":", "after the condition of 'if'")
        then = as_number(self.expression())
        self.expect("else", "after the first branch of 'if'")
        self.accept(":")
        otherwise = as_number(self.expression())
        return Conditional(test, then, otherwise, self.since(first))

    def _or(self) -> Expr:
        return self._logic("or", ("or", "|"), self._and)

    def _and(self) -> Expr:
        return self._logic("and", ("and", "&"), self._not)

    def _logic(self, op: str, signs: tuple[str, ...], operand: words.Maker) -> Expr:
        first = self.next
        found = operand()
        while self.accept(*signs):
            right = as_condition(operand())
            found = Binary(cast(BinaryOp, op), as_condition(found), right, self.since(first))
        return found

    def _not(self) -> Expr:
        first = self.next
        if self.accept("not", "Not", "!"):
            self._deeper()
            inner = as_condition(self._not())
            self._depth -= 1
            return Unary("not", inner, self.since(first))
        return self._comparison()

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self.wrong("the expression is nested too deeply", hint="cut it into variables")

    def _comparison(self) -> Expr:
        first = self.next
        left = self._sum()
        found: Expr | None = None
        while (op := self._compared()) is not None:
            right = self._sum()
            one = Binary(op, as_number(left), as_number(right), self.since(first))
            found = one if found is None else Binary("and", found, one, self.since(first))
            left = right
        return left if found is None else found

    def _compared(self) -> BinaryOp | None:
        if self.accept("is"):
            return "!=" if self.accept("not") else "=="
        token = self.accept(*_COMPARISONS)
        return cast(BinaryOp, token.text) if token else None

    def _sum(self) -> Expr:
        return self._chain(("+", "-"), self._term)

    def _term(self) -> Expr:
        return self._chain(("*", "/", "%"), self._unary)

    def _chain(self, signs: tuple[str, ...], operand: words.Maker) -> Expr:
        first = self.next
        found = operand()
        while token := self.accept(*signs):
            left, right = as_number(found), as_number(operand())
            if token.text == "%":
                found = words.remainder(left, right)
            else:
                found = Binary(cast(BinaryOp, token.text), left, right, self.since(first))
        return found

    def _unary(self) -> Expr:
        first = self.next
        sign = self.accept("+", "-")
        if sign is None:
            return self._power()
        self._deeper()
        inner = as_number(self._unary())
        self._depth -= 1
        if sign.text == "+":
            return inner
        if isinstance(inner, Number):
            return Number(-inner.value, self.since(first))
        return Unary("-", inner, self.since(first))

    def _power(self) -> Expr:
        first = self.next
        base = self.atom()
        if not self.accept("^", "**"):
            return base
        exponent = as_number(self._unary())
        return Binary("^", as_number(base), exponent, self.since(first))
