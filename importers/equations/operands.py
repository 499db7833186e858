"""Reads what stands between operators: numbers, names, calls of functions, laws and sums."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import replace

from annarchy_ml.diagnostics.suggest import did_you_mean
from annarchy_ml.expr import (
    Binary,
    Call,
    Conditional,
    Expr,
    Number,
    Symbol,
    is_condition,
    substitute,
)
from annarchy_ml.importers.equations import vocabulary as words
from annarchy_ml.importers.equations.faults import EquationError, Section
from annarchy_ml.importers.equations.reader import TokenReader
from annarchy_ml.importers.equations.tokens import Token
from annarchy_ml.importers.equations.units import SCALES

Functions = dict[str, tuple[tuple[str, ...], Expr]]
"""Functions that users define: names of the arguments, and what they give."""


def as_number(e: Expr) -> Expr:
    """1 where a condition holds, 0 elsewhere; a number stays."""
    return Conditional(e, words.ONE, words.ZERO, e.span) if is_condition(e) else e


def as_condition(e: Expr) -> Expr:
    """Where a number is not 0; a condition stays."""
    return e if is_condition(e) else Binary("!=", e, words.ZERO, e.span)


class OperandReader(TokenReader, ABC):
    """Reads operands; what stands in parentheses is for `expression`."""

    def __init__(self, tokens: list[Token], section: Section, functions: Functions) -> None:
        super().__init__(tokens, section)
        self.functions = functions

    @abstractmethod
    def expression(self) -> Expr:
        """An expression, as far as it goes."""

    def atom(self) -> Expr:
        """One operand."""
        token = self.take()
        if token.kind == "number":
            return self._number(token)
        if token.kind == "gradient":
            name = token.text.partition("/")[0].strip()[1:]
            return Symbol(f"d{name}/dt", self.span(token))
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
            return Number(value * SCALES[unit.text], self.since(token))
        return Number(value, self.span(token))

    def _named(self, token: Token) -> Expr:
        name, span = token.text, self.span(token)
        if name in ("True", "False", "true", "false"):
            return Number(float(name in ("True", "true")), span)
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
            return Symbol(f"{first.text}.{token.text}", self.since(first))
        return Symbol(f"{first.text}.{self._summed()}", self.since(first))

    def _summed(self) -> str:
        self.expect("(", "after 'sum'")
        target = self.take().text if self.next.kind == "name" else ""
        self.expect(")", "after the target of 'sum'")
        return f"sum({target})"

    def _call(self, token: Token) -> Expr:
        name = token.text
        if name == "sum":
            return Symbol(self._summed(), self.since(token))
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
            return Call(name, numbers, self.since(token))
        if name in words.LAWS:
            return self._law(token, numbers)
        if name not in words.FUNCTIONS:
            known = [*words.FUNCTIONS, *words.LAWS, *self.functions, "min", "max", "ite"]
            message, hint = f"unknown function '{name}'", did_you_mean(name, known)
            raise self.fault("equation.unknown-name", message, token, hint)
        count, made = words.FUNCTIONS[name]
        self._count(token, args, count)
        return replace(made(*numbers), span=self.since(token))

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
            return Symbol(f"{token.text}({of.name})", self.since(token))
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
        if message := words.law_fault(token.text, args):
            raise self.fault("equation.law-argument", message, token)
        return replace(made(*args), span=self.since(token))

    def _own_function(self, token: Token, args: list[Expr]) -> Expr:
        names, body = self.functions[token.text]
        self._count(token, args, len(names))
        values = (as_number(item) for item in args)
        return substitute(body, dict(zip(names, values, strict=True)))
