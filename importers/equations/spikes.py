"""Statistics of spikes, given as a dictionary of steps by rank."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Spikes = dict[int, list[int]]
    Window = tuple[int, int]


def window_of(spikes: Spikes) -> Window:
    """The step of the first spike, and that after the last."""
    firsts = [min(found) for found in spikes.values() if len(found)]
    lasts = [max(found) for found in spikes.values() if len(found)]
    return (min(firsts), max(lasts) + 1) if firsts else (0, 0)


def raster_plot(spikes: Spikes, h: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Times [ms] and ranks of all spikes."""
    ranks = [np.full(len(found), rank, np.int64) for rank, found in spikes.items()]
    counted = [np.asarray(found, float) for found in spikes.values()]
    if not ranks:
        return np.zeros(0), np.zeros(0, np.int64)
    return np.concatenate(counted) * h, np.concatenate(ranks)


def _counts(spikes: Spikes, window: Window) -> NDArray[np.float64]:
    """Spikes in each step, shape (neurons, steps)."""
    begin, end = window
    found = np.zeros((len(spikes), max(0, end - begin)))
    for row, of_one in zip(found, spikes.values(), strict=True):
        places = np.asarray(of_one, np.int64) - begin
        np.add.at(row, places[(places >= 0) & (places < len(row))], 1.0)
    return found


def histogram(
    spikes: Spikes, bins: float, h: float, window: Window, per_neuron: bool = False
) -> NDArray[np.float64]:
    """Numbers of spikes in bins [ms] over the whole window, of all or [neuron, bin]."""
    width = max(1, int(np.floor(bins / h + 0.5)))
    counts = _counts(spikes, window)
    counts = counts if per_neuron else counts.sum(axis=0, keepdims=True)
    padded = np.zeros((len(counts), -(-counts.shape[1] // width) * width))
    padded[:, : counts.shape[1]] = counts
    summed = padded.reshape(len(counts), -1, width).sum(axis=2)
    return np.asarray(summed if per_neuron else summed[0])


def mean_fr(spikes: Spikes, h: float, window: Window) -> float:
    """Mean firing rate [Hz]."""
    duration = (window[1] - window[0]) * h
    total = sum(map(len, spikes.values()))
    return 1000.0 * total / (duration * len(spikes)) if duration > 0 and spikes else 0.0


def inter_spike_interval(
    spikes: Spikes, h: float, per_neuron: bool = False, ranks: Collection[int] | None = None
) -> Any:
    """Times between spikes of a neuron [ms], of all neurons or by rank."""
    found = {
        rank: (np.diff(steps) * h).tolist()
        for rank, steps in spikes.items()
        if len(steps) > 1 and (ranks is None or rank in ranks)
    }
    return found if per_neuron else [item for one in found.values() for item in one]


def coefficient_of_variation(
    spikes: Spikes, h: float, per_neuron: bool = False, ranks: Collection[int] | None = None
) -> Any:
    """Deviation over mean of the intervals of each neuron that has two: a list, or by rank."""
    intervals = inter_spike_interval(spikes, h, True, ranks)
    found = {
        rank: float(np.std(item) / np.mean(item))
        for rank, item in intervals.items()
        if len(item) > 1
    }
    return found if per_neuron else list(found.values())


def _smoothed(rates: NDArray[np.float64], h: float, smooth: float) -> NDArray[np.float64]:
    """A low-pass filter of first order with time constant ``smooth`` [ms]."""
    if smooth <= h:
        return rates
    result = np.zeros_like(rates)
    state = np.zeros(rates.shape[:-1])
    for step in range(rates.shape[-1]):
        state = state + (rates[..., step] - state) * h / smooth
        result[..., step] = state
    return result


def population_rate(
    spikes: Spikes, h: float, window: Window, smooth: float = 0.0
) -> NDArray[np.float64]:
    """Mean rate of the neurons in each step [Hz]."""
    rates = _counts(spikes, window).sum(axis=0) * 1000.0 / (h * max(1, len(spikes)))
    return _smoothed(rates, h, smooth)


def smoothed_rate(
    spikes: Spikes, h: float, window: Window, smooth: float = 0.0
) -> NDArray[np.float64]:
    """Rate of each neuron in each step [Hz], shape (neurons, steps)."""
    return _smoothed(_counts(spikes, window) * 1000.0 / h, h, smooth)
