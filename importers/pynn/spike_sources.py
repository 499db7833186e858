"""Sources of spikes: at given times, and by Poisson processes in the engine."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from pyNN import errors
from pyNN.parameters import Sequence
from pyNN.standardmodels import cells

from annarchy_ml.importers.pynn import simulator
from annarchy_ml.importers.pynn.equations import CellEquations
from annarchy_ml.importers.pynn.synapses import identity


def _table(most: int) -> CellEquations:
    """Cells that send up to so many spikes in a step."""
    tests = [(f"due_{k} .gt. 0.5", {f"due_{k}": "0"}) for k in range(most)]
    (test, reset), *others = tests
    fed = tuple(f"due_{k}" for k in range(most))
    return CellEquations(
        "SpikeTable", (), {}, threshold=test, reset=reset, fed=fed, also=tuple(others)
    )


class Table:
    """Cells that spike at times which are known before a run.

    Attributes:
        most: spikes that a cell can send in one step.
    """

    most = 1

    @property
    def equations(self) -> CellEquations:
        """A test for each spike that may come in a step."""
        return _table(self.most)

    def prepare(self, population: Any) -> None:
        """Before a model is made."""
        slots = _slots(population, *self.planned(population))[1]
        self.most = max(self.most, int(slots.max(initial=0)) + 1)

    def begin(self, running: Any, population: Any) -> None:
        """In a simulation at its beginning."""
        self._plan(running, population, 0.0)

    def parameters_changed(self, running: Any, population: Any) -> None:
        """Spikes up to now have been; those after now are others."""
        self._plan(running, population, simulator.state.t)

    def _plan(self, running: Any, population: Any, now: float) -> None:
        """Hands the engine the spikes after ``now`` [ms]."""
        cells, times = self.planned(population)
        later = times > now if now > 0.0 else times >= 0.0
        cells, times = cells[later], times[later]
        if now > 0.0:
            before = population.planned[1] <= now
            cells = np.concatenate([population.planned[0][before], cells])
            times = np.concatenate([population.planned[1][before], times])
        population.planned = (cells, times)
        self._hand_over(running, population)

    def _hand_over(self, running: Any, population: Any) -> None:
        pairs, slots = _slots(population, *population.planned)
        if slots.max(initial=0) >= self.most:
            simulator.state.changed("more spikes in one step than before cannot be sent")
            return
        for slot in range(self.most):
            steps, who = np.divmod(pairs[slots == slot], population.size)
            moments, begins = np.unique(steps, return_index=True)
            table = (np.append(begins, len(who)).astype(np.int64), who.astype(np.int32))
            rows = (moments, np.zeros(0), table)
            key = (population.name, f"due_{slot}")
            if key in running.timetables:
                running.set_timetable(running.timetables[key], rows)
            else:
                running.timetables[key] = running.add_timetable(*key, rows)

    def trains(self, population: Any, since: float, until: float) -> tuple[Any, Any]:
        """Cells and times [ms] of spikes after one time, or from 0 on, up to another."""
        cells, times = getattr(population, "planned", None) or self.planned(population)
        after = times > since + 1e-9 if since > 0.0 else times >= 0.0
        sent = after & (times <= until + 1e-9)
        order = np.lexsort((cells[sent], times[sent]))
        return cells[sent][order], times[sent][order]

    @abstractmethod
    def planned(self, population: Any) -> tuple[Any, Any]:
        """Cells and times [ms] of all spikes that are known."""


def _slots(population: Any, cells: Any, times: Any) -> tuple[Any, Any]:
    """Of all spikes, step and cell as one number, ascending, and how many of that came before."""
    steps = np.maximum(np.rint(times / simulator.state.dt).astype(np.int64) - 1, 0)
    pairs = np.sort(steps * population.size + cells)
    return pairs, np.arange(len(pairs)) - np.searchsorted(pairs, pairs)


class SpikeSourceArray(Table, cells.SpikeSourceArray):
    """Spikes at given times, which are recorded as they were given."""

    __doc__ = cells.SpikeSourceArray.__doc__
    translations = identity(cells.SpikeSourceArray)

    def checked(self, name: str, given: Any) -> Any:
        """Times of spikes that ascend."""
        made = np.empty(len(given), object)
        for place, item in enumerate(given):
            value = item if isinstance(item, Sequence) else Sequence(item)
            if np.any(np.diff(value.value) < 0.0):
                raise errors.InvalidParameterValueError(
                    f"Spike times given to SpikeSourceArray must be in increasing order: {item}"
                )
            made[place] = value
        return made

    def planned(self, population: Any) -> tuple[Any, Any]:
        """Cells and times [ms] of all spikes."""
        trains = [np.asarray(item.value, float) for item in population.values["spike_times"]]
        cells = np.repeat(np.arange(population.size), [len(item) for item in trains])
        return cells, np.concatenate(trains) if trains else np.zeros(0)


_WAIT = "min(-log(1 - random(1))*1000/max(rate, 1e-9), 1e15)"


class _Poisson:
    """Spikes after random intervals, drawn by the engine."""

    def begin(self, running: Any, population: Any) -> None:
        """Draws the first spikes."""
        self._draw(running, population, 0.0)

    def parameters_changed(self, running: Any, population: Any) -> None:
        """With another rate the next spike comes at another time."""
        for name in self.equations.parameters:  # type: ignore[attr-defined]  # of the cell types
            running.set(population.name, name, population.values[name])
        self._draw(running, population, simulator.state.t)

    def _draw(self, running: Any, population: Any, now: float) -> None:
        seed = simulator.state.options.get("seed") or 0
        number = simulator.state.populations.index(population)
        rng = np.random.default_rng((seed, number, round(now / simulator.state.dt)))
        begin = np.maximum(population.values["start"], now)
        rate = np.maximum(population.values["rate"], 1e-9)
        wait = rng.exponential(size=population.size) * self.mean_wait(population, rate)
        running.field(population.name, "next")[:] = np.minimum(begin + wait, 1e15)

    def mean_wait(self, population: Any, rate: Any) -> Any:
        """Mean of the random part of the intervals [ms]."""
        return 1000.0 / rate


def _poisson_equations(name: str, parameters: tuple[str, ...], then: str) -> CellEquations:
    return CellEquations(
        name,
        ("rate", "start", "duration", *parameters),
        {},
        define={"now": "step_number*dt_ms"},
        threshold="next .leq. now + 1e-9 .and. now .lt. start + duration + 1e-9",
        reset={"next": then},
        fed=("next",),
    )


class SpikeSourcePoisson(_Poisson, cells.SpikeSourcePoisson):
    """A Poisson process."""

    __doc__ = cells.SpikeSourcePoisson.__doc__
    translations = identity(cells.SpikeSourcePoisson)
    equations = _poisson_equations("SpikeSourcePoisson", (), f"next + {_WAIT}")


class SpikeSourcePoissonRefractory(_Poisson, cells.SpikeSourcePoissonRefractory):
    """A Poisson process with dead time; ``rate`` is that of the spikes."""

    __doc__ = cells.SpikeSourcePoissonRefractory.__doc__
    translations = identity(cells.SpikeSourcePoissonRefractory)
    equations = _poisson_equations(
        "SpikeSourcePoissonRefractory",
        ("tau_refrac",),
        "next + tau_refrac - log(1 - random(1))*max(1000/max(rate, 1e-9) - tau_refrac, 0)",
    )

    def mean_wait(self, population: Any, rate: Any) -> Any:
        """Mean of the random part of the intervals [ms]."""
        return np.maximum(1000.0 / rate - population.values["tau_refrac"], 0.0)
