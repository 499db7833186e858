"""Component types of synapses as LEMS elements.

What spikes give to a neuron is added up by the synapse until it gives it, in its next step.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement

from annarchy_ml.exporters.lems.expressions import as_sum, number, refused
from annarchy_ml.exporters.lems.names import Names
from annarchy_ml.exporters.lems.program import Action, Derived, Program, Steps
from annarchy_ml.exporters.lems.types import (
    WEIGHT,
    Acting,
    Clock,
    TypeWriter,
    add,
    names_read,
    timed,
    without_events,
)
from annarchy_ml.expr import Binary, Expr, Number, Symbol, free_symbols, substitute
from annarchy_ml.model.component import ComponentType
from annarchy_ml.model.dynamics import HostAddition, OnEvent, StateAssignment

INHERITED_PORT = "in"
PLASTIC, POST, BASE = "plastic_", "post", "equationSynapse"
CURRENT, NO_CURRENT = "i", "NO_CURRENT"
"""What a synapse of NeuroML must expose, and what these expose there."""


def synapse_element(made: ComponentType, clock: Clock, exact: bool) -> tuple[Element, Acting]:
    """The component type of synapses, and what they give to neurons."""
    dynamics = made.dynamics
    assert dynamics is not None
    what = f"the synapses '{made.name}'"
    if any(item.select for item in dynamics.derived if not hasattr(item, "cases")):
        raise refused(what, "synapses that read both neurons")
    known = timed(dynamics, {PLASTIC: Number(1.0)})
    steps = Program(what, without_events(known), {}, exact).made()
    added = _added(known.events)
    _hear(steps, known.events, added, what)
    sent = {into: f"given {into}" for into in added}
    starts = {
        item.variable: substitute(item.value, {PLASTIC: Number(1.0)})
        for item in dynamics.on_start
        if isinstance(item, StateAssignment)
    }
    read = names_read(steps).union(*(free_symbols(e) for e in starts.values()))
    declared = [item.name for item in made.parameters if item.kind == "parameter"]
    parameters = [name for name in declared if name in read]
    shown = [*steps.states, *(item.name for item in steps.derived)]
    names = Names([*parameters, *shown, *sent.values()], (CURRENT, NO_CURRENT))
    names.of[WEIGHT] = WEIGHT
    element = Element("ComponentType", name=made.name, extends=BASE)
    writer = TypeWriter(element, names)
    add(element, "Property", name=WEIGHT, dimension="none", defaultValue="1")
    hears = _ports(element, made)
    writer.parameters(parameters)
    writer.constants(clock)
    writer.exposed([*shown, *sent.values()])
    _give(steps, added, sent)
    writer.dynamics(steps, starts, {})
    none = {"name": CURRENT, "dimension": "current", "exposure": CURRENT, "value": NO_CURRENT}
    element.findall("Dynamics")[0].append(Element("DerivedVariable", none))
    if hears:
        _hearing(element)
    gives = {into: names.of[name] for into, name in sent.items()}
    return element, Acting(f"on_{made.name}", made.name, gives, tuple(parameters), names.of)


def _ports(element: Element, made: ComponentType) -> bool:
    """The in-ports that are not inherited; whether the neuron on which it acts is heard."""
    ports = [item.name for item in made.ports if item.direction == "in"]
    for port in ports:
        if port != INHERITED_PORT:
            add(element, "EventPort", name=port, direction="in")
    if POST in ports:
        add(element, "Text", name="heardPort")
        add(element, "Text", name="ownPort")
    return POST in ports


def _hear(steps: Steps, events: Sequence[OnEvent], added: dict[str, str], what: str) -> None:
    """What a synapse does at events; what it has added up is given once."""
    for item in events:
        steps.events[item.port] = _heard(item, added, what)
    for own in added.values():
        steps.states.append(own)
        steps.conditions.append((_nonzero(own), [StateAssignment(own, Number(0.0))]))


def _give(steps: Steps, added: dict[str, str], sent: dict[str, str]) -> None:
    """What has been added up since the last step is given in this one."""
    steps.derived.extend(Derived(sent[into], Symbol(own)) for into, own in added.items())


def _nonzero(name: str) -> Expr:
    return Binary("!=", Symbol(name), Number(0.0))


def _added(events: Sequence[OnEvent]) -> dict[str, str]:
    """States that add up what spikes give to a state of the neuron, by its name."""
    found = [
        action.variable
        for item in events
        for action in item.actions
        if isinstance(action, HostAddition)
    ]
    return {into: f"arrived {into}" for into in dict.fromkeys(found)}


def _heard(item: OnEvent, added: dict[str, str], what: str) -> list[Action]:
    """What a synapse does at an event."""
    made: list[Action] = []
    for action in item.actions:
        if not isinstance(action, StateAssignment | HostAddition):
            raise refused(what, "events that synapses send")
        if {"t", "MSEC"} & free_symbols(action.value):
            raise refused(what, "the time at which a spike arrives")
        value, name = number(action.value, as_sum, what), action.variable
        if isinstance(action, HostAddition):
            name = added[action.variable]
            value = Binary("+", Symbol(name), value)
        made.append(StateAssignment(name, value))
    return made


def _hearing(element: Element) -> None:
    """A synapse hears the cell on which it acts."""
    made = SubElement(element, "Structure")
    add(made, "With", instance="parent", **{"as": "a"})
    add(made, "With", instance="this", **{"as": "b"})
    ends = {"from": "a", "to": "b", "sourcePort": "heardPort", "targetPort": "ownPort"}
    add(made, "EventConnection", **ends)
