"""Infix text to expression nodes, with a span on every node.

    parse("-a^2 .lt. b * 2^-1")  ->  (-(a^2)) < (b * (2^(-1)))

The grammar is LEMS's with the usual ranks, from loose to tight: `.or.`, `.and.`, `.not.`, equality,
order, sums, products, minus sign, power. All binary operators, `^` too, group from the left.
"""

from __future__ import annotations

from itertools import pairwise
from typing import cast

from annarchy_ml.diagnostics.core import Diagnostic, Span
from annarchy_ml.diagnostics.suggest import did_you_mean
from annarchy_ml.expr.functions import find_function, function_names
from annarchy_ml.expr.nodes import Binary, BinaryOp, Call, Conditional, Expr, Number, Symbol, Unary
from annarchy_ml.expr.tokens import ExprSyntaxError, Places, Token, tokenize

MAX_DEPTH = 200
"""Levels that an expression may have; consumers may therefore recurse over parsed expressions."""

RANKS = {
    "or": 1, "and": 2, "==": 4, "!=": 4, "<": 5, ">": 5, "<=": 5, ">=": 5,
    "+": 6, "-": 6, "*": 7, "/": 7, "^": 9,
}  # fmt: skip
NOT_RANK = 3
MINUS_RANK = 8
_JLEMS_RANKS = RANKS | {"or": 1, "and": 1, "==": 1, "!=": 5}

_Sized = tuple[Expr, int]


def parse(text: str, base: Span | None = None) -> Expr:
    """Read an expression.

    Args:
        text: The expression; XML's `&lt;` and the like may stand in it as written in the file.
        base: Where the first character of `text` stands; without it nodes have no spans.

    Raises:
        ExprSyntaxError: If the text is no expression; it carries one diagnostic.
    """
    places = Places(text, base)
    return _Parser(tokenize(text, places), places).whole()


def parse_with_warnings(text: str, base: Span | None = None) -> tuple[Expr, tuple[Diagnostic, ...]]:
    """Read an expression, and warn where jLEMS would refuse it or read it differently.

    Raises:
        ExprSyntaxError: If the text is no expression.
    """
    places = Places(text, base)
    tokens = tokenize(text, places)
    parser = _Parser(tokens, places)
    tree = parser.whole()
    warnings = parser.extensions
    if _may_differ(tokens):
        other = _Parser(tokens, places, as_jlems=True).whole()
        if other != tree:
            warnings.append(_differs(tree, other, places.span(0, len(text))))
    return tree, tuple(warnings)


