"""The step of a cell without morphology as jNeuroML exports it to NEURON: a point process.

The export puts each such cell on a section of its own, whose potential NEURON solves for, with the
rate of the cell as a current and the capacitance of the cell. Two kinds of mechanisms follow:

- A cell whose only rate is that of its potential computes it where NEURON asks for currents: it
  counts with its slope by the potential, so the step is implicit.
- A cell with more rates has a block that solves them (``cnexp``, which is Euler's method here,
  because a rate is a variable of its own). That block computes the rate of the potential as well,
  from the new potential and from states that have not moved yet. The next step takes it as it is,
  without a slope. What ion channels derive comes from the block of currents: one step later.

What is attached to the cell is a mechanism of its own, and counts whatever the cell does.

Conditions that assign the potential, and all of regimes, are watched: NEURON looks at them at the
start of a step, and they act when they have become true. So the value above the threshold is
recorded, and a copy of what such a condition assigns keeps it (``v#shown``). Others are tested
where currents are computed. Spikes are told by the potential: connections hear it rise above
the threshold of the export, which is 0 mV but for cells that integrate and fire.

A mechanism starts at -65 mV with all states at 0; what it derives then is what its first step sees.
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
    rename,
    substitute,
)
from annarchy_ml.integrators.attached import slope_name
from annarchy_ml.integrators.cable import before_name, rate_name
from annarchy_ml.integrators.simultaneous import DT, Algebra, euler_moves
from annarchy_ml.integrators.slopes import ZERO, difference, slope
from annarchy_ml.kernels.nodes import Emit, Role, Set, Statement, When
from annarchy_ml.model.system import Equation, EquationSystem, Part, PointCell, Variable

SHOWN = "#shown"
_WATCHED = "#watched"
_ABOVE = "#above"
_EARLY = "#early"
"""Whether a condition has sent an event at the start, before there is a step that could."""
_KEPT = "#kept"
_FIRST = "#first"
_MIDDLE = "t#middle"
_HELD = 1e10
"""How strongly a regime without rates holds the potential [1/s]."""
_START = -0.065
"""Potential of all sections when their mechanisms start [V]."""
_SECTION = 318.31e-6 * 3.141592653589793
"""Capacitance of the section of a cell that has none [uF]: 318.31 uF/cm2 on 314.159 um2."""
_NANOFARAD = 1e-3


def with_point(system: EquationSystem, potential: str, cell: PointCell) -> EquationSystem:
    """The system of a cell without morphology, with all that its step keeps."""
    variables = dict(system.variables)

    def add(name: str, role: Role = Role.DERIVED, dimension: str = "") -> None:
        variables[name] = Variable(name, role, dimension)

    for name in (
        *(rate_name(potential), slope_name(potential), f"{potential}{_KEPT}"),
        *(f"{potential}{_ABOVE}", f"{potential}{_EARLY}"),
    ):
        add(name)
    for item in system.reduced:
        if item.operation == "add":
            add(slope_name(item.name), Role.REDUCED)
    result = replace(system, variables=variables, potential=potential, own_method="", point=cell)
    for number, _ in enumerate(_watched(result)):
        add(_flag(number))
    for name in (*_assigned(result), potential):
        add(f"{name}{SHOWN}", dimension=variables[name].dimension)
    add(before_name(potential), dimension=variables[potential].dimension)
    return replace(result, variables=variables)


def point_step(system: EquationSystem) -> tuple[tuple[Statement, ...], ...]:
    """The statements of one step, before and after the potential has moved."""
    before = Set(before_name(system.potential), Symbol(system.potential))
    derived = _derived(system)
    if not is_solved(system):
        currents = [_in_middle(item) for item in (*derived, *_currents(system, derived))]
        return (before, *_tests(system), *_sets(currents)), tuple(_watching(system))
    inner = of_channels(system)
    now = [item for item in derived if item.name in inner]
    later = [item for item in derived if item.name not in inner]
    algebra = Algebra(system, "t")
    algebra.only(_plain(system, algebra.rates))
    schemes = [part.scheme for part in system.parts if part.scheme is not None]
    kept = Set(f"{system.potential}{_KEPT}", _cell_rate(system), "rate of the potential")
    advance = [*schemes, *_sets(later), kept, *euler_moves(algebra), *_watching(system)]
    currents = _currents(system, derived)
    return (before, *_sets(now), *_tests(system), *_sets(currents)), tuple(advance)


def point_start(system: EquationSystem) -> tuple[Statement, ...]:
    """What follows the start values: what a mechanism derives as it starts, in what it keeps."""
    known: dict[str, Expr] = {"t": ZERO, system.potential: Number(_START)}
    known |= {name: ZERO for name in (*_states(system), *of_channels(system))}
    known[system.potential] = Number(_START)
    known |= {part.regime: Number(-1.0) for part in system.parts if part.regime}
    inner = of_channels(system)
    derived = [item for item in _derived(system) if item.name not in inner]
    first: dict[str, Expr] = {item.name: Symbol(f"{item.name}{_FIRST}") for item in derived}
    result: list[Statement] = []
    for item in derived:
        result.append(Set(f"{item.name}{_FIRST}", substitute(item.value, {**known, **first})))
    starts = [item for part in system.parts for item in part.on_start if isinstance(item, Set)]
    seen = {**first, system.potential: Number(_START)}
    for one in starts:
        if one.name != system.potential:
            result.append(replace(one, value=substitute(one.value, seen)))
    result.extend(Set(item.name, item.value) for item in derived if isinstance(item.value, Number))
    if is_solved(system):
        result.extend(Set(item.name, first[item.name]) for item in derived)
        rate = substitute(_cell_rate(system), {**known, **first})
        result.append(Set(f"{system.potential}{_KEPT}", rate))
    for name in (*_assigned(system), system.potential):
        result.append(Set(f"{name}{SHOWN}", Symbol(name)))
    result.append(Set(before_name(system.potential), Symbol(system.potential)))
    at_start: dict[str, Expr] = {system.potential: Number(_START)}
    tests = [substitute(item.test, at_start) for item in _watched(system)]
    result.extend(Set(_flag(number), _truth(test)) for number, test in enumerate(tests))
    result.append(Set(f"{system.potential}{_ABOVE}", ZERO))
    result.append(Set(f"{system.potential}{_EARLY}", ZERO))
    return (*result, *_looked_at(system, False), *_published(system))


def is_solved(system: EquationSystem) -> bool:
    """Whether more than the potential has a rate."""
    return any(
        item.name != system.potential
        for part in system.parts
        for item in (*part.rates, *(one for regime in part.regimes for one in regime.rates))
    )


def _derived(system: EquationSystem) -> list[Equation]:
    """Derived values in one order, as if nothing were attached, without mere copies."""
    nothing: dict[str, Expr] = {item.name: ZERO for item in _sums(system)}
    source: dict[str, Expr] = {**nothing, **_exposed(system)}
    inner = of_channels(system)
    result = []
    for item in Algebra(system, "t").derived:
        value = substitute(item.value, source)
        if isinstance(value, Symbol | Number) and item.name not in inner:
            source[item.name] = value
        result.append(replace(item, value=value))
    return result


def _exposed(system: EquationSystem) -> dict[str, Expr]:
    """What is published at the end of a step, as it is now."""
    pairs = (pair for part in system.parts for pair in part.published)
    return {exposure: Symbol(variable) for exposure, variable in pairs}


def _plain(system: EquationSystem, rates: Iterable[Equation]) -> list[Equation]:
    """The rates of all states but the potential."""
    shown = _exposed(system)
    return [
        replace(item, value=substitute(item.value, shown))
        for item in rates
        if item.name != system.potential
    ]


def of_channels(system: EquationSystem) -> frozenset[str]:
    """What ion channels themselves derive."""
    inside = (part for part in system.parts if part.path in system.mechanisms)
    return frozenset(item.name for part in inside for item in part.derived)


def _currents(system: EquationSystem, derived: list[Equation]) -> list[Equation]:
    """The rate of the potential with all that is attached, its slope, and what these need."""
    first: tuple[Equation, ...] = ()
    rate: Expr = Symbol(f"{system.potential}{_KEPT}")
    own: Expr = ZERO
    if not is_solved(system):
        rate = _cell_rate(system)
        found = slope(rate, system.potential, derived)
        if found is None:
            first, found = difference(rate, system.potential, derived)
        own = found
    for item in _sums(system):
        by = _per_sum(system, item.name)
        if by is not None:
            rate = Binary("+", rate, Binary("*", by, Symbol(item.name)))
            own = Binary("+", own, Binary("*", by, Symbol(slope_name(item.name))))
    return [
        *first,
        Equation(rate_name(system.potential), rate, "rate of the potential"),
        Equation(slope_name(system.potential), own, "its slope by the potential"),
    ]


def _cell_rate(system: EquationSystem) -> Expr:
    """The rate that the cell itself gives to the potential of its section."""
    nothing: dict[str, Expr] = {item.name: ZERO for item in _sums(system)}
    total: Expr = ZERO
    for part in system.parts:
        for item in part.rates:
            if item.name == system.potential:
                total = item.value
        for regime in part.regimes:
            own = next((one.value for one in regime.rates if one.name == system.potential), None)
            if own is None and not regime.rates:
                own = _hold(system, part, regime.number)
            if own is not None:
                test = Binary("==", Symbol(part.regime), Number(float(regime.number)))
                here = Conditional(test, own, ZERO)
                total = here if total == ZERO else Binary("+", total, here)
    total = substitute(total, {**nothing, **_exposed(system)})
    assert system.point is not None
    if system.point.capacitance:
        return total
    return Binary("*", total, Number(_NANOFARAD / _SECTION))


def _hold(system: EquationSystem, part: Part, regime: int) -> Expr | None:
    """The rate that holds the potential at what a regime without rates sets on entry."""
    for item in _conditions(part):
        entered = False
        for one in item.body:
            if isinstance(one, Set) and one.name == part.regime:
                entered = one.value == Number(float(regime))
            elif isinstance(one, Set) and entered and one.name == system.potential:
                away = Binary("-", one.value, Symbol(system.potential))
                return Binary("*", Number(_HELD), away)
    return None


def _per_sum(system: EquationSystem, name: str) -> Expr | None:
    """What the rate of the potential gains by what is attached, whatever regime is active."""
    derived = Algebra(system, "t").derived
    rates = [
        item.value
        for part in system.parts
        for item in (*part.rates, *(one for regime in part.regimes for one in regime.rates))
        if item.name == system.potential
    ]
    found = (slope(rate, name, derived) for rate in rates)
    return next((item for item in found if item is not None and item != ZERO), None)


def _watching(system: EquationSystem) -> list[Statement]:
    """What happens between two steps, and what is recorded of the time before."""
    names = (*_assigned(system), system.potential)
    shown = [Set(f"{name}{SHOWN}", Symbol(name)) for name in names]
    return [*shown, *_looked_at(system, True), *_published(system)]


def _looked_at(system: EquationSystem, sends: bool) -> list[Statement]:
    """What watched conditions do that have become true, and spikes if any are sent."""
    watched = _watched(system)
    result: list[Statement] = []
    above = f"{system.potential}{_ABOVE}"
    tests = [(item.test, _flag(number)) for number, item in enumerate(watched)]
    for test, flag in (*tests, (_is_above(system), above)):
        result.append(Set(f"{flag}#now", _truth(test)))
    assert system.point is not None
    for number, item in enumerate(watched):
        body = item.body if sends and system.point.own_threshold else _silent(item.body)
        if not sends and len(body) < len(item.body):
            body = (*body, Set(f"{system.potential}{_EARLY}", Number(1.0)))
        result.append(When(_risen(_flag(number)), _acting(system, item, body), item.comment))
    ports = dict.fromkeys(_ports(system))
    if sends and system.point.own_threshold:
        early = f"{system.potential}{_EARLY}"
        late: tuple[Statement, ...] = (*(Emit(port) for port in ports), Set(early, ZERO))
        test = Binary(">", Symbol(early), Number(0.5))
        result.append(When(test, late, "what the start would have sent"))
    elif sends:
        result.append(When(_risen(above), tuple(Emit(port) for port in ports), "above 0 mV"))
    result.extend(Set(flag, Symbol(f"{flag}#now")) for _, flag in (*tests, (ZERO, above)))
    return result


def _acting(system: EquationSystem, item: When, body: Sequence[Statement]) -> tuple[Statement, ...]:
    """What a watched condition does; a regime's only while that is active."""
    for part in system.parts:
        for regime in part.regimes:
            if any(one is item for one in regime.conditions):
                active = Binary("==", Symbol(part.regime), Number(float(regime.number)))
                return (When(active, tuple(body), f"in regime {regime.name}"),)
    return (*body, Set(f"{system.potential}{_KEPT}", ZERO))


