"""The connections of a projection one by one: before `compile` from its rule, then as they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.projection import (
    Projection,
    listed_values,
    population_of,
    span_of,
    without_self,
)
from annarchy_ml.importers.equations.values import drawn, is_own_law

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.importers.equations.network import Network

    Pairs = tuple[Any, Any, Any, Any]


def is_rate(projection: Projection) -> bool:
    """Whether it sums rates; else it delivers spikes."""
    return projection.sums


def is_coupled(projection: Projection) -> bool:
    """Whether the engine has it as a coupling: it sums rates, or its synapses see both neurons."""
    return is_rate(projection) or projection._one_by_one


def pairs_of(net: Network, projection: Projection) -> Pairs:
    """Ranks of pre and post neurons, weights and delays of all connections."""
    if net.running is not None and (len(projection.targets) == 1 or projection._one_by_one):
        found: Pairs = net.running.connections(projection.name)
        return found
    if projection.name not in net.pairs_shown:
        net.pairs_shown[projection.name] = _expanded(net, projection)
    shown: Pairs = net.pairs_shown[projection.name]
    return shown


def weights_of(net: Network, projection: Projection) -> NDArray[np.float64]:
    """The weights of all connections, in the order of `pairs_of`."""
    if net.running is not None and (projection._kind or is_coupled(projection)):
        return np.asarray(net.running.synapse_values(projection.name, "w"))
    return np.asarray(pairs_of(net, projection)[2])


def put_weights(net: Network, projection: Projection, given: Any) -> None:
    """Gives the connections other weights: one for all, or an array in the order of `pairs_of`."""
    sources, targets, _, delays = pairs_of(net, projection)
    values = np.broadcast_to(given, sources.shape).astype(float)
    if net.running is None:
        net.pairs_shown[projection.name] = (sources, targets, values, delays)
        return
    if projection._kind is None and not is_coupled(projection):
        net.running.put_weights(projection.name, values)
        return
    net.running.put_synapses(projection.name, "w", values)


def _expanded(net: Network, projection: Projection) -> Pairs:
    rule, rng = projection.rule, net.default_rng
    if rule is None:
        raise ANNarchyException(f"'{projection.name}' has no connections yet: call a connector")
    delays = projection.delay_in_steps(net.dt)
    ranks = [np.asarray(item.ranks) for item in (projection.pre, projection.post)]
    if hasattr(rule, "sources"):
        count = len(rule.sources)
        weights = listed_values(projection.given_weights, count, rng)
        places = (rule.sources, rule.targets, weights, listed_values(delays, count, rng))
    else:
        places = _by_rule(net, projection, delays)
    sources, targets = ranks[0][places[0]], ranks[1][places[1]]
    weights, delays = (
        drawn(law, len(sources), rng) if is_own_law(law) else np.broadcast_to(found, sources.shape)
        for law, found in ((projection.given_weights, places[2]), (delays, places[3]))
    )
    delays = np.maximum(1.0, np.floor(delays / net.dt + 0.5)) * net.dt
    keys = (sources, targets) if is_coupled(projection) else (targets, sources)
    order = np.lexsort(keys)
    return sources[order], targets[order], weights[order], delays[order]


def _number(net: Network, projection: Projection) -> int:
    """The number of a projection or coupling in the engine, which keys its draws."""
    alike = [item for item in net.projections if is_coupled(item) == is_coupled(projection)]
    before = alike[: alike.index(projection)]
    return sum(1 if item._kind or is_coupled(item) else len(item.targets) for item in before)


def _by_rule(net: Network, projection: Projection, delays: Any) -> Pairs:
    """Pairs of a rule by their places among `pre` and `post`."""
    spans = (span_of(projection.pre), span_of(projection.post))
    number = _number(net, projection)
    same = population_of(projection.pre) is population_of(projection.post)
    own = [is_own_law(item) for item in (projection.given_weights, delays)]
    rule = projection.rule
    values = (1.0 if own[0] else projection.given_weights, net.dt if own[1] else delays)
    if spans[0] is not None and spans[1] is not None:
        found = _expand(net, projection, rule, (values, spans, same, number))
        return found[0] - spans[0][0], found[1] - spans[1][0], found[2], found[3]
    sizes = tuple((0, len(item.ranks)) for item in (projection.pre, projection.post))
    apart = same and not getattr(rule, "self_connections", True)
    rule = without_self(rule) if apart else rule
    found = _expand(net, projection, rule, (values, sizes, False, number))
    return _without_same(projection, found) if apart else found


def _expand(net: Network, projection: Projection, rule: Any, what: Any) -> Pairs:
    """The connections of a rule one by one, as the engine makes them.

    Args:
        net: the network.
        projection: whose connections they are.
        rule: which pairs.
        what: weight and delay, both ends, whether they are one, and the number of the projection.

    Raises:
        ANNarchyException: If the rule cannot be met, as there are too few neurons.
    """
    values, ends, same, number = what
    try:
        found = net._expand(rule, values, (ends, same), number, is_coupled(projection))
    except RuntimeError as fault:  # what the engine refuses, which knows no names
        raise ANNarchyException(f"'{projection.name}': {fault}") from fault
    if not is_coupled(projection):
        return found[0], found[1], found[2], found[3]
    delays = np.broadcast_to(np.asarray(found.delays) * net.dt, found.sources.shape)
    return found.sources, found.targets, found.weights, delays


def _without_same(projection: Projection, found: Pairs) -> Pairs:
    """The pairs of different neurons."""
    name = type(projection.rule).__name__
    if name in ("FixedIndegree", "FixedOutdegree"):
        raise ANNarchyException(
            f"'{projection.name}': a fixed number between scattered neurons of one population "
            "needs allow_self_connections=True"
        )
    ranks = [np.asarray(item.ranks) for item in (projection.pre, projection.post)]
    kept = ranks[0][found[0]] != ranks[1][found[1]]
    return found[0][kept], found[1][kept], found[2][kept], found[3][kept]
