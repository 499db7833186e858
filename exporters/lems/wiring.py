"""Types of connections that spikes go over, and of synapses that give their weight."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from annarchy_ml.exporters.lems.expressions import refused
from annarchy_ml.exporters.lems.synapses import BASE
from annarchy_ml.exporters.lems.types import WEIGHT, add
from annarchy_ml.expr import Binary, Expr, Number, Symbol, free_symbols
from annarchy_ml.model.component import ComponentType, EventPort, Parameter
from annarchy_ml.model.dynamics import Dynamics, HostAddition, OnEvent, StateAssignment


def connection_type() -> Element:
    """The connections that spikes go over: they hang a synapse on their target."""
    element = Element("ComponentType", name="equationConnection", extends="explicitConnection")
    for name in ("from", "to"):
        add(element, "Path", name=name)
    add(element, "Parameter", name=WEIGHT, dimension="none")
    add(element, "Parameter", name="delay", dimension="time")
    add(element, "ComponentReference", name="synapse", type=BASE)
    for name in ("destination", "sourcePort", "targetPort"):
        add(element, "Text", name=name)
    made = SubElement(element, "Structure")
    add(made, "With", instance="from", **{"as": "a"})
    add(made, "With", instance="to", **{"as": "b"})
    parts = {"receiver": "synapse", "receiverContainer": "destination", "delay": "delay"}
    ports = {"sourcePort": "sourcePort", "targetPort": "targetPort"}
    event = add(made, "EventConnection", **{"from": "a", "to": "b"}, **parts, **ports)
    add(event, "Assign", property=WEIGHT, value=WEIGHT)
    return element


def delta_type(cell: ComponentType, port: str) -> ComponentType:
    """The type of a synapse that does what a spike at a port of a neuron does.

    Raises:
        UsageError: If that is more than to add to one of its states.
    """
    assert cell.dynamics is not None
    heard = next((item for item in cell.dynamics.events if item.port == port), None)
    what = f"the neurons '{cell.name}'"
    if heard is None:
        raise refused(what, f"spikes at the port '{port}', where they do nothing")
    actions = []
    for action in heard.actions:
        if not isinstance(action, StateAssignment):
            raise refused(what, f"what spikes do at the port '{port}'")
        actions.append(HostAddition(action.variable, _added(action, what)))
    return ComponentType(
        f"{cell.name}_{port}",
        extends=BASE,
        parameters=(Parameter(WEIGHT, "none", "property", "1"),),
        ports=(EventPort("in", "in"),),
        dynamics=Dynamics(events=(OnEvent("in", tuple(actions)),), in_order=True),
    )


def _added(action: StateAssignment, what: str) -> Expr:
    """What an assignment adds to its state."""
    value = action.value
    adds = isinstance(value, Binary) and value.op in "+-" and value.left == Symbol(action.variable)
    if not isinstance(value, Binary) or not adds or free_symbols(value.right) - {WEIGHT}:
        raise refused(what, f"that a spike does more than add to '{action.variable}'")
    return value.right if value.op == "+" else Binary("-", Number(0.0), value.right)
