"""The nodes and edges of a graph while it is made."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.exporters.nir.wanted import refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Integers = NDArray[np.int64]

MOST = 2**28
"""Numbers in all matrices of weights: 2 GiB."""


@dataclass(slots=True)
class Graph:
    """Nodes by name, and edges.

    Attributes:
        nir: the package.
        nodes, edges: what was made.
        matrices: weights by name of the node before and the node behind.
        delayed: nodes that delay another one, by its name and the delay.
    """

    nir: Any
    nodes: dict[str, Any] = field(default_factory=dict)
    edges: list[tuple[str, str]] = field(default_factory=list)
    matrices: dict[tuple[str, str], Numbers] = field(default_factory=dict)
    delayed: dict[tuple[str, float], str] = field(default_factory=dict)
    _entries: int = 0

    def add(self, name: str, node: Any, *after: str) -> str:
        """One more node, behind others; gives its name, in letters, digits and underscores."""
        base = re.sub(r"\W+", "_", name) or "node"
        made, number = base, 1
        while made in self.nodes:
            number += 1
            made = f"{base}_{number}"
        self.nodes[made] = node
        self.edges += [(one, made) for one in after]
        return made

    def delay(self, source: str, delay: float, size: int) -> str:
        """The node that delays another one."""
        if delay == 0.0:
            return source
        key = (source, delay)
        if key not in self.delayed:
            node = self.nir.Delay(delay=np.full(size, delay))
            self.delayed[key] = self.add(f"{source}_delay", node, source)
        return self.delayed[key]

    def weigh(
        self, ends: tuple[str, str], sizes: tuple[int, int], pairs: tuple[Integers, Integers],
        weights: Numbers,
    ) -> None:  # fmt: skip
        """Adds connections between two nodes; several of one pair are added up.

        Args:
            ends: names of the node before and the node behind.
            sizes: of both.
            pairs: sources and targets, shape (m,) each.
            weights: shape (m,).

        Raises:
            UsageError: If the matrices take too much memory.
        """
        if ends not in self.matrices:
            self._entries += sizes[0] * sizes[1]
            if self._entries > MOST:
                size = f"{self._entries * 8 / 2**30:.1f} GiB"
                raise refused(
                    f"'{ends[1]}'",
                    f"weights but in full matrices, which would take {size}",
                    "give connections fewer delays that differ, or take a smaller network",
                )
            self.matrices[ends] = np.zeros((sizes[1], sizes[0]))
        np.add.at(self.matrices[ends], (pairs[1], pairs[0]), weights)

    def settle(self) -> None:
        """Makes nodes of the matrices, and inputs and outputs where there are none."""
        for (source, target), weight in self.matrices.items():
            name = self.add(f"{source}_to_{target}", self.nir.Linear(weight=weight), source)
            self.edges.append((name, target))

    def sends(self, name: str) -> bool:
        """Whether an edge leaves a node."""
        return any(source == name for source, _ in self.edges)

    def whole(self, metadata: Mapping[str, Any]) -> Any:
        """The graph."""
        return self.nir.NIRGraph(self.nodes, self.edges, dict(metadata))
