"""Projections: which neurons are connected, with which weights and delays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import annarchy_ml as public
from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.globals import Constant
from annarchy_ml.importers.equations.population import Population, PopulationView
from annarchy_ml.importers.equations.synapse import Synapse
from annarchy_ml.importers.equations.units import quantity
from annarchy_ml.importers.equations.values import drawn, is_law, steps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.importers.equations.network import Network
    from annarchy_ml.importers.equations.values import Values


_OWN = (
    "net", "pre", "post", "targets", "synapse", "values", "rule", "weights", "delays", "number",
    "name",
)  # fmt: skip


class Projection:
    """Connections from some neurons to others.

    Attributes:
        net: its network.
        pre, post: population or view at each end.
        targets: what they act on at the post neurons.
        synapse: its type; None for weights that add to the conductance or the sum.
        rule: which pairs; None as long as no connector was called.
        weights, delays: a number, a law, or an array of the connections.
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

    def all_to_all(
        self,
        weights: Any = 1.0,
        delays: Any = 0.0,
        allow_self_connections: bool = False,
        **hints: Any,
    ) -> Projection:
        """Every pair; a neuron and itself only if allowed."""
        return self._made(public.AllToAll(allow_self_connections), weights, delays)

    def one_to_one(self, weights: Any = 1.0, delays: Any = 0.0, **hints: Any) -> Projection:
        """The i-th of `pre` with the i-th of `post`."""
        if len(self.pre.ranks) != len(self.post.ranks):
            raise ANNarchyException("one_to_one needs as many pre as post neurons")
        return self._made(public.OneToOne(), weights, delays)

    def fixed_probability(
        self,
        probability: float,
        weights: Any = 1.0,
        delays: Any = 0.0,
        allow_self_connections: bool = False,
        **hints: Any,
    ) -> Projection:
        """Each pair independently with this probability."""
        rule = public.FixedProbability(float(probability), allow_self_connections)
        return self._made(rule, weights, delays)

    def fixed_number_pre(
        self,
        number: int,
        weights: Any = 1.0,
        delays: Any = 0.0,
        allow_self_connections: bool = False,
        **hints: Any,
    ) -> Projection:
        """Exactly so many distinct inputs for each post neuron."""
        rule = public.FixedIndegree(int(number), allow_self_connections, multapses=False)
        return self._made(rule, weights, delays)

    def fixed_number_post(
        self,
        number: int,
        weights: Any = 1.0,
        delays: Any = 0.0,
        allow_self_connections: bool = False,
        **hints: Any,
    ) -> Projection:
        """Exactly so many distinct outputs for each pre neuron."""
        rule = public.FixedOutdegree(int(number), allow_self_connections, multapses=False)
        return self._made(rule, weights, delays)

    def from_matrix(
        self, weights: Any, delays: Any = 0.0, pre_post: bool = False, **hints: Any
    ) -> Projection:
        """Weights [post, pre], None or NaN where there is no synapse."""
        matrix = np.array(weights, dtype=float)
        matrix = matrix.T if pre_post else matrix
        shape = (len(self.post.ranks), len(self.pre.ranks))
        if matrix.shape != shape:
            raise ANNarchyException(f"the matrix has shape {matrix.shape}, not {shape}")
        post, pre = np.nonzero(~np.isnan(matrix))
        if np.ndim(delays) == 2:
            given = np.array(delays, dtype=float)
            delays = (given.T if pre_post else given)[post, pre]
        return self._listed(pre, post, matrix[post, pre], delays)

    def from_sparse(self, weights: Any, delays: Any = 0.0, **hints: Any) -> Projection:
        """A sparse matrix [pre, post] of SciPy; the stored entries are the synapses."""
        found = weights.tocoo()
        return self._listed(found.row, found.col, np.asarray(found.data, float), delays)

    connect_all_to_all = all_to_all
    connect_one_to_one = one_to_one
    connect_fixed_probability = fixed_probability
    connect_fixed_number_pre = fixed_number_pre
    connect_fixed_number_post = fixed_number_post
    connect_from_matrix = from_matrix
    connect_from_sparse = from_sparse

    def _listed(self, pre: Any, post: Any, weights: Any, delays: Any) -> Projection:
        return self._made(public.Explicit(np.asarray(pre), np.asarray(post)), weights, delays)

    def _made(self, rule: Any, weights: Any, delays: Any) -> Projection:
        self.net.check_open("connect")
        self.rule = rule
        self.weights = quantity(weights)
        self.delays = quantity(delays)
        for what, value in (("weights", self.weights), ("delays", self.delays)):
            if value is None or isinstance(value, bool):
                raise ANNarchyException(f"{what} take a number, a law or an array")
        return self

    def list_pairs(self, sources: Any, targets: Any, weights: Any, delays: Any) -> None:
        """Replaces the rule by its pairs, given by ranks, with weights of their own."""
        pre, post = (np.asarray(item.ranks) for item in (self.pre, self.post))
        places = (np.searchsorted(pre, sources), np.searchsorted(post, targets))
        self.rule = public.Explicit(*places)
        self.weights, self.delays = weights, np.asarray(delays)

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
        found: tuple[Any, Any, Any, Any] = self.net.pairs_of(self)
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
        return self._by_target(self.net.weights_of(self))

    @w.setter
    def w(self, value: Any) -> None:
        self.net.set_weights(self, value)

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
        found[post, pre] = self.net.weights_of(self)
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


def listed_values(given: Any, count: int, rng: np.random.Generator) -> Any:
    """Weights or delays of listed pairs: a law is drawn from."""
    return drawn(given, count, rng) if is_law(given) else given
