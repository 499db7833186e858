"""Resolves what a component reads from others: requirements and ``select`` paths.

``select="gates[*]/fcond" reduce="multiply"`` becomes a product of the gates' variables;
``synapses[*]/i`` a sum that the engine fills over what is attached; ``peer/v`` a variable of the
component at the other end of a tunnel; a requirement the variable of the nearest ancestor.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from annarchy_ml.diagnostics import did_you_mean
from annarchy_ml.diagnostics.origin import locate, part_of
from annarchy_ml.expr import Binary, Expr, Number, Symbol
from annarchy_ml.kernels.nodes import Role
from annarchy_ml.model.component import Requirement
from annarchy_ml.model.dynamics import DerivedVariable
from annarchy_ml.model.instance import ANY_NAME, Node
from annarchy_ml.model.system import ForeignInput, ReducedInput, Variable
from annarchy_ml.passes.naming import Namer
from annarchy_ml.passes.scope import EXPOSED

if TYPE_CHECKING:
    from annarchy_ml.passes.events import Flattening

_FILTER = re.compile(r"^([^\[\]]+)\[(\*|[^\]=]+=\s*(?:'[^']*'|\"[^\"]*\"))\]$")
_SUMS = ("add", "sum", "plus", "+")
_PRODUCTS = ("multiply", "product", "times", "*")


class Selector:
    """Finds the variables of other components in one tree and around it."""

    def __init__(self, names: Namer, state: Flattening, environment: frozenset[str]) -> None:
        self.names = names
        self.scopes = names.scopes
        self.report = names.report
        self.state = state
        self.environment = environment

    def required(self, node: Node, requirement: Requirement) -> Expr | None:
        """The value that an ancestor offers for a requirement; None after a reported fault."""
        name = requirement.name
        if node.parent is not None:
            found = self.published(node.parent, name)
            if found is not None:
                return found
        outside = self.outside(name, requirement.dimension)
        if outside is None:
            self.report.error(
                "requirement.unmet",
                f"{node.type.name} '{node.label}' needs '{name}' from a surrounding component, "
                "and none has it",
                locate(node.origin),
                hint=_how_to_offer(name),
                component=node.path,
            )
        return outside

    def published(self, node: Node, name: str) -> Expr | None:
        """What a node, or its ancestors in the tree, offers under a name."""
        where: Node | None = node
        while where is not None:
            variable = self.scopes.of(where).published(name)
            if variable is not None:
                plain = variable.removesuffix(EXPOSED)
                meaning = self.names.symbol(where, plain)
                return meaning if plain == variable else Symbol(where.qualified(variable))
            if name in where.values:
                return self.names.symbol(where, name)
            where = where.parent
        return None

    def outside(self, name: str, dimension: str) -> Expr | None:
        """What the host, or components around the tree, offer under a name."""
        if self.state.host is not None:
            variable = self.scopes.published(self.state.host, name)
            if variable is not None:
                qualified = f"host:{variable}"
                self.state.foreign[qualified] = ForeignInput(qualified, "host", variable)
                return Symbol(qualified)
        if self.state.around is not None:
            variable = self.scopes.published(self.state.around, name)
            if variable is not None:
                qualified = f"around:{variable}"
                self.state.foreign[qualified] = ForeignInput(qualified, "around", variable)
                return Symbol(qualified)
        if name in self.environment:
            qualified = f"network:{name}"
            self.state.environment[name] = None
            self.state.variables[qualified] = Variable(qualified, Role.PARAMETER, dimension)
            return Symbol(qualified)
        return None

    def selected(self, node: Node, item: DerivedVariable) -> Expr:
        """The value of a ``select`` path."""
        *steps, variable = item.select.split("/")
        if item.select.startswith("//") or not variable:
            return self._unknown(node, item, item.select, [])
        places: list[Node] = [node]
        several = False
        for position, step in enumerate(steps):
            match = _FILTER.match(step)
            if match:
                several = True
                slot = match[1]
                if self._is_attachment(places, slot):
                    return self._attached(places[0], slot, match[2], variable, item)
                lists = [other.name for other in places[0].type.slots] if places else []
                if places and slot not in lists:
                    return self._unknown(places[0], item, slot, lists)
                places = [
                    child
                    for place in places
                    for child in place.list_of(slot)
                    if _passes(child, match[2])
                ]
                continue
            if step in self.scopes.of(places[0]).instances:
                return self._peer(item, steps[position + 1 :], variable, step)
            found = [place.step_to(step) for place in places]
            if any(child is None for child in found):
                if item.reduce or not item.required:
                    places, several = [], True
                    break
                names = [child.label for child in places[0].children] if places else []
                return self._unknown(node, item, step, names)
            places = [child for child in found if child is not None]
        return self._combined(node, item, places, variable, several)

    def _combined(
        self, node: Node, item: DerivedVariable, places: list[Node], variable: str, several: bool
    ) -> Expr:
        product = item.reduce in _PRODUCTS
        if several and item.reduce not in (*_SUMS, *_PRODUCTS):
            self.report.error(
                "attribute.missing",
                f"'{item.select}' can name several components, so '{item.name}' must say how to "
                "combine them",
                locate(item.origin, "select"),
                hint='write reduce="add" or reduce="multiply"',
            )
        values = []
        for place in places:
            found = self.published(place, variable)
            if found is None:
                names = [*self.scopes.of(place).states, *self.scopes.of(place).derived]
                return self._unknown(place, item, variable, names)
            values.append(found)
        if not values:
            return Number(1.0 if product else 0.0)
        result = values[0]
        for value in values[1:]:
            result = Binary("*" if product else "+", result, value)
        return result

    def _is_attachment(self, places: list[Node], slot: str) -> bool:
        return len(places) == 1 and any(
            item.name == slot and item.kind == "attachments" for item in places[0].type.slots
        )

    def _attached(
        self, node: Node, slot: str, predicate: str, variable: str, item: DerivedVariable
    ) -> Expr:
        name = node.qualified(f"{slot}[{predicate}]/{variable}")
        condition = None
        if predicate != "*":
            key, text = predicate.split("=", 1)
            condition = (key.strip(), text.strip().strip("'\""))
        operation = "multiply" if item.reduce in _PRODUCTS else "add"
        self.state.reduced[name] = ReducedInput(
            name, node.path, slot, variable, operation, condition
        )
        self.state.variables[name] = Variable(name, Role.REDUCED, item.dimension or "none")
        result: Expr = Symbol(name)
        for child in node.list_of(slot):
            found = self.published(child, variable)
            if found is not None:
                result = Binary("+" if operation == "add" else "*", result, found)
        return result

    def _peer(self, item: DerivedVariable, steps: list[str], variable: str, name: str) -> Expr:
        """A variable of a component elsewhere: of the first of the places that a name means."""
        places = self.state.ends.get(name) or self.state.ends.get(ANY_NAME)
        if not places:
            return self._unknown(self.state.root, item, name, list(self.state.ends))
        for index, where in places:
            place: Node | None = where
            for step in steps:
                place = place.step_to(step) if place is not None else None
            found = self.scopes.published(place, variable) if place is not None else None
            if found is not None:
                qualified = f"{index}:{found}"
                self.state.foreign[qualified] = ForeignInput(qualified, index, found)
                return Symbol(qualified)
        far = places[0][1]
        return self._unknown(far, item, variable, [*self.scopes.of(far).states])

    def _unknown(self, node: Node, item: DerivedVariable, name: str, known: list[str]) -> Expr:
        self.report.error(
            "path.unknown",
            f"'{item.select}' leads nowhere: there is no '{name}' in {node.type.name} "
            f"'{node.label}'",
            part_of(item.origin, "select", name),
            related=((span, "this component"),) if (span := locate(node.origin)) else (),
            notes=(f"it has: {', '.join(known)}",) if known else (),
            hint=did_you_mean(name, known) or "select something that it has",
            component=node.path,
        )
        return Number(0.0)


def _passes(node: Node, predicate: str) -> bool:
    if predicate == "*":
        return True
    key, text = predicate.split("=", 1)
    return node.component.attributes.get(key.strip(), "") == text.strip().strip("'\"")


def _how_to_offer(name: str) -> str:
    if name == "temperature":
        return 'write <network type="networkWithTemperature" temperature="32degC" ...>'
    return f"put it into a component that has '{name}'"
