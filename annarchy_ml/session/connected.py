"""The part of a simulation that shows connections one by one."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from annarchy_ml.kernels.connectivity import Connections
    from annarchy_ml.session.coupled_rows import CoupledRows
    from annarchy_ml.session.live import Live
    from annarchy_ml.session.simulation import Simulation
    from annarchy_ml.session.wiring import Wiring


class Connected:
    """Connections of projections and couplings."""

    @cached_property
    def wiring(self) -> Wiring:
        """The event connections as the engine keeps them."""
        from annarchy_ml.session.looking import looked_up
        from annarchy_ml.session.wiring import Wiring

        simulation = cast("Simulation", self)
        links = looked_up(simulation).links
        assert links is not None
        return Wiring(simulation, links)

    @cached_property
    def live(self) -> Live:
        """The groups of the engine by name, for front ends that build networks themselves."""
        from annarchy_ml.session.live import Live

        return Live(cast("Simulation", self))

    def coupling(self, name: str) -> CoupledRows:
        """The connections of a coupling, by target, then source; their weights can be changed.

        Raises:
            UsageError: If there is no such coupling.
        """
        from annarchy_ml.session.coupled_rows import rows_of

        return rows_of(cast("Simulation", self), name)

    def switch_projection(self, name: str, transmits: bool) -> None:
        """Whether events of a projection are delivered from now on; those under way, too.

        Raises:
            UsageError: If there is no such projection.
        """
        from annarchy_ml.session.looking import projections_of

        simulation = cast("Simulation", self)
        for number in projections_of(simulation, name):
            simulation.runtime.network.switch_projection(number, transmits)

    def bytes_of(self, name: str) -> int:
        """Memory of the connections of a projection [bytes].

        Raises:
            UsageError: If there is no such projection.
        """
        from annarchy_ml.session.looking import projections_of

        simulation = cast("Simulation", self)
        found = projections_of(simulation, name)
        return sum(map(simulation.runtime.network.projection_bytes, found))

    def connections(self, name: str) -> Connections:
        """The connections of a projection, by source, then target, as ``get("p/w")`` has them.

        Returns:
            ``sources``, ``targets``, ``weights``, ``delays`` [s], shape (n_connections,).

        Raises:
            UsageError: If there is no such projection.
        """
        from annarchy_ml.session.looking import connections_of

        return connections_of(cast("Simulation", self), name)
