"""A simulation under control: run, step, reset, read and write values between runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from numbers import Integral
from typing import TYPE_CHECKING, Any

from annarchy_ml.cache_folder import publish_pending
from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.drawn_cells import DrawnCells
from annarchy_ml.recorded import Column, RowTable
from annarchy_ml.results import Results
from annarchy_ml.session.account import (
    check_run_options,
    checked_duration,
    named_device,
    provenance,
    recorded_events,
    useful_threads,
    without_compiler,
)
from annarchy_ml.session.cell_views import CellViews, cells_of
from annarchy_ml.session.connected import Connected
from annarchy_ml.session.faults import stopped
from annarchy_ml.session.lowering import Lowered
from annarchy_ml.session.sweeping import Sweeping
from annarchy_ml.session.values import Values

if TYPE_CHECKING:
    from pathlib import Path

    from annarchy_ml.engine._core import RowPrinter
    from annarchy_ml.engine.build import CompiledModule
    from annarchy_ml.engine.cuda.device import Device
    from annarchy_ml.engine.runtime import Runtime
    from annarchy_ml.kernels.plan import SimulationPlan

Progress = Callable[[float, float, float], Any]
Poll = Callable[[int], object]
Until = tuple[Sequence[tuple[int, str]], bool]
NEVER: Until = ((), True)


class Simulation(Connected, Values, CellViews, Sweeping):
    """One model in memory, at some time.

    Attributes:
        lowered: what it was made from; parameters that are set do not change it.
        plan: what runs, with the parameters that were set.
        timings: seconds by section: ``read``, ``lower``, ``compile``, ``build``, ``run``, ...
        begun: when it was made.
        lookup: what knows all paths; None until a cached plan needs it.
        whole_plan: gives the plan that runs, with kernel bodies.
        runtime: the engine's network and its kernels.
    """

    def __init__(
        self,
        lowered: Lowered,
        executor: str = "auto",
        threads: int | None = None,
        device: Device | None = None,
    ) -> None:
        """Builds the network.

        Args:
            lowered: the model.
            executor: ``auto``, ``compiled`` or ``interpreter``.
            threads: None chooses by the size of the model.
            device: that takes the steps; None is the processor, or what the options name.
        """
        from annarchy_ml.engine.faults import memory_faults

        self.lowered = lowered
        self.plan = lowered.plan
        check_run_options(executor, threads)
        self.timings = dict(lowered.timings)
        self.begun = datetime.now().astimezone()
        self.lookup = lowered if lowered.locate is not None else None
        self.whole_plan = lowered.whole_plan
        if executor == "interpreter":
            self.plan = lowered.whole_plan()
        count = useful_threads(self.plan) if threads is None else threads
        started = time.perf_counter()
        self._compile_s = 0.0
        with memory_faults():
            self.runtime = self._runtime(executor, count, device or named_device(lowered, count))
        publish_pending()
        self.timings["compile"] = self._compile_s
        self.timings["build"] = time.perf_counter() - started - self._compile_s

    def _runtime(self, executor: str, threads: int, device: Device | None) -> Runtime:
        """The network, and what takes its steps."""
        lowered = self.lowered
        if device is not None:
            from annarchy_ml.engine.cuda.runtime import DeviceRuntime

            return DeviceRuntime(
                self.plan, device, whole_plan=lowered.whole_plan, starts=lowered.starts
            )
        from annarchy_ml.engine.runtime import Runtime

        return Runtime(
            self.plan,
            executor=executor,
            threads=threads,
            library=self._library,
            whole_plan=lowered.whole_plan,
            starts=lowered.starts,
        )

    def _library(self, changed: SimulationPlan | None = None) -> CompiledModule:
        """The compiled kernels of the model, or of a plan with other kernels."""
        from annarchy_ml.engine.build import build
        from annarchy_ml.session.lowering import content_of

        started = time.perf_counter()
        try:
            if changed is not None:
                return build(lambda: changed.module, content_of(changed))
            return build(lambda: self.lowered.whole_plan().module, self.lowered.content)
        finally:
            self._compile_s += time.perf_counter() - started

    @property
    def t(self) -> float:
        """The time of the simulation [s]."""
        return float(self.runtime.network.t)

    @property
    def duration(self) -> float:
        """How long a whole run takes [s]."""
        return self.plan.duration

    def run(self, duration: float | None = None, progress: Progress | None = None) -> Results:
        """Runs on for ``duration`` seconds, or to the end that the model names.

        Args:
            duration: [s]; None runs to the model's own end.
            progress: called now and then with (time, end, wall time) in seconds; the run ends
                before its time where it gives False.

        Returns:
            Everything recorded since the last reset.

        Raises:
            NonFiniteError: If a value stops being a number; what was recorded is its ``partial``.
            StoppedError: If events cause each other without end; it has a ``partial`` too.
            EnvironmentFault: If recorded values do not fit on the disk; if that shows during the
                run, it has a ``partial`` too.
        """
        length = self.plan.duration - self.t if duration is None else duration
        steps = max(0, round(checked_duration(length, given=duration is not None) / self.plan.dt))
        poll = progress and _reporter(self, progress, self.t + steps * self.plan.dt)
        return self.results(complete=self._advance(steps, poll) == steps)

    def step(self, n: int = 1, until: Until = NEVER) -> int:
        """Moves on by ``n`` steps, or until a step leaves something else than 0 in fields.

        Args:
            n: steps at most.
            until: (group, field) whose first instance is looked at; whether all count, or one.

        Returns:
            The number of steps done.

        Raises:
            UsageError: If ``n`` is negative, or no whole number.
            StoppedError: As in ``run``.
        """
        if not isinstance(n, Integral):
            raise UsageError(f"the number of steps must be whole, but is {n!r}")
        if n < 0:
            raise UsageError(f"the number of steps must not be negative, but is {n}")
        return self._advance(n, until=until)

    def _advance(self, steps: int, poll: Poll | None = None, until: Until = NEVER) -> int:
        """Runs so many steps, with faults in the user's words; gives the number of steps done."""
        self.runtime.prepare(steps)
        started = time.perf_counter()
        try:
            return self.runtime.run(steps, poll, until)
        except Exception as error:
            fault = error
        finally:
            self.timings["run"] = self.timings.get("run", 0.0) + time.perf_counter() - started
        raise stopped(fault, self.whole_plan, partial(self.results, False)) from fault

    def reset(self) -> None:
        """Back to time 0 with the start values; recordings are emptied, set parameters kept."""
        self.runtime.initialize()
        self.timings.pop("run", None)

    def results(self, complete: bool = True) -> Results:
        """Everything recorded since the last reset."""
        recordings = self.runtime.recordings
        columns = [Column(item.path, item.unit, item.dimension) for item in self.plan.recordings]
        return Results(
            RowTable(recordings.rows(), columns) if columns else (),
            recorded_events(self.plan, recordings),
            aliases=self.lowered.aliases,
            provenance=provenance(self, complete),
            outputs=self.lowered.outputs,
            displays=self.lowered.displays,
            warnings=(*self.lowered.warnings, *without_compiler(self.runtime.fallback)),
            cells=DrawnCells(partial(cells_of, self)) if _has_cables(self.plan) else (),
            positions=self.lowered.positions,
        )


