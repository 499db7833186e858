"""Dynamics of component types as LEMS elements."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.expr import Expr
from annarchy_ml.expr.pretty import pretty
from annarchy_ml.model.dynamics import (
    Action,
    ConditionalDerivedVariable,
    DerivedVariable,
    Dynamics,
    EventOut,
    KineticScheme,
    Regime,
    StateAssignment,
    Transition,
)


def text(e: Expr) -> str:
    """An expression as LEMS files have it."""
    return pretty(e, portable=True)


def given(**attributes: str) -> dict[str, str]:
    """Attributes without the empty ones; names of Python's may end with an underscore."""
    return {name.rstrip("_"): value for name, value in attributes.items() if value}


def dynamics_element(made: Dynamics, owner: str) -> Element:
    """The dynamics of a component type.

    Raises:
        UsageError: If its equations run in an order that LEMS cannot say.
    """
    if made.in_order or made.blocks:
        raise UsageError(
            f"the component type '{owner}' is made of equations that run in the order written, "
            "which LEMS types have no words for",
            hint="export the network that uses it: its equations are rewritten for LEMS then",
        )
    element = Element("Dynamics", given(simultaneous="true" if made.simultaneous else ""))
    if made.extends_super:
        SubElement(element, "Super")
    _parts(element, made, owner)
    for scheme in made.schemes:
        SubElement(element, "KineticScheme", _scheme(scheme))
    if made.on_start:
        _actions(SubElement(element, "OnStart"), made.on_start, owner)
    _reactions(element, made, owner)
    for regime in made.regimes:
        _regime(element, regime, owner)
    return element


def _parts(element: Element, made: Dynamics | Regime, owner: str) -> None:
    for state in made.states:
        known = given(name=state.name, dimension=state.dimension, exposure=state.exposure)
        SubElement(element, "StateVariable", known)
    for derived in made.derived:
        _derived(element, derived)
    for rate in made.derivatives:
        SubElement(element, "TimeDerivative", variable=rate.variable, value=text(rate.value))


def _reactions(element: Element, made: Dynamics | Regime, owner: str) -> None:
    for condition in made.conditions:
        block = SubElement(element, "OnCondition", test=text(condition.test))
        _actions(block, condition.actions, owner)
    for event in made.events:
        _actions(SubElement(element, "OnEvent", port=event.port), event.actions, owner)


def _derived(element: Element, made: DerivedVariable | ConditionalDerivedVariable) -> None:
    known = given(name=made.name, dimension=made.dimension, exposure=made.exposure)
    if isinstance(made, ConditionalDerivedVariable):
        block = SubElement(element, "ConditionalDerivedVariable", known)
        for case in made.cases:
            condition = "" if case.condition is None else text(case.condition)
            SubElement(block, "Case", given(condition=condition, value=text(case.value)))
        return
    known |= given(
        value="" if made.value is None else text(made.value),
        select=made.select,
        reduce=made.reduce,
        required="" if made.required else "false",
    )
    SubElement(element, "DerivedVariable", known)


def _regime(element: Element, made: Regime, owner: str) -> None:
    known = given(name=made.name, initial="true" if made.initial else "")
    block = SubElement(element, "Regime", known)
    _parts(block, made, owner)
    if made.on_entry:
        _actions(SubElement(block, "OnEntry"), made.on_entry, owner)
    _reactions(block, made, owner)


def _scheme(made: KineticScheme) -> dict[str, str]:
    return given(
        name=made.name,
        nodes=made.nodes,
        stateVariable=made.state_variable,
        edges=made.edges,
        edgeSource=made.edge_source,
        edgeTarget=made.edge_target,
        forwardRate=made.forward_rate,
        reverseRate=made.reverse_rate,
    )


def _actions(element: Element, actions: Iterable[Action], owner: str) -> None:
    for item in actions:
        if isinstance(item, StateAssignment):
            known = {"variable": item.variable, "value": text(item.value)}
            SubElement(element, "StateAssignment", known)
        elif isinstance(item, EventOut):
            SubElement(element, "EventOut", port=item.port)
        elif isinstance(item, Transition):
            SubElement(element, "Transition", regime=item.regime)
        else:
            raise UsageError(
                f"the component type '{owner}' adds to '{item.variable}' of another component at "
                "an event, which LEMS has no words for"
            )
