"""Rewrites the expressions of statements: the same statements over other expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from annarchy_ml.expr.nodes import Expr
from annarchy_ml.kernels.nodes import (
    Accumulate,
    Draw,
    Flow,
    Let,
    Propagate,
    Set,
    Statement,
    Store,
    When,
)


def map_expressions(
    body: Iterable[Statement], change: Callable[[Statement, Expr], Expr]
) -> tuple[Statement, ...]:
    """The same statements over changed expressions, in order of writing.

    Args:
        body: the statements; those inside `When` are changed too.
        change: given the statement that evaluates an expression, and the expression.
    """
    return tuple(_mapped(statement, change) for statement in body)


def _mapped(statement: Statement, change: Callable[[Statement, Expr], Expr]) -> Statement:
    match statement:
        case Let() | Set() | Store() | Accumulate():
            return replace(statement, value=change(statement, statement.value))
        case When():
            test = change(statement, statement.test)
            return replace(statement, test=test, body=map_expressions(statement.body, change))
        case Draw():
            arguments = tuple(change(statement, item) for item in statement.arguments)
            key = None if statement.key is None else change(statement, statement.key)
            return replace(statement, arguments=arguments, key=key)
        case Propagate():
            flows = tuple(
                Flow(f.source, f.target, change(statement, f.forward), change(statement, f.reverse))
                for f in statement.flows
            )
            return replace(statement, flows=flows)
        case _:
            return statement
