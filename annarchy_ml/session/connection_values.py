"""Delays and weights of connections at paths: ``p/delay``, ``p[3]/delay``, ``p/weight``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.session.link_value import LinkValue
from annarchy_ml.session.looking import looked_up

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.session.simulation import Simulation
    from annarchy_ml.session.wiring import Wiring


@dataclass(frozen=True, slots=True)
class ConnectionValue(LinkValue):
    """Delay or weight of the connections of a projection."""

    wiring: Wiring

    def _read(self) -> NDArray[np.float64]:
        read = self.wiring.delays if self.kind == "delay" else self.wiring.weights
        return read(self.name)

    def _write(self, values: NDArray[np.float64], given: NDArray[np.float64]) -> None:
        if self.kind == "weight":
            self.wiring.set_weights(self.name, values)
            return
        self._check_delays(given)
        plan = self.wiring.set_delays(self.name, values)
        self.simulation.go_on_with(plan)

    def _check_delays(self, given: NDArray[np.float64]) -> None:
        least = float(np.min(given, initial=np.inf))
        if least < 0:
            raise UsageError(
                f"'{self.path}' takes delays of 0 s or more, not {least:g} s",
                hint="events cannot arrive before they are sent",
            )
        if self.wiring.in_steps(self.name):
            hint = "connections made by a rule take one step at least"
            self._refuse_below_a_step(given, hint)


def connection_value(simulation: Simulation, path: str) -> LinkValue | None:
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
    return ConnectionValue(simulation, path, name, kind, index, wiring)
