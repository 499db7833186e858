"""Connections and currents of a network, as what they bring to neurons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.exporters.nir.filters import Filter, at_cell, at_synapse
from annarchy_ml.exporters.nir.linear import Equations
from annarchy_ml.exporters.nir.sources import current_of
from annarchy_ml.exporters.nir.targets import Chain, Target
from annarchy_ml.exporters.nir.wanted import Formed, Wanted, refused
from annarchy_ml.model.system import ReducedInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.model.instance import Group, Wires

    Numbers = NDArray[np.float64]
    Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Way:
    """Connections from the cells of one group to those of another.

    Attributes:
        source: the group that sends spikes.
        target: the neurons.
        chain: the integrators that the current passes.
        pairs: cells of both, shape (m,) each.
        delays: in the unit of time of the network, shape (m,).
        charges: of a spike, shape (m,).
    """

    source: Group
    target: Target
    chain: Chain
    pairs: tuple[Integers, Integers]
    delays: Numbers
    charges: Numbers


@dataclass(frozen=True, slots=True)
class Current:
    """Currents into neurons that depend on time alone.

    Attributes:
        name: of the inputs.
        target: the neurons.
        hosts: the neuron of each one, shape (n,).
        values: at the begin of each step, shape (steps, n).
    """

    name: str
    target: Target
    hosts: Integers
    values: Numbers


def way_of(wires: Wires, target: Target, wanted: Wanted) -> Way:
    """The connections of some wires to neurons or to synapses on them.

    Raises:
        UsageError: If NIR cannot say what they do.
    """
    group = wires.target
    if wires.source_node is not wires.source.root or wires.target_node is not group.root:
        raise refused(f"'{group.name}'", "events from or to parts of cells")
    if any(wires.heard_after):
        raise refused(f"'{group.name}'", "that synapses hear their neurons")
    pairs, delays, weights = _connections(wires, wanted)
    if group.attachment is None:
        found = at_cell(target.cell, wires.target_port, wanted.dt)
        hosts, factor = pairs[1], np.ones(target.size)
    else:
        own, item = Equations(wanted.of(group)), summed(wanted.of(group), target)
        found = at_synapse(own, item.variable, wires.target_port, wanted.dt)
        hosts, factor = hosts_of(wires, target)[pairs[1]], host_factor(target, item)
    if weights is None:
        weights = np.ones(len(hosts))
        own_weight = found.equations.values.get(found.weight)
        if own_weight is not None:
            weights = np.broadcast_to(own_weight, found.equations.size)[pairs[1]]
    charges = found.charges(np.asarray(weights, float), pairs[1]) * factor[hosts]
    chain = _chain(found, wires, target)
    return Way(wires.source, target, chain, (pairs[0], hosts), delays, charges)


def current_into(formed: Formed, target: Target, wanted: Wanted) -> Current:
    """What an input that no event reaches brings to neurons.

    Raises:
        UsageError: If it depends on anything but time.
    """
    item, own = summed(formed, target), Equations(formed)
    times = np.arange(round(wanted.duration / wanted.dt), dtype=np.float64) * wanted.dt
    hosts = np.asarray(formed.group.hosts, np.int64)
    values = current_of(own, item.variable, times) * host_factor(target, item)[hosts]
    return Current(formed.group.name, target, hosts, values)


def summed(formed: Formed, target: Target) -> ReducedInput:
    """What neurons add up over a group that is attached to them."""
    place = formed.group.attachment
    assert place is not None
    found = [
        item
        for item in target.cell.equations.system.reduced
        if item.slot == place.slot and item.predicate is None and item.operation == "add"
    ]
    if len(found) != 1 or place.node is not place.host.root:
        raise refused(f"'{formed.group.name}'", "synapses whose currents are not added up")
    return found[0]


def host_factor(target: Target, item: ReducedInput) -> Numbers:
    """How a sum of neurons acts, against the current of their node, shape (n,)."""
    own = target.cell.equations
    slope = own.slope(own.rates[target.cell.potential], item.name)
    if slope is None:
        raise refused(
            own.label, f"that '{item.name}' acts on others than the potential, or on none"
        )
    return slope / target.cell.gain


def hosts_of(wires: Wires, target: Target) -> Integers:
    """The neuron of each synapse of a group."""
    hosts = np.asarray(wires.target.hosts, np.int64)
    return hosts if len(hosts) else np.arange(target.size)


def _connections(
    wires: Wires, wanted: Wanted
) -> tuple[tuple[Integers, Integers], Numbers, Numbers | None]:
    """Instances of both groups, delays, and weights where the target does not keep its own."""
    if wires.connectivity is None:
        pairs = (np.asarray(wires.sources, np.int64), np.asarray(wires.targets, np.int64))
        delays = np.asarray(wires.delays, float)
        own = None if wires.weights is None else np.asarray(wires.weights, float)
        return pairs, delays, own
    host = wires.target.attachment.host if wires.target.attachment else wires.target
    ends = (wires.source_range, wires.target_range)
    made = wanted.expand(wires.connectivity, ends, wires.source is host, wires.number)
    pairs = (np.asarray(made.sources, np.int64), np.asarray(made.targets, np.int64))
    delays = np.broadcast_to(np.asarray(made.delays, float), pairs[0].shape)
    weights = np.broadcast_to(np.asarray(made.weights, float), pairs[0].shape)
    return pairs, np.array(delays), np.array(weights)


def _chain(found: Filter, wires: Wires, target: Target) -> Chain:
    """The time constants of a filter, of each neuron."""
    if wires.target.attachment is None or len(wires.target.hosts) == 0:
        return tuple(tuple(tau.tolist()) for tau in found.taus)
    hosts = hosts_of(wires, target)
    rows = []
    for tau in found.taus:
        if np.all(tau == tau[0]):
            rows.append(tuple([float(tau[0])] * target.size))
        elif np.array_equal(hosts, np.arange(target.size)):
            rows.append(tuple(tau.tolist()))
        else:
            raise refused(found.equations.label, "time constants that differ between synapses")
    return tuple(rows)
