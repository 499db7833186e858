"""The derivative of a rate by its own state, where the rate is affine in it.

slope of (inf - q)/tau by q  ->  -1/tau        slope of x*x by x  ->  none (not affine)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from annarchy_ml.expr import Binary, Conditional, Expr, Number, Symbol, Unary, free_symbols, rename
from annarchy_ml.model.system import Equation

ZERO = Number(0.0)
BENT, NEAR = "#bent", "#near"
BESIDE = 1e-6
"""Change of the state for a slope by difference: 1e-6 V, as in NEURON."""
_NOTHING: Mapping[str, Expr] = {}


class _NotAffineError(Exception):
    """The value is no affine function of the state."""


def slope(
    rate: Expr,
    state: str,
    derived: Sequence[Equation],
    given: Mapping[str, Expr] = _NOTHING,
) -> Expr | None:
    """d(rate)/d(state), through the derived values; None if the rate is not affine in it.

    Args:
        rate: the right-hand side.
        state: name of the state.
        derived: derived values in the order in which they are computed.
        given: slopes of other values by the state.
    """
    slopes: dict[str, Expr | None] = {**given, state: Number(1.0)}
    for item in derived:
        if free_symbols(item.value) & slopes.keys():
            slopes[item.name] = _try(item.value, slopes)
    return _try(rate, slopes)


def mixed_slope(
    rate: Expr,
    state: str,
    derived: Sequence[Equation],
    given: Mapping[str, Expr] = _NOTHING,
) -> tuple[tuple[Equation, ...], Expr]:
    """The slope of a rate, by a difference only where a derived value is not affine in the state.

    The current of one channel may bend while those beside it do not: compartments that lack the
    channel then have a slope that does not depend on the state::

        i = i_leak + i_ghk, i_leak = g (E - v)  ->  -g + i_ghk#slope, i_ghk#slope = (... - ...)/1e-6

    Returns:
        What is to be computed first, and the slope.
    """
    slopes: dict[str, Expr | None] = {**given, state: Number(1.0)}
    apart: dict[str, Equation] = {}
    for item in derived:
        if free_symbols(item.value) & slopes.keys():
            found = _try(item.value, slopes)
            if found is None:
                found = Symbol(f"{item.name}{BENT}")
                apart[found.name] = item
            slopes[item.name] = found
    own = _try(rate, slopes)
    if own is None:
        return difference(rate, state, derived, given)
    first = list(difference(rate, state, derived, given)[0])
    for name, item in apart.items():
        change = Binary("-", Symbol(f"{item.name}{NEAR}"), Symbol(item.name))
        value = Binary("/", change, Number(BESIDE))
        first.append(Equation(name, value, f"slope of {item.name}"))
    return _reached(first, own), own


def _reached(equations: Sequence[Equation], value: Expr) -> tuple[Equation, ...]:
    """The equations that a value depends on."""
    needed = set(free_symbols(value))
    for item in reversed(equations):
        if item.name in needed:
            needed |= free_symbols(item.value)
    return tuple(item for item in equations if item.name in needed)


def difference(
    rate: Expr,
    state: str,
    derived: Sequence[Equation],
    given: Mapping[str, Expr] = _NOTHING,
) -> tuple[tuple[Equation, ...], Expr]:
    """The slope of a rate that is not affine in a state, by a difference.

    Args:
        rate: the right-hand side.
        state: name of the state.
        derived: derived values in the order in which they are computed.
        given: slopes of other values by the state.

    Returns:
        What is to be computed first (names end in ``#near``), and the slope.
    """
    near = {name: f"{name}{NEAR}" for name in (state, *given)}
    beside = Number(BESIDE)
    first = [Equation(near[state], Binary("+", Symbol(state), beside))]
    for name, own in given.items():
        moved = Binary("+", Symbol(name), Binary("*", own, beside))
        first.append(Equation(near[name], moved))
    for item in derived:
        if free_symbols(item.value) & near.keys():
            near[item.name] = f"{item.name}{NEAR}"
            first.append(Equation(near[item.name], rename(item.value, near)))
    change = Binary("-", rename(rate, near), rate)
    return tuple(first), Binary("/", change, beside)


def _try(value: Expr, slopes: dict[str, Expr | None]) -> Expr | None:
    try:
        return _slope(value, slopes)
    except _NotAffineError:
        return None


def _slope(e: Expr, slopes: dict[str, Expr | None]) -> Expr:
    if not free_symbols(e) & slopes.keys():
        return ZERO
    if isinstance(e, Symbol):
        found = slopes[e.name]
        if found is None:
            raise _NotAffineError
        return found
    if isinstance(e, Unary) and e.op == "-":
        return _negative(_slope(e.operand, slopes))
    if isinstance(e, Conditional):
        if free_symbols(e.test) & slopes.keys():
            raise _NotAffineError
        return Conditional(e.test, _slope(e.then, slopes), _slope(e.otherwise, slopes))
    if isinstance(e, Binary):
        return _binary(e, slopes)
    raise _NotAffineError


def _binary(e: Binary, slopes: dict[str, Expr | None]) -> Expr:
    left = _slope(e.left, slopes) if e.op in "+-*/" else None
    if left is None:
        raise _NotAffineError
    right = _slope(e.right, slopes)
    if e.op == "+":
        return _plus(left, right)
    if e.op == "-":
        return _plus(left, _negative(right))
    if e.op == "*":
        if left != ZERO and right != ZERO:
            raise _NotAffineError
        return _times(left, e.right) if right == ZERO else _times(e.left, right)
    if right != ZERO:
        raise _NotAffineError
    return Binary("/", left, e.right)


def _negative(e: Expr) -> Expr:
    return ZERO if e == ZERO else Unary("-", e)


def _plus(left: Expr, right: Expr) -> Expr:
    if left == ZERO:
        return right
    return left if right == ZERO else Binary("+", left, right)


def _times(left: Expr, right: Expr) -> Expr:
    if left == Number(1.0):
        return right
    return left if right == Number(1.0) else Binary("*", left, right)
