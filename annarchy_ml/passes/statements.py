"""Reading, renaming and pruning of Kernel IR statements: what the passes share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from annarchy_ml.expr import Binary, Call, Expr, Number, Symbol, free_symbols, simplify
from annarchy_ml.expr.functions import FUNCTIONS
from annarchy_ml.expr.traverse import is_stochastic, map_bottom_up
from annarchy_ml.kernels.nodes import (
    Accumulate,
    Draw,
    Emit,
    Let,
    Propagate,
    Set,
    Statement,
    Store,
    When,
)
from annarchy_ml.kernels.rewrite import map_expressions

COMMON = {
    "common_random": "uniform",
    "common_normal": "normal",
    "common_gamma": "gamma",
    "common_binomial": "binomial",
}
"""Functions that draw one number for all instances, and its law."""
KEYED = {f"keyed_{name}": law for name, law in zip(
    ("random", "normal", "gamma", "binomial"), COMMON.values(), strict=True
)}  # fmt: skip
"""Functions that draw one number for all instances of a key, their first argument, and its law."""


def reads(statement: Statement) -> frozenset[str]:
    """Names that a statement needs, those of its body included."""
    if isinstance(statement, (Let, Set, Store, Accumulate)):
        return free_symbols(statement.value)
    if isinstance(statement, When):
        inner = [reads(item) for item in statement.body]
        return free_symbols(statement.test).union(*inner)
    if isinstance(statement, Draw):
        keyed = () if statement.key is None else (statement.key,)
        return frozenset().union(*(free_symbols(item) for item in (*statement.arguments, *keyed)))
    if isinstance(statement, Propagate):
        rates = [
            free_symbols(item.forward) | free_symbols(item.reverse) for item in statement.flows
        ]
        return frozenset(statement.occupancies).union(*rates)
    return frozenset()


def writes(statement: Statement) -> frozenset[str]:
    """Names that a statement gives a value, those of its body included."""
    if isinstance(statement, (Let, Set, Draw)):
        return frozenset((statement.name,))
    if isinstance(statement, Store):
        return frozenset((statement.field,))
    if isinstance(statement, When):
        return frozenset().union(*(writes(item) for item in statement.body))
    if isinstance(statement, Propagate):
        return frozenset(statement.occupancies)
    return frozenset()


def emits(statement: Statement) -> bool:
    """Whether a statement can send an event."""
    if isinstance(statement, When):
        return any(emits(item) for item in statement.body)
    return isinstance(statement, Emit)


def needed_names(statements: Iterable[Statement], roots: Iterable[str]) -> set[str]:
    """All names that the roots depend on through these statements, and those of events."""
    needed = set(roots)
    flat = list(statements)
    changed = True
    while changed:
        changed = False
        for statement in flat:
            fresh = _contribution(statement, needed) - needed
            if fresh:
                needed |= fresh
                changed = True
    return needed


def _contribution(statement: Statement, needed: set[str]) -> set[str]:
    if isinstance(statement, When):
        inner: set[str] = set()
        for item in statement.body:
            inner |= _contribution(item, needed)
        if inner or _acts_outside(statement) or writes(statement) & needed:
            inner |= free_symbols(statement.test)
        return inner
    if isinstance(statement, Accumulate) or writes(statement) & needed:
        return set(reads(statement))
    return set()


def _acts_outside(statement: Statement) -> bool:
    """Whether it sends an event or adds to another group."""
    if isinstance(statement, When):
        return any(_acts_outside(item) for item in statement.body)
    return isinstance(statement, (Emit, Accumulate))


def pruned(statements: Iterable[Statement], needed: set[str]) -> tuple[Statement, ...]:
    """The statements without those that nothing needs."""
    result: list[Statement] = []
    for statement in statements:
        if isinstance(statement, When):
            body = pruned(statement.body, needed)
            if body:
                result.append(replace(statement, body=body))
        elif isinstance(statement, (Emit, Accumulate)) or writes(statement) & needed:
            result.append(statement)
    return tuple(result)


def mapped(
    statements: Iterable[Statement], change: Callable[[Expr], Expr]
) -> tuple[Statement, ...]:
    """The statements with every expression changed."""
    return map_expressions(statements, lambda _, expression: change(expression))


def simplified(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """The statements with simpler expressions, and without conditions that are settled."""
    return tuple(_settled(mapped(statements, simplify)))


def _settled(statements: Iterable[Statement]) -> Iterator[Statement]:
    for statement in statements:
        if not isinstance(statement, When):
            yield statement
        elif not isinstance(statement.test, Number):
            yield replace(statement, body=tuple(_settled(statement.body)))
        elif statement.test.value != 0.0:
            yield from _settled(statement.body)


class DrawCounter:
    """Replaces each ``random(x)`` by ``x`` times a draw of its own; other laws by a draw."""

    def __init__(self) -> None:
        self.count = 0

    def extract(self, statements: Iterable[Statement]) -> tuple[Statement, ...]:
        """The statements with draws before those that use them."""
        return tuple(self._extract(statements))

    def _extract(self, statements: Iterable[Statement]) -> Iterator[Statement]:
        for statement in statements:
            if isinstance(statement, When):
                test, before = self._expression(statement.test)
                yield from before
                yield replace(statement, test=test, body=self.extract(statement.body))
            elif isinstance(statement, (Let, Set, Store, Accumulate)):
                value, before = self._expression(statement.value)
                yield from before
                yield replace(statement, value=value)
            else:
                yield statement

    def _expression(self, value: Expr) -> tuple[Expr, list[Draw]]:
        if not is_stochastic(value):
            return value, []
        draws: list[Draw] = []

        def change(node: Expr) -> Expr:
            if not isinstance(node, Call) or not FUNCTIONS[node.function].stochastic:
                return node
            name = f"draw#{self.count}"
            if node.function in COMMON:
                law = COMMON[node.function]
                draws.append(Draw(name, self.count, law=law, arguments=node.args, common=True))
                result: Expr = Symbol(name)
            elif node.function in KEYED:
                key, *rest = node.args
                law = KEYED[node.function]
                draws.append(Draw(name, self.count, law=law, arguments=tuple(rest), key=key))
                result = Symbol(name)
            elif node.function == "random":
                draws.append(Draw(name, self.count))
                result = Binary("*", node.args[0], Symbol(name))
            else:
                draws.append(Draw(name, self.count, law=node.function, arguments=node.args))
                result = Symbol(name)
            self.count += 1
            return result

        return map_bottom_up(value, change), draws
