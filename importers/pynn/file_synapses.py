"""Synapses of files under the rules of PyNN: stochastic, depressing, plastic ones.

Before: what spikes do to a synapse of PyNN, and a synapse of a file. After: a component type that
has the states of both, where what PyNN's synapse sends is the ``weight`` with which the one of the
file takes the spike. States and parameters of PyNN's have names that begin with ``PREFIX``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from annarchy_ml.expr import Expr, evaluate, free_symbols, parse, substitute
from annarchy_ml.expr.derivative import NoDerivative, derivative
from annarchy_ml.importers.pynn.equations import WEIGHT
from annarchy_ml.importers.pynn.synapse_equations import (
    IN,
    POST,
    SynapseEquations,
    drawn_states,
    event_actions,
    sent_once,
)
from annarchy_ml.importers.pynn.wiring import heard_later, uniform, whole_delays
from annarchy_ml.model.component import Component, ComponentType, EventPort, Parameter
from annarchy_ml.model.dynamics import (
    Action,
    DerivedVariable,
    Dynamics,
    OnEvent,
    StateAssignment,
    StateVariable,
)

PREFIX = "pynn_"
_OWN = ("id", "type")


def receive(builder: Any, projection: Any, piece: Any, made: Any, own: str) -> None:
    """Adds a projection of synapses of a file to a model, whose weights are factors of these.

    Args:
        builder: of the model.
        projection: connections.
        piece: those of one projection of the engine.
        made: views of both ends, the rule, and parameters of the connections.
        own: id of the component of the file.
    """
    views, rule, given = made
    piece.further = 1
    builder.model.projection(
        piece.name,
        *views,
        rule,
        own,
        weight=uniform(given["weight"]),
        delay=whole_delays(given["delay"], piece.further),
        double_weights=True,
    )


def receive_dynamic(builder: Any, projection: Any, piece: Any, made: Any, own: str) -> None:
    """The same of synapses that PyNN's rules change."""
    views, rule, given = made
    equations = projection.synapse_type.equations_of(given)
    piece.prefix = PREFIX
    piece.varying.extend(name for name in equations.parameters if np.ndim(uniform(given[name])) > 0)
    builder.model.projection(
        piece.name,
        *views,
        rule,
        combined(builder, f"{piece.name}_", equations, (own, given)),
        weight=uniform(given["weight"]),
        delay=whole_delays(given["delay"], further=1),
        double_weights=True,
        separate=projection.is_separate(bool(piece.varying)),
        heard_after=heard_later(piece.heard_after) if equations.post else 0.0,
    )


def combined(builder: Any, name: str, synapse: SynapseEquations, given: tuple[str, Any]) -> Any:
    """A component of synapses of a file under the rules of PyNN.

    Args:
        builder: of the model.
        name: of the component.
        synapse: what spikes do.
        given: id of the component of the file, and parameters of the connections, shape (n,).

    Raises:
        NotImplementedError: If the synapse of the file does not take spikes with a weight.
    """
    own, columns = given
    of_file = builder.model.tables.components.by_id[own]
    base = builder.model.tables.types.get(of_file.type)
    made = builder.type_for(
        (repr(synapse), base.name),
        f"{synapse.name}_{base.name}",
        lambda type_name: _type(type_name, synapse, base, own),
    )
    first = {f"{PREFIX}{item}": float(columns[item][0]) for item in synapse.parameters}
    return copied(builder.model, name, made, of_file, **first)


def copied(model: Any, name: str, kind: str, given: Component, **further: float) -> Any:
    """A component with the content of another one, of a type that has its members, too."""
    attributes = {key: text for key, text in given.attributes.items() if key not in _OWN}
    children = (_copy(model, child) for child in given.children)
    return model.component(name, kind, *children, **attributes, **further)


def _copy(model: Any, given: Component) -> Any:
    inner = (_copy(model, child) for child in given.children)
    return model.part(given.tag, *inner, **given.attributes)


