"""Connectors where PyNN's own ones fail or are missing, and those that draw all at once.

With a `NativeRNG` the order of draws is ours: connections of a projection are made as arrays.
Otherwise they are those of PyNN, so that the same script makes the same network everywhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from lazyarray import larray
from pyNN import connectors
from pyNN.random import RandomDistribution

from annarchy_ml.importers.pynn.random_numbers import is_native
from annarchy_ml.importers.pynn.sampling import (
    for_each,
    of_number,
    small_world,
    with_probability,
)


class OneToOneConnector(connectors.OneToOneConnector):
    """Connects the i-th cell to the i-th cell."""

    __doc__ = connectors.OneToOneConnector.__doc__

    def connect(self, projection: Any) -> None:
        """As PyNN's own; that fails for two single cells with NumPy 2.1 and later."""
        if projection.shape == (1, 1):
            every = connectors.AllToAllConnector(
                location_selector=self.location_selector, safe=self.safe, callback=self.callback
            )
            every.connect(projection)
        else:
            super().connect(projection)


class _Arrays(connectors.MapConnector):
    """Connections that are made as arrays where the numbers are native."""

    def connect(self, projection: Any) -> None:
        """Makes the connections."""
        found = self.pairs(projection) if is_native(self.rng) else None
        if found is None:
            super().connect(projection)
            return
        sources, targets = found
        if not self.allow_self_connections:
            sources, targets = _without_loops(projection, sources, targets)
        connect_pairs(self, projection, sources, targets)

    def excludes(self, projection: Any) -> bool:
        """Whether cells are not to be connected to themselves, and could be."""
        return not self.allow_self_connections and bool(
            np.isin(projection.pre.all_cells, projection.post.all_cells).any()
        )


class FixedProbabilityConnector(_Arrays, connectors.FixedProbabilityConnector):
    """Connects each pair with the same probability."""

    __doc__ = connectors.FixedProbabilityConnector.__doc__

    def pairs(self, projection: Any) -> Any:
        """Sources and targets, or None where PyNN makes them."""
        if self.allow_self_connections == "NoMutual":
            return None
        return with_probability(self.rng.rng, projection.shape, float(self.p_connect))


class FixedNumberPreConnector(_Arrays, connectors.FixedNumberPreConnector):
    """Connects each target to a number of sources."""

    __doc__ = connectors.FixedNumberPreConnector.__doc__

    def pairs(self, projection: Any) -> Any:
        """Sources and targets, or None where PyNN makes them."""
        others, cells = projection.shape
        return _numbered(self, projection, (cells, others))


class FixedNumberPostConnector(_Arrays, connectors.FixedNumberPostConnector):
    """Connects each source to a number of targets."""

    __doc__ = connectors.FixedNumberPostConnector.__doc__

    def pairs(self, projection: Any) -> Any:
        """Sources and targets, or None where PyNN makes them."""
        found = _numbered(self, projection, projection.shape)
        if found is None:
            return None
        targets, sources = found
        order = np.argsort(targets, kind="stable")
        return sources[order], targets[order]


def _numbered(connector: Any, projection: Any, counts: tuple[int, int]) -> Any:
    """For each cell its n others: those, and the cells; None where PyNN makes them."""
    n, apart = connector.n, connector.excludes(projection)
    if not isinstance(n, int) or (apart and projection.pre != projection.post):
        return None
    others = counts[1] - 1 if apart else counts[1]
    if others < 1 or (not connector.with_replacement and n > others):
        return None
    chosen = for_each(connector.rng.rng, (counts[0], others), n, connector.with_replacement)
    cells = np.arange(counts[0])
    if apart:  # the others of a cell are all but itself
        chosen += chosen >= cells[:, None]
    return chosen.reshape(-1), np.repeat(cells, n)


class FixedTotalNumberConnector(_Arrays, connectors.FixedTotalNumberConnector):
    """Makes a number of connections."""

    __doc__ = connectors.FixedTotalNumberConnector.__doc__

    def pairs(self, projection: Any) -> Any:
        """Sources and targets, or None where PyNN makes them."""
        if not isinstance(self.n, int) or self.excludes(projection):
            return None
        if not self.with_replacement and self.n > projection.shape[0] * projection.shape[1]:
            return None
        return of_number(self.rng.rng, projection.shape, self.n, self.with_replacement)


