"""Decides where each value of a system lives: a stored field, a constant of the run, a local.

A value is stored when it is a state, when it is read before it is computed in a step (it then
comes from the step before), when an event handler, another group or a recording reads it. A value
that depends on parameters alone is computed once, at the start, and stored. Everything else is a
local of the step. Parameters are shared by the group unless they differ between instances; those
that only constants or start values use are stored too, so that they can be set between runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from annarchy_ml.expr import simplify
from annarchy_ml.kernels.nodes import (
    DType,
    Field,
    Let,
    Placement,
    Role,
    Set,
    Statement,
    Store,
    When,
)
from annarchy_ml.model.system import EquationSystem, Variable
from annarchy_ml.passes.statements import mapped, needed_names, pruned, reads, writes

BUILTIN = frozenset(("t", "t_prev", "dt", "weight"))


@dataclass(frozen=True, slots=True)
class Placed:
    """The result: fields, and the bodies with stores and locals."""

    fields: tuple[Field, ...]
    update: tuple[Statement, ...]
    handlers: tuple[tuple[str, tuple[Statement, ...]], ...]
    static: frozenset[str]


def place(
    system: EquationSystem,
    update: tuple[Statement, ...],
    handlers: tuple[tuple[str, tuple[Statement, ...]], ...],
    wanted: frozenset[str],
    varying: frozenset[str],
) -> Placed:
    """Places all values.

    Args:
        system: the equations.
        update: statements of a step, assignments by name.
        handlers: (in-port, statements).
        wanted: names that are recorded or read by other groups.
        varying: parameters that differ between instances of the group.
    """
    variables = system.variables
    states = {n for n, v in variables.items() if v.role in (Role.STATE, Role.REGIME)}
    bodies = [item for _, body in handlers for item in body]
    needed = needed_names([*update, *bodies], states | wanted)
    update = mapped(pruned(update, needed), simplify)
    static = _static(update, bodies, variables, {item.name for item in system.foreign})
    update = tuple(item for item in update if not (writes(item) & static))
    early = _read_early(update)
    in_handlers = frozenset().union(*(reads(item) | writes(item) for item in bodies))
    stored = {
        name
        for name in needed
        if name in states
        or name in early
        or name in in_handlers
        or name in wanted
        or name in static
    }
    stored = {name for name in stored if name in variables and _is_computed(variables[name])}
    used = frozenset().union(*(reads(item) for item in (*update, *bodies))) | wanted
    fields = tuple(_fields(variables, stored, used, static, varying, system))
    names = {item.name for item in fields}
    return Placed(
        fields,
        _localised(update, names),
        tuple((port, _localised(mapped(body, simplify), names)) for port, body in handlers),
        static,
    )


def _is_computed(variable: Variable) -> bool:
    return variable.role not in (Role.PARAMETER, Role.REDUCED)


def _static(
    update: tuple[Statement, ...],
    bodies: list[Statement],
    variables: dict[str, Variable],
    foreign: set[str],
) -> frozenset[str]:
    """Values that never change after the start."""
    counts: dict[str, int] = {}
    for item in (*update, *bodies):
        for name in writes(item):
            counts[name] = counts.get(name, 0) + (1 if isinstance(item, Set) else 2)
    changing = {
        name
        for name, variable in variables.items()
        if variable.role in (Role.STATE, Role.REGIME, Role.REDUCED, Role.EXPOSURE)
    }
    changing |= BUILTIN | foreign
    static: set[str] = set()
    candidates = [item for item in update if isinstance(item, Set) and counts[item.name] == 1]
    unknown = {item.name for item in candidates}
    grew = True
    while grew:
        grew = False
        for item in candidates:
            if item.name in static or item.name in changing or item.name not in variables:
                continue
            needs = reads(item)
            if needs & changing or any(_is_draw(name) for name in needs):
                continue
            if all(
                name in static or (name in variables and variables[name].role is Role.PARAMETER)
                for name in needs
            ):
                static.add(item.name)
                unknown.discard(item.name)
                grew = True
    return frozenset(static)


def _is_draw(name: str) -> bool:
    return name.startswith("draw#")


def _read_early(update: tuple[Statement, ...]) -> set[str]:
    """Names that a step reads before it computes them: their value is that of the step before."""
    known: set[str] = set()
    early: set[str] = set()

    def visit(statements: Iterable[Statement], sure: bool) -> None:
        for item in statements:
            if isinstance(item, When):
                early.update(reads(replace(item, body=())) - known)
                before = set(known)
                visit(item.body, False)
                inside = known - before
                known.intersection_update(before)
                early.update(inside & later_reads)
                continue
            early.update(reads(item) - known)
            known.update(writes(item))

    later_reads = frozenset().union(*(reads(item) for item in update))
    visit(update, True)
    return early


def _fields(
    variables: dict[str, Variable],
    stored: set[str],
    used: frozenset[str],
    static: frozenset[str],
    varying: frozenset[str],
    system: EquationSystem,
) -> list[Field]:
    spread = _spread(system, static, varying)
    result = []
    for name, variable in variables.items():
        if variable.role is Role.REDUCED and name not in used:
            continue
        if _is_computed(variable) and name not in stored:
            continue
        shared = (variable.role is Role.PARAMETER and name not in varying) or (
            name in static and name not in spread
        )
        result.append(
            Field(
                name,
                Placement.SHARED if shared else Placement.PER_INSTANCE,
                variable.role,
                DType.INT if variable.role is Role.REGIME else DType.REAL,
                variable.dimension,
            )
        )
    return result


def _spread(
    system: EquationSystem, static: frozenset[str], varying: frozenset[str]
) -> frozenset[str]:
    """Constant values that differ between instances because a parameter does."""
    spread = set(varying)
    equations = [item for part in system.parts for item in (*part.requirements, *part.derived)]
    grew = bool(varying)
    while grew:
        grew = False
        for item in equations:
            new = item.name in static and item.name not in spread
            if new and reads(Set(item.name, item.value)) & spread:
                spread.add(item.name)
                grew = True
    return frozenset(spread)


def _localised(statements: tuple[Statement, ...], fields: set[str]) -> tuple[Statement, ...]:
    """Assignments by name as stores into fields, new locals, and later values of locals."""
    known: set[str] = set()

    def visit(items: Iterable[Statement]) -> tuple[Statement, ...]:
        result: list[Statement] = []
        for item in items:
            if isinstance(item, Set):
                if item.name in fields:
                    result.append(Store(item.name, item.value, item.comment))
                elif item.name in known:
                    result.append(item)
                else:
                    known.add(item.name)
                    result.append(Let(item.name, item.value, item.comment))
            elif isinstance(item, When):
                before = set(known)
                result.append(replace(item, body=visit(item.body)))
                known.intersection_update(before)
            else:
                result.append(item)
        return tuple(result)

    return visit(statements)
