"""Carries out a connection rule and gives its connections one by one, for those who need them."""

from __future__ import annotations

import numpy as np

from annarchy_ml.engine import _core
from annarchy_ml.engine.couplings import add_coupling
from annarchy_ml.engine.projections import add_projection
from annarchy_ml.kernels.connectivity import Connections, Connectivity, Rows
from annarchy_ml.kernels.plan import CouplingPlan, RuleProjectionPlan

Ends = tuple[tuple[int, int], tuple[int, int]]


class Expander:
    """Carries out the rules of one network.

    Attributes:
        dt: step [s].
        seed: of the network.
    """

    def __init__(self, dt: float, seed: int) -> None:
        self.dt = dt
        self.seed = seed

    def __call__(self, rule: Connectivity, ends: Ends, same: bool, number: int) -> Connections:
        """The connections of a projection, see `expand`."""
        return expand(rule, ends, same, number, (self.dt, self.seed))

    def rows(self, rule: Connectivity, ends: Ends, same: bool, number: int) -> Rows:
        """The connections of a coupling, by target; the same that the engine would make in place.

        Args:
            rule: pairs, weights, delays.
            ends: the sources and the targets, (begin, end).
            same: whether both are of one population.
            number: of the coupling in its network.
        """
        network = _core.Network(self.dt, self.seed & 0xFFFFFFFFFFFFFFFF)
        sizes = (max(end for _, end in ends),) if same else tuple(end for _, end in ends)
        for size in sizes:
            network.add_group("cells", size, [("value", "real", True, False)])
        last = len(sizes) - 1
        plan = CouplingPlan("", 0, "value", last, "value", "sum", rule, *ends, number)
        made = add_coupling(plan, network)
        row_ptr, sources, delays = network.coupling_rows(made)
        targets = np.repeat(np.arange(len(row_ptr) - 1), np.diff(row_ptr))
        weights = np.array(network.coupling_weights(made), float)
        each = np.broadcast_to(weights, targets.shape)
        single = len(delays) == 0 or bool(np.all(delays == delays[0]))
        steps = int(delays[0]) if single and len(delays) else delays
        return Rows(sources.astype(np.int64), targets, each, 1 if len(delays) == 0 else steps)


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
