"""Lumps linear synapses: one accumulator per receptor and target in place of one state per synapse.

Before: 100 ``expTwoSynapse`` instances on a cell, each with its own ``A`` and ``B``. After: one, to
which an event adds ``weight`` times what it would have added to its own. That gives the same sum
exactly if the synapse is linear: its states start at 0 and decay by linear homogeneous equations
with shared parameters, an event adds a constant, and what the cell sums is linear in the states.
What is recorded one by one, plastic, blocked, graded or random keeps its own state.
"""

from __future__ import annotations

from dataclasses import replace

from annarchy_ml.expr import Binary, Conditional, Expr, Number, Symbol, Unary, free_symbols, rename
from annarchy_ml.expr.traverse import is_stochastic
from annarchy_ml.kernels.nodes import Role, Set, Statement
from annarchy_ml.model.system import EquationSystem

WEIGHT = "weight"


def lumped(system: EquationSystem, outputs: frozenset[str], own: str) -> EquationSystem | None:
    """The system of the accumulators, or None if the synapse is not linear.

    Args:
        system: the equations of one synapse.
        outputs: the variables that the target cell sums.
        own: the property that differs between synapses (such as ``./weight``), or empty.
    """
    if any(part.scheme or part.regimes or part.conditions for part in system.parts):
        return None
    states = {name for name, item in system.variables.items() if item.role is Role.STATE}
    rates = {item.name for part in system.parts for item in part.rates}
    if not states or states != rates or system.reduced:
        return None
    degrees = _degrees(system, states)
    if degrees is None or any(degrees.get(name) != 1 for name in outputs):
        return None
    if not all(_starts_at_zero(item) for part in system.parts for item in part.on_start):
        return None
    if any(
        own in free_symbols(item.value)
        for part in system.parts
        for item in (*part.requirements, *part.derived, *part.rates)
    ):
        return None
    handlers = []
    for port, body in system.handlers:
        added = tuple(_added(item, states, degrees, own) for item in body)
        if any(item is None for item in added):
            return None
        handlers.append((port, tuple(item for item in added if item is not None)))
    variables = {name: item for name, item in system.variables.items() if name != own}
    return replace(
        system, handlers=tuple(handlers), variables=variables, name=f"sum of {system.name}"
    )


def _degrees(system: EquationSystem, states: set[str]) -> dict[str, int] | None:
    """1 for values linear in the states, 0 for those without states; None if a rate is neither."""
    degrees: dict[str, int] = dict.fromkeys(states, 1)
    known: dict[str, int | None] = dict(degrees)
    for part in system.parts:
        for item in (*part.requirements, *part.derived):
            known[item.name] = _degree(item.value, known)
    for part in system.parts:
        for item in part.rates:
            if is_stochastic(item.value) or _degree(item.value, known) != 1:
                return None
            if _varies(item.value, system):
                return None
    return {name: degree for name, degree in known.items() if degree is not None}


def _varies(rate: Expr, system: EquationSystem) -> bool:
    """Whether a rate depends on anything but states and parameters."""
    fixed = (Role.STATE, Role.PARAMETER)
    return any(
        name not in system.variables or system.variables[name].role not in fixed
        for name in free_symbols(rate)
    )


def _degree(e: Expr, known: dict[str, int | None]) -> int | None:
    if isinstance(e, Number):
        return 0
    if isinstance(e, Symbol):
        return known.get(e.name, 0)
    if isinstance(e, Unary):
        inner = _degree(e.operand, known)
        return inner if e.op == "-" or inner == 0 else None
    if isinstance(e, Conditional):
        branches = {_degree(e.then, known), _degree(e.otherwise, known)}
        if _degree(e.test, known) != 0 or len(branches) != 1:
            return None
        return branches.pop()
    operands = [_degree(item, known) for item in e.operands]
    if all(item == 0 for item in operands):
        return 0
    if not isinstance(e, Binary) or None in operands:
        return None
    left, right = operands
    assert left is not None and right is not None
    if e.op in ("+", "-"):
        return left if left == right else None
    if e.op == "*":
        return left + right if left + right <= 1 else None
    return left if e.op == "/" and right == 0 else None


def _starts_at_zero(item: Statement) -> bool:
    return isinstance(item, Set) and item.value in (Number(0.0), Unary("-", Number(0.0)))


def _added(
    item: Statement, states: set[str], degrees: dict[str, int], own: str
) -> Statement | None:
    """``x = x + c`` with the weight of the connection in ``c``; None for anything else."""
    if not isinstance(item, Set) or item.name not in states or not isinstance(item.value, Binary):
        return None
    left, right = item.value.left, item.value.right
    if item.value.op == "+" and right == Symbol(item.name):
        left, right = right, left
    if item.value.op != "+" or left != Symbol(item.name) or is_stochastic(right):
        return None
    names = free_symbols(right)
    if "t" in names or any(degrees.get(name, 0) != 0 for name in names) or names & states:
        return None
    change = rename(right, {own: WEIGHT}) if own else right
    return replace(item, value=Binary("+", left, change))
