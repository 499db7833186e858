"""Connectors where PyNN's own ones fail or are missing, and those that draw all at once.

With a `NativeRNG` the order of draws is ours. Otherwise they are those of PyNN, so that the same
script makes the same network everywhere.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
from pyNN import connectors, errors
from pyNN.standardmodels import StandardSynapseType

from annarchy_ml.importers.pynn import simulator
from annarchy_ml.importers.pynn.blocks import Blocks, connect_pairs, hand_over
from annarchy_ml.importers.pynn.random_numbers import is_native
from annarchy_ml.importers.pynn.sampling import (
    for_each,
    of_number,
    small_world,
    with_probability,
)


class AllToAllConnector(Blocks, connectors.AllToAllConnector):
    """Connects every cell to every cell."""

    __doc__ = connectors.AllToAllConnector.__doc__


class ArrayConnector(Blocks, connectors.ArrayConnector):
    """Connects the pairs of a table."""

    __doc__ = connectors.ArrayConnector.__doc__


class CloneConnector(Blocks, connectors.CloneConnector):
    """Connects the pairs of another projection."""

    __doc__ = connectors.CloneConnector.__doc__


class DistanceDependentProbabilityConnector(
    Blocks, connectors.DistanceDependentProbabilityConnector
):
    """Connects each pair with a probability that depends on its distance."""

    __doc__ = connectors.DistanceDependentProbabilityConnector.__doc__


class OneToOneConnector(Blocks, connectors.OneToOneConnector):
    """Connects the i-th cell to the i-th cell."""

    __doc__ = connectors.OneToOneConnector.__doc__

    def connect(self, projection: Any) -> None:
        """As PyNN's own, whose map fails for two single cells with NumPy 2.1 and later."""
        if self.callback is None:
            both = np.arange(min(projection.shape), dtype=np.int32)
            connect_pairs(self, projection, both, both)
        elif projection.shape == (1, 1):
            every = connectors.AllToAllConnector(
                location_selector=self.location_selector, safe=self.safe, callback=self.callback
            )
            every.connect(projection)
        else:
            super().connect(projection)


class FromListConnector(connectors.FromListConnector):
    """Connects the pairs of a list, which may have parameters, too."""

    __doc__ = connectors.FromListConnector.__doc__

    def connect(self, projection: Any) -> None:
        """Makes the connections, all at once where the other parameters are numbers.

        Raises:
            ConnectionError: If there is no such cell.
        """
        if not _connected_at_once(self, projection):
            super().connect(projection)


class FromFileConnector(connectors.FromFileConnector):
    """Connects the pairs of a file, which may have parameters, too."""

    __doc__ = connectors.FromFileConnector.__doc__

    def connect(self, projection: Any) -> None:
        """Reads the file and makes the connections.

        Raises:
            ConnectionError: If there is no such cell.
        """
        if self.distributed:
            self.file.rename(f"{self.file.name}.{simulator.state.mpi_rank}")
        columns = self.file.get_metadata().get("columns", ("weight", "delay"))
        read = FromListConnector(
            self.file.read(),
            [name for name in columns if name not in ("i", "j")],
            location_selector=self.location_selector,
        )
        read.connect(projection)


def _connected_at_once(connector: Any, projection: Any) -> bool:
    """Makes the connections of a list; false where PyNN makes them, as others differ."""
    rows, synapse = connector.conn_list, projection.synapse_type
    unknown = set(connector.column_names).difference(synapse.get_parameter_names())
    if unknown:
        raise ValueError(f"{sorted(unknown)[0]} is no parameter of {type(synapse).__name__}")
    if not rows.size:
        return True
    for column, what in enumerate(("source", "target")):
        size = projection.shape[column]
        if np.any(rows[:, column] % 1.0):
            raise errors.ConnectionError(f"{what} index must be a whole number")
        if np.any((rows[:, column] < 0) | (rows[:, column] >= size)):
            raise errors.ConnectionError(f"{what} index out of range: there are {size} cells")
    space = deepcopy(synapse.parameter_space)
    space.shape = (len(rows),)
    listed = connector.column_names
    if any(not item.is_homogeneous for name, item in space.items() if name not in listed):
        return False
    rows = rows[np.argsort(rows[:, 1])]
    space.update(**{name: rows[:, k] for k, name in enumerate(listed, 2)})
    if isinstance(synapse, StandardSynapseType):
        space = synapse.translate(space)
    space.evaluate()
    sources, targets = rows[:, :2].T.astype(np.int32)
    hand_over(projection, connector.location_selector, (sources, targets), dict(space.items()))
    return True


class _Arrays(Blocks):
    """Connections that are made as arrays where the numbers are native."""

    def connect(self, projection: Any) -> None:
        """Makes the connections."""
        if getattr(self, "n", None) == 0:  # for which PyNN's own fail
            return
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
