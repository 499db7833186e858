"""Convolution and pooling: connections that share weights, or have none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from annarchy_ml.expr import evaluate, free_symbols
from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.population import Population
from annarchy_ml.importers.equations.projection import Projection, population_of
from annarchy_ml.importers.equations.specific.windows import (
    Covered,
    bank,
    centers,
    covered,
    regions,
)
from annarchy_ml.importers.equations.synapse import Synapse
from annarchy_ml.importers.equations.values import time_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.importers.equations.network import Network

BORDER = "border"


class _Whole(Projection):
    """A projection between whole populations of rates, without weights of each connection."""

    def _check_ends(self) -> None:
        for end in (self.pre, self.post):
            if not isinstance(end, Population) or end.neuron_type.spiking:
                raise ANNarchyException(
                    f"'{self.name}' joins whole rate-coded populations, not {end!r}"
                )

    def _shapes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Geometries of both populations."""
        return population_of(self.pre).geometry, population_of(self.post).geometry


class Convolution(_Whole):
    """Filters over a population: a sum (or an extreme, or mean) of weighted neighbors.

    The element (length - 1) // 2 of a filter lies on its center. Means are over the whole filter,
    extremes over what of it lies inside.
    """

    def __init__(
        self,
        pre: Any,
        post: Any,
        target: Any,
        psp: str = "w * pre.r",
        operation: str = "sum",
        name: str = "",
        net: Network | None = None,
    ) -> None:
        super().__init__(pre, post, target, Synapse(psp=psp, operation=operation), name, net)
        self._check_ends()
        self._psp, self._operation = psp, operation

    _psp = ""
    _operation = ""
    _filter: Any = None
    _covered: Covered | None = None

    def connect_filter(
        self,
        weights: Any,
        delays: Any = 0.0,
        keep_last_dimension: bool = False,
        padding: Any = 0.0,
        subsampling: Any = None,
    ) -> Self:
        """Puts a filter on every neuron, or on every few if `post` has fewer.

        Args:
            weights: the filter.
            delays: one delay [ms].
            keep_last_dimension: whether each layer along the last axis is filtered by itself.
            padding: the rate beyond the border, or ``border``: that of the nearest neuron.
            subsampling: centers of the filter, coordinates for each post neuron.
        """
        array = np.array(weights, float)
        pre, post = self._shapes()
        axes = len(pre) - 1 if keep_last_dimension else len(pre)
        if array.ndim != axes or (keep_last_dimension and pre[-1] != post[-1]):
            raise ANNarchyException(
                f"'{self.name}': a filter of shape {array.shape} does not fit {pre} neurons onto "
                f"{post}" + (" layer by layer" if keep_last_dimension else "")
            )
        at = self._centers(subsampling, post, array.shape)
        made = covered(pre, at, array.shape, _repeats(padding))
        return self._wired(array, array.size, made, padding, delays)

    def connect_filters(
        self, weights: Any, delays: Any = 0.0, padding: Any = 0.0, subsampling: Any = None
    ) -> Self:
        """Puts several filters on every neuron; their results lie along the last axis of `post`.

        Args:
            weights: the filters, one after the other along the first axis.
            delays: one delay [ms].
            padding: as in `connect_filter`.
            subsampling: centers of the filters, coordinates for each place.
        """
        array = np.array(weights, float)
        pre, post = self._shapes()
        if array.ndim != len(pre) + 1 or post[-1] != len(array):
            raise ANNarchyException(
                f"'{self.name}': filters of shape {array.shape} do not fit {pre} neurons onto "
                f"{post}: their number is the first axis, and the last one of the result"
            )
        at = self._centers(subsampling, post[:-1], array.shape[1:])
        one = covered(pre, at, array.shape[1:], _repeats(padding))
        made = bank(one, len(array), array[0].size)
        return self._wired(array, array[0].size, made, padding, delays)

    def _centers(self, given: Any, post: tuple[int, ...], shape: tuple[int, ...]) -> Any:
        pre = self._shapes()[0]
        if given is None:
            return centers(pre, post, shape)
        at = np.array(given, int)
        if at.shape != (int(np.prod(post)), len(pre)):
            raise ANNarchyException(
                f"'{self.name}': subsampling lists {int(np.prod(post))} times {len(pre)} "
                f"coordinates, not an array of shape {at.shape}"
            )
        return at

    def _wired(self, array: Any, size: int, made: Covered, padding: Any, delays: Any) -> Self:
        """Makes the connections; what lies beyond the border gives the same in every step."""
        synapse = Synapse(psp=self._psp, operation=self._operation)
        if self._operation == "mean":
            synapse = Synapse(psp=f"({self._psp}) / {float(size)!r}")
        self.definition = self._kind = synapse
        inside = made.inside
        if not _repeats(padding) and synapse.operation == "sum":
            beyond = self._beyond(synapse, array, float(padding))[made.element[~inside]]
            found = np.bincount(made.post[~inside], beyond, population_of(self.post).size)
            self.constants = found.astype(float) if found.any() else None
        kept = Covered(made.pre[inside], made.post[inside], made.element[inside], inside[inside])
        self._filter, self._covered = array, kept
        flat = array.reshape(-1)[kept.element]
        return self._listed(kept.pre, kept.post, flat, time_of(delays, "the delay"))

    def _beyond(self, synapse: Synapse, array: Any, padding: float) -> NDArray[np.float64]:
        """What each element of the filters gives where the rate is ``padding``."""
        assert synapse.psp is not None
        names = free_symbols(synapse.psp) - {"w"}
        if any(not item.startswith("pre.") for item in names):
            raise ANNarchyException(
                f"'{self.name}': what '{self._psp}' gives beyond the border is not known: write "
                f"padding='{BORDER}', or a psp of 'w' and 'pre' alone"
            )
        known = dict.fromkeys(names, padding)
        each = [evaluate(synapse.psp, {**known, "w": float(w)}) for w in array.reshape(-1)]
        return np.array(each)

    @property
    def weights(self) -> Any:
        """The filter, or the filters."""
        return None if self._filter is None else self._filter.copy()

    @weights.setter
    def weights(self, value: Any) -> None:
        array, kept = np.array(value, float), self._covered
        if kept is None or array.shape != self._filter.shape:
            shape = None if kept is None else self._filter.shape
            raise ANNarchyException(f"the filter of '{self.name}' has shape {shape}")
        if self.constants is not None:
            raise ANNarchyException(
                f"'{self.name}': a filter with padding is not changed after it was connected"
            )
        flat = array.reshape(-1)[kept.element]
        self._filter = array
        self.given_weights = flat
        if self.net.running is not None:
            order = np.lexsort((kept.pre, kept.post))
            delays = np.full(len(flat), self.delay_in_steps(self.net.dt))
            made = (kept.pre[order], kept.post[order], flat[order], delays)
            self.net.running.reconnect(self.name, made, np.full(len(flat), -1))

    def get(self, name: str) -> Any:
        """Values of an attribute; ``w`` and ``weights`` are the filter."""
        return self.weights if name in ("w", "weights") else super().get(name)

    def _set(self, name: str, value: Any) -> None:
        if name in ("w", "weights"):
            self.weights = value
        else:
            super()._set(name, value)


