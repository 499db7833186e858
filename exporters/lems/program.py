"""Equations in the order in which they are written, as LEMS's dynamics.

    I = ...                    DerivedVariable I: computed before the rates, from the values before
    tau*dv/dt = -v + I         TimeDerivative v: forward Euler, all rates from the values before
    r = pos(v)                 OnCondition, always: r is assigned the new v
    spike, reset               OnCondition

A step of a LEMS simulator that integrates by Euler's method has this order: arrived events, derived
variables, rates, conditions in the order of the file. What the equations do in another order is
refused, or with ``exact=False`` written as if the order did not matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from annarchy_ml.exporters.lems.expressions import ONE, ZERO, as_sum, number, refused, test
from annarchy_ml.expr import (
    Binary,
    Call,
    Conditional,
    Expr,
    Number,
    Symbol,
    free_symbols,
    substitute,
)
from annarchy_ml.model.dynamics import (
    Dynamics,
    EventOut,
    Move,
    MoveBlock,
    OnCondition,
    StateAssignment,
)

DT = Symbol("dt")
ALWAYS = Binary(">", DT, ZERO)
CHOICE = "choice "
"""What names of derived variables begin with that stand for a choice within an expression."""
PLAIN = "exact=False writes the equations alone, for whatever method and order the simulator has"


@dataclass(slots=True)
class Derived:
    """A derived variable; with a condition it is that value or another."""

    name: str
    value: Expr


Action = StateAssignment | EventOut


@dataclass(slots=True)
class Steps:
    """What LEMS does in a step.

    Attributes:
        states: names of state variables.
        derived: in the order in which they were written.
        derivatives: rates per unit of the time of the equations, by state.
        conditions: tests with their actions, in order.
        events: actions by port.
    """

    states: list[str] = field(default_factory=list)
    derived: list[Derived] = field(default_factory=list)
    derivatives: dict[str, Expr] = field(default_factory=dict)
    conditions: list[tuple[Expr, list[Action]]] = field(default_factory=list)
    events: dict[str, list[Action]] = field(default_factory=dict)

    def choose(self, e: Conditional) -> Expr:
        """A choice as a derived variable of its own."""
        name = f"{CHOICE}{len(self.derived)}"
        self.derived.append(Derived(name, e))
        return Symbol(name)


class Program:
    """The dynamics of one type.

    Attributes:
        steps: what was made so far.
    """

    def __init__(
        self,
        what: str,
        dynamics: Dynamics,
        arrivals: Mapping[str, Expr],
        exact: bool,
        shared: frozenset[str] = frozenset(),
    ) -> None:
        """Begins with the states.

        Args:
            what: whose equations they are, for messages.
            dynamics: equations in order.
            arrivals: what is added to a state at the beginning of a step, by state.
            exact: whether a step has to give the same numbers.
            shared: what others read from one step to the next, so that it has a start value.
        """
        self._shared = shared
        self.what = what
        self.dynamics = dynamics
        self.exact = exact
        self.steps = Steps([item.name for item in dynamics.states])
        self._moves = [move for block in dynamics.blocks for move in block.moves]
        self._set = _assigned(dynamics)
        self._env: dict[str, Expr] = {}
        self._moved: set[str] = set()
        self._kept: set[str] = set()  # what an assignment has given a value for the rates
        self._read: set[str] = set()
        self._late_reads: set[str] = set()
        self._arrivals = self._arrived(arrivals)

    def made(self) -> Steps:
        """All of it."""
        for block in self.dynamics.blocks:
            if len(block.moves) == 1 and block.moves[0].method == "assign":
                self._assign(block.moves[0])
            else:
                self._rates(block)
        for name, value in self._arrivals.items():
            if name not in self._moved and name not in self._kept:
                self.steps.derivatives[name] = Binary("/", self._early(value), DT)
        for item in self.dynamics.conditions:
            self._condition(item)
        return self.steps

    def _arrived(self, arrivals: Mapping[str, Expr]) -> dict[str, Expr]:
        """States to which something is added; those that are zeroed after it hold just that."""
        kept = {}
        for name, value in arrivals.items():
            zeroed = self._set.get(name) == {ZERO} and self._zeroed(name)
            if zeroed and all(item.variable != name for item in self._moves):
                self.steps.states.remove(name)
                self._derive(name, value)
                continue
            now = f"{name} now"
            total = Binary("+", Symbol(name), value)
            self._derive(now, total)
            self._env[name] = Symbol(now)
            kept[name] = value
        return kept

    def _zeroed(self, name: str) -> bool:
        """Whether a state is set at the end of every step, and nowhere else."""
        where = [item for item in self.dynamics.conditions if name in _targets(item)]
        return len(where) == 1 and _holds_always(where[0].test)

    def _derive(self, name: str, e: Expr) -> None:
        """One more derived variable, of the values before the rates."""
        value = self._early(e)
        last = self.steps.derived[-1] if self.steps.derived else None
        if last is not None and value == Symbol(last.name) and last.name.startswith(CHOICE):
            last.name = name
        else:
            self.steps.derived.append(Derived(name, value))

    def _early(self, e: Expr) -> Expr:
        """An expression of the values before the rates."""
        return number(substitute(e, self._env), self.steps.choose, self.what)

    def _late(self, e: Expr) -> Expr:
        """An expression of the values as they are when a condition is looked at."""
        return number(e, as_sum, self.what)

    def _assign(self, move: Move) -> None:
        reads = _reads(move)
        if self.exact and ((reads | {move.variable}) & self._moved):
            self._assign_late(move, reads)
        else:
            self._assign_early(move, reads)

    def _assign_early(self, move: Move, reads: set[str]) -> None:
        name = move.variable
        if self._is_pure(move, reads):
            self.steps.states.remove(name)
            self._derive(name, _bounded(move, move.value))
            self._read |= reads
            return
        self._read |= reads
        value = _bounded(move, move.value)
        if move.test is not None:
            value = Conditional(move.test, value, Symbol(name))
        now = f"{name} now" if name not in self._env else f"{name} then"
        if any(item.name == now for item in self.steps.derived):
            raise refused(self.what, f"that '{name}' is assigned so often in a step")
        self._derive(now, value)
        self._env[name] = Symbol(now)
        self._kept.add(name)
        self.steps.conditions.append((ALWAYS, [StateAssignment(name, Symbol(now))]))

    def _is_pure(self, move: Move, reads: set[str]) -> bool:
        """Whether a variable is nothing but the value that it is assigned in each step."""
        name = move.variable
        once = sum(item.variable == name for item in self._moves) == 1
        apart = name not in self._set and name not in self._env and name not in reads
        return once and apart and move.test is None and name not in self._read | self._shared

    def _assign_late(self, move: Move, reads: set[str]) -> None:
        value = self._late(_bounded(move, move.value))
        when = ALWAYS if move.test is None else test(move.test, as_sum, self.what)
        self.steps.conditions.append((when, [StateAssignment(move.variable, value)]))
        self._moved.add(move.variable)
        self._late_reads |= reads

    def _rates(self, block: MoveBlock) -> None:
        for move in block.moves:
            self._check_rate(move)
        made = {item.variable: self._rate(item) for item in block.moves}
        for move in block.moves:
            self.steps.derivatives[move.variable] = made[move.variable]
            self._moved.add(move.variable)
            self._read |= _reads(move)
            self._bound(move)

    def _check_rate(self, move: Move) -> None:
        """Refuses rates that see what the step has changed already."""
        if not self.exact:
            return
        name, seen = move.variable, _reads(move) & self._moved
        if seen:
            listed = ", ".join(sorted(seen))
            raise refused(self.what, f"that the rate of '{name}' reads the new '{listed}'", PLAIN)
        if name in self._kept or name in self._late_reads or name in self._moved:
            raise refused(self.what, f"that a step changes '{name}' twice", PLAIN)

    def _rate(self, move: Move) -> Expr:
        rate = _stepped(move, self.what) if self.exact else move.value
        if move.test is not None:
            rate = Conditional(move.test, rate, ZERO)
        made = self._early(rate)
        arrived = self._arrivals.get(move.variable)
        if arrived is None:
            return made
        return Binary("+", made, Binary("/", self._early(arrived), DT))

    def _bound(self, move: Move) -> None:
        """The new value of a state stays within its bounds."""
        own = Symbol(move.variable)
        for limit, beyond in ((move.low, "<"), (move.high, ">")):
            if limit is None:
                continue
            outside: Expr = Binary("<" if beyond == "<" else ">", own, limit)
            if move.test is not None:
                outside = Binary("and", move.test, outside)
            when = test(outside, as_sum, self.what)
            value = self._late(limit)
            self.steps.conditions.append((when, [StateAssignment(move.variable, value)]))

    def _condition(self, item: OnCondition) -> None:
        actions: list[Action] = []
        for action in item.actions:
            if isinstance(action, StateAssignment):
                if action.variable in self.steps.states:
                    actions.append(StateAssignment(action.variable, self._late(action.value)))
            elif isinstance(action, EventOut):
                actions.append(action)
            else:
                raise refused(self.what, f"a {type(action).__name__} at a condition")
        if actions:
            always = _holds_always(item.test)
            when = ALWAYS if always else test(item.test, as_sum, self.what)
            self.steps.conditions.append((when, actions))


def _assigned(dynamics: Dynamics) -> dict[str, set[Expr]]:
    """What conditions and events assign, by state."""
    found: dict[str, set[Expr]] = {}
    for condition in dynamics.conditions:
        for action in condition.actions:
            if isinstance(action, StateAssignment):
                found.setdefault(action.variable, set()).add(action.value)
    for event in dynamics.events:
        for action in event.actions:
            if isinstance(action, StateAssignment):
                found.setdefault(action.variable, set())
    return found


def _targets(item: OnCondition) -> list[str]:
    return [action.variable for action in item.actions if isinstance(action, StateAssignment)]


def _holds_always(e: Expr) -> bool:
    plain = isinstance(e, Binary) and isinstance(e.left, Number) and isinstance(e.right, Number)
    return plain and isinstance(e, Binary) and e.op == "==" and e.left == e.right


def _reads(move: Move) -> set[str]:
    parts = (move.value, move.low, move.high, move.test, *(item for _, item in move.slopes))
    return set().union(*(free_symbols(item) for item in parts if item is not None))


def _bounded(move: Move, value: Expr) -> Expr:
    if move.low is not None:
        value = Call("max", (value, move.low))
    if move.high is not None:
        value = Call("min", (value, move.high))
    return value


def _stepped(move: Move, what: str) -> Expr:
    """The rate with which Euler's method makes the step of another method."""
    if move.method == "explicit":
        return move.value
    if move.draws:
        raise refused(what, f"the random slope of '{move.variable}'", PLAIN)
    slope = dict(move.slopes).get(move.variable, ZERO)
    change = Binary("*", DT, slope)
    if slope == ZERO and move.method in ("exponential", "semiimplicit"):
        return move.value
    if move.method == "semiimplicit":
        return Binary("/", move.value, Binary("-", ONE, change))
    if move.method != "exponential":
        raise refused(what, f"the method '{_told(move.method)}' of '{move.variable}'", PLAIN)
    gain: Expr = Binary("/", Binary("-", Call("exp", (change,)), ONE), change)
    if not _never_zero(slope):
        gain = Conditional(Binary("==", slope, ZERO), ONE, gain)
    return Binary("*", move.value, gain)


def _told(method: str) -> str:
    return "implicit" if method == "newton" else method


def _never_zero(e: Expr) -> bool:
    """Whether a slope is a number over something."""
    while isinstance(e, Binary) and e.op == "/":
        e = e.left
    while not isinstance(e, Number) and len(e.operands) == 1:
        e = e.operands[0]
    return isinstance(e, Number) and e.value != 0.0