def _type(name: str, synapse: SynapseEquations, base: ComponentType, own: str) -> ComponentType:
    port, taken = _taken(base, own)
    renamed = _prefixed(synapse)

    def sent(value: Expr) -> Iterator[Action]:
        drawn, weight = sent_once(value)
        yield from drawn
        for action in taken:
            yield _with_weight(action, weight)

    events = event_actions(renamed, "t", sent)
    states = tuple(StateVariable(item, "none") for item in (*renamed.states, *drawn_states(events)))
    starts = (StateAssignment(item, parse(text)) for item, text in renamed.states.items())
    dynamics = base.dynamics or Dynamics()
    others = tuple(item for item in dynamics.events if item.port != port)
    ports = {IN: port}
    return ComponentType(
        name,
        extends=base.name,
        parameters=tuple(Parameter(item, "none", default="0") for item in renamed.parameters),
        ports=tuple(EventPort(item.port, "in") for item in events if item.port == POST),
        dynamics=replace(
            dynamics,
            states=(*dynamics.states, *states),
            on_start=(*dynamics.on_start, *starts),
            events=(*(OnEvent(ports.get(i.port, i.port), i.actions) for i in events), *others),
            in_order=True,
        ),
    )


def _taken(base: ComponentType, own: str) -> tuple[str, tuple[Action, ...]]:
    """The port at which a synapse takes spikes, and what it does with their weight.

    Raises:
        NotImplementedError: If it has no weight, or takes spikes in some regimes only.
    """
    dynamics = base.dynamics or Dynamics()
    ports = [item.name for item in base.ports if item.direction == "in"]
    events = [item for item in dynamics.events if item.port in ports]
    taken = [item for item in events if item.port == events[0].port]
    actions = tuple(action for item in taken for action in item.actions)
    weights = [i for i in base.parameters if i.name == WEIGHT and i.kind == "property"]
    if not weights or dynamics.regimes or POST in ports or not any(map(_reads_weight, actions)):
        raise NotImplementedError(
            f"pyNN.annarchy: the synapse '{own}' of the type {base.name} does not take the weights "
            "of spikes in an OnEvent of its own, so only StaticSynapse leads to it"
        )
    return taken[0].port, actions


def _reads_weight(action: Action) -> bool:
    return isinstance(action, StateAssignment) and WEIGHT in free_symbols(action.value)


def _with_weight(action: Action, weight: Expr) -> Action:
    if not isinstance(action, StateAssignment):
        return action
    return replace(action, value=substitute(action.value, {WEIGHT: weight}))


def _prefixed(synapse: SynapseEquations) -> SynapseEquations:
    """The same with other names, which no synapse of a file has."""
    names = (*synapse.parameters, *synapse.states)
    known = re.compile(rf"\b({'|'.join(map(re.escape, names))})\b") if names else None

    def text(given: str) -> str:
        return given if known is None else known.sub(rf"{PREFIX}\1", given)

    def lines(given: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        return tuple((text(name), text(value)) for name, value in given)

    return replace(
        synapse,
        parameters=tuple(map(text, synapse.parameters)),
        states=dict(lines(synapse.states.items())),
        pre=lines(synapse.pre),
        post=lines(synapse.post),
        define={name: text(value) for name, value in synapse.define.items()},
    )


def decay_of(model: Any, component: Component) -> float | None:
    """The time constant with which the answer of a synapse to a spike goes away [ms].

    It is the slowest one of its linear equations; None if they are not linear, or do not decay.
    """
    dynamics = model.tables.types.get(component.type).dynamics or Dynamics()
    values = model.tables.values.of(component)
    known: dict[str, Expr] = {}
    for item in dynamics.derived:
        if isinstance(item, DerivedVariable) and item.value is not None:
            known[item.name] = item.value
    rates = {item.variable: _full(item.value, known) for item in dynamics.derivatives}
    try:
        slopes = [[evaluate(derivative(r, name), values) for name in rates] for r in rates.values()]
    except (KeyError, NoDerivative):
        return None
    found = np.linalg.eigvals(slopes).real if slopes else np.zeros(1)
    return float(-1e3 / np.max(found)) if np.all(found < 0.0) else None


def check_linear(own: str, decay: float | None) -> float:
    """The time constant of a synapse of a file [ms].

    Raises:
        NotImplementedError: If its equations do not tell.
    """
    if decay is None:
        raise NotImplementedError(
            "pyNN.annarchy: TsodyksMarkramSynapse needs a synapse that decays by linear equations, "
            f"and those of '{own}' are others"
        )
    return decay


def _full(value: Expr, known: dict[str, Expr]) -> Expr:
    """An expression in which derived variables are written out."""
    for _ in known:
        if not free_symbols(value) & known.keys():
            break
        value = substitute(value, known)
    return value
