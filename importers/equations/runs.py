"""Runs of a network: for a time, step by step, until a condition holds, with callbacks."""

from __future__ import annotations

import functools
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.importers.equations.base import NetworkBase
from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.settings import check_options
from annarchy_ml.importers.equations.values import quantity_of_time, steps, time_of

if TYPE_CHECKING:
    from annarchy_ml.importers.equations.population import Population
    from annarchy_ml.importers.equations.running import Running


@dataclass(frozen=True)
class Callback:
    """A function that is called now and then.

    Attributes:
        function: gets the number of its call, from 0 on in every run.
        first, every: steps from the beginning of a run to the first call, and from call to call.
    """

    function: Callable[[int], object]
    first: int
    every: int

    def moments(self, count: int) -> Iterator[tuple[int, int]]:
        """Steps of a run of so many at which it is called, and numbers of the calls."""
        return ((step, n) for n, step in enumerate(range(self.first, count, self.every)))


class Runs(NetworkBase):
    """What moves a network on.

    Attributes:
        callbacks: called while it runs, in the order of their declaration.
        callbacks_enabled: whether they are.
    """

    callbacks: list[Callback]
    callbacks_enabled: bool
    running: Running | None
    _later = 0
    """Steps by which the time is later than what was run."""

    def simulate(self, duration: Any, measure_time: bool = False, **options: Any) -> None:
        """Runs for a time [ms].

        Raises:
            ANNarchyException: If the duration is no time.
        """
        check_options("simulate", options, ("progress_bar",))
        self.needed()
        wanted = time_of(duration, "the duration")
        begun = time.perf_counter()
        self._advance(whole_steps(wanted, self.dt))
        if measure_time:
            _tell(wanted, begun)

    def _advance(self, count: int) -> None:
        running, done = self.needed(), 0
        for moment, number, callback in _calls(self, count):
            running.advance(moment - done)
            done = moment
            callback.function(number)
        running.advance(count - done)

    @property
    def current_step(self) -> int:
        """Steps done."""
        return self._later + (self.running.step if self.running is not None else 0)

    @current_step.setter
    def current_step(self, given: int) -> None:
        if isinstance(given, bool) or int(given) != given or given < 0:
            raise ANNarchyException(f"the current step is a whole number from 0 on, not {given!r}")
        self._later += int(given) - self.current_step
        self._show_time()

    def _show_time(self) -> None:
        """Equations see the time that was set."""
        if self.running is not None:
            self.running.show_later(self._later)

    @property
    def time(self) -> float:
        """The time [ms]."""
        return self.current_step * self.dt

    @time.setter
    def time(self, given: Any) -> None:
        self.current_step = steps(time_of(given, "the time"), self.dt)

    def step(self) -> None:
        """Runs one step, without callbacks."""
        self.needed().advance(1)

    def enable_callbacks(self) -> None:
        """Callbacks are called again."""
        self.callbacks_enabled = True

    def disable_callbacks(self) -> None:
        """No callback is called any more."""
        self.callbacks_enabled = False

    def clear_all_callbacks(self) -> None:
        """Forgets all callbacks."""
        self.callbacks.clear()

    def simulate_until(
        self,
        max_duration: Any,
        population: Any,
        operator: str = "and",
        measure_time: bool = False,
    ) -> float:
        """Runs until the stop conditions of populations hold, without callbacks.

        Args:
            max_duration: after this time it ends anyway [ms].
            population: one with a ``stop_condition``, or several.
            operator: whether all of them must hold (``and``), or one (``or``).
            measure_time: whether to print how long the computer took.

        Returns:
            How long it ran [ms].

        Raises:
            ANNarchyException: If a population has no condition.
        """
        given: list[Population] = (
            list(population) if isinstance(population, (list, tuple)) else [population]
        )
        if operator not in ("and", "or"):
            raise ANNarchyException(f"simulate_until combines by 'and' or 'or', not {operator!r}")
        for item in given:
            if getattr(item, "_stop", None) is None:
                raise ANNarchyException(f"{item!r} has no stop_condition")
        count = whole_steps(time_of(max_duration, "the duration"), self.dt)
        names = [item.name for item in given]
        begun = time.perf_counter()
        took = self.needed().advance_until(count, names, operator == "and") * self.dt
        if measure_time:
            _tell(took, begun)
        return took


def _tell(duration: float, begun: float) -> None:
    """Prints how long a run of a duration [ms] took that had begun at a moment."""
    took = time.perf_counter() - begun
    print(f"Simulating {duration / 1000.0:g} seconds of the network took {took:.3f} seconds.")


def _calls(net: Runs, count: int) -> list[tuple[int, int, Callback]]:
    """All calls of a run in order; those of one step in the order of their declaration."""
    if not net.callbacks_enabled:
        return []
    found = [(*item, callback) for callback in net.callbacks for item in callback.moments(count)]
    return sorted(found, key=lambda item: item[0])


def whole_steps(duration: float, h: float) -> int:
    """A duration in steps; one that is no whole number of them is rounded up."""
    count = steps(duration, h)
    if abs(duration - count * h) <= 1e-6 * h:
        return count
    warnings.warn(f"{duration} ms are no whole number of steps of {h} ms", stacklevel=3)
    return int(np.ceil(duration / h))


class every:  # noqa: N801  (a decorator, by the name that users know)
    """Makes a function a callback of a network, the default one unless said otherwise.

    It is called before the steps ``(wait + offset + m * period)/dt`` of every `simulate`, with the
    number m; a negative offset counts from the end of the period.
    """

    def __init__(
        self, network: Any = None, period: Any = 1.0, offset: Any = 0.0, wait: Any = 0.0
    ) -> None:
        if isinstance(network, (int, float, str)):  # the period alone
            network, period = None, network
        self.net = _net(network)
        h = self.net.dt
        self.period = max(1, steps(time_of(period, "the period"), h))
        shift = steps(quantity_of_time(offset, "the offset"), h)
        if shift < 0:
            shift %= self.period
        self.first = steps(time_of(wait, "wait"), h) + shift

    def __call__(self, function: Callable[[int], object]) -> Callable[[int], object]:
        """Adds the function to the callbacks of the network."""
        self.net.callbacks.append(Callback(function, self.first, self.period))
        return function


def timeit(function: Callable[..., Any]) -> Callable[..., Any]:
    """Makes a function print how long each of its calls took."""

    @functools.wraps(function)
    def timed(*args: Any, **keywords: Any) -> Any:
        begun = time.perf_counter()
        result = function(*args, **keywords)
        given = ", ".join([*map(repr, args), *(f"{k}={v!r}" for k, v in keywords.items())])
        took = time.perf_counter() - begun
        print(f"Function {function.__name__}({given}) took {took:.4f} seconds")
        return result

    return timed


def _net(network: Any) -> Any:
    if network is not None:
        return network
    from annarchy_ml.importers.equations.network import default_network

    return default_network()


def disable_callbacks(network: Any = None) -> None:
    """No callback is called any more."""
    _net(network).disable_callbacks()


def enable_callbacks(network: Any = None) -> None:
    """Callbacks are called again."""
    _net(network).enable_callbacks()


def clear_all_callbacks(network: Any = None) -> None:
    """Forgets all callbacks."""
    _net(network).clear_all_callbacks()


def callbacks_enabled(network: Any = None) -> bool:
    """Whether callbacks are called."""
    return bool(_net(network).callbacks_enabled)
