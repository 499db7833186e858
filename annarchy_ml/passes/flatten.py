"""Flattens a component tree into one ``EquationSystem``: children, paths, events, regimes.

Before: a cell with channels and gates, each with its own names, ``select`` paths, requirements
and inner event connections. After: parts in the order of the step, every name a path within the
tree, an event inside the tree replaced by what it does at its receiver.
"""

from __future__ import annotations

from dataclasses import replace

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.expr import Conditional, Expr, Number, pretty
from annarchy_ml.kernels.nodes import Propagate, Role, Set, Statement
from annarchy_ml.model.dynamics import (
    ConditionalDerivedVariable,
    DerivedVariable,
    Dynamics,
    MoveBlock,
    TimeDerivative,
)
from annarchy_ml.model.instance import Ends, Node
from annarchy_ml.model.system import (
    Equation,
    EquationSystem,
    Part,
    RegimeEquations,
    Variable,
)
from annarchy_ml.passes.events import EventFlattener, Flattening
from annarchy_ml.passes.naming import Namer
from annarchy_ml.passes.order import ordered
from annarchy_ml.passes.schemes import scheme_statement
from annarchy_ml.passes.scope import EXPOSED, Scopes, TypeScope
from annarchy_ml.passes.select import Selector


class Flattener:
    """Flattens trees; faults are collected."""

    def __init__(self, scopes: Scopes, constants: dict[str, float], report: Diagnostics) -> None:
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
        ends: Ends | None = None,
    ) -> EquationSystem:
        """The equations of a tree.

        Args:
            root: the tree.
            host: the node that it is attached to, if it is.
            environment: names of parameters that surrounding components offer.
            ports: (path of node, port) of inner ports that are connected to the outside.
            around: the nearest surrounding component with dynamics, if there is one.
            ends: components elsewhere that its instance references name.
        """
        state = Flattening(root, host, around, ends or {})
        order = list(root.postorder())
        state.rank = {id(node): position for position, node in enumerate(order)}
        builder = _TreeFlattener(self, state, environment, ports)
        parts = tuple(builder.part(node) for node in order)
        start = tuple(state.rank[id(node)] for node in root.walk())
        handlers = builder.handlers()
        return EquationSystem(
            name=root.type.name,
            parts=parts,
            start_order=start,
            variables=state.variables,
            reduced=tuple(state.reduced.values()),
            foreign=tuple(state.foreign.values()),
            handlers=handlers,
            out_ports=tuple(builder.out_ports),
            environment=tuple(state.environment),
            own_method=_own_method(root),
        )


class _TreeFlattener(EventFlattener):
    """The state of one flattening; names are resolved by a ``Namer``, paths by a ``Selector``."""

    def __init__(
        self,
        owner: Flattener,
        state: Flattening,
        environment: frozenset[str],
        ports: frozenset[tuple[str, str]],
    ) -> None:
        names = Namer(owner.scopes, owner.constants, state.variables, owner.report)
        super().__init__(owner.report, names, state, ports)
        self.selector = Selector(names, state, environment)

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
            scheme=_first_scheme(node, dynamics, self.scopes, self.report),
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
            blocks=tuple(self._block(node, item) for item in dynamics.blocks),
        )

    def _block(self, node: Node, block: MoveBlock) -> MoveBlock:
        """A block of equations under qualified names."""
        drawn = {name: node.qualified(name) for item in block.moves for name, _ in item.draws}

        def named(value: Expr | None) -> Expr | None:
            return None if value is None else self.names.expression(node, value, None, own=drawn)

        moves = tuple(
            replace(
                item,
                draws=tuple((drawn[name], named(draw) or draw) for name, draw in item.draws),
                variable=node.qualified(item.variable),
                value=named(item.value) or item.value,
                slopes=tuple(
                    (node.qualified(name), named(slope) or slope) for name, slope in item.slopes
                ),
                low=named(item.low),
                high=named(item.high),
                test=named(item.test),
            )
            for item in block.moves
        )
        return replace(block, moves=moves)

    def _declare(self, node: Node, scope: TypeScope) -> None:
        for name in scope.states:
            self.names.declare(node, name, Role.STATE)
        for name in scope.derived:
            self.names.declare(node, name, Role.DERIVED)
        for name in scope.requirements:
            self.names.declare(node, name, Role.DERIVED)
        for name in sorted(set(scope.exposures.values()) & scope.late):
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
                        for statement in self._condition(node, item.test, item.actions, item.origin)
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


def _cases_text(item: ConditionalDerivedVariable) -> str:
    parts = [
        pretty(case.value) + (f" if {pretty(case.condition)}" if case.condition else "")
        for case in item.cases
    ]
    return f"{item.name} = {', '.join(parts)}"


def _own_method(root: Node) -> str:
    """How the reference mode treats a tree that the reference interpreter does not step itself.

    jLEMS solves a type marked as ``simultaneous`` by Runge-Kutta.
    """
    dynamics = root.type.dynamics
    return "rk4" if dynamics is not None and dynamics.simultaneous else ""


def _first_scheme(
    node: Node, dynamics: Dynamics, scopes: Scopes, report: Diagnostics
) -> Propagate | None:
    if not dynamics.schemes:
        return None
    return scheme_statement(node, dynamics.schemes[0], scopes, report)
