"""Pairs of cells that see each other, as attached groups: gap junctions and graded synapses.

Before: sources and targets of pairs, and a component for each end. After: one instance on each cell
of a pair, whose ``peer`` is the other one; where both ends are alike, all are of one group, but
for cells joined to themselves: their second end sees what the first has just done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.model.instance import Attachment, Group, Node
from annarchy_ml.passes.classify_synapses import WEIGHT
from annarchy_ml.passes.connect import slot_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from annarchy_ml.kernels.connectivity import Rows
    from annarchy_ml.kernels.plan import FloatArray


def joined(hosts: Sequence[Group], trees: Sequence[Node], rows: Rows) -> list[Group]:
    """The groups of the pairs.

    Args:
        hosts: sources and targets.
        trees: what hangs on them.
        rows: the pairs, and their weights.
    """
    same = hosts[0] is hosts[1]
    itself = (rows.sources == rows.targets) if same else np.zeros(len(rows.targets), bool)
    groups = []
    if not np.all(itself):
        join = _alike if same and trees[0] is trees[1] else _two_ends
        groups += join(hosts, trees, _chosen(rows, ~itself))
    if np.any(itself):
        groups += _two_ends(hosts, trees, _chosen(rows, itself))
    return groups


def _chosen(rows: Rows, chosen: np.ndarray) -> Rows:
    return rows._replace(
        sources=rows.sources[chosen], targets=rows.targets[chosen], weights=rows.weights[chosen]
    )


def _alike(hosts: Sequence[Group], trees: Sequence[Node], rows: Rows) -> list[Group]:
    """One group of both ends of each pair, one after the other."""
    both = np.stack((rows.sources, rows.targets), axis=1).ravel()
    group = _hung(hosts[0], trees[0], both, np.repeat(rows.weights, 2))
    group.far, group.peers = group, np.arange(group.size) ^ 1
    return [group]


def _two_ends(hosts: Sequence[Group], trees: Sequence[Node], rows: Rows) -> list[Group]:
    """A group for each end."""
    ends = [
        _hung(host, tree, where, rows.weights)
        for host, tree, where in zip(hosts, trees, (rows.sources, rows.targets), strict=True)
    ]
    for own, other in ((0, 1), (1, 0)):
        ends[own].far, ends[own].peers = ends[other], np.arange(len(rows.targets))
    return ends


def _hung(host: Group, tree: Node, cells: np.ndarray, weights: FloatArray) -> Group:
    slot = slot_for(host.root.type, tree.type)
    group = Group(f"{host.name}/{slot}:{tree.component.id}", tree, len(cells))
    group.attachment = Attachment(host, host.root, slot)
    group.inside, group.around, group.hosts = host.inside, host.around, cells
    tree.peer = next(item.name for item in tree.type.references if item.kind == "instance")
    if any(item.name == WEIGHT and item.kind == "property" for item in tree.type.parameters):
        group.properties[WEIGHT] = weights
    return group
