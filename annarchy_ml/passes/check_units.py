"""Checks the names and the dimensions of every expression of the component types of a document.

Before: equations under the names that their author wrote. After: the same, or one diagnostic per
inconsistent sum, comparison, assignment or function argument, in words. Core types are checked by
the tests of this package and left out of a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from annarchy_ml.diagnostics import Diagnostic, Diagnostics, did_you_mean
from annarchy_ml.diagnostics.origin import Origin, locate
from annarchy_ml.expr import Expr, Symbol, check_kind, infer
from annarchy_ml.model.component import ComponentType
from annarchy_ml.model.dynamics import (
    Action,
    ConditionalDerivedVariable,
    DerivedVariable,
    Dynamics,
    Regime,
    StateAssignment,
)
from annarchy_ml.passes.check_noise import check_noise
from annarchy_ml.passes.check_types import check_type
from annarchy_ml.passes.in_place import expression_in_place
from annarchy_ml.passes.scope import TypeScope
from annarchy_ml.units import Dimension, named, with_article

if TYPE_CHECKING:
    from annarchy_ml.passes.pipeline import Tables

TIME = Dimension(t=1)
Environment = Mapping[str, Dimension | None]


def check_units(tables: Tables, report: Diagnostics, core: bool = False) -> None:
    """Checks all types of a document; core types only where ``core`` is set."""
    for name, declared in tables.document.types.items():
        if (declared.core and not core) or (declared.dynamics and declared.dynamics.in_order):
            continue
        found = tables.types.get(name)
        if found is not None:
            check_type(found, declared, tables.types, report)
            _TypeCheck(found, tables, report).run(declared)
            if not declared.core:
                check_noise(found, declared, report)


class _TypeCheck:
    """The check of one type."""

    def __init__(self, found: ComponentType, tables: Tables, report: Diagnostics) -> None:
        self.found = found
        self.tables = tables
        self.report = report
        self.scope = TypeScope(found)
        self.names = self._names()

    def _dimension(self, name: str, origin: Origin | None) -> Dimension | None:
        if name == "*" or not name:
            return None if name == "*" else Dimension()
        if name == "none":
            return Dimension()
        known = self.tables.document.dimensions
        if name not in known:
            self.report.error(
                "dimension.unknown",
                f"there is no dimension '{name}'",
                locate(origin, "dimension"),
                hint=did_you_mean(name, known) or "define it with <Dimension>, or include its file",
                component=self.found.name,
            )
            return None
        return known[name]

    def _names(self) -> dict[str, Dimension | None]:
        result: dict[str, Dimension | None] = {"t": TIME}
        for name, (_, dimension, origin) in self.tables.document.constants.items():
            result[name] = self._dimension(dimension, origin)
        for required in self.found.requirements:
            result[required.name] = self._dimension(required.dimension, required.origin)
        for parameter in self.found.parameters:
            result[parameter.name] = self._dimension(parameter.dimension, parameter.origin)
        for computed in self.found.derived_parameters:
            result[computed.name] = self._dimension(computed.dimension, computed.origin)
        for name, state in self.scope.states.items():
            result[name] = self._dimension(state.dimension, state.origin)
        pending = []
        for name, derived in self.scope.derived.items():
            declared = self.scope.dimension(name)
            if derived.dimension or declared != "none":
                result[name] = self._dimension(declared, derived.origin)
            else:
                result[name] = None
                pending.append(derived)
        for _ in pending:
            for derived in pending:
                value = getattr(derived, "value", None)
                if value is not None and result[derived.name] is None:
                    result[derived.name] = infer(value, result, lambda _: None)
        return result

    def run(self, declared: ComponentType) -> None:
        """Checks what the type itself declares; inherited equations belong to their own type."""
        for item in declared.derived_parameters:
            if item.value is not None:
                self._check(item.value, item.origin, "value", self.names.get(item.name), item.name)
        if declared.dynamics is not None:
            self._dynamics(declared.dynamics)

    def _dynamics(self, dynamics: Dynamics) -> None:
        self._common(dynamics)
        self._actions(dynamics.on_start)
        for regime in dynamics.regimes:
            self._common(regime)
            self._actions(regime.on_entry)

    def _common(self, dynamics: Dynamics | Regime) -> None:
        for item in dynamics.derived:
            self._derived(item)
        for rate in dynamics.derivatives:
            expected = self.names.get(rate.variable)
            expected = expected / TIME if expected is not None else None
            self._check(rate.value, rate.origin, "value", expected, f"d{rate.variable}/dt")
        for condition in dynamics.conditions:
            self._check(condition.test, condition.origin, "test", None, "")
            self._actions(condition.actions)
        for event in dynamics.events:
            self._actions(event.actions)

    def _derived(self, item: DerivedVariable | ConditionalDerivedVariable) -> None:
        expected = self.names.get(item.name)
        if isinstance(item, ConditionalDerivedVariable):
            for case in item.cases:
                self._check(case.value, case.origin, "value", expected, item.name)
                if case.condition is not None:
                    self._check(case.condition, case.origin, "condition", None, "")
        elif item.value is not None:
            self._check(item.value, item.origin, "value", expected, item.name)

    def _actions(self, actions: Iterable[Action]) -> None:
        for item in actions:
            if isinstance(item, StateAssignment):
                expected = self.names.get(item.variable)
                self._check(item.value, item.origin, "value", expected, item.variable)

    def _check(
        self,
        value: Expr,
        origin: Origin | None,
        attribute: str,
        expected: Dimension | None,
        target: str,
    ) -> None:
        faults: list[Diagnostic] = []
        found = self._examine(value, attribute, faults)
        if faults:
            self._report_inside(origin, attribute, faults)
            return
        if found is None or expected is None or found == expected or _is_zero(value):
            return
        plain = Dimension() in (found, expected)
        record = self.report.warning if plain else self.report.error
        record(
            "units.mismatch",
            f"'{target}' is {with_article(expected)}, but its {attribute} is {with_article(found)}",
            locate(origin, attribute),
            label=named(found),
            component=self.found.name,
            hint=_advice(target, expected, found),
        )

    def _examine(self, value: Expr, attribute: str, faults: list[Diagnostic]) -> Dimension | None:
        """The dimension of an expression; its faults are added to a list."""
        may_be_flag = attribute == "condition" and isinstance(value, Symbol)
        found = infer(value, self.names, faults.append)
        if not may_be_flag:
            check_kind(value, attribute in ("test", "condition"), faults.append)
        return found

    def _report_inside(
        self, origin: Origin | None, attribute: str, faults: list[Diagnostic]
    ) -> None:
        """Reports faults again with the place of the wrong part."""
        placed: list[Diagnostic] = []
        again = expression_in_place(origin, attribute)
        if again is not None:
            self._examine(again, attribute, placed)
        for item in placed or faults:
            hint = item.hint or "change one of the two, or divide it by a constant of its kind"
            self.report.add(replace(item, hint=hint, component=self.found.name))


def _advice(target: str, expected: Dimension, found: Dimension) -> str:
    if "/" not in target:
        return (
            f"make the expression {with_article(expected)}, or declare '{target}' as "
            f"{with_article(found)}"
        )
    if found * Dimension(t=-1) == expected:
        return "divide it by a time constant"
    return f"make the expression {with_article(expected)}"


def _is_zero(value: Expr) -> bool:
    return getattr(value, "value", None) == 0.0
