"""Decides where each value of a system lives: a stored field, a constant of the run, a local.

Before: ``g = 1 / R``, ``i = g * (E - v)``, ``dv/dt = i / C`` as assignments by name. After: ``R``,
``E``, ``C`` and ``g`` are shared fields, the last computed at the start; ``v`` is a field per
instance, ``i`` a local of the step.

A value is stored when it is a state, when it is read before it is computed in a step (it then
comes from the step before), when an event handler, another group or a recording reads it. A value
that depends on parameters alone is computed once, at the start, and stored. Everything else is a
local of the step. Parameters are shared by the group unless they differ between instances; those
that only constants or start values use are stored too, so that they can be set between runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

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
from annarchy_ml.passes.statements import needed_names, pruned, reads, simplified, writes

_CHANGING = (Role.STATE, Role.REGIME, Role.REDUCED, Role.EXPOSURE)


@dataclass(frozen=True, slots=True)
class Placed:
    """The result: fields, and the bodies with stores and locals."""

    fields: tuple[Field, ...]
    phases: tuple[tuple[Statement, ...], ...]
    handlers: tuple[tuple[str, tuple[Statement, ...]], ...]


def place(
    system: EquationSystem,
    phases: tuple[tuple[Statement, ...], ...],
    handlers: tuple[tuple[str, tuple[Statement, ...]], ...],
    wanted: frozenset[str],
    varying: frozenset[str],
    unit_of: Callable[[str], str],
) -> Placed:
    """Places all values.

    Args:
        system: the equations.
        phases: statements of a step, assignments by name; locals do not outlive a phase.
        handlers: (in-port, statements).
        wanted: names that are recorded or read by other groups.
        varying: parameters that differ between instances of the group.
        unit_of: gives the SI unit of a named dimension.
    """
    variables = system.variables
    states = {n for n, v in variables.items() if v.role in (Role.STATE, Role.REGIME)}
    bodies = [item for _, body in handlers for item in body]
    whole = tuple(item for phase in phases for item in phase)
    needed = needed_names([*whole, *bodies], states | wanted)
    phases = tuple(simplified(pruned(phase, needed)) for phase in phases)
    update = tuple(item for phase in phases for item in phase)
    static = _static(update, bodies, variables, _never_static(system))
    phases = tuple(tuple(item for item in phase if not (writes(item) & static)) for phase in phases)
    update = tuple(item for phase in phases for item in phase)
    early = frozenset[str]().union(*(_read_early(phase) for phase in phases))
    in_handlers = frozenset().union(*(reads(item) | writes(item) for item in bodies))
    stored = needed & (states | early | in_handlers | wanted | static)
    used = frozenset().union(*(reads(item) for item in (*update, *bodies))) | wanted
    spread = _spread(system, varying)
    fields = tuple(
        _field(variable, _is_shared(variable, static, spread), unit_of)
        for variable in variables.values()
        if _is_kept(variable, stored, used)
    )
    names = {item.name for item in fields}
    return Placed(
        fields,
        tuple(_localized(phase, names) for phase in phases),
        tuple((port, _localized(simplified(body), names)) for port, body in handlers),
    )


def _never_static(system: EquationSystem) -> set[str]:
    """What is not the group's own, what the engine reads, what the start finds otherwise."""
    foreign = {item.name for item in system.foreign}
    if not system.potential:
        return foreign
    from annarchy_ml.integrators.cable import solved_from
    from annarchy_ml.integrators.point_cells import of_channels

    own = of_channels(system) if system.point is not None else frozenset()
    return foreign | solved_from(system.potential) | own


def _static(
    update: tuple[Statement, ...],
    bodies: list[Statement],
    variables: dict[str, Variable],
    excluded: set[str],
) -> frozenset[str]:
    """Values that never change after the start: they depend on parameters alone."""
    counts: dict[str, int] = {}
    for item in dict.fromkeys((*update, *bodies)):  # what two phases compute counts once
        for name in writes(item):
            counts[name] = counts.get(name, 0) + (1 if isinstance(item, Set) else 2)
    known = {name for name, item in variables.items() if item.role is Role.PARAMETER} - excluded
    candidates = [
        item
        for item in update
        if isinstance(item, Set)
        and counts[item.name] == 1
        and item.name in variables
        and item.name not in excluded
        and variables[item.name].role not in _CHANGING
    ]
    static: set[str] = set()
    before = -1
    while before != len(static):
        before = len(static)
        for item in candidates:
            if item.name not in static and reads(item) <= known:
                static.add(item.name)
                known.add(item.name)
    return frozenset(static)


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


def _is_kept(variable: Variable, stored: set[str], used: frozenset[str]) -> bool:
    if variable.role is Role.REDUCED:
        return variable.name in used
    return variable.role is Role.PARAMETER or variable.name in stored


def _is_shared(variable: Variable, static: frozenset[str], spread: frozenset[str]) -> bool:
    """Whether one value stands for all instances of the group."""
    constant = variable.role is Role.PARAMETER or variable.name in static
    return constant and variable.name not in spread


def _field(variable: Variable, shared: bool, unit_of: Callable[[str], str]) -> Field:
    return Field(
        variable.name,
        Placement.SHARED if shared else Placement.PER_INSTANCE,
        variable.role,
        DType.INT if variable.role is Role.REGIME else DType.REAL,
        unit_of(variable.dimension) if variable.dimension else "",
    )


def _spread(system: EquationSystem, varying: frozenset[str]) -> frozenset[str]:
    """Parameters that differ between instances, and all that is computed from them."""
    spread = set(varying)
    equations = [item for part in system.parts for item in (*part.requirements, *part.derived)]
    grew = bool(varying)
    while grew:
        grew = False
        for item in equations:
            # copies that no statement computes any more are links of the chain as well
            if item.name not in spread and reads(Set(item.name, item.value)) & spread:
                spread.add(item.name)
                grew = True
    return frozenset(spread)


def _localized(statements: tuple[Statement, ...], fields: set[str]) -> tuple[Statement, ...]:
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
