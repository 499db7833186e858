"""Methods that treat all equations of a tree as one system: Euler, Runge-Kutta, exponential Euler.

Unlike the reference scheme, every derived variable is computed from the states of one and the same
time, and all states move together. The equations of all parts are put into one order; where they
need one another in a circle through a requirement, that requirement keeps its value of the step
before. Kinetic schemes move first, by their exact exponential. Conditions then run part by part,
as in the reference scheme. The equations take the time at the start of the step, conditions that
at its end.

========================  =====  =========================================================
method                    order  update of x, with f its rate
========================  =====  =========================================================
``euler``                 1      x + h f
``rk2``                   2      midpoint
``rk4``                   4      classical Runge-Kutta
``exponential_euler``     1      x + h f phi(h b), b = df/dx where f is affine in x, else Euler
``auto``                  1      the same
========================  =====  =========================================================

phi(z) = (exp(z) - 1)/z. Exact for a linear equation with constant coefficients. Source: Hochbruck
and Ostermann 2010, doi:10.1017/S0962492910000048, section 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from annarchy_ml.expr import (
    Binary,
    Call,
    Conditional,
    Expr,
    Number,
    Symbol,
    dependency_order,
    free_symbols,
    rename,
)
from annarchy_ml.integrators.slopes import slope
from annarchy_ml.kernels.nodes import Set, Statement, When
from annarchy_ml.model.system import Equation, EquationSystem, Part

if TYPE_CHECKING:
    from annarchy_ml.integrators import Phase

DT = Symbol("dt")
Mover = Callable[["Algebra"], list[Statement]]


class Algebra:
    """The derived values of a system in one order, and the rate of every state."""

    def __init__(self, system: EquationSystem, time: str) -> None:
        self.system = system
        self.time = time
        self.derived = [_at_time(item, time) for item in _one_order(system)]
        self.only(_at_time(item, time) for item in _rates(system))

    def only(self, rates: Iterable[Equation]) -> None:
        """Some of the states move, by these rates."""
        self.rates = list(rates)
        self.states = [item.name for item in self.rates]

    def moving(self) -> set[str]:
        """Derived values that depend on a state with a rate, or on the time."""
        moving = {self.time, *self.states}
        for item in self.derived:
            if free_symbols(item.value) & moving:
                moving.add(item.name)
        return moving

    def at_stage(self, stage: int, time: Expr) -> list[Statement]:
        """The derived values of a later stage, from its states ``x#stage``."""
        moving = self.moving()
        names = {name: f"{name}#{stage}" for name in moving if name != self.time}
        names[self.time] = f"t#{stage}"
        result: list[Statement] = [Set(f"t#{stage}", time)]
        for item in self.derived:
            if item.name in moving:
                result.append(Set(names[item.name], rename(item.value, names)))
        for rate in self.rates:
            result.append(Set(f"{rate.name}#rate{stage}", rename(rate.value, names)))
        return result


def step_of(name: str, time: str = "t_prev") -> Callable[[EquationSystem], Phase]:
    """The statements of a step under one of the methods of this module.

    Args:
        name: the method.
        time: what equations mean by ``t``: the start of the step, or ``t``, its end, as in jLEMS
            (first order where the equations use the time, whatever the method).

    Raises:
        ValueError: If there is no such method.
    """
    movers: dict[str, Mover] = {
        "euler": euler_moves,
        "rk2": _rk2,
        "rk4": _rk4,
        "exponential_euler": exponential_moves,
        "auto": exponential_moves,
        "crank_nicolson": exponential_moves,
    }
    if name not in movers:
        raise ValueError(f"there is no method '{name}'")

    def step(system: EquationSystem) -> tuple[Statement, ...]:
        algebra = Algebra(system, time)
        result: list[Statement] = [part.scheme for part in system.parts if part.scheme is not None]
        result.extend(Set(item.name, item.value, item.comment) for item in algebra.derived)
        result.extend(movers[name](algebra))
        result.extend(conditions_of(system.parts))
        return tuple(result)

    return step


def conditions_of(parts: tuple[Part, ...]) -> list[Statement]:
    """What happens after the states have moved: conditions, then published values."""
    result: list[Statement] = []
    for part in parts:
        result.extend(part.conditions)
        result.extend(_regime_conditions(part))
    for part in parts:
        result.extend(Set(exposed, Symbol(variable)) for exposed, variable in part.published)
    return result


def _regime_conditions(part: Part) -> list[Statement]:
    """The conditions of the regime that is active when they begin."""
    if not part.regimes:
        return []
    now = f"{part.regime}#now"
    result: list[Statement] = [Set(now, Symbol(part.regime), "the active regime")]
    for regime in part.regimes:
        if regime.conditions:
            test = Binary("==", Symbol(now), Number(float(regime.number)))
            result.append(When(test, regime.conditions, f"in regime {regime.name}"))
    return result


