"""Types of connections that spikes go over, and of synapses that give their weight."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from annarchy_ml.exporters.lems.expressions import refused
from annarchy_ml.exporters.lems.populations import Placed
from annarchy_ml.exporters.lems.synapses import BASE, NO_CURRENT
from annarchy_ml.exporters.lems.types import WEIGHT, add
from annarchy_ml.expr import Binary, Expr, Number, Symbol, free_symbols
from annarchy_ml.model.component import ComponentType, EventPort, Parameter
from annarchy_ml.model.dynamics import Dynamics, HostAddition, OnEvent, StateAssignment

CONNECTION = "equationConnection"


class Wired:
    """Elements of the connections of one projection.

    Those of NeuroML, where the synapses of a neuron hang in one place; else elements of one's own.

    Attributes:
        elements: what was made so far.
    """

    def __init__(self, name: str, synapse: str, slot: str, ends: tuple[Placed, Placed]) -> None:
        """Begins without connections.

        Args:
            name: of the projection.
            synapse: the component.
            slot: where it hangs; empty if there is but one place.
            ends: where sources and targets are.
        """
        self.elements: list[Element] = []
        self._name = name
        self._synapse = synapse
        self._slot = slot
        self._ends = ends
        self._parts: dict[tuple[str, str], Element] = {}

    def connect(self, source: int, target: int, values: dict[str, str]) -> None:
        """One more connection."""
        pre, post = self._ends
        paths = (pre.path(source), post.path(target))
        if self._slot:
            ends = {"from": paths[0], "to": paths[1], "synapse": self._synapse}
            ports = {"destination": self._slot, "sourcePort": "spike", "targetPort": "in"}
            self.elements.append(Element(CONNECTION, {**ends, **ports, **values}))
            return
        part = self._part(pre.part(source), post.part(target))
        given = {"preCellId": f"../{paths[0]}", "postCellId": f"../{paths[1]}", **values}
        add(part, "connectionWD", id=str(len(part)), **given)

    def _part(self, pre: str, post: str) -> Element:
        """The projection between two parts of populations."""
        if (pre, post) not in self._parts:
            number = len(self._parts)
            name = self._name if number == 0 else f"{self._name}_{number}"
            ends = {"presynapticPopulation": pre, "postsynapticPopulation": post}
            made = Element("projection", {"id": name, **ends, "synapse": self._synapse})
            self._parts[pre, post] = made
            self.elements.append(made)
        return self._parts[pre, post]


def base_type() -> Element:
    """What synapses are: of NeuroML's, so that its projections take them, but without a current."""
    element = Element("ComponentType", name=BASE, extends="baseSynapse")
    add(element, "Constant", name=NO_CURRENT, dimension="current", value="0 A")
    return element


def connection_type() -> Element:
    """Connections onto neurons with synapses of several types: they say where theirs hangs.

    A simulator does not find the place by itself, so that NeuroML's projections will not do.
    """
    element = Element("ComponentType", name=CONNECTION, extends="explicitConnection")
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
