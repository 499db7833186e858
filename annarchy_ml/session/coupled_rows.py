"""What a user sees of the connections of a coupling while it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.diagnostics.suggest import did_you_mean
from annarchy_ml.kernels.nodes import Field, Role
from annarchy_ml.kernels.plan import CouplingPlan
from annarchy_ml.passes.couple import WEIGHT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.kernels.plan import SynapticCouplingPlan
    from annarchy_ml.session.simulation import Simulation


@dataclass(frozen=True, slots=True, eq=False)
class CoupledRows:
    """Connections by target, then source.

    Attributes:
        row_ptr: shape (n_targets + 1,): the connections onto cell ``t`` of the whole population are
            those from ``row_ptr[t]`` to before ``row_ptr[t + 1]``.
        sources: shape (n_connections,), cells of the whole population.
        delays: shape (n_connections,) [s].
        bytes: of memory that they take.
    """

    row_ptr: NDArray[np.int64]
    sources: NDArray[np.integer[Any]]
    delays: NDArray[np.float64]
    bytes: int
    _view: Callable[[str], NDArray[Any]]

    @property
    def targets(self) -> NDArray[np.int64]:
        """Cell of each connection, shape (n_connections,)."""
        return np.repeat(np.arange(len(self.row_ptr) - 1), np.diff(self.row_ptr))

    @property
    def weights(self) -> NDArray[Any]:
        """Their weights, see `value`."""
        return self.value("w")

    def value(self, name: str) -> NDArray[Any]:
        """A value of the connections, such as a state of their component.

        Returns:
            A view, shape (n_connections,), or (1,) where all share one; in SI units, of the
            precision in which it is kept. What is written into states and weights acts from the
            next step on; parameters are set by path, ``simulation.set("name/tau", ...)``.

        Raises:
            UsageError: If they have no such value.
        """
        return self._view(name)


def rows_of(simulation: Simulation, name: str) -> CoupledRows:
    """The connections of a coupling.

    Raises:
        UsageError: If there is no such coupling.
    """
    couplings = {item.name: item for item in simulation.plan.couplings}
    if name not in couplings:
        raise UsageError(
            f"there is no coupling '{name}'",
            hint=did_you_mean(name, couplings) or f"there are: {', '.join(couplings) or 'none'}",
        )
    found = couplings[name]
    if isinstance(found, CouplingPlan):
        return _weighted(simulation, found)
    return _synaptic(simulation, found)


def _weighted(simulation: Simulation, item: CouplingPlan) -> CoupledRows:
    network = simulation.runtime.network
    alike = [other for other in simulation.plan.couplings if isinstance(other, CouplingPlan)]
    number = alike.index(item)
    row_ptr, sources, steps = network.coupling_rows(number)

    def view(name: str) -> NDArray[Any]:
        if name != WEIGHT:
            raise _no_value(item.name, name, (WEIGHT,))
        return network.coupling_weights(number)

    return CoupledRows(
        row_ptr,
        sources,
        np.asarray(steps * simulation.plan.dt, float),
        network.coupling_bytes(number),
        view,
    )


def _synaptic(simulation: Simulation, item: SynapticCouplingPlan) -> CoupledRows:
    group = simulation.plan.groups[item.synapses]
    assert group.host is not None
    assert group.host_index is not None
    counts = np.bincount(group.host_index, minlength=simulation.plan.groups[group.host].size)
    row_ptr = np.concatenate(([0], np.cumsum(counts)))
    fields = simulation.runtime.kernel_of(item.synapses).fields
    names = {f.name.removeprefix("./"): f.name for f in fields if f.name != item.term_field}
    parameters = {name for name, own in names.items() if name != WEIGHT and _is_fixed(fields, own)}

    def view(name: str) -> NDArray[Any]:
        if name not in names:
            raise _no_value(item.name, name, names)
        found = simulation.runtime.field(item.synapses, names[name])
        if name in parameters:  # others are computed from it
            found.flags.writeable = False
        return found

    steps = np.broadcast_to(np.asarray(item.delays, float), (group.size,))
    delays = np.asarray(steps * simulation.plan.dt, np.float64)
    kept = sum(view(name).nbytes for name in names)
    places = (1 + len(group.indices)) * 4 * group.size
    return CoupledRows(row_ptr, item.source_cells, delays, kept + places, view)


def _is_fixed(fields: tuple[Field, ...], name: str) -> bool:
    """Whether a field changes only where a user sets it, and what follows from it with it."""
    return any(item.name == name and item.role is Role.PARAMETER for item in fields)


def _no_value(coupling: str, name: str, known: Iterable[str]) -> UsageError:
    return UsageError(
        f"connections of '{coupling}' have no '{name}'",
        hint=did_you_mean(name, known) or f"they have: {', '.join(known)}",
    )
