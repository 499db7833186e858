"""Actions and events of one component tree: an event inside it becomes what it does.

Before: ``<EventOut port="relay"/>`` in a synapse whose plasticity mechanism listens. After: the
assignments of the mechanism's ``OnEvent``, in the place of the event. Assignments of a block run
before its events are sent, as in jLEMS; a component that has not stepped yet sees the time at the
start of the step.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.diagnostics.origin import Origin, locate
from annarchy_ml.expr import Binary, Expr, Number, Symbol, pretty
from annarchy_ml.kernels.nodes import Accumulate, Emit, Set, Statement, When
from annarchy_ml.model.dynamics import Action, EventOut, HostAddition, StateAssignment, Transition
from annarchy_ml.model.instance import Ends, Node
from annarchy_ml.model.system import ForeignInput, ReducedInput, Variable
from annarchy_ml.passes.naming import Namer
from annarchy_ml.passes.scope import Scopes

MAX_EVENT_DEPTH = 40


@dataclass(slots=True)
class Flattening:
    """What is around a tree, and what is collected while it is flattened.

    Attributes:
        root: the tree.
        host: the node that it is attached to, if it is.
        around: the nearest surrounding component with dynamics, if there is one.
        ends: components elsewhere that its instance references name.
        rank: position in the order of the step, by id of the node.
    """

    root: Node
    host: Node | None
    around: Node | None = None
    ends: Ends = field(default_factory=dict)
    variables: dict[str, Variable] = field(default_factory=dict)
    reduced: dict[str, ReducedInput] = field(default_factory=dict)
    foreign: dict[str, ForeignInput] = field(default_factory=dict)
    environment: dict[str, None] = field(default_factory=dict)
    rank: dict[int, int] = field(default_factory=dict)


class EventFlattener:
    """Turns actions into statements; the base of what flattens a whole tree."""

    def __init__(
        self,
        report: Diagnostics,
        names: Namer,
        state: Flattening,
        ports: frozenset[tuple[str, str]],
    ) -> None:
        self.report = report
        self.names = names
        self.scopes: Scopes = names.scopes
        self.state = state
        self.root = state.root
        self.ports = ports
        self.out_ports: dict[str, None] = {}
        for port in self.root.type.ports:
            if port.direction == "out":
                self.out_ports[port.name] = None
        self._depth = 0

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
            elif isinstance(item, HostAddition):
                result.append(self._addition(node, item))
            else:
                result.extend(self._transition(node, item, current))
        return tuple(result)

    def _assignment(self, node: Node, item: StateAssignment, current: Node) -> Statement:
        if item.variable not in self.scopes.of(node).states:
            self._not_a_state(node, item.variable, item.origin)
        value = self.names.expression(node, item.value, item.origin)
        if self.state.rank[id(node)] > self.state.rank[id(current)]:
            value = self.names.earlier(value)
        return Set(node.qualified(item.variable), value, f"{item.variable} = {pretty(item.value)}")

    def _addition(self, node: Node, item: HostAddition) -> Statement:
        name = f"host/{item.variable}"
        self.state.foreign[name] = ForeignInput(name, "host", item.variable)
        value = self.names.expression(node, item.value, item.origin)
        return Accumulate(name, value, f"{item.variable} += {pretty(item.value)}")

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
            heard = [event for event in regime.events if event.port == port]
            for event in heard:
                body = self.actions(node, event.actions, current)
                result.extend([When(self._in_regime(node, number), body)] if body else [])
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

    def _not_a_state(self, node: Node, name: str, origin: Origin | None) -> None:
        self.report.error(
            "variable.not-state",
            f"'{name}' is not a state variable of {node.type.name}",
            locate(origin, "variable"),
            notes=(f"its states: {', '.join(self.scopes.of(node).states) or 'none'}",),
            hint=f'declare <StateVariable name="{name}" .../>',
        )
