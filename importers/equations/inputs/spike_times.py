"""Neurons that spike at given times."""

from __future__ import annotations

from typing import Any

import numpy as np

from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.inputs.timetable import Timed
from annarchy_ml.importers.equations.neuron import Neuron
from annarchy_ml.importers.equations.running import TimedRows
from annarchy_ml.importers.equations.values import steps, time_of


class SpikeSourceArray(Timed):
    """Spikes at given times: in step round(time/dt).

    Attributes:
        spike_times: a list of times [ms] for each neuron; it may be replaced between runs.
    """

    _fed = ("due",)
    _restored = ()

    def __init__(self, spike_times: Any, name: str | None = None) -> None:
        """A source of spikes.

        Args:
            spike_times: [ms], a list for each neuron, or one list for a single one.
            name: of the population.
        """
        neuron = Neuron(equations="due = due", spike="due > 0.5", reset="due = 0.0", name="Spikes")
        self.__dict__["_trains"] = trains = _trains(spike_times)
        super().__init__(len(trains), neuron, name)

    @property
    def spike_times(self) -> list[list[float]]:
        """Times of spikes [ms] of each neuron."""
        return [list(item) for item in self._trains]

    @spike_times.setter
    def spike_times(self, given: Any) -> None:
        found = _trains(given)
        if len(found) != self.size:
            raise ANNarchyException(f"there are {self.size} neurons, not {len(found)}")
        self._trains = found
        if "_waiting" not in self.__dict__:
            self._changed(self._origin)

    def _tables(self) -> dict[str, TimedRows]:
        h = self.net.dt
        pairs = {(steps(t, h), k) for k, train in enumerate(self._trains) for t in train}
        when, who = np.array(sorted(pairs), np.int64).reshape(-1, 2).T
        moments, begins = np.unique(when, return_index=True)
        rows = (np.append(begins, len(who)).astype(np.int64), who.astype(np.int32))
        return {"due": TimedRows(moments, np.zeros(0), rows, 0)}


def _trains(given: Any) -> list[list[float]]:
    """A list of times for each neuron.

    Raises:
        ANNarchyException: If these are no times.
    """
    if isinstance(given, (int, float, str)):
        return [[time_of(given, "the time of a spike")]]
    rows = list(given)
    if not rows or np.ndim(rows[0]) == 0:
        rows = [rows]
    return [[time_of(item, "the time of a spike") for item in row] for row in rows]
