"""What PyNN's common code asks of a simulator: its name, IDs of cells, and its state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import numpy as np
from pyNN import common

name = "annarchy"


class ID(int, common.IDMixin):
    """A cell: its number, and its population as ``parent``."""

    local = True


def ids_of(population: Any) -> type[ID]:
    """The class of the cells of a population, so that each of them need not keep it."""

    class Own(ID):
        parent = population

    return Own


class State(common.control.BaseState):
    """The network as scripts have described it, and the simulation that runs it.

    Attributes:
        dt: step [ms].
        t: time [ms].
        populations, projections, sources: what was made, in order.
        options: of the engine: seed, threads, precision, device.
    """

    def __init__(self) -> None:
        common.control.BaseState.__init__(self)
        self.mpi_rank = 0
        self.num_processes = 1
        self.dt = 0.1
        self.wanted_delays: tuple[Any, Any] = ("auto", "auto")
        self.options: dict[str, Any] = {}
        self._running: Any = None
        self._before: Any = None
        self._describing = 0
        self.clear()

    @property
    def t(self) -> float:
        """The time [ms]."""
        return self.step * self.dt

    @property
    def step(self) -> int:
        """Steps done."""
        now = self._running if self._running is not None else self._before
        return 0 if now is None else int(now.step)

    def provenance(self) -> dict[str, Any]:
        """How recordings were made, for annotations; without a run, when they were asked for."""
        now = self._running if self._running is not None else self._before
        live = getattr(now, "live", None)  # there is none of a network without cells
        if live is None:
            return {"session_start_time": datetime.now().astimezone()}
        made: dict[str, Any] = live.provenance()
        return made

    @property
    def simulation(self) -> Any:
        """What runs; None until `run` needs it, and while a part of the network is being made."""
        if self._describing:
            return None
        return self._running if self._before is None else self.ready()

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

    @contextmanager
    def changing(self) -> Iterator[None]:
        """While the network is changed in its structure: what ran goes on with the new one."""
        if self._running is not None:
            self._before = self._running if self._running.step > 0 else None
            self._running = None
        self._describing += 1
        try:
            yield
        finally:
            self._describing -= 1

    def fixed(self, what: str) -> None:
        """Before something is changed that can be so only before the first step.

        Raises:
            NotImplementedError: If the network has run already.
        """
        if self.step > 0:
            raise NotImplementedError(
                f"pyNN.annarchy: {what} after run(): do it before, or call reset() first"
            )
        with self.changing():
            pass

    def ready(self) -> Any:
        """The simulation, compiled if need be."""
        if self._running is None:
            from annarchy_ml.importers.pynn.running import started

            with self.changing():
                made = started(self, self._before)
            self._running, self._before = made, None
        return self._running

    def run(self, simtime: float) -> None:
        """Runs for so many ms."""
        self.run_until(self.t + simtime)

    def run_until(self, tstop: float) -> None:
        """Runs to a time [ms]."""
        if not np.isfinite(tstop):
            raise ValueError(f"a run must end at some time, not at {tstop} ms")
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
        self._running = self._before = None
        self.segment_counter = -1
        self.reset()

    def reset(self) -> None:
        """Back to time 0 with the initial values."""
        self.running = False
        self.t_start = 0
        self.segment_counter += 1
        self._before = None
        for item in self.populations:
            item.recorder.forget_past()
        for item in self.sources:
            item.past = []
        if self._running is not None:
            self._running.begin_again()


state = State()
