"""What PyNN's common code asks of a simulator: its name, IDs of cells, and its state."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyNN import common

name = "annarchy"


class ID(int, common.IDMixin):
    """A cell: its number, and its population as ``parent``."""

    local = True

    def __init__(self, n: int) -> None:
        int.__init__(n)
        common.IDMixin.__init__(self)


class State(common.control.BaseState):
    """The network as scripts have described it, and the simulation that runs it.

    Attributes:
        dt: step [ms].
        t: time [ms].
        populations, projections, sources: what was made, in order.
        options: of the engine: seed, threads, precision, device.
        simulation: what runs; None until `run` needs it, and after the network was changed.
    """

    def __init__(self) -> None:
        common.control.BaseState.__init__(self)
        self.mpi_rank = 0
        self.num_processes = 1
        self.dt = 0.1
        self.wanted_delays: tuple[Any, Any] = ("auto", "auto")
        self.options: dict[str, Any] = {}
        self.simulation: Any = None
        self.clear()

    @property
    def t(self) -> float:
        """The time [ms]."""
        return self.step * self.dt

    @property
    def step(self) -> int:
        """Steps done."""
        return 0 if self.simulation is None else self.simulation.step

    @property
    def min_delay(self) -> float:
        """The least delay [ms]: the one of `setup`, or the least in use after a run."""
        if self.wanted_delays[0] != "auto":
            return float(self.wanted_delays[0])
        least = [item.least_delay() for item in self.projections if len(item)]
        return min(least, default=self.dt) if self.running else self.dt

    @property
    def max_delay(self) -> float:
        """The greatest delay [ms]; it is not bounded unless `setup` says so."""
        return float(np.inf if self.wanted_delays[1] == "auto" else self.wanted_delays[1])

    def changed(self, what: str = "cells, connections and current sources cannot be added") -> None:
        """Before the network is changed in its structure.

        Raises:
            NotImplementedError: If it has run already.
        """
        if self.simulation is not None and self.simulation.step > 0:
            raise NotImplementedError(
                f"pyNN.annarchy: {what} after run(): do it before, or call reset() first"
            )
        self.simulation = None

    def ready(self) -> Any:
        """The simulation, compiled if need be."""
        if self.simulation is None:
            from annarchy_ml.importers.pynn.running import started

            self.simulation = started(self)
        return self.simulation

    def run(self, simtime: float) -> None:
        """Runs for so many ms."""
        self.run_until(self.t + simtime)

    def run_until(self, tstop: float) -> None:
        """Runs to a time [ms]."""
        running = self.ready()
        steps = max(0, round(tstop / self.dt) - self.step)
        for item in self.populations:
            if hasattr(item.celltype, "extend"):
                item.celltype.extend(running, item, (self.step + steps) * self.dt)
        running.advance(steps)
        self.running = True

    def clear(self) -> None:
        """Forgets the network."""
        self.recorders: set[Any] = set()
        self.write_on_end: list[Any] = []
        self.id_counter = 0
        self.populations: list[Any] = []
        self.projections: list[Any] = []
        self.sources: list[Any] = []
        self.simulation = None
        self.segment_counter = -1
        self.reset()

    def reset(self) -> None:
        """Back to time 0 with the initial values."""
        self.running = False
        self.t_start = 0
        self.segment_counter += 1
        if self.simulation is not None:
            self.simulation.begin_again()


state = State()
