"""Reads expressions of the equation language into the nodes of ``expr``.

    "if v > 1: 0 else: v^2"  ->  v^2, or 0 where v > 1

What an expression reads from elsewhere becomes a symbol that is spelled as it is written:
``sum(exc)``, ``pre.r``, ``post.sum(exc)``, ``mean(pre.r)``; a gradient is the symbol ``dv/dt``.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import cast

from annarchy_ml.diagnostics.core import Span
from annarchy_ml.diagnostics.suggest import did_you_mean
from annarchy_ml.expr import Binary, Call, Conditional, Expr, Number, Symbol, Unary, is_condition
from annarchy_ml.expr.nodes import BinaryOp
from annarchy_ml.importers.equations import vocabulary as words
from annarchy_ml.importers.equations.faults import UNSUPPORTED, EquationError, Section, fault
from annarchy_ml.importers.equations.tokens import Token
from annarchy_ml.importers.equations.units import SCALES

Functions = dict[str, tuple[tuple[str, ...], Expr]]
"""Functions that users define: names of the arguments, and what they give."""

MAX_DEPTH = 150
_COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")


def as_number(e: Expr) -> Expr:
    """1 where a condition holds, 0 elsewhere; a number stays."""
    return Conditional(e, words.ONE, words.ZERO, e.span) if is_condition(e) else e


def as_condition(e: Expr) -> Expr:
    """Where a number is not 0; a condition stays."""
    return e if is_condition(e) else Binary("!=", e, words.ZERO, e.span)


class Reader:
    """Reads one statement, token by token.

    Attributes:
        at: position of the next token.
    """

    def __init__(self, tokens: list[Token], section: Section, functions: Functions) -> None:
        self.tokens = tokens
        self.section = section
        self.functions = functions
        self.at = 0
        self._depth = 0

    @property
    def next(self) -> Token:
        """The next token."""
        return self.tokens[self.at]

    def take(self) -> Token:
        """The next token, which is then behind."""
        self.at += 1
        return self.tokens[self.at - 1]

    def accept(self, *texts: str) -> Token | None:
        """The next token if it is one of these."""
        return self.take() if self.next.text in texts and self.next.kind != "end" else None

    def expect(self, text: str, why: str) -> Token:
        """The next token, which must be this one.

        Raises:
            EquationError: If it is another.
        """
        if self.next.text != text or self.next.kind == "end":
            raise self.wrong(f"'{text}' is missing {why}")
        return self.take()

    def wrong(self, message: str, token: Token | None = None, hint: str = "") -> EquationError:
        """A fault of the grammar at a token."""
        return self.fault("equation.syntax", message, token or self.next, hint)

    def fault(self, code: str, message: str, token: Token, hint: str = "") -> EquationError:
        """A fault at a token."""
        return fault(code, message, self.section, self._span(token), hint)

    def _span(self, first: Token, last: Token | None = None) -> Span:
        end = last.end if last is not None else first.end
        return self.section.span(first.start, max(end, first.start + 1))

    def _since(self, first: Token) -> Span:
        return self._span(first, self.tokens[self.at - 1])

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
        return Conditional(test, then, otherwise, self._since(first))

    def _or(self) -> Expr:
        return self._logic("or", ("or", "|"), self._and)

    def _and(self) -> Expr:
        return self._logic("and", ("and", "&"), self._not)

    def _logic(self, op: str, signs: tuple[str, ...], operand: words.Maker) -> Expr:
        first = self.next
        found = operand()
        while self.accept(*signs):
            right = as_condition(operand())
            found = Binary(cast(BinaryOp, op), as_condition(found), right, self._since(first))
        return found

    def _not(self) -> Expr:
        first = self.next
        if self.accept("not", "Not", "!"):
            self._deeper()
            inner = as_condition(self._not())
            self._depth -= 1
            return Unary("not", inner, self._since(first))
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
            one = Binary(op, as_number(left), as_number(right), self._since(first))
            found = one if found is None else Binary("and", found, one, self._since(first))
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
                found = Binary(cast(BinaryOp, token.text), left, right, self._since(first))
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
            return Number(-inner.value, self._since(first))
        return Unary("-", inner, self._since(first))

    def _power(self) -> Expr:
        first = self.next
        base = self._atom()
        if not self.accept("^", "**"):
            return base
        exponent = as_number(self._unary())
        return Binary("^", as_number(base), exponent, self._since(first))

    def _atom(self) -> Expr:
        token = self.take()
        if token.kind == "number":
            return self._number(token)
        if token.kind == "gradient":
            name = token.text.partition("/")[0].strip()[1:]
            return Symbol(f"d{name}/dt", self._span(token))
        if token.text == "(":
            inner = self.expression()
            self.expect(")", "here")
            return inner
        if token.kind != "name" or token.text in ("if", "else", "and", "or", "is"):
            self.at -= 1
            raise self._no_value(token)
        return self._named(token)

    def _no_value(self, token: Token) -> EquationError:
        if token.kind == "end":
            return self.wrong("the equation ends where a value is needed")
        hint = "put the conditional into parentheses" if token.text == "if" else ""
        return self.wrong(f"'{token.text}' stands where a value is needed", token, hint)

    def _number(self, token: Token) -> Expr:
        value = float(token.text)
        if not math.isfinite(value):
            raise self.wrong(f"{token.text} is too large", token)
        unit = self.next
        if unit.kind == "name" and unit.text in SCALES and unit.text not in ("t",):
            self.take()
            return Number(value * SCALES[unit.text], self._since(token))
        return Number(value, self._span(token))

    def _named(self, token: Token) -> Expr:
        name, span = token.text, self._span(token)
        if name in ("True", "False"):
            return Number(float(name == "True"), span)
        if name == "pi":
            return Number(math.pi, span)
        if name in ("pre", "post") and self.next.text == ".":
            return self._other_end(token)
        if self.next.text == "(":
            return self._call(token)
        if name in ("pre", "post"):
            raise self.wrong(f"a name must follow '{name}.'", token, f"write {name}.r")
        if name in words.FUNCTIONS or name in words.LAWS or name in ("sum", "ite"):
            raise self.wrong(f"'{name}' stands here without its arguments", token)
        return Symbol(name, span)

    def _other_end(self, first: Token) -> Expr:
        self.take()
        token = self.take()
        if token.kind != "name":
            self.at -= 1
            raise self.wrong(f"a name must follow '{first.text}.'")
        if token.text != "sum":
            return Symbol(f"{first.text}.{token.text}", self._since(first))
        return Symbol(f"{first.text}.{self._summed()}", self._since(first))

    def _summed(self) -> str:
        self.expect("(", "after 'sum'")
        target = self.take().text if self.next.kind == "name" else ""
        self.expect(")", "after the target of 'sum'")
        return f"sum({target})"

    def _call(self, token: Token) -> Expr:
        name = token.text
        if name == "sum":
            return Symbol(self._summed(), self._since(token))
        args = self._arguments()
        if name in words.REDUCTIONS and len(args) == 1:
            return self._reduction(token, args[0])
        if name in self.functions:
            return self._own_function(token, args)
        if name == "ite":
            self._count(token, args, 3)
            test, then, otherwise = args
            return Conditional(as_condition(test), as_number(then), as_number(otherwise))
        numbers = tuple(as_number(item) for item in args)
        if name in ("min", "max"):
            return Call(name, numbers, self._since(token))
        if name in words.LAWS:
            return self._law(token, numbers)
        if name not in words.FUNCTIONS:
            known = [*words.FUNCTIONS, *words.LAWS, *self.functions, "min", "max", "ite"]
            message, hint = f"unknown function '{name}'", did_you_mean(name, known)
            raise self.fault("equation.unknown-name", message, token, hint)
        count, made = words.FUNCTIONS[name]
        self._count(token, args, count)
        return replace(made(*numbers), span=self._since(token))

    def _arguments(self) -> list[Expr]:
        self.take()
        args: list[Expr] = []
        if self.accept(")"):
            return args
        while True:
            args.append(self.expression())
            if self.accept(")"):
                return args
            self.expect(",", "between arguments")

    def _count(self, token: Token, args: list[Expr], count: int) -> None:
        if len(args) == count:
            return
        wanted = "1 argument" if count == 1 else f"{count} arguments"
        code = "equation.law-argument" if token.text in words.LAWS else "equation.syntax"
        message = f"'{token.text}' takes {wanted}, not {len(args)}"
        raise self.fault(code, message, token)

    def _reduction(self, token: Token, of: Expr) -> Expr:
        if isinstance(of, Symbol):
            return Symbol(f"{token.text}({of.name})", self._since(token))
        if token.text in ("min", "max"):
            raise self.wrong(
                f"'{token.text}' takes two values, or the name of a variable of all neurons", token
            )
        raise self.wrong(f"'{token.text}' takes the name of a variable of all neurons", token)

    def _law(self, token: Token, args: tuple[Expr, ...]) -> Expr:
        count, made = words.LAWS[token.text]
        if token.text == "Gamma" and len(args) == 1:
            args = (*args, words.ONE)
        self._count(token, list(args), count)
        if made is None:
            message = f"the law '{token.text}' is not supported in equations yet"
            hint = "give it as a value of an attribute, or use Normal or Uniform"
            raise self.fault(UNSUPPORTED, message, token, hint)
        bounds = [item.value for item in args if isinstance(item, Number)]
        if token.text == "Uniform" and len(bounds) == 2 and bounds[0] >= bounds[1]:
            message = f"the lower end of Uniform, {bounds[0]:g}, is not below the upper one"
            raise self.fault("equation.law-argument", message, token)
        if "Normal" in token.text and len(bounds) == 2 and bounds[1] < 0:
            message = f"the deviation of {token.text} is negative"
            raise self.fault("equation.law-argument", message, token)
        return replace(made(*args), span=self._since(token))

    def _own_function(self, token: Token, args: list[Expr]) -> Expr:
        from annarchy_ml.expr import substitute

        names, body = self.functions[token.text]
        self._count(token, args, len(names))
        values = (as_number(item) for item in args)
        return substitute(body, dict(zip(names, values, strict=True)))
