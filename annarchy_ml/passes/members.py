"""What is known about each group while a plan is made, and how its instances are ordered."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.kernels.nodes import GroupKernel, Role
from annarchy_ml.kernels.plan import Reduction
from annarchy_ml.model.instance import ANY_NAME, Ends, Group, NetworkInstance
from annarchy_ml.model.system import EquationSystem, Variable
from annarchy_ml.passes.formulas import Formulas
from annarchy_ml.passes.instantiate import signature
from annarchy_ml.passes.lower import LoweredSystem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.kernels.plan import FloatArray

PRE, SENDER = "pre", "sender"
"""Indices of a connection of a coupling: its source as it was a delay ago, and as it is now."""


@dataclass(slots=True)
class Member:
    """What is known about one group while the plan is made.

    Attributes:
        position: of the group in the plan.
        varying: parameters that differ between instances, shape (size,), in SI units.
        wanted: variables that are recorded or read by other groups.
        read: those that other groups read, instance by instance.
        formulas: derived parameters, to be computed before the start programs.
        order: for attached groups, own instance numbers in the order of the hosts.
        place_of: the inverse of `order`.
        reductions: what the host sums over the group.
        lumped: whether its instances stand for several synapses each.
        one_per_host: whether each host has one of them, whatever is connected.
    """

    group: Group
    position: int
    system: EquationSystem
    varying: dict[str, FloatArray] = field(default_factory=dict)
    wanted: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    formulas: Formulas = ()
    order: NDArray[np.int64] | None = None
    place_of: NDArray[np.int64] | None = None
    reductions: list[Reduction] = field(default_factory=list)
    lowered: LoweredSystem | None = None
    kernel: GroupKernel | None = None
    lumped: bool = False
    one_per_host: bool = False

    def offer(self, name: str) -> None:
        """Keeps a variable or parameter for other groups, one value per instance."""
        self.wanted.add(name)
        self.read.add(name)
        self.system.variables.setdefault(name, Variable(name, Role.PARAMETER, ""))


def varying_values(group: Group) -> dict[str, FloatArray]:
    """The parameters that differ between the instances of a group, shape (size,), in SI units."""
    varying: dict[str, FloatArray] = {}
    for name, column in group.properties.items():
        owner = group.root.owner_of(name)
        assert owner is not None
        values = np.full(group.size, owner[0].values.get(owner[1], 0.0))
        values[: len(column)] = column
        if np.any(values != values[:1]):
            varying[owner[0].qualified(owner[1])] = values
    if group.cable is not None:
        compartments = group.cable.compartment_of()
        for name, column in group.cable.columns.items():
            varying[name] = column[compartments]
    return varying


def order_by_host(member: Member) -> None:
    """Orders the instances of an attached group by their hosts."""
    group = member.group
    if group.attachment is None:
        return
    order = stable_order((np.asarray(group.hosts, np.int64),))
    place_of = np.empty(group.size, np.int64)
    place_of[order] = np.arange(group.size)
    member.order, member.place_of = order, place_of


def stable_order(keys: tuple[NDArray[np.int64], ...]) -> NDArray[np.int64]:
    """The order of rows by several keys, the first one counting most; equal rows stay in order.

    Keys that fit into one number with the row's own are sorted as such, which is ten times faster.

    Args:
        keys: numbers of 0 or more, each of shape (n,).
    """
    count = len(keys[0])
    sizes = [int(key.max(initial=0)) + 1 for key in keys]
    if count * prod(sizes) >= 2**63 or any(int(key.min(initial=0)) < 0 for key in keys):
        return np.lexsort(keys[::-1])
    packed = np.zeros(count, np.int64)
    for key, size in zip(keys, sizes, strict=True):
        packed = packed * size + key
    packed = packed * count + np.arange(count)
    packed.sort()
    return packed % max(count, 1)


def root_order(members: list[Member]) -> list[int]:
    """Positions of the groups that hang on no other, as they step."""
    before: dict[int, list[int]] = {}
    for member in members:
        if member.group.before is not None:
            before.setdefault(id(member.group.before), []).append(member.position)
    return [
        position
        for member in members
        if member.group.attachment is None and member.group.before is None
        for position in (*before.get(id(member.group), ()), member.position)
    ]


def any_own_synapses(members: list[Member], network: NetworkInstance, recorded: set[int]) -> bool:
    """Whether synapses that nobody records keep a state each and get events over a delay."""
    fed = {id(item.target) for item in network.wires if np.any(np.asarray(item.delays) > 0.0)}
    return any(
        id(member.group) in fed
        and member.group.attachment is not None
        and not (member.lumped or member.group.terms)
        for member in members
        if member.position not in recorded
    )


def far_ends(group: Group) -> Ends:
    """The components that an instance sees by name.

    Those at the other end of its tunnels; ``pre`` and ``post`` of a connection of a coupling, and
    its ``sender``, which is ``pre`` without the delay.
    """
    hung = group.attachment
    if group.terms and hung is not None:
        source = group.others[PRE][0].root
        ends = {name: ((name, source),) for name in (PRE, SENDER)}
        return {**ends, "post": (("host", hung.node),)}
    far = group.far
    if far is None or far.attachment is None:
        return {}
    return {ANY_NAME: (("peer", far.root), ("peer host", far.attachment.node))}


def far_key(group: Group) -> object:
    """What must be equal at the other ends for two groups to share equations."""
    return tuple(
        (name, index, signature(node), id(node.type), node.path)
        for name, places in far_ends(group).items()
        for index, node in places
    )


def foreign_group(group: Group, index: str) -> Group | None:
    """The group that a foreign input of ``group`` belongs to: host, surroundings or peer."""
    if index in group.others:
        return group.others[index][0]
    hung = group.attachment
    if index == "host":
        return hung.host if hung is not None else None
    if index == "around":
        return group.around
    far = group.far
    if index == "peer host" and far is not None:
        return far.attachment.host if far.attachment is not None else None
    return far
