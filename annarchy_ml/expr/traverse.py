"""Walks and rewrites expressions without recursion, each shared node once.

    substitute(parse("a + b"), {"b": parse("2 * c")})  ->  a + 2 * c

A rewrite that changes nothing returns the very same node.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from annarchy_ml.expr.functions import FUNCTIONS
from annarchy_ml.expr.nodes import (
    COMPARISONS,
    LOGIC,
    Binary,
    Call,
    Conditional,
    Expr,
    Symbol,
    Unary,
)


def postorder(e: Expr) -> list[Expr]:
    """Every distinct node object, operands before what uses them, from left to right."""
    done: set[int] = set()
    found: list[Expr] = []
    stack: list[tuple[Expr, bool]] = [(e, False)]
    while stack:
        node, operands_done = stack.pop()
        if id(node) in done:
            continue
        if operands_done or not node.operands:
            done.add(id(node))
            found.append(node)
            continue
        stack.append((node, True))
        stack.extend((operand, False) for operand in reversed(node.operands))
    return found


def free_symbols(e: Expr) -> frozenset[str]:
    """The names that occur in an expression."""
    return frozenset(node.name for node in postorder(e) if isinstance(node, Symbol))


def symbol_nodes(e: Expr) -> tuple[Symbol, ...]:
    """The first node of each name, in order of writing."""
    first: dict[str, Symbol] = {}
    for node in postorder(e):
        if isinstance(node, Symbol):
            first.setdefault(node.name, node)
    return tuple(first.values())


def map_bottom_up(e: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Rebuild an expression, `change` being given each node with its operands already changed."""
    changed: dict[int, Expr] = {}
    for node in postorder(e):
        before = node.operands
        after = tuple(changed[id(operand)] for operand in before)
        same = all(a is b for a, b in zip(after, before, strict=True))
        changed[id(node)] = change(node if same else node.with_operands(after))
    return changed[id(e)]


def substitute(e: Expr, mapping: Mapping[str, Expr]) -> Expr:
    """Put expressions in the place of names, all at once."""

    def change(node: Expr) -> Expr:
        return mapping.get(node.name, node) if isinstance(node, Symbol) else node

    return map_bottom_up(e, change)


def rename(e: Expr, mapping: Mapping[str, str]) -> Expr:
    """Give names other names, all at once; spans stay."""

    def change(node: Expr) -> Expr:
        if isinstance(node, Symbol) and mapping.get(node.name, node.name) != node.name:
            return Symbol(mapping[node.name], node.span)
        return node

    return map_bottom_up(e, change)


def is_stochastic(e: Expr) -> bool:
    """Whether an evaluation draws random numbers."""
    return any(
        isinstance(node, Call) and FUNCTIONS[node.function].stochastic for node in postorder(e)
    )


def is_constant(e: Expr) -> bool:
    """Whether the value is fixed: no names, nothing random."""
    return not free_symbols(e) and not is_stochastic(e)


def is_condition(e: Expr) -> bool:
    """Whether the value is true or false rather than a number."""
    while isinstance(e, Conditional):
        e = e.then
    if isinstance(e, Binary):
        return e.op in COMPARISONS or e.op in LOGIC
    return isinstance(e, Unary) and e.op == "not"


def has_sound_logic(e: Expr) -> bool:
    """Whether logic joins only conditions, and all else only numbers; a name may be either."""
    for node in postorder(e):
        if not isinstance(node, Unary | Binary):
            continue
        wanted = node.op in LOGIC or node.op == "not"
        sure = (part for part in node.operands if not isinstance(part, Symbol))
        if any(is_condition(part) != wanted for part in sure):
            return False
    return True
