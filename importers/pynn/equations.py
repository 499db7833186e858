"""Cells as equations, and the component types that the compiler makes of them.

Values are in PyNN's units (mV, ms, nA, uS, nF), rates per ms; the engine counts time in seconds.
In the names of a step: an event that arrives puts its weight aside at the beginning (``in(r)``);
then all states move together by the classical Runge-Kutta method; then what was put aside is added,
so that a spike shows in full in the sample at its arrival; then the threshold is tested.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from annarchy_ml.expr import Binary, Call, Conditional, Expr, Number, Symbol, parse, substitute
from annarchy_ml.model.component import ComponentType, EventPort, Parameter, Slot
from annarchy_ml.model.dynamics import (
    Action,
    DerivedVariable,
    Dynamics,
    EventOut,
    Move,
    MoveBlock,
    OnCondition,
    OnEvent,
    StateAssignment,
    StateVariable,
)

SPIKE, WEIGHT, INJECTED, LEFT = "spike", "weight", "i_inj", "refractory_left"
SYNAPSE_BASE, JOINED_BASE = "pynnSynapse", "pynnJoined"
TAKEN_BASE = "baseSynapse"
"""What synapses of files extend that hang on cells."""
POTENTIAL, TAKEN = "pynn_potential", "i_taken"
"""The potential of a cell as a voltage; the current of synapses of files, in nA."""
_TAKEN, _TAKEN_SUM = "taken", "taken_sum"
_JOINED = "joined"
"""The sum of the currents of gap junctions with compartments."""
PER_MS = Number(1000.0)
"""From a rate per ms to one per second."""
DT_MS = Binary("*", Symbol("dt"), PER_MS)
STEP = Binary(
    "+", Call("floor", (Binary("+", Binary("/", Symbol("t_prev"), Symbol("dt")), Number(0.5)),)),
    Number(1.0),
)  # fmt: skip
"""The number of steps done at the end of a step."""
BUILTIN: dict[str, Expr] = {"dt_ms": DT_MS, "step_number": STEP}
ZERO, ONE = Number(0.0), Number(1.0)


@dataclass(frozen=True)
class CellEquations:
    """A cell.

    Attributes:
        name: of the model.
        parameters: names of its numbers.
        rates: of its states, per ms.
        receptors: what a spike of weight 1 adds to states, by receptor.
        threshold: when a spike is sent; empty for none.
        reset: what a spike does.
        refractory: for how long states are held, an expression in ms; empty for not at all.
        held: states that stand still while the cell is refractory.
        define: names for parts of the equations.
        before, after: assignments before and after the states have moved, in order.
        longest: step of the method at most [ms]; a longer step of the network is divided.
        fed: states that are filled from outside.
        also: further tests for a spike in the same step, and what each of them resets.
        takes: whether synapses of files hang on it, whose current is called ``i_taken``.
    """

    name: str
    parameters: tuple[str, ...]
    rates: Mapping[str, str]
    receptors: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    threshold: str = ""
    reset: Mapping[str, str] = field(default_factory=dict)
    refractory: str = ""
    held: tuple[str, ...] = ()
    define: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)
    longest: float = float("inf")
    fed: tuple[str, ...] = ()
    also: tuple[tuple[str, Mapping[str, str]], ...] = ()
    takes: bool = False

    @property
    def states(self) -> tuple[str, ...]:
        """All states that a script may see."""
        return tuple(dict.fromkeys((*self.rates, *self.before, *self.after, *self.fed)))


@dataclass(frozen=True)
class Wishes:
    """What a network wants of a type of cell.

    Attributes:
        injected: whether currents are injected.
        divided: steps of the method in a step of the network.
        late: delays [steps] after which synapses hear the spikes of the cell.
        joined: whether gap junctions with compartments give currents.
    """

    injected: bool = False
    divided: int = 1
    late: tuple[int, ...] = ()
    joined: bool = False


def waiting(receptor: str) -> str:
    """The state that holds what has arrived at a receptor in a step."""
    return f"in({receptor})"


def cell_type(cell: CellEquations, name: str, wishes: Wishes) -> ComponentType:
    """The component type of a cell.

    Raises:
        ExprSyntaxError: If an equation cannot be read.
    """
    return _CellType(cell, wishes).made(name)


class _CellType:
    """The component type of one cell."""

    def __init__(self, cell: CellEquations, wishes: Wishes) -> None:
        self.cell = cell
        self.wishes = wishes
        self.known = dict(BUILTIN)
        if not wishes.injected:
            self.known[INJECTED] = Symbol(_JOINED) if wishes.joined else ZERO
        elif wishes.joined:
            self.known[INJECTED] = Binary("+", Symbol(INJECTED), Symbol(_JOINED))
        if cell.takes:
            self.known[TAKEN] = Binary("/", Symbol(_TAKEN_SUM), Symbol("nA"))
        for key, text in cell.define.items():
            self.known[key] = self.read(text)
        self.active = Binary("<", Symbol(LEFT), Number(0.5)) if cell.refractory else None

    def read(self, text: str) -> Expr:
        return substitute(parse(text), self.known)

    def made(self, name: str) -> ComponentType:
        """The whole type."""
        cell = self.cell
        states = [*cell.states, *map(waiting, cell.receptors)]
        if cell.refractory:
            states.append(LEFT)
        properties = [INJECTED] if self.wishes.injected else []
        slots = [Slot("synapses", SYNAPSE_BASE, "attachments")]
        derived: list[DerivedVariable] = []
        units: tuple[Parameter, ...] = ()
        if cell.takes:
            slots.append(Slot(_TAKEN, TAKEN_BASE, "attachments"))
            derived += _TAKING
            units = _UNITS
        if self.wishes.joined:
            slots.append(Slot(_JOINED, JOINED_BASE, "attachments"))
            derived.append(DerivedVariable(_JOINED, "none", select=f"{_JOINED}[*]/i", reduce="add"))
        dynamics = Dynamics(
            states=tuple(StateVariable(item, "none", item) for item in states),
            derived=tuple(derived),
            conditions=tuple(self._conditions()),
            events=tuple(_arrival(item) for item in cell.receptors),
            blocks=tuple(self._blocks()),
            in_order=True,
        )
        ports = [EventPort(item, "in") for item in cell.receptors]
        if cell.threshold:
            ports.append(EventPort(SPIKE, "out"))
        return ComponentType(
            name,
            parameters=(
                *(Parameter(item, "none", default="0") for item in cell.parameters),
                Parameter(WEIGHT, "none", "property", "1"),
                *(Parameter(item, "none", "property", "0") for item in properties),
                *units,
            ),
            ports=tuple(ports),
            slots=tuple(slots),
            dynamics=dynamics,
        )

    def _blocks(self) -> Iterable[MoveBlock]:
        for name, text in self.cell.before.items():
            yield _assigned(name, self.read(text))
        moves = tuple(Move(name, self._rate(name), "rk4") for name in self.cell.rates)
        if moves:
            yield from [MoveBlock(moves)] * self.wishes.divided
        for receptor, changes in self.cell.receptors.items():
            for name, factor in changes.items():
                yield _assigned(name, self._arrived(receptor, name, self.read(factor)))
            yield _assigned(waiting(receptor), ZERO)
        for name, text in self.cell.after.items():
            yield _assigned(name, self.read(text))
        if self.active is not None:
            yield _assigned(LEFT, Call("max", (Binary("-", Symbol(LEFT), ONE), ZERO)))

    def _rate(self, name: str) -> Expr:
        scale = Number(1000.0 / self.wishes.divided)
        rate = Binary("*", scale, self.read(self.cell.rates[name]))
        return self._unless_held(name, rate, ZERO)

    def _unless_held(self, name: str, moving: Expr, still: Expr) -> Expr:
        if self.active is None or name not in self.cell.held:
            return moving
        return Conditional(self.active, moving, still)

    def _arrived(self, receptor: str, name: str, factor: Expr) -> Expr:
        added: Expr = Symbol(waiting(receptor))
        if factor != ONE:
            added = Binary("*", added, factor)
        return self._unless_held(name, Binary("+", Symbol(name), added), Symbol(name))

    def _conditions(self) -> Iterable[OnCondition]:
        cell = self.cell
        if not cell.threshold:
            return
        actions: list[Action] = [
            StateAssignment(name, self.read(text)) for name, text in cell.reset.items()
        ]
        if cell.refractory:
            length = Binary("/", self.read(cell.refractory), DT_MS)
            whole = Call("floor", (Binary("+", length, Number(0.5)),))
            actions.append(StateAssignment(LEFT, whole))
        yield OnCondition(self.read(cell.threshold), (*actions, EventOut(SPIKE)))
        for test, reset in cell.also:
            again = [StateAssignment(name, self.read(text)) for name, text in reset.items()]
            yield OnCondition(self.read(test), (*again, EventOut(SPIKE)))


_TAKING = (
    DerivedVariable(POTENTIAL, "voltage", parse("v * mV")),
    DerivedVariable(_TAKEN_SUM, "current", select=f"{_TAKEN}[*]/i", reduce="add"),
)
_UNITS = (
    Parameter("mV", "voltage", "constant", "1 mV"),
    Parameter("nA", "current", "constant", "1 nA"),
)


def _assigned(name: str, value: Expr) -> MoveBlock:
    return MoveBlock((Move(name, value),))


def _arrival(receptor: str) -> OnEvent:
    name = waiting(receptor)
    value = Binary("+", Symbol(name), Symbol(WEIGHT))
    return OnEvent(receptor, (StateAssignment(name, value),))
