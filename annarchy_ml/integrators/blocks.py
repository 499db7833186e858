"""Equations in the order in which they are written, each block with the methods of its equations.

The changes of a block are all computed from the values before it, then applied in order, each
bounded after it has been applied. h is the step, f the rate, s its slope df/dx:

=================  ===========================================================================
``assign``         x' = f
``explicit``       x' = x + h f
``exponential``    x' = x + f (exp(h s) - 1)/s, h f where s is 0
``semiimplicit``   x' = x + h f / (1 - h s)
``implicit``       x' = x + d, (I - h S) d = h f: all implicit equations of a block together
``newton``         x' = x + h f(x'), the same where f is not linear in what moves (`newton.py`)
``midpoint``       x' = x + h f(x + h f/2), all midpoint equations of a block share the stage
``rk4``            classical Runge-Kutta, in the same way
=================  ===========================================================================

Names that a method does not move keep the values that they have before the block, the time too. The
implicit and exponential steps are exact for rates that are linear in what they move. Source:
Hairer, Norsett and Wanner 1993, doi:10.1007/978-3-540-78862-1, II.1 and II.7.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from annarchy_ml.expr import (
    FUNCTIONS,
    Binary,
    Call,
    Conditional,
    Expr,
    Number,
    Symbol,
    map_bottom_up,
    rename,
)
from annarchy_ml.integrators.newton import iterate, newton
from annarchy_ml.kernels.nodes import Set, Statement
from annarchy_ml.model.dynamics import Move, MoveBlock

METHODS = ("explicit", "exponential", "semiimplicit", "implicit", "newton", "midpoint", "rk4")
DT = Symbol("dt")
ZERO, ONE = Number(0.0), Number(1.0)


def in_blocks(blocks: Iterable[MoveBlock]) -> list[Statement]:
    """The statements of all blocks, in order."""
    return [statement for block in blocks for statement in _block(block)]


def _block(block: MoveBlock) -> list[Statement]:
    moves = block.moves
    if len(moves) == 1 and moves[0].method == "assign":
        return [_applied(moves[0], moves[0].value, block.comment)]
    result: list[Statement] = [Set(name, e) for item in moves for name, e in item.draws]
    for method in METHODS:
        chosen = [item for item in moves if item.method == method]
        if chosen:
            result.extend(_CHANGES[method](chosen))
    for item in moves:
        new: Expr = Binary("+", Symbol(item.variable), Symbol(_change(item)))
        if item.method == "newton":
            new = Symbol(iterate(item.variable))
        result.append(_applied(item, new, f"{item.method} step of {item.variable}"))
    return result


def _change(item: Move) -> str:
    return f"{item.variable}#change"


def _applied(item: Move, new: Expr, comment: str) -> Set:
    """The new value within its bounds, where the state moves at all; NaN has no bounds."""
    whole = new
    if item.low is not None:
        new = Call("max", (item.low, new))
    if item.high is not None:
        new = Call("min", (item.high, new))
    if item.method == "newton" and new is not whole:
        new = Conditional(Binary("==", whole, whole), new, whole)
    if item.test is not None:
        new = Conditional(item.test, new, Symbol(item.variable))
    return Set(item.variable, new, comment)


def _explicit(moves: Sequence[Move]) -> list[Statement]:
    return [Set(_change(item), Binary("*", DT, item.value)) for item in moves]


def _own_slope(item: Move) -> Expr:
    return dict(item.slopes).get(item.variable, ZERO)


def _exponential(moves: Sequence[Move]) -> list[Statement]:
    result: list[Statement] = []
    for item in moves:
        slope = _own_slope(item)
        if slope == ZERO:
            result.extend(_explicit([item]))
            continue
        name = f"{item.variable}#slope"
        gained = Binary("/", Call("expm1", (Binary("*", DT, Symbol(name)),)), Symbol(name))
        gain = Conditional(Binary("==", Symbol(name), ZERO), DT, gained)
        result.append(Set(name, slope))
        result.append(Set(f"{item.variable}#gain", gain))
        result.append(Set(_change(item), Binary("*", item.value, Symbol(f"{item.variable}#gain"))))
    return result


def _semiimplicit(moves: Sequence[Move]) -> list[Statement]:
    result: list[Statement] = []
    for item in moves:
        damped = Binary("-", ONE, Binary("*", DT, _own_slope(item)))
        result.append(Set(_change(item), Binary("/", Binary("*", DT, item.value), damped)))
    return result


def _implicit(moves: Sequence[Move]) -> list[Statement]:
    """Linear equations, written out."""
    names = [item.variable for item in moves]
    result: list[Statement] = []
    for item in moves:
        result.append(Set(_change(item), Binary("*", DT, item.value)))
        slopes = dict(item.slopes)
        for other in names:
            entry: Expr = Binary("*", DT, slopes.get(other, ZERO))
            start = ONE if other == item.variable else ZERO
            result.append(Set(_entry(item.variable, other), Binary("-", start, entry)))
    return result + _solved(names)


def _solved(names: list[str]) -> list[Statement]:
    """Gaussian elimination, written out, without pivoting: h is small against 1/S."""
    result: list[Statement] = []
    for k, pivot in enumerate(names):
        for row in names[k + 1 :]:
            result.extend(_eliminated(row, pivot, names[k + 1 :]))
    for k in reversed(range(len(names))):
        value: Expr = Symbol(f"{names[k]}#change")
        for other in names[k + 1 :]:
            known = Binary("*", Symbol(_entry(names[k], other)), Symbol(f"{other}#change"))
            value = Binary("-", value, known)
        divided = Binary("/", value, Symbol(_entry(names[k], names[k])))
        result.append(Set(f"{names[k]}#change", divided))
    return result


def _entry(row: str, column: str) -> str:
    return f"{row}#by {column}" if column else f"{row}#change"


def _newton(moves: Sequence[Move]) -> list[Statement]:
    return newton(moves, _entry, _solved)


def _eliminated(row: str, pivot: str, columns: Sequence[str]) -> list[Statement]:
    factor = f"{row}#over {pivot}"
    quotient = Binary("/", Symbol(_entry(row, pivot)), Symbol(_entry(pivot, pivot)))
    result: list[Statement] = [Set(factor, quotient)]
    pairs = [(_entry(row, name), _entry(pivot, name)) for name in columns]
    for own, other in [*pairs, (f"{row}#change", f"{pivot}#change")]:
        less = Binary("*", Symbol(factor), Symbol(other))
        result.append(Set(own, Binary("-", Symbol(own), less)))
    return result


def _stage(moves: Sequence[Move], number: int, weight: float, before: str) -> list[Statement]:
    """The rates of a later stage, ``x#rate2`` from ``x + weight h x#rate``."""
    moved = {item.variable: f"{item.variable}#{number}" for item in moves}
    reach = DT if weight == 1.0 else Binary("*", Number(weight), DT)
    result: list[Statement] = [
        Set(moved[name], Binary("+", Symbol(name), Binary("*", reach, Symbol(f"{name}#{before}"))))
        for name in moved
    ]
    result.extend(Set(f"{item.variable}#rate{number}", rename(item.value, moved)) for item in moves)
    return result


