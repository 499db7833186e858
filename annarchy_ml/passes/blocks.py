"""Cuts the populations into blocks of instances that may step together.

In the order of the network, an instance must see what an earlier one has just done when it reads it
directly, or gets an event from it without delay; what it reads of a later one must be that of the
step before. A block therefore ends where an instance depends on an earlier one of the same block,
or is read by one whose group steps later; without such connections a population is one block.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from annarchy_ml.kernels.nodes import GroupKernel
from annarchy_ml.kernels.plan import Block, GroupPlan, ProjectionPlan, RuleProjectionPlan


def step_blocks(
    order: Iterable[int],
    groups: tuple[GroupPlan, ...],
    kernels: tuple[GroupKernel, ...],
    projections: tuple[ProjectionPlan | RuleProjectionPlan, ...],
) -> tuple[Block, ...]:
    """Blocks of all root groups, in the order of the step.

    Args:
        order: positions of the root groups as they step.
        groups: of the plan.
        kernels: of the plan.
        projections: of the plan.
    """
    latest: dict[int, Any] = {
        position: np.full(groups[position].size, -1, np.int64) for position in order
    }
    for projection in projections:
        if isinstance(projection, ProjectionPlan):  # those made by rules have delays
            _add_events(groups, projection, latest)
    for position in range(len(groups)):
        _add_reads(groups, kernels, position, latest)
    blocks = []
    for position, last in latest.items():
        begin = 0
        if groups[position].cable is not None:  # compartments step together
            last[:] = -1
        for own in np.flatnonzero(last >= 0):
            if last[own] >= begin and own > begin:
                blocks.append(Block(position, begin, int(own)))
                begin = int(own)
        if groups[position].size > begin:
            blocks.append(Block(position, begin, groups[position].size))
    return tuple(blocks)


def _root(groups: tuple[GroupPlan, ...], position: int) -> tuple[int, Any]:
    """The root group of a group, and the root instance of each of its instances."""
    group = groups[position]
    if group.host is None or group.host_index is None:
        return position, np.arange(group.size)
    return group.host, group.host_index


def _depend(latest: dict[int, Any], root: int, readers: Any, writers: Any) -> None:
    """Notes that instances depend on earlier ones of the same group."""
    earlier = writers < readers
    np.maximum.at(latest[root], readers[earlier], writers[earlier])


def _add_events(
    groups: tuple[GroupPlan, ...], projection: ProjectionPlan, latest: dict[int, Any]
) -> None:
    if len(projection.delays) == 0 or projection.delays[0] > 0:
        return
    source_root, source_hosts = _root(groups, projection.source)
    target_root, target_hosts = _root(groups, projection.target)
    if source_root != target_root:
        return
    counts = np.diff(projection.row_ptr)
    writers = np.repeat(np.asarray(source_hosts), counts)
    readers = np.asarray(target_hosts)[projection.targets]
    if projection.delay_index is not None:
        at_once = projection.delay_index == 0
        writers, readers = writers[at_once], readers[at_once]
    _depend(latest, source_root, readers, writers)


def _add_reads(
    groups: tuple[GroupPlan, ...],
    kernels: tuple[GroupKernel, ...],
    position: int,
    latest: dict[int, Any],
) -> None:
    group = groups[position]
    if group.host is None or group.host_index is None or group.couples:
        return
    for external in kernels[group.kernel].externals:
        if external.index in ("host", "around"):
            continue
        far = group.externals[external.name].group
        root, hosts = _root(groups, far)
        if root == group.host:
            writers = np.asarray(hosts)[group.indices[external.index]]
            readers = np.asarray(group.host_index)
            _depend(latest, root, readers, writers)
            if far < position:  # it would have stepped already: a later host's must not
                _depend(latest, root, writers, readers)
