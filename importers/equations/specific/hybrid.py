"""Projections between rate-coded and spiking populations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.neuron_types import injected
from annarchy_ml.importers.equations.projection import Projection, population_of
from annarchy_ml.importers.equations.values import steps, time_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.importers.equations.network import Network


class CurrentInjection(Projection):
    """The rate of neuron i is added to ``g_target`` of neuron i in every step, one step later."""

    def __init__(
        self, pre: Any, post: Any, target: Any, name: str = "", net: Network | None = None
    ) -> None:
        super().__init__(pre, post, target, None, name, net)
        _check(self, spiking=(False, True))
        if len(self.targets) != 1:
            raise ANNarchyException(f"'{self.name}' injects into one target")

    @property
    def into(self) -> str:
        """The property of the neurons that holds the current."""
        return injected(self.targets[0])

    def connect_current(self) -> Self:
        """Joins neurons of the same rank."""
        return self.one_to_one(weights=1.0)


class DecodingProjection(Projection):
    """The rate that spikes tell: ``sum(target)`` of their weights within a window, per input.

    Attributes:
        window: over how long spikes count [ms].
    """

    def __init__(
        self,
        pre: Any,
        post: Any,
        target: Any,
        window: Any = None,
        name: str = "",
        net: Network | None = None,
    ) -> None:
        super().__init__(pre, post, target, None, name, net)
        _check(self, spiking=(True, False))
        if len(self.targets) != 1:
            raise ANNarchyException(f"'{self.name}' has one target")
        wanted = self.net.dt if window is None else time_of(window, "the window")
        if steps(wanted, self.net.dt) < 1:
            raise ANNarchyException(f"the window {window!r} is shorter than a step")
        self._window = wanted

    def scales(self) -> NDArray[np.float64]:
        """What turns the weights of a window into rates [Hz], for each post neuron."""
        counts = np.bincount(self.pairs()[1], minlength=population_of(self.post).size)
        length = steps(self._window or 0.0, self.net.dt) * self.net.dt
        return np.divide(1000.0 / length, counts, out=np.zeros(len(counts)), where=counts > 0)


def _check(projection: Projection, spiking: tuple[bool, bool]) -> None:
    ends = (population_of(projection.pre), population_of(projection.post))
    if tuple(item.neuron_type.spiking for item in ends) == spiking:
        return
    words = ["spiking" if item else "rate-coded" for item in spiking]
    raise ANNarchyException(
        f"'{projection.name}' joins a {words[0]} population to a {words[1]} one"
    )
