"""What is attached to compartments, such as synapses and inputs: as it acts within a step.

A compartment sums the currents of what is attached to it, and their slopes by its potential. As in
NEURON, they count as they are in the middle of the step: a pulse that begins between two steps
begins with the second of them, whatever the rounding of the time.

In reference mode, synapses act as in the mechanisms that jNeuroML writes for NEURON. These compute
their current where their states move, at the end of a step, from the states at its start; the
next step takes it as it is, without a slope. So an event acts one step later, and a strong
synapse needs a small step. Other methods take the present states, and the slope.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from annarchy_ml.expr import (
    Binary,
    Conditional,
    Expr,
    Number,
    Symbol,
    free_symbols,
    is_stochastic,
    rename,
)
from annarchy_ml.integrators.simultaneous import (
    DT,
    Algebra,
    conditions_of,
    euler_moves,
)
from annarchy_ml.integrators.slopes import ZERO, difference, slope
from annarchy_ml.kernels.nodes import Role, Set, Statement, When
from annarchy_ml.model.system import Equation, EquationSystem, Variable

HELD = "#held"
MIDDLE = "#middle"
BEFORE = "#before"
LATE = "#late"
SLOPE = "#slope"
_NEAR = 1e-6
"""By how much NEURON changes a potential to find a slope [V]."""


def slope_name(name: str) -> str:
    """The variable with the slope of a variable by the potential."""
    return f"{name}{SLOPE}"


def with_held(system: EquationSystem, variable: str) -> tuple[EquationSystem, str]:
    """The system with what acts on a compartment as a value of its own; its name.

    A voltage clamp assigns its current while a condition holds. What it assigns in this step is
    known before, and so is its slope: the current acts through the implicit step::

        on (t >= delay) i = (target - v)/R  ->  i#held = (target - v)/R where t#middle >= delay

    Args:
        system: the equations of something attached.
        variable: what the compartment sums; it stays as it is if it depends neither on the time
            nor on states that move.
    """
    derived = Algebra(system, "t").derived
    held = _held(system, variable, derived)
    timed = _following(derived, {"t"}, MIDDLE)
    if any(is_stochastic(item.value) for item in derived if item.name in timed):
        timed = {}  # a copy would draw once more
    read = frozenset[str]().union(*(free_symbols(item.value) for item in held))
    is_late = bool(read & _following(derived, _moving(system), LATE).keys())
    is_timed = bool(read & timed.keys())
    if not is_late and not is_timed and len(held) == 1 and held[0].value == Symbol(variable):
        return system, variable
    added: list[Equation] = []
    if is_timed:
        half = Binary("*", Number(0.5), DT)
        added.append(Equation(timed["t"], Binary("+", Symbol("t_prev"), half)))
        for item in derived:
            if item.name in timed:
                added.append(Equation(timed[item.name], rename(item.value, timed)))
        held = [replace(item, value=rename(item.value, timed)) for item in held]
    name = f"{variable}{HELD}"
    is_sum = variable not in _states(system) and len(held) > 1
    system = _with_derived(system, [*added, *held])
    if is_sum and not is_late:
        system = replace(system, switched=(*system.switched, name))
    return (_late(system, name) if is_late else system), name


def _held(system: EquationSystem, variable: str, derived: Sequence[Equation]) -> list[Equation]:
    """A variable as the conditions of this step assign it, or what it follows from.

    The sum of a compound input follows from the currents that its parts assign::

        i = a + b,  on (t >= delay) a = 2  ->  a#held = 2 where t >= delay,  i#held = a#held + b
    """
    needed = {variable}
    for item in reversed(derived):
        if item.name in needed:
            needed |= free_symbols(item.value)
    acting = {name: _acting(system, name) for name in _states(system) if name in needed}
    assigned = {name: value for name, value in acting.items() if value != Symbol(name)}
    names = _following([item for item in derived if item.name in needed], assigned, HELD)
    result = [Equation(names[name], value) for name, value in assigned.items()]
    for item in derived:
        if item.name in names:
            result.append(Equation(names[item.name], rename(item.value, names)))
    if variable not in names:
        result = [Equation(f"{variable}{HELD}", Symbol(variable))]
    comment = f"{variable} as it acts in this step"
    return [*result[:-1], replace(result[-1], comment=comment)]


def with_slope(system: EquationSystem, variable: str, potential: str) -> EquationSystem:
    """The system of something attached, which also gives the slope of what it gives.

    Args:
        system: the equations.
        variable: what the compartment sums, such as a current.
        potential: the name under which it reads the potential of the compartment.
    """
    name = slope_name(variable)
    if name in system.variables:
        return system
    derived = Algebra(system, "t").derived
    value = Symbol(variable)
    own = slope(value, potential, derived)
    first: tuple[Equation, ...] = ()
    if own is None:
        first, own = difference(value, potential, derived)
    comment = f"slope of {variable} by the potential"
    return _with_derived(system, [*first, Equation(name, own, comment)])


def exported_step(system: EquationSystem) -> tuple[Statement, ...]:
    """One step, as in mechanisms of jNeuroML, of something that acts late on compartments.

    The potential is that of the step before, so what moves by it moves one step late.
    """
    algebra = Algebra(system, "t")
    states = {name: f"{name}{BEFORE}" for name in _states(system)}
    late = {**_following(algebra.derived, states.keys(), LATE), **states}
    flat = {slope_name(name) for name in system.late}
    result: list[Statement] = [part.scheme for part in system.parts if part.scheme is not None]
    for item in algebra.derived:
        if item.name in system.late:
            result.append(Set(item.name, rename(item.value, late), item.comment))
        elif item.name in flat:
            result.append(Set(item.name, Number(0.0), item.comment))
        else:
            result.append(Set(item.name, item.value, item.comment))
            if item.name in late:
                result.append(Set(late[item.name], rename(item.value, late)))
    result.extend(Set(before, Symbol(name)) for name, before in states.items())
    return (*result, *euler_moves(algebra), *conditions_of(system.parts))


def follows_potentials(system: EquationSystem) -> bool:
    """Whether states move by potentials alone, as those of graded synapses do: no event counts."""
    algebra = Algebra(system, "t")
    seen = _following(algebra.derived, (item.name for item in system.foreign), LATE).keys()
    moved = any(free_symbols(item.value) & seen for item in algebra.rates)
    return moved and not system.handlers


def following_step(system: EquationSystem) -> tuple[Statement, ...]:
    """One step of what `follows_potentials`: that of before, as its potentials are.

    The current is that of the states before they move, as in mechanisms of jNeuroML. In the very
    first step nothing moves, as there is no step that is over.
    """
    algebra = Algebra(system, "t")
    flat = {slope_name(name) for name in system.late}
    result: list[Statement] = [part.scheme for part in system.parts if part.scheme is not None]
    for item in algebra.derived:
        value = Number(0.0) if item.name in flat else item.value
        result.append(Set(item.name, value, item.comment))
    begun = Binary(">", Symbol("t_prev"), Number(0.0))
    rates = [replace(item, value=Conditional(begun, item.value, ZERO)) for item in algebra.rates]
    algebra.only(rates)
    return (*result, *euler_moves(algebra), *conditions_of(system.parts))


def with_switches(
    system: EquationSystem, statements: tuple[Statement, ...]
) -> tuple[Statement, ...]:
    """The statements of a step, with slopes as NEURON finds them for sums over what switches.

    It takes the difference of a current at two potentials. A mechanism of jNeuroML computes such a
    sum before it sets what is summed: the first of the two is the current of the step before.
    """
    before = tuple(Set(f"{name}{BEFORE}", Symbol(name)) for name in system.switched)
    after = []
    for name in system.switched:
        jump = Binary("-", Symbol(f"{name}{BEFORE}"), Symbol(name))
        steeper = Binary("+", Symbol(slope_name(name)), Binary("/", jump, Number(_NEAR)))
        after.append(Set(slope_name(name), steeper))
    return (*before, *statements, *after)


def _acting(system: EquationSystem, variable: str) -> Expr:
    """A variable as the conditions of this step assign it."""
    value: Expr = Symbol(variable)
    if variable in _moving(system):
        return value
    for item in (item for part in system.parts if not part.regime for item in part.conditions):
        given = [one.value for one in _assignments(item) if one.name == variable]
        drawn = any(map(is_stochastic, given))  # a copy would draw once more
        if given and isinstance(item, When) and not drawn and not is_stochastic(item.test):
            value = Conditional(item.test, given[-1], value)
    return value


def _assignments(statement: Statement) -> list[Set]:
    inside = statement.body if isinstance(statement, When) else ()
    return [item for item in inside if isinstance(item, Set)]


def _moving(system: EquationSystem) -> set[str]:
    """The states with a rate."""
    return {item.name for part in system.parts for item in part.rates}


def _states(system: EquationSystem) -> list[str]:
    return [item.name for item in system.variables.values() if item.role is Role.STATE]


def _following(derived: Sequence[Equation], sources: Iterable[str], suffix: str) -> dict[str, str]:
    """New names for some names and for all derived values that depend on them."""
    names = {name: f"{name}{suffix}" for name in sources}
    for item in derived:
        if free_symbols(item.value) & names.keys():
            names[item.name] = f"{item.name}{suffix}"
    return names


def _with_derived(system: EquationSystem, added: Sequence[Equation]) -> EquationSystem:
    """The system with more derived values, at its end."""
    last = system.parts[-1]
    variables = dict(system.variables)
    for item in added:
        variables.setdefault(item.name, Variable(item.name, Role.DERIVED, ""))
    parts = (*system.parts[:-1], replace(last, derived=(*last.derived, *added)))
    return replace(system, parts=parts, variables=variables)


def _late(system: EquationSystem, name: str) -> EquationSystem:
    """The system with its states of the step before, and a value that follows from them."""
    variables = dict(system.variables)
    starts: list[Statement] = []
    for state in _states(system):
        before = f"{state}{BEFORE}"
        if before not in variables:
            variables[before] = replace(variables[state], name=before, role=Role.DERIVED)
            starts.append(Set(before, Symbol(state)))
    last = system.parts[-1]
    parts = (*system.parts[:-1], replace(last, on_start=(*last.on_start, *starts)))
    return replace(system, parts=parts, variables=variables, late=(*system.late, name))
