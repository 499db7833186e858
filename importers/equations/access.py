"""Attributes of neurons as attributes of Python objects."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.units import factor_of

_INTERNAL = ("net", "neuron_type", "name", "geometry", "size", "values", "position", "targets")


class Attributes(ABC):
    """Access to attributes as Python attributes, for populations and views."""

    @abstractmethod
    def _get(self, name: str) -> Any:
        """The value of an attribute."""

    @abstractmethod
    def _set(self, name: str, value: Any) -> None:
        """Gives an attribute another value."""

    @abstractmethod
    def _names(self) -> tuple[str, ...]:
        """Names of all attributes."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in _INTERNAL:
            raise AttributeError(name)
        return self._get(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_") or name in _INTERNAL or hasattr(type(self), name):
            object.__setattr__(self, name, value)
        else:
            self._set(name, value)

    def get(self, name: str, unit: str | None = None) -> Any:
        """The value of an attribute, in the native scale or in a unit."""
        value = self._get(name) if name in self._names() else getattr(self, name)
        if unit is None:
            return value
        factor = factor_of(unit)
        if factor is None:
            raise ANNarchyException(f"'{unit}' is no unit")
        return value / factor

    def set(self, values: dict[str, Any]) -> None:
        """Gives several attributes other values."""
        for name, value in values.items():
            if name in self._names():
                self._set(name, value)
            else:
                setattr(self, name, value)
