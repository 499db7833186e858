"""Values that neurons get at given times, as sums in which one row counts at a time.

    given                 row_0*(H(t - t_0) - H(t - t_1)) + row_1*(H(t - t_1) - H(t - t_2)) + ...

The rows are parameters, so neurons with other rows are populations of their own. Products with 1
and 0 leave the numbers as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.exporters.lems.expressions import refused
from annarchy_ml.exporters.lems.rewriting import mapped_dynamics
from annarchy_ml.expr import Binary, Call, Expr, Number, Symbol, substitute
from annarchy_ml.model.component import ComponentType, Parameter
from annarchy_ml.model.network import Population, Setting

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_ROWS = 2000
_TIME = Symbol("t_prev")


@dataclass(frozen=True, slots=True)
class Rows:
    """A timetable of one value of a population.

    Attributes:
        name: of the value.
        steps: of the rows, shape (n,), ascending.
        values: shape (n, size).
        period: after how many steps the rows begin again; 0: never.
    """

    name: str
    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    period: int = 0

    def until(self, end: int) -> Rows:
        """The rows of a run of so many steps, one after the other."""
        if not self.period:
            kept = self.steps < max(end, 1)
            return replace(self, steps=self.steps[kept], values=self.values[kept])
        within = self.steps < self.period
        times = range(0, max(end, 1), self.period)
        steps = np.concatenate([self.steps[within] + begin for begin in times])
        values = np.concatenate([self.values[within]] * len(times))
        return Rows(self.name, steps, values).until(end)


def timed_type(made: ComponentType, owner: Population, rows: Rows, dt: float) -> ComponentType:
    """The type of neurons whose value comes from a timetable.

    Raises:
        UsageError: If there are too many rows.
    """
    count = len(rows.steps)
    if count > MOST_ROWS:
        raise refused(f"'{owner.name}'", f"{count} rows of values: at most {MOST_ROWS}")
    given = _sum(_names(rows), rows.steps, dt)
    assert made.dynamics is not None
    dynamics = mapped_dynamics(made.dynamics, lambda e: substitute(e, {rows.name: given}))
    states = tuple(item for item in dynamics.states if item.name != rows.name)
    kept = [item for item in made.parameters if item.name != rows.name]
    own = [Parameter(name, "none") for name in _names(rows)]
    return replace(
        made,
        name=f"{owner.name}_{made.name}",
        parameters=(*kept, *own),
        dynamics=replace(dynamics, states=states),
    )


def timed_settings(owner: Population, rows: Rows) -> list[Setting]:
    """The values of a population, its rows among them."""
    kept = [item for item in owner.settings if item.name != rows.name]
    pairs = zip(_names(rows), rows.values, strict=True)
    return kept + [Setting(name, values, None, False) for name, values in pairs]


def _names(rows: Rows) -> list[str]:
    return [f"row_{number}" for number in range(len(rows.steps))]


def _sum(names: list[str], steps: NDArray[np.int64], dt: float) -> Expr:
    """The row of the time, half a step before which its turn begins."""
    begins = [Call("H", (Binary("-", _TIME, Number((step - 0.5) * dt)),)) for step in steps]
    found: Expr = Number(0.0)
    for place, name in enumerate(names):
        now: Expr = begins[place]
        if place + 1 < len(names):
            now = Binary("-", now, begins[place + 1])
        found = (
            Binary("+", found, Binary("*", Symbol(name), now))
            if place
            else Binary("*", Symbol(name), now)
        )
    return found
