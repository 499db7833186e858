"""The implicit step of rates that are not linear in what they move: Newton's method.

    y = x + h f(y)        all implicit equations of a block together, for each instance

It begins at the values of the step before and ends where a correction d is small: |d| <= 1e-12 of
|x| + |y|; or small (1e-5) and no longer shrinking, as far as rounding lets it come. Where it has
not ended after 50 rounds there is no new value: it becomes NaN, which stops the run by name.
Source: Hairer and Wanner 1996, doi:10.1007/978-3-642-05221-7, IV.8.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from annarchy_ml.expr import Binary, Call, Conditional, Expr, Number, Symbol, rename
from annarchy_ml.kernels.nodes import Set, Statement, When
from annarchy_ml.model.dynamics import Move

MOST_ROUNDS = 50
_EXACT, _SMALL, _SHRUNK, _FAR = 1e-12, 1e-5, 0.9, 1e30
DT, ONE, ZERO = Symbol("dt"), Number(1.0), Number(0.0)
Solved = Callable[[list[str]], list[Statement]]
"""Gives the statements that solve the linear equations of some variables."""


def iterate(name: str) -> str:
    """The new value of a variable, as far as it is known."""
    return f"{name}#new"


def newton(
    moves: Sequence[Move], change: Callable[[str, str], str], solved: Solved
) -> list[Statement]:
    """The statements that leave the new values in `iterate`.

    Args:
        moves: rates, with their slopes by all variables of the moves.
        change: names the entries of the linear equations: (row, column), the column empty for
            the right-hand side, which becomes the solution.
        solved: solves them in place.
    """
    names = [item.variable for item in moves]
    new = {name: iterate(name) for name in names}
    away = f"{names[0]}#away"
    result: list[Statement] = [Set(new[name], Symbol(name)) for name in names]
    result += [Set(_size(name), Number(_FAR)) for name in names]
    result += [Set(change(row, name), ZERO) for row in names for name in (*names, "")]
    solution = solved(names)
    result += [Set(item, ZERO) for item in _others(solution, names, change)]
    result.append(Set(away, ONE))
    body: list[Statement] = []
    for item in moves:
        row, slopes = item.variable, dict(item.slopes)
        reached = Binary("+", Symbol(row), Binary("*", DT, rename(item.value, new)))
        body.append(Set(change(row, ""), Binary("-", reached, Symbol(new[row]))))
        for name in names:
            entry = Binary("*", DT, rename(slopes.get(name, ZERO), new))
            body.append(Set(change(row, name), Binary("-", ONE if name == row else ZERO, entry)))
    body += solution
    for name in names:
        step = Symbol(change(name, ""))
        body.append(Set(new[name], Binary("+", Symbol(new[name]), step)))
    body.append(Set(away, _away(names, new, change)))
    body += [Set(_size(name), Call("abs", (Symbol(change(name, "")),))) for name in names]
    test: Expr = Binary(">", Symbol(away), ZERO)
    if moves[0].test is not None:
        test = Binary("and", moves[0].test, test)
    result.append(When(test, tuple(body), "Newton's method", MOST_ROUNDS))
    nowhere = Binary(">", Symbol(away), ZERO)
    for name in names:
        value = Conditional(nowhere, Number(float("nan")), Symbol(new[name]))
        result.append(Set(new[name], value))
    return result


def _size(name: str) -> str:
    """The size of the last correction."""
    return f"{name}#size"


def _others(
    statements: Sequence[Statement], names: list[str], change: Callable[[str, str], str]
) -> list[str]:
    """Further locals of the solution, each once."""
    known = {change(row, name) for row in names for name in (*names, "")}
    written = [item.name for item in statements if isinstance(item, Set)]
    return [name for name in dict.fromkeys(written) if name not in known]


def _away(names: list[str], new: dict[str, str], change: Callable[[str, str], str]) -> Expr:
    """1 where a correction is neither small enough nor as small as it gets, else 0."""
    found: Expr | None = None
    for name in names:
        size: Expr = Call("abs", (Symbol(change(name, "")),))
        scale = Binary("+", Call("abs", (Symbol(name),)), Call("abs", (Symbol(new[name]),)))
        beyond = Binary(">", size, Binary("*", Number(_EXACT), scale))
        large = Binary(">", size, Binary("*", Number(_SMALL), scale))
        shrinks = Binary("<", size, Binary("*", Number(_SHRUNK), Symbol(_size(name))))
        own = Binary("and", beyond, Binary("or", large, shrinks))
        found = own if found is None else Binary("or", found, own)
    assert found is not None
    return Conditional(found, ONE, ZERO)
