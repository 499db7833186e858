"""Expands connection rules into pairs with NumPy, one projection at a time."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.kernels.connectivity import (
    AllToAll,
    Connectivity,
    Explicit,
    Exponential,
    FixedIndegree,
    FixedOutdegree,
    FixedProbability,
    FixedTotalNumber,
    LogNormal,
    Normal,
    OneToOne,
    Pairs,
    Uniform,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.kernels.connectivity import Rule, Value

    Two = tuple[NDArray[np.int64], NDArray[np.int64]]


def expand(
    connectivity: Connectivity, sizes: tuple[int, int], seed: int, number: int, dt: float
) -> Pairs:
    """All connections of a projection, by source.

    Args:
        connectivity: rule, weights, delays.
        sizes: numbers of sources and targets.
        seed: of the network.
        number: of the projection.
        dt: step [s]; delays are whole numbers of it, at least one.
    """
    digest = hashlib.sha256(f"{seed}/{number}".encode()).digest()
    draws = np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))
    sources, targets = _pairs(connectivity.rule, *sizes, draws)
    weights = _values(connectivity.weight, len(sources), draws)
    delays = _values(connectivity.delay, len(sources), draws)
    return Pairs(sources, targets, weights, np.maximum(np.rint(delays / dt), 1.0) * dt)


def _pairs(rule: Rule, n: int, m: int, draws: np.random.Generator) -> Two:
    if isinstance(rule, Explicit):
        return np.asarray(rule.sources, np.int64), np.asarray(rule.targets, np.int64)
    if isinstance(rule, OneToOne):
        return np.arange(n), np.arange(m)
    if isinstance(rule, (AllToAll, FixedProbability)):
        chance = rule.probability if isinstance(rule, FixedProbability) else 2.0
        rows = []
        for source in range(n):
            hit = draws.random(m) < chance
            if not rule.self_connections and source < m:
                hit[source] = False
            rows.append(np.flatnonzero(hit))
        counts = [len(row) for row in rows]
        return np.repeat(np.arange(n), counts), np.concatenate(rows)
    if isinstance(rule, FixedTotalNumber):
        return draws.integers(0, n, rule.number), draws.integers(0, m, rule.number)
    if isinstance(rule, FixedIndegree):
        far, near = _fixed(rule, n, m, draws)
        return far, near
    assert isinstance(rule, FixedOutdegree)
    far, near = _fixed(rule, m, n, draws)
    return near, far


def _fixed(
    rule: FixedIndegree | FixedOutdegree, far: int, near: int, draws: np.random.Generator
) -> Two:
    own = np.repeat(np.arange(near), rule.number)
    if rule.multapses:
        chosen = draws.integers(0, far, len(own))
        while not rule.self_connections and np.any(chosen == own):
            same = chosen == own
            chosen[same] = draws.integers(0, far, int(same.sum()))
        return chosen, own
    rows = []
    for cell in range(near):
        order = draws.permutation(far)
        rows.append(
            order[order != cell][: rule.number]
            if not rule.self_connections
            else order[: rule.number]
        )
    return np.concatenate(rows), own


def _values(value: Value, count: int, draws: np.random.Generator) -> NDArray[np.float64]:
    if isinstance(value, Uniform):
        return draws.uniform(value.low, value.high, count)
    if isinstance(value, (Normal, LogNormal, Exponential)):
        made = _some(value, count, draws)
        outside = (made < value.low) | (made > value.high)
        while np.any(outside):
            made[outside] = _some(value, int(outside.sum()), draws)
            outside = (made < value.low) | (made > value.high)
        return made
    return np.broadcast_to(np.asarray(value, float), (count,)).copy()


def _some(
    value: Normal | LogNormal | Exponential, count: int, draws: np.random.Generator
) -> NDArray[np.float64]:
    if isinstance(value, Exponential):
        return draws.exponential(value.mean, count)
    if isinstance(value, Normal):
        return draws.normal(value.mean, value.deviation, count)
    return draws.lognormal(value.mean, value.deviation, count)