def _tests(system: EquationSystem) -> list[Statement]:
    """Conditions that are tested where currents are computed."""
    result: list[Statement] = [Set(_MIDDLE, _middle())]
    watched = _watched(system)
    for item in (item for part in system.parts for item in part.conditions):
        if isinstance(item, When) and all(one is not item for one in watched):
            body = tuple(one for one in _silent(item.body))
            if body:
                test = rename(item.test, {"t": _MIDDLE})
                result.append(replace(item, test=test, body=body))
    return result


def _conditions(part: Part) -> list[When]:
    inside = (item for regime in part.regimes for item in regime.conditions)
    return [item for item in (*part.conditions, *inside) if isinstance(item, When)]


def _watched(system: EquationSystem) -> list[When]:
    """The conditions that NEURON watches: those that assign the potential, and all of regimes."""
    result = []
    for part in system.parts:
        inner = {id(item) for regime in part.regimes for item in regime.conditions}
        for item in _conditions(part):
            if id(item) in inner or system.potential in _sets_of(item.body):
                result.append(item)
    return result


def _sets_of(body: Iterable[Statement]) -> list[str]:
    return [item.name for item in body if isinstance(item, Set)]


def _assigned(system: EquationSystem) -> list[str]:
    """The states that watched conditions assign, but for the potential."""
    names = [name for item in _watched(system) for name in _sets_of(item.body)]
    states = [name for name in dict.fromkeys(names) if name in _states(system)]
    return [name for name in states if name != system.potential]


