"""Spiking synapses as component types: what a spike does, and what moves between spikes.

    tau*dx/dt = -x : event-driven             block {x: rate -x/tau, exponential, in every step}
    pre_spike = "g_target += w; x += 1"   ->  OnEvent in: host's g_exc + w; x = x + 1
    post_spike = "w += x"                     OnEvent post: w = w + x

Event-driven variables have at each event what the exponential method gives from step to step, so
they are written as that; the passes keep one such trace for each source or target, not for each
synapse.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from annarchy_ml.expr import Binary, Conditional, Expr, Number, Symbol, free_symbols
from annarchy_ml.importers.equations.ends import (
    ENDS,
    SENDER,
    T_POST,
    T_PRE,
    at_ends,
    draws_for_targets,
    has_shared_start,
    outside,
    places_seen,
    spike_times,
)
from annarchy_ml.importers.equations.faults import fault
from annarchy_ml.importers.equations.statements import Equation, Flags
from annarchy_ml.importers.equations.synapse import TARGET, Synapse
from annarchy_ml.importers.equations.types import (
    WEIGHT,
    TypeMaker,
    bounded,
    engine_name,
)
from annarchy_ml.importers.equations.vocabulary import ZERO
from annarchy_ml.model.component import (
    ComponentType,
    EventPort,
    Exposure,
    Parameter,
    Reference,
)
from annarchy_ml.model.dynamics import (
    Action,
    DerivedVariable,
    Dynamics,
    HostAddition,
    Move,
    OnEvent,
    StateAssignment,
    StateVariable,
)

BASE, GIVEN = "equationSynapse", "psp#"
"""The type of synapses, and what connections of couplings expose."""
SLOT, PLASTIC = "synapses", "plastic_"
"""Where synapses hang; the parameter that says whether their weight changes."""
PRE, POST, AXON = "in", "post", "axon"


def is_coupled(synapse: Synapse) -> bool:
    """Whether a spiking synapse is a connection of a coupling: it sees both neurons."""
    seen = synapse.psp is not None or bool(outside(synapse.names_read))
    seen = seen or bool(spike_times(synapse)) or draws_for_targets(synapse)
    seen = seen or any(has_shared_start(synapse, name) for name in synapse.variables)
    return seen or bool(synapse.pre_axon_spike)


def synapse_type(
    synapse: Synapse,
    name: str,
    targets: tuple[str, ...],
    constants: tuple[str, ...],
    method: str,
    coupled: bool,
) -> ComponentType:
    """The component type of a spiking synapse.

    It moves in every step before its neuron; as the connection of a coupling after all neurons.

    Args:
        synapse: its definition.
        name: of the type.
        targets: what it acts on.
        constants: names of constants that its equations use.
        method: of rates that name none.
        coupled: whether it is a connection of a coupling.

    Raises:
        EquationError: If it needs what is not supported yet.
    """
    return _SynapseType(synapse, targets, method, coupled).made(name, constants)


class _SynapseType(TypeMaker):
    """The component type of one synapse."""

    def __init__(
        self, synapse: Synapse, targets: tuple[str, ...], method: str, coupled: bool
    ) -> None:
        super().__init__(synapse, method)
        self.coupled = coupled
        self.synapse = synapse
        self.targets = targets

    def made(self, name: str, constants: tuple[str, ...]) -> ComponentType:
        """The whole type."""
        synapse = self.synapse
        states = ["w", *(item for item in synapse.variables if item != "w")]
        own = [Parameter(engine_name(item), "none", default="0") for item in synapse.parameters]
        own += [Parameter(item, "none", default="0") for item in constants]
        pre = tuple(self._pre())
        events = [OnEvent(PRE, pre)] if pre or not self.coupled else []
        if synapse.post_spike:
            events.append(OnEvent(POST, tuple(self._post())))
        if synapse.pre_axon_spike:
            axonal = (self._statement(item, "t") for item in synapse.pre_axon_spike)
            events.append(OnEvent(AXON, tuple(action for made in axonal for action in made)))
        equations = [self._stepped(item) for item in synapse.equations]
        dynamics = Dynamics(
            states=tuple(StateVariable(engine_name(item), "none", item) for item in states),
            on_start=tuple(self._start(item) for item in states),
            derived=tuple(self._derived()),
            events=tuple(events),
            blocks=tuple(self.blocks(equations, None)),
            in_order=True,
        )
        coupled = self.coupled
        return ComponentType(
            name,
            extends="" if coupled else BASE,
            exposures=(Exposure(GIVEN, "none"),) if coupled else (),
            references=tuple(Reference(end, "instance") for end in (*ENDS, SENDER))
            if coupled
            else (),
            parameters=(
                *own,
                *(Parameter(item, "none", "property", "1") for item in (WEIGHT, PLASTIC)),
            ),
            ports=tuple(EventPort(item.port, "in") for item in events),
            dynamics=dynamics,
        )

    def value(self, e: Expr, time: str | None = None) -> Expr:
        """An expression in the names of the engine, those of both ends included."""
        return super().value(at_ends(e), time)

    def _derived(self) -> Iterable[DerivedVariable]:
        """What a connection of a coupling reads of both neurons, and what it gives."""
        if not self.coupled:
            return
        psp = self.synapse.psp or ZERO
        names = self.synapse.names_read | free_symbols(psp)
        for place in places_seen(self.synapse, names):
            yield DerivedVariable(".".join(place), "", select="/".join(place))
        yield DerivedVariable(GIVEN, "", self.value(psp, "t"), exposure=GIVEN)

    def _move(self, item: Equation, test: Expr | None, *rest: Any) -> Move:
        plastic = Binary(">", Symbol(PLASTIC), Number(0.5)) if item.name == "w" else test
        return super()._move(item, plastic, *rest)

    def _stepped(self, item: Equation) -> Equation:
        """An event-driven equation as one that moves in every step."""
        if item.flags.method != "event-driven":
            return item
        return replace(item, flags=replace(item.flags, method="exponential"))

    def _start(self, name: str) -> StateAssignment:
        if name == "w":
            return StateAssignment("w", Symbol(WEIGHT))
        init = self.synapse.variables[name].flags.init
        return StateAssignment(engine_name(name), ZERO if init is None else self.value(init))

    def _pre(self) -> Iterable[Action]:
        """What a spike does that arrives at the beginning of a step."""
        statements = self.synapse.pre_spike
        if not self.synapse.spiking and self.synapse.psp is None:
            added = Binary("+", Symbol(TARGET), Symbol("w"))
            section = self.synapse.section("pre_spike", "")
            span = section.span(0, 1)
            statements = [Equation(TARGET, added, False, Flags(), section, span, updates=True)]
        for item in statements:
            yield from self._statement(item, "t")

    def _post(self) -> Iterable[Action]:
        """What a spike of the target does, after all of its step."""
        for item in self.synapse.post_spike:
            yield from self._statement(item, "t_prev")

    def _statement(self, item: Equation, time: str) -> Iterable[Action]:
        value = bounded(self, item, time)
        apart: Expr | None = None
        if item.flags.unless_post:
            apart = self.value(Binary("!=", Symbol(T_PRE), Symbol(T_POST)))
        if item.name != TARGET:
            name = engine_name(item.name)
            if name == "w":
                plastic = Binary(">", Symbol(PLASTIC), Number(0.5))
                apart = plastic if apart is None else Binary("and", plastic, apart)
            kept = value if apart is None else Conditional(apart, value, Symbol(name))
            yield StateAssignment(name, kept)
            return
        assert isinstance(value, Binary)
        change = value.right if value.op == "+" else Binary("-", ZERO, value.right)
        if value.op not in "+-":
            message = f"'{TARGET}' can only be added to"
            raise fault("equation.syntax", message, item.section, item.span)
        if apart is not None:
            change = Conditional(apart, change, ZERO)
        for target in self.targets:
            yield HostAddition(f"g_{target}", change)
