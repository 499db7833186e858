"""Statistics of recorded spikes, as methods of a monitor and as functions of what it gives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from annarchy_ml.importers.equations import spikes as statistics

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from annarchy_ml.importers.equations.network import Network

    Spikes = dict[int, list[int]]
    Floats = NDArray[np.float64]


class SpikeTools(ABC):
    """What can be computed of recorded spikes; without an argument, of all that are there."""

    net: Network

    @abstractmethod
    def times(self) -> dict[str, list[int]]:
        """First and last steps of what was recorded."""

    @abstractmethod
    def _spikes(self, keep: bool) -> Spikes:
        """Recorded spikes."""

    def _window(self, given: Any = None, spikes: Spikes | None = None) -> tuple[int, int]:
        """The first step and the end: pauses included, of the spikes, or as given [steps]."""
        if given == "spikes":
            return statistics.window_of(spikes or {})
        if given is not None:
            return int(given[0]), int(given[1])
        found = self.times()
        return (found["start"][0], found["stop"][-1]) if found["start"] else (0, 0)

    def _recorded(self) -> tuple[int, int]:
        """A window as long as all stretches of recording together."""
        found = self.times()
        ends = zip(found["start"], found["stop"], strict=True)
        return 0, sum(end - begin for begin, end in ends)

    def _given(self, spikes: Any) -> Spikes:
        found: Spikes = self._spikes(keep=True) if spikes is None else spikes
        return _trains(found)

    def raster_plot(self, spikes: Spikes | None = None) -> tuple[Floats, NDArray[np.int64]]:
        """Times [ms] and ranks of all spikes."""
        return statistics.raster_plot(self._given(spikes), self.net.dt)

    def histogram(
        self,
        spikes: Spikes | None = None,
        bins: float | None = None,
        per_neuron: bool = False,
        recording_window: Any = None,
    ) -> Floats:
        """Numbers of spikes in bins.

        Args:
            spikes: as `get` gives them; None for all.
            bins: their width [ms], one step unless said otherwise.
            per_neuron: whether to count for each neuron, [neuron, bin].
            recording_window: first step and end; None for all that was recorded, ``spikes`` from
                the first spike to the last.
        """
        h, given = self.net.dt, self._given(spikes)
        window = self._window(recording_window, given)
        return statistics.histogram(given, bins or h, h, window, per_neuron)

    def mean_fr(self, spikes: Spikes | None = None) -> float:
        """Mean firing rate [Hz]."""
        return statistics.mean_fr(self._given(spikes), self.net.dt, self._recorded())

    def inter_spike_interval(
        self,
        spikes: Spikes | None = None,
        ranks: Collection[int] | None = None,
        per_neuron: bool = False,
    ) -> Any:
        """Times between spikes of a neuron [ms]: a list, or lists by rank."""
        given = self._given(spikes)
        return statistics.inter_spike_interval(given, self.net.dt, per_neuron, ranks)

    def coefficient_of_variation(
        self,
        spikes: Spikes | None = None,
        ranks: Collection[int] | None = None,
        per_neuron: bool = False,
    ) -> Any:
        """Deviation over mean of the intervals of each neuron that has two: a list, or by rank."""
        given = self._given(spikes)
        return statistics.coefficient_of_variation(given, self.net.dt, per_neuron, ranks)

    def population_rate(self, spikes: Spikes | None = None, smooth: float = 0.0) -> Floats:
        """Mean rate of the neurons in each step [Hz], smoothed over a time [ms]."""
        h = self.net.dt
        return statistics.population_rate(self._given(spikes), h, self._window(), smooth)

    def smoothed_rate(self, spikes: Spikes | None = None, smooth: float = 0.0) -> Floats:
        """Rate of each neuron in each step [Hz], smoothed over a time [ms]."""
        h = self.net.dt
        return statistics.smoothed_rate(self._given(spikes), h, self._window(), smooth)


def _trains(given: Any) -> Spikes:
    """Spikes by rank; a dictionary of all that a monitor gives holds them as ``spike``."""
    found: Spikes = given.get("spike", given)
    return found


def _step(dt: float | None) -> float:
    if dt is not None:
        return dt
    from annarchy_ml.importers.equations.network import default_network

    return default_network().dt


def raster_plot(spikes: Spikes, dt: float | None = None) -> tuple[Floats, NDArray[np.int64]]:
    """Times [ms] and ranks of spikes; without `dt` the step is that of the default network."""
    return statistics.raster_plot(_trains(spikes), _step(dt))


def histogram(
    spikes: Spikes,
    bins: float | None = None,
    per_neuron: bool = False,
    recording_window: tuple[int, int] | None = None,
    dt: float | None = None,
) -> Floats:
    """Numbers of spikes in bins [ms], from the first spike to the last or in a window [steps]."""
    h, given = _step(dt), _trains(spikes)
    window = recording_window or statistics.window_of(given)
    return statistics.histogram(given, bins or h, h, window, per_neuron)


def inter_spike_interval(
    spikes: Spikes,
    ranks: Collection[int] | None = None,
    per_neuron: bool = False,
    dt: float | None = None,
) -> Any:
    """Times between spikes of a neuron [ms]: a list, or lists by rank."""
    return statistics.inter_spike_interval(_trains(spikes), _step(dt), per_neuron, ranks)


def coefficient_of_variation(
    spikes: Spikes,
    ranks: Collection[int] | None = None,
    per_neuron: bool = False,
    dt: float | None = None,
) -> Any:
    """Deviation over mean of the intervals of each neuron that has two: a list, or by rank."""
    return statistics.coefficient_of_variation(_trains(spikes), _step(dt), per_neuron, ranks)


def mean_fr(spikes: Spikes, duration: float | None = None, dt: float | None = None) -> float:
    """Mean firing rate [Hz] over a duration [ms], or from the first spike to the last."""
    h, given = _step(dt), _trains(spikes)
    window = statistics.window_of(given) if duration is None else (0, round(duration / h))
    return statistics.mean_fr(given, h, window)


def population_rate(spikes: Spikes, smooth: float = 0.0, dt: float | None = None) -> Floats:
    """Mean rate of the neurons [Hz] in each step from the first spike to the last."""
    h, given = _step(dt), _trains(spikes)
    return statistics.population_rate(given, h, statistics.window_of(given), smooth)


def smoothed_rate(spikes: Spikes, smooth: float = 0.0, dt: float | None = None) -> Floats:
    """Rate of each neuron [Hz] in each step from the first spike to the last."""
    h, given = _step(dt), _trains(spikes)
    return statistics.smoothed_rate(given, h, statistics.window_of(given), smooth)
