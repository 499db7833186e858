"""Finds cells that can step in one loop with all that is attached to them.

Before: `update` of the cells, of their excitatory and of their inhibitory conductances, and sums of
the currents, each a pass over all instances. After: one loop, that loads and stores every state
once. Possible where each cell has one instance of each attached group, whatever is connected, and
where these read of each other only what belongs to the same cell. The order of operations stays:
what is attached steps first, then come the sums, then the cells.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from annarchy_ml.expr.nodes import Binary, Call, Symbol
from annarchy_ml.expr.traverse import postorder
from annarchy_ml.kernels.nodes import (
    Accumulate,
    Draw,
    Family,
    GroupKernel,
    Kernel,
    KernelKind,
    Let,
    Propagate,
    Set,
)
from annarchy_ml.kernels.plan import GroupPlan, SimulationPlan
from annarchy_ml.kernels.uses import expressions_of, walk

_MOST_CALLS = 4
"""Functions that take long in one loop: where there are more, passes over memory cost little."""


def with_families(plan: SimulationPlan) -> SimulationPlan:
    """The plan (with kernel bodies) whose hosts know their families."""
    families: list[Family] = []
    groups = [replace(item, family=None) for item in plan.groups]
    for position, group in enumerate(groups):
        if group.host is not None or group.cable is not None:
            continue
        members = (position, *_attached(groups, position))
        made = _family(plan, members) if len(members) > 1 else None
        if made is None:
            continue
        if made not in families:
            families.append(made)
        groups[position] = replace(group, family=(families.index(made), members))
    module = replace(plan.module, families=tuple(families))
    return replace(plan, module=module, groups=tuple(groups))


def _attached(groups: list[GroupPlan], host: int) -> list[int]:
    """The groups attached to a host, in the order in which they step."""
    return [number for number, item in enumerate(groups) if item.host == host and not item.couples]


def _family(plan: SimulationPlan, members: tuple[int, ...]) -> Family | None:
    groups = [plan.groups[number] for number in members]
    kernels = [plan.module.groups[item.kernel] for item in groups]
    if not all(_is_paired(item, groups[0]) for item in groups[1:]):
        return None
    updates = [kernel.kernel(KernelKind.UPDATE) for kernel in kernels]
    if not all(item is None or _can_join(item) for item in updates):
        return None
    if not any(item.body for item in updates if item is not None):
        return None
    if sum(_calls(item) for item in updates if item is not None) > _MOST_CALLS:
        return None
    reads = [_reads(item, kernel, members) for item, kernel in zip(groups, kernels, strict=True)]
    if any(item is None for item in reads):
        return None
    return Family(
        tuple(item.kernel for item in groups),
        tuple(item for item in reads if item is not None),
        _sums(groups),
        tuple((members.index(number), name) for number, name in plan.passing if number in members),
    )


def _is_paired(group: GroupPlan, host: GroupPlan) -> bool:
    """Whether instance i acts on host i, for all of them."""
    index = group.host_index
    own = np.arange(host.size)
    return group.one_per_host and index is not None and np.array_equal(index, own)


def _can_join(update: Kernel) -> bool:
    """Whether its loop may be part of another one."""
    if not update.body:
        return True
    alone = any(isinstance(item, (Draw, Propagate, Accumulate)) for item in walk(update.body))
    return update.vectorize and not alone and not _has_powers(update)


def _has_powers(update: Kernel) -> bool:
    """Whether the value of an exponent decides which of several loops is run."""
    return any(
        isinstance(node, Binary) and node.op == "^" and isinstance(node.right, Symbol)
        for item in walk(update.body)
        for expression in expressions_of(item)
        for node in postorder(expression)
    )


def _calls(update: Kernel) -> int:
    return sum(
        isinstance(node, Call)
        for item in walk(update.body)
        for expression in expressions_of(item)
        for node in postorder(expression)
    )


def _reads(
    group: GroupPlan, kernel: GroupKernel, members: tuple[int, ...]
) -> tuple[tuple[str, int, str], ...] | None:
    """What a member reads of the others; None if it reads anything else."""
    update = kernel.kernel(KernelKind.UPDATE)
    local = (
        {item.name for item in walk(update.body) if isinstance(item, (Let, Set))} if update else ()
    )
    found: list[tuple[str, int, str]] = []
    for item in kernel.externals:
        binding = group.externals[item.name]
        index = group.indices.get(item.index)
        own = index is not None and np.array_equal(index, np.arange(group.size))
        if binding.group not in members or not own or item.name in local:
            return None
        found.append((item.name, members.index(binding.group), binding.field))
    return tuple(found)


def _sums(
    groups: list[GroupPlan],
) -> tuple[tuple[str, str, tuple[tuple[int, str], ...]], ...]:
    """What the hosts sum, target by target, each over the members in their order."""
    operations: dict[str, str] = {}
    sources: dict[str, list[tuple[int, str]]] = {}
    for member, group in enumerate(groups):
        for item in group.reductions:
            operations[item.target] = item.operation
            sources.setdefault(item.target, []).append((member, item.source))
    return tuple((target, operations[target], tuple(places)) for target, places in sources.items())
