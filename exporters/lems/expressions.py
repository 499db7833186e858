"""Expressions in what LEMS itself defines.

    max(v, 0)            if(v .gt. 0, v, 0), which becomes a ConditionalDerivedVariable
    floor(x)             -ceil(-x)
    normal()             Box and Muller's transformation of two uniform numbers
    not (a > b)          a .leq. b

Where no ConditionalDerivedVariable can stand, since values are read that the step has just changed,
a choice becomes a sum: ``if(a .gt. b, x, y)`` is ``c*x + (1 - c)*y`` with
``c = ceil(H(a - b) - 0.5)``, where LEMS's ``H(0)`` is 0.5.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite, log, pi

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.expr import FUNCTIONS, Binary, Call, Conditional, Expr, Number, Symbol, Unary
from annarchy_ml.expr.nodes import COMPARISONS, LOGIC, BinaryOp

ZERO, ONE, HALF = Number(0.0), Number(1.0), Number(0.5)
_OPPOSITE: dict[str, BinaryOp] = {
    "<": ">=", ">": "<=", "<=": ">", ">=": "<", "==": "!=", "!=": "==", "and": "or", "or": "and",
}  # fmt: skip
Choose = Callable[[Conditional], Expr]
"""What stands for a choice whose parts LEMS has."""


def _call(name: str, *args: Expr) -> Expr:
    return Call(name, args)


def _minus(a: Expr, b: Expr) -> Expr:
    return Binary("-", a, b)


def _uniform() -> Expr:
    return _minus(ONE, _call("random", ONE))  # never 0


def _normal() -> Expr:
    radius = _call("sqrt", Binary("*", Number(-2.0), _call("log", _uniform())))
    angle = Binary("*", Number(2.0 * pi), _call("random", ONE))
    return Binary("*", radius, _call("cos", angle))


def _root(x: Expr, power: float) -> Expr:
    return Binary("^", x, Number(power))


def _cube_root(x: Expr) -> Expr:
    third = 1.0 / 3.0
    below = Unary("-", _root(Unary("-", x), third))
    return Conditional(Binary("<", x, ZERO), below, _root(x, third))


def _extreme(op: BinaryOp) -> Callable[..., Expr]:
    def made(*args: Expr) -> Expr:
        found = args[0]
        for item in args[1:]:
            found = Conditional(Binary(op, found, item), found, item)
        return found

    return made


_REWRITTEN: dict[str, Callable[..., Expr]] = {
    "floor": lambda x: Unary("-", _call("ceil", Unary("-", x))),
    "log10": lambda x: Binary("/", _call("log", x), Number(log(10.0))),
    "log2": lambda x: Binary("/", _call("log", x), Number(log(2.0))),
    "log1p": lambda x: _call("log", Binary("+", ONE, x)),
    "expm1": lambda x: _minus(_call("exp", x), ONE),
    "hypot": lambda x, y: _call("sqrt", Binary("+", _root(x, 2.0), _root(y, 2.0))),
    "cbrt": _cube_root,
    "pow": lambda x, y: Binary("^", x, y),
    "normal": _normal,
    "min": _extreme("<"),
    "max": _extreme(">"),
}


def number(e: Expr, choose: Choose, what: str) -> Expr:
    """An expression in what LEMS defines.

    Args:
        e: a number, or a condition that stands for 1 or 0.
        choose: what stands for a choice.
        what: whose equation it is, for messages.

    Raises:
        UsageError: If LEMS cannot say it.
    """
    if isinstance(e, Number):
        if not isfinite(e.value):
            raise refused(what, f"the number {e.value}")
        return e
    if isinstance(e, Symbol):
        return e
    if isinstance(e, Conditional):
        parts = (number(e.then, choose, what), number(e.otherwise, choose, what))
        return choose(Conditional(test(e.test, choose, what), *parts))
    if isinstance(e, Call):
        return _function(e, choose, what)
    if e.operands and (_is_test(e)):
        return choose(Conditional(test(e, choose, what), ONE, ZERO))
    return e.with_operands(tuple(number(item, choose, what) for item in e.operands))


def _function(e: Call, choose: Choose, what: str) -> Expr:
    made = _REWRITTEN.get(e.function)
    if made is not None:
        return number(made(*e.args), choose, what)
    if not FUNCTIONS[e.function].lems:
        shared = e.function.startswith(("common_", "keyed_"))
        raise refused(what, "random numbers that all share" if shared else f"'{e.function}'")
    return e.with_operands(tuple(number(item, choose, what) for item in e.args))


def _is_test(e: Expr) -> bool:
    if isinstance(e, Binary):
        return e.op in COMPARISONS or e.op in LOGIC
    return isinstance(e, Unary) and e.op == "not"


def test(e: Expr, choose: Choose, what: str) -> Expr:
    """A condition in what LEMS defines: it has no ``not``, and numbers are no truth values."""
    if isinstance(e, Unary) and e.op == "not":
        return test(_negated(e.operand), choose, what)
    if isinstance(e, Binary) and e.op in LOGIC:
        return Binary(e.op, test(e.left, choose, what), test(e.right, choose, what))
    if isinstance(e, Binary) and e.op in COMPARISONS:
        return Binary(e.op, number(e.left, choose, what), number(e.right, choose, what))
    return Binary("!=", number(e, choose, what), ZERO)


def _negated(e: Expr) -> Expr:
    if isinstance(e, Unary) and e.op == "not":
        return e.operand
    if isinstance(e, Binary) and e.op in LOGIC:
        return Binary(_OPPOSITE[e.op], _negated(e.left), _negated(e.right))
    if isinstance(e, Binary) and e.op in COMPARISONS:
        return Binary(_OPPOSITE[e.op], e.left, e.right)
    return Binary("==", e, ZERO)


def as_sum(e: Conditional) -> Expr:
    """A choice as a sum, in which both branches are computed."""
    if isinstance(e.test, Binary) and e.test.op in COMPARISONS and e.then == e.otherwise:
        return e.then
    holds = _indicator(e.test)
    other = Binary("*", _minus(ONE, holds), e.otherwise)
    return Binary("+", Binary("*", holds, e.then), other)


def _above(a: Expr, b: Expr) -> Expr:
    """1 where a > b, else 0."""
    return _call("ceil", _minus(_call("H", _minus(a, b)), HALF))


def _indicator(e: Expr) -> Expr:
    """1 where a condition holds, else 0."""
    assert isinstance(e, Binary)
    if e.op == "and":
        return Binary("*", _indicator(e.left), _indicator(e.right))
    if e.op == "or":
        left, right = (_minus(ONE, _indicator(item)) for item in e.operands)
        return _minus(ONE, Binary("*", left, right))
    less, more = _above(e.right, e.left), _above(e.left, e.right)
    found = {
        ">": more,
        "<": less,
        ">=": _minus(ONE, less),
        "<=": _minus(ONE, more),
        "!=": Binary("+", less, more),
    }
    return found[e.op] if e.op in found else _minus(ONE, found["!="])


def refused(what: str, construct: str, hint: str = "") -> UsageError:
    """The fault of a construct that LEMS has no words for."""
    return UsageError(f"{what}: LEMS cannot say {construct}", hint=hint)
