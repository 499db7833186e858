"""What is known about each group while a plan is made, and how its instances are ordered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from annarchy_ml.kernels.nodes import GroupKernel
from annarchy_ml.kernels.plan import Reduction
from annarchy_ml.model.instance import Group, Node
from annarchy_ml.model.system import EquationSystem
from annarchy_ml.passes.instantiate import signature
from annarchy_ml.passes.lower import Lowered


@dataclass(slots=True)
class Member:
    """What is known about one group while the plan is made."""

    group: Group
    position: int
    system: EquationSystem
    varying: dict[str, Any] = field(default_factory=dict)
    wanted: set[str] = field(default_factory=set)
    order: Any = None  # own instance numbers in the order of the hosts
    place_of: Any = None  # the inverse
    reductions: list[Reduction] = field(default_factory=list)
    lowered: Lowered | None = None
    kernel: GroupKernel | None = None


def varying_values(group: Group) -> dict[str, Any]:
    """Arrays of the parameters that differ between the instances of a group."""
    varying: dict[str, Any] = {}
    if len(group.variants) > 1:
        choice = np.asarray(group.variant_of)
        trees = [list(tree.walk()) for tree in group.variants]
        for number, node in enumerate(trees[0]):
            for name, value in node.values.items():
                column = [tree[number].values.get(name, value) for tree in trees]
                if any(other != value for other in column):
                    varying[node.qualified(name)] = np.asarray(column)[choice]
    for name, column in group.properties.items():
        default = group.root.values.get(name, 0.0)
        values = np.full(group.size, default)
        values[: len(column)] = column
        qualified = group.root.qualified(name)
        if np.any(values != values[0]):
            varying[qualified] = values
        else:
            varying.pop(qualified, None)
    return varying


def order_by_host(member: Member) -> None:
    group = member.group
    if group.attachment is None:
        return
    member.order = np.argsort(np.asarray(group.hosts, np.int64), kind="stable")
    member.place_of = np.empty(group.size, np.int64)
    member.place_of[member.order] = np.arange(group.size)


def peer_nodes(group: Group) -> tuple[Node, Node] | None:
    """The component at the other end of a group's tunnels, and the node it is attached to."""
    if not group.peers:
        return None
    far = group.peers[0][0]
    return (far.root, far.attachment.node) if far.attachment is not None else None


def peer_key(group: Group) -> object:
    nodes = peer_nodes(group)
    return None if nodes is None else (signature(nodes[0]), id(nodes[1].type), nodes[1].path)
