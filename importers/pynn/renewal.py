"""Sources of spikes with intervals of a gamma distribution, planned ahead of a run."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from pyNN import errors
from pyNN.standardmodels import cells

from annarchy_ml.importers.pynn import simulator
from annarchy_ml.importers.pynn.spike_sources import Table, due
from annarchy_ml.importers.pynn.synapses import identity


class Planned(Table):
    """Spikes that are drawn before each run, up to its end."""

    most = 4  # of one cell in one step, far more than a gamma process of usual rate has

    def begin(self, running: Any, population: Any) -> None:
        """No spike is known yet, unless the process goes on."""
        if population.name in running.known:
            self._hand_over(running, population)
            return
        seed = simulator.state.options.get("seed") or 0
        number = simulator.state.populations.index(population)
        population.key = np.random.SeedSequence((seed, number)).generate_state(1, np.uint64)
        population.drawn = np.zeros(population.size, np.uint64)
        self._renew(population, running.step * simulator.state.dt)
        population.planned = (np.zeros(0, int), np.zeros(0))
        self._hand_over(running, population)

    def parameters_changed(self, running: Any, population: Any) -> None:
        """From now on, intervals are drawn anew."""
        now = simulator.state.t
        sent = due(population.planned[1]) <= running.step
        population.planned = tuple(item[sent] for item in population.planned)
        self._renew(population, now)

    def _renew(self, population: Any, now: float) -> None:
        """The process begins at its start, or now [ms]."""
        population.last = np.maximum(np.asarray(population.values["start"], float), now)

    def extend(self, running: Any, population: Any, until: float) -> None:
        """Draws spikes until all cells are beyond a time [ms] by a step."""
        until, values = until + simulator.state.dt, population.values
        end = np.minimum(until, values["start"] + values["duration"])
        cells, times = self._draw(population, until, end)
        before = population.planned
        population.planned = (
            np.concatenate([before[0], cells]),
            np.concatenate([before[1], times]),
        )
        self._hand_over(running, population)

    def _uniform(self, population: Any, which: Any) -> Any:
        """The next number in (0, 1) of each cell, which is the same however runs are divided."""
        place = _mixed(population.key + np.asarray(which).astype(np.uint64))
        made = _mixed(place + population.drawn[which])
        population.drawn[which] += np.uint64(1)
        return ((made >> np.uint64(12)).astype(float) + 0.5) * 2.0**-52

    @abstractmethod
    def _draw(self, population: Any, until: float, end: Any) -> tuple[Any, Any]:
        """Cells and times of spikes up to the end; the first one after it is kept for later."""

    def planned(self, population: Any) -> tuple[Any, Any]:
        """Cells and times [ms] of all spikes that are known."""
        found: tuple[Any, Any] = getattr(population, "planned", (np.zeros(0, int), np.zeros(0)))
        return found


def _mixed(values: Any) -> Any:
    """Numbers without a pattern, of counters (splitmix64, doi:10.1145/2660193.2660195)."""
    made = (values + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    made = (made ^ (made >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    made = (made ^ (made >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return made ^ (made >> np.uint64(31))


class SpikeSourceGamma(Planned, cells.SpikeSourceGamma):
    """Intervals of one gamma distribution."""

    __doc__ = cells.SpikeSourceGamma.__doc__
    translations = identity(cells.SpikeSourceGamma)

    def _renew(self, population: Any, now: float) -> None:
        if np.any(np.asarray(population.values["alpha"], float) <= 0.0):
            raise errors.InvalidParameterValueError("alpha of a SpikeSourceGamma must be positive")
        super()._renew(population, now)
        population.last = population.last + self._intervals(population, np.arange(population.size))

    def _intervals(self, population: Any, which: Any) -> Any:
        alpha = np.asarray(population.values["alpha"], float)[which]
        beta = np.asarray(population.values["beta"], float)[which]
        from scipy.special import gammaincinv

        drawn = gammaincinv(alpha, self._uniform(population, which))
        return drawn * 1000.0 / np.maximum(beta, 1e-9)

    def _draw(self, population: Any, until: float, end: Any) -> tuple[Any, Any]:
        cells, times = [], []
        due = np.flatnonzero(population.last <= until)
        while len(due):
            sent = due[population.last[due] <= end[due]]
            cells.append(sent)
            times.append(population.last[sent])
            population.last[due] += self._intervals(population, due)
            due = due[population.last[due] <= until]
        empty = [np.zeros(0, int)], [np.zeros(0)]
        return np.concatenate(cells or empty[0]), np.concatenate(times or empty[1])


class SpikeSourceInhGamma(Planned, cells.SpikeSourceInhGamma):
    """Intervals of a gamma distribution that changes in time, by thinning."""

    __doc__ = cells.SpikeSourceInhGamma.__doc__
    translations = identity(cells.SpikeSourceInhGamma)

    def _renew(self, population: Any, now: float) -> None:
        super()._renew(population, now)
        self._bins(population)
        population.candidate = np.array(population.last)
        population.begun = np.array(population.last)

    def _bins(self, population: Any) -> None:
        """Bins of all cells as arrays of shape (size, n); the hazard of a < 1 has no bound."""
        kept = population.values
        table = [
            [np.asarray(item.value, float) for item in kept[name]] for name in ("tbins", "a", "b")
        ]
        if any(len({len(part) for part in parts}) > 1 for parts in zip(*table, strict=True)):
            raise errors.InvalidParameterValueError("tbins, a and b have different lengths")
        if any(np.any(part < 1.0) for part in table[1]):
            raise NotImplementedError(
                "pyNN.annarchy: SpikeSourceInhGamma with a below 1 is not supported"
            )
        if any(np.any(part <= 0.0) for part in table[2]):
            raise errors.InvalidParameterValueError("b of a SpikeSourceInhGamma must be positive")
        population.bins = table
        population.most = np.array([float(np.max(1e-3 / part)) for part in table[2]])

    def _hazard(self, population: Any, which: Any, ages: Any) -> Any:
        """Rates [1/ms] at the candidates, of cells whose last spike is so long ago [ms]."""
        from scipy.special import gammaincc, gammaln, xlogy

        a, b = np.empty(len(which)), np.empty(len(which))
        for place, cell in enumerate(which.tolist()):
            edges, shapes, scales = (part[cell] for part in population.bins)
            found = np.searchsorted(edges, population.candidate[cell], side="right") - 1
            a[place], b[place] = shapes[max(found, 0)], scales[max(found, 0)]
        x = ages * 1e-3 / b
        density, left = np.exp(xlogy(a - 1.0, x) - x - gammaln(a)), gammaincc(a, x)
        hazard = np.divide(density, left, out=np.ones_like(x), where=left > 0.0)
        return hazard * 1e-3 / b  # of scale 1 it goes to 1

    def _draw(self, population: Any, until: float, end: Any) -> tuple[Any, Any]:
        cells, times = [np.zeros(0, int)], [np.zeros(0)]
        due = np.flatnonzero(population.candidate <= until)
        fresh = due[population.candidate[due] == population.begun[due]]
        population.candidate[fresh] += self._wait(population, fresh)
        due = due[population.candidate[due] <= until]
        while len(due):
            ages = population.candidate[due] - population.last[due]
            rate = self._hazard(population, due, ages)
            taken = self._uniform(population, due) * population.most[due] < rate
            spiking = due[taken]
            population.last[spiking] = population.candidate[spiking]
            sent = spiking[population.last[spiking] <= end[spiking]]
            cells.append(sent)
            times.append(population.last[sent])
            population.candidate[due] += self._wait(population, due)
            due = due[population.candidate[due] <= until]
        return np.concatenate(cells), np.concatenate(times)

    def _wait(self, population: Any, which: Any) -> Any:
        return -np.log(self._uniform(population, which)) / population.most[which]