class SmallWorldConnector(connectors.SmallWorldConnector):
    """Connects each cell to those nearby, and moves some connections to others by chance."""

    __doc__ = connectors.SmallWorldConnector.__doc__

    def __init__(self, degree: float, rewiring: float, **others: Any) -> None:
        """As PyNN's, with ``degree`` as a distance."""
        super().__init__(degree, rewiring, **others)
        self.degree = degree

    def connect(self, projection: Any) -> None:
        """Makes the connections.

        Raises:
            ValueError: If there are fewer cells nearby than connections wanted.
        """
        if self.allow_self_connections == "NoMutual":
            raise NotImplementedError("pyNN.annarchy: SmallWorldConnector has no 'NoMutual'")
        distances = self._generate_distance_map(projection).evaluate(simplify=False)
        near = np.asarray(distances) < self.degree
        cells = (projection.pre.all_cells, projection.post.all_cells)
        same = np.equal.outer(*(np.asarray(item).astype(np.int64) for item in cells))
        refused = np.zeros_like(same) if self.allow_self_connections else same
        near &= ~refused
        seed = self.rng.next(1, "uniform_int", {"low": 0, "high": 2**31 - 1})
        rng = np.random.default_rng(int(seed[0]))
        if self.n_connections is not None:
            near = _some(rng, near, int(self.n_connections))
        made = small_world(rng, near, self.rewiring, refused)
        targets, sources = np.nonzero(made.T)
        connect_pairs(self, projection, sources, targets)


def connect_pairs(connector: Any, projection: Any, sources: Any, targets: Any) -> None:
    """Makes connections of pairs, with the parameters of the synapse type.

    Args:
        connector: whose options count.
        projection: to which they belong.
        sources: numbers of cells, shape (n,).
        targets: numbers of cells, shape (n,), ascending.
    """
    if not len(sources):
        return
    space = connector._parameters_from_synapse_type(projection)
    synapse = projection.synapse_type
    given = {name: _values(item, sources, targets) for name, item in space.items()}
    if connector.safe:
        for name, check in getattr(synapse, "parameter_checks", {}).items():
            native = synapse.translations[name]["translated_name"]
            if native in given:
                check(given[native], projection)
    _hand_over(projection, connector.location_selector, (sources, targets), given)
    if connector.callback:
        connector.callback(1.0)


def _hand_over(projection: Any, location: Any, pairs: tuple[Any, Any], given: Any) -> None:
    """All at once, but target by target where one may have morphology."""
    sources, targets = pairs
    begins = np.flatnonzero(np.append(True, np.diff(targets) != 0))
    cells = projection.post.all_cells
    if location is None and not any(hasattr(cells[k].celltype, "spread") for k in targets[begins]):
        projection.connect_arrays(sources, targets, given)
        return
    for begin, end in zip(begins, np.append(begins[1:], len(targets)), strict=True):
        own = {key: item if np.ndim(item) == 0 else item[begin:end] for key, item in given.items()}
        projection._convergent_connect(sources[begin:end], int(targets[begin]), location, **own)


def _values(item: Any, sources: Any, targets: Any) -> Any:
    """Values of a parameter for pairs of cells; of native random numbers one draw for each."""
    if item.is_homogeneous:
        return item.evaluate(simplify=True)
    base = item.base_value
    if isinstance(base, RandomDistribution) and is_native(base.rng):
        drawn = larray(base.next(len(sources)), shape=(len(sources),))
        drawn.operations = list(item.operations)
        return np.asarray(drawn.evaluate(simplify=False), float)
    found = np.empty(len(sources))
    begins = np.flatnonzero(np.append(True, np.diff(targets) != 0))
    for begin, end in zip(begins, np.append(begins[1:], len(targets)), strict=True):
        found[begin:end] = item[sources[begin:end], int(targets[begin])]
    return found


def _without_loops(projection: Any, sources: Any, targets: Any) -> tuple[Any, Any]:
    """Pairs of different cells."""
    pre, post = (
        np.asarray(end.all_cells).astype(np.int64) for end in (projection.pre, projection.post)
    )
    kept = pre[sources] != post[targets]
    return sources[kept], targets[kept]


def _some(rng: Any, near: Any, n: int) -> Any:
    """So many of the cells nearby, by chance."""
    if np.any(near.sum(axis=1) < n):
        raise ValueError(f"a cell has fewer than {n} others nearby: make 'degree' larger")
    ranks = np.where(near, rng.random(near.shape), 2.0).argsort(axis=1).argsort(axis=1)
    return ranks < n
