"""Turns a value that a user gives into SI units: numbers, texts, arrays, distributions."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.diagnostics.core import Diagnostics, UsageError
from annarchy_ml.diagnostics.suggest import did_you_mean
from annarchy_ml.kernels.connectivity import Exponential, LogNormal, Normal, Uniform
from annarchy_ml.model.component import Component, ComponentType
from annarchy_ml.model.network import Setting

if TYPE_CHECKING:
    from annarchy_ml.model.network import Given
    from annarchy_ml.passes.pipeline import Tables

DISTRIBUTIONS = (Uniform, Normal, LogNormal, Exponential)


class ValueReader:
    """Reads values with the units and component types of one network."""

    def __init__(self, where: str, tables: Tables, report: Diagnostics) -> None:
        self.where = where
        self.tables = tables
        self.report = report

    def type_of(self, component: Component) -> ComponentType:
        """The resolved type of a component of the network."""
        found = self.tables.types.get(component.type)
        assert found is not None
        return found

    def time(self, given: float | str, what: str) -> float:
        """A time [s], from a number or a text."""
        value = self.value(given, "time", f"'{what}'")
        if isinstance(value, float):
            return value
        raise UsageError(f"'{what}' is one time, not {given!r}", hint='write "0.1 ms"')

    def setting(self, component: Component, name: str, value: Any, size: int) -> Setting:
        """A parameter or state of a component, and its value for ``size`` instances."""
        found = self.type_of(component)
        states = {item.name: item.dimension for item in _states(found)}
        parameters = {
            item.name: item.dimension for item in found.parameters if item.kind != "constant"
        }
        dimension = states.get(name, parameters.get(name))
        if dimension is None:
            self._not_settable(component, found, name, [*states, *parameters])
        assert dimension is not None
        what = f"'{name}' of {component.type} '{component.id}'"
        made = self.value(value, dimension, what)
        if isinstance(made, np.ndarray) and made.shape != (size,):
            raise UsageError(f"{what} takes one value or {size}, not shape {made.shape}")
        return Setting(name, made, None, name in states)

    def _not_settable(
        self, component: Component, found: ComponentType, name: str, known: list[str]
    ) -> None:
        what = f"{component.type} '{component.id}'"
        constants = [item.name for item in found.parameters if item.kind == "constant"]
        if name in constants:
            raise UsageError(f"'{name}' is a constant of {what}: it cannot be set")
        if any(item.name == name for item in found.derived_parameters):
            raise UsageError(
                f"'{name}' of {what} is computed from other parameters: it cannot be set"
            )
        raise UsageError(
            f"{what} has no parameter or state '{name}'",
            hint=did_you_mean(name, known) or f"it has: {', '.join(known)}",
        )

    def value(self, given: Any, dimension: str, what: str) -> Given:
        """A value in SI units: of a number, a text with unit, an array or a distribution.

        Raises:
            UsageError: If it is nothing of that, or not finite.
            ModelError: If a text has no number, or the wrong unit.
        """
        if isinstance(given, str):
            value = self.tables.values.quantity(given, dimension, None, what)
            found = [
                replace(
                    item, message=item.message.replace(f"'{what}'", what, 1), component=self.where
                )
                for item in self.report.take()
            ]
            Diagnostics(found).raise_if_errors()
            return value
        if isinstance(given, DISTRIBUTIONS):
            _check_distribution(given, what)
            return given
        try:
            array = np.array(given, float)
        except (TypeError, ValueError) as fault:
            raise UsageError(f"{what} takes numbers, not {given!r}") from fault
        if array.ndim > 1 or not np.all(np.isfinite(array)):
            raise UsageError(f"{what} takes finite numbers, one or a list of them, not {given!r}")
        return float(array) if array.ndim == 0 else array


def _states(found: ComponentType) -> list[Any]:
    dynamics = found.dynamics
    if dynamics is None:
        return []
    return [*dynamics.states, *(item for regime in dynamics.regimes for item in regime.states)]


def _check_distribution(given: Any, what: str) -> None:
    """Wants finite numbers in order; bounds may be infinite.

    Raises:
        UsageError: If they are not.
    """
    for item in fields(given):
        number = getattr(given, item.name)
        bound = item.name in ("low", "high") and not isinstance(given, Uniform)
        sound = isinstance(number, (int, float)) and (
            not math.isnan(number) if bound else math.isfinite(number)
        )
        if not sound:
            raise UsageError(f"{what}: '{item.name}' of {given!r} must be a number in SI units")
    if given.low > given.high:
        raise UsageError(f"{what}: nothing lies between the bounds of {given!r}")
