"""Finds the dimension of an expression and reports, in words, where dimensions disagree.

For `v + tau` it says: 'v' is a voltage, 'tau' a time: a voltage and a time cannot be added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from annarchy_ml.diagnostics.core import Diagnostic
from annarchy_ml.diagnostics.suggest import did_you_mean
from annarchy_ml.expr.evaluate import evaluate
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
from annarchy_ml.expr.pretty import pretty
from annarchy_ml.expr.traverse import is_condition, is_constant, postorder, symbol_nodes
from annarchy_ml.units import DIMENSIONLESS, Dimension, named, preferred_unit, with_article

Env = Mapping[str, Dimension | None]
Report = Callable[[Diagnostic], None]

_LONGEST_SHOWN = 40
_MOST_SYMBOLS = 6
_LARGEST_DENOMINATOR = 12


def infer(e: Expr, env: Env, report: Report) -> Dimension | None:
    """The dimension of an expression.

    Args:
        e: What to look at.
        env: The dimension of each name; None stands for any.
        report: Receives each fault; the faulty part then counts as unknown, so that one mistake
            is reported once.

    Returns:
        The dimension, or None where it is unknown or any. A literal zero fits every dimension.
    """
    return _Inference(env, report).of(e)


def phrase(e: Expr, dimension: Dimension | None) -> str:
    """Such as "'g * v' is a current", for messages."""
    words = "of unknown dimension" if dimension is None else with_article(dimension)
    return f"{quoted(e)} is {words}"


def quoted(e: Expr) -> str:
    """The expression in quotes, or a stand-in if it is long."""
    text = pretty(e)
    return f"'{text}'" if len(text) <= _LONGEST_SHOWN else f"'{text[: _LONGEST_SHOWN - 3]}...'"


def symbol_note(parts: Iterable[Expr], env: Env) -> tuple[str, ...]:
    """A note such as "g is a conductance (nS), v a voltage (mV)" on the names in some parts."""
    known: dict[str, Dimension] = {}
    for part in parts:
        for symbol in symbol_nodes(part):
            dimension = env.get(symbol.name)
            if dimension is not None:
                known.setdefault(symbol.name, dimension)
    told: list[str] = []
    for name, dimension in list(known.items())[:_MOST_SYMBOLS]:
        unit = preferred_unit(dimension)[0]
        told.append(f"{name} {'' if told else 'is '}{with_article(dimension)}{_in_brackets(unit)}")
    return (", ".join(told),) if told else ()


class _Inference:
    """One walk over one expression."""

    def __init__(self, env: Env, report: Report) -> None:
        self._env = env
        self._report = report
        self._known: dict[int, Dimension | None] = {}

    def of(self, e: Expr) -> Dimension | None:
        """The dimension of the whole expression."""
        for node in postorder(e):
            self._known[id(node)] = self._node(node)
        return self._dimension(e)

    def _dimension(self, node: Expr) -> Dimension | None:
        """The dimension of an operand where alike is asked for: zero fits anything."""
        return None if _is_zero(node) else self._known[id(node)]

    def _node(self, node: Expr) -> Dimension | None:
        if isinstance(node, Number):
            return DIMENSIONLESS
        if isinstance(node, Symbol):
            return self._symbol(node)
        if isinstance(node, Unary):
            if node.op == "not":
                self._check_conditions(node, node.operands)
                return DIMENSIONLESS
            return self._known[id(node.operand)]
        if isinstance(node, Binary):
            return self._binary(node)
        if isinstance(node, Conditional):
            self._check_conditions(node, (node.test,))
            return self._alike(node, (node.then, node.otherwise), "be two values of one quantity")
        return self._call(node)

    def _symbol(self, node: Symbol) -> Dimension | None:
        if node.name in self._env:
            return self._env[node.name]
        message = f"there is no '{node.name}' here"
        hint = did_you_mean(node.name, self._env)
        self._report(Diagnostic("expr.unknown-name", message, node.span, hint=hint))
        return None

    def _binary(self, node: Binary) -> Dimension | None:
        if node.op in LOGIC:
            self._check_conditions(node, node.operands)
            return DIMENSIONLESS
        if node.op in COMPARISONS:
            self._alike(node, node.operands, "be compared")
            return DIMENSIONLESS
        if node.op in "+-":
            return self._alike(
                node, node.operands, "be added" if node.op == "+" else "be subtracted"
            )
        if node.op == "^":
            return self._power(node, node.left, node.right)
        left, right = self._known[id(node.left)], self._known[id(node.right)]
        if left is None or right is None:
            return None
        return left * right if node.op == "*" else left / right

    def _call(self, node: Call) -> Dimension | None:
        rule = FUNCTIONS[node.function].rule
        if rule == "same":
            joined = "be compared" if node.function in ("min", "max") else "be added"
            return self._alike(node, node.args, joined)
        if rule == "power":
            return self._power(node, node.args[0], node.args[1])
        dimensions = [self._known[id(argument)] for argument in node.args]
        if rule == "sign":
            return DIMENSIONLESS
        if rule == "sqrt":
            return dimensions[0].root(2) if dimensions[0] is not None else None
        if rule == "product":
            product = DIMENSIONLESS
            for dimension in dimensions:
                if dimension is None:
                    return None
                product = product * dimension
            return product
        for argument in node.args:
            self._check_plain(node, argument)
        return DIMENSIONLESS

    def _alike(self, node: Expr, parts: tuple[Expr, ...], joined: str) -> Dimension | None:
        """The common dimension of several parts; the first pair that differs is reported."""
        first: Expr | None = None
        for part in parts:
            dimension = self._dimension(part)
            if dimension is None:
                continue
            if first is None:
                first = part
            elif dimension != self._known[id(first)]:
                self._report(self._mismatch(first, part, joined))
                return None
        if first is not None:
            return self._known[id(first)]
        zeros = all(_is_zero(part) for part in parts)
        return DIMENSIONLESS if zeros and isinstance(node, Binary) else None

    def _mismatch(self, a: Expr, b: Expr, joined: str) -> Diagnostic:
        one, two = self._known[id(a)] or DIMENSIONLESS, self._known[id(b)] or DIMENSIONLESS
        told = with_article(two)
        message = (
            f"{phrase(a, one)}, {quoted(b)} {told}: {with_article(one)} and {told} cannot {joined}"
        )
        bare = isinstance(a, Symbol | Number) and isinstance(b, Symbol | Number)
        return Diagnostic(
            "units.mismatch",
            message,
            b.span,
            named(two),
            () if bare else symbol_note((a, b), self._env),
            related=((a.span, named(one)),) if a.span is not None else (),
        )

    def _power(self, node: Expr, base: Expr, exponent: Expr) -> Dimension | None:
        raised, power = self._known[id(base)], self._known[id(exponent)]
        if power is not None and not power.is_dimensionless:
            message = f"the exponent {phrase(exponent, power)}, but must be a plain number"
            self._report(Diagnostic("units.exponent", message, exponent.span, named(power)))
            return None
        if raised is None or raised.is_dimensionless:
            return raised
        if not is_constant(exponent):
            message = (
                f"{phrase(base, raised)}, which can only be raised to a fixed number, "
                f"not to {quoted(exponent)}"
            )
            hint = "divide it by a constant of the same dimension first"
            self._report(Diagnostic("units.exponent", message, exponent.span, hint=hint))
            return None
        return _raised(raised, evaluate(exponent, {}))

    def _check_plain(self, node: Call, argument: Expr) -> None:
        dimension = self._known[id(argument)]
        if dimension is None or dimension.is_dimensionless:
            return
        message = f"{node.function} takes a plain number, but {phrase(argument, dimension)}"
        notes = () if isinstance(argument, Symbol) else symbol_note((argument,), self._env)
        hint = f"divide it by a constant that is {with_article(dimension)} too"
        self._report(
            Diagnostic("units.function", message, argument.span, named(dimension), notes, hint)
        )

    def _check_conditions(self, node: Expr, parts: tuple[Expr, ...]) -> None:
        """Report what is plainly a number where a condition is needed; a name may be a flag."""
        for part in parts:
            if is_condition(part) or isinstance(part, Symbol | Conditional):
                continue
            message = f"{quoted(part)} is a number, but a condition is needed here"
            hint = f"compare it, for example {pretty(part)} .gt. 0"
            self._report(Diagnostic("expr.condition", message, part.span, "number", hint=hint))


def _raised(dimension: Dimension, power: float) -> Dimension | None:
    """A dimension to a fixed power; unknown if the power is no simple fraction."""
    if power == int(power):
        return dimension ** int(power)
    from fractions import Fraction

    simple = Fraction(power).limit_denominator(_LARGEST_DENOMINATOR)
    return dimension**simple if abs(float(simple) - power) < 1e-12 else None


def _is_zero(node: Expr) -> bool:
    while isinstance(node, Unary) and node.op == "-":
        node = node.operand
    return isinstance(node, Number) and node.value == 0.0


def _in_brackets(unit: str) -> str:
    return f" ({unit})" if unit else ""
