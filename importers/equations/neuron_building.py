"""Hands the populations of a network of equations to the typed API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

import annarchy_ml as public
from annarchy_ml.expr import Number, free_symbols
from annarchy_ml.importers.equations.copies import check_alike
from annarchy_ml.importers.equations.ends import (
    SENDER,
    draws_for_targets,
    reductions_at,
    spike_times,
)
from annarchy_ml.importers.equations.gaps import GAP, first_gaps, in_gaps
from annarchy_ml.importers.equations.neuron_types import (
    COUNTED,
    Wishes,
    injected,
    neuron_type,
    scale,
)
from annarchy_ml.importers.equations.population import Population
from annarchy_ml.importers.equations.projection import population_of
from annarchy_ml.importers.equations.rate_types import read_by
from annarchy_ml.importers.equations.specific.hybrid import DecodingProjection
from annarchy_ml.importers.equations.types import ACTIVE, RANK, REFRACTORY, T_LAST, engine_name
from annarchy_ml.importers.equations.values import steps

if TYPE_CHECKING:
    from annarchy_ml import NetworkModel
    from annarchy_ml.importers.equations.network import Network

LONG_AGO = -10000
"""Steps at which spikes happened before there were any."""


class NeuronBuilder:
    """Makes the populations of a model.

    Attributes:
        model: what was made so far.
        views: what stands for each population in it.
    """

    def __init__(self, net: Network, gaps: bool = True) -> None:
        """A model of a network, without anything in it.

        Args:
            net: the network.
            gaps: whether neurons with a constant chance of a spike may draw the next one ahead.
        """
        self.net = net
        self._gaps = gaps and net.precision == "double"  # small chances add up in single precision
        self.model: NetworkModel = public.NetworkModel("network")
        self.views: dict[str, Any] = {}
        self._components: dict[tuple[int, Wishes], Any] = {}
        self._synapse_types: dict[Any, str] = {}

    def _populate(self, population: Population) -> None:
        neuron = population.neuron_type
        constants = {
            name: value
            for name, value in self.net.constant_values().items()
            if name in names_read(population)
        }
        reaching = [p for p in self.net.projections if population_of(p.post) is population]
        wishes = Wishes(
            tuple(population.targets),
            tuple(constants),
            REFRACTORY in population.values,
            self.net.method,
            reductions=tuple(self._reductions(population)),
            fed=population._fed,
            stop=population._stop[0] if population._stop else None,
            window=population._window,
            injected=tuple(
                dict.fromkeys(
                    item.targets[0] for item in reaching if item.into == injected(item.targets[0])
                )
            ),
            decoded=tuple((item.targets[0], item.name) for item in reaching if item._window),
            timed=any(self._timed(population)),
            ranked=any(item._kind and draws_for_targets(item._kind) for item in reaching),
        )
        component = self._component(neuron, wishes)
        view = self.model.population(population.name, component, population.size)
        view.set(**{engine_name(name): value for name, value in population.values.items()})
        view.set(**{engine_name(name): value for name, value in constants.items()})
        for item in reaching:
            if isinstance(item, DecodingProjection):
                view.set(**{scale(item.name): item.scales()})
        self._begin(view, component, population, wishes.ranked)
        given = neuron.refractory
        if isinstance(given, Number) and REFRACTORY not in population.values:
            view.set(**{REFRACTORY: given.value})
        self.views[population.name] = view

    def _begin(self, view: Any, component: Any, population: Population, ranked: bool) -> None:
        """Start values that no script gives; ``ranked`` neurons know their number."""
        for name, value in population.values.items():
            check_alike(population, name, value)
        known = {item.name for item in states_of(self.model, component)}
        own = {T_LAST: LONG_AGO * self.net.dt, ACTIVE: 1.0}
        view.set(**{name: value for name, value in own.items() if name in known})
        if ranked:
            view.set(**{RANK: np.arange(population.size, dtype=float)})
        if GAP in known:
            view.set(**{GAP: first_gaps(self.net, population, 0)})

    def _count_spikes(self, population: Population) -> None:
        """Spikes come back to their neuron when they leave the window in which they count."""
        view, h = self.views[population.name], self.net.dt
        delay = steps(population._window, h) * h
        name = f"{population.name}__window"
        self.model.projection(name, view, view, public.OneToOne(), port=COUNTED, delay=delay)

    def _timed(self, population: Population) -> Iterator[bool]:
        """Whether synapses at each end of projections read when its neurons have spiked."""
        if not population.neuron_type.spiking:
            return
        for item in self.net.projections:
            ends = {SENDER: item.pre, "post": item.post}
            read = [] if item._kind is None else spike_times(item._kind)
            yield any(population_of(ends[end]) is population for end, _ in read)

    def _reductions(self, population: Population) -> dict[str, None]:
        """Values over all neurons that they or synapses read."""
        found = dict.fromkeys(population.neuron_type.reductions)
        for projection in self.net.projections:
            for end in ("pre", "post"):
                if population_of(getattr(projection, end)) is not population:
                    continue
                names = () if projection._kind is None else read_by(projection._kind)
                found.update((item, None) for item in reductions_at(end, names))
        population._reductions = tuple(sorted(found))
        return dict.fromkeys(population._reductions)

    def _component(self, neuron: Any, wishes: Wishes) -> Any:
        key = (neuron.number, wishes)
        if key not in self._components:
            name = f"Neuron{len(self._components)}"
            made = neuron_type(neuron, name, wishes)
            self.model.define(in_gaps(neuron, made) if self._gaps else made)
            self._components[key] = self.model.component(f"{name}_", name)
        return self._components[key]


def states_of(model: NetworkModel, component: Any) -> Any:
    """The states of a component."""
    found = model.document.types[component.type].dynamics
    return () if found is None else found.states


def names_read(population: Population) -> frozenset[str]:
    """Names that the neurons read and do not have themselves."""
    neuron = population.neuron_type
    parts = [item.value for item in (*neuron.equations, *neuron.reset, *neuron.axon_reset)]
    optional = (neuron.spike, neuron.axon_spike, neuron.refractory)
    parts += [item for item in optional if item is not None]
    for item in neuron.equations:
        parts += [part for part in (item.flags.low, item.flags.high) if part is not None]
    own = {*neuron.parameters, *neuron.variables}
    return frozenset().union(*(free_symbols(part) for part in parts)) - own
