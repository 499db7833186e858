"""Rates that a script gives: one array, or rows that follow each other in time."""

from __future__ import annotations

from typing import Any

import numpy as np

from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.inputs.source import Source
from annarchy_ml.importers.equations.inputs.timetable import NEVER, Floats, Timed
from annarchy_ml.importers.equations.neuron import Neuron
from annarchy_ml.importers.equations.running import TimedRows


class InputArray(Source):
    """Rate-coded neurons whose ``r`` a script sets."""

    def __init__(self, geometry: Any, name: str | None = None) -> None:
        super().__init__(geometry, Neuron(parameters="r = 0.0", name="InputArray"), name)


class TimedArray(Timed):
    """Rate-coded neurons whose ``r`` takes the rows of an array, one after the other.

    Attributes:
        rates: shape (rows, ...geometry).
    """

    _fed = ("given",)
    _restored = ("_schedule", "_period", "_rates")

    def __init__(
        self,
        rates: Any = None,
        geometry: Any = None,
        schedule: Any = 0.0,
        period: Any = NEVER,
        name: str | None = None,
    ) -> None:
        """A timed array.

        Args:
            rates: shape (rows, ...geometry); None: given later by `update`.
            geometry: needed without rates.
            schedule: time between rows, 0 for every step, or the time of each row [ms].
            period: after which the rows begin again [ms]; -1: never, the last row stays.
            name: of the population.
        """
        if rates is None and geometry is None:
            raise ANNarchyException("TimedArray needs rates, or a geometry")
        shape = (np.shape(rates)[1:] or 1) if geometry is None else geometry
        neuron = Neuron(parameters="given = 0.0", equations="r = given", name="TimedArray")
        super().__init__(shape, neuron, name)
        self._rates: Floats | None = None
        self._set_times(schedule, period)
        if rates is not None:
            self._rates = self._checked(rates)

    def _checked(self, rates: Any) -> Floats:
        found = np.asarray(rates, float)
        size = self.size
        if found.ndim == 0 or found.size != len(found) * size:
            raise ANNarchyException(
                f"rates have the shape (rows, ...) of {size} neurons, not {found.shape}"
            )
        return found

    @property
    def rates(self) -> Any:
        """The rows."""
        return self._rates

    def update(
        self, rates: Any, schedule: Any = None, period: Any = None, reset: bool = True
    ) -> None:
        """Other rows.

        Args:
            rates: shape (rows, ...geometry).
            schedule: as in the constructor; None keeps it.
            period: as in the constructor; None keeps it.
            reset: whether times count from now on, or go on as they are.
        """
        found = self._checked(rates)
        self._set_times(schedule, period)
        self._rates = found
        if "_waiting" in self.__dict__:
            return
        running = self.net.running
        now = 0 if running is None else running.step
        self._changed(now if reset else self._origin)

    def _shown(self, name: str, row: Floats) -> None:
        super()._shown(name, row)
        self.put("r", row)

    def _tables(self) -> dict[str, TimedRows]:
        if self._rates is None:
            return {}
        return {"given": self._rows(self._rates.reshape(len(self._rates), self.size))}