def _ports(system: EquationSystem) -> list[str]:
    """The out-ports through which the conditions of the cell send."""
    whole = (item for part in system.parts for item in _conditions(part))
    return [one.port for item in whole for one in item.body if isinstance(one, Emit)]


def _silent(body: Iterable[Statement]) -> tuple[Statement, ...]:
    return tuple(item for item in body if not isinstance(item, Emit))


def _is_above(system: EquationSystem) -> Expr:
    return Binary(">", Symbol(system.potential), ZERO)


def _risen(flag: str) -> Expr:
    now = Binary(">", Symbol(f"{flag}#now"), Number(0.5))
    return Binary("and", now, Binary("<", Symbol(flag), Number(0.5)))


def _truth(test: Expr) -> Expr:
    return Conditional(test, Number(1.0), ZERO)


def _flag(number: int) -> str:
    return f"watch{number}{_WATCHED}"


def _states(system: EquationSystem) -> list[str]:
    return [item.name for item in system.variables.values() if item.role is Role.STATE]


def _sums(system: EquationSystem) -> list[Equation]:
    return [Equation(item.name, ZERO) for item in system.reduced if item.operation == "add"]


def _middle() -> Expr:
    return Binary("+", Symbol("t_prev"), Binary("*", Number(0.5), DT))


def _in_middle(item: Equation) -> Equation:
    if "t" not in free_symbols(item.value):
        return item
    return replace(item, value=rename(item.value, {"t": _MIDDLE}))


def _sets(equations: Iterable[Equation]) -> list[Statement]:
    return [Set(item.name, item.value, item.comment) for item in equations]


def _published(system: EquationSystem) -> list[Statement]:
    pairs = (pair for part in system.parts for pair in part.published)
    return [Set(exposure, Symbol(variable)) for exposure, variable in pairs]
