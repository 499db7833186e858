"""Populations that are made without a network, and join one when it is known."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.geometry import shape_of
from annarchy_ml.importers.equations.neuron import Neuron
from annarchy_ml.importers.equations.population import Population


class Source(Population):
    """A population that `Network.create` takes; the default network has it if none does."""

    def __init__(self, geometry: Any, neuron: Neuron, name: str | None = None) -> None:
        self.__dict__["_waiting"] = (shape_of(geometry), neuron, name or "")

    def join(self, net: Any, name: str = "") -> Self:
        """Becomes a population of a network.

        Raises:
            ANNarchyException: If it is one of another network.
        """
        if "_waiting" in self.__dict__:
            geometry, neuron, own = self.__dict__.pop("_waiting")
            Population.__init__(self, geometry, neuron, name or own, net=net)
            self._begin()
        if self.net is not net:
            raise ANNarchyException(f"'{self.name}' belongs to another network")
        return self

    def _begin(self) -> None:
        """What is done as soon as it has a network."""

    def __getattr__(self, name: str) -> Any:
        waiting = self.__dict__.get("_waiting")
        if waiting is None or name.startswith("__"):
            return super().__getattr__(name)
        if name == "geometry":
            return waiting[0]
        if name == "size":
            return int(np.prod(waiting[0]))
        from annarchy_ml.importers.equations.network import default_network

        return getattr(self.join(default_network()), name)

    def __repr__(self) -> str:
        if "_waiting" in self.__dict__:
            return f"<{type(self).__name__} without a network>"
        return super().__repr__()
