"""The step of a compartment of a cable: implicit in its potential, staggered as in NEURON.

A step has two phases with the solution of the tree between them:

1. From the potential and the states at the start of the step: the rate f of the potential by all
   currents of the compartment, and its slope f' by the potential. Then the engine solves for all
   compartments of a cell at once, with C their capacitance and G the conductances between them::

       C (v' - v)/h = C (f + f' (v' - v)) + sum of G (v'_other - v')

2. With the new potential all other states move by exponential Euler where their rate is affine in
   them (gates: NEURON's ``cnexp``), else by Euler; then conditions are tested.

What the rate of the potential needs and depends on it (currents) keeps in phase 2 the value of
phase 1: a pool gets the current that has charged the membrane. First order.

Reference mode follows the mechanisms that jNeuroML writes for NEURON. Their states move by Euler
(``q' = rate_q`` does not show ``cnexp`` that the rate depends on ``q``), those that write
concentrations before those that read them, and their currents see what gates derive from their
states (``q^instances``) as it was before these moved. Source: Hines
1984, doi:10.1016/0020-7101(84)90008-4; Hines and Carnevale 1997, doi:10.1162/neco.1997.9.6.1179.
"""

from __future__ import annotations

from dataclasses import replace

from annarchy_ml.expr import Expr, Symbol, free_symbols, rename, substitute
from annarchy_ml.integrators.attached import slope_name
from annarchy_ml.integrators.simultaneous import (
    Algebra,
    conditions_of,
    euler_moves,
    exponential_moves,
)
from annarchy_ml.integrators.slopes import mixed_slope
from annarchy_ml.kernels.nodes import Role, Set, Statement
from annarchy_ml.model.system import Equation, EquationSystem, Variable

RATE = "#rate"
SEEN = "#seen"


def before_name(potential: str) -> str:
    """The variable with the potential at the start of the step."""
    return f"{potential}#before"


def rate_name(potential: str) -> str:
    """The variable with the rate of the potential [V/s]."""
    return f"{potential}{RATE}"


def solved_from(potential: str) -> frozenset[str]:
    """The variables that the solution of a cell reads, besides the potential."""
    return frozenset((rate_name(potential), slope_name(potential)))


def with_potential(system: EquationSystem, potential: str) -> EquationSystem:
    """The system of a compartment: its potential moves by the tree, its synapses give slopes."""
    variables = dict(system.variables)
    for name in (rate_name(potential), slope_name(potential)):
        variables[name] = Variable(name, Role.DERIVED, "")
    for item in system.reduced:
        if item.operation == "add":
            name = slope_name(item.name)
            variables[name] = Variable(name, Role.REDUCED, "")
    before = before_name(potential)
    variables[before] = replace(variables[potential], name=before, role=Role.DERIVED)
    for name in derived_in_mechanisms(system):
        variables[f"{name}{SEEN}"] = Variable(f"{name}{SEEN}", Role.DERIVED, "")
    return replace(system, variables=variables, potential=potential, own_method="cable")


def cable_step(system: EquationSystem) -> tuple[tuple[Statement, ...], ...]:
    """The statements of one step of a compartment, in two phases."""
    algebra = Algebra(system, "t")
    whole = _without_copies(algebra.derived)
    currents = _currents(system, algebra, whole)
    algebra.derived = _fresh(system, whole, currents)
    algebra.only(item for item in algebra.rates if item.name != system.potential)
    advance = [*_sets(algebra.derived), *_schemes(system), *exponential_moves(algebra)]
    advance.extend(conditions_of(system.parts))
    return tuple(_sets(currents)), tuple(advance)


def exported_cable_step(system: EquationSystem, shut: bool) -> tuple[tuple[Statement, ...], ...]:
    """The same, with gates that move, and currents that see them, as in mechanisms of jNeuroML.

    Args:
        system: the equations.
        shut: whether gates are shut in the first step, as they are in these mechanisms: what
            their INITIAL block computes, it does before it sets their states.
    """
    algebra = Algebra(system, "t")
    if shut:
        whole = _with_old_requirements(system, algebra.derived)
    else:
        whole = _without_copies(algebra.derived)
    late = derived_in_mechanisms(system) if shut else _derived_from_states(system)
    currents = _currents(system, algebra, [item for item in whole if item.name not in late])
    algebra.derived = _fresh(system, whole, currents)
    algebra.only(item for item in algebra.rates if item.name != system.potential)
    seen: list[Statement] = []
    if shut:
        known = {item.name for item in currents}
        algebra.derived = [item for item in algebra.derived if item.name not in known]
        reads = frozenset().union(*(free_symbols(item.value) for item in currents)) & late
        names = {name: f"{name}{SEEN}" for name in sorted(reads)}
        currents = [replace(item, value=rename(item.value, names)) for item in currents]
        seen = [Set(copy, Symbol(name)) for name, copy in names.items()]
    pools, fresh = _pools_first(system, algebra)
    moves = euler_moves(algebra)
    advance = [*pools, *_sets(fresh), *seen, *_schemes(system), *moves]
    advance.extend(conditions_of(system.parts))
    before = [Set(before_name(system.potential), Symbol(system.potential))] if shut else []
    return (*before, *_sets(currents)), tuple(advance)


