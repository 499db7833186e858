"""Replaces groups of linear synapses by one accumulator per target, and rewires their events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.model.instance import Group
from annarchy_ml.model.system import EquationSystem
from annarchy_ml.passes.classify_synapses import lumped

if TYPE_CHECKING:
    from annarchy_ml.passes.assemble import Assembler
    from annarchy_ml.passes.members import Member


def lump_synapses(assembler: Assembler, recorded: set[int]) -> None:
    """Lumps every group of linear synapses of which no single one is recorded or read.

    Args:
        assembler: the groups and connections.
        recorded: positions of groups whose instances are recorded one by one.
    """
    known: dict[tuple[int, frozenset[str], str], EquationSystem | None] = {}
    for member in assembler.members:
        if member.position in recorded or not _is_candidate(assembler, member):
            continue
        outputs = frozenset(item.source for item in member.reductions)
        own = next(iter(member.varying), "")
        key = (id(member.system), outputs, own)
        if key not in known:
            known[key] = lumped(member.system, outputs, own)
        system = known[key]
        if system is not None:
            _lump(assembler, member, system, own)


def _is_candidate(assembler: Assembler, member: Member) -> bool:
    group = member.group
    if (
        group.attachment is None
        or group.terms
        or group.far is not None
        or group.apart
        or len(member.varying) > 1
    ):
        return False
    if member.wanted - {item.source for item in member.reductions}:
        return False
    hosts = np.asarray(group.hosts)
    if np.all(hosts[1:] > hosts[:-1]) or np.bincount(hosts).max(initial=0) <= 1:
        return False
    wires = assembler.network.wires
    return all(item.operation == "add" for item in member.reductions) and not any(
        item.source is group or (item.target is group and item.target_node is not group.root)
        for item in wires
    )


def _lump(assembler: Assembler, member: Member, system: EquationSystem, own: str) -> None:
    group = member.group
    hung = np.asarray(group.hosts)
    is_host = np.bincount(hung) > 0
    hosts, place_of = np.flatnonzero(is_host), (np.cumsum(is_host) - 1)[hung]
    weights = member.varying.get(own)
    for wires in assembler.network.wires:
        if wires.target is group:
            targets = np.asarray(wires.targets)
            if weights is not None:
                wires.weights, wires.weights_of = weights[targets], own
            wires.targets = place_of[targets]
    merged = Group(group.name, group.root, len(hosts), group.attachment)
    merged.hosts = hosts
    merged.inside = group.inside
    merged.around = group.around
    if not own:
        merged.properties = {name: column[:1] for name, column in group.properties.items()}
    for wires in assembler.network.wires:
        if wires.target is group:
            wires.target = merged
    assembler.replace_group(member, merged, system)