def _first_rates(moves: Sequence[Move]) -> list[Statement]:
    return [Set(f"{item.variable}#rate", item.value) for item in moves]


def _drawn_before(moves: Sequence[Move]) -> tuple[list[Statement], list[Move]]:
    """All stages see the same random numbers: each is drawn once, before them."""
    before: list[Statement] = []
    result: list[Move] = []
    for item in moves:
        drawn: dict[int, Expr] = {}

        def kept(node: Expr, name: str = item.variable, drawn: dict[int, Expr] = drawn) -> Expr:
            if not (isinstance(node, Call) and FUNCTIONS[node.function].stochastic):
                return node
            place = Symbol(f"{name}#draw{len(drawn)}")
            drawn[id(node)] = place
            before.append(Set(place.name, node))
            return place

        result.append(replace(item, value=map_bottom_up(item.value, kept)))
    return before, result


def _midpoint(given: Sequence[Move]) -> list[Statement]:
    before, moves = _drawn_before(given)
    result = before + _first_rates(moves) + _stage(moves, 2, 0.5, "rate")
    for item in moves:
        result.append(Set(_change(item), Binary("*", DT, Symbol(f"{item.variable}#rate2"))))
    return result


def _rk4(given: Sequence[Move]) -> list[Statement]:
    before, moves = _drawn_before(given)
    result = before + _first_rates(moves)
    result += _stage(moves, 2, 0.5, "rate")
    result += _stage(moves, 3, 0.5, "rate2")
    result += _stage(moves, 4, 1.0, "rate3")
    for item in moves:
        name = item.variable
        middle = Binary("+", Symbol(f"{name}#rate2"), Symbol(f"{name}#rate3"))
        total = Binary("+", Symbol(f"{name}#rate"), Binary("*", Number(2.0), middle))
        total = Binary("+", total, Symbol(f"{name}#rate4"))
        result.append(Set(_change(item), Binary("*", Binary("/", DT, Number(6.0)), total)))
    return result


_CHANGES = {
    "explicit": _explicit,
    "exponential": _exponential,
    "semiimplicit": _semiimplicit,
    "implicit": _implicit,
    "newton": _newton,
    "midpoint": _midpoint,
    "rk4": _rk4,
}
