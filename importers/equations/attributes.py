"""Attributes of synapses: of a projection, of those of one target, of a single one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from annarchy_ml.importers.equations.copies import check_copies, places, width
from annarchy_ml.importers.equations.faults import ANNarchyException, hinted
from annarchy_ml.importers.equations.functions import called
from annarchy_ml.importers.equations.values import drawn, is_law, numbers, of_type

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.importers.equations.network import Network
    from annarchy_ml.importers.equations.projection import Projection
    from annarchy_ml.importers.equations.synapse import Synapse


class SynapseAttributes(ABC):
    """What can be read and set of the synapses of a projection.

    Attributes:
        net: the network.
        name: of the projection.
        definition: of its synapses; None for weights alone.
        values: of parameters: one for all, or one for each synapse in the order of `pairs`.
        laws: from which values were drawn.
    """

    net: Network
    name: str
    definition: Synapse | None
    values: dict[str, Any]
    laws: dict[str, Any]

    @abstractmethod
    def pairs(self) -> Any:
        """Ranks of all pairs, their weights and delays."""

    @property
    def attributes(self) -> list[str]:
        """Names of parameters and variables; the weight is one of them."""
        definition = self.definition
        own = () if definition is None else (*definition.parameters, *definition.variables)
        return list(dict.fromkeys(("w", *own)))

    def locality(self, name: str) -> str:
        """Whether each synapse, each target or the projection has a value."""
        definition = self.definition
        if name == "w" or definition is None:
            return "local"
        if name in definition.parameters:
            return definition.parameters[name].locality
        return definition.locality(definition.variables[name])

    def _known(self, name: str) -> None:
        if name not in self.attributes:
            message = f"the synapses of '{self.name}' have no attribute '{name}'"
            methods = (item for item in dir(type(self)) if not item.startswith("_"))
            raise AttributeError(hinted(message, name, (*self.attributes, *methods)))

    def flat(self, name: str) -> NDArray[np.float64]:
        """Values of all synapses in the order of `pairs`."""
        from annarchy_ml.importers.equations import pairs

        self._known(name)
        made: Any = self
        if name == "w":
            return pairs.weights_of(self.net, made)
        running = self.net.running
        if running is not None and running.keeps(self.name, name):
            return running.synapse_values(self.name, name)
        if name not in self.values and running is None:
            raise ANNarchyException(f"'{name}' of '{self.name}' has values after compile()")
        count = len(self.pairs()[0])
        return np.broadcast_to(self.values.get(name, 0.0), (count,)).astype(float)

    def put(self, name: str, values: Any) -> None:
        """Gives all synapses other values: one, or an array in the order of `pairs`."""
        from annarchy_ml.importers.equations import pairs

        self._known(name)
        if not np.all(np.isfinite(values)):
            raise ANNarchyException(f"'{name}' of '{self.name}' takes finite numbers")
        made: Any = self
        if name == "w":
            pairs.put_weights(self.net, made, values)
        else:
            running = self.net.running
            check_copies(made, name, values)
            kept = running is not None and running.keeps(self.name, name)
            if running is not None and kept:
                running.put_synapses(self.name, name, values)
            if not kept or self._is_parameter(name):
                self.values[name] = values
        for monitor in self.net.monitors:
            monitor.note(made, name)

    def _is_parameter(self, name: str) -> bool:
        return self.definition is not None and name in self.definition.parameters

    def get(self, name: str) -> Any:
        """Values of an attribute: lists by target, one for each target, or one."""
        definition = self.definition
        if definition is not None and name in definition.own_functions:
            return called(definition.own_functions[name])
        values = self.flat(name)
        kind = self.locality(name)
        if kind == "global":
            return float(values[0]) if len(values) else self.values.get(name, 0.0)
        by_target = self._by_target(values)
        return [one[0] for one in by_target] if kind == "semiglobal" else by_target

    def set(self, value: dict[str, Any]) -> None:
        """Gives attributes other values: a number, a law, or as `get` gives them."""
        for name, one in value.items():
            self._set(name, one)

    def _check_own(self, name: str) -> None:
        """Refuses weights of another projection."""
        other = self._whose() if name == "w" else ""
        if other:
            raise ANNarchyException(f"'{self.name}' has the weights of '{other}': set those")

    def _whose(self) -> str:
        """The projection whose weights these are; empty for its own."""
        return ""

    def _set(self, name: str, value: Any) -> None:
        self._known(name)
        self._check_own(name)
        kind = "float" if self.definition is None else self.definition.type_of(name)
        self.laws[name] = value if is_law(value) else None
        if is_law(value):
            shared = self.locality(name) == "global"
            where = places(width(self.definition, name), self.pairs()[1])
            count = 1 if shared else int(where.max(initial=-1)) + 1
            value = drawn(value, count, self.net.default_rng)
            value = float(value[0]) if shared else np.asarray(value)[where]
        elif isinstance(value, (list, tuple)) or np.ndim(value):
            value = self._one_each(name, value)
        if self.locality(name) == "global" and np.ndim(value):
            raise ANNarchyException(f"'{name}' of '{self.name}' has one value for all synapses")
        try:
            value = float(value) if np.ndim(value) == 0 else value
            self.put(name, of_type(value, kind))
        except (TypeError, ValueError) as fault:
            raise ANNarchyException(f"'{name}' takes numbers, not {value!r}") from fault

    def _one_each(self, name: str, value: Any) -> NDArray[np.float64]:
        """Values by target, one or a list for each, in the order of `pairs`."""
        pre, post, _, _ = self.pairs()
        counts = np.unique(post, return_counts=True)[1]
        try:
            pieces = zip(value, counts, strict=True)
            each = [np.broadcast_to(np.asarray(item, float), (n,)) for item, n in pieces]
        except (TypeError, ValueError) as fault:
            raise ANNarchyException(
                f"'{name}' of '{self.name}' takes one value, or for each of its {len(counts)} "
                "post neurons one or as many as it has synapses"
            ) from fault
        values = np.empty(len(pre))
        values[np.lexsort((pre, post))] = np.concatenate(each)
        return values

    def receptive_fields(
        self, variable: str = "w", in_post_geometry: bool = True
    ) -> NDArray[np.float64]:
        """Values of all synapses as one picture: fields in the shape of `pre`, side by side.

        Args:
            variable: an attribute; 0 where there is no synapse.
            in_post_geometry: whether they lie as the post neurons do, if these have two axes; else
                in a square.
        """
        from annarchy_ml.importers.equations.fields import tiled

        made: Any = self
        return tiled(made, variable, in_post_geometry)

    def _by_target(self, values: Any) -> list[Any]:
        """Values of synapses, one list for each post neuron, by pre rank."""
        pre, post, _, _ = self.pairs()
        if len(pre) == 0:
            return []
        each = np.broadcast_to(values, pre.shape)
        order = np.lexsort((pre, post))
        starts = np.flatnonzero(np.diff(post[order], prepend=-1))
        return [part.tolist() for part in np.split(each[order], starts[1:])]


class Dendrite:
    """The synapses of one post neuron.

    Attributes:
        projection: the projection.
        post_rank: the neuron.
    """

    def __init__(self, projection: Projection, post_rank: int) -> None:
        self._begin(projection, post_rank)
        if self.size == 0:
            raise ANNarchyException(f"neuron {post_rank} has no synapses in '{projection.name}'")

    def _begin(self, *parts: Any) -> None:
        for name, value in zip(("projection", "post_rank"), parts, strict=True):
            object.__setattr__(self, name, value)

    projection: Projection
    post_rank: int
    _seen: tuple[int, NDArray[np.int64], list[int]] | None = None

    def _looked_up(self) -> tuple[int, NDArray[np.int64], list[int]]:
        """The version of the projection, places among its pairs, pre ranks."""
        version = self.projection.version
        if self._seen is None or self._seen[0] != version:
            pre, post, _, _ = self.projection.pairs()
            places = np.flatnonzero(post == self.post_rank)
            places = places[np.argsort(pre[places], kind="stable")]
            object.__setattr__(self, "_seen", (version, places, pre[places].tolist()))
        assert self._seen is not None
        return self._seen

    @property
    def _places(self) -> NDArray[np.int64]:
        return self._looked_up()[1]

    @property
    def pre_ranks(self) -> list[int]:
        """The pre neurons, ascending."""
        return list(self._looked_up()[2])

    def create_synapse(self, rank: int, w: float = 0.0, delay: float = 0.0) -> None:
        """Adds a synapse from a neuron; delay in ms."""
        self.projection.create_synapses(self.post_rank, [rank], w, delay)

    def create_synapses(self, ranks: Any, weights: Any = 0.0, delays: Any = 0.0) -> None:
        """Adds synapses from several neurons; weights and delays [ms] of all, or one for each."""
        self.projection.create_synapses(self.post_rank, ranks, weights, delays)

    def prune_synapse(self, rank: int) -> None:
        """Takes the synapse from a neuron away."""
        self.projection.prune_synapses(self.post_rank, [rank])

    def prune_synapses(self, ranks: Any) -> None:
        """Takes the synapses from several neurons away."""
        self.projection.prune_synapses(self.post_rank, ranks)

    @property
    def size(self) -> int:
        """Number of synapses."""
        return len(self.pre_ranks)

    @property
    def attributes(self) -> list[str]:
        """Names of what can be read and set."""
        return self.projection.attributes

    def get(self, name: str) -> Any:
        """Values of an attribute, a list; one value of what is not local."""
        values = self.projection.flat(name)[self._places]
        return values.tolist() if self.projection.locality(name) == "local" else float(values[0])

    def set(self, value: dict[str, Any]) -> None:
        """Gives attributes other values."""
        for name, one in value.items():
            self._set(name, one)

    def _set(self, name: str, value: Any) -> None:
        self.projection._check_own(name)
        if self.projection.locality(name) == "global":
            raise ANNarchyException(f"'{name}' has one value for the whole projection")
        everything = np.array(self.projection.flat(name))
        what, rng = f"'{name}' onto neuron {self.post_rank}", self.projection.net.default_rng
        local = self.projection.locality(name) == "local"
        everything[self._places] = numbers(value, self.size if local else 1, what, rng)
        self.projection.put(name, everything)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.get(name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._set(name, value)

    def receptive_field(self, variable: str = "w", fill: float = 0.0) -> NDArray[np.float64]:
        """Values in the shape of the population before."""
        from annarchy_ml.importers.equations.projection import population_of

        population = population_of(self.projection.pre)
        found = np.full(population.size, fill)
        found[self.pre_ranks] = self.get(variable)
        return found.reshape(population.geometry)

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, pre_rank: int) -> SingleSynapse:
        return SingleSynapse(self, pre_rank)

    def __iter__(self) -> Any:
        return (SingleSynapse(self, rank) for rank in self.pre_ranks)


class SingleSynapse(Dendrite):
    """One synapse."""

    def __init__(self, dendrite: Dendrite, pre_rank: int) -> None:
        if pre_rank not in dendrite.pre_ranks:
            raise ANNarchyException(f"there is no synapse from neuron {pre_rank}")
        self._begin(dendrite.projection, dendrite.post_rank)
        object.__setattr__(self, "pre_rank", pre_rank)

    pre_rank: int

    @property
    def _places(self) -> NDArray[np.int64]:
        places = super()._places
        return places[[self._looked_up()[2].index(self.pre_rank)]]

    def get(self, name: str) -> float:
        """The value of an attribute."""
        return float(self.projection.flat(name)[self._places][0])


class ByTarget:
    """The synapses of a projection by the neurons that they lead to.

    Attributes:
        post: these neurons.
        post_ranks: ranks of those that have synapses.
    """

    post: Any
    post_ranks: Any

    def dendrite(self, post: Any) -> Dendrite:
        """The synapses of a post neuron, by rank or coordinates."""
        from annarchy_ml.importers.equations.projection import population_of

        population, made = population_of(self.post), cast("Projection", self)
        rank = post if np.ndim(post) == 0 else population.rank_from_coordinates(post)
        return Dendrite(made, int(rank))

    @property
    def dendrites(self) -> Iterator[Dendrite]:
        """The synapses of each of `post_ranks`."""
        made = cast("Projection", self)
        return (Dendrite(made, rank) for rank in self.post_ranks)

    def __iter__(self) -> Iterator[Dendrite]:
        return self.dendrites

    def __len__(self) -> int:
        return len(self.post_ranks)

    def synapse(self, pre: int, post: int) -> SingleSynapse:
        """The synapse from one neuron to another."""
        return self.dendrite(post)[pre]

    synapse_between = synapse
