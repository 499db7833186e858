"""Synapses with equations of their own onto cells with morphology: a receptor for each of them.

Before: what spikes do, and a receptor of a cell. After: a component type that has the states of
both, where what a spike sends is added to the conductance of the receptor instead of to the cell.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pyNN.standardmodels import receptors

from annarchy_ml.diagnostics import UsageError
from annarchy_ml.expr import Binary, Expr, Symbol, parse
from annarchy_ml.importers.pynn.synapse_equations import (
    SynapseEquations,
    drawn_states,
    event_actions,
    sent_once,
)
from annarchy_ml.model.component import ComponentType, EventPort, Parameter
from annarchy_ml.model.dynamics import (
    Action,
    DerivedVariable,
    Dynamics,
    StateAssignment,
    StateVariable,
    TimeDerivative,
)

UNIT = "receptor_unit"
"""What a weight of 1 is: 1 uS, or 1 nA."""


@dataclass(frozen=True)
class Shape:
    """How a receptor answers a spike of weight 1.

    Attributes:
        times: its time constants, by the name of PyNN.
        rates: of its states [1/s].
        jumps: what is added to each state.
        terms: factors and states that are the whole conductance or current.
    """

    times: tuple[str, ...]
    rates: tuple[tuple[str, str], ...]
    jumps: tuple[tuple[str, str], ...]
    terms: tuple[tuple[float, str], ...] = ((1.0, "g"),)

    @property
    def shown(self) -> str:
        """The whole conductance or current."""
        return " + ".join(
            state if sign == 1.0 else f"({sign})*{state}" for sign, state in self.terms
        )


EXPONENTIAL = Shape(("tau_syn",), (("g", "-g/receptor_tau_syn"),), (("g", "1"),))
_PEAK = "log(receptor_tau_decay/receptor_tau_rise)/(1/receptor_tau_rise - 1/receptor_tau_decay)"
_HEIGHT = f"(exp(-({_PEAK})/receptor_tau_decay) - exp(-({_PEAK})/receptor_tau_rise))"
SHAPES: tuple[tuple[Any, Shape], ...] = (
    (receptors.CurrExpPostSynapticResponse, EXPONENTIAL),
    (receptors.CondExpPostSynapticResponse, EXPONENTIAL),
    (
        receptors.CondAlphaPostSynapticResponse,
        Shape(
            ("tau_syn",),
            (
                ("g_next", "-g_next/receptor_tau_syn"),
                ("g", "(2.7182818*g_next - g)/receptor_tau_syn"),
            ),
            (("g_next", "1"),),
        ),
    ),
    (
        receptors.CondBetaPostSynapticResponse,
        Shape(
            ("tau_rise", "tau_decay"),
            (("g_up", "-g_up/receptor_tau_rise"), ("g_down", "-g_down/receptor_tau_decay")),
            (("g_up", f"1/{_HEIGHT}"), ("g_down", f"1/{_HEIGHT}")),
            ((1.0, "g_down"), (-1.0, "g_up")),
        ),
    ),
)


def shape_of_receptor(receptor: Any) -> Shape:
    """How a receptor answers spikes.

    Raises:
        UsageError: If it is none of those of cells with morphology.
    """
    for kind, shape in SHAPES:
        if isinstance(receptor, kind):
            return shape
    raise UsageError(f"{type(receptor).__name__} is no receptor of cells with morphology")


def decay_of(receptor: Any) -> float:
    """The time constant with which a receptor's answer goes away [ms]."""
    last = shape_of_receptor(receptor).times[-1]
    return float(receptor.parameter_space[last].base_value)


def cable_synapse(
    model: Any, name: str, synapse: SynapseEquations, receptor: Any, given: dict[str, float]
) -> Any:
    """A component of synapses onto a receptor.

    Args:
        model: to which it is added.
        name: of the component, and of its type.
        synapse: what spikes do.
        receptor: of the cells.
        given: parameters of the synapse.
    """
    shape, conductance = shape_of_receptor(receptor), receptor.conductance_based
    model.define(_type(f"{name}type", synapse, shape, conductance))
    space = receptor.parameter_space
    own = {f"receptor_{k}": f"{float(space[k].base_value)!r} ms" for k in shape.times}
    if conductance:
        own["receptor_e_syn"] = f"{float(space['e_syn'].base_value)!r} mV"
    return model.component(name, f"{name}type", **own, **given)


def _type(name: str, synapse: SynapseEquations, shape: Shape, conductance: bool) -> ComponentType:
    dimension = "conductance" if conductance else "current"

    def sent(value: Expr) -> Iterable[Action]:
        drawn, once = sent_once(value)
        yield from drawn
        for state, factor in shape.jumps:
            jump = Binary("*", Binary("*", once, parse(factor)), Symbol(UNIT))
            yield StateAssignment(state, Binary("+", Symbol(state), jump))

    events = event_actions(synapse, "t", sent)
    current = f"({shape.shown})*(receptor_e_syn - v)" if conductance else shape.shown
    return ComponentType(
        name,
        extends="baseVoltageDepSynapse",
        parameters=(
            *(Parameter(item, "none", default="0") for item in synapse.parameters),
            *(Parameter(f"receptor_{item}", "time") for item in shape.times),
            *([Parameter("receptor_e_syn", "voltage")] if conductance else []),
            Parameter(UNIT, dimension, "constant", "1 uS" if conductance else "1 nA"),
            Parameter("weight", "none", "property", "1"),
        ),
        ports=tuple(EventPort(item.port, "in") for item in events if item.port != "in"),
        dynamics=Dynamics(
            states=(
                *(StateVariable(item, "none") for item in (*synapse.states, *drawn_states(events))),
                *(StateVariable(item, dimension) for item, _ in shape.rates),
            ),
            derived=(DerivedVariable("i", "current", parse(current), exposure="i"),),
            derivatives=tuple(TimeDerivative(item, parse(rate)) for item, rate in shape.rates),
            on_start=tuple(StateAssignment(k, parse(v)) for k, v in synapse.states.items()),
            events=tuple(events),
            in_order=True,
        ),
    )
