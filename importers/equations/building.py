"""Hands a network of equations to the typed API: component types, populations, projections."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

import annarchy_ml as public
from annarchy_ml.expr import Symbol
from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.neuron_building import NeuronBuilder
from annarchy_ml.importers.equations.neuron_types import (
    decoded,
    forgotten,
    injected,
)
from annarchy_ml.importers.equations.projection import (
    Projection,
    listed_values,
    population_of,
    span_of,
)
from annarchy_ml.importers.equations.rate_types import own_term, rate_type, read_by
from annarchy_ml.importers.equations.reads import check_reads
from annarchy_ml.importers.equations.statements import reads_of
from annarchy_ml.importers.equations.synapse import Synapse
from annarchy_ml.importers.equations.synapse_types import (
    BASE,
    GIVEN,
    synapse_type,
)
from annarchy_ml.importers.equations.types import (
    engine_name,
    engine_sum,
)
from annarchy_ml.importers.equations.values import is_own_law, steps
from annarchy_ml.model.component import ComponentType

if TYPE_CHECKING:
    from annarchy_ml import NetworkModel


class Builder(NeuronBuilder):
    """Makes one model."""

    def build(self) -> NetworkModel:
        """The whole model.

        Raises:
            ANNarchyException: If something cannot be built, by its name.
        """
        if not self.net.populations:
            raise ANNarchyException("the network has no population: create one before compile()")
        for population in self.net.populations:
            self._populate(population)
        for projection in self.net.projections:
            projection.prepare()
            if projection.rule is None:
                raise ANNarchyException(
                    f"the projection '{projection.name}' has no connections: call a connector, "
                    "such as all_to_all()"
                )
            check_reads(projection)
            _warn_unread(projection)
            self._connect(projection)
        for projection in self.net.projections:  # last: numbers of others key their draws
            if projection.constants is not None:
                self._add_constants(projection, projection.constants)
            if projection._window is not None:
                later = steps(projection._window, self.net.dt) * self.net.dt
                self._decode(projection, forgotten(projection.name), later)
        for population in self.net.populations:
            if population._window:
                self._count_spikes(population)
        return self.model

    def _connect(self, projection: Projection) -> None:
        post = population_of(projection.post)
        if projection._window is not None:
            self._decode(projection, decoded(projection.name))
            return
        if projection.sums:
            _check_rates(projection)
            _check_post(projection)
            self._couple(projection)
            return
        if not post.neuron_type.spiking:
            raise ANNarchyException(
                f"'{projection.name}': spikes reach rate-coded neurons by a DecodingProjection"
            )
        if projection._one_by_one:
            self._couple(projection)
            return
        self._deliver(projection)

    def _deliver(self, projection: Projection) -> None:
        """Connections that spikes go over."""
        ends, rule, weights, delays = self._in_spans(projection)
        doubles: Literal["given", False] = "given" if self.net.precision == "double" else False
        if projection._kind is not None:
            synapse = self._synapse(projection, projection._kind)
            self.model.projection(
                projection.name,
                *ends,
                rule,
                synapse,
                weight=weights,
                delay=delays,
                double_weights=doubles,
                separate=_each_its_own(projection),
            )
            return
        self.model.projection(
            projection.name,
            *ends,
            rule,
            port=projection.targets[0],
            weight=weights,
            delay=delays,
            double_weights=doubles,
        )

    def _decode(self, projection: Projection, port: str, later: float = 0.0) -> None:
        """Spikes that count for a while: they arrive when they begin to count, and at the end."""
        sources, targets, weights, delays = projection.pairs()
        source, target = population_of(projection.pre), population_of(projection.post)
        self.model.projection(
            f"{projection.name}__end" if later else projection.name,
            self.views[source.name],
            self.views[target.name],
            public.Explicit(sources, targets),
            port=port,
            weight=weights,
            delay=np.maximum(delays, self.net.dt) + later,
            double_weights=True,
        )

    def _couple(self, projection: Projection) -> None:
        """A coupling: a weighted sum of rates, or of what spiking synapses give in every step."""
        ends, rule, weights, delays = self._in_spans(projection)
        synapse, term, component = projection._kind, None, None
        spiking = not projection.sums
        if len(projection.targets) > 1 and (not spiking or synapse is None or synapse.psp):
            raise ANNarchyException(f"'{projection.name}' has one target: what it gives is summed")
        if spiking and synapse is not None:
            _warn_summed(projection, synapse)
            component = self._synapse(projection, synapse)
        else:
            term = own_term(synapse)
            component = None if term is not None else self._connection(projection)
        self.model.coupling(
            projection.name,
            *ends,
            rule,
            projection.into,
            psp=GIVEN if term is None else term,
            synapse=component,
            weight=weights,
            delay=delays,
            operation="sum" if synapse is None else synapse.operation,
            double_weights=self.net.precision == "double",
        )

    def _add_constants(self, projection: Projection, values: Any) -> None:
        """What comes in every step: of connections that give their weight."""
        post = self.views[population_of(projection.post).name]
        self.model.coupling(
            f"{projection.name}_constants",
            post,
            post,
            public.Explicit(np.arange(len(values)), np.arange(len(values))),
            engine_sum(projection.targets[0]),
            psp=Symbol("w"),
            weight=values,
            double_weights=self.net.precision == "double",
        )

    def _connection(self, projection: Projection) -> Any:
        """The component of the connections of a rate-coded projection."""
        synapse = projection._kind
        assert synapse is not None
        constants = self._constants(synapse)
        key = (synapse.number, (), tuple(constants))
        if key not in self._synapse_types:
            made = f"Connection{len(self._synapse_types)}"
            self.model.define(rate_type(synapse, made, tuple(constants), self.net.method))
            self._synapse_types[key] = made
        values = first_values(projection)
        kept = {name: float(value) for name, value in {**values, **constants}.items()}
        return self.model.component(f"{projection.name}_", self._synapse_types[key], **kept)

    def _constants(self, synapse: Synapse) -> dict[str, float]:
        """Values of the constants that the equations of a synapse read."""
        return {
            name: value
            for name, value in self.net.constant_values().items()
            if name in read_by(synapse) and name not in synapse.parameters
        }

    def _synapse(self, projection: Projection, synapse: Synapse) -> Any:
        """The component of the synapses of a projection."""
        constants = self._constants(synapse)
        coupled = projection._one_by_one
        key = (synapse.number, projection.targets, (coupled, *constants))
        if key not in self._synapse_types:
            if BASE not in self.model.document.types:
                self.model.define(ComponentType(BASE))
            made = f"Synapse{len(self._synapse_types)}"
            known = projection.targets, tuple(constants)
            self.model.define(synapse_type(synapse, made, *known, self.net.method, coupled))
            self._synapse_types[key] = made
        values = first_values(projection)
        values.update({name: value for name, value in constants.items()})
        kept = {name: float(value) for name, value in values.items()}
        return self.model.component(f"{projection.name}_", self._synapse_types[key], **kept)

    def _in_spans(self, projection: Projection) -> tuple[tuple[Any, Any], Any, Any, Any]:
        """Ends that lie side by side; pairs are listed where those of the projection do not."""
        pre, post = population_of(projection.pre), population_of(projection.post)
        views = (self.views[pre.name], self.views[post.name])
        spans = (span_of(projection.pre), span_of(projection.post))
        delay = projection.delay_in_steps(self.net.dt)
        rule = projection.rule
        looked_at = projection.name in self.net.pairs_shown
        looked_at |= is_own_law(projection.given_weights) or is_own_law(projection.delays)
        if spans[0] is not None and spans[1] is not None and not looked_at:
            begun = (views[0][slice(*spans[0])], views[1][slice(*spans[1])])
            weights, delays = projection.given_weights, delay
            if isinstance(rule, public.Explicit):
                count, rng = len(rule.sources), self.net.default_rng
                weights, delays = (listed_values(item, count, rng) for item in (weights, delays))
            return begun, rule, weights, delays
        sources, targets, weights, delays = projection.pairs()
        rule = public.Explicit(sources, targets)
        return views, rule, weights, np.maximum(delays, self.net.dt)


def _warn_summed(projection: Projection, synapse: Synapse) -> None:
    """Warns of currents that a conductance with an equation of its own sums up."""
    kept = [f"g_{item}" for item in projection.targets]
    post = population_of(projection.post).neuron_type
    if synapse.psp is not None and any(item in post.variables for item in kept):
        warnings.warn(
            f"'{projection.name}' adds its psp to '{kept[0]}' in every step, which has an equation "
            "of its own and so sums it up",
            stacklevel=6,
        )


def _each_its_own(projection: Projection) -> bool:
    """Whether what moves between spikes depends on values that differ between synapses."""
    synapse = projection._kind
    assert synapse is not None
    read = frozenset().union(*(reads_of(item) for item in synapse.equations), frozenset())
    return any(name in read and np.ndim(value) > 0 for name, value in projection.values.items())


def _injects(projection: Projection) -> bool:
    """Whether it adds to the conductances of spiking neurons in every step."""
    return projection.into == injected(projection.targets[0])


def _check_rates(projection: Projection) -> None:
    """Refuses synapses that wait for spikes behind neurons that send none."""
    made = projection.definition
    if made is not None and (made.spiking or made.pre_axon_spike):
        raise ANNarchyException(
            f"'{projection.name}': '{made.name}' waits for spikes, but rate-coded neurons send none"
        )


def _check_post(projection: Projection) -> None:
    """Refuses rates that reach spiking neurons which read none."""
    post, target = population_of(projection.post), projection.targets[0]
    if not post.neuron_type.spiking or target in post.neuron_type.summed:
        return
    if not _injects(projection):
        raise ANNarchyException(
            f"'{projection.name}': rates reach spiking neurons by a CurrentInjection, or a "
            "PoissonPopulation with this target"
        )


def _warn_unread(projection: Projection) -> None:
    """Warns of targets that no equation of the neurons reads."""
    post = population_of(projection.post)
    for target in projection.targets:
        read = (*post.neuron_type.targets, *post.neuron_type.summed)
        if target not in read and not post.neuron_type.sums_all:
            message = (
                f"'{projection.name}': no equation of '{post.name}' reads the target '{target}'"
            )
            warnings.warn(message, stacklevel=5)


def first_values(projection: Projection) -> dict[str, Any]:
    """Values of the parameters of the synapses as the engine calls them, of the first one each."""
    made = projection.definition
    started = () if made is None else made.variables  # those are put when it is compiled
    given = {name: value for name, value in projection.values.items() if name not in started}
    return {engine_name(name): np.ravel(value)[0] for name, value in given.items()}
