"""Derived parameters as formulas, so that they follow a parameter that is set between runs.

Before: ``averageIsi`` in the equations of a Poisson input, computed while the file was read. After:
``averageIsi = 1 / averageRate`` among the formulas of its group, and ``averageRate`` among its
parameters. A selected one becomes a formula if what it selects stands in the same tree.
"""

from __future__ import annotations

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.expr import Expr, Number, Symbol, free_symbols, substitute
from annarchy_ml.kernels.nodes import Role
from annarchy_ml.model.component import Component, DerivedParameter
from annarchy_ml.model.instance import Node
from annarchy_ml.model.system import Equation, Variable
from annarchy_ml.passes.naming import Namer
from annarchy_ml.passes.order import ordered
from annarchy_ml.passes.scope import Scopes

Selected = dict[tuple[int, str], tuple[Component, str]]
"""Where a selected derived parameter comes from: by component and name, component and name."""
Formulas = tuple[tuple[str, Expr], ...]


class FormulaFinder:
    """Finds the formulas of trees; the parameters that they need are declared."""

    def __init__(
        self,
        scopes: Scopes,
        constants: dict[str, float],
        selected: Selected,
        report: Diagnostics,
    ) -> None:
        self.scopes = scopes
        self.constants = constants
        self.selected = selected
        self.report = report

    def of(self, root: Node, variables: dict[str, Variable]) -> Formulas:
        """The formulas of the derived parameters among the variables, in order of evaluation.

        Args:
            root: the tree.
            variables: of its system; parameters that only formulas use are added.
        """
        nodes = {node.path: node for node in root.walk()}
        names = Namer(self.scopes, self.constants, variables, self.report)
        found: dict[str, Equation] = {}
        waiting = [name for name, item in variables.items() if item.role is Role.PARAMETER]
        while waiting:
            name = waiting.pop()
            path, _, own = name.removeprefix("./").rpartition("/")
            node = nodes.get(path)
            value = self._formula(names, node, own) if node is not None else None
            if value is None or name in found:
                continue
            found[name] = Equation(name, value)
            waiting.extend(free_symbols(value))
        equations = ordered([found[name] for name in sorted(found)], self.report, root.origin)
        return tuple((item.name, item.value) for item in equations)

    def _formula(self, names: Namer, node: Node, own: str) -> Expr | None:
        item = next((d for d in node.type.derived_parameters if d.name == own), None)
        if item is None:
            return None
        if item.value is None:
            return self._selected(names, node, item)
        fixed = {
            part.name: Number(node.values[part.name])
            for part in node.type.parameters
            if part.kind == "property" and part.name in node.values
        }
        return names.expression(node, substitute(item.value, fixed), item.origin)

    def _selected(self, names: Namer, node: Node, item: DerivedParameter) -> Expr | None:
        component, name = self.selected.get((id(node.component), item.name), (None, ""))
        where: Node | None = node
        while component is not None and where is not None:
            inside = [other for other in where.walk() if other.component is component]
            if inside:
                found = names.symbol(inside[0], name)
                return found if isinstance(found, Symbol) else None
            where = where.parent
        return None
