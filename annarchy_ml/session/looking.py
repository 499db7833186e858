"""Finds values of a simulation by path, and shows its connections as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.kernels.connectivity import Connections
from annarchy_ml.kernels.plan import RuleProjectionPlan
from annarchy_ml.passes.links import in_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.passes.locate import Located
    from annarchy_ml.session.lowering import Lowered
    from annarchy_ml.session.simulation import Simulation


def place_of(simulation: Simulation, path: str) -> Located:
    """Where the value at a path is kept.

    Raises:
        UsageError: If nothing of this name is kept.
    """
    locate = _looked_up(simulation).locate
    assert locate is not None
    try:
        return locate(path)
    except KeyError as fault:
        raise UsageError(str(fault.args[0])) from fault


def connections_of(simulation: Simulation, name: str) -> Connections:
    """The connections of a projection, by source, then target.

    Raises:
        UsageError: If there is no such projection.
    """
    links = _looked_up(simulation).links
    assert links is not None
    try:
        rule = links.rule(name)
        made = links.listed(name) if rule is None else None
    except KeyError as fault:
        raise UsageError(str(fault.args[0])) from fault
    if made is None:
        assert rule is not None
        return _from_engine(simulation, rule)
    try:
        return made._replace(weights=simulation.get(f"{name}/weight"))
    except UsageError:  # nothing in the running model reads it: it is what it was
        return made


def projections_of(simulation: Simulation, name: str) -> list[int]:
    """The numbers in the engine of all that delivers events of a projection.

    Raises:
        UsageError: If there is no such projection.
    """
    links = _looked_up(simulation).links
    assert links is not None
    try:
        rule = links.rule(name)
        groups = {} if rule is not None else {item.member.position for item in links.pieces(name)}
    except KeyError as fault:
        raise UsageError(str(fault.args[0])) from fault
    if rule is not None:
        return [rule]
    return [k for k, item in enumerate(simulation.plan.projections) if item.target in groups]


def with_delays(simulation: Simulation, name: str, steps: NDArray[np.float64]) -> None:
    """Gives the connections of a projection other delays, in the order of `connections_of`.

    Raises:
        UsageError: If they differ, but what arrives is kept together.
    """
    network, plan = simulation.runtime.network, simulation.plan
    numbers = projections_of(simulation, name)
    late = [k for k in numbers if np.any(network.connections(k)[3] > 0.0)]
    same = len(steps) == 0 or bool(np.all(steps == steps[0]))
    if len(late) > 1 and not same:
        raise UsageError(
            f"the delays of '{name}' cannot differ: what arrives from a source is kept once",
            code="unsupported.construct",
        )
    own: NDArray[np.int64] | None = None
    for number in late:
        rows, targets, weights, _ = network.connections(number)
        sources = np.repeat(np.arange(len(rows) - 1), np.diff(rows))
        if same:
            each = np.full(len(targets), steps[0] if len(steps) else 1.0)
        else:
            each = np.empty(len(targets))
            if isinstance(plan.projections[number], RuleProjectionPlan):
                each[np.lexsort((targets, sources))] = steps
            else:
                found = simulation.columns(f"{name}/w")
                assert found is not None
                own = np.empty(len(steps), np.int64)
                own[found[2]] = np.arange(len(steps))
                each = np.asarray(steps)[own[targets]]
        _add_delayed(simulation, number, (sources, targets, weights, each))
        network.replace_projection(number)


def _add_delayed(simulation: Simulation, number: int, made: Any) -> None:
    """Adds a projection like another one, with other delays: sources, targets, weights, steps."""
    network, item = simulation.runtime.network, simulation.plan.projections[number]
    sources, targets, weights, steps = made
    order = np.lexsort((targets, steps, sources))
    distinct, which = np.unique(steps[order], return_inverse=True)
    rows = np.searchsorted(sources[order], np.arange(simulation.plan.groups[item.source].size + 1))
    single = len(weights) == 1 and len(targets) != 1
    network.add_projection(
        item.source,
        item.source_port,
        item.target,
        item.target_port,
        rows.astype(np.int64),
        targets[order].astype(np.int32),
        (np.full(len(targets), weights[0]) if single else weights[order]),
        distinct,
        which.astype(np.int32) if len(distinct) > 1 else None,
        True,
    )


def _from_engine(simulation: Simulation, rule: int) -> Connections:
    rows, targets, weights, delays = simulation.runtime.network.connections(rule)
    sources = np.repeat(np.arange(len(rows) - 1), np.diff(rows))
    each = np.broadcast_to(weights, targets.shape)
    return in_order(Connections(sources, targets.astype(np.int64), each, delays))


def _looked_up(simulation: Simulation) -> Lowered:
    """What knows all paths; of a cached plan, the model is lowered once more."""
    if simulation.lookup is None:
        from annarchy_ml.session.lowering import lower_again

        simulation.lookup = lower_again(simulation.lowered)
    return simulation.lookup