def _at_time(item: Equation, time: str) -> Equation:
    return replace(item, value=rename(item.value, {"t": time})) if time != "t" else item


def _rates(system: EquationSystem) -> list[Equation]:
    """One rate for every moving state; those of regimes hold while their regime is active."""
    result: dict[str, Equation] = {}
    for part in system.parts:
        for item in part.rates:
            result[item.name] = item
        for regime in part.regimes:
            test = Binary("==", Symbol(part.regime), Number(float(regime.number)))
            for item in regime.rates:
                known = result.get(item.name)
                rest: Expr = known.value if known is not None else Number(0.0)
                result[item.name] = Equation(
                    item.name, Conditional(test, item.value, rest), item.comment
                )
    return list(result.values())


def _one_order(system: EquationSystem) -> list[Equation]:
    """All derived values in one order; in a circle a requirement is read before it is computed."""
    requirements = [item for part in system.parts for item in part.requirements]
    known = {item.name: item for item in requirements}
    for part in system.parts:
        for item in (*part.derived, *(item for regime in part.regimes for item in regime.derived)):
            known[item.name] = item
    loose = {item.name for item in requirements}
    needs = {
        name: (free_symbols(item.value) & known.keys()) - {name} for name, item in known.items()
    }

    def lagging(blocked: Sequence[str]) -> tuple[str]:
        return (next((name for name in blocked if name in loose), blocked[0]),)

    return [known[name] for name in dependency_order(needs, lagging)]


def _sum(*terms: Expr) -> Expr:
    result = terms[0]
    for term in terms[1:]:
        result = Binary("+", result, term)
    return result


def _moved(name: str, fraction: float, rate: str) -> Expr:
    return _sum(Symbol(name), Binary("*", Binary("*", Number(fraction), DT), Symbol(rate)))


def _first_rates(algebra: Algebra) -> list[Statement]:
    return [Set(f"{item.name}#rate", item.value, item.comment) for item in algebra.rates]


def euler_moves(algebra: Algebra) -> list[Statement]:
    """All states by Euler's method."""
    result = _first_rates(algebra)
    result.extend(Set(name, _moved(name, 1.0, f"{name}#rate")) for name in algebra.states)
    return result


def _stage(algebra: Algebra, stage: int, fraction: float, before: str) -> list[Statement]:
    time = _sum(Symbol(algebra.time), Binary("*", Number(fraction), DT))
    result: list[Statement] = [
        Set(f"{name}#{stage}", _moved(name, fraction, f"{name}#{before}"))
        for name in algebra.states
    ]
    return result + algebra.at_stage(stage, time)


def _rk2(algebra: Algebra) -> list[Statement]:
    result = _first_rates(algebra) + _stage(algebra, 2, 0.5, "rate")
    result.extend(Set(name, _moved(name, 1.0, f"{name}#rate2")) for name in algebra.states)
    return result


def _rk4(algebra: Algebra) -> list[Statement]:
    result = _first_rates(algebra)
    result += _stage(algebra, 2, 0.5, "rate")
    result += _stage(algebra, 3, 0.5, "rate2")
    result += _stage(algebra, 4, 1.0, "rate3")
    for name in algebra.states:
        middle = Binary("*", Number(2.0), _sum(Symbol(f"{name}#rate2"), Symbol(f"{name}#rate3")))
        total = _sum(Symbol(f"{name}#rate"), middle, Symbol(f"{name}#rate4"))
        result.append(
            Set(name, _sum(Symbol(name), Binary("*", Binary("/", DT, Number(6.0)), total)))
        )
    return result


def exponential_moves(algebra: Algebra) -> list[Statement]:
    """All states by exponential Euler, or by Euler where a rate is not affine in its state."""
    result = _first_rates(algebra)
    moves: list[Statement] = []
    for item in algebra.rates:
        own = slope(item.value, item.name, algebra.derived)
        rate = Symbol(f"{item.name}#rate")
        if own is None or own == Number(0.0):
            moves.append(Set(item.name, _moved(item.name, 1.0, f"{item.name}#rate")))
            continue
        z = f"{item.name}#z"
        result.append(Set(z, Binary("*", DT, own), "h df/dx"))
        change = Binary("*", Binary("*", DT, rate), _phi(Symbol(z)))
        moves.append(Set(item.name, _sum(Symbol(item.name), change)))
    return result + moves


def _phi(z: Expr) -> Expr:
    """(exp(z) - 1)/z, by its series near 0."""
    small = Binary("<", Call("abs", (z,)), Number(1e-5))
    series = _sum(Number(1.0), Binary("*", z, _sum(Number(0.5), Binary("/", z, Number(6.0)))))
    exact = Binary("/", Binary("-", Call("exp", (z,)), Number(1.0)), z)
    return Conditional(small, series, exact)
