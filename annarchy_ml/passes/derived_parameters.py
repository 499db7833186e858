"""Derived parameters: computed once from other parameters, or selected by a path.

Before: ``<DerivedParameter name="g" value="1 / resistance"/>``. After: ``g`` among the values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from annarchy_ml.diagnostics import did_you_mean
from annarchy_ml.diagnostics.origin import locate, part_of
from annarchy_ml.expr import dependency_order, evaluate, free_symbols
from annarchy_ml.model.component import Component, ComponentType, DerivedParameter
from annarchy_ml.passes.titles import full_path, title, title_in_type

if TYPE_CHECKING:
    from annarchy_ml.passes.values import ValueTable


class DerivedParameters:
    """Computes derived parameters; faults are collected.

    Attributes:
        selected: component and parameter that each selected one takes its value from, by the
            component that it belongs to and its name.
    """

    def __init__(self, values: ValueTable) -> None:
        self.values = values
        self.report = values.report
        self.selected: dict[tuple[int, str], tuple[Component, str]] = {}

    def compute(self, component: Component, found: ComponentType, values: dict[str, float]) -> None:
        """Adds the derived parameters of a component to its values."""
        if not found.derived_parameters:
            return
        waiting = {item.name: item for item in found.derived_parameters}
        for item in found.derived_parameters:
            if item.select:
                values[item.name] = self._selected(component, item)
                waiting.pop(item.name, None)
        scope = {**self.values.constants, **values}
        given = {name: item.value for name, item in waiting.items() if item.value is not None}
        needs = {name: free_symbols(value) - scope.keys() for name, value in given.items()}
        for name in dependency_order(needs):
            values[name] = scope[name] = evaluate(given[name], scope)
            waiting.pop(name)
        names = {item.name for item in found.parameters}
        for item in waiting.values():
            self._no_value(component, found, item, scope, names)

    def _no_value(
        self,
        component: Component,
        found: ComponentType,
        item: DerivedParameter,
        scope: dict[str, float],
        declared: set[str],
    ) -> None:
        """Reports a derived parameter of unknown names; a missing parameter was reported."""
        if item.value is None:
            self.report.error(
                "attribute.missing",
                f"the derived parameter '{item.name}' needs a value or a select",
                locate(item.origin),
                hint='write value="..." or select="path/to/parameter"',
                component=found.name,
            )
            return
        derived = {other.name for other in found.derived_parameters}
        unknown = sorted(free_symbols(item.value) - scope.keys() - declared - derived)
        for name in unknown:
            self.report.error(
                "expr.unknown-name",
                f"the derived parameter '{item.name}' uses '{name}', which is no parameter or "
                f"constant of {title_in_type(found)}",
                part_of(item.origin, "value", name),
                hint=did_you_mean(name, [*scope, *declared]),
                component=found.name,
            )
        loop = sorted(free_symbols(item.value) & derived - scope.keys())
        if loop and not unknown and not declared - scope.keys():
            self.report.error(
                "loop.algebraic",
                f"the derived parameter '{item.name}' needs itself, through {', '.join(loop)}",
                locate(item.origin, "value"),
                component=found.name,
            )

    def _selected(self, component: Component, item: DerivedParameter) -> float:
        """A parameter of another component, by a path of slots, references and ids."""
        path = item.select
        where: Component | None = component
        *steps, name = path.removeprefix("//").rsplit("/", 1)
        if path.startswith("//"):
            where = self._anywhere(component, steps[0] if steps else "")
        else:
            for step in "/".join(steps).split("/") if steps else ():
                where = self.values.step_to(where, step) if where is not None else None
        values = self.values.of(where) if where is not None else {}
        if where is not None:
            self.selected[id(component), item.name] = (where, name)
        if name not in values:
            self.report.error(
                "path.unknown",
                f"the derived parameter '{item.name}' selects '{path}', which leads to no "
                f"parameter from {title(component)}",
                locate(component.origin),
                hint=did_you_mean(name, values),
                component=full_path(component),
            )
        return values.get(name, 0.0)

    def _anywhere(self, component: Component, step: str) -> Component | None:
        """The component ``Type[attribute=path]`` anywhere in the document."""
        from annarchy_ml.model.rows import each_of

        name, _, predicate = step.removesuffix("]").partition("[")
        attribute, _, wanted = predicate.partition("=")
        if wanted and wanted[0] not in "'\"":
            *steps, last = wanted.split("/")
            where: Component | None = component
            for item in steps:
                where = self.values.step_to(where, item) if where is not None else None
            wanted = where.attributes.get(last, "") if where is not None else ""
        wanted = wanted.strip("'\"")
        waiting = list(reversed(self.values.document.components))
        while waiting:
            found = waiting.pop()
            if found.type == name and (
                not attribute or found.attributes.get(attribute.strip(), "") == wanted
            ):
                return found
            waiting.extend(reversed(list(each_of(found.children))))
        return None
