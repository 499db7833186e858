"""Synapses as they were before `compile`, without a reset of the whole network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.expr import is_stochastic
from annarchy_ml.importers.equations.starts import start_value
from annarchy_ml.importers.equations.values import numbers, of_type

if TYPE_CHECKING:
    from annarchy_ml.importers.equations.network import Network
    from annarchy_ml.importers.equations.synapse import Synapse


class Restoring(ABC):
    """What brings the synapses of a projection back to their beginning.

    Attributes:
        net, name: its network; its name.
        definition: of its synapses; None for weights alone.
    """

    net: Network
    name: str
    definition: Synapse | None

    @property
    @abstractmethod
    def attributes(self) -> list[str]:
        """Names of parameters and variables."""

    @property
    @abstractmethod
    def nb_synapses(self) -> int:
        """Number of synapses."""

    @abstractmethod
    def pairs(self) -> Any:
        """Ranks of all pairs, their weights and delays."""

    @abstractmethod
    def locality(self, name: str) -> str:
        """Whether each synapse, each target or the projection has a value."""

    @abstractmethod
    def put(self, name: str, values: Any) -> None:
        """Gives all synapses other values."""

    @abstractmethod
    def first_structure(self, values: dict[str, Any]) -> None:
        """The engine has the synapses of `compile` again, with these values."""

    @abstractmethod
    def _known(self, name: str) -> None:
        """Refuses names that no attribute has."""

    def reset(self, attributes: Any = -1, synapses: bool = False) -> None:
        """Parameters and variables as they were before `compile`; weights stay as they are.

        Args:
            attributes: names of those that are reset; -1 or None: all.
            synapses: whether synapses, weights and delays are those of `compile` again, too.

        Raises:
            AttributeError: If the synapses have no such attribute.
        """
        everything = attributes is None or (not np.ndim(attributes) and attributes == -1)
        given = [attributes] if isinstance(attributes, str) else attributes
        names = self.attributes if everything else list(given)
        for name in names:
            self._known(name)
        running = self.net.running
        if running is None:
            return
        first = self.net.first_values.get(self.name, {})
        if synapses:
            running.first_synapses(self.name)
            self.first_structure(first)
        for name in names:
            value = None if name == "w" else self._start(name, first)
            if value is not None:
                self.put(name, value)

    def draw_shared_starts(self) -> None:
        """Start values that synapses share are drawn once, not for each of them."""
        definition = self.definition
        for name, item in () if definition is None else definition.variables.items():
            init, shared = item.flags.init, self.locality(name) != "local"
            if shared and init is not None and hasattr(init, "operands") and is_stochastic(init):
                self.put(name, self._start(name, {}))

    def _start(self, name: str, first: dict[str, Any]) -> Any:
        """With what an attribute begins; None where synapses are others than at `compile`."""
        if name in first:
            value = first[name]
            return value if np.ndim(value) == 0 or len(value) == self.nb_synapses else None
        if self.definition is None or name not in self.definition.variables:
            return None
        flags = self.definition.variables[name].flags
        targets = np.unique(self.pairs()[1], return_inverse=True)[1]
        kind = self.locality(name)
        local = {"global": np.zeros(len(targets), int), "semiglobal": targets}
        places = local.get(kind, np.arange(len(targets)))
        count = int(places.max(initial=-1)) + 1
        if flags.init is None:
            return of_type(0.0, flags.type)
        if not hasattr(flags.init, "operands"):
            found = numbers(flags.init, count, "'init'", self.net.default_rng)
        else:
            known = {**self.net.constant_values(), **first}
            found = start_value(flags.init, known, count, self.net)
        made = of_type(found, flags.type)
        return np.asarray(made)[places] if np.ndim(made) else made
