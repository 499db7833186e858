"""Neurons as component types of the shared model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from annarchy_ml.expr import Binary, Call, Conditional, Expr, Number, Symbol, free_symbols
from annarchy_ml.importers.equations.neuron import Neuron, reduced
from annarchy_ml.importers.equations.statements import Equation
from annarchy_ml.importers.equations.types import (
    ACTIVE,
    AXON_SPIKE,
    DT,
    LEFT,
    RANK,
    REFRACTORY,
    SPIKE,
    T_LAST,
    WEIGHT,
    TypeMaker,
    bounded,
    engine_name,
    engine_sum,
    seen,
    time_at,
)
from annarchy_ml.importers.equations.vocabulary import ONE, ZERO, add
from annarchy_ml.model.component import ComponentType, EventPort, Parameter, Slot
from annarchy_ml.model.dynamics import (
    Dynamics,
    EventOut,
    Move,
    MoveBlock,
    OnCondition,
    OnEvent,
    StateAssignment,
    StateVariable,
)

RATE, COUNTED = "r", "counted()"
STOP, STOPPED = "stop()", "stopped()"
"""States: whether a neuron ends the run, and whether all or one of them do."""


@dataclass(frozen=True)
class Wishes:
    """What a network wants of a type of neuron.

    Attributes:
        targets: of the projections that reach it.
        constants: names of constants that its equations use.
        refractory: whether its neurons can be refractory.
        method: of rates that name none.
        reductions: values over all neurons that somebody reads, such as ``mean(r)``.
        fed: parameters that other parts of the engine change while it runs.
        injected: targets into which rate-coded neurons inject currents.
        decoded: (target, projection) where spikes are counted for a rate-coded neuron.
        stop: what ends a run, where a run may end by a condition.
        timed: whether synapses read when its neurons have spiked.
        ranked: whether synapses draw random numbers that those of a neuron share.
        window: over how long spikes are counted for the firing rate [ms]; 0: they are not.
    """

    targets: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    refractory: bool = False
    method: str = "explicit"
    reductions: tuple[str, ...] = ()
    fed: tuple[str, ...] = ()
    injected: tuple[str, ...] = ()
    decoded: tuple[tuple[str, str], ...] = ()
    stop: Expr | None = None
    window: float = 0.0
    timed: bool = False
    ranked: bool = False


def injected(target: str) -> str:
    """The state that holds the current which rate-coded neurons inject into a target."""
    return f"current({target})"


def decoded(projection: str) -> str:
    """The port at which spikes arrive, and the state that holds what those in a window gave."""
    return f"decoded({projection})"


def forgotten(projection: str) -> str:
    """The port at which spikes arrive again when they leave the window."""
    return f"forgotten({projection})"


def scale(projection: str) -> str:
    """The parameter that turns what spikes have given into a rate."""
    return f"scale({projection})"


def neuron_type(neuron: Neuron, name: str, wishes: Wishes) -> ComponentType:
    """The component type of a neuron.

    Raises:
        EquationError: If the method does not suit an equation.
    """
    return _NeuronType(neuron, wishes).made(name)


class _NeuronType(TypeMaker):
    """The component type of one neuron."""

    def __init__(self, neuron: Neuron, wishes: Wishes) -> None:
        super().__init__(neuron, wishes.method)
        self.neuron = neuron
        self.wishes = wishes
        self.targets = tuple(dict.fromkeys((*neuron.targets, *wishes.targets)))
        if neuron.spiking:
            self.targets = tuple(item for item in self.targets if item not in neuron.summed)
        self.refractory = wishes.refractory or neuron.refractory is not None
        for item in wishes.targets:
            self.all_sums = add(self.all_sums, Symbol(engine_sum(item)))

    @property
    def moving(self) -> tuple[str, ...]:
        """Parameters that are kept as states: others read them there, or change them."""
        found = dict.fromkeys(item for item in self.wishes.fed if item in self.neuron.parameters)
        if not self.neuron.spiking and RATE in self.neuron.parameters:
            found[RATE] = None
        names = (reduced(item) for item in self.wishes.reductions)
        found.update(dict.fromkeys(item for item in names if item in self.neuron.parameters))
        return tuple(found)

    def made(self, name: str) -> ComponentType:
        """The whole type."""
        neuron = self.neuron
        states = [engine_name(item) for item in (*neuron.variables, *self.moving)]
        states += [item for item in self._states() if item not in states]
        events = self._events()
        dynamics = Dynamics(
            states=tuple(StateVariable(item, "none", item) for item in states),
            conditions=self._conditions(),
            events=tuple(events),
            blocks=tuple(self._program()),
            in_order=True,
        )
        ports = [EventPort(item.port, "in") for item in events]
        if neuron.spiking:
            ports.append(EventPort(SPIKE, "out"))
        if neuron.axon_spike is not None:
            ports.append(EventPort(AXON_SPIKE, "out"))
        return ComponentType(
            name,
            parameters=tuple(self._parameters()),
            ports=tuple(ports),
            slots=(Slot("synapses", "equationSynapse", "attachments"),),
            dynamics=dynamics,
        )

    def _parameters(self) -> Iterable[Parameter]:
        kept = [item for item in self.neuron.parameters if item not in self.moving]
        for name in (*kept, *self.wishes.constants):
            yield Parameter(engine_name(name), "none", default="0")
        for _, name in self.wishes.decoded:
            yield Parameter(scale(name), "none", default="0")
        if self.wishes.ranked:
            yield Parameter(RANK, "none", default="0")
        if self.refractory and not isinstance(self.neuron.refractory, Symbol):
            yield Parameter(REFRACTORY, "none", default="0")
        if self.neuron.spiking or self.wishes.decoded:
            yield Parameter(WEIGHT, "none", "property", "1")
        filled = [engine_sum(item) for item in self._summed]
        for name in (*filled, *map(injected, self.wishes.injected)):
            yield Parameter(name, "none", "property", "0")

    @property
    def _summed(self) -> list[str]:
        """Targets whose sums couplings fill."""
        counted = {target for target, _ in self.wishes.decoded}
        known = self.neuron.summed if self.neuron.spiking else self.wishes.targets
        return [item for item in self.wishes.targets if item in known and item not in counted]

    def _states(self) -> list[str]:
        """States besides those that have equations."""
        names = list(self.wishes.reductions)
        if self.wishes.stop is not None:
            names += [STOP, STOPPED]
        names += [decoded(item) for _, item in self.wishes.decoded]
        sums = self.neuron.summed if self.neuron.spiking else self.targets
        names += [engine_sum(item) for item in sums if item not in self._summed]
        if not self.neuron.spiking:
            return names
        names += [f"g_{item}" for item in self.targets]
        names += [seen(item) for item in self.targets]
        names += [RATE, COUNTED] if self.wishes.window else [RATE]
        if self._knows_last_spike():
            names.append(T_LAST)
        return [*names, ACTIVE, LEFT] if self.refractory else names

    def _knows_last_spike(self) -> bool:
        if self.wishes.timed:
            return True
        neuron = self.neuron
        read = [item.value for item in (*neuron.equations, *neuron.reset, *neuron.axon_reset)]
        optional = (neuron.spike, neuron.axon_spike, neuron.refractory, self.wishes.stop)
        read += [item for item in optional if item is not None]
        return any(T_LAST in free_symbols(item) for item in read)

    def _active(self) -> Expr | None:
        return Binary(">", Symbol(ACTIVE), Number(0.5)) if self.refractory else None

    def _program(self) -> list[MoveBlock]:
        result = [MoveBlock((item,)) for item in self._inputs()]
        if self.refractory:
            waits = Conditional(Binary(">", Symbol(LEFT), ZERO), ZERO, ONE)
            result.append(MoveBlock((Move(ACTIVE, waits),)))
        result.extend(self.blocks(self.neuron.equations, self._active()))
        if self.refractory:
            less = Binary("+", Binary("-", Symbol(LEFT), ONE), Symbol(ACTIVE))  # no branch
            result.append(MoveBlock((Move(LEFT, less),)))
        return result

    def _inputs(self) -> Iterable[Move]:
        """What has arrived, as the equations of the step see it."""
        for target in self.wishes.injected:
            name = f"g_{target}"
            yield Move(name, Binary("+", Symbol(name), Symbol(injected(target))))
        rates: dict[str, Expr] = {}
        for target, name in self.wishes.decoded:
            rate = Binary("*", Symbol(scale(name)), Symbol(decoded(name)))
            rates[target] = add(rates.get(target, ZERO), rate)
        for target, value in rates.items():
            yield Move(engine_sum(target), value)
        if self.neuron.spiking:
            for target in self.targets:
                yield Move(seen(target), Symbol(f"g_{target}"))

    def _conditions(self) -> tuple[OnCondition, ...]:
        result = [] if self.neuron.spike is None else self._spiking(self.neuron.spike)
        if self.wishes.window:
            hertz = Binary("*", Symbol(COUNTED), Number(1000.0 / self.wishes.window))
            result.append(OnCondition(_always(), (StateAssignment(RATE, hertz),)))
        if self.wishes.stop is not None:
            holds = Conditional(self.value(self.wishes.stop), ONE, ZERO)
            result.append(OnCondition(_always(), (StateAssignment(STOP, holds),)))
        return tuple(result)

    def _spiking(self, spike: Expr) -> list[OnCondition]:
        """What a neuron does that spikes, and that all do after it."""
        neuron = self.neuron
        test, active = self.value(spike), self._active()
        if active is not None:
            test = Binary("and", active, test)
        actions: list[StateAssignment | EventOut] = [
            StateAssignment(engine_name(item.name), self.bounded(item, self.time))
            for item in neuron.reset
        ]
        if self._knows_last_spike():
            actions.append(StateAssignment(T_LAST, time_at(self.time)))
        if self.refractory:
            actions.append(StateAssignment(LEFT, self._refractory_steps()))
        if self.wishes.window:
            actions.append(StateAssignment(COUNTED, Binary("+", Symbol(COUNTED), ONE)))
        result = [OnCondition(test, (*actions, EventOut(SPIKE)))]
        if neuron.axon_spike is not None:
            result.append(self._axonal(neuron.axon_spike, active))
        no_equation = [item for item in self.targets if f"g_{item}" not in neuron.variables]
        if no_equation:
            zeros = tuple(StateAssignment(f"g_{item}", ZERO) for item in no_equation)
            result.append(OnCondition(_always(), zeros))
        return result

    def _axonal(self, spike: Expr, active: Expr | None) -> OnCondition:
        """What a neuron does that sends an axonal spike."""
        test = self.value(spike)
        made = [
            StateAssignment(engine_name(item.name), self.bounded(item, self.time))
            for item in self.neuron.axon_reset
        ]
        whole = test if active is None else Binary("and", active, test)
        return OnCondition(whole, (*made, EventOut(AXON_SPIKE)))

    def _refractory_steps(self) -> Expr:
        given = self.neuron.refractory
        time = self.value(given) if isinstance(given, Symbol) else Symbol(REFRACTORY)
        if given is not None and not isinstance(given, (Symbol, Number)):
            time = self.value(given)
        return Call("floor", (Binary("+", Binary("/", time, DT), Number(0.5)),))

    def bounded(self, item: Equation, time: str) -> Expr:
        """The value of a statement, within the bounds of its own flags."""
        return bounded(self, item, time)

    def _events(self) -> list[OnEvent]:
        """What spikes that arrive do, by port."""
        weight = Symbol(WEIGHT)
        found = [_changed(item, f"g_{item}", "+", weight) for item in self.targets]
        if not self.neuron.spiking:
            found = []
        for _, name in self.wishes.decoded:
            found.append(_changed(decoded(name), decoded(name), "+", weight))
            found.append(_changed(forgotten(name), decoded(name), "-", weight))
        if self.wishes.window:
            found.append(_changed(COUNTED, COUNTED, "-", ONE))
        return found


def _changed(port: str, state: str, sign: str, by: Expr) -> OnEvent:
    value = Binary("+" if sign == "+" else "-", Symbol(state), by)
    return OnEvent(port, (StateAssignment(state, value),))


def _always() -> Expr:
    return Binary("==", ZERO, ZERO)
