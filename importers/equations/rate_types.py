"""Rate-coded synapses as component types: an instance for each connection, ``w`` the weight.

    psp = w * log(pre.r)             psp# = w * log(pre.r), before each step of the targets
    tau*dw/dt = pre.r*post.r - w     block {w: rate (pre.r*post.r - w)/tau}, after all neurons

Synapses without anything of their own need no type: what they give is told to the coupling.
"""

from __future__ import annotations

from typing import Any

from annarchy_ml.expr import Binary, Expr, Number, Symbol, free_symbols, is_stochastic
from annarchy_ml.importers.equations.ends import at_ends, end_of, places_seen
from annarchy_ml.importers.equations.faults import fault
from annarchy_ml.importers.equations.statements import Equation
from annarchy_ml.importers.equations.synapse import Synapse
from annarchy_ml.importers.equations.synapse_types import GIVEN, PLASTIC
from annarchy_ml.importers.equations.types import WEIGHT, TypeMaker, engine_name
from annarchy_ml.importers.equations.vocabulary import ZERO
from annarchy_ml.model.component import ComponentType, Exposure, Parameter, Reference
from annarchy_ml.model.dynamics import (
    DerivedVariable,
    Dynamics,
    Move,
    StateAssignment,
    StateVariable,
)

W = "w"
DEFAULT = Binary("*", Symbol(W), Symbol("pre.r"))


def own_term(synapse: Synapse | None) -> Expr | None:
    """What a connection gives, if nothing else must be kept of it than its weight.

    Raises:
        EquationError: If the synapse needs what rate-coded ones do not have.
    """
    if synapse is None:
        return DEFAULT
    _refuse(synapse)
    term = DEFAULT if synapse.psp is None else synapse.psp
    own = [name for name in free_symbols(term) if name != W and end_of(name) is None]
    if synapse.equations or own or is_stochastic(term):
        return None
    return at_ends(term)


def rate_type(
    synapse: Synapse, name: str, constants: tuple[str, ...], method: str
) -> ComponentType:
    """The component type of the connections of a rate-coded projection.

    Args:
        synapse: its definition.
        name: of the type.
        constants: names of constants that its equations use.
        method: of rates that name none.

    Raises:
        EquationError: If it needs what is not supported yet.
    """
    maker = _ConnectionType(synapse, method)
    names = [W, *(item for item in synapse.variables if item != W)]
    blocks = maker.blocks(synapse.equations, None)
    psp = DEFAULT if synapse.psp is None else synapse.psp
    seen = places_seen(synapse, read_by(synapse))
    derived = [DerivedVariable(".".join(item), "", select="/".join(item)) for item in seen]
    derived.append(DerivedVariable(GIVEN, "", maker.value(psp, "t"), exposure=GIVEN))
    dynamics = Dynamics(
        states=tuple(StateVariable(engine_name(item), "none", item) for item in names),
        on_start=(
            StateAssignment(W, Symbol(WEIGHT)),
            *(_start(maker, synapse, item) for item in names if item != W),
        ),
        derived=tuple(derived),
        blocks=tuple(blocks),
        in_order=True,
    )
    known = (*synapse.parameters, *constants)
    return ComponentType(
        name,
        parameters=(
            *(Parameter(engine_name(item), "none", default="0") for item in known),
            Parameter(WEIGHT, "none", "property", "1"),
            Parameter(PLASTIC, "none", "property", "1"),
        ),
        exposures=(Exposure(GIVEN, "none"),),
        references=tuple(Reference(end, "instance") for end in ("pre", "post")),
        dynamics=dynamics,
    )


class _ConnectionType(TypeMaker):
    """Expressions of connections, in what the engine calls the values at both ends."""

    def _move(self, item: Equation, test: Expr | None, *rest: Any) -> Move:
        plastic = Binary(">", Symbol(PLASTIC), Number(0.5)) if item.name == W else test
        return super()._move(item, plastic, *rest)

    def value(self, e: Expr, time: str | None = None) -> Expr:
        return super().value(at_ends(e), time)


def read_by(synapse: Synapse) -> frozenset[str]:
    """All names that the equations and the psp of a rate-coded synapse read."""
    term = DEFAULT if synapse.psp is None else synapse.psp
    return synapse.names_read | free_symbols(term)


def _start(maker: TypeMaker, synapse: Synapse, name: str) -> StateAssignment:
    init = synapse.variables[name].flags.init
    return StateAssignment(engine_name(name), ZERO if init is None else maker.value(init))


def _refuse(synapse: Synapse) -> None:
    if synapse.spiking:
        section = synapse.section("pre_spike", "")
        message = "a synapse between rate-coded neurons hears no spikes"
        raise fault("equation.syntax", message, section, None)
    for item in synapse.event_driven:
        message = "'event-driven' needs spikes"
        raise fault("equation.method", message, item.section, item.flags.place.get("method"))
