"""Statistics of recorded spikes as methods of a monitor."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from annarchy_ml.importers.equations import spikes as statistics

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from annarchy_ml.importers.equations.network import Network

    Spikes = dict[int, list[int]]


class SpikeTools(ABC):
    """What can be computed of recorded spikes; without an argument, of all that are there."""

    net: Network

    @abstractmethod
    def times(self) -> dict[str, list[int]]:
        """First and last steps of what was recorded."""

    @abstractmethod
    def _spikes(self, keep: bool) -> Spikes:
        """Recorded spikes."""

    def _window(self) -> tuple[int, int]:
        """The first step and the end, pauses included."""
        found = self.times()
        return (found["start"][0], found["stop"][-1]) if found["start"] else (0, 0)

    def _recorded(self) -> tuple[int, int]:
        """A window as long as all stretches of recording together."""
        found = self.times()
        ends = zip(found["start"], found["stop"], strict=True)
        return 0, sum(end - begin for begin, end in ends)

    def _given(self, spikes: Spikes | None) -> Spikes:
        return self._spikes(keep=True) if spikes is None else spikes

    def raster_plot(
        self, spikes: Spikes | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Times [ms] and ranks of all spikes."""
        return statistics.raster_plot(self._given(spikes), self.net.dt)

    def histogram(
        self, spikes: Spikes | None = None, bins: float | None = None, per_neuron: bool = False
    ) -> NDArray[np.float64]:
        """Numbers of spikes in bins [ms], one step long unless said otherwise."""
        h = self.net.dt
        return statistics.histogram(self._given(spikes), bins or h, h, self._window(), per_neuron)

    def mean_fr(self, spikes: Spikes | None = None) -> float:
        """Mean firing rate [Hz]."""
        return statistics.mean_fr(self._given(spikes), self.net.dt, self._recorded())

    def inter_spike_interval(self, spikes: Spikes | None = None, per_neuron: bool = False) -> Any:
        """Times between spikes of a neuron [ms]."""
        return statistics.inter_spike_interval(self._given(spikes), self.net.dt, per_neuron)

    def coefficient_of_variation(self, spikes: Spikes | None = None) -> list[float]:
        """Deviation over mean of the intervals of each neuron that has some."""
        return statistics.coefficient_of_variation(self._given(spikes), self.net.dt)

    def population_rate(
        self, spikes: Spikes | None = None, smooth: float = 0.0
    ) -> NDArray[np.float64]:
        """Mean rate of the neurons in each step [Hz], smoothed over a time [ms]."""
        h = self.net.dt
        return statistics.population_rate(self._given(spikes), h, self._window(), smooth)

    def smoothed_rate(
        self, spikes: Spikes | None = None, smooth: float = 0.0
    ) -> NDArray[np.float64]:
        """Rate of each neuron in each step [Hz], smoothed over a time [ms]."""
        h = self.net.dt
        return statistics.smoothed_rate(self._given(spikes), h, self._window(), smooth)
