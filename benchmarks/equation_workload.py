"""What the network workloads that are written as equations share: a network, runs, the line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import workload

import annarchy_ml as ann


@dataclass(slots=True)
class Written:
    """A network of equations that is ready to be compiled.

    Attributes:
        net: the network.
        described: what there is in it, as of networks from component types.
        monitors: of the spikes of its populations, by name.
    """

    net: ann.Network
    described: workload.Described
    monitors: dict[str, ann.Monitor] = field(default_factory=dict)

    @classmethod
    def of(cls, options: workload.Options, dt_ms: float) -> Written:
        """An empty network with the settings of the command line."""
        net = ann.Network(dt=dt_ms, seed=options.seed)
        net.config(num_threads=options.threads, precision=options.precision)
        return cls(net, workload.Described(None, f"{dt_ms} ms"))

    def population(self, name: str, geometry: Any, neuron: Any = None, spikes: bool = True) -> Any:
        """A population, whose spikes are recorded if it has any."""
        cells = self.net.create(geometry, neuron, name=name)
        self.described.populations[name] = cells.size
        if spikes:
            self.monitors[name] = self.net.monitor(cells, "spike")
        else:
            self.described.silent.add(name)
        return cells

    def spikes(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Times [s] and cells of all spikes, by population."""
        found = {}
        for name, monitor in self.monitors.items():
            times, cells = monitor.raster_plot(monitor.get("spike"))
            found[name] = np.asarray(times) / 1000.0, np.asarray(cells)
        return found


def run(name: str, options: workload.Options, write: Callable[[workload.Options], Written]) -> None:
    """Builds, compiles and runs a network, and prints its line."""
    clock = workload.Clock()
    with clock.phase("describe"):
        written = write(options)
    before = workload.resident_bytes()
    with clock.phase("compile"):
        written.net.compile()
    grown = workload.resident_bytes() - before
    with clock.phase("sim"):
        written.net.simulate(1000.0 * options.seconds)
    running = written.net.running
    assert running is not None
    workload.tell(
        workload.Done(name, written.described, running.simulation, written.spikes(), clock, grown),
        options,
        model="equations",
    )
