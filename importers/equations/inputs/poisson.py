"""Neurons that spike at random."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.inputs.source import Source
from annarchy_ml.importers.equations.inputs.timetable import NEVER, Floats, Timed
from annarchy_ml.importers.equations.neuron import Neuron
from annarchy_ml.importers.equations.running import TimedRows
from annarchy_ml.importers.equations.values import is_law

if TYPE_CHECKING:
    from annarchy_ml.importers.equations.values import Values

_SPIKE = "1000.0 * Uniform(0.0, 1.0) < rates * dt"


def _checked_rates(rates: Any) -> Any:
    """Rates [Hz] that may be.

    Raises:
        ANNarchyException: If one is negative, or none.
    """
    wrong = np.ravel(rates)[~(np.ravel(rates) >= 0.0)]
    if len(wrong):
        raise ANNarchyException(f"rates are 0 Hz or more, not {wrong[0]:g}")
    return rates


class _Summing(Neuron):
    """Spiking neurons that read weighted sums of rates."""

    reads_sums = True


class PoissonPopulation(Source):
    """Independent random spikes: one in a step with probability rate * dt / 1000."""

    def __init__(
        self,
        geometry: Any,
        rates: Any = None,
        target: str | None = None,
        parameters: Any = None,
        refractory: Any = None,
        name: str | None = None,
    ) -> None:
        """A population of random spikes.

        Args:
            geometry: of the population.
            rates: [Hz], a number, an array, a law, or an equation in ``t`` and `parameters`.
            target: without rates: the rate is the weighted sum of this target.
            parameters: of the equation.
            refractory: [ms].
            name: of the population.
        """
        if (rates is None) == (target is None):
            raise ANNarchyException("PoissonPopulation needs either rates or a target")
        text = f"sum({target})" if rates is None else rates
        values = None
        if isinstance(text, str):
            neuron: Neuron = _Summing(
                parameters=parameters,
                equations=f"rates = {text}",
                spike=_SPIKE,
                refractory=refractory,
                name="Poisson",
            )
        else:
            if parameters:
                raise ANNarchyException("parameters are for rates that are an equation")
            values = rates if is_law(rates) else _checked_rates(np.asarray(rates, float))
            neuron = Neuron(
                parameters="rates = 0.0", spike=_SPIKE, refractory=refractory, name="Poisson"
            )
        super().__init__(geometry, neuron, name)
        self._values = values

    def _begin(self) -> None:
        if self._values is not None:
            self.set({"rates": self._values})

    def put(self, name: str, values: Values) -> None:
        """Gives all neurons other values of an attribute; rates are not negative."""
        super().put(name, _checked_rates(values) if name == "rates" else values)


class TimedPoissonPopulation(Timed):
    """Independent random spikes whose rates change at given times."""

    _fed = ("rates",)
    _restored = ("_schedule", "_period", "_given")

    def __init__(
        self, geometry: Any, rates: Any, schedule: Any, period: Any = NEVER, name: str | None = None
    ) -> None:
        """A population of random spikes.

        Args:
            geometry: of the population.
            rates: [Hz], for each time one for all neurons, or one for each.
            schedule: the times [ms].
            period: after which all begins again [ms]; -1: never.
            name: of the population.
        """
        neuron = Neuron(parameters="rates = 0.0", spike=_SPIKE, name="TimedPoisson")
        super().__init__(geometry, neuron, name)
        self._set_times(schedule, period)
        self._given = self._checked(rates)

    def _checked(self, rates: Any) -> Floats:
        found = np.asarray(rates, float)
        if found.ndim == 0 or found.size not in (len(found), len(found) * self.size):
            raise ANNarchyException("rates are one for each time, or one for each neuron and time")
        if np.ndim(self.schedule) and len(self.schedule) != len(found):
            raise ANNarchyException(f"{len(found)} rows of rates need as many times")
        _checked_rates(found)
        return np.broadcast_to(found.reshape(len(found), -1), (len(found), self.size))

    def update(
        self, rates: Any, schedule: Any = None, period: Any = None, reset: bool = True
    ) -> None:
        """Other rates; None keeps the times; ``reset`` lets them count from now on."""
        self._set_times(schedule, period)
        self._given = self._checked(rates)
        if "_waiting" not in self.__dict__:
            running = self.net.running
            now = 0 if running is None else running.step
            self._changed(now if reset else self._origin)

    def _tables(self) -> dict[str, TimedRows]:
        return {"rates": self._rows(self._given)}
