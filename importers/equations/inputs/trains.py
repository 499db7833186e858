"""Correlated random spikes: a Cox process whose rate is an Ornstein-Uhlenbeck process.

Brette 2009, doi:10.1162/neco.2008.12-06-452, section 2.2. The rate is max(x, 0) with x of mean mu,
deviation sigma and time constant tau, chosen so that the rectified rate has the wanted mean and
the total correlation ``corr`` = 2 tau variance / mean.
"""

from __future__ import annotations

from math import erf, exp, pi, sqrt
from typing import Any

import numpy as np

from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.inputs.timetable import NEVER, Timed
from annarchy_ml.importers.equations.neuron import Neuron
from annarchy_ml.importers.equations.running import TimedRows
from annarchy_ml.importers.equations.values import time_of


def rectified(mu: float, sigma: float) -> tuple[float, float]:
    """Mean and deviation of max(x, 0) where x is normal."""
    below = 0.5 * (1.0 + erf(mu / (sigma * sqrt(2.0))))
    density = exp(-0.5 * (mu / sigma) ** 2) / sqrt(2.0 * pi)
    mean = mu * below + sigma * density
    square = (mu * mu + sigma * sigma) * below + mu * sigma * density
    return mean, sqrt(max(0.0, square - mean * mean))


def unrectified(mean: float, deviation: float) -> tuple[float, float]:
    """Mean and deviation of a normal x for which max(x, 0) has these.

    Raises:
        ANNarchyException: If there is none.
    """
    if deviation == 0.0:
        return mean, 0.0
    wanted = mean / deviation

    def ratio(x: float) -> float:
        found = rectified(x, 1.0)
        return found[0] / found[1]

    low, high = -5.0, max(5.0, 2.0 * wanted)
    if not ratio(low) < wanted:
        raise ANNarchyException("the correlation is too strong for this rate")
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if ratio(middle) < wanted else (low, middle)
    sigma = mean / rectified(low, 1.0)[0]
    return low * sigma, sigma


class HomogeneousCorrelatedSpikeTrains(Timed):
    """Spikes whose common rate fluctuates, which correlates them."""

    _fed = ("mu", "sigma")
    _restored = ("_schedule", "_period", "_pairs", "_wanted_rates", "_wanted_corr")

    def __init__(
        self,
        geometry: Any,
        rates: Any,
        corr: Any,
        tau: Any,
        schedule: Any = None,
        period: Any = NEVER,
        name: str | None = None,
        refractory: Any = None,
    ) -> None:
        """Correlated spikes.

        Args:
            geometry: of the population.
            rates: mean rate [Hz], or one for each time of the schedule.
            corr: total correlation, or one for each time.
            tau: time constant of the common rate [ms].
            schedule: the times [ms].
            period: after which all begins again [ms]; -1: never.
            name: of the population.
            refractory: [ms]; it lessens rate and correlation.
        """
        wanted = time_of(tau, "tau")
        if wanted == 0.0:
            raise ANNarchyException("tau is longer than 0")
        neuron = Neuron(
            parameters=f"tau = {wanted!r} : population\nmu = 0.0\nsigma = 0.0",
            equations="""
                xi = Normal(0.0, 1.0) : population
                kept = if t > 0: exp(-dt/tau) else: 0.0
                x = mu + kept*(x - mu) + sigma*sqrt(1.0 - kept^2)*xi
            """,
            spike="1000.0 * Uniform(0.0, 1.0) < x * dt",
            refractory=refractory,
            name="Correlated",
        )
        super().__init__(geometry, neuron, name)
        self._tau = wanted
        self._set_times([0.0] if schedule is None else schedule, period)
        self._wanted_rates, self._wanted_corr = rates, corr
        self._pairs = self._moments()

    def _moments(self) -> list[tuple[float, float]]:
        """Mean and deviation of x for each time."""
        count = len(self.schedule) if np.ndim(self.schedule) else np.size(self._wanted_rates)
        try:
            rates = np.broadcast_to(np.asarray(self._wanted_rates, float), count)
            corr = np.broadcast_to(np.asarray(self._wanted_corr, float), count)
        except ValueError:
            raise ANNarchyException("rates and corr are one, or one for each time") from None
        if np.any(rates <= 0.0) or np.any(corr < 0.0):
            raise ANNarchyException("rates are above 0, and corr is not negative")
        pairs = zip(rates.tolist(), corr.tolist(), strict=True)
        return [unrectified(r, sqrt(c * r * 500.0 / self._tau)) for r, c in pairs]

    def update(
        self, rates: Any, corr: Any, schedule: Any = None, tau: Any = None, reset: bool = True
    ) -> None:
        """Other rates and correlations, as in the constructor."""
        self._set_times([0.0] if schedule is None else schedule, None)
        self._wanted_rates, self._wanted_corr = rates, corr
        if tau is not None:
            self._tau = time_of(tau, "tau")
            self.set({"tau": self._tau})
        self._renew(reset)

    def _renew(self, reset: bool) -> None:
        self._pairs = self._moments()
        if "_waiting" not in self.__dict__:
            running = self.net.running
            now = 0 if running is None else running.step
            self._changed(now if reset else self._origin)

    @property
    def rates(self) -> Any:
        """Mean rates [Hz]."""
        return self._wanted_rates

    @rates.setter
    def rates(self, given: Any) -> None:
        self._wanted_rates = given
        self._renew(False)

    @property
    def corr(self) -> Any:
        """Total correlations."""
        return self._wanted_corr

    @corr.setter
    def corr(self, given: Any) -> None:
        self._wanted_corr = given
        self._renew(False)

    def _tables(self) -> dict[str, TimedRows]:
        columns = np.array(self._pairs)
        made = [np.repeat(item[:, None], self.size, axis=1) for item in columns.T]
        return {"mu": self._rows(made[0]), "sigma": self._rows(made[1])}
