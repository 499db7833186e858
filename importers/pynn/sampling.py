"""Random pairs of cells as arrays, drawn at once; sorted by target, then source."""

from __future__ import annotations

from typing import Any

import numpy as np

Pairs = tuple[Any, Any]
"""Sources and targets, shape (n,)."""


def with_probability(rng: Any, shape: tuple[int, int], p: float) -> Pairs:
    """Each pair with the same probability: gaps between them are geometric."""
    total = shape[0] * shape[1]
    if p <= 0.0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    places, last = [], -1
    while last < total:
        expected = (total - 1 - last) * p
        count = int(expected + 5.0 * np.sqrt(expected) + 10.0)
        found = last + np.cumsum(rng.geometric(min(p, 1.0), count))
        places.append(found)
        last = int(found[-1])
    chosen = np.concatenate(places)
    return _pairs(chosen[chosen < total], shape)


def of_number(rng: Any, shape: tuple[int, int], n: int, again: bool) -> Pairs:
    """So many pairs, of which several may be the same if ``again``."""
    total = shape[0] * shape[1]
    chosen = rng.integers(0, total, n) if again else rng.choice(total, n, replace=False)
    return _pairs(np.sort(chosen), shape)


def _pairs(places: Any, shape: tuple[int, int]) -> Pairs:
    targets, sources = np.divmod(places, shape[0])
    return sources, targets


def for_each(rng: Any, counts: tuple[int, int], n: int, again: bool) -> Any:
    """For each of some cells, n of others, shape (cells, n), each row ascending.

    Args:
        rng: the generator.
        counts: number of cells, and of those to choose from.
        n: how many.
        again: whether one may be chosen several times.
    """
    cells, others = counts
    if again:
        return np.sort(rng.integers(0, others, (cells, n)), axis=1)
    if 2 * n > others:  # those that are left out are fewer
        left_out = for_each(rng, counts, others - n, again)
        kept = np.ones(counts, bool)
        np.put_along_axis(kept, left_out, False, axis=1)
        return np.nonzero(kept)[1].reshape(cells, n)
    chosen = np.sort(rng.integers(0, others, (cells, n)), axis=1)
    while True:
        twice = np.zeros(chosen.shape, bool)
        twice[:, 1:] = chosen[:, 1:] == chosen[:, :-1]
        rows = np.flatnonzero(twice.any(axis=1))
        if not len(rows):
            return chosen
        part = chosen[rows]
        part[twice[rows]] = rng.integers(0, others, int(twice.sum()))
        chosen[rows] = np.sort(part, axis=1)


def small_world(rng: Any, near: Any, rewiring: float, refused: Any) -> Any:
    """Connections of which some were moved to other targets, after Watts and Strogatz 1998.

    Args:
        rng: the generator.
        near: which cells are connected before, shape (sources, targets).
        rewiring: probability that a connection goes to a cell by chance instead, to which its
            source is not connected yet.
        refused: pairs that are never connected, shape (sources, targets).
    """
    made = np.array(near)
    moved = made & (rng.random(made.shape) < rewiring)
    for source in np.flatnonzero(moved.any(axis=1)).tolist():
        row = made[source]
        for target in np.flatnonzero(moved[source]).tolist():
            others = np.flatnonzero(~(row | refused[source]))
            if len(others):
                row[target] = False
                row[others[int(rng.random() * len(others))]] = True
    return made
