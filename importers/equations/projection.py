"""Projections: which neurons are connected, with which weights and delays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.importers.equations.connectors import Connectors
from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.globals import Constant
from annarchy_ml.importers.equations.population import Population, PopulationView
from annarchy_ml.importers.equations.synapse import Synapse
from annarchy_ml.importers.equations.values import drawn, is_law, steps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.importers.equations.network import Network
    from annarchy_ml.importers.equations.values import Values


_OWN = (
    "net", "pre", "post", "targets", "synapse", "values", "rule", "weights", "delays", "number",
    "name",
)  # fmt: skip


class Projection(Connectors):
    """Connections from some neurons to others.

    Attributes:
        targets: what they act on at the post neurons.
        synapse: its type; None for weights that add to the conductance or the sum.
    """

    def __init__(
        self,
        pre: Any,
        post: Any,
        target: Any,
        synapse: Any = None,
        name: str = "",
        net: Network | None = None,
    ) -> None:
        if net is None:
            from annarchy_ml.importers.equations.network import default_network

            net = default_network()
        self.net = net
        self.pre, self.post = net.cells(pre, "pre"), net.cells(post, "post")
        self.targets = tuple([target] if isinstance(target, str) else target)
        made: Synapse | None = synapse() if isinstance(synapse, type) else synapse
        self.synapse = None if made is None or made.is_plain else made
        self.values = {} if self.synapse is None else self._initial(self.synapse)
        self.rule: Any = None
        self.weights: Any = 1.0
        self.delays: Any = 0.0
        self.number = -1
        for item in self.targets:
            population_of(self.post).targets.setdefault(item)
        self.name = net._join(self, name)

    @property
    def keeps_values(self) -> bool:
        """Whether each synapse has values of its own that can change."""
        return self.synapse is not None or not population_of(self.pre).neuron_type.spiking

    def _initial(self, synapse: Synapse) -> dict[str, float]:
        """Values of the parameters of its synapses, the same for all."""
        found = {}
        for item in synapse.parameters.values():
            value = item.value
            if isinstance(value, (Constant, str)):
                value = self.net.constant_value(value)
            if is_law(value) or np.ndim(value):
                raise ANNarchyException(
                    f"'{item.name}' of '{synapse.name}': values that differ between synapses are "
                    "not supported yet"
                )
            found[item.name] = float(value)
        return found

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or "synapse" not in self.__dict__:
            raise AttributeError(name)
        return self._attribute(name)

    def __setattr__(self, name: str, value: Any) -> None:
        synapse = self.__dict__.get("synapse")
        if synapse is None or name not in (*synapse.parameters, *synapse.variables):
            if name not in _OWN and not hasattr(type(self), name):
                raise AttributeError(f"the synapses of this projection have no '{name}'")
            object.__setattr__(self, name, value)
            return
        self._set_attribute(name, value)

    def _attribute(self, name: str) -> Any:
        """A parameter of the synapses, or a variable after `compile`."""
        synapse = self.synapse
        if synapse is None or name not in (*synapse.parameters, *synapse.variables):
            raise AttributeError(f"the synapses of '{self.name}' have no attribute '{name}'")
        running = self.net.running
        if running is not None and name in synapse.variables:
            return self._by_target(running.synapse_values(self.name, name))
        if name in synapse.variables:
            raise ANNarchyException(f"'{name}' of '{self.name}' has values after compile()")
        return self.values[name]

    def _set_attribute(self, name: str, value: Any) -> None:
        if name == "w" or np.ndim(value) or is_law(value):
            raise ANNarchyException(f"'{name}' of '{self.name}' takes one number for all synapses")
        running = self.net.running
        if running is not None:
            running.put_synapses(self.name, name, float(value))
        elif name not in self.values:
            raise ANNarchyException(f"'{name}' of '{self.name}' can be set after compile()")
        self.values[name] = float(value)

    @property
    def target(self) -> Any:
        """What it acts on, as it was given."""
        return self.targets[0] if len(self.targets) == 1 else list(self.targets)

    def delay_in_steps(self, h: float) -> Any:
        """The delay as the engine counts it: at least one step; a law stays."""
        if is_law(self.delays):
            return self.delays
        if isinstance(self.delays, np.ndarray):
            whole = np.maximum(1.0, np.floor(self.delays / h + 0.5))
            return whole * h
        return max(1, steps(float(self.delays), h)) * h

    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64], Values, Values]:
        """Ranks of all pairs within the populations, their weights and delays [ms]."""
        found: tuple[Any, Any, Any, Any] = _pairs().pairs_of(self.net, self)
        return found

    @property
    def nb_synapses(self) -> int:
        """Number of synapses."""
        return len(self.pairs()[0])

    @property
    def post_ranks(self) -> list[int]:
        """Post neurons that have synapses."""
        return [int(item) for item in np.unique(self.pairs()[1])]

    @property
    def size(self) -> int:
        """Number of post neurons that have synapses."""
        return len(self.post_ranks)

    def _by_target(self, values: Any) -> list[Any]:
        """Values of synapses, one list for each post neuron, by pre rank."""
        pre, post, _, _ = self.pairs()
        each = np.broadcast_to(values, pre.shape)
        order = np.lexsort((pre, post))
        starts = np.flatnonzero(np.diff(post[order], prepend=-1))
        return [part.tolist() for part in np.split(each[order], starts[1:])]

    @property
    def pre_ranks(self) -> list[list[int]]:
        """Pre neurons of each post neuron that has synapses."""
        return self._by_target(self.pairs()[0])

    @property
    def w(self) -> list[list[float]]:
        """Weights, one list for each of `post_ranks`."""
        return self._by_target(_pairs().weights_of(self.net, self))

    @w.setter
    def w(self, value: Any) -> None:
        _pairs().set_weights(self.net, self, value)

    @property
    def delay(self) -> Any:
        """Delays [ms]: one for all, or one list for each of `post_ranks`."""
        if isinstance(self.delays, (int, float)):
            return self.delay_in_steps(self.net.dt)
        return self._by_target(self.pairs()[3])

    def connectivity_matrix(self, fill: float = 0.0) -> NDArray[np.float64]:
        """Weights [post, pre], ``fill`` where there is no synapse."""
        pre, post, _, _ = self.pairs()
        shape = (population_of(self.post).size, population_of(self.pre).size)
        found = np.full(shape, fill)
        found[post, pre] = _pairs().weights_of(self.net, self)
        return found

    def __repr__(self) -> str:
        ends = f"{population_of(self.pre).name} -> {population_of(self.post).name}"
        return f"<Projection '{self.name}': {ends}, target {self.target}>"


def population_of(cells: Population | PopulationView) -> Population:
    """The whole population of a view."""
    return cells.population if isinstance(cells, PopulationView) else cells


def span_of(cells: Population | PopulationView) -> tuple[int, int] | None:
    """(begin, end) of neurons that lie side by side; None of others."""
    if isinstance(cells, Population):
        return 0, cells.size
    begin, end = int(cells.cells[0]), int(cells.cells[-1]) + 1
    return (begin, end) if end - begin == len(cells.cells) else None


def without_self(rule: Any) -> Any:
    """The same rule, with connections of a neuron to itself."""
    return replace(rule, self_connections=True) if hasattr(rule, "self_connections") else rule


def listed_values(given: Any, count: int, rng: np.random.Generator) -> Any:
    """Weights or delays of listed pairs: a law is drawn from."""
    return drawn(given, count, rng) if is_law(given) else given


def _pairs() -> Any:
    """The module that lists connections, which knows this one."""
    from annarchy_ml.importers.equations import pairs

    return pairs
