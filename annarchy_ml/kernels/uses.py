"""Which names a kernel's statements read and write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from annarchy_ml.expr.nodes import Expr
from annarchy_ml.expr.traverse import free_symbols
from annarchy_ml.kernels.nodes import (
    Accumulate,
    Count,
    Draw,
    Let,
    Propagate,
    Set,
    Statement,
    Store,
    When,
)


def expressions_of(statement: Statement) -> tuple[Expr, ...]:
    """The expressions that a statement itself evaluates, without those of its body."""
    match statement:
        case Let(_, value) | Set(_, value) | Store(_, value) | Accumulate(_, value):
            return (value,)
        case When(test):
            return (test,)
        case Draw():
            return statement.arguments + ((statement.key,) if statement.key else ())
        case Propagate(_, flows):
            return tuple(rate for flow in flows for rate in (flow.forward, flow.reverse))
        case _:
            return ()


def walk(body: tuple[Statement, ...]) -> Iterator[Statement]:
    """Every statement, those inside `When` after it, in order of writing."""
    for statement in body:
        yield statement
        if isinstance(statement, When):
            yield from walk(statement.body)


def used_symbols(body: tuple[Statement, ...]) -> frozenset[str]:
    """Every name that occurs in an expression, locals included."""
    return frozenset(
        name
        for statement in walk(body)
        for expression in expressions_of(statement)
        for name in free_symbols(expression)
    )


def stored_fields(body: tuple[Statement, ...]) -> frozenset[str]:
    """The fields that are written, perhaps conditionally."""
    names: set[str] = set()
    for statement in walk(body):
        if isinstance(statement, Store | Count):
            names.add(statement.field)
        elif isinstance(statement, Propagate):
            names.update(statement.occupancies)
    return frozenset(names)


def accumulated(body: tuple[Statement, ...]) -> frozenset[str]:
    """The externals that are added to."""
    return frozenset(item.external for item in walk(body) if isinstance(item, Accumulate))


def needed_for(body: tuple[Statement, ...], names: Iterable[str]) -> tuple[Statement, ...]:
    """The statements that may decide the value of some names behind them; no event is sent."""
    return _needed_for(body, set(names))


def _needed_for(body: tuple[Statement, ...], wanted: set[str]) -> tuple[Statement, ...]:
    kept: list[Statement] = []
    for statement in reversed(body):
        if isinstance(statement, When):
            inner = _needed_for(statement.body, wanted)
            if inner and statement.most > 1:  # a round may need what a later statement gives
                inner = statement.body
            if inner:
                kept.append(replace(statement, body=inner))
                wanted |= used_symbols((statement,))
        elif _written(statement) & wanted:
            kept.append(statement)
            wanted |= used_symbols((statement,))
    return tuple(reversed(kept))


def _written(statement: Statement) -> frozenset[str]:
    if isinstance(statement, Let | Set | Draw):
        return frozenset((statement.name,))
    return stored_fields((statement,))


def counted_fields(body: tuple[Statement, ...]) -> frozenset[str]:
    """The fields that count events."""
    return frozenset(item.field for item in walk(body) if isinstance(item, Count))


def loaded_fields(body: tuple[Statement, ...]) -> frozenset[str]:
    """Names whose value before the kernel may matter: read, or written only on some paths.

    Names that are no fields may be among them.
    """
    names = set(used_symbols(body) | counted_fields(body))
    for statement in body:
        if isinstance(statement, When):
            names |= stored_fields(statement.body)
        elif isinstance(statement, Propagate):
            names.update(statement.occupancies)
    return frozenset(names)
