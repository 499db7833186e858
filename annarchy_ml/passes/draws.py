"""Draws values of cells from distributions, the same for a cell whatever else is drawn.

A number is fixed by the seed, a key (population and name), the cell and how often it was drawn
again; neither the order of calls nor the number of cells changes it. Normal numbers come from pairs
of uniform ones: Box and Muller (1958), doi:10.1214/aoms/1177706645.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.kernels.connectivity import Exponential, LogNormal, Normal, Uniform
from annarchy_ml.kernels.random import Stream, uniform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.kernels.connectivity import Distribution
    from annarchy_ml.model.network import Given

MOST_ROUNDS = 1000
"""How often a value outside of the bounds is drawn again."""


def drawn(
    value: Given, cells: NDArray[np.int64], seed: int, key: str
) -> float | NDArray[np.float64]:
    """The values of some cells: a distribution is drawn from, numbers and arrays stay.

    Args:
        value: one for all, one per cell, or a distribution.
        cells: shape (n,), numbers of the cells.
        seed: of the network.
        key: what tells these values from all others.

    Raises:
        ValueError: If hardly any number of a distribution lies between its bounds.
    """
    if not isinstance(value, (Uniform, Normal, LogNormal, Exponential)):
        return value
    digest = hashlib.sha256(f"{seed}/{key}".encode()).digest()
    own_seed = int.from_bytes(digest[:8], "little")
    values = _draw(value, cells, 0, own_seed)
    if isinstance(value, Uniform):
        return values
    if value.clipped:
        return np.clip(values, value.low, value.high)
    for again in range(1, MOST_ROUNDS):
        outside = np.flatnonzero((values < value.low) | (values > value.high))
        if len(outside) == 0:
            return values
        values[outside] = _draw(value, cells[outside], again, own_seed)
    raise ValueError(f"{value} hardly ever lies between its bounds")


def _draw(
    value: Distribution, cells: NDArray[np.int64], again: int, seed: int
) -> NDArray[np.float64]:
    stream = Stream(seed, 0)
    number = uniform(stream.words(cells, again, 0))
    if isinstance(value, Uniform):
        return np.asarray(value.low + (value.high - value.low) * number)
    first = 1.0 - number  # in (0, 1]
    if isinstance(value, Exponential):
        return np.asarray(-value.mean * np.log(first))
    second = uniform(stream.words(cells, again, 1))
    normal = np.sqrt(-2.0 * np.log(first)) * np.cos(2.0 * np.pi * second)
    scaled = value.mean + value.deviation * normal
    return np.exp(scaled) if isinstance(value, LogNormal) else scaled
