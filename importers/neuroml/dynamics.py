"""``Dynamics`` elements to the model, with every expression parsed and its place kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from annarchy_ml.diagnostics import Diagnostic
from annarchy_ml.diagnostics.origin import attribute_text, locate
from annarchy_ml.expr import Binary, Expr, ExprSyntaxError, Number, parse_with_warnings
from annarchy_ml.importers.neuroml.checks import SILENT, Checker
from annarchy_ml.importers.neuroml.xml_reader import Element
from annarchy_ml.model.dynamics import (
    Action,
    Case,
    ConditionalDerivedVariable,
    DerivedVariable,
    Dynamics,
    EventOut,
    KineticScheme,
    OnCondition,
    OnEvent,
    Regime,
    StateAssignment,
    StateVariable,
    TimeDerivative,
    Transition,
)

_ACTIONS = ("StateAssignment", "EventOut", "Transition")
_DERIVED = ("DerivedVariable", "ConditionalDerivedVariable")
_ADVICE = {
    "expr.arity": "give it what it takes, the arguments separated by commas",
    "expr.syntax": "write a number, a name or an expression in parentheses there",
    "expr.extension": "write it with the functions and operators of LEMS if others read the file",
}
_SCHEME = {
    "name": "name",
    "nodes": "nodes",
    "stateVariable": "state_variable",
    "edges": "edges",
    "edgeSource": "edge_source",
    "edgeTarget": "edge_target",
    "forwardRate": "forward_rate",
    "reverseRate": "reverse_rate",
}
"""Fields of ``KineticScheme`` by attribute."""
_CONDITIONS = ("test", "condition")
_FALSE = Binary("!=", Number(0.0), Number(0.0))


class _Parts:
    """The members of a ``Dynamics`` or ``Regime`` element, as they are read."""

    def __init__(self) -> None:
        self.states: list[StateVariable] = []
        self.derived: list[DerivedVariable | ConditionalDerivedVariable] = []
        self.derivatives: list[TimeDerivative] = []
        self.on_start: list[Action] = []
        self.on_entry: list[Action] = []
        self.conditions: list[OnCondition] = []
        self.events: list[OnEvent] = []
        self.regimes: list[Regime] = []
        self.schemes: list[KineticScheme] = []
        self.extends_super = False


class DynamicsReader:
    """Reads dynamics; faults are reported through the checker."""

    def __init__(self, checker: Checker) -> None:
        self.checker = checker
        self.report = checker.report

    def expression(self, element: Element, attribute: str) -> Expr:
        """The parsed expression of an attribute; 0 or a false condition after a reported fault."""
        text = element.get(attribute)
        try:
            tree, doubts = parse_with_warnings(text)
        except ExprSyntaxError as fault:
            self._in_place(element, attribute, text, fault.diagnostic)
            return _FALSE if attribute in _CONDITIONS else Number(0.0)
        if doubts:
            self._in_place(element, attribute, text, *doubts)
        return tree

    def _in_place(self, element: Element, attribute: str, text: str, *found: Diagnostic) -> None:
        """Reports what is to be said of an expression, with its place in the file."""
        span = locate(element.origin, attribute)
        placed: tuple[Diagnostic, ...] = ()
        try:
            placed = parse_with_warnings(attribute_text(element.origin, attribute) or text, span)[1]
        except ExprSyntaxError as fault:
            placed = (fault.diagnostic,)
        for item in placed or [replace(item, span=span) for item in found]:
            hint = item.hint or _ADVICE.get(item.code, "")
            self.report.add(replace(item, hint=hint, component=self.checker.owner))

    def dynamics(self, element: Element) -> Dynamics:
        """One ``Dynamics`` element."""
        self.checker.check(element, ("simultaneous", "description", "name"))
        parts = self._parts(element)
        return Dynamics(
            states=tuple(parts.states),
            derived=tuple(parts.derived),
            derivatives=tuple(parts.derivatives),
            on_start=tuple(parts.on_start),
            conditions=tuple(parts.conditions),
            events=tuple(parts.events),
            regimes=tuple(parts.regimes),
            schemes=tuple(parts.schemes),
            simultaneous=element.get("simultaneous") == "true",
            extends_super=parts.extends_super,
            origin=element.origin,
        )

    def _parts(self, element: Element) -> _Parts:
        parts = _Parts()
        for child in element.children:
            if child.tag in SILENT:
                continue
            member = _MEMBERS.get(child.tag)
            if member is None:
                self.checker.unknown_element(child, element.tag, tuple(_MEMBERS))
            else:
                member(self, child, parts)
        return parts

    def _super(self, child: Element, parts: _Parts) -> None:
        parts.extends_super = True

    def _state_variable(self, child: Element, parts: _Parts) -> None:
        self.checker.check(
            child, ("name", "dimension", "exposure", "description"), required=("name",)
        )
        parts.states.append(
            StateVariable(
                child.get("name"),
                child.get("dimension", "none"),
                child.get("exposure"),
                child.origin,
            )
        )

    def _derived_variable(self, child: Element, parts: _Parts) -> None:
        allowed = (
            "name",
            "dimension",
            "exposure",
            "value",
            "select",
            "reduce",
            "required",
            "description",
        )
        self.checker.check(child, allowed, required=("name",))
        if not child.get("value") and not child.get("select"):
            self.report.error(
                "attribute.missing",
                f"the derived variable '{child.get('name')}' needs a value or a select",
                locate(child.origin),
                hint='write value="..." or select="path/to/variable"',
                component=self.checker.owner,
            )
        parts.derived.append(
            DerivedVariable(
                child.get("name"),
                child.get("dimension"),
                self.expression(child, "value") if child.get("value") else None,
                child.get("select").strip(),
                child.get("reduce"),
                child.get("exposure"),
                child.get("required", "true") != "false",
                child.origin,
            )
        )

    def _conditional(self, child: Element, parts: _Parts) -> None:
        self.checker.check(
            child, ("name", "dimension", "exposure", "description"), required=("name",)
        )
        cases = []
        for item in child.children:
            if item.tag in SILENT:
                continue
            if item.tag != "Case":
                self.checker.unknown_element(item, child.tag, ("Case",))
                continue
            self.checker.check(item, ("condition", "value"), required=("value",))
            condition = self.expression(item, "condition") if item.get("condition") else None
            cases.append(Case(condition, self.expression(item, "value"), item.origin))
        parts.derived.append(
            ConditionalDerivedVariable(
                child.get("name"),
                child.get("dimension"),
                tuple(cases),
                child.get("exposure"),
                child.origin,
            )
        )

    def _named(self, item: Element) -> tuple[str, Expr]:
        """The variable and the value of a derivative or an assignment."""
        self.checker.check(item, ("variable", "value"), required=("variable", "value"))
        return item.get("variable"), self.expression(item, "value")

    def _time_derivative(self, child: Element, parts: _Parts) -> None:
        parts.derivatives.append(TimeDerivative(*self._named(child), child.origin))

    def _actions(self, element: Element) -> tuple[Action, ...]:
        """The actions of a block; assignments run before events are sent, as in jLEMS."""
        assignments: list[Action] = []
        sent: list[Action] = []
        for item in element.children:
            if item.tag in SILENT:
                continue
            if item.tag == "StateAssignment":
                assignments.append(StateAssignment(*self._named(item), item.origin))
            elif item.tag == "EventOut":
                self.checker.check(item, ("port",), required=("port",))
                sent.append(EventOut(item.get("port"), item.origin))
            elif item.tag == "Transition":
                self.checker.check(item, ("regime",), required=("regime",))
                sent.append(Transition(item.get("regime"), item.origin))
            elif item.tag in _DERIVED:
                self.checker.without_effect(item, element.tag)
            else:
                self.checker.unknown_element(item, element.tag, _ACTIONS)
        sent.sort(key=lambda action: isinstance(action, Transition))
        return tuple(assignments + sent)

    def _on_start(self, child: Element, parts: _Parts) -> None:
        parts.on_start.extend(self._actions(child))

    def _on_entry(self, child: Element, parts: _Parts) -> None:
        parts.on_entry.extend(self._actions(child))

    def _on_condition(self, child: Element, parts: _Parts) -> None:
        self.checker.check(child, ("test",), required=("test",))
        parts.conditions.append(
            OnCondition(self.expression(child, "test"), self._actions(child), child.origin)
        )

    def _on_event(self, child: Element, parts: _Parts) -> None:
        self.checker.check(child, ("port",), required=("port",))
        parts.events.append(OnEvent(child.get("port"), self._actions(child), child.origin))

    def _regime(self, child: Element, parts: _Parts) -> None:
        self.checker.check(child, ("name", "initial", "description"), required=("name",))
        inner = self._parts(child)
        parts.regimes.append(
            Regime(
                name=child.get("name"),
                initial=child.get("initial") == "true",
                states=tuple(inner.states),
                derived=tuple(inner.derived),
                derivatives=tuple(inner.derivatives),
                on_entry=tuple(inner.on_entry),
                conditions=tuple(inner.conditions),
                events=tuple(inner.events),
                origin=child.origin,
            )
        )

    def _kinetic_scheme(self, child: Element, parts: _Parts) -> None:
        self.checker.check(child, (*_SCHEME, "dependency", "step"), required=tuple(_SCHEME))
        given = {field: child.get(name) for name, field in _SCHEME.items()}
        parts.schemes.append(KineticScheme(**given, origin=child.origin))


_MEMBERS: dict[str, Callable[[DynamicsReader, Element, _Parts], None]] = {
    "StateVariable": DynamicsReader._state_variable,
    "DerivedVariable": DynamicsReader._derived_variable,
    "ConditionalDerivedVariable": DynamicsReader._conditional,
    "TimeDerivative": DynamicsReader._time_derivative,
    "OnStart": DynamicsReader._on_start,
    "OnCondition": DynamicsReader._on_condition,
    "OnEvent": DynamicsReader._on_event,
    "OnEntry": DynamicsReader._on_entry,
    "Regime": DynamicsReader._regime,
    "KineticScheme": DynamicsReader._kinetic_scheme,
    "Super": DynamicsReader._super,
}
