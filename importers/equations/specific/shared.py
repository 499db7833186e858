"""Projections that share the weights of another one, in its direction or against it.

They are connections of their own whose weights follow: those of the other projection are taken over
before each run, and before each step where it learns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

import numpy as np

import annarchy_ml as public
from annarchy_ml.importers.equations import pairs
from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.projection import Projection, population_of
from annarchy_ml.importers.equations.settings import check_options
from annarchy_ml.importers.equations.specific.filters import Convolution, Pooling
from annarchy_ml.importers.equations.synapse import Synapse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.importers.equations.network import Network

    Listed = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]


class Shared(Projection):
    """A projection with the weights of another one.

    Attributes:
        original: the other one; None as long as no connector was called.
    """

    original: Projection | None = None
    turned = False
    """Whether it runs from post to pre."""

    def prepare(self) -> None:
        """Takes over the connections, before the network is built."""
        if self.original is None:
            return
        sources, targets, weights, delays = self._listed_pairs()
        self.net.pairs_shown.pop(self.name, None)
        self.__dict__["rule"] = public.Explicit(sources, targets)
        self.__dict__["given_weights"], self.__dict__["delays"] = weights, delays

    def follow(self) -> None:
        """Takes over the weights as they are now."""
        if self.original is None or self.net.running is None:
            return
        sources, targets, weights, delays = self._listed_pairs()
        own = self.pairs()
        order, own_order = np.lexsort((sources, targets)), np.lexsort((own[0], own[1]))
        same = len(order) == len(own_order) and np.array_equal(
            (sources[order], targets[order]), (own[0][own_order], own[1][own_order])
        )
        if not same:
            made = (sources[order], targets[order], weights[order], delays[order])
            self.net.running.reconnect(self.name, made, np.full(len(order), -1))
            self.version += 1
            return
        values = np.empty(len(order))
        values[own_order] = weights[order]
        if not np.array_equal(values, pairs.weights_of(self.net, self)):
            pairs.put_weights(self.net, self, values)

    def _listed_pairs(self) -> Listed:
        """Sources, targets, weights and delays of the other projection, as this one has them."""
        assert self.original is not None
        pre, post, _, delays = self.original.pairs()
        weights = pairs.weights_of(self.net, self.original)
        each = np.broadcast_to(delays, np.shape(pre)).astype(float)
        return (post, pre, weights, each) if self.turned else (pre, post, weights, each)

    @property
    def learns(self) -> bool:
        """Whether the weights that it follows change while the network runs."""
        made = None if self.original is None else self.original._kind
        if made is None:
            return False
        changed = (*made.equations, *made.pre_spike, *made.post_spike)
        return any(item.name == "w" for item in changed)

    def flat(self, name: str) -> NDArray[np.float64]:
        """Values of all synapses in the order of `pairs`."""
        if name == "w" and self.original is not None:
            if self.net.running is None:
                self.prepare()
            self.follow()
        return super().flat(name)

    def _restructure(self, gone: NDArray[np.bool_], added: tuple[Any, Any, Any, Any]) -> None:
        raise ANNarchyException(
            f"'{self.name}' has the synapses of '{self._whose()}': take away or add those"
        )

    def _whose(self) -> str:
        """The projection whose weights these are."""
        return "another projection" if self.original is None else self.original.name

    def _shares(self, given: Any) -> Self:
        """Notes whose weights it has."""
        self.net.check_open("connect")
        if not isinstance(given, Projection) or given.net is not self.net:
            raise ANNarchyException(
                f"'{self.name}' shares a projection of its network, not {given!r}"
            )
        if isinstance(given, (Convolution, Pooling, Shared)):
            kind = type(given).__name__
            raise ANNarchyException(f"'{self.name}' cannot share '{given.name}', a {kind}")
        ends = [population_of(item).geometry for item in (given.pre, given.post)]
        ends = ends[::-1] if self.turned else ends
        if ends != [population_of(item).geometry for item in (self.pre, self.post)]:
            raise ANNarchyException(f"'{self.name}' and '{given.name}' differ in their geometries")
        self.__dict__["original"] = given
        self.prepare()
        return self


class Copy(Shared):
    """The weights and delays of another projection, between other neurons."""

    def __init__(
        self,
        pre: Any,
        post: Any,
        target: Any,
        psp: str | None = None,
        operation: str = "sum",
        **options: Any,
    ) -> None:
        """A projection without connections yet.

        Args:
            pre: neurons with the geometry of those before the other projection.
            post: neurons with the geometry of those behind it.
            target: what it acts on.
            psp: what a synapse gives; None for ``w * pre.r``, for spiking neurons the weight.
            operation: ``sum``, ``max``, ``min`` or ``mean`` over the synapses of a neuron.
            options: ``name`` of the projection; ``net``: the network, that of ``pre`` if not given.
        """
        check_options("Copy", options, ("name", "net"))
        plain = psp is None and operation == "sum"
        made = None if plain else Synapse(psp=psp or "w * pre.r", operation=operation)
        super().__init__(pre, post, target, made, **options)

    def copy(self, projection: Any) -> Self:
        """Shares the connections of a projection."""
        return self._shares(projection)

    connect_copy = copy


class Transpose(Shared):
    """Another projection in the reverse direction, with the same weights."""

    turned = True

    def __init__(
        self, projection: Any, target: Any, name: str = "", net: Network | None = None
    ) -> None:
        if not isinstance(projection, Projection):
            raise ANNarchyException(f"Transpose takes a projection, not {projection!r}")
        super().__init__(projection.post, projection.pre, target, None, name, net)
        self.__dict__["_turns"] = projection

    def transpose(self) -> Self:
        """Shares the connections of the projection that it reverses."""
        return self._shares(self._turns)

    connect_transpose = transpose


class Sharing:
    """The projections of a network that follow others, while it runs."""

    def __init__(self, projections: list[Projection]) -> None:
        self._all = [item for item in projections if isinstance(item, Shared)]

    def pieces(self, count: int) -> Iterator[int]:
        """A run as numbers of steps, before each of which weights are taken over."""
        single = any(item.learns for item in self._all)
        for piece in [1] * count if single else [count]:
            for item in self._all:
                item.follow()
            yield piece
