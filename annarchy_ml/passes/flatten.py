"""Flattens a component tree into one ``EquationSystem``: children, paths, events, regimes.

Before: a cell with channels and gates, each with its own names, ``select`` paths, requirements
and inner event connections. After: parts in the order of the step, every name a path within the
tree, an event inside the tree replaced by what it does at its receiver.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.diagnostics.origin import Origin, locate
from annarchy_ml.expr import Binary, Conditional, Expr, Number, Symbol, pretty
from annarchy_ml.kernels.nodes import Emit, Flow, Propagate, Role, Set, Statement, When
from annarchy_ml.model.dynamics import (
    Action,
    ConditionalDerivedVariable,
    DerivedVariable,
    EventOut,
    KineticScheme,
    StateAssignment,
    TimeDerivative,
    Transition,
)
from annarchy_ml.model.instance import Node
from annarchy_ml.model.system import (
    Equation,
    EquationSystem,
    ForeignInput,
    Part,
    ReducedInput,
    RegimeEquations,
    Variable,
)
from annarchy_ml.passes.naming import Namer
from annarchy_ml.passes.order import ordered
from annarchy_ml.passes.scope import EXPOSED, Scopes, TypeScope
from annarchy_ml.passes.select import Selector

MAX_EVENT_DEPTH = 40


@dataclass(slots=True)
class Flattening:
    """What is collected while a tree is flattened."""

    host: Node | None
    around: Node | None = None
    peer: tuple[Node, Node] | None = None
    root: Node | None = None
    variables: dict[str, Variable] = field(default_factory=dict)
    reduced: dict[str, ReducedInput] = field(default_factory=dict)
    foreign: dict[str, ForeignInput] = field(default_factory=dict)
    environment: dict[str, None] = field(default_factory=dict)
    rank: dict[int, int] = field(default_factory=dict)


class Flattener:
    """Flattens trees; faults are collected."""

    def __init__(
        self, scopes: Scopes, constants: dict[str, float], report: Diagnostics
    ) -> None:
        self.scopes = scopes
        self.constants = constants
        self.report = report

    def system(
        self,
        root: Node,
        host: Node | None,
        environment: frozenset[str],
        ports: frozenset[tuple[str, str]] = frozenset(),
        around: Node | None = None,
        peer: tuple[Node, Node] | None = None,
    ) -> EquationSystem:
        """The equations of a tree.

        Args:
            root: the tree.
            host: the node that it is attached to, if it is.
            environment: names of parameters that surrounding components offer.
            ports: (path of node, port) of inner ports that are connected to the outside.
            around: the nearest surrounding component with dynamics, if there is one.
            peer: the component at the other end of a tunnel, and its host.
        """
        state = Flattening(host, around, peer)
        order = list(root.postorder())
        state.root = root
        state.rank = {id(node): position for position, node in enumerate(order)}
        builder = _TreeFlattener(self, state, root, environment, ports)
        parts = tuple(builder.part(node) for node in order)
        position = state.rank
        start = tuple(position[id(node)] for node in root.walk())
        return EquationSystem(
            name=root.type.name,
            parts=parts,
            start_order=start,
            variables=state.variables,
            reduced=tuple(state.reduced.values()),
            foreign=tuple(state.foreign.values()),
            handlers=builder.handlers(),
            out_ports=tuple(builder.out_ports),
            environment=tuple(state.environment),
            own_method=_own_method(root),
        )


class _TreeFlattener:
    """The state of one flattening; names are resolved by a ``Namer``, paths by a ``Selector``."""

    def __init__(
        self,
        owner: Flattener,
        state: Flattening,
        root: Node,
        environment: frozenset[str],
        ports: frozenset[tuple[str, str]],
    ) -> None:
        self.report = owner.report
        self.scopes = owner.scopes
        self.state = state
        self.root = root
        self.ports = ports
        self.names = Namer(owner.scopes, owner.constants, state.variables, owner.report)
        self.selector = Selector(self.names, state, environment)
        self.out_ports: dict[str, None] = {}
        for port in root.type.ports:
            if port.direction == "out":
                self.out_ports[port.name] = None
        self._depth = 0

    # one component

    def part(self, node: Node) -> Part:
        """The equations that one component contributes."""
        scope = self.scopes.of(node)
        self._declare(node, scope)
        dynamics = scope.dynamics
        selected, computed = self._derived(node, dynamics.derived)
        return Part(
            path=node.path,
            type_name=node.type.name,
            requirements=self._requirements(node, scope),
            scheme=self._scheme(node, dynamics.schemes[0]) if dynamics.schemes else None,
            derived=(*selected, *ordered(computed, self.report, node.origin)),
            rates=self._rates(node, dynamics.derivatives),
            conditions=tuple(
                statement
                for item in dynamics.conditions
                for statement in self._condition(node, item.test, item.actions, item.origin)
            ),
            published=tuple(
                (node.qualified(variable + EXPOSED), node.qualified(variable))
                for variable in sorted(set(scope.exposures.values()) & scope.late)
            ),
            on_start=self.actions(node, dynamics.on_start, node),
            regime=node.qualified("regime") if dynamics.regimes else "",
            regimes=self._regimes(node, scope),
            on_regime_start=self._regime_start(node, scope),
        )

    def _declare(self, node: Node, scope: TypeScope) -> None:
        for name in scope.states:
            self.names.declare(node, name, Role.STATE)
        for name in scope.derived:
            self.names.declare(node, name, Role.DERIVED)
        for name in scope.requirements:
            self.names.declare(node, name, Role.DERIVED)
        for name in set(scope.exposures.values()) & scope.late:
            self.names.declare(node, name, Role.EXPOSURE, EXPOSED)
        if scope.dynamics.regimes:
            name = node.qualified("regime")
            self.state.variables[name] = Variable(name, Role.REGIME, "none")

    def _requirements(self, node: Node, scope: TypeScope) -> tuple[Equation, ...]:
        result = []
        for requirement in scope.requirements.values():
            source = self.selector.required(node, requirement)
            if source is not None:
                result.append(
                    Equation(
                        node.qualified(requirement.name),
                        source,
                        f"{requirement.name} of the surrounding component",
                    )
                )
        return tuple(result)

    def _derived(
        self, node: Node, items: tuple[DerivedVariable | ConditionalDerivedVariable, ...]
    ) -> tuple[list[Equation], list[Equation]]:
        """Derived variables by path, and those by expression."""
        selected, computed = [], []
        for item in items:
            name = node.qualified(item.name)
            if isinstance(item, ConditionalDerivedVariable):
                computed.append(Equation(name, self._cases(node, item), _cases_text(item)))
            elif item.value is not None:
                value = self.names.expression(node, item.value, item.origin)
                computed.append(Equation(name, value, f"{item.name} = {pretty(item.value)}"))
            else:
                found = self.selector.selected(node, item)
                selected.append(Equation(name, found, f"{item.name} = {item.select}"))
        return selected, computed

    def _cases(self, node: Node, item: ConditionalDerivedVariable) -> Expr:
        value: Expr = Number(0.0)
        for case in reversed(item.cases):
            then = self.names.expression(node, case.value, case.origin)
            if case.condition is None:
                value = then
            else:
                test = self.names.expression(node, case.condition, case.origin, "condition")
                value = Conditional(test, then, value)
        return value

    def _rates(self, node: Node, items: tuple[TimeDerivative, ...]) -> tuple[Equation, ...]:
        scope = self.scopes.of(node)
        result = []
        for item in items:
            if item.variable not in scope.states:
                self._not_a_state(node, item.variable, item.origin)
                continue
            value = self.names.expression(node, item.value, item.origin)
            result.append(
                Equation(
                    node.qualified(item.variable),
                    value,
                    f"d{item.variable}/dt = {pretty(item.value)}",
                )
            )
        return tuple(result)

    def _not_a_state(self, node: Node, name: str, origin: Origin | None) -> None:
        self.report.error(
            "variable.not-state",
            f"'{name}' is not a state variable of {node.type.name}",
            locate(origin, "variable"),
            notes=(f"its states: {', '.join(self.scopes.of(node).states) or 'none'}",),
            hint=f'declare <StateVariable name="{name}" .../>',
        )

    # actions and events

    def _condition(
        self, node: Node, test: Expr, actions: tuple[Action, ...], origin: Origin | None
    ) -> list[Statement]:
        body = self.actions(node, actions, node)
        if not body:
            return []
        condition = self.names.expression(node, test, origin, "test")
        return [When(condition, body, f"when {pretty(test)}")]

    def actions(
        self, node: Node, actions: tuple[Action, ...], current: Node
    ) -> tuple[Statement, ...]:
        """Statements of a block; ``current`` is the component that steps when it runs."""
        result: list[Statement] = []
        for item in actions:
            if isinstance(item, StateAssignment):
                result.append(self._assignment(node, item, current))
            elif isinstance(item, EventOut):
                result.extend(self._send(node, item, current))
            else:
                result.extend(self._transition(node, item, current))
        return tuple(result)

    def _assignment(self, node: Node, item: StateAssignment, current: Node) -> Statement:
        if item.variable not in self.scopes.of(node).states:
            self._not_a_state(node, item.variable, item.origin)
        value = self.names.expression(node, item.value, item.origin)
        if self.state.rank[id(node)] > self.state.rank[id(current)]:
            value = self.names.earlier(value)
        return Set(
            node.qualified(item.variable), value, f"{item.variable} = {pretty(item.value)}"
        )

    def _send(self, node: Node, item: EventOut, current: Node) -> list[Statement]:
        ports = [port.name for port in node.type.ports if port.direction == "out"]
        if item.port not in ports:
            self.report.error(
                "port.unknown",
                f"{node.type.name} has no out-port '{item.port}'",
                locate(item.origin, "port"),
                notes=(f"its out-ports: {', '.join(ports) or 'none'}",),
                hint=f'declare <EventPort name="{item.port}" direction="out"/>',
            )
            return []
        result: list[Statement] = []
        for port, target, into in node.links:
            if port == item.port:
                result.extend(self.receive(target, into, current))
        if node is self.root or (node.path, item.port) in self.ports:
            name = node.qualified(item.port)
            self.out_ports[name] = None
            result.append(Emit(name))
        return result

    def receive(self, node: Node, port: str, current: Node) -> tuple[Statement, ...]:
        """What an event at an in-port of a component does."""
        if self._depth > MAX_EVENT_DEPTH:
            self.report.error(
                "connection.invalid",
                f"events inside {self.root.type.name} run in a circle through "
                f"'{node.label}:{port}'",
                locate(node.origin),
                hint="remove one of the event connections",
            )
            return ()
        self._depth += 1
        scope = self.scopes.of(node)
        result: list[Statement] = []
        for event in scope.dynamics.events:
            if event.port == port:
                result.extend(self.actions(node, event.actions, current))
        for number, regime in enumerate(scope.dynamics.regimes):
            for event in regime.events:
                if event.port == port:
                    body = self.actions(node, event.actions, current)
                    if body:
                        result.append(When(self._in_regime(node, number), body))
        self._depth -= 1
        return tuple(result)

    def handlers(self) -> tuple[tuple[str, tuple[Statement, ...]], ...]:
        """Statements for events from outside, by in-port."""
        result = []
        for node in self.root.postorder():
            for port in node.type.ports:
                outside = node is self.root or (node.path, port.name) in self.ports
                if port.direction != "in" or not outside:
                    continue
                body = self.receive(node, port.name, node)
                if body:
                    result.append((node.qualified(port.name), body))
        return tuple(result)

    # regimes and kinetic schemes

    def _in_regime(self, node: Node, number: int) -> Expr:
        return Binary("==", Symbol(node.qualified("regime")), Number(float(number)))

    def _regime_number(self, node: Node, name: str, origin: Origin | None) -> int:
        names = [item.name for item in self.scopes.of(node).dynamics.regimes]
        if name in names:
            return names.index(name)
        self.report.error(
            "regime.initial",
            f"{node.type.name} has no regime '{name}'",
            locate(origin, "regime"),
            notes=(f"its regimes: {', '.join(names)}",),
        )
        return 0

    def _transition(self, node: Node, item: Transition, current: Node) -> list[Statement]:
        number = self._regime_number(node, item.regime, item.origin)
        entered = self.scopes.of(node).dynamics.regimes[number]
        change = Set(
            node.qualified("regime"), Number(float(number)), f"enters regime {item.regime}"
        )
        return [change, *self.actions(node, entered.on_entry, current)]

    def _regimes(self, node: Node, scope: TypeScope) -> tuple[RegimeEquations, ...]:
        result = []
        for number, regime in enumerate(scope.dynamics.regimes):
            selected, computed = self._derived(node, regime.derived)
            result.append(
                RegimeEquations(
                    number,
                    regime.name,
                    (*selected, *ordered(computed, self.report, regime.origin)),
                    self._rates(node, regime.derivatives),
                    tuple(
                        statement
                        for item in regime.conditions
                        for statement in self._condition(
                            node, item.test, item.actions, item.origin
                        )
                    ),
                )
            )
        return tuple(result)

    def _regime_start(self, node: Node, scope: TypeScope) -> tuple[Statement, ...]:
        regimes = scope.dynamics.regimes
        if not regimes:
            return ()
        first = next((item for item in regimes if item.initial), None)
        if first is None:
            self.report.error(
                "regime.initial",
                f"no regime of {node.type.name} is marked as the initial one",
                locate(regimes[0].origin),
                hint='write initial="true" on one of its regimes',
            )
            first = regimes[0]
        number = regimes.index(first)
        return (
            Set(node.qualified("regime"), Number(float(number)), f"starts in {first.name}"),
            *self.actions(node, first.on_entry, node),
        )

    def _scheme(self, node: Node, scheme: KineticScheme) -> Propagate | None:
        nodes = node.list_of(scheme.nodes)
        labels = {item.component.id: position for position, item in enumerate(nodes)}
        flows = []
        for edge in node.list_of(scheme.edges):
            ends = []
            for attribute in (scheme.edge_source, scheme.edge_target):
                name = edge.component.attributes.get(attribute, "")
                if name not in labels:
                    self.report.error(
                        "component.unknown",
                        f"the transition leads to the state '{name}', which is not in "
                        f"'{node.label}'",
                        locate(edge.origin, attribute),
                        notes=(f"its states: {', '.join(labels)}",),
                    )
                    return None
                ends.append(labels[name])
            forward = self.scopes.published(edge, scheme.forward_rate)
            reverse = self.scopes.published(edge, scheme.reverse_rate)
            if forward is None or reverse is None:
                self.report.error(
                    "path.unknown",
                    f"{edge.type.name} offers no '{scheme.forward_rate}' and "
                    f"'{scheme.reverse_rate}' as the scheme '{scheme.name}' needs",
                    locate(edge.origin),
                )
                return None
            flows.append(Flow(ends[0], ends[1], Symbol(forward), Symbol(reverse)))
        occupancies = tuple(item.qualified(scheme.state_variable) for item in nodes)
        return Propagate(occupancies, tuple(flows), f"kinetic scheme {scheme.name}")


def _cases_text(item: ConditionalDerivedVariable) -> str:
    parts = [
        pretty(case.value) + (f" if {pretty(case.condition)}" if case.condition else "")
        for case in item.cases
    ]
    return f"{item.name} = {', '.join(parts)}"


def _own_method(root: Node) -> str:
    """How the reference mode treats a tree that the reference interpreter does not step itself.

    jLEMS solves a type marked as ``simultaneous`` by Runge-Kutta. It does not run cells whose
    morphology or biophysics stands outside of the cell; their reference is NEURON, whose gating is
    exponential Euler.
    """
    if root.type.dynamics is not None and root.type.dynamics.simultaneous:
        return "rk4"
    return "exponential_euler" if any(node.outside for node in root.walk()) else ""
