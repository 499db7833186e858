"""Turns the names in an expression into paths within the tree, and reports unknown ones."""

from __future__ import annotations

from collections.abc import Mapping

from annarchy_ml.diagnostics import Diagnostics, did_you_mean
from annarchy_ml.diagnostics.origin import Origin
from annarchy_ml.expr import Expr, Number, Symbol, free_symbols, rename, substitute
from annarchy_ml.kernels.nodes import Role
from annarchy_ml.model.instance import Node
from annarchy_ml.model.system import Variable
from annarchy_ml.passes.in_place import symbol_span
from annarchy_ml.passes.scope import Scopes

_NOTHING: Mapping[str, str] = {}


class Namer:
    """Qualifies names for the nodes of one tree, and declares what they stand for."""

    def __init__(
        self,
        scopes: Scopes,
        constants: dict[str, float],
        variables: dict[str, Variable],
        report: Diagnostics,
    ) -> None:
        self.scopes = scopes
        self.constants = constants
        self.variables = variables
        self.report = report

    def declare(self, node: Node, name: str, role: Role, suffix: str = "") -> str:
        """Registers a variable of a node and gives its qualified name."""
        qualified = node.qualified(name + suffix)
        dimension = self.scopes.of(node).dimension(name)
        self.variables.setdefault(qualified, Variable(qualified, role, dimension))
        return qualified

    def symbol(self, node: Node, name: str) -> Symbol | Number | None:
        """What ``name`` means in the scope of a node; None if nothing."""
        scope = self.scopes.of(node)
        if name in scope.states or name in scope.derived or name in scope.requirements:
            return Symbol(node.qualified(name))
        if name in scope.parameters or name in node.values:
            if _is_constant(node, name):
                return Number(node.values[name])
            return Symbol(self.declare(node, name, Role.PARAMETER))
        if name in self.constants:
            return Number(self.constants[name])
        ordered = scope.dynamics.in_order
        step = ordered and name in ("dt", "t_prev")
        return Symbol(name) if name == "t" or step else None

    def expression(
        self,
        node: Node,
        value: Expr,
        origin: Origin | None,
        attribute: str = "value",
        own: Mapping[str, str] = _NOTHING,
    ) -> Expr:
        """The expression with every name qualified, those of its ``own`` as these say."""
        names: dict[str, Expr] = {}
        for name in sorted(free_symbols(value)):
            found = Symbol(own[name]) if name in own else self.symbol(node, name)
            if found is None:
                self._unknown(node, value, name, origin, attribute)
                found = Number(0.0)
            names[name] = found
        return substitute(value, names)

    def earlier(self, value: Expr) -> Expr:
        """The expression as a component sees it that has not stepped yet: the time lags."""
        return rename(value, {"t": "t_prev"})

    def _unknown(
        self, node: Node, value: Expr, name: str, origin: Origin | None, attribute: str
    ) -> None:
        scope = self.scopes.of(node)
        known = [*scope.states, *scope.derived, *scope.requirements, *scope.parameters]
        self.report.error(
            "expr.unknown-name",
            f"'{name}' is no variable, parameter or constant of {node.type.name}",
            symbol_span(origin, attribute, name),
            component=node.type.name,
            hint=did_you_mean(name, [*known, *self.constants])
            or f'if a surrounding component has it, add <Requirement name="{name}" .../>',
        )


def _is_constant(node: Node, name: str) -> bool:
    return any(item.name == name and item.kind == "constant" for item in node.type.parameters)
