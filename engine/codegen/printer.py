"""Prints expressions in C-family languages, in double or single precision.

    q^instances * (v - erev) / tau  ->  aml_small_power(q, instances_power) * (v - erev) / tau

Only this file writes arithmetic text; frames and loops ask it.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from annarchy_ml.expr.functions import FUNCTIONS
from annarchy_ml.expr.nodes import (
    COMPARISONS,
    LOGIC,
    Binary,
    Call,
    Conditional,
    Expr,
    Number,
    Symbol,
    Unary,
)
from annarchy_ml.expr.traverse import postorder

LARGEST_SMALL_POWER = 15
_LONGEST_PRODUCT = 4
_TERNARY, _OR, _AND, _EQUAL, _ORDER, _SUM, _PRODUCT, _SIGN, _ATOM = range(1, 10)
_RANKS = {
    "or": _OR, "and": _AND, "==": _EQUAL, "!=": _EQUAL, "<": _ORDER, ">": _ORDER, "<=": _ORDER,
    ">=": _ORDER, "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT,
}  # fmt: skip
_SIGNS = {"or": "||", "and": "&&"}
_INFIX_CALLS = {"anml_add": ("+", _SUM), "anml_multiply": ("*", _PRODUCT)}


@dataclass(frozen=True, slots=True)
class Value:
    """What a symbol is in the printed text.

    Attributes:
        text: an identifier.
        integer: whether it is an int32.
        power: for an exponent known to be a whole number from 0 to 15: its int32 form.
    """

    text: str
    integer: bool = False
    power: str = ""


@dataclass(slots=True)
class CPrinter:
    """C, C++ and CUDA.

    Attributes:
        single: print float arithmetic.
        vector: avoid calls that keep a loop from being vectorised.
        library: names of library functions printed so far, in double precision form.
    """

    single: bool = False
    vector: bool = True
    library: set[str] = field(default_factory=set)

    def expression(self, expression: Expr, scope: Mapping[str, Value]) -> str:
        """The expression, its symbols replaced by what `scope` says."""
        texts: dict[int, tuple[str, int]] = {}
        for node in postorder(expression):
            texts[id(node)] = self._node(node, texts, scope)
        return texts[id(expression)][0]

    def number(self, value: float) -> str:
        """A literal that reads back to the same value in the printer's precision."""
        if self.single:
            value = _as_single(value)
        if value != value:
            return f'__builtin_nan{self._suffix}("")'
        if value - value != 0.0:
            return f"{'-' if value < 0 else ''}__builtin_inf{self._suffix}()"
        return f"{_shortest_single(value)}f" if self.single else repr(value)

    @property
    def _suffix(self) -> str:
        return "f" if self.single else ""

    def _node(
        self, node: Expr, texts: dict[int, tuple[str, int]], scope: Mapping[str, Value]
    ) -> tuple[str, int]:
        match node:
            case Number(value):
                text = self.number(value)
                return text, _SIGN if text.startswith("-") else _ATOM
            case Symbol(name):
                value_of = scope[name]
                if value_of.integer:
                    return f"(aml_real){value_of.text}", _SIGN
                return value_of.text, _ATOM
            case Unary(op):
                sign = "-" if op == "-" else "!"
                return sign + _wrap(texts[id(node.operand)], _ATOM), _SIGN
            case Binary("^"):
                return self._power(node.left, node.right, texts, scope)
            case Binary():
                return self._binary(node, texts, scope)
            case Call():
                return self._call(node, texts, scope)
            case Conditional():
                return self._conditional(node, texts)

    def _conditional(self, node: Conditional, texts: dict[int, tuple[str, int]]) -> tuple[str, int]:
        test, then, otherwise = (texts[id(part)] for part in node.operands)
        if self.vector and any(_is_bound(part) for part in (node.then, node.otherwise)):
            name = f"aml_choice{self._suffix}"
            return f"{name}({test[0]}, {then[0]}, {otherwise[0]})", _ATOM
        text = f"{_wrap(test, _OR)} ? {_wrap(then, _OR)} : {_wrap(otherwise, _OR)}"
        return text, _TERNARY

    def _binary(
        self, node: Binary, texts: dict[int, tuple[str, int]], scope: Mapping[str, Value]
    ) -> tuple[str, int]:
        rank = _RANKS[node.op]
        left, right = texts[id(node.left)], texts[id(node.right)]
        if node.op in COMPARISONS:
            left, right = _whole_numbers(node, scope) or (left, right)
            return f"{_wrap(left, _SUM)} {node.op} {_wrap(right, _SUM)}", rank
        if node.op in LOGIC:
            # Compilers warn of "a && b || c": logic within other logic is always wrapped.
            sign = _SIGNS[node.op]
            chained = isinstance(node.left, Binary) and node.left.op == node.op
            return f"{_wrap(left, rank if chained else _EQUAL)} {sign} {_wrap(right, _EQUAL)}", rank
        return f"{_wrap(left, rank)} {node.op} {_wrap(right, rank + 1)}", rank

    def _call(
        self, node: Call, texts: dict[int, tuple[str, int]], scope: Mapping[str, Value]
    ) -> tuple[str, int]:
        row = FUNCTIONS[node.function]
        if row.cpp == "pow":
            return self._power(node.args[0], node.args[1], texts, scope)
        args = [texts[id(part)] for part in node.args]
        if row.cpp in _INFIX_CALLS:
            sign, rank = _INFIX_CALLS[row.cpp]
            if len(args) == 1:
                return args[0]
            parts = [_wrap(part, rank + (k > 0)) for k, part in enumerate(args)]
            return f" {sign} ".join(parts), rank
        name = self._function(row.cpp)
        if row.arity[1] is None:
            text = args[0][0]
            for part in args[1:]:
                text = f"{name}({text}, {part[0]})"
            return (text, _ATOM) if len(args) > 1 else args[0]
        return f"{name}({', '.join(part[0] for part in args)})", _ATOM

    def _function(self, spelling: str) -> str:
        if spelling.startswith("anml_"):
            return f"aml_{spelling[5:]}{self._suffix}"
        self.library.add(spelling)
        return spelling + self._suffix

    def _power(
        self,
        base: Expr,
        exponent: Expr,
        texts: dict[int, tuple[str, int]],
        scope: Mapping[str, Value],
    ) -> tuple[str, int]:
        text = texts[id(base)]
        if isinstance(exponent, Number) and _is_small_whole(exponent.value):
            return self._whole_power(base, text, int(exponent.value))
        if isinstance(exponent, Symbol) and scope[exponent.name].power:
            power = scope[exponent.name].power
            return f"aml_small_power{self._suffix}({text[0]}, {power})", _ATOM
        self.library.add("pow")
        plain = self.vector or isinstance(exponent, Number)
        name = "pow" if plain else "aml_power"
        return f"{name}{self._suffix}({text[0]}, {texts[id(exponent)][0]})", _ATOM

    def _whole_power(self, base: Expr, text: tuple[str, int], n: int) -> tuple[str, int]:
        one = self.number(1.0)
        if n < 0:
            return f"{one} / {_wrap(self._whole_power(base, text, -n), _SIGN)}", _PRODUCT
        if n == 0:
            return one, _ATOM
        if n == 1:
            return text
        if isinstance(base, Symbol) and n <= _LONGEST_PRODUCT:
            return " * ".join([_wrap(text, _ATOM)] * n), _PRODUCT
        return f"aml_small_power{self._suffix}({text[0]}, {n})", _ATOM


