"""How much memory of a device a plan will take, found before anything of it is built."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, exp, inf
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.engine.cuda.driver import out_of_memory
from annarchy_ml.engine.cuda.layout import kernel_of, port_number
from annarchy_ml.engine.cuda.ports import events_of_step, steps_recorded
from annarchy_ml.kernels.connectivity import (
    AllToAll,
    Explicit,
    Exponential,
    FixedIndegree,
    FixedOutdegree,
    FixedProbability,
    FixedTotalNumber,
    LogNormal,
    Normal,
    OneToOne,
    Uniform,
)
from annarchy_ml.kernels.nodes import DType, Placement
from annarchy_ml.kernels.plan import CouplingPlan, RuleProjectionPlan

if TYPE_CHECKING:
    from annarchy_ml.engine.cuda.device import Device
    from annarchy_ml.kernels.connectivity import Rule, Value
    from annarchy_ml.kernels.plan import GroupPlan, ProjectionPlan, SimulationPlan

_MOST_NARROW = 0x10000  # targets that two bytes tell apart
_SHOWN = 3


def check_room(plan: SimulationPlan, device: Device) -> None:
    """Refuses a plan that will not fit, with both figures and what takes most.

    Raises:
        EnvironmentFault: If fields, indices, connections and events take more than is free.
    """
    parts = dict(estimate(plan))
    needed, free = sum(parts.values()), device.memory_free
    if needed <= free:
        return
    largest = sorted(parts.items(), key=lambda item: -item[1])[:_SHOWN]
    notes = tuple(f"{name} take {_readable(size)}" for name, size in largest)
    how = f"it needs {_readable(needed)}, {_readable(free)} are free"
    raise out_of_memory(device.name, how, notes)


def estimate(plan: SimulationPlan) -> Iterator[tuple[str, float]]:
    """What the larger parts of a plan take [bytes]; expected numbers where they are drawn."""
    real = 4 if plan.module.precision == "single" else 8
    for number, group in enumerate(plan.groups):
        sizes = {DType.REAL: real}
        values = sum(
            sizes.get(item.dtype, 4) * (1 if item.placement is Placement.SHARED else group.size)
            for item in kernel_of(plan, number).fields
        )
        yield f"values of '{group.name}'", float(values + _indices(group))
        if group.cable is not None:
            nodes = float(len(group.cable.parent)) * group.cable.cells
            yield f"solved equations of '{group.name}'", 16.0 * nodes
    yield from _events(plan)
    for number, item in enumerate(plan.projections):
        ends = f"'{plan.groups[item.source].name}' to '{plan.groups[item.target].name}'"
        yield f"connections {number} from {ends}", _connections(plan, item)
    for coupling in plan.couplings:
        if isinstance(coupling, CouplingPlan):
            yield f"weights of '{coupling.name}'", _weights(coupling)


def _events(plan: SimulationPlan) -> Iterator[tuple[str, float]]:
    """Who sends in the steps of which events may be under way, and what is recorded of a launch."""
    slots = 4.0 + max((_longest(item, plan.dt) for item in plan.projections), default=0.0)
    heard = {(item.source, item.source_port) for item in plan.projections}
    recorded = {(item.group, item.port) for item in plan.event_recordings}
    recorded |= {(item.group, item.port) for item in plan.group_events}
    for group, name in sorted(heard | recorded):
        kept = events_of_step(plan, (group, port_number(plan, group, name)))
        size = 4.0 * slots * kept
        if (group, name) in recorded:
            size += 8.0 * kept * steps_recorded(kept)
        yield f"events of '{plan.groups[group].name}'", size


def _longest(item: ProjectionPlan | RuleProjectionPlan, dt: float) -> float:
    """Steps of the longest delay, but for those that are rarer than 1 in 300."""
    if isinstance(item, RuleProjectionPlan):
        return float(ceil(_latest(item.connectivity.delay) / dt))
    if not len(item.targets):
        return 0.0
    longest = float(max(item.delays))
    return float(ceil(longest / dt))


def expected_number(rule: Rule, sources: int, targets: int) -> float:
    """How many connections a rule makes, on average."""
    match rule:
        case AllToAll():
            return float(sources) * targets
        case OneToOne():
            return float(sources)
        case FixedProbability():
            return float(sources) * targets * rule.probability
        case FixedIndegree():
            return float(targets) * rule.number
        case FixedOutdegree():
            return float(sources) * rule.number
        case FixedTotalNumber():
            return float(rule.number)
        case Explicit():
            return float(len(rule.sources))


def _indices(group: GroupPlan) -> int:
    hosts = 0 if group.host_index is None or group.one_per_host else 1
    return 4 * group.size * (len(group.indices) + hosts)


def _connections(plan: SimulationPlan, item: ProjectionPlan | RuleProjectionPlan) -> float:
    """Targets, weights, rows; segments where delays differ."""
    sources, targets = plan.groups[item.source].size, plan.groups[item.target].size
    wide = 4.0 if targets > _MOST_NARROW else 2.0
    if not isinstance(item, RuleProjectionPlan):
        weights = 0.0 if item.weights is None else 8.0
        return len(item.targets) * (wide + weights) + 4.0 * sources
    made = item.connectivity
    sizes = [end - begin for begin, end in (item.source_range, item.target_range)]
    count = expected_number(made.rule, *sizes)
    weights = (8.0 if made.double_weights else 4.0) * (not _shared(made.weight))
    segments = 0.0
    if not _shared(made.delay):
        segments = 5.0 * min(count, sizes[0] * _different(made.delay, plan.dt)) + 4.0 * sources
    return count * (wide + weights) + segments + 4.0 * sources


def _weights(item: CouplingPlan) -> float:
    """Weights, and source numbers where not all sources are connected."""
    made = item.connectivity
    sizes = (end - begin for begin, end in (item.source_range, item.target_range))
    each = (8.0 if made.double_weights else 4.0) * (not _shared(made.weight))
    return expected_number(made.rule, *sizes) * (each + 4.0 * (not isinstance(made.rule, AllToAll)))


def _different(delay: Value, dt: float) -> float:
    """How many whole steps a delay [s] may take, but for those that are rarer than 1 in 300."""
    match delay:
        case Uniform(low, high):
            return (high - low) / dt + 1.0
        case Normal(mean, deviation, low, high):
            first, last = mean - 3.0 * deviation, mean + 3.0 * deviation
        case LogNormal(mean, deviation, low, high):
            first, last = exp(mean - 3.0 * deviation), exp(mean + 3.0 * deviation)
        case Exponential(mean, low, high):
            first, last = low, low + 6.0 * mean
        case _:
            return inf
    return max(0.0, min(last, high) - max(first, low, 0.0)) / dt + 1.0


def _latest(delay: Value) -> float:
    """The longest delay [s], but for those that are rarer than 1 in 300."""
    match delay:
        case Uniform(_, high):
            return high
        case Normal(mean, deviation, _, high):
            return min(mean + 3.0 * deviation, high)
        case LogNormal(mean, deviation, _, high):
            return min(exp(mean + 3.0 * deviation), high)
        case Exponential(mean, low, high):
            return min(low + 6.0 * mean, high)
        case float() | int():
            return float(delay)
        case _:
            return float(np.max(delay, initial=0.0))


def _shared(value: Value) -> bool:
    return isinstance(value, (float, int))


def _readable(size: float) -> str:
    return f"{size / 1e9:.3g} GB"
