"""Sources of spikes: at given times, and by Poisson processes in the engine."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Any

import numpy as np
from pyNN import errors
from pyNN.parameters import Sequence
from pyNN.standardmodels import cells

from annarchy_ml.importers.pynn import simulator
from annarchy_ml.importers.pynn.equations import SPIKE, CellEquations
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
        """In a simulation that has just been made, or begins again."""
        self._plan(running, population)

    def parameters_changed(self, running: Any, population: Any) -> None:
        """Spikes up to now have been; those after now are others."""
        self._plan(running, population)

    def _plan(self, running: Any, population: Any) -> None:
        """Hands the engine the spikes after now; at time 0 those of this moment, too."""
        cells, times = self.planned(population)
        if running.step > 0:
            old = getattr(population, "planned", (cells[:0], times[:0]))
            before, later = due(old[1]) <= running.step, due(times) > running.step
            cells = np.concatenate([old[0][before], cells[later]])
            times = np.concatenate([old[1][before], times[later]])
        population.planned = (cells, times)
        self._hand_over(running, population)

    def _hand_over(self, running: Any, population: Any) -> None:
        pairs, slots = _slots(population, *population.planned)
        if slots.max(initial=0) >= self.most:
            with simulator.state.changing():  # with room for more spikes in one step
                return
        if running.step == 0:
            running.live.forget_events(population.name)
            at_once = pairs[pairs < 0] % population.size
            running.live.send_events(population.name, SPIKE, at_once.astype(np.int32))
        slots[pairs < 0] = -1
        for slot in range(self.most):
            steps, who = np.divmod(pairs[slots == slot], population.size)
            moments, begins = np.unique(steps, return_index=True)
            table = (np.append(begins, len(who)).astype(np.int64), who.astype(np.int32))
            rows = (moments, np.zeros(0), table)
            key = (population.name, f"due_{slot}")
            if key in running.timetables:
                running.live.set_timetable(running.timetables[key], rows)
            else:
                running.timetables[key] = running.live.add_timetable(*key, rows)

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


_LAST_STEP = 2.0**40
"""Steps beyond which no run comes; times the number of cells it fits into 64 bits."""


def due(times: Any) -> Any:
    """Steps at whose ends spikes [ms] are sent; those far away never are."""
    return np.rint(np.minimum(times / simulator.state.dt, _LAST_STEP)).astype(np.int64)


def _slots(population: Any, cells: Any, times: Any) -> tuple[Any, Any]:
    """Of all spikes, step and cell as one number, ascending, and how many of that came before.

    The steps are those before which a spike is marked: that of a spike at time 0 is -1.
    """
    pairs = np.sort((due(times) - 1) * population.size + cells)
    return pairs, np.arange(len(pairs)) - np.searchsorted(pairs, pairs)


class SpikeSourceArray(Table, cells.SpikeSourceArray):
    """Spikes at given times, which are recorded as they were given."""

    __doc__ = cells.SpikeSourceArray.__doc__
    translations = identity(cells.SpikeSourceArray)

    def checked(self, name: str, given: Any) -> Any:
        """Times of spikes that ascend, from 0 on."""
        made = np.empty(len(given), object)
        for place, item in enumerate(given):
            value = item if isinstance(item, Sequence) else Sequence(item)
            if np.ndim(value.value) != 1:
                raise errors.InvalidParameterValueError(
                    f"SpikeSourceArray needs a list of spike times for each cell, not {item}"
                )
            if np.any(np.diff(value.value) < 0.0):
                raise errors.InvalidParameterValueError(
                    f"Spike times given to SpikeSourceArray must be in increasing order: {item}"
                )
            if np.any(value.value < 0.0):
                raise errors.InvalidParameterValueError(
                    f"Spike times given to SpikeSourceArray must not be negative: {item}"
                )
            made[place] = value
        return made

    def planned(self, population: Any) -> tuple[Any, Any]:
        """Cells and times [ms] of all spikes."""
        trains = [np.asarray(item.value, float) for item in population.values["spike_times"]]
        cells = np.repeat(np.arange(population.size), [len(item) for item in trains])
        return cells, np.concatenate(trains) if trains else np.zeros(0)


_WAIT = "min(-log(1 - random(1))*1000/max(rate, 1e-9), 1e15)"
_LATE = 1e-9
"""How many of the steps of a cell have more spikes than can be sent at once, which come a step
later then."""
MOST_AT_ONCE = 64
"""Spikes of a cell in a step at most: each test for one is written out in the code of the cell."""


class _Poisson:
    """Spikes after random intervals, drawn by the engine.

    Attributes:
        wait: the next interval, as an expression.
        own: names of further parameters.
        most: spikes that a cell can send in one step.
    """

    wait = _WAIT
    own: tuple[str, ...] = ()
    most = 1

    @property
    def equations(self) -> CellEquations:
        """A test for each spike that may come in a step."""
        return _poisson_equations((type(self).__name__, self.most), self.own, self.wait)

    def prepare(self, population: Any) -> None:
        """Before a model is made."""
        self.most = max(self.most, self._needed(population))

    def _needed(self, population: Any) -> int:
        """Spikes in a step for which there must be room.

        Raises:
            NotImplementedError: If they are too many.
        """
        mean = float(np.max(population.values["rate"])) * 1e-3 * simulator.state.dt
        if mean < _RARE:
            return 1
        needed = _rarely_more(mean)
        if needed > MOST_AT_ONCE:
            raise NotImplementedError(
                f"pyNN.annarchy: a {type(self).__name__} of {np.max(population.values['rate'])} Hz "
                f"has too many spikes in one step of {simulator.state.dt} ms: use more cells"
            )
        return needed

    def begin(self, running: Any, population: Any) -> None:
        """Draws the first spikes, from now on."""
        redrawn = getattr(population, "redrawn", False)
        if redrawn:  # the engine has gone on with the parameters from before
            self._hand_over(running, population)
        if redrawn or population.name not in running.known:
            self._draw(running, population, running.step * simulator.state.dt)
        population.redrawn = False

    def parameters_changed(self, running: Any, population: Any) -> None:
        """With another rate the next spike comes at another time."""
        if self._needed(population) > self.most:
            population.redrawn = True
            with simulator.state.changing():  # with room for more spikes in one step
                return
        self._hand_over(running, population)
        self._draw(running, population, simulator.state.t)

    def _hand_over(self, running: Any, population: Any) -> None:
        for name in self.equations.parameters:
            running.set(population.name, name, population.numbers()[name])

    def _draw(self, running: Any, population: Any, now: float) -> None:
        seed = simulator.state.options.get("seed") or 0
        number = simulator.state.populations.index(population)
        rng = np.random.default_rng((seed, number, round(now / simulator.state.dt)))
        begin = np.maximum(population.values["start"], now)
        rate = np.maximum(population.values["rate"], 1e-9)
        wait = rng.exponential(size=population.size) * self.mean_wait(population, rate)
        running.live.field(population.name, "next")[:] = np.minimum(begin + wait, 1e15)

    def mean_wait(self, population: Any, rate: Any) -> Any:
        """Mean of the random part of the intervals [ms]."""
        return 1000.0 / rate


_RARE = 0.01
"""Spikes in a step at most, on the mean, where room for one is enough."""


def _rarely_more(mean: float) -> int:
    """The number that a Poisson variable exceeds with a probability of `_LATE` at most.

    It ends above `MOST_AT_ONCE`. (Importing ``scipy.stats`` takes half a second and 50 MB.)
    """
    number, term = 0, math.exp(-mean)
    left = 1.0 - term
    while left > _LATE and number <= MOST_AT_ONCE:
        number += 1
        term *= mean / number
        left -= term
    return number


def _poisson_equations(
    kind: tuple[str, int], parameters: tuple[str, ...], wait: str
) -> CellEquations:
    test = "next .leq. now + 1e-9 .and. now .lt. start + duration + 1e-9"
    reset = {"next": f"next + {wait}"}
    return CellEquations(
        kind[0],
        ("rate", "start", "duration", *parameters),
        {},
        define={"now": "step_number*dt_ms"},
        threshold=test,
        reset=reset,
        fed=("next",),
        also=((test, reset),) * (kind[1] - 1),
    )


class SpikeSourcePoisson(_Poisson, cells.SpikeSourcePoisson):
    """A Poisson process."""

    __doc__ = cells.SpikeSourcePoisson.__doc__
    translations = identity(cells.SpikeSourcePoisson)


class SpikeSourcePoissonRefractory(_Poisson, cells.SpikeSourcePoissonRefractory):
    """A Poisson process with dead time; ``rate`` is that of the spikes."""

    __doc__ = cells.SpikeSourcePoissonRefractory.__doc__
    translations = identity(cells.SpikeSourcePoissonRefractory)
    own = ("tau_refrac",)
    wait = "tau_refrac - log(1 - random(1))*max(1000/max(rate, 1e-9) - tau_refrac, 0)"

    def mean_wait(self, population: Any, rate: Any) -> Any:
        """Mean of the random part of the intervals [ms]."""
        return np.maximum(1000.0 / rate - population.values["tau_refrac"], 0.0)
