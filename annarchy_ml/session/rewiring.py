"""Changes of connections while they run: values, delays, other connections in their place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.kernels.initialize import Start
from annarchy_ml.kernels.nodes import Placement, Role
from annarchy_ml.kernels.plan import (
    CouplingPlan,
    ProjectionPlan,
    SimulationPlan,
    SynapticCouplingPlan,
)
from annarchy_ml.passes.arrays import distinct
from annarchy_ml.passes.instantiate import POST
from annarchy_ml.passes.members import SENDER, stable_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.session.simulation import Simulation


@dataclass(frozen=True, slots=True, eq=False)
class Connected:
    """Connections by target, then source.

    Attributes:
        row_ptr: shape (n_targets + 1,).
        sources: shape (n_connections,), cells of the whole population.
        steps: shape (n_connections,): delays in steps, one at least.
        weights: shape (n_connections,).
        kept: shape (n_connections,): which of the connections before each one is; -1 for new ones.
    """

    row_ptr: NDArray[np.int64]
    sources: NDArray[np.integer[Any]]
    steps: NDArray[np.integer[Any]]
    weights: NDArray[np.float64]
    kept: NDArray[np.integer[Any]]


def plan_of(simulation: Simulation, name: str) -> CouplingPlan | SynapticCouplingPlan:
    """The plan of a coupling that is there."""
    return next(item for item in simulation.plan.couplings if item.name == name)


def number_of(simulation: Simulation, item: CouplingPlan) -> int:
    """The number of a coupling without instances in the engine."""
    alike = [other for other in simulation.plan.couplings if isinstance(other, CouplingPlan)]
    return alike.index(item)


def put_values(simulation: Simulation, item: SynapticCouplingPlan, field: str, values: Any) -> None:
    """Gives the connections other values of a state or parameter: one, or one for each."""
    kernel = simulation.runtime.kernel_of(item.synapses)
    found = next(one for one in kernel.fields if one.name == field)
    if found.role is Role.PARAMETER:
        flat = np.ravel(np.asarray(values, float))
        shared = found.placement is Placement.SHARED
        same = shared and len(flat) > 0 and bool(np.all(flat == flat[0]))
        size = simulation.plan.groups[item.synapses].size
        flat = flat if shared else np.broadcast_to(flat, (size,)).copy()
        simulation.set_parameter((item.synapses,), field, flat[:1] if same else flat)
    else:
        simulation.runtime.field(item.synapses, field)[...] = values


def reconnect(simulation: Simulation, name: str, made: Connected) -> None:
    """Other connections in the place of those of a coupling; others keep their values."""
    item = plan_of(simulation, name)
    network = simulation.runtime.network
    steps = np.asarray(made.steps, np.int32)
    if isinstance(item, CouplingPlan):
        network.replace_rows(
            number_of(simulation, item),
            made.row_ptr,
            np.asarray(made.sources, np.int32),
            steps if len(steps) else np.ones(1, np.int32),
            made.weights if len(made.weights) else np.ones(1),
            network.precision == "double",
        )
        return
    before = simulation.plan.groups[item.synapses]
    plan = _planned(simulation.whole_plan(), item, made)
    fresh = bool(np.any(made.kept < 0)) or len(made.kept) != before.size
    moved = fresh or _is_moved(made) or not np.array_equal(_steps_of(item, len(steps)), steps)
    heard = _heard(simulation, item, made) if moved else {}
    projections = tuple(
        heard[number][0] if number in heard else one for number, one in enumerate(plan.projections)
    )
    plan = replace(plan, projections=projections)
    simulation.adopt_plan(plan, Start(plan, plan.seed).values_for(plan))
    if fresh:
        _resize(simulation, item, made)
    for number, (rows, came_from) in heard.items():
        replace_connections(simulation, number, rows, came_from)
    _point(simulation, next(one for one in plan.couplings if one.name == name))


def delay_connections(
    simulation: Simulation, made: SynapticCouplingPlan, steps: NDArray[np.integer[Any]]
) -> None:
    """Lets connections see their sources, and hear their events, over other delays.

    Args:
        simulation: that runs.
        made: the coupling with the new delays.
        steps: the same one by one, shape (n_connections,).
    """
    group = simulation.plan.groups[made.synapses]
    assert group.host is not None and group.host_index is not None
    hosts = np.arange(simulation.plan.groups[group.host].size + 1)
    row_ptr = np.searchsorted(group.host_index, hosts)
    same = np.arange(len(steps))
    rows = Connected(row_ptr, made.source_cells, steps, np.ones(len(steps)), same)
    heard = _heard(simulation, made, rows)
    whole = simulation.whole_plan()
    projections = list(whole.projections)
    for number, (moved, _) in heard.items():
        projections[number] = moved
    couplings = tuple(made if one.name == made.name else one for one in whole.couplings)
    plan = replace(whole, couplings=couplings, projections=tuple(projections))
    simulation.runtime.delay_coupling(plan, made)
    simulation.go_on_with(plan)
    for number, (moved, came_from) in heard.items():
        replace_connections(simulation, number, moved, came_from)


def _is_moved(made: Connected) -> bool:
    return not np.array_equal(made.kept, np.arange(len(made.kept)))


def _steps_of(item: SynapticCouplingPlan, count: int) -> NDArray[np.integer[Any]]:
    """Delays of so many connections one by one."""
    return np.broadcast_to(np.asarray(item.delays), (count,))


def _heard(
    simulation: Simulation, item: SynapticCouplingPlan, made: Connected
) -> dict[int, tuple[ProjectionPlan, NDArray[np.int64]]]:
    """By number, the projections that bring connections events of their cells, as they will be.

    With each goes where its connections lay before: those of connections that stay.
    """
    found = {}
    plan, network = simulation.plan, simulation.runtime.network
    hosts = np.repeat(np.arange(len(made.row_ptr) - 1), np.diff(made.row_ptr))
    for number, old in enumerate(plan.projections):
        if old.target != item.synapses:
            continue
        assert isinstance(old, ProjectionPlan)
        own = old.target_port.rpartition("/")[2] == POST
        cells = hosts if own else np.asarray(made.sources, np.int64)
        delays = np.zeros(len(cells)) if own else np.asarray(made.steps) * plan.dt
        rows, order = rows_of(old, (cells, np.arange(len(cells))), delays)
        where = np.empty(plan.groups[item.synapses].size, np.int64)
        lay = np.asarray(network.connections(number)[1], np.int64)
        where[lay] = np.arange(len(lay))
        kept = np.asarray(made.kept, np.int64)[order]
        came_from = np.where(kept < 0, -1, where[kept] if len(where) else -1)
        found[number] = rows, came_from
    return found


def rows_of(
    plan: ProjectionPlan,
    ends: tuple[NDArray[Any], NDArray[Any]],
    delays: NDArray[np.float64],
    weights: NDArray[np.float64] | None = None,
) -> tuple[ProjectionPlan, NDArray[np.int64]]:
    """The plan of a projection with other connections, and which of them lies where in its rows.

    Args:
        plan: of the connections before; it has as many sources.
        ends: sources and targets, each of shape (n_connections,).
        delays: shape (n_connections,) [s].
        weights: shape (n_connections,).
    """
    kept, which = distinct(np.asarray(delays, float))
    order = stable_order((ends[0], which, ends[1]))
    counts = np.bincount(ends[0], minlength=len(plan.row_ptr) - 1)
    rows = replace(
        plan,
        row_ptr=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        targets=np.asarray(ends[1])[order].astype(np.int32),
        delays=kept if len(kept) else np.ones(1),
        delay_index=which[order].astype(np.int32) if len(kept) > 1 else None,
        weights=None if weights is None else np.asarray(weights, float)[order],
    )
    return rows, order


def replace_connections(
    simulation: Simulation,
    number: int,
    rows: ProjectionPlan,
    came_from: NDArray[np.int64],
    doubles: bool = True,
) -> None:
    """Other connections in the place of those of a projection of the plan.

    Args:
        simulation: that runs.
        number: of the projection.
        rows: its connections.
        came_from: shape (n_connections,): where each lay in the rows before; -1 for new ones.
            Events under way stay on connections that stay; new ones bring none of them.
        doubles: whether weights are kept in double precision.
    """
    simulation.runtime.network.replace_connections(
        number,
        rows.row_ptr,
        rows.targets,
        rows.weights,
        np.asarray(rows.delays, float).tolist(),
        rows.delay_index,
        rows.whole_steps,
        came_from,
        doubles,
    )


def _planned(plan: SimulationPlan, item: SynapticCouplingPlan, made: Connected) -> SimulationPlan:
    """The plan with these connections."""
    group = plan.groups[item.synapses]
    count = len(made.sources)
    same = count > 0 and bool(np.all(made.steps == made.steps[0]))
    delays: Any = int(made.steps[0]) if same else 1
    if not same and count:
        delays = np.asarray(made.steps, np.int32)
    hosts = np.repeat(np.arange(len(made.row_ptr) - 1), np.diff(made.row_ptr)).astype(np.int32)
    sources = np.asarray(made.sources, np.int64)
    known = {key: _taken(value, made, group.size) for key, value in group.values.items()}
    if "./weight" in known or "weight" in known:
        own = made.weights if count else np.ones(1)
        known["./weight" if "./weight" in known else "weight"] = own
    indices = {key: sources.astype(np.int32) if key in (item.sources, SENDER) else hosts
               for key in group.indices}  # fmt: skip
    groups = list(plan.groups)
    groups[item.synapses] = replace(
        group, size=count, host_index=hosts, indices=indices, values=known
    )
    moved = replace(item, delays=delays, source_cells=sources)
    couplings = tuple(moved if one.name == item.name else one for one in plan.couplings)
    return replace(plan, groups=tuple(groups), couplings=couplings)


def _taken(values: Any, made: Connected, size: int) -> Any:
    """Values of connections that stay; new ones are like the first."""
    if len(values) != size or size == 1 or len(made.kept) == 0:
        return values[:1] if len(made.kept) == 0 else values
    return np.where(made.kept < 0, values[0], values[made.kept])


def _resize(simulation: Simulation, item: SynapticCouplingPlan, made: Connected) -> None:
    """As many instances as there are connections; new ones begin as they would at the start."""
    runtime, starts = simulation.runtime, simulation.runtime.starts[item.synapses]
    runtime.network.resize_group(item.synapses, np.asarray(made.kept, np.int32))
    new = made.kept < 0
    for name, value in starts.items():
        field = runtime.field(item.synapses, name)
        if len(field) == len(new) and len(np.ravel(value)):
            np.copyto(field, value, where=new, casting="unsafe")


def _point(simulation: Simulation, item: Any) -> None:
    """Leads the connections to their cells, and to the steps that they see of them."""
    from annarchy_ml.engine.past import past_index

    runtime = simulation.runtime
    plan, network = simulation.plan, runtime.network
    group = plan.groups[item.synapses]
    assert group.host is not None
    assert group.host_index is not None
    kernel = plan.module.groups[group.kernel]
    network.set_host(item.synapses, group.host, group.host_index)
    for number, name in enumerate(kernel.indices):
        past = past_index(plan, item) if name == item.sources else None
        network.set_index(item.synapses, number, group.indices[name] if past is None else past)
    network.set_reach(item.synapses, int(np.max(item.delays, initial=1)))
    runtime.kernels_follow()
