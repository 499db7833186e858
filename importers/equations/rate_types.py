"""Rate-coded synapses as component types: an instance for each connection, ``w`` the weight.

    tau*dw/dt = pre.r*post.r - w     block {w: rate (pre.r*post.r - w)/tau}, after all neurons

What a synapse gives to its neuron is summed by the engine at the beginning of the next step.
"""

from __future__ import annotations

from annarchy_ml.expr import Binary, Expr, Symbol, free_symbols
from annarchy_ml.importers.equations.faults import fault
from annarchy_ml.importers.equations.synapse import Synapse
from annarchy_ml.importers.equations.types import TypeMaker, engine_name
from annarchy_ml.importers.equations.vocabulary import ZERO
from annarchy_ml.model.component import ComponentType, Parameter
from annarchy_ml.model.dynamics import Dynamics, StateAssignment, StateVariable

W = "w"


def rate_type(
    synapse: Synapse | None, name: str, constants: tuple[str, ...], method: str
) -> ComponentType:
    """The component type of the connections of a rate-coded projection.

    Args:
        synapse: its definition; None for weights alone.
        name: of the type.
        constants: names of constants that its equations use.
        method: of rates that name none.

    Raises:
        EquationError: If it needs what is not supported yet.
    """
    if synapse is None:
        states = (StateVariable(W, "none", W),)
        return ComponentType(name, dynamics=Dynamics(states=states, in_order=True))
    _refuse(synapse)
    maker = TypeMaker(synapse, method)
    names = [W, *(item for item in synapse.variables if item != W)]
    blocks = maker.blocks(synapse.equations, None)
    dynamics = Dynamics(
        states=tuple(StateVariable(engine_name(item), "none", item) for item in names),
        on_start=tuple(_start(maker, synapse, item) for item in names if item != W),
        blocks=tuple(blocks),
        in_order=True,
    )
    known = (*synapse.parameters, *constants)
    parameters = tuple(Parameter(engine_name(item), "none", default="0") for item in known)
    return ComponentType(name, parameters=parameters, dynamics=dynamics)


def _start(maker: TypeMaker, synapse: Synapse, name: str) -> StateAssignment:
    init = synapse.variables[name].flags.init
    return StateAssignment(engine_name(name), ZERO if init is None else maker.value(init))


def _refuse(synapse: Synapse) -> None:
    if synapse.spiking:
        section = synapse.section("pre_spike", "")
        message = "a synapse between rate-coded neurons hears no spikes"
        raise fault("equation.syntax", message, section, None)
    if synapse.operation != "sum":
        section = synapse.section("operation", synapse.operation)
        message = f"the operation '{synapse.operation}' is not supported yet"
        raise fault("unsupported.construct", message, section, None)
    for item in synapse.event_driven:
        message = "'event-driven' needs spikes"
        raise fault("equation.method", message, item.section, item.flags.place.get("method"))


def read_of(synapse: Synapse | None) -> str:
    """The variable of the sources that is summed, weighted by ``w``.

    Raises:
        EquationError: If the psp is another function.
    """
    if synapse is None or synapse.psp is None:
        return "r"
    psp: Expr = synapse.psp
    if isinstance(psp, Binary) and psp.op == "*":
        sides = {psp.left, psp.right}
        others = [item for item in sides if isinstance(item, Symbol) and item.name != W]
        if Symbol(W) in sides and len(others) == 1 and others[0].name.startswith("pre."):
            return others[0].name.partition(".")[2]
    section = synapse.section("psp", "")
    message = "a psp other than the weight times a variable of 'pre' is not supported yet"
    raise fault("unsupported.construct", message, section, None, "write psp='w * pre.r'")


def reads_pre(synapse: Synapse | None) -> bool:
    """Whether equations of the synapse read the neurons before it."""
    if synapse is None:
        return False
    read = frozenset().union(*(free_symbols(item.value) for item in synapse.equations), frozenset())
    return any(name.startswith("pre.") for name in read)