def _currents(system: EquationSystem, algebra: Algebra, derived: list[Equation]) -> list[Equation]:
    """The rate of the potential, its slope, and what both need.

    Args:
        system: the equations.
        algebra: the same in one order.
        derived: what may be computed for it; anything else is that of the step before.
    """
    potential = system.potential
    rate = next(item for item in algebra.rates if item.name == potential)
    given = _given(system)
    first, own = mixed_slope(rate.value, potential, derived, given)
    last = [
        *first,
        Equation(rate_name(potential), rate.value, rate.comment),
        Equation(slope_name(potential), own, "its slope by the potential"),
    ]
    needed = _needed([*derived, *last], {item.name for item in last})
    return [*(item for item in derived if item.name in needed), *last]


def _given(system: EquationSystem) -> dict[str, Expr]:
    """The slopes of what is summed over synapses and inputs, by what is summed."""
    return {
        item.name: Symbol(slope_name(item.name))
        for item in system.reduced
        if slope_name(item.name) in system.variables
    }


def _fresh(
    system: EquationSystem, whole: list[Equation], currents: list[Equation]
) -> list[Equation]:
    """What is computed anew after the solution: all but the currents that have led to it."""
    kept = _following(currents, {system.potential, *_given(system)})
    return [item for item in whole if item.name not in kept]


def _schemes(system: EquationSystem) -> list[Statement]:
    return [part.scheme for part in system.parts if part.scheme is not None]


def _pools_first(
    system: EquationSystem, algebra: Algebra
) -> tuple[list[Statement], list[Equation]]:
    """How pools move, ahead of all else; what is to be computed for the rest, which remains.

    NEURON steps what writes concentrations before what reads them: gates see the new ones.
    """
    pools = _read_elsewhere(system, algebra.derived)
    if not pools:
        return [], algebra.derived
    rates = algebra.rates
    algebra.only(item for item in rates if item.name in pools)
    reads = set().union(*(free_symbols(item.value) for item in algebra.rates))
    before = _needed(algebra.derived, reads)
    after = _following(algebra.derived, pools)
    moves = [*_sets([item for item in algebra.derived if item.name in before])]
    moves.extend(euler_moves(algebra))
    algebra.only(item for item in rates if item.name not in pools)
    rest = [item for item in algebra.derived if item.name in after or item.name not in before]
    return moves, rest


def _read_elsewhere(system: EquationSystem, derived: list[Equation]) -> set[str]:
    """The moving states on which requirements of parts in other branches depend."""
    inner = [part for part in system.parts if part.path]
    home = {item.name: f"{part.path}/" for part in inner for item in part.rates}
    found: set[str] = set()
    for part in inner:
        required = {item.name for item in part.requirements}
        reached = _needed(derived, required) & home.keys()
        found |= {name for name in reached if not f"{part.path}/".startswith(home[name])}
    return found


def _with_old_requirements(system: EquationSystem, derived: list[Equation]) -> list[Equation]:
    """Derived values; what the inside of a channel requires of its outside has that of before.

    A mechanism of jNeuroML computes children before parents: a time course that depends on the
    rates of its gate sees those of the last step.
    """
    sources = {item.name: item.value for part in system.parts for item in part.requirements}
    old: dict[str, Equation] = {}
    for path in system.mechanisms:
        inside = [part for part in system.parts if part.path.startswith(f"{path}/")]
        own = {item.name for part in inside for item in part.derived}
        for item in (item for part in inside for item in part.requirements):
            value = item.value
            while isinstance(value, Symbol) and value.name in sources:
                value = sources[value.name]
            if isinstance(value, Symbol) and value.name in own:
                old[item.name] = replace(item, value=value)
    rest = [item for item in derived if item.name not in old]
    return [*old.values(), *_without_copies(rest)]


def derived_in_mechanisms(system: EquationSystem) -> frozenset[str]:
    """What mechanisms of jNeuroML compute where their states move, and so before their currents.

    These are the derived values of all that is inside a channel with states, and of pools.
    """
    inner = [part for part in system.parts if part.path]
    late = {item.name for part in inner if part.rates for item in part.derived}
    for path in system.mechanisms:
        inside = [part for part in inner if part.path.startswith(f"{path}/")]
        if any(part.rates for part in inside):
            late |= {item.name for part in inside for item in part.derived}
    return frozenset(late)


def _derived_from_states(system: EquationSystem) -> frozenset[str]:
    """What the parts inside a compartment that have states of their own derive, such as gates."""
    inner = (part for part in system.parts if part.path and part.rates)
    return frozenset(item.name for part in inner for item in part.derived)


def _sets(equations: list[Equation]) -> list[Statement]:
    return [Set(item.name, item.value, item.comment) for item in equations]


def _without_copies(derived: list[Equation]) -> list[Equation]:
    """The same equations, reading what is copied and not the copies."""
    source: dict[str, Expr] = {}
    result = []
    for item in derived:
        value = substitute(item.value, source)
        if isinstance(value, Symbol):
            source[item.name] = value
        result.append(replace(item, value=value))
    return result


def _needed(equations: list[Equation], wanted: set[str]) -> set[str]:
    """All names that the wanted ones depend on, they included."""
    needed = set(wanted)
    for item in reversed(equations):
        if item.name in needed:
            needed |= free_symbols(item.value)
    return needed


def _following(equations: list[Equation], sources: set[str]) -> set[str]:
    """The equations that depend on some names."""
    found = set(sources)
    for item in equations:
        if free_symbols(item.value) & found:
            found.add(item.name)
    return found - sources
