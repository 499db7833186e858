"""Carries out a connection rule and gives its connections one by one, for those who need them."""

from __future__ import annotations

import numpy as np

from annarchy_ml.engine import _core
from annarchy_ml.engine.projections import add_projection
from annarchy_ml.kernels.connectivity import Connections, Connectivity
from annarchy_ml.kernels.plan import RuleProjectionPlan

Ends = tuple[tuple[int, int], tuple[int, int]]


def expand(
    connectivity: Connectivity, ends: Ends, same: bool, number: int, engine: tuple[float, int]
) -> Connections:
    """All connections of a projection, by source; the same that the engine would make in place.

    Args:
        connectivity: rule, weights, delays.
        ends: the sources and the targets, (begin, end).
        same: whether both are of one population.
        number: of the projection in its network.
        engine: step [s] and seed of the network.
    """
    network = _core.Network(engine[0], engine[1] & 0xFFFFFFFFFFFFFFFF)
    for name, (_, end) in zip(("sources", "targets"), ends, strict=True):
        network.add_group(name, end, [], ["in"], ["out"])
    both = max(end for _, end in ends)
    network.add_group("cells", both, [], ["in"], ["out"])
    source, target = (2, 2) if same else (0, 1)
    item = RuleProjectionPlan(source, "out", target, "in", connectivity, *ends, number)
    rows, targets, weights, delays = network.connections(add_projection(item, network))
    sources = np.repeat(np.arange(len(rows) - 1), np.diff(rows))
    each = np.broadcast_to(weights, targets.shape).copy()
    return Connections(sources, targets.astype(np.int64), each, delays)
