"""The reference scheme: the staggered forward Euler method of jLEMS.

In each step the components of a tree move one after the other, children before parents. A
component reads what its ancestors published in their last step, then computes its derived
variables from its states at the start of the step and from what its children have just published;
all its states move together by ``dt`` times their derivatives; its conditions see the new states
and the old derived variables; then it publishes its exposures, and the active regime moves, its
states one after the other. First order; derived variables lag by up to one step per level.

Source: behaviour of jLEMS 0.12, measured; LEMS: Cannon et al. 2014, doi:10.3389/fninf.2014.00079.
"""

from __future__ import annotations

from annarchy_ml.expr import Binary, Expr, Number, Symbol
from annarchy_ml.integrators.blocks import in_blocks
from annarchy_ml.kernels.nodes import Set, Statement, When
from annarchy_ml.model.system import Equation, EquationSystem, Part

DT = Symbol("dt")


def step(system: EquationSystem) -> tuple[Statement, ...]:
    """The statements of one step."""
    result: list[Statement] = []
    for part in system.parts:
        result.extend(_part_step(part))
    return tuple(result)


def euler(state: str, rate: Expr) -> Expr:
    """State + dt * rate."""
    return Binary("+", Symbol(state), Binary("*", DT, rate))


def _part_step(part: Part) -> list[Statement]:
    result: list[Statement] = list(sets(part.requirements))
    if part.scheme is not None:
        result.append(part.scheme)
    result.extend(sets(part.derived))
    result.extend(_move_together(part.rates))
    result.extend(in_blocks(part.blocks))
    result.extend(part.conditions)
    result.extend(publish(part))
    if part.regimes:
        now = f"{part.regime}#now"
        result.append(Set(now, Symbol(part.regime), "the active regime"))
        for regime in part.regimes:
            body: list[Statement] = list(sets(regime.derived))
            for rate in regime.rates:
                body.append(Set(rate.name, euler(rate.name, rate.value), rate.comment))
            body.extend(regime.conditions)
            if body:
                test = Binary("==", Symbol(now), Number(float(regime.number)))
                result.append(When(test, tuple(body), f"in regime {regime.name}"))
    return result


def _move_together(rates: tuple[Equation, ...]) -> list[Statement]:
    if len(rates) == 1:
        only = rates[0]
        return [Set(only.name, euler(only.name, only.value), only.comment)]
    result: list[Statement] = [Set(f"{rate.name}#rate", rate.value, rate.comment) for rate in rates]
    result.extend(Set(rate.name, euler(rate.name, Symbol(f"{rate.name}#rate"))) for rate in rates)
    return result


def sets(equations: tuple[Equation, ...]) -> list[Statement]:
    """Assignments of derived values."""
    return [Set(item.name, item.value, item.comment) for item in equations]


def publish(part: Part) -> list[Statement]:
    """Copies of the exposed variables that change outside the component's own step."""
    return [Set(exposure, Symbol(variable)) for exposure, variable in part.published]