class Pooling(_Whole):
    """The largest, smallest or mean value of each region of a population."""

    def __init__(
        self,
        pre: Any,
        post: Any,
        target: Any,
        psp: str = "pre.r",
        operation: str = "max",
        name: str = "",
        net: Network | None = None,
    ) -> None:
        if operation not in ("max", "min", "mean"):
            raise ANNarchyException(f"Pooling combines by max, min or mean, not '{operation}'")
        weighted = Synapse(psp=f"w * ({psp})", operation=operation)
        super().__init__(pre, post, target, weighted, name, net)
        self._check_ends()

    def connect_pooling(self, extent: Any = None, delays: Any = 0.0) -> Self:
        """Joins each post neuron with its region.

        Args:
            extent: size of a region along each axis; None for the ratio of both geometries.
            delays: one delay [ms].
        """
        pre, post = self._shapes()
        if extent is None:
            if len(pre) != len(post):
                raise ANNarchyException(f"'{self.name}': {pre} onto {post} needs an extent")
            extent = tuple(a // b for a, b in zip(pre, post, strict=True))
        sources, targets = regions(pre, post, tuple(int(item) for item in extent))
        return self._listed(sources, targets, 1.0, time_of(delays, "the delay"))

    pooling = connect_pooling


def _repeats(padding: Any) -> bool:
    """Whether neurons at the border stand for those beyond it."""
    if isinstance(padding, str) and padding != BORDER:
        raise ANNarchyException(f"padding is a rate or '{BORDER}', not '{padding}'")
    return isinstance(padding, str)
