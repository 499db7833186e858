"""Projections: which neurons are connected, with which weights and delays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.importers.equations.attributes import ByTarget, SynapseAttributes
from annarchy_ml.importers.equations.connectors import Connectors
from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.files.state import KeptSynapses
from annarchy_ml.importers.equations.globals import Constant
from annarchy_ml.importers.equations.learning import Learning
from annarchy_ml.importers.equations.neuron_types import injected
from annarchy_ml.importers.equations.population import Population, PopulationView
from annarchy_ml.importers.equations.reads import check_ends
from annarchy_ml.importers.equations.restoring import Restoring
from annarchy_ml.importers.equations.structure.changes import Changing
from annarchy_ml.importers.equations.synapse import Synapse
from annarchy_ml.importers.equations.synapse_types import is_coupled
from annarchy_ml.importers.equations.types import engine_sum
from annarchy_ml.importers.equations.units import TIMES, quantity
from annarchy_ml.importers.equations.values import drawn, is_law, of_type, steps, time_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.importers.equations.network import Network
    from annarchy_ml.importers.equations.values import Values


_OWN = (
    "net", "pre", "post", "targets", "_kind", "definition", "values", "rule", "given_weights",
    "delays", "number", "name", "laws", "version",
)  # fmt: skip


class Projection(
    Connectors, ByTarget, SynapseAttributes, Changing, Learning, Restoring, KeptSynapses
):
    """Connections from some neurons to others.

    Attributes:
        targets: what they act on at the post neurons.
        definition: the type of its synapses, if it was given one.
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
            net = pre.net if hasattr(pre, "net") else _default()
        self.net = net
        self.pre, self.post = net._own_cells(pre, "pre"), net._own_cells(post, "post")
        self.targets = _targets(target)
        made: Synapse | None = synapse() if isinstance(synapse, type) else synapse
        if made is not None and not isinstance(made, Synapse):
            raise ANNarchyException(f"a projection is made of a Synapse, not of {synapse!r}")
        self.definition = made
        self._kind = None if made is None or made.is_plain else made
        if len(self.targets) > 1 and not self.keeps_values:
            self._kind = Synapse(pre_spike="g_target += w")
        self.values = {} if made is None else self._initial(made)
        self.laws = {}
        self.rule: Any = None
        self.given_weights: Any = 1.0
        self.delays: Any = 0.0
        self.number = -1
        if self._kind is not None:
            ends = {"pre": self.pre, "post": self.post}
            check_ends(self._kind, ends, self.sums, f"'{self._kind.name}'", later=True)
        for item in self.targets:
            population_of(self.post).targets.setdefault(item)
        self.name = net._join(self, name)

    @property
    def into(self) -> str:
        """The property of the neurons that it fills, if it is a coupling."""
        if self._kind is not None and not self.sums:
            return injected(self.targets[0]) if self._one_by_one else ""
        return engine_sum(self.targets[0])

    @property
    def _one_by_one(self) -> bool:
        """Whether its spiking synapses are connections of a coupling, with all values their own.

        So are those that see both neurons, and those that come and go.
        """
        if self._kind is None or self.sums:
            return False
        made = self.definition
        rules = made is not None and (made.creating or made.pruning) is not None
        return rules or self.net.structural_plasticity or is_coupled(self._kind)

    @property
    def keeps_values(self) -> bool:
        """Whether each synapse has values of its own that can change."""
        return self._kind is not None or self.sums

    @property
    def sums(self) -> bool:
        """Whether it sums values of the neurons before it; else it delivers their spikes."""
        return self.reads_values or not population_of(self.pre).neuron_type.spiking

    reads_values = False
    """Whether it reads values of spiking neurons, too."""
    _window: float | None = None
    """Over how long spikes count for a rate [ms]; None where they do not."""
    constants: NDArray[np.float64] | None = None
    """What each post neuron gets in every step besides, of rate-coded ones."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in _OWN:
            raise AttributeError(name)
        return self.get(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _OWN or hasattr(type(self), name):
            object.__setattr__(self, name, value)
        else:
            self._set(name, value)

    @property
    def nb_synapses_per_dendrite(self) -> list[int]:
        """Number of synapses of each of `post_ranks`."""
        return [len(item) for item in self.pre_ranks]

    def prepare(self) -> None:
        """Before the network is built: what the rule has to wait for."""

    def hand_over(self) -> None:
        """After `compile`: switches, and values that differ between synapses."""
        if self._is_switched():
            self.apply_switches()
        for name, value in self.values.items():
            if np.ndim(value) or not self._is_parameter(name):
                self.put(name, value)
        self.draw_shared_starts()

    def _initial(self, synapse: Synapse) -> dict[str, Any]:
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
            found[item.name] = of_type(float(value), item.type)
        return found

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
            same = whole.size > 0 and bool(np.all(whole == whole.flat[0]))
            return float(whole.flat[0]) * h if same else whole * h
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

    @property
    def pre_ranks(self) -> list[list[int]]:
        """Pre neurons of each post neuron that has synapses."""
        return self._by_target(self.pairs()[0])

    @property
    def delay(self) -> Any:
        """Delays [ms]: one for all, or one list for each of `post_ranks`."""
        given = self.delay_in_steps(self.net.dt)
        running = self.net.running
        if isinstance(given, (int, float)) and (running is None or self.name not in running.moved):
            return given
        values = np.asarray(self.pairs()[3])
        same = len(values) > 0 and bool(np.all(values == values[0]))
        return float(values[0]) if same else self._by_target(values)

    @delay.setter
    def delay(self, value: Any) -> None:
        given = quantity(value, TIMES)
        if self.net.running is None and not np.ndim(given):
            self.net.pairs_shown.pop(self.name, None)
            self.delays = given if is_law(given) else time_of(given, f"the delay of '{self.name}'")
        else:
            self._set_delay(given)

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


def _targets(given: Any) -> tuple[str, ...]:
    """The names of one target or several.

    Raises:
        ANNarchyException: If they are no names.
    """
    names = [given] if isinstance(given, str) else given
    whole = isinstance(names, (list, tuple)) and len(names) > 0
    if not whole or not all(isinstance(item, str) and item.isidentifier() for item in names):
        raise ANNarchyException(f"a target is a name such as 'exc', or a list, not {given!r}")
    return tuple(dict.fromkeys(names))


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


def _default() -> Network:
    """The network of scripts, whose module knows this one."""
    from annarchy_ml.importers.equations.network import default_network

    return default_network()


def _pairs() -> Any:
    """The module that lists connections, which knows this one."""
    from annarchy_ml.importers.equations import pairs

    return pairs