def _has_cables(plan: SimulationPlan) -> bool:
    """Whether some cells have several compartments."""
    return any(item.cable is not None for item in plan.groups)


def _reporter(simulation: Simulation, progress: Progress, end: float) -> Poll:
    """Tells the progress of a run that starts now."""
    started = time.perf_counter()

    def report(_: int) -> object:
        return progress(min(simulation.t, end), end, time.perf_counter() - started)

    return report


def print_rows(
    simulation: Simulation, files: Sequence[tuple[Path, Sequence[str]]]
) -> RowPrinter | None:
    """Prints tables of all rows while a simulation runs to the model's end, if that pays.

    Args:
        simulation: at its start.
        files: where each one goes, and the recorded quantities that it shows.

    Returns:
        What finishes the files after the run; None if they must be written then.
    """
    plan = simulation.plan
    columns = [(path, [0, *_places(simulation.lowered, names)]) for path, names in files]
    return simulation.runtime.recordings.print_rows(columns, round(plan.duration / plan.dt))


def _places(lowered: Lowered, names: Sequence[str]) -> list[int]:
    """Columns of recorded quantities in the rows, of which the first is the time."""
    known: dict[str, int] = {}
    for number, item in enumerate(lowered.plan.recordings):
        known.setdefault(item.path, number + 1)
    return [known[name if name in known else lowered.aliases[name]] for name in names]