def _is_bound(node: Expr) -> bool:
    """Whether it is a choice itself, which GCC turns into branches within another one."""
    return isinstance(node, Call) and node.function in ("min", "max")


def _is_small_whole(value: float) -> bool:
    return abs(value) <= LARGEST_SMALL_POWER and value == int(value)


def _wrap(text: tuple[str, int], least: int) -> str:
    return text[0] if text[1] >= least else f"({text[0]})"


def _whole_numbers(
    node: Binary, scope: Mapping[str, Value]
) -> tuple[tuple[str, int], tuple[str, int]] | None:
    """Integer forms of both sides, where an int32 value is compared with a whole number."""
    symbol, number = node.left, node.right
    if isinstance(symbol, Number):
        symbol, number = number, symbol
    if not (isinstance(symbol, Symbol) and isinstance(number, Number)):
        return None
    if not (scope[symbol.name].integer and abs(number.value) < 2**31):
        return None
    if number.value != int(number.value):
        return None
    name, literal = (scope[symbol.name].text, _ATOM), (str(int(number.value)), _SIGN)
    return (name, literal) if symbol is node.left else (literal, name)


def _as_single(value: float) -> float:
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _shortest_single(value: float) -> str:
    """The fewest digits that give this float back."""
    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        if _as_single(float(text)) == value:
            break
    return text if any(c in text for c in ".e") else f"{text}.0"
