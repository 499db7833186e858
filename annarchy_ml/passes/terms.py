"""What the connections of a coupling give: a kernel of its own, apart from how their states move.

Before: ``x = pre:r`` and ``psp = w * x`` among the equations of a connection. After: a body that
computes ``term = w * x`` from the states and from both cells as they are.
"""

from __future__ import annotations

from dataclasses import replace

from annarchy_ml.expr import Symbol, rename, substitute
from annarchy_ml.integrators.reference import sets
from annarchy_ml.kernels.nodes import Role, Set, Statement
from annarchy_ml.model.system import EquationSystem, Variable
from annarchy_ml.passes.statements import mapped, needed_names, pruned, writes

TERM = "#term"
"""The field that holds it, and the name of the body."""


def with_ends(system: EquationSystem) -> tuple[tuple[str, tuple[Statement, ...]], ...]:
    """What events do to connections, which read the cells at both ends themselves.

    What is derived of anything else is as the last step has left it.
    """
    outside = {item.name for item in system.foreign}
    read = {
        item.name: item.value
        for part in system.parts
        for item in sets(part.derived)
        if isinstance(item, Set) and isinstance(item.value, Symbol) and item.value.name in outside
    }
    return tuple(
        (port, mapped(body, lambda value: substitute(value, read)))
        for port, body in system.handlers
    )


def with_terms(
    system: EquationSystem, wanted: frozenset[str]
) -> tuple[EquationSystem, frozenset[str], tuple[Statement, ...]]:
    """The system with the field of the terms, what is stored, and the body that computes it.

    Derived values are computed by this body under names of their own, so that they stay locals.
    """
    body: list[Statement] = [
        item for part in system.parts for item in (*sets(part.requirements), *sets(part.derived))
    ]
    body.append(Set(TERM, Symbol(system.terms), f"what a connection gives: {system.terms}"))
    kept = pruned(tuple(body), needed_names(body, {TERM}))
    names = {name: f"{name} of term" for item in kept for name in writes(item) if name != TERM}
    renamed = tuple(
        Set(names.get(item.name, item.name), rename(item.value, names), item.comment)
        for item in kept
        if isinstance(item, Set)
    )
    variables = {**system.variables, TERM: Variable(TERM, Role.DERIVED, "")}
    return replace(system, variables=variables), wanted | {TERM}, renamed
