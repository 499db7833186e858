"""Delays and weights of couplings at paths: ``c/delay``, ``c[3]/delay``, ``c/w``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.kernels.plan import CouplingPlan
from annarchy_ml.passes.couple import WEIGHT
from annarchy_ml.passes.settle import whole_steps
from annarchy_ml.session.coupled_rows import rows_of
from annarchy_ml.session.link_value import LinkValue
from annarchy_ml.session.rewiring import delay_connections

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.session.simulation import Simulation

DELAY = "delay"


@dataclass(frozen=True, slots=True)
class CouplingValue(LinkValue):
    """Delay or weight of the connections of a coupling, by target, then source."""

    def _read(self) -> NDArray[np.float64]:
        rows = rows_of(self.simulation, self.name)
        kept = rows.delays if self.kind == DELAY else rows.weights
        return np.array(np.broadcast_to(kept, rows.sources.shape), float)

    def _write(self, values: NDArray[np.float64], given: NDArray[np.float64]) -> None:
        if self.kind == DELAY:
            self._refuse_below_a_step(
                given, "a coupling sees its sources one step ago at the latest"
            )
            self._set_delays(values)
            return
        kept = rows_of(self.simulation, self.name).weights
        if len(kept) != len(values) and np.any(values != values[:1]):
            raise UsageError(
                f"'{self.path}' is one weight for all connections: they cannot differ in it",
                hint="give the network weights that differ, such as an array or a distribution",
            )
        kept[...] = values[: len(kept)]

    def _set_delays(self, delays: NDArray[np.float64]) -> None:
        steps = whole_steps(delays, self.simulation.plan.dt)
        sources = max((group.size for group in self.simulation.plan.groups), default=1)
        if len(steps) and np.max(steps) * sources > np.iinfo(np.int32).max:
            raise UsageError(
                f"'{self.path}': sources times the longest delay in steps must stay below 2^31"
            )
        self._see_over(steps.astype(np.int32))

    def _see_over(self, steps: NDArray[np.int32]) -> None:
        """Brings engine and plan to delays [steps], shape (n_connections,)."""
        simulation = self.simulation
        couplings = simulation.plan.couplings
        found = next(item for item in couplings if item.name == self.name)
        if isinstance(found, CouplingPlan):
            alike = [item for item in couplings if isinstance(item, CouplingPlan)]
            simulation.runtime.network.set_coupling_delays(alike.index(found), steps)
            return
        single = len(steps) == 0 or bool(np.all(steps == steps[0]))
        own: int | NDArray[np.int32] = int(steps[0]) if single and len(steps) else steps
        made = replace(found, delays=1 if len(steps) == 0 else own)
        delay_connections(simulation, made, steps)


def coupling_value(
    simulation: Simulation, path: str, named: tuple[str, int | None, str]
) -> CouplingValue | None:
    """What is kept of the connections of a coupling at a path; None if its component keeps it.

    Args:
        simulation: that runs it.
        path: for messages.
        named: name of the coupling, which connection, and what of it.
    """
    name, index, kind = named
    found = next((item for item in simulation.plan.couplings if item.name == name), None)
    if kind == DELAY or (kind == WEIGHT and isinstance(found, CouplingPlan)):
        return CouplingValue(simulation, path, name, kind, index)
    return None
