"""Neurons as nodes, with the integrators before them: one node for both where there is one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.exporters.nir.cells import Cell
from annarchy_ml.exporters.nir.graph import Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

Chain = tuple[tuple[float, ...], ...]
"""Time constants of the integrators before neurons, the first one first; each of all neurons."""
DIRECT: Chain = ()


@dataclass(slots=True)
class Target:
    """The neurons of a group and what leads to them.

    Attributes:
        cell: the neurons.
        chains: ways to their current that something uses.
        entries: the first node of each of them, once they are made.
        node: of the neurons.
    """

    cell: Cell
    chains: dict[Chain, None] = field(default_factory=dict)
    entries: dict[Chain, str] = field(default_factory=dict)
    node: str = ""

    @property
    def size(self) -> int:
        """Number of neurons."""
        return self.cell.equations.size

    def make(self, graph: Graph, second: float) -> None:
        """Makes the nodes.

        Args:
            graph: to which they are added.
            second: how many units of time a second has.
        """
        cell, nir, name = self.cell, graph.nir, self.cell.equations.name
        alone = next(iter(self.chains)) if len(self.chains) == 1 else DIRECT
        given: dict[str, Any] = {"metadata": {"v_start": cell.equations.start(cell.potential)}}
        if cell.threshold is not None:
            given |= {"v_threshold": cell.threshold, "v_reset": cell.reset}
        fires = "F" if cell.threshold is not None else ""
        if cell.tau is None:
            node = getattr(nir, f"I{fires}")(r=cell.gain * second, **given)
        elif alone:
            node = getattr(nir, f"CubaLI{fires}")(
                tau_syn=np.array(alone[-1]) / second, tau_mem=cell.tau / second, **given,
                r=cell.resistance, v_leak=cell.leak, w_in=np.ones(self.size),
            )  # fmt: skip
        else:
            node = getattr(nir, f"LI{fires}")(
                tau=cell.tau / second, r=cell.resistance, v_leak=cell.leak, **given
            )
        self.node = graph.add(name, node)
        for chain in self.chains:
            inner = chain[:-1] if chain == alone and cell.tau is not None else chain
            entry = self.node
            for tau in reversed(inner):
                own = nir.LI(
                    tau=np.array(tau) / second, r=np.ones(self.size), v_leak=np.zeros(self.size)
                )
                before = graph.add(f"{name}_current", own)
                graph.edges.append((before, entry))
                entry = before
            self.entries[chain] = entry
