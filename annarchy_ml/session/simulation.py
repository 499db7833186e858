"""A simulation under control: run, step, reset, read and write values between runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.cache_folder import publish_pending
from annarchy_ml.diagnostics.core import (
    EnvironmentFault,
    NonFiniteError,
    UsageError,
)
from annarchy_ml.recorded import Column, EventTable, SignalTable
from annarchy_ml.results import Results
from annarchy_ml.session.account import (
    check_run_options,
    checked_duration,
    explained,
    provenance,
    store,
    without_compiler,
)
from annarchy_ml.session.lowering import Lowered

if TYPE_CHECKING:
    from annarchy_ml.passes.recordings import Located

Progress = Callable[[float, float, float], Any]
CELLS_PER_THREAD = 10_000  # a second thread pays from about 16,000 cells on: benchmarks/README.md


class Simulation:
    """One model in memory, at some time."""

    def __init__(
        self, lowered: Lowered, executor: str = "auto", threads: int | None = None
    ) -> None:
        from annarchy_ml.engine.runtime import Runtime

        self.lowered = lowered
        self.plan = lowered.plan
        check_run_options(executor, threads)
        self.timings = dict(lowered.timings)
        self.begun = datetime.now().astimezone()
        if executor == "interpreter" or lowered.starts is None:
            self.plan = lowered.whole_plan()
        count = self._threads() if threads is None else threads
        started = time.perf_counter()
        self._compile_s = 0.0
        try:
            self.runtime = Runtime(
                self.plan,
                executor=executor,
                threads=count,
                library=self._library,
                whole_plan=lowered.whole_plan,
                starts=lowered.starts,
            )
        except MemoryError as fault:
            raise EnvironmentFault(
                f"the model does not fit into memory: {fault}", code="memory.exceeded"
            ) from fault
        publish_pending()
        self.timings["compile"] = self._compile_s
        self.timings["build"] = time.perf_counter() - started - self._compile_s

    def _library(self) -> Any:
        from annarchy_ml.engine.build import build

        started = time.perf_counter()
        try:
            return build(lambda: self.lowered.whole_plan().module, self.lowered.content)
        finally:
            self._compile_s = time.perf_counter() - started

    def _threads(self) -> int:
        """One thread for small models, else as many as there are cores to use."""
        from annarchy_ml.engine import _core

        cells = sum(group.size for group in self.plan.groups)
        return max(1, min(_core.usable_cores(), cells // CELLS_PER_THREAD))

    # time

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
            progress: called now and then with (time, end, wall time) in seconds.

        Returns:
            Everything recorded since the last reset.

        Raises:
            NonFiniteError: If a value stops being a number; what was recorded is its ``partial``.
        """
        length = self.plan.duration - self.t if duration is None else duration
        steps = max(0, round(checked_duration(length, given=duration is not None) / self.plan.dt))
        started = time.perf_counter()
        end = self.t + steps * self.plan.dt
        fault = None
        try:
            done = self.runtime.run(steps, self._poll(progress, end, started))
        except Exception as error:
            fault = explained(error)
            done = -1
        self.timings["run"] = self.timings.get("run", 0.0) + time.perf_counter() - started
        results = self.results(complete=done == steps)
        if fault is not None:
            raise NonFiniteError((fault,), results)
        return results

    def step(self, n: int = 1) -> None:
        """Moves on by ``n`` steps.

        Raises:
            UsageError: If ``n`` is negative.
        """
        if n < 0:
            raise UsageError(f"the number of steps must not be negative, but is {n}")
        self.runtime.run(n)

    def reset(self) -> None:
        """Back to time 0 with the start values; recordings are emptied, set parameters kept."""
        self.runtime.initialise()
        self.timings.pop("run", None)

    def _poll(
        self, progress: Progress | None, end: float, started: float
    ) -> Callable[[int], Any] | None:
        if progress is None:
            return None
        report = progress

        def poll(_: int) -> None:
            report(self.t, end, time.perf_counter() - started)

        return poll

    # values

    def get(self, path: str) -> Any:
        """The present value of a state, parameter or recorded variable, in SI units.

        ``pop[3]/v`` is one number, ``pop/v`` an array over the population.

        Raises:
            UsageError: If nothing of this name is kept while the model runs.
        """
        place = self._place(path)
        values = self.runtime.field(place.group, place.field)
        if place.single:
            return float(values[place.index if len(values) > 1 else 0])
        return np.broadcast_to(values, (self.plan.groups[place.group].size,)).astype(float)

    def set(self, path: str, value: Any) -> None:
        """Gives a state or parameter another value, in SI units, without compiling anew.

        Constants that depend on a parameter are computed again.

        Raises:
            UsageError: If there is no such state or parameter, or it cannot have this value.
        """
        place = self._place(path)
        values = self.runtime.field(place.group, place.field)
        store(values, place, self.plan.groups[place.group].size, path, value)
        self._refresh(place.group, place.field, np.array(values, float))

    def _refresh(self, group: int, name: str, values: Any) -> None:
        """Constants and start values after a parameter has changed."""
        from annarchy_ml.session.changes import with_parameter

        changed = with_parameter(self.lowered, group, name, values)
        if changed is None:
            return
        self.lowered.plan = self.plan = changed.plan
        self.lowered.starts = self.runtime.starts = changed.starts
        self.lowered.bodies = None
        for position, field_name in changed.constants:
            target = self.runtime.field(position, field_name)
            target[...] = changed.starts[position][field_name]

    def _place(self, path: str) -> Located:
        if self.lowered.locate is None:
            from annarchy_ml.session.lowering import lower_again

            self.lowered.locate = lower_again(self.lowered).locate
        assert self.lowered.locate is not None
        try:
            return self.lowered.locate(path)
        except KeyError as fault:
            raise UsageError(str(fault.args[0])) from fault

    # results

    def results(self, complete: bool = True) -> Results:
        """Everything recorded since the last reset."""
        times, values = self.runtime.recorded()
        columns = [Column(item.path, item.unit, item.dimension) for item in self.plan.recordings]
        event_times, which = self.runtime.recorded_events()
        return Results(
            SignalTable(times, values, columns) if columns else (),
            EventTable.from_events(
                event_times,
                which,
                [item.path for item in self.plan.event_recordings],
                [item.port for item in self.plan.event_recordings] or "spike",
            ),
            aliases=self.lowered.aliases,
            provenance=provenance(self, complete),
            outputs=self.lowered.outputs,
            displays=self.lowered.displays,
            warnings=(*self.lowered.warnings, *without_compiler(self.runtime.fallback)),
        )
