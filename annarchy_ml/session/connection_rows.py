"""The rows in which the engine keeps the connections of one projection of a plan.

They are sorted by (source, delay, target). Other delays put them into another order; this module
knows which connection lies where.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.kernels.plan import ProjectionPlan, RuleProjectionPlan
from annarchy_ml.passes.arrays import distinct
from annarchy_ml.passes.members import stable_order
from annarchy_ml.passes.settle import whole_steps
from annarchy_ml.passes.wired import UNHEARD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.kernels.connectivity import Connections
    from annarchy_ml.kernels.plan import SimulationPlan
    from annarchy_ml.passes.wired import WiredFinder
    from annarchy_ml.session.simulation import Simulation

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


class ConnectionRows:
    """The connections of one simulation, by the number of their projection in its plan.

    Attributes:
        unshared: group and field of weights that sums of synapses shared, before one was set.
    """

    def __init__(self, simulation: Simulation, finder: WiredFinder) -> None:
        """Knows the connections as they were made.

        Args:
            simulation: whose engine keeps them.
            finder: what the plan was made from.
        """
        self.simulation = simulation
        self.finder = finder
        self.unshared: set[tuple[int, str]] = set()
        self._orders: dict[int, Integers] = {}

    def counts_steps(self, number: int) -> bool:
        """Whether delays count whole steps, one at least, as those of rules do."""
        if number == UNHEARD:
            return False
        plan = self.simulation.plan.projections[number]
        return isinstance(plan, RuleProjectionPlan) or plan.whole_steps

    def of(self, number: int) -> tuple[Integers, Integers, Floats, Floats]:
        """Sources, targets, weights and delays [s] in the rows of the engine."""
        rows, targets, weights, delays = self.simulation.runtime.network.connections(number)
        sources = np.repeat(np.arange(len(rows) - 1), np.diff(rows))
        shared = self.shared_weight(number)
        if shared is not None:
            field = self.simulation.runtime.field(*shared)
            weights = field[targets].astype(float) if len(field) > 1 else field.astype(float)
        each = np.broadcast_to(weights, targets.shape)
        return sources, targets.astype(np.int64), each, delays

    def shared_weight(self, number: int) -> tuple[int, str] | None:
        """Group and field of a weight that the connections share by now with a sum of synapses."""
        found = self.finder.summed_weight(number)
        return None if found in self.unshared else found

    def order(self, number: int) -> Integers:
        """Which connection lies where in the rows, as they are by now."""
        if number not in self._orders:
            sources, targets, _, _ = self.of(number)
            self._orders[number] = self.finder.first_order(number, (sources, targets))
        return self._orders[number]

    def column(self, number: int, column: int) -> Floats:
        """A column of the engine, in the order in which the connections were made."""
        kept = self.of(number)[column]
        result = np.empty(len(kept))
        result[self.order(number)] = kept
        return result

    def rearrange(self, number: int, delays: Floats) -> None:
        """Gives the connections of a projection of the plan their delays, in the order made."""
        network = self.simulation.runtime.network
        sources, targets, _, before = self.of(number)
        if self.counts_steps(number):
            delays = whole_steps(delays, self.finder.dt)
        if len(delays) == 0:
            return
        kept, which = distinct(delays)
        if len(kept) == 1 and np.all(before == before[0]):
            network.set_delays(number, kept.tolist())
            return
        order = self.order(number)
        rows = np.empty_like(sources), np.empty_like(targets)
        rows[0][order], rows[1][order] = sources, targets
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        self._orders[number] = stable_order((rows[0], which, rows[1]))
        moved = self._orders[number]
        index = which[moved].astype(np.int32) if len(kept) > 1 else None
        network.set_delays(number, kept.tolist(), index, place[moved])

    def replace(self, number: int, made: Connections, kept: Integers) -> None:
        """Puts others in the place of the connections of a rule.

        Args:
            number: of the projection of the plan.
            made: in the order that counts as that in which they were made.
            kept: which of those before each one is, in that order; -1 for new ones.
        """
        from annarchy_ml.session.rewiring import replace_connections, rows_of

        plan, before = self.simulation.plan.projections[number], self.order(number)
        lay = np.empty_like(before)
        lay[before] = np.arange(len(before))
        empty = np.zeros(len(self.simulation.runtime.network.connections(number)[0]), np.int64)
        ends = (plan.source, plan.source_port, plan.target, plan.target_port)
        none = ProjectionPlan(*ends, empty, empty.astype(np.int32), np.ones(1), whole_steps=True)
        steps = whole_steps(made.delays, self.finder.dt) * self.finder.dt
        rows, order = rows_of(none, (made.sources, made.targets), steps, made.weights)
        stays = kept[order]
        came_from = np.where(stays < 0, -1, lay[stays] if len(lay) else -1)
        replace_connections(self.simulation, number, rows, came_from)
        self._orders[number] = order

    def reweigh(self, number: int, weights: Floats) -> None:
        """Gives the connections of a projection of the plan their weights, in the order made."""
        plan = self.simulation.plan.projections[number]
        kept = weights[self.order(number)]
        single = False
        if isinstance(plan, RuleProjectionPlan) and not plan.connectivity.double_weights:
            exact = bool(np.all(kept == kept.astype(np.float32)))
            single = exact or not plan.connectivity.set_in_double
        self.simulation.runtime.network.set_weights(number, kept, not single)

    def replanned(self, numbers: Iterable[int]) -> SimulationPlan:
        """The plan as it runs by now; where events arrive at once, the order of the step too."""
        from annarchy_ml.passes.blocks import step_blocks

        simulation = self.simulation
        projections = list(simulation.plan.projections)
        at_once = False
        for number in numbers:
            old = projections[number]
            if not isinstance(old, ProjectionPlan):
                continue
            _, targets, weights, delays = self.of(number)
            kept, which = distinct(delays)
            at_once |= bool(np.any(np.asarray(old.delays) == 0) or np.any(kept == 0))
            projections[number] = replace(
                old,
                targets=targets.astype(np.int32),
                delays=kept if len(kept) else np.zeros(1),
                delay_index=which.astype(np.int32) if len(kept) > 1 else None,
                weights=None if old.weights is None else np.array(weights),
            )
        whole = replace(simulation.whole_plan(), projections=tuple(projections))
        if at_once:
            order = dict.fromkeys(item.group for item in whole.blocks)
            order |= {k: None for k, item in enumerate(whole.groups) if item.host is None}
            blocks = step_blocks(order, whole.groups, whole.module.groups, whole.projections)
            whole = replace(whole, blocks=blocks)
            simulation.runtime.network.set_schedule([(b.group, b.begin, b.end) for b in blocks])
        return whole
