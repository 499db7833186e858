"""Connection rules as pairs, where every connection needs a synapse of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.engine import _core
from annarchy_ml.engine.projections import add_projection
from annarchy_ml.kernels.connectivity import Pairs, Span
from annarchy_ml.kernels.plan import RuleProjectionPlan

if TYPE_CHECKING:
    from annarchy_ml.kernels.connectivity import Connectivity

_STREAM = 0x9E3779B97F4A7C15  # odd: keeps the numbers of projections apart


def expand(
    connectivity: Connectivity, ends: tuple[Span, Span], same: bool, key: tuple[int, int], dt: float
) -> Pairs:
    """All connections of a projection, by source, as the engine would make them.

    Args:
        connectivity: rule, weights, delays.
        ends: (begin, end) of the sources and of the targets.
        same: whether sources and targets are cells of one population.
        key: seed of the network, and number of the projection.
        dt: step [s]; delays are whole numbers of it, at least one.
    """
    seed, number = key
    network = _core.Network(dt, (seed + (number + 1) * _STREAM) & 0xFFFFFFFFFFFFFFFF, "double", 1)
    sizes = [end for _, end in ends]
    size = max(sizes) if same else sizes[0]
    source = network.add_group("sources", size, [], ["in"], ["out"], 0)
    target = source if same else network.add_group("targets", sizes[1], [], ["in"], ["out"], 1)
    exact = replace(connectivity, double_weights=True)
    plan = RuleProjectionPlan(source, "out", target, "in", exact, *ends)
    made = add_projection(plan, network)
    row_ptr, targets, weights, delays = network.connections(made)
    sources = np.repeat(np.arange(size), np.diff(row_ptr))
    each = np.broadcast_to(weights, targets.shape).astype(float)
    return Pairs(sources, targets.astype(np.int64), each, delays)
