"""What a user sees of the connections of a coupling while it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

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


class _Listed(NamedTuple):
    """Connections one by one: see `CoupledRows`."""

    row_ptr: NDArray[np.int64]
    sources: NDArray[np.integer[Any]]
    delays: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CoupledRows:
    """Connections by target, then source; they are listed when they are first asked for.

    Attributes:
        bytes: of memory that they take.
        names: of the values that each has, see `value`.
    """

    bytes: int
    names: tuple[str, ...]
    _simulation: Simulation
    _name: str
    _view: Callable[[str], NDArray[Any]]
    _list: Callable[[], _Listed]

    @cached_property
    def _listed(self) -> _Listed:
        return self._list()

    @property
    def row_ptr(self) -> NDArray[np.int64]:
        """Where the connections of each target begin.

        Shape (n_targets + 1,): those onto cell ``t`` of the whole population are those from
        ``row_ptr[t]`` to before ``row_ptr[t + 1]``.
        """
        return self._listed.row_ptr

    @property
    def sources(self) -> NDArray[np.integer[Any]]:
        """Cells of the whole population, shape (n_connections,)."""
        return self._listed.sources

    @property
    def delays(self) -> NDArray[np.float64]:
        """Shape (n_connections,) [s]."""
        return self._listed.delays

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

    def columns(self, name: str) -> tuple[int, str, NDArray[np.int64]] | None:
        """Where a state is kept: group, field and instance of each; None of what stays as set."""
        from annarchy_ml.session.rewiring import plan_of

        item = plan_of(self._simulation, self._name)
        if isinstance(item, CouplingPlan) or name not in self.names:
            return None
        field = _fields_of(self._simulation, item)[name]
        if len(self._view(name)) != len(self.sources):
            return None
        return item.synapses, field, np.arange(len(self.sources))

    def put(self, name: str, values: Any) -> None:
        """Gives them other values, one for all or one for each, also where all shared one.

        Raises:
            UsageError: If they have no such value.
        """
        from annarchy_ml.session.rewiring import plan_of, put_values

        found, item = self._view(name), plan_of(self._simulation, self._name)
        if not isinstance(item, CouplingPlan):
            put_values(self._simulation, item, _fields_of(self._simulation, item)[name], values)
        elif len(found) == len(self.sources) or np.ndim(values) == 0:
            found[...] = values
        else:
            self.reconnect(self.row_ptr, self.sources, np.asarray(values, float), self.delays)

    def switch(
        self, transmits: bool = True, learns: bool = True, period: int = 1, first_step: int = 0
    ) -> None:
        """What they do from the next step on.

        Args:
            transmits: whether targets get anything.
            learns: whether their states move.
            period: in every so many steps.
            first_step: the first of these, counted from 0.
        """
        from annarchy_ml.session.rewiring import number_of, plan_of

        item, network = plan_of(self._simulation, self._name), self._simulation.runtime.network
        if isinstance(item, CouplingPlan):
            network.switch_coupling(number_of(self._simulation, item), transmits)
        else:
            network.switch_connections(item.synapses, transmits, learns, period, first_step)
            for number, other in enumerate(self._simulation.plan.projections):
                if other.target == item.synapses:
                    network.switch_projection(number, transmits)

    def reconnect(
        self,
        row_ptr: NDArray[np.int64],
        sources: NDArray[np.integer[Any]],
        weights: NDArray[np.float64],
        delays: NDArray[np.float64],
        kept: NDArray[np.integer[Any]] | None = None,
    ) -> None:
        """Puts other connections in their place; this object then tells of those before.

        Args:
            row_ptr: where the connections of each target begin, shape (n_targets + 1,).
            sources: shape (n_connections,), ascending for each target.
            weights: shape (n_connections,).
            delays: shape (n_connections,) [s].
            kept: which of the connections before each one is, whose values it keeps, -1 for new
                ones; None if none is new or gone.
        """
        from annarchy_ml.session.rewiring import Connected, reconnect

        steps = np.maximum(1, np.rint(delays / self._simulation.plan.dt)).astype(np.int64)
        same = np.arange(len(sources)) if kept is None else kept
        reconnect(self._simulation, self._name, Connected(row_ptr, sources, steps, weights, same))


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

    def listed() -> _Listed:
        row_ptr, sources, steps = network.coupling_rows(number)
        return _Listed(row_ptr, sources, np.asarray(steps * simulation.plan.dt, float))

    def view(name: str) -> NDArray[Any]:
        if name != WEIGHT:
            raise _no_value(item.name, name, (WEIGHT,))
        return network.coupling_weights(number)

    return CoupledRows(
        network.coupling_bytes(number), (WEIGHT,), simulation, item.name, view, listed
    )


def _synaptic(simulation: Simulation, item: SynapticCouplingPlan) -> CoupledRows:
    group = simulation.plan.groups[item.synapses]
    assert group.host is not None
    assert group.host_index is not None
    size, hosts = simulation.plan.groups[group.host].size, group.host_index
    names = _fields_of(simulation, item)
    fields = simulation.runtime.kernel_of(item.synapses).fields
    parameters = {name for name, own in names.items() if name != WEIGHT and _is_fixed(fields, own)}

    def view(name: str) -> NDArray[Any]:
        if name not in names:
            raise _no_value(item.name, name, names)
        found = simulation.runtime.field(item.synapses, names[name])
        if name in parameters:  # others are computed from it
            found.flags.writeable = False
        return found

    def listed() -> _Listed:
        row_ptr = np.concatenate(([0], np.cumsum(np.bincount(hosts, minlength=size))))
        steps = np.broadcast_to(np.asarray(item.delays, float), (group.size,))
        delays = np.asarray(steps * simulation.plan.dt, np.float64)
        return _Listed(row_ptr, item.source_cells, delays)

    kept = sum(view(name).nbytes for name in names)
    places = (1 + len(group.indices)) * 4 * group.size
    return CoupledRows(kept + places, tuple(names), simulation, item.name, view, listed)


def _fields_of(simulation: Simulation, item: SynapticCouplingPlan) -> dict[str, str]:
    """Fields of a connection by the names that users know."""
    fields = (field.name for field in simulation.runtime.kernel_of(item.synapses).fields)
    return {name.removeprefix("./"): name for name in fields if name != item.term_field}


def _is_fixed(fields: tuple[Field, ...], name: str) -> bool:
    """Whether a field changes only where a user sets it, and what follows from it with it."""
    return any(item.name == name and item.role is Role.PARAMETER for item in fields)


def _no_value(coupling: str, name: str, known: Iterable[str]) -> UsageError:
    return UsageError(
        f"connections of '{coupling}' have no '{name}'",
        hint=did_you_mean(name, known) or f"they have: {', '.join(known)}",
    )
