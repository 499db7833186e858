"""Connectors whose weights depend on how far neurons lie from each other."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.population import Population, PopulationView

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Weights = Callable[[NDArray[np.float64]], NDArray[np.float64]]

AT_ONCE = 4_000_000
"""Pairs whose distances are computed together."""


class Distances:
    """Connectors by distance, in positions from 0 to 1 along each axis.

    Attributes:
        pre, post: population or view at each end.
    """

    pre: Population | PopulationView
    post: Population | PopulationView

    @abstractmethod
    def _listed(self, pre: Any, post: Any, weights: Any, delays: Any) -> Self:
        """Makes connections that are listed by places among `pre` and `post`."""

    def gaussian(
        self,
        amp: float,
        sigma: float,
        delays: Any = 0.0,
        limit: float = 0.01,
        allow_self_connections: bool = False,
        **hints: Any,
    ) -> Self:
        """Weights amp exp(-d^2/(2 sigma^2)), where they are larger than limit times amp."""

        def made(d2: NDArray[np.float64]) -> NDArray[np.float64]:
            weights: NDArray[np.float64] = amp * np.exp(-d2 / (2.0 * sigma**2))
            return weights

        return self._by_distance(made, limit * abs(amp), delays, allow_self_connections, hints)

    def dog(
        self,
        amp_pos: float,
        sigma_pos: float,
        amp_neg: float,
        sigma_neg: float,
        delays: Any = 0.0,
        limit: float = 0.01,
        allow_self_connections: bool = False,
        **hints: Any,
    ) -> Self:
        """The difference of two such, where it is larger than limit times that of the amps."""

        def made(d2: NDArray[np.float64]) -> NDArray[np.float64]:
            near = amp_pos * np.exp(-d2 / (2.0 * sigma_pos**2))
            return near - amp_neg * np.exp(-d2 / (2.0 * sigma_neg**2))

        least = limit * abs(amp_pos - amp_neg)
        return self._by_distance(made, least, delays, allow_self_connections, hints)

    def _by_distance(
        self,
        made: Weights,
        least: float,
        delays: Any,
        allow_self_connections: bool,
        hints: dict[str, Any],
    ) -> Self:
        from annarchy_ml.importers.equations.connectors import check_hints

        check_hints(hints)
        here, there = _positions(self.pre), _positions(self.post)
        if here.shape[1] != there.shape[1]:
            raise ANNarchyException("distances are between populations with as many axes")
        same = not allow_self_connections and _whole(self.pre) is _whole(self.post)
        ranks = np.asarray(self.pre.ranks), np.asarray(self.post.ranks)
        rows = max(1, AT_ONCE // len(here))
        found = []
        for begin in range(0, len(there), rows):
            some = there[begin : begin + rows, None, :]
            weights = made(((some - here[None, :, :]) ** 2).sum(axis=2))
            kept = np.abs(weights) > least
            if same:
                kept &= ranks[1][begin : begin + rows, None] != ranks[0][None, :]
            post, pre = np.nonzero(kept)
            found.append((pre, post + begin, weights[post, pre]))
        sources, targets, values = (np.concatenate(item) for item in zip(*found, strict=True))
        return self._listed(sources, targets, values, delays)

    connect_gaussian = gaussian
    connect_dog = dog


def _whole(cells: Population | PopulationView) -> Population:
    return cells.population if isinstance(cells, PopulationView) else cells


def _positions(cells: Population | PopulationView) -> NDArray[np.float64]:
    """Positions of neurons, from 0 to 1 along each axis, shape (n, axes)."""
    shape = _whole(cells).geometry
    places = np.unravel_index(np.asarray(cells.ranks), shape)
    each = [item / (n - 1) if n > 1 else item * 0.0 for item, n in zip(places, shape, strict=True)]
    return np.stack(each, axis=1)
