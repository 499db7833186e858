"""Delays and weights of couplings at paths: ``c/delay``, ``c[3]/delay``, ``c/w``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.kernels.plan import CouplingPlan, SynapticCouplingPlan
from annarchy_ml.passes.couple import WEIGHT
from annarchy_ml.passes.settle import whole_steps
from annarchy_ml.session.account import checked_numbers
from annarchy_ml.session.coupled_rows import rows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.session.simulation import Simulation

DELAY = "delay"
_SHORTEST = 1.0 - 1e-9  # steps


@dataclass(frozen=True, slots=True)
class CouplingValue:
    """One value of all connections of a coupling, by target, then source, or of one of them.

    Attributes:
        index: of the one; None for all.
    """

    simulation: Simulation
    path: str
    name: str
    kind: str
    index: int | None

    def get(self) -> Any:
        """The values, shape (n_connections,), or that of the one."""
        values = self._all()
        return values if self.index is None else float(values[self.index])

    def set(self, value: Any) -> None:
        """Gives one number to all, or one to each.

        Raises:
            UsageError: If these are no numbers that they can have.
        """
        after = self._all()
        given = checked_numbers(self.path, value, 1 if self.index is not None else len(after))
        after[slice(None) if self.index is None else self.index] = given
        if self.kind == DELAY:
            self._set_delays(after)
            return
        kept = rows_of(self.simulation, self.name).weights
        if len(kept) != len(after) and np.any(after != after[:1]):
            raise UsageError(
                f"'{self.path}' is one weight for all connections: they cannot differ in it",
                hint="give the network weights that differ, such as an array or a distribution",
            )
        kept[...] = after[: len(kept)]

    def _all(self) -> NDArray[np.float64]:
        rows = rows_of(self.simulation, self.name)
        kept = rows.delays if self.kind == DELAY else rows.weights
        values = np.array(np.broadcast_to(kept, rows.sources.shape), float)
        if self.index is not None and self.index >= len(values):
            raise UsageError(
                f"'{self.path}': '{self.name}' has {len(values)} connections, from 0 on"
            )
        return values

    def _set_delays(self, delays: NDArray[np.float64]) -> None:
        dt = self.simulation.plan.dt
        least = float(np.min(delays, initial=np.inf))
        if least < dt * _SHORTEST:
            raise UsageError(
                f"'{self.path}' takes delays of one step or more ({dt:g} s), not {least:g} s",
                hint="a coupling sees its sources one step ago at the latest",
            )
        steps = whole_steps(delays, dt)
        sources = max((group.size for group in self.simulation.plan.groups), default=1)
        if len(steps) and np.max(steps) * sources > np.iinfo(np.int32).max:
            raise UsageError(
                f"'{self.path}': sources times the longest delay in steps must stay below 2^31"
            )
        self._see_over(steps.astype(np.int32))

    def _see_over(self, steps: NDArray[np.int32]) -> None:
        """Brings engine and plan to delays [steps], shape (n_connections,)."""
        simulation = self.simulation
        couplings = list(simulation.plan.couplings)
        place = next(k for k, item in enumerate(couplings) if item.name == self.name)
        found = couplings[place]
        if isinstance(found, CouplingPlan):
            alike = [item for item in couplings if isinstance(item, CouplingPlan)]
            simulation.runtime.network.set_coupling_delays(alike.index(found), steps)
            return
        single = len(steps) == 0 or bool(np.all(steps == steps[0]))
        own: int | NDArray[np.int32] = int(steps[0]) if single and len(steps) else steps
        made = couplings[place] = replace(found, delays=1 if len(steps) == 0 else own)
        assert isinstance(made, SynapticCouplingPlan)
        plan = replace(simulation.whole_plan(), couplings=tuple(couplings))
        simulation.runtime.delay_coupling(plan, made)
        simulation.go_on_with(plan)


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
