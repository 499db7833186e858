"""Delays and weights of connections at paths: ``p/delay``, ``p[3]/delay``, ``p/weight``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.session.account import checked_numbers
from annarchy_ml.session.looking import looked_up

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.session.coupling_values import CouplingValue
    from annarchy_ml.session.simulation import Simulation
    from annarchy_ml.session.wiring import Wiring

_SHORTEST = 1.0 - 1e-9  # steps: of delays that count steps, as when a network is built


@dataclass(frozen=True, slots=True)
class ConnectionValue:
    """One value of all connections of a projection, or of one of them.

    Attributes:
        index: of the one; None for all.
    """

    simulation: Simulation
    wiring: Wiring
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
        if self.index is None:
            count = len(self.wiring.found(self.name).numbers)
            given = checked_numbers(self.path, value, count)
            after = np.broadcast_to(given, (count,))
        else:
            given = checked_numbers(self.path, value, 1)
            after = self._all()
            after[self.index] = given
        if self.kind == "weight":
            self.wiring.set_weights(self.name, after)
            return
        self._check_delays(given)
        plan = self.wiring.set_delays(self.name, after)
        self.simulation.go_on_with(plan)

    def _all(self) -> NDArray[np.float64]:
        read = self.wiring.delays if self.kind == "delay" else self.wiring.weights
        values = read(self.name)
        if self.index is not None and self.index >= len(values):
            raise UsageError(
                f"'{self.path}': '{self.name}' has {len(values)} connections, from 0 on"
            )
        return values

    def _check_delays(self, given: NDArray[np.float64]) -> None:
        least = float(np.min(given, initial=np.inf))
        if least < 0:
            raise UsageError(
                f"'{self.path}' takes delays of 0 s or more, not {least:g} s",
                hint="events cannot arrive before they are sent",
            )
        dt = self.simulation.plan.dt
        if least < dt * _SHORTEST and self.wiring.in_steps(self.name):
            raise UsageError(
                f"'{self.path}' takes delays of one step or more ({dt:g} s), not {least:g} s",
                hint="connections made by a rule take one step at least",
            )


def connection_value(simulation: Simulation, path: str) -> ConnectionValue | CouplingValue | None:
    """What the engine keeps of connections at a path; None if the path means something else.

    Raises:
        UsageError: If several projections have the name.
    """
    kind = path.rpartition("/")[2]
    links = looked_up(simulation).links if kind in ("delay", "weight", "w") else None
    named = links.split(path) if links is not None else None
    if links is None or named is None or named[2] != kind:
        return None
    if links.coupled(named[0]) is not None:
        from annarchy_ml.session.coupling_values import coupling_value

        return coupling_value(simulation, path, named)
    if kind == "w" or not links.is_projection(named[0]):
        return None
    name, index, _ = named
    wiring = simulation.wiring
    try:
        weighted = wiring.is_weighted(name)
    except KeyError as fault:
        raise UsageError(str(fault.args[0])) from fault
    if kind == "weight" and not weighted:
        return None
    return ConnectionValue(simulation, wiring, path, name, kind, index)
