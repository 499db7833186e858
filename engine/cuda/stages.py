"""Which blocks of a plan step between the same two meetings of all threads, and how each steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from annarchy_ml.engine.cuda.layout import kernel_of
from annarchy_ml.kernels.nodes import KernelKind
from annarchy_ml.kernels.plan import SimulationPlan


@dataclass(frozen=True, slots=True)
class BlockSteps:
    """How a block steps.

    Attributes:
        number: of the block.
        attached: groups attached to its hosts, in their order.
        phases: groups that step side by side, phase after phase, before the hosts do; empty where
            each thread steps a host with all that is attached to it.
        alone: whether nothing else steps together with it.
    """

    number: int
    attached: tuple[int, ...]
    phases: tuple[tuple[int, ...], ...]
    alone: bool = False


def root_of(plan: SimulationPlan, group: int) -> int:
    """The group of the hosts of a group, or the group itself."""
    host = plan.groups[group].host
    return group if host is None else host


def n_blocks(plan: SimulationPlan, group: int) -> int:
    """Blocks that step a group."""
    return sum(block.group == root_of(plan, group) for block in plan.blocks)


def attached_to(plan: SimulationPlan, host: int) -> tuple[int, ...]:
    """Groups attached to a group, in the order of their steps."""
    return tuple(
        k for k, group in enumerate(plan.groups) if group.host == host and not group.couples
    )


def is_identity(plan: SimulationPlan, group: int, index: str) -> bool:
    """Whether an index leads every instance to the one of its own number."""
    values = plan.groups[group].indices[index]
    return bool(np.array_equal(values, np.arange(plan.groups[group].size, dtype=np.int32)))


def reads(plan: SimulationPlan, group: int) -> Iterator[tuple[int, str]]:
    """Groups that a group reads, and through which index."""
    bindings = plan.groups[group].externals
    for external in kernel_of(plan, group).externals:
        yield bindings[external.name].group, external.index


def is_serial(plan: SimulationPlan, group: int) -> bool:
    """Whether instances read others of their own group, so that they must step one by one."""
    return any(
        other == group and not is_identity(plan, group, index)
        for other, index in reads(plan, group)
    )


def step_of(plan: SimulationPlan, number: int) -> BlockSteps:
    """How a block steps."""
    host = plan.blocks[number].group
    attached = attached_to(plan, host)
    members = (*attached, host)
    near = all(
        root_of(plan, other) != host or is_identity(plan, group, index)
        for group in members
        for other, index in reads(plan, group)
    )
    cable = plan.groups[host].cable is not None
    if near and not cable and all(plan.groups[group].one_per_host for group in attached):
        return BlockSteps(number, attached, ())
    phases: list[tuple[int, ...]] = []
    for group in attached:
        alone = is_serial(plan, group)
        depends = any(other in phases[-1] for other, _ in reads(plan, group)) if phases else True
        if phases and not depends and not alone:
            phases[-1] = (*phases[-1], group)
        else:
            phases.append((group,))
    return BlockSteps(number, attached, tuple(phases), cable)


def does_nothing(plan: SimulationPlan, number: int) -> bool:
    """Whether a block changes nothing: none of its kernels has a body, and it adds nothing up."""
    host = plan.blocks[number].group
    groups = [plan.groups[group] for group in (*attached_to(plan, host), host)]
    updates = [plan.module.groups[group.kernel].kernel(KernelKind.UPDATE) for group in groups]
    return not any(
        group.cable is not None or group.reductions or (update is not None and update.body)
        for group, update in zip(groups, updates, strict=True)
    )


def stages(
    plan: SimulationPlan, immediate: frozenset[int], pooled: frozenset[int] = frozenset()
) -> list[list[BlockSteps]]:
    """Blocks that step side by side; all threads meet after each stage, and once at least.

    Args:
        plan: what runs.
        immediate: groups that send events without delay.
        pooled: groups over which values are formed when they have stepped.
    """
    numbers = range(len(plan.blocks))
    idle = {k for k in numbers if plan.blocks[k].group not in pooled and does_nothing(plan, k)}
    made: list[list[BlockSteps]] = []
    for number in numbers if len(idle) == len(numbers) else sorted({*numbers} - idle):
        now = step_of(plan, number)
        if made and not now.phases and not now.alone and _may_join(plan, made[-1], now, immediate):
            made[-1].append(now)
        else:
            made.append([now])
    return made


def _may_join(
    plan: SimulationPlan, stage: list[BlockSteps], now: BlockSteps, immediate: frozenset[int]
) -> bool:
    if any(item.phases or item.alone for item in stage):
        return False
    own = set(_groups(plan, now))
    for item in stage:
        others = set(_groups(plan, item))
        if own & others or others & immediate:
            return False
        if _reads_any(plan, own, others) or _reads_any(plan, others, own):
            return False
    return True


def _groups(plan: SimulationPlan, item: BlockSteps) -> tuple[int, ...]:
    return (*item.attached, plan.blocks[item.number].group)


def _reads_any(plan: SimulationPlan, readers: set[int], read: set[int]) -> bool:
    return any(other in read for group in readers for other, _ in reads(plan, group))
