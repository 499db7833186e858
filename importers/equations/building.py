"""Hands a network of equations to the typed API: component types, populations, projections."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

import annarchy_ml as public
from annarchy_ml.expr import Number, free_symbols
from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.population import Population
from annarchy_ml.importers.equations.projection import (
    Projection,
    listed_values,
    population_of,
    span_of,
)
from annarchy_ml.importers.equations.synapse import Synapse
from annarchy_ml.importers.equations.synapse_types import BASE, DELAY, synapse_type
from annarchy_ml.importers.equations.synapse_types import LONG_AGO as LONG_AGO_NAME
from annarchy_ml.importers.equations.types import (
    ACTIVE,
    REFRACTORY,
    T_LAST,
    Wishes,
    engine_name,
    neuron_type,
)
from annarchy_ml.model.component import ComponentType

if TYPE_CHECKING:
    from annarchy_ml import NetworkModel
    from annarchy_ml.importers.equations.network import Network

LONG_AGO = -10000
"""Steps at which spikes happened before there were any."""


class Builder:
    """Makes one model.

    Attributes:
        model: what was made so far.
        views: what stands for each population in it.
    """

    def __init__(self, net: Network) -> None:
        self.net = net
        self.model: NetworkModel = public.NetworkModel("network")
        self.views: dict[str, Any] = {}
        self._components: dict[tuple[int, Wishes], Any] = {}
        self._synapse_types: dict[Any, str] = {}

    def build(self) -> NetworkModel:
        """The whole model.

        Raises:
            ANNarchyException: If something cannot be built, by its name.
        """
        for population in self.net.populations:
            self._populate(population)
        for projection in self.net.projections:
            if projection.rule is None:
                raise ANNarchyException(
                    f"the projection '{projection.name}' has no connections: call a connector, "
                    "such as all_to_all()"
                )
            self._connect(projection)
        return self.model

    def _populate(self, population: Population) -> None:
        neuron = population.neuron_type
        constants = {
            name: value
            for name, value in self.net.constant_values().items()
            if name in self._read(population)
        }
        wishes = Wishes(
            tuple(population.targets),
            tuple(constants),
            REFRACTORY in population.values,
            self.net.method,
        )
        component = self._component(neuron, wishes)
        view = self.model.population(population.name, component, population.size)
        view.set(**{engine_name(name): value for name, value in population.values.items()})
        view.set(**{engine_name(name): value for name, value in constants.items()})
        known = {item.name for item in self._states(component)}
        if T_LAST in known:
            view.set(**{T_LAST: LONG_AGO * self.net.dt})
        if ACTIVE in known:
            view.set(**{ACTIVE: 1.0})
        given = neuron.refractory
        if isinstance(given, Number) and REFRACTORY not in population.values:
            view.set(**{REFRACTORY: given.value})
        self.views[population.name] = view

    def _states(self, component: Any) -> Any:
        found = self.model.document.types[component.type].dynamics
        return () if found is None else found.states

    def _read(self, population: Population) -> frozenset[str]:
        neuron = population.neuron_type
        parts = [item.value for item in (*neuron.equations, *neuron.reset)]
        parts += [neuron.spike] if neuron.spike is not None else []
        for item in neuron.equations:
            parts += [part for part in (item.flags.low, item.flags.high) if part is not None]
        own = {*neuron.parameters, *neuron.variables}
        return frozenset().union(*(free_symbols(part) for part in parts)) - own

    def _component(self, neuron: Any, wishes: Wishes) -> Any:
        key = (neuron.number, wishes)
        if key not in self._components:
            name = f"Neuron{neuron.number}_{len(self._components)}"
            self.model.define(neuron_type(neuron, name, wishes))
            self._components[key] = self.model.component(f"{name}_", name)
        return self._components[key]

    def _connect(self, projection: Projection) -> None:
        pre, post = population_of(projection.pre), population_of(projection.post)
        if not (pre.neuron_type.spiking and post.neuron_type.spiking):
            raise ANNarchyException(
                f"'{projection.name}': projections between rate-coded populations are not "
                "supported yet"
            )
        ends, rule, weights, delays = self._in_spans(projection)
        if projection.synapse is not None:
            synapse = self._synapse(projection, projection.synapse, delays)
            self.model.projection(
                projection.name, *ends, rule, synapse, weight=weights, delay=delays
            )
            return
        for target in projection.targets:
            name = (
                projection.name if len(projection.targets) == 1 else f"{projection.name}_{target}"
            )
            self.model.projection(
                name,
                *ends,
                rule,
                port=target,
                weight=weights,
                delay=delays,
                double_weights=True,
            )

    def _synapse(self, projection: Projection, synapse: Synapse, delays: Any) -> Any:
        """The component of the synapses of a projection."""
        constants = {
            name: value
            for name, value in self.net.constant_values().items()
            if name in synapse.names_read and name not in synapse.parameters
        }
        key = (synapse.number, projection.targets, tuple(constants))
        if key not in self._synapse_types:
            if not self._synapse_types:
                self.model.define(ComponentType(BASE))
            made = f"Synapse{synapse.number}_{len(self._synapse_types)}"
            targets, known = projection.targets, tuple(constants)
            self.model.define(synapse_type(synapse, made, targets, known, self.net.method))
            self._synapse_types[key] = made
        values = {engine_name(name): value for name, value in projection.values.items()}
        values.update({name: value for name, value in constants.items()})
        values[LONG_AGO_NAME] = LONG_AGO * self.net.dt
        if not isinstance(delays, float) and "t_pre" in synapse.names_read:
            raise ANNarchyException(
                f"'{projection.name}': 't_pre' with delays that differ is not supported yet"
            )
        values[DELAY] = delays if isinstance(delays, float) else 0.0
        kept = {name: float(value) for name, value in values.items()}
        return self.model.component(f"{projection.name}_", self._synapse_types[key], **kept)

    def _in_spans(self, projection: Projection) -> tuple[tuple[Any, Any], Any, Any, Any]:
        """Ends that lie side by side; pairs are listed where those of the projection do not."""
        pre, post = population_of(projection.pre), population_of(projection.post)
        views = (self.views[pre.name], self.views[post.name])
        spans = (span_of(projection.pre), span_of(projection.post))
        delay = projection.delay_in_steps(self.net.dt)
        rule = projection.rule
        if spans[0] is not None and spans[1] is not None:
            begun = (views[0][slice(*spans[0])], views[1][slice(*spans[1])])
            weights, delays = projection.weights, delay
            if isinstance(rule, public.Explicit):
                count, rng = len(rule.sources), self.net.default_rng
                weights, delays = (listed_values(item, count, rng) for item in (weights, delays))
            return begun, rule, weights, delays
        sources, targets, weights, delays = projection.pairs()
        rule = public.Explicit(sources, targets)
        return views, rule, weights, np.maximum(delays, self.net.dt)


def without_self(rule: Any) -> Any:
    """The same rule, with connections of a neuron to itself."""
    return replace(rule, self_connections=True) if hasattr(rule, "self_connections") else rule