class _Parser:
    """Precedence climbing over a list of tokens; every method returns a node and its height."""

    def __init__(self, tokens: list[Token], places: Places, as_jlems: bool = False) -> None:
        self._tokens = tokens
        self._places = places
        self._at = 0
        self._ranks = _JLEMS_RANKS if as_jlems else RANKS
        self._as_jlems = as_jlems
        self.extensions: list[Diagnostic] = []

    def whole(self) -> Expr:
        """The expression that all tokens make up."""
        if self._tokens[0].kind == "end":
            raise self._error(self._tokens[0], "the expression is empty", "write a value")
        tree, _ = self._expression(1, 1)
        token = self._tokens[self._at]
        if token.text == ")":
            raise self._error(token, "')' has no matching '('", "remove it, or add a '('")
        if token.kind != "end":
            raise self._missing_operator(token)
        return tree

    def _expression(self, least: int, depth: int) -> _Sized:
        start = self._tokens[self._at].start
        left, height = self._prefix(least, depth)
        while True:
            token = self._tokens[self._at]
            rank = self._ranks.get(token.text, 0) if token.kind == "op" else 0
            if rank < max(least, 1):
                return left, height
            self._note_extension(token)
            self._at += 1
            right, right_height = self._expression(rank + 1, depth + 1)
            height = self._checked(max(height, right_height) + 1, token)
            left = Binary(cast(BinaryOp, token.text), left, right, self._since(start))

    def _prefix(self, least: int, depth: int) -> _Sized:
        token = self._tokens[self._at]
        self._checked(depth, token)
        if token.kind != "op" or token.text not in ("-", "+", "not"):
            return self._primary(depth)
        follows_operator = self._at > 0 and self._tokens[self._at - 1].kind == "op"
        tight = least > MINUS_RANK or (self._as_jlems and follows_operator)
        self._note_extension(token)
        self._at += 1
        next_kind = self._tokens[self._at].kind
        if token.text == "not":
            operand, height = self._expression(NOT_RANK, depth + 1)
        elif tight:
            operand, height = self._prefix(least, depth + 1)
        else:
            operand, height = self._expression(MINUS_RANK, depth + 1)
        span = self._since(token.start)
        if token.text == "+":
            return operand, height
        if token.text == "not":
            return Unary("not", operand, span), self._checked(height + 1, token)
        if next_kind == "number" and isinstance(operand, Number):
            return Number(-operand.value, span), height
        return Unary("-", operand, span), self._checked(height + 1, token)

    def _primary(self, depth: int) -> _Sized:
        token = self._tokens[self._at]
        if token.kind == "number":
            self._at += 1
            return Number(float(token.text), self._since(token.start)), 1
        if token.kind == "name":
            self._at += 1
            if self._tokens[self._at].text == "(":
                return self._call(token, depth)
            return Symbol(token.text, self._since(token.start)), 1
        if token.text == "(":
            self._at += 1
            inner = self._expression(1, depth + 1)
            self._close(token)
            return inner
        raise self._missing_value(token)

    def _call(self, name: Token, depth: int) -> _Sized:
        opening = self._tokens[self._at]
        self._at += 1
        args: list[Expr] = []
        height = 1
        if self._tokens[self._at].text != ")":
            while True:
                argument, argument_height = self._expression(1, depth + 1)
                args.append(argument)
                height = max(height, argument_height)
                if self._tokens[self._at].text != ",":
                    break
                self._at += 1
        self._close(opening)
        return self._called(name, tuple(args)), self._checked(height + 1, name)

    def _called(self, name: Token, args: tuple[Expr, ...]) -> Expr:
        span = self._since(name.start)
        if name.text == "if":
            self._check_arity(name, len(args), (3, 3))
            self._note_extension(name._replace(in_lems=False))
            return Conditional(args[0], args[1], args[2], span)
        row = find_function(name.text)
        if row is None:
            hint = did_you_mean(name.text, function_names())
            hint = hint or f"to multiply, write {name.text} * (...)"
            message = f"there is no function '{name.text}'"
            raise self._error(name, message, hint, "expr.unknown-function")
        self._check_arity(name, len(args), row.arity)
        self._note_extension(name._replace(in_lems=row.lems and name.text != "heaviside"))
        return Call(row.name, args, span)

    def _check_arity(self, name: Token, count: int, arity: tuple[int, int | None]) -> None:
        least, most = arity
        if least <= count and (most is None or count <= most):
            return
        wanted = f"{least}" if most == least else f"at least {least}"
        plural = "" if least == 1 else "s"
        message = f"'{name.text}' takes {wanted} argument{plural}, but is given {count}"
        raise self._error(name, message, "", "expr.arity")

    def _close(self, opening: Token) -> None:
        token = self._tokens[self._at]
        if token.kind == "end":
            raise self._error(opening, "'(' is never closed", "add the missing ')'")
        if token.text == ",":
            raise self._error(token, "',' can only stand between arguments of a function", "")
        if token.text != ")":
            raise self._missing_operator(token)
        self._at += 1

    def _checked(self, levels: int, token: Token) -> int:
        if levels > MAX_DEPTH:
            message = f"the expression has more than {MAX_DEPTH} levels"
            hint = "split it into several derived variables, or group a long sum by parentheses"
            raise self._error(token, message, hint, "expr.too-deep")
        return levels

    def _since(self, start: int) -> Span | None:
        return self._places.span(start, self._tokens[self._at - 1].end)

    def _note_extension(self, token: Token) -> None:
        if token.in_lems:
            return
        span = self._places.span(token.start, token.end)
        message = f"'{self._spelled(token)}' is not part of LEMS; other engines will refuse it"
        self.extensions.append(Diagnostic("expr.extension", message, span, severity="warning"))

    def _missing_operator(self, token: Token) -> ExprSyntaxError:
        before = self._tokens[self._at - 1]
        message = f"an operator is missing between '{before.text}' and '{self._spelled(token)}'"
        hint = "to multiply, write '*'"
        if before.kind == "number":
            hint += "; a number with a unit must be a <Constant>"
        return self._error(token, message, hint)

    def _missing_value(self, token: Token) -> ExprSyntaxError:
        if token.kind == "end":
            return self._error(token, "the expression ends where a value is expected", "")
        hint = "a power is written with '^'" if self._doubled("*") else ""
        return self._error(token, f"a value is expected before '{self._spelled(token)}'", hint)

    def _spelled(self, token: Token) -> str:
        return self._places.text[token.start : token.end]

    def _doubled(self, op: str) -> bool:
        return self._at > 0 and self._tokens[self._at - 1].text == op == self._tokens[self._at].text

    def _error(
        self, token: Token, message: str, hint: str, code: str = "expr.syntax"
    ) -> ExprSyntaxError:
        span = self._places.span(token.start, token.end)
        return ExprSyntaxError(Diagnostic(code, message, span, hint=hint))


def _may_differ(tokens: list[Token]) -> bool:
    """Whether jLEMS's ranks could matter: mixed logic, or a signed operand and a power."""
    ops = [token.text for token in tokens if token.kind == "op"]
    loose = [op for op in ops if op in ("and", "or", "==", "!=")]
    if len(loose) > 1 and ("and" in loose or "or" in loose or "==" in loose):
        return True
    return "^" in ops and any(
        after.text == "-" and after.kind == "op" and before.kind == "op"
        for before, after in pairwise(tokens)
    )


def _differs(tree: Expr, other: Expr, span: Span | None) -> Diagnostic:
    from annarchy_ml.expr.pretty import pretty
    from annarchy_ml.expr.traverse import has_sound_logic

    if has_sound_logic(other):
        message = f"jLEMS reads this as '{pretty(other, portable=True)}'"
    else:
        message = "jLEMS cannot read this without parentheses"
    hint = f"write '{pretty(tree, portable=True)}'"
    return Diagnostic("expr.ambiguous", message, span, hint=hint, severity="warning")
