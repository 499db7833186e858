"""Component types of equations as LEMS elements.

Their numbers have no dimension: times within them count the unit of the equations, which ``MSEC``
is; ``dt`` is the step in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element, SubElement

from annarchy_ml.exporters.lems.expressions import refused
from annarchy_ml.exporters.lems.names import Names
from annarchy_ml.exporters.lems.program import CHOICE, Action, Derived, Program, Steps
from annarchy_ml.exporters.lems.rewriting import mapped_dynamics
from annarchy_ml.expr import (
    Binary,
    Call,
    Conditional,
    Expr,
    Number,
    Symbol,
    free_symbols,
    rename,
    substitute,
)
from annarchy_ml.expr.pretty import pretty
from annarchy_ml.model.component import ComponentType
from annarchy_ml.model.dynamics import Dynamics, StateAssignment

WEIGHT, SPIKING, CELL = "weight", "baseSpikingCell", "baseCell"
ATTACHED = "attached"
"""Where rates go in and out: a tunnel ends at the only attachments of a neuron."""
_TIME = Binary("-", Binary("/", Symbol("t"), Symbol("MSEC")), Symbol("dt"))
"""The time at the start of a step: that of the simulator is at its end."""


@dataclass(slots=True)
class Acting:
    """Synapses of one type on neurons of one type.

    Attributes:
        slot: of the neurons, in which they hang.
        type: their type.
        gives: what they expose, by the state or property of the neuron to which it is added.
        parameters: their names.
        names: what parameters and variables are called in the file.
    """

    slot: str
    type: str
    gives: dict[str, str]
    parameters: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Kind:
    """What a network makes of a type of neurons.

    Attributes:
        type: the type.
        acting: what hangs on its neurons and gives them what spikes do.
        filled: what sums of rates fill, in the order in which it was met.
        means: what means of rates fill, what adds up their terms, and what counts them.
        tunnels: whether rates go from or to its neurons.
        started: states with a start value.
        wanted: what is recorded of them.
        shared: what others read of them, from one step to the next.
        names: of its parameters, states and derived variables.
    """

    type: ComponentType
    acting: list[Acting] = field(default_factory=list)
    filled: list[str] = field(default_factory=list)
    means: list[tuple[str, str, str]] = field(default_factory=list)
    tunnels: bool = False
    started: list[str] = field(default_factory=list)
    wanted: set[str] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)
    names: Names = field(default_factory=lambda: Names(()))

    @property
    def attached(self) -> str:
        """The type of what rates go through on its neurons."""
        return f"{self.type.name}_attached"

    def given(self, into: str) -> str:
        """What all of it exposes of what fills a property."""
        return f"into_{self.filled.index(into)}"


def start_of(state: str) -> str:
    """The parameter that holds the start value of a state."""
    return f"{state}_start"


@dataclass(frozen=True, slots=True)
class Clock:
    """The step and the unit of time, as LEMS writes them."""

    dt: float
    unit: str = "ms"


class TypeWriter:
    """One component type as an element."""

    def __init__(self, element: Element, names: Names) -> None:
        self.element = element
        self.names = names

    def text(self, e: Expr) -> str:
        """An expression in the names of the file."""
        return pretty(rename(e, self.names.of), portable=True)

    def constants(self, clock: Clock) -> None:
        """The unit of time and the step."""
        add(self.element, "Constant", name="MSEC", dimension="time", value=f"1{clock.unit}")
        add(self.element, "Constant", name="dt", dimension="none", value=repr(clock.dt))

    def parameters(self, given: Iterable[str]) -> None:
        """Parameters without a dimension."""
        for name in given:
            add(self.element, "Parameter", name=self.names.of[name], dimension="none")

    def exposed(self, given: Iterable[str]) -> None:
        """Exposures without a dimension."""
        for name in given:
            if name.startswith(CHOICE):
                continue
            add(self.element, "Exposure", name=self.names.of[name], dimension="none")

    def dynamics(self, steps: Steps, starts: dict[str, Expr], sums: dict[str, str]) -> None:
        """The dynamics: states, derived variables, rates, conditions, events."""
        made = SubElement(self.element, "Dynamics")
        for name in steps.states:
            own = self.names.of[name]
            add(made, "StateVariable", name=own, dimension="none", exposure=own)
        for name, path in sums.items():
            given = {"name": self.names.of[name], "dimension": "none", "select": path}
            add(made, "DerivedVariable", **given, reduce="add")
        chosen: set[str] = set()  # what depends on a choice: jLEMS checks it behind all the rest
        for item in steps.derived:
            if isinstance(item.value, Conditional) or free_symbols(item.value) & chosen:
                chosen.add(item.name)
            self._derived(made, item, item.name in chosen)
        for name, rate in steps.derivatives.items():
            value = self.text(Binary("/", rate, Symbol("MSEC")))
            add(made, "TimeDerivative", variable=self.names.of[name], value=value)
        begun = {name: e for name, e in starts.items() if name in steps.states}
        if begun:
            start = SubElement(made, "OnStart")
            self._actions(start, [StateAssignment(name, e) for name, e in begun.items()])
        for when, actions in steps.conditions:
            self._actions(add(made, "OnCondition", test=self.text(when)), actions)
        for port, actions in steps.events.items():
            self._actions(add(made, "OnEvent", port=port), actions)

    def _derived(self, made: Element, item: Derived, chosen: bool) -> None:
        own, value = self.names.of[item.name], item.value
        known = {"name": own, "dimension": "none"}
        if not item.name.startswith(CHOICE):
            known["exposure"] = own
        if not chosen:
            add(made, "DerivedVariable", **known, value=self.text(value))
            return
        cases = add(made, "ConditionalDerivedVariable", **known)
        if isinstance(value, Conditional):
            add(cases, "Case", condition=self.text(value.test), value=self.text(value.then))
            value = value.otherwise
        add(cases, "Case", value=self.text(value))

    def _actions(self, made: Element, actions: Iterable[Action]) -> None:
        for item in actions:
            if isinstance(item, StateAssignment):
                value = self.text(item.value)
                add(made, "StateAssignment", variable=self.names.of[item.variable], value=value)
            else:
                add(made, "EventOut", port=item.port)


def add(parent: Element, tag: str, **attributes: str) -> Element:
    """One more element inside another."""
    return SubElement(parent, tag, attributes)


def neuron_element(kind: Kind, clock: Clock, exact: bool) -> Element:
    """The component type of neurons."""
    made, dynamics = kind.type, kind.type.dynamics
    assert dynamics is not None
    what = f"the neurons '{made.name}'"
    if kind.tunnels and kind.acting:
        raise refused(what, "sums of rates and spikes that arrive at the same neurons")
    sums, totals = _sums(kind)
    unfed = {
        item.name: Number(float(item.default or 0.0))
        for item in made.parameters
        if item.kind == "property" and item.name not in totals and item.name != WEIGHT
    }
    states = {item.name for item in dynamics.states}
    known = without_events(timed(dynamics, {**unfed, **_properties(totals, states)}))
    arrivals = {name: value for name, value in totals.items() if name in states}
    program = Program(what, known, arrivals, exact, frozenset(kind.shared))
    steps = _pruned(program.made(), kind.wanted | kind.shared)
    parameters = [item.name for item in made.parameters if item.kind == "parameter"]
    starts = [name for name in kind.started if name in steps.states]
    begun: dict[str, Expr] = {name: Symbol(start_of(name)) for name in starts}
    shown = [*steps.states, *(item.name for item in steps.derived)]
    kind.names = Names([*parameters, *map(start_of, starts), *shown, *sums])
    kind.started = starts
    out = [item.name for item in made.ports if item.direction == "out"]
    element = Element("ComponentType", name=made.name, extends=SPIKING if out else CELL)
    other = [name for name in out if name != "spike"]
    if other:
        raise refused(what, f"events of a second kind, '{other[0]}'")
    writer = TypeWriter(element, kind.names)
    if kind.tunnels:
        add(element, "Attachments", name=ATTACHED, type=kind.attached)
    for item in kind.acting:
        add(element, "Attachments", name=item.slot, type=item.type)
    writer.parameters([*parameters, *map(start_of, starts)])
    writer.constants(clock)
    writer.exposed(shown)
    writer.dynamics(steps, begun, sums)
    return element


def _sums(kind: Kind) -> tuple[dict[str, str], dict[str, Expr]]:
    """Sums over what hangs on a neuron, as paths, and what they add up to, by what they fill."""
    sums: dict[str, str] = {}
    totals: dict[str, Expr] = {}
    for item in kind.acting:
        for into, exposed in item.gives.items():
            name = f"from {item.slot} {into}"
            sums[name] = f"{item.slot}[*]/{exposed}"
            before = totals.get(into)
            own = Symbol(name)
            totals[into] = own if before is None else Binary("+", before, own)
    for into in kind.filled:
        name = f"all {into}"
        sums[name] = f"{ATTACHED}[*]/{kind.given(into)}"
        totals[into] = Symbol(name)
    for into, total, count in kind.means:
        mean = _mean(totals.pop(total), totals.pop(count))
        totals[into] = Binary("+", totals[into], mean) if into in totals else mean
    return sums, totals


def _mean(total: Expr, count: Expr) -> Expr:
    """A sum divided by the number of its terms; 0 without terms."""
    none = Binary("-", Number(1.0), Call("H", (Binary("-", count, Number(0.5)),)))
    return Binary("/", total, Binary("+", count, none))


def _properties(totals: dict[str, Expr], states: set[str]) -> dict[str, Expr]:
    return {name: value for name, value in totals.items() if name not in states}


def without_events(dynamics: Dynamics) -> Dynamics:
    """What arrives is added up by what hangs on the neurons."""
    return replace(dynamics, events=())


def timed(dynamics: Dynamics, values: dict[str, Expr]) -> Dynamics:
    """Dynamics in LEMS's time, with values in the place of names."""
    known = {**values, "t_prev": _TIME}
    return mapped_dynamics(dynamics, lambda e: substitute(e, known))


def _pruned(steps: Steps, wanted: set[str]) -> Steps:
    """Without what nobody reads, assigns or records: copies of values, states without equations."""
    read = wanted | names_read(steps)
    changed = set(steps.derivatives)
    for _, actions in steps.conditions:
        changed |= {item.variable for item in actions if isinstance(item, StateAssignment)}
    steps.derived = [
        item for item in steps.derived if item.name in read or not isinstance(item.value, Symbol)
    ]
    steps.states = [name for name in steps.states if name in read or name in changed]
    return steps


def names_read(steps: Steps) -> set[str]:
    """Names that anything reads."""
    found: list[Expr] = [item.value for item in steps.derived]
    found += steps.derivatives.values()
    blocks = [actions for _, actions in steps.conditions] + list(steps.events.values())
    found += [when for when, _ in steps.conditions]
    for actions in blocks:
        found += [item.value for item in actions if isinstance(item, StateAssignment)]
    return set().union(*(free_symbols(item) for item in found))
