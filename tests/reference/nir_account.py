"""Steps a NIR graph by Euler's method, node by node as the specification writes their equations.

Source: Pedersen et al. 2024, doi:10.1038/s41467-024-52259-9, and the docstrings of package `nir`:
spikes are Dirac impulses of one, so what passes an edge is an impulse and a value beside it.
"""

from __future__ import annotations

from typing import Any

import nir
import numpy as np

Signal = tuple[Any, Any]


class Account:
    """The state of all nodes of a graph.

    Attributes:
        spikes: of each node that sends some, by name: a row for each step. They leave at its begin.
        traces: potentials at the begin of each step, by name of the node.
    """

    def __init__(self, graph: Any, data: Any, dt: float, steps: int) -> None:
        self.graph, self.dt = graph, dt
        self.before: dict[str, list[str]] = {}
        for source, target in graph.edges:
            self.before.setdefault(target, []).append(source)
        self.spikes: dict[str, Any] = {}
        self.values: dict[str, Any] = {}
        self.traces: dict[str, list[Any]] = {}
        self.states: dict[str, dict[str, Any]] = {}
        for name, node in graph.nodes.items():
            if isinstance(node, nir.Input):
                self._input(name, node, data, steps)
            elif hasattr(node, "r"):
                start = node.metadata.get("v_start", np.zeros(node.r.shape))
                self.states[name] = {"v": np.array(start, float), "i": np.zeros(node.r.shape)}
                self.traces[name] = []
                self.spikes[name] = np.zeros((steps + 1, *node.r.shape))
        for step in range(steps):
            self._step(step)

    def _input(self, name: str, node: Any, data: Any, steps: int) -> None:
        size = tuple(node.input_type["input"])
        self.spikes[name] = np.zeros((steps + 1, *size))
        self.values[name] = np.zeros((steps + 1, *size))
        given = data.nodes[name].observables if data is not None and name in data.nodes else {}
        if "spikes" in given:
            when = np.ceil(given["spikes"].time[0] / self.dt - 1e-6).astype(int)
            np.add.at(self.spikes[name], (when, given["spikes"].idx[0]), 1.0)
        if "current" in given:
            self.values[name][:steps] = given["current"].data[0]

    def _signal(self, name: str, step: int) -> Signal:
        """Impulse and value that leave a node at the begin of a step."""
        node = self.graph.nodes[name]
        if isinstance(node, nir.Delay):
            late = np.round(node.delay / self.dt).astype(int)
            assert np.all(late == late[0])
            shape = node.delay.shape
            if step < late[0]:
                return np.zeros(shape), np.zeros(shape)
            return self._into(name, step - int(late[0]))
        if isinstance(node, (nir.Linear, nir.Affine)):
            impulse, value = self._into(name, step)
            bias = node.bias if isinstance(node, nir.Affine) else 0.0
            return node.weight @ impulse, node.weight @ value + bias
        if isinstance(node, nir.Input):
            return self.spikes[name][step], self.values[name][step]
        if isinstance(node, (nir.LI, nir.I, nir.CubaLI)):
            return np.zeros(node.r.shape), self.states[name]["v"]
        return self.spikes[name][step], np.zeros(node.r.shape)

    def _into(self, name: str, step: int) -> Signal:
        found = [self._signal(source, step) for source in self.before.get(name, [])]
        return sum(one[0] for one in found), sum(one[1] for one in found)

    def _step(self, step: int) -> None:
        arriving = {name: self._into(name, step)[0] for name in self.states}
        for name, impulse in arriving.items():  # currents jump first, so that this step sees them
            node, own = self.graph.nodes[name], self.states[name]
            if hasattr(node, "w_in"):
                own["i"] = own["i"] + node.w_in * impulse / node.tau_syn
            elif isinstance(node, nir.LI):
                own["v"] = own["v"] + node.r * impulse / node.tau
        flowing = {name: self._into(name, step)[1] for name in self.states}
        for name in self.states:
            self.traces[name].append(self.states[name]["v"].copy())
            self._move(name, flowing[name], arriving[name])
            node, own = self.graph.nodes[name], self.states[name]
            if hasattr(node, "v_threshold"):
                fired = own["v"] > node.v_threshold
                own["v"] = np.where(fired, node.v_reset, own["v"])
                self.spikes[name][step] = fired

    def _move(self, name: str, current: Any, impulse: Any) -> None:
        node, own, dt = self.graph.nodes[name], self.states[name], self.dt
        v, i = own["v"], own["i"]
        if hasattr(node, "w_in"):
            own["v"] = v + dt / node.tau_mem * (node.v_leak - v + node.r * i)
            own["i"] = i + dt / node.tau_syn * (node.w_in * current - i)
            return
        charge = dt * current + (0.0 if isinstance(node, nir.LI) else impulse)
        if isinstance(node, (nir.IF, nir.I)):
            own["v"] = v + node.r * charge
        else:
            own["v"] = v + (dt * (node.v_leak - v) + node.r * charge) / node.tau

    def train(self, name: str) -> list[tuple[int, int]]:
        """Spikes of a node: step and neuron."""
        steps, cells = np.nonzero(self.spikes[name])
        return list(zip(steps.tolist(), cells.tolist(), strict=True))
