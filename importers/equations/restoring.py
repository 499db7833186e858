"""Synapses as they were before `compile`, without a reset of the whole network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.importers.equations.copies import places
from annarchy_ml.importers.equations.ends import has_shared_start
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
        values: of parameters.
    """

    net: Network
    name: str
    definition: Synapse | None
    values: dict[str, Any]

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
        """Start values that synapses share are drawn once, not for each of them.

        At a reset they are what they were; only neurons that had no synapses get other ones.
        """
        definition, given = self.definition, self.net.first_values.get(self.name, {})
        for name in () if definition is None else definition.variables:
            shared = definition is not None and has_shared_start(definition, name)
            if shared and name not in given:
                self.put(name, self._start(name, self.values))

    def _as_before(self, name: str, found: Any) -> Any:
        """What was drawn for each post neuron first."""
        if self.definition is None or not has_shared_start(self.definition, name):
            return found
        known = self.net.shared_starts.setdefault((self.name, name), {})
        one = self.locality(name) == "global"
        targets = [0 if one else int(item) for item in self.pairs()[1]]
        return np.array([known.setdefault(*item) for item in zip(targets, found, strict=True)])

    def _start(self, name: str, first: dict[str, Any]) -> Any:
        """With what an attribute begins; None where synapses are others than at `compile`."""
        if name in first:
            value = first[name]
            return value if np.ndim(value) == 0 or len(value) == self.nb_synapses else None
        if self.definition is None or name not in self.definition.variables:
            return None
        flags = self.definition.variables[name].flags
        where = places(self.locality(name), self.pairs()[1])
        firsts = np.unique(where, return_index=True)[1]
        count = len(firsts)
        if flags.init is None:
            return of_type(0.0, flags.type)
        if not hasattr(flags.init, "operands"):
            found = numbers(flags.init, count, "'init'", self.net.default_rng)
        else:
            own = {
                key: np.asarray(value)[firsts] if np.ndim(value) else value
                for key, value in first.items()
                if key in self.definition.parameters
                and (np.ndim(value) == 0 or len(value) == len(where))
            }
            known = {**self.net.constant_values(), **own}
            found = start_value(flags.init, known, count, self.net)
        made = of_type(found, flags.type)
        return self._as_before(name, np.asarray(made)[where]) if np.ndim(made) else made
