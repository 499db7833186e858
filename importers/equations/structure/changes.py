"""Synapses that are added to a projection and taken from it, before and after `compile`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.importers.equations.copies import filled, places, width
from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.values import drawn, is_law, steps, time_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.importers.equations.network import Network
    from annarchy_ml.importers.equations.synapse import Synapse

PRUNING, CREATING = "pruning", "creating"


class Changing(ABC):
    """What changes which neurons a projection joins.

    Attributes:
        net, name, definition, values: those of the projection.
        laws: from which values of synapses were drawn.
        version: how often its synapses have changed.
    """

    net: Network
    name: str
    pre: Any
    definition: Synapse | None
    values: dict[str, Any]
    laws: dict[str, Any]
    version: int = 0
    delays: Any

    @abstractmethod
    def pairs(self) -> Any:
        """Ranks of all pairs, their weights and delays."""

    @abstractmethod
    def _one_each(self, name: str, value: Any) -> Any:
        """Values by target, one or a list for each, in the order of `pairs`."""

    def create_synapses(self, post: int, pre: Any, weights: Any = 0.0, delays: Any = 0.0) -> None:
        """Adds synapses onto a post neuron.

        Args:
            post: its rank.
            pre: ranks of the neurons before it.
            weights: of all, or one for each.
            delays: the same [ms].

        Raises:
            ANNarchyException: If there are no such neurons, or there is such a synapse already.
        """
        ranks = np.atleast_1d(np.asarray(pre, int))
        here, there, _, _ = self.pairs()
        known = np.isin(self.pre.ranks, ranks).sum()
        if known != len(np.unique(ranks)):
            raise ANNarchyException(f"'{self.name}': there are no such neurons before it: {pre!r}")
        taken = ranks[np.isin(ranks, here[there == post])]
        if len(taken):
            raise ANNarchyException(
                f"'{self.name}': there is a synapse from neuron {taken[0]} onto {post} already"
            )
        if len(np.unique(ranks)) < len(ranks):
            raise ANNarchyException(f"'{self.name}': {pre!r} names a neuron twice")
        values = np.broadcast_to(np.asarray(weights, float), ranks.shape)
        late = np.broadcast_to(np.asarray(delays, float), ranks.shape)
        targets = np.full(len(ranks), post)
        self._restructure(np.zeros(len(here), bool), (ranks, targets, values, late))

    def prune_synapses(self, post: int, pre: Any) -> None:
        """Takes synapses onto a post neuron away, by ranks of the neurons before it."""
        here, there, _, _ = self.pairs()
        ranks = np.atleast_1d(np.asarray(pre, int))
        gone = (there == post) & np.isin(here, ranks)
        if gone.sum() != len(np.unique(ranks)):
            raise ANNarchyException(f"'{self.name}': not all of {pre!r} have synapses onto {post}")
        none = np.zeros(0)
        self._restructure(gone, (none.astype(int), none.astype(int), none, none))

    def _restructure(self, gone: NDArray[np.bool_], added: tuple[Any, Any, Any, Any]) -> None:
        """Takes some synapses away and adds others: ranks, weights, delays [ms]."""
        from annarchy_ml.importers.equations import pairs

        made: Any = self
        shared = made._kind is not None and not pairs.is_coupled(made)
        if self.net.running is not None and shared:
            raise ANNarchyException(
                f"'{self.name}': these synapses share what they can, so that none can come or go "
                "after compile(): before it, call config(structural_plasticity=True), or give "
                "their type 'creating' or 'pruning'"
            )
        h = self.net.dt
        pre, post, weights, delays = self.pairs()
        weights = pairs.weights_of(self.net, made)
        late = np.array([max(1, steps(item, h)) * h for item in added[3]])
        whole = [
            np.concatenate((np.asarray(old)[~gone], new))
            for old, new in zip((pre, post, weights, delays), (*added[:3], late), strict=True)
        ]
        kept = np.concatenate((np.flatnonzero(~gone), np.full(len(added[0]), -1)))
        order = np.lexsort((whole[0], whole[1]) if pairs.is_coupled(made) else (whole[1], whole[0]))
        found = tuple(item[order] for item in whole)
        self._put_structure(found, kept[order])

    def _put_structure(self, found: Any, kept: NDArray[np.int64]) -> None:
        self.version += 1
        for name, value in self.values.items():
            if np.ndim(value):
                where = places(width(self.definition, name), found[1])
                self.values[name] = filled(self._moved(name, value, kept), where, kept < 0)
        running = self.net.running
        if running is None:
            self.net.pairs_shown[self.name] = found
        else:
            running.reconnect(self.name, found, kept)
            self._put_moved(found[1], kept < 0)
        for monitor in self.net.monitors:
            monitor.rewired(self)

    def _put_moved(self, targets: Any, new: NDArray[np.bool_]) -> None:
        """Parameters of all synapses; variables of new ones, by their law or as others have them.

        What the others have the engine has moved.
        """
        definition, running = self.definition, self.net.needed()
        for name in () if definition is None else (*definition.parameters, *definition.variables):
            value, kind = self.values.get(name, 0.0), width(definition, name)
            fixed = definition is not None and name in definition.parameters
            drawn_now = np.ndim(value) > 0 and (fixed or is_law(self.laws.get(name)))
            shared = kind != "local" and not fixed
            if name == "w" or not (drawn_now or shared) or not running.keeps(self.name, name):
                continue
            now = value if fixed else np.array(running.synapse_values(self.name, name))
            if drawn_now and not fixed:
                now[new] = np.asarray(value)[new]
            running.put_synapses(self.name, name, filled(now, places(kind, targets), new))

    def _set_delay(self, given: Any) -> None:
        """Delays of connections that are there already."""
        pre, post, weights, _ = self.pairs()
        if is_law(given):
            given = drawn(given, len(pre), self.net.default_rng)
        elif np.ndim(given):
            given = self._one_each("delay", given)
        h = self.net.dt
        if not np.all((np.asarray(given) >= 0.0) & np.isfinite(given)):
            raise ANNarchyException(f"'delay' of '{self.name}' takes times in ms from 0 on")
        whole = np.broadcast_to(np.maximum(1.0, np.floor(np.asarray(given) / h + 0.5)), pre.shape)
        self.delays = whole * h
        if self.net.running is None:
            self.net.pairs_shown[self.name] = (pre, post, weights, self.delays)
        else:
            self.net.running.put_delays(self.name, self.delays)

    def first_structure(self, values: dict[str, Any]) -> None:
        """The engine has the synapses of `compile` again, with these values."""
        if self.version == 0:
            return
        self.version += 1
        self.values.update({name: value for name, value in values.items() if name != "w"})
        for monitor in self.net.monitors:
            monitor.rewired(self)

    def _moved(self, name: str, value: Any, kept: NDArray[np.int64]) -> Any:
        """Values of synapses that stay; those of new ones are drawn, or as declared."""
        new = kept < 0
        found = np.asarray(value)[np.where(new, 0, kept)] if len(value) else np.zeros(len(kept))
        law: Any = self.laws.get(name)
        if is_law(law):
            found[new] = drawn(law, int(new.sum()), self.net.default_rng)
        elif self.definition is not None and name in self.definition.parameters:
            declared = self.definition.parameters[name].value
            if isinstance(declared, (int, float)):
                found[new] = float(declared)
        return found

    def start_creating(self, period: Any = None) -> None:
        """From now on synapses come by the rule of their type, every ``period`` [ms]."""
        self._schedule(CREATING, period)

    def start_pruning(self, period: Any = None) -> None:
        """From now on synapses go by the rule of their type, every ``period`` [ms]."""
        self._schedule(PRUNING, period)

    def stop_creating(self) -> None:
        """No synapses come by themselves any more."""
        self.net.needed().growth.stop(self, CREATING)

    def stop_pruning(self) -> None:
        """No synapses go by themselves any more."""
        self.net.needed().growth.stop(self, PRUNING)

    def _schedule(self, kind: str, period: Any) -> None:
        rule = None if self.definition is None else getattr(self.definition, kind)
        if rule is None:
            raise ANNarchyException(f"the synapses of '{self.name}' have no '{kind}'")
        h = self.net.dt
        every = 1 if period is None else max(1, steps(time_of(period, "the period"), h))
        running = self.net.needed()
        running.growth.start(self, kind, running.step, every)
