"""The equations of a group in one piece, and the numbers of those that are linear.

iMemb = g * (E - v) + iSyn, dv/dt = iMemb / C
->  the rate of v: (g * (E - v) + iSyn) / C; by v: -g / C, by iSyn: 1 / C
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.exporters.nir.wanted import Formed, refused
from annarchy_ml.expr import Expr, Number, Symbol, free_symbols, substitute
from annarchy_ml.expr.arrays import evaluate_arrays
from annarchy_ml.expr.derivative import NoDerivative, derivative
from annarchy_ml.expr.traverse import is_stochastic
from annarchy_ml.kernels.nodes import Emit, Role, Set, Statement, When
from annarchy_ml.model.system import EquationSystem, Part, RegimeEquations

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

_ZERO: Expr = Number(0.0)


@dataclass(slots=True)
class Equations:
    """The equations of a group, derived values put into what reads them.

    Attributes:
        formed: the group.
        known: derived values by name, of states, parameters and what comes from outside.
        rates: of states, by name.
        conditions: what happens when, in order.
        cleared: states that are 0 after each step.
        values: of parameters, shape (size,) or (1,).
    """

    formed: Formed
    known: dict[str, Expr] = field(default_factory=dict)
    rates: dict[str, Expr] = field(default_factory=dict)
    conditions: list[When] = field(default_factory=list)
    cleared: set[str] = field(default_factory=set)
    values: Mapping[str, Numbers] = field(init=False)

    def __post_init__(self) -> None:
        self.values = self.formed.values()
        for part in self.formed.system.parts:
            self._read(part)

    @property
    def name(self) -> str:
        """Of the group."""
        return self.formed.group.name

    @property
    def label(self) -> str:
        """Name and type of the group, for messages."""
        return f"'{self.name}' ({self.formed.group.root.type.name})"

    @property
    def system(self) -> EquationSystem:
        """As it was flattened."""
        return self.formed.system

    @property
    def size(self) -> int:
        """Number of instances."""
        return self.formed.group.size

    def slope(self, e: Expr, name: str) -> Numbers | None:
        """The derivative by a state or input, shape (size,); None where it does not appear.

        Raises:
            UsageError: If it is not constant.
        """
        if name not in free_symbols(e):
            return None
        try:
            found = derivative(e, name)
        except NoDerivative:
            raise refused(self.label, f"how '{name}' acts") from None
        return self.number(found, f"that '{name}' acts other than linearly")

    def rest(self, e: Expr, names: Iterable[str]) -> Numbers:
        """The value of a linear expression where states and inputs are 0, shape (size,)."""
        own = substitute(e, dict.fromkeys(names, _ZERO))
        return self.number(own, "values that depend on more than its states")

    def check_quiet(self, read: Expr, driver: str = "") -> set[str]:
        """Refuses states that move without spikes; gives those that lead to what is read.

        Args:
            read: what they lead to.
            driver: the state that reads them, if one does.

        Raises:
            UsageError: If one of them moves, or they act on each other in a ring.
        """
        before = {name: self._states(rate) - {name} for name, rate in self.rates.items()}
        found = _closure(self._states(read) - {driver}, before)
        if driver in found:
            ring = min(name for name in found if driver in before.get(name, ()))
            raise refused(self.label, f"that '{driver}' acts on '{ring}' (adaptation)")
        for name in sorted(found - self.cleared):
            if name not in self.rates:
                raise refused(self.label, f"'{name}', which acts and has no rate")
            if name in _closure(before[name], before):
                raise refused(self.label, f"that '{name}' acts on what acts on it")
            if np.any(self.rest(self.rates[name], {*self.rates, *self.cleared}) != 0.0):
                raise refused(self.label, f"that '{name}' moves without spikes")
            if np.any(self.start(name) != 0.0):
                raise refused(self.label, f"that '{name}' starts away from 0")
        return found

    def start(self, name: str) -> Numbers:
        """Where a state starts, shape (size,)."""
        found = np.zeros(self.size)
        for part in self.system.parts:
            for item in (*part.on_start, *part.on_regime_start):
                if isinstance(item, Set) and item.name == name:
                    found = self.number(self.whole(item.value), f"where '{name}' starts")
        given = self.formed.group.starts.get(name)
        if given is None or not len(given):
            return found
        return np.where(np.isnan(given), found, np.asarray(given, float))

    def _states(self, e: Expr) -> set[str]:
        roles = {name: item.role for name, item in self.system.variables.items()}
        return {name for name in free_symbols(e) if roles.get(name) is Role.STATE}

    def number(self, e: Expr, why: str) -> Numbers:
        """The value of an expression of parameters, shape (size,).

        Raises:
            UsageError: If it depends on anything else; ``why`` says what NIR cannot say then.
        """
        if is_stochastic(e) or free_symbols(e) - self.values.keys():
            raise refused(self.label, why)
        found = np.asarray(evaluate_arrays(e, self.values), float)
        return np.array(np.broadcast_to(found, (self.size,)))

    def whole(self, e: Expr) -> Expr:
        """An expression with derived values put in."""
        return substitute(e, self.known)

    def _read(self, part: Part) -> None:
        if part.scheme is not None:
            raise refused(self.label, f"the kinetic scheme of '{part.path or part.type_name}'")
        for item in (*part.requirements, *part.derived):
            self.known[item.name] = self.whole(item.value)
        for block in part.blocks:
            for move in block.moves:
                if move.test is not None and self.formed.group.attachment is not None:
                    raise refused(self.label, f"synapses with an equation of '{move.variable}'")
                if move.test is not None:
                    raise refused(self.label, "a refractory period", "leave it out")
                if move.low is not None or move.high is not None or move.draws:
                    raise refused(self.label, f"bounds or random numbers of '{move.variable}'")
                if move.method != "assign":
                    self.rates[move.variable] = self.whole(move.value)
                elif move.value != Symbol(move.variable):
                    self.known[move.variable] = self.whole(move.value)
        for item in part.rates:
            self.rates[item.name] = self.whole(item.value)
        conditions = part.conditions
        if part.regimes:
            conditions += self._regimes(part)
        for exposure, variable in part.published:
            self.known[exposure] = self.known.get(variable, Symbol(variable))
        for statement in conditions:
            self._condition(statement)

    def _condition(self, statement: Statement) -> None:
        if not isinstance(statement, When) or statement.most != 1:
            raise refused(self.label, "what its equations do in each step")
        test = self.whole(statement.test)
        if not free_symbols(test) and not is_stochastic(test):
            for item in statement.body if evaluate_arrays(test, {}) else ():
                if not isinstance(item, Set) or item.value != _ZERO:
                    raise refused(self.label, "assignments in each step")
                self.cleared.add(item.name)
            return
        self.conditions.append(When(test, statement.body))

    def _regimes(self, part: Part) -> tuple[Statement, ...]:
        """The conditions of the regime in which the states move, if the other one ends at once."""
        moving = [item for item in part.regimes if item.rates]
        waiting = [item for item in part.regimes if not item.rates]
        if len(moving) != 1 or any(not self._is_over(item, part) for item in waiting):
            raise refused(
                self.label,
                "a refractory period, or other regimes",
                "set it to 0, if the model is meant to do without",
            )
        for item in moving[0].derived:
            self.known[item.name] = self.whole(item.value)
        for item in moving[0].rates:
            self.rates[item.name] = self.whole(item.value)
        return tuple(
            When(item.test, tuple(one for one in item.body if not _sets(one, part.regime)))
            for item in moving[0].conditions
            if isinstance(item, When)
        )

    def _is_over(self, regime: RegimeEquations, part: Part) -> bool:
        """Whether a regime that begins at a spike ends at the same time."""
        if len(regime.conditions) != 1 or regime.derived:
            return False
        condition = regime.conditions[0]
        if not isinstance(condition, When) or not all(
            _sets(item, part.regime) for item in condition.body
        ):
            return False
        waits = getattr(condition.test, "right", _ZERO)
        since = {"t"} | {
            name for name, item in self.system.variables.items() if item.role is Role.STATE
        }
        if getattr(condition.test, "left", None) != Symbol("t"):
            return False
        return not np.any(self.rest(self.whole(waits), since))


def _closure(names: Iterable[str], before: Mapping[str, set[str]]) -> set[str]:
    """Names, and all that lead to them."""
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += before.get(name, ())
    return found


def _sets(statement: Statement, name: str) -> bool:
    return isinstance(statement, Set) and statement.name == name


def emits(condition: When) -> bool:
    """Whether a condition sends events."""
    return any(isinstance(item, Emit) for item in condition.body)
