"""What a user sees of the connections of a coupling while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.diagnostics.suggest import did_you_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.session.simulation import Simulation


@dataclass(frozen=True, slots=True, eq=False)
class CoupledRows:
    """Connections by target, then source.

    Attributes:
        row_ptr: shape (n_targets + 1,): the connections onto cell ``t`` of the whole population are
            those from ``row_ptr[t]`` to before ``row_ptr[t + 1]``.
        sources: shape (n_connections,), cells of the whole population.
        delays: shape (n_connections,) [s].
        weights: shape (n_connections,), or (1,) where all share one; in SI units, of the precision
            in which they are kept. What is written into it acts from the next step on.
    """

    row_ptr: NDArray[np.int64]
    sources: NDArray[np.int32]
    delays: NDArray[np.float64]
    weights: NDArray[Any]

    @property
    def targets(self) -> NDArray[np.int64]:
        """Cell of each connection, shape (n_connections,)."""
        return np.repeat(np.arange(len(self.row_ptr) - 1), np.diff(self.row_ptr))


def rows_of(simulation: Simulation, name: str) -> CoupledRows:
    """The connections of a coupling.

    Raises:
        UsageError: If there is no such coupling.
    """
    names = [item.name for item in simulation.plan.couplings]
    if name not in names:
        raise UsageError(
            f"there is no coupling '{name}'",
            hint=did_you_mean(name, names) or f"there are: {', '.join(names) or 'none'}",
        )
    network, number = simulation.runtime.network, names.index(name)
    row_ptr, sources, steps = network.coupling_rows(number)
    delays = steps * simulation.plan.dt
    return CoupledRows(row_ptr, sources, delays, network.coupling_weights(number))
