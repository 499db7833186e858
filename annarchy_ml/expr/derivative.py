"""The derivative of an expression by a name, as an expression.

    derivative(parse("tau * x^2 + exp(x)"), "x")  ->  tau * (2 * x) + exp(x)

What is constant in pieces (a comparison, ``floor``, ``H``) has the derivative 0, and a choice has
that of the branch which is taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from annarchy_ml.expr.functions import FUNCTIONS
from annarchy_ml.expr.nodes import Binary, Call, Conditional, Expr, Number, Symbol, Unary
from annarchy_ml.expr.traverse import free_symbols, is_condition, postorder

ZERO: Expr = Number(0.0)
ONE: Expr = Number(1.0)


class NoDerivative(Exception):  # noqa: N818  (caught, never shown)
    """A part has no derivative; ``term`` is that part."""

    def __init__(self, term: Expr) -> None:
        super().__init__()
        self.term = term


def derivative(e: Expr, name: str) -> Expr:
    """d(e)/d(name), all other names held.

    Raises:
        NoDerivative: If a random number or a factorial depends on the name.
    """
    found: dict[int, Expr] = {}
    for node in postorder(e):
        if isinstance(node, Symbol):
            found[id(node)] = ONE if node.name == name else ZERO
            continue
        inner = [found[id(part)] for part in node.operands]
        moving = any(item != ZERO for item in inner)
        found[id(node)] = _of_node(node, inner) if moving else ZERO
    if any(_is_random(node) and name in free_symbols(node) for node in postorder(e)):
        raise NoDerivative(e)
    return found[id(e)]


def _is_random(node: Expr) -> bool:
    return isinstance(node, Call) and FUNCTIONS[node.function].stochastic


def _of_node(node: Expr, inner: list[Expr]) -> Expr:
    if is_condition(node):
        return ZERO
    if isinstance(node, Unary):
        return _negative(inner[0])
    if isinstance(node, Conditional):
        return Conditional(node.test, inner[1], inner[2])
    if isinstance(node, Binary):
        return _of_binary(node, inner[0], inner[1])
    assert isinstance(node, Call)
    return _of_call(node, inner)


def _of_binary(e: Binary, left: Expr, right: Expr) -> Expr:
    if e.op == "+":
        return _plus(left, right)
    if e.op == "-":
        return _plus(left, _negative(right))
    if e.op == "*":
        return _plus(_times(left, e.right), _times(e.left, right))
    if e.op == "/":
        return _over(_plus(left, _negative(_times(e, right))), e.right)
    return _of_power(e.left, e.right, left, right)


def _of_power(base: Expr, exponent: Expr, inner: Expr, by_exponent: Expr) -> Expr:
    """b^n has n b^(n-1) b' + b^n ln(b) n'."""
    first, second = ZERO, ZERO
    if inner != ZERO:
        if isinstance(exponent, Number):
            lower: Expr = Number(exponent.value - 1.0)
        else:
            lower = Binary("-", exponent, ONE)
        less = base if lower == ONE else Binary("^", base, lower)
        first = _times(_times(exponent, less), inner)
    if by_exponent != ZERO:
        grown = Binary("*", Binary("^", base, exponent), Call("log", (base,)))
        second = _times(grown, by_exponent)
    return _plus(first, second)


def _of_call(e: Call, inner: list[Expr]) -> Expr:
    args = e.args
    if e.function in _CONSTANT_IN_PIECES:
        return ZERO
    if e.function in _OF_ONE:
        return _times(_OF_ONE[e.function](args[0], e), inner[0])
    if e.function == "pow":
        return _of_power(args[0], args[1], inner[0], inner[1])
    if e.function in ("min", "max"):
        return _of_extreme("<" if e.function == "min" else ">", list(args), inner)
    if e.function == "sum":
        total = ZERO
        for item in inner:
            total = _plus(total, item)
        return total
    if e.function == "product":
        return _of_product(list(args), inner)
    if e.function == "hypot":
        both = _plus(_times(args[0], inner[0]), _times(args[1], inner[1]))
        return _over(both, e)
    if e.function == "atan2":
        turned = _plus(_times(args[1], inner[0]), _negative(_times(args[0], inner[1])))
        return _over(turned, Binary("+", _square(args[0]), _square(args[1])))
    raise NoDerivative(e)


def _of_extreme(op: str, args: list[Expr], inner: list[Expr]) -> Expr:
    """That of the argument which is the least or the greatest; of equal ones the first."""
    found, best = inner[0], args[0]
    function = "min" if op == "<" else "max"
    for arg, own in zip(args[1:], inner[1:], strict=True):
        test = Binary("<", arg, best) if op == "<" else Binary(">", arg, best)
        found = Conditional(test, own, found)
        best = Call(function, (best, arg))
    return found


def _of_product(args: list[Expr], inner: list[Expr]) -> Expr:
    value, found = args[0], inner[0]
    for arg, own in zip(args[1:], inner[1:], strict=True):
        found = _plus(_times(found, arg), _times(value, own))
        value = Binary("*", value, arg)
    return found


def _plus(left: Expr, right: Expr) -> Expr:
    if left == ZERO:
        return right
    return left if right == ZERO else Binary("+", left, right)


def _times(left: Expr, right: Expr) -> Expr:
    if ZERO in (left, right):
        return ZERO
    if left == ONE:
        return right
    return left if right == ONE else Binary("*", left, right)


def _over(e: Expr, divisor: Expr) -> Expr:
    return ZERO if e == ZERO else Binary("/", e, divisor)


def _negative(e: Expr) -> Expr:
    return ZERO if e == ZERO else Unary("-", e)


def _square(e: Expr) -> Expr:
    return Binary("*", e, e)


def _inverse(e: Expr) -> Expr:
    return Binary("/", ONE, e)


def _scaled_inverse(e: Expr, base: float) -> Expr:
    return Binary("/", ONE, Binary("*", e, Number(math.log(base))))


def _root_of_rest(x: Expr) -> Expr:
    """sqrt(1 - x^2)."""
    return Call("sqrt", (Binary("-", ONE, _square(x)),))


_CONSTANT_IN_PIECES = frozenset({"floor", "ceil", "H"})
_OF_ONE: dict[str, Callable[[Expr, Expr], Expr]] = {
    "sin": lambda x, _: Call("cos", (x,)),
    "cos": lambda x, _: Unary("-", Call("sin", (x,))),
    "tan": lambda _, y: Binary("+", ONE, _square(y)),
    "sinh": lambda x, _: Call("cosh", (x,)),
    "cosh": lambda x, _: Call("sinh", (x,)),
    "tanh": lambda _, y: Binary("-", ONE, _square(y)),
    "asin": lambda x, _: _inverse(_root_of_rest(x)),
    "acos": lambda x, _: Unary("-", _inverse(_root_of_rest(x))),
    "atan": lambda x, _: _inverse(Binary("+", ONE, _square(x))),
    "exp": lambda _, y: y,
    "expm1": lambda x, _: Call("exp", (x,)),
    "log": lambda x, _: _inverse(x),
    "log10": lambda x, _: _scaled_inverse(x, 10.0),
    "log2": lambda x, _: _scaled_inverse(x, 2.0),
    "log1p": lambda x, _: _inverse(Binary("+", ONE, x)),
    "erf": lambda x, _: Binary(
        "*", Number(2.0 / math.sqrt(math.pi)), Call("exp", (Unary("-", _square(x)),))
    ),
    "sqrt": lambda _, y: Binary("/", Number(0.5), y),
    "cbrt": lambda _, y: _inverse(Binary("*", Number(3.0), _square(y))),
    "abs": lambda x, _: Conditional(Binary("<", x, ZERO), Number(-1.0), ONE),
}
"""Of f(x) its derivative f'(x), from x and f(x)."""
