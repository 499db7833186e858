"""Points of a sweep one by one, each a run of the model itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Event, Lock
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.diagnostics.core import StoppedError
from annarchy_ml.results import Results
from annarchy_ml.session.copies import measured_paths
from annarchy_ml.session.sweep_measures import (
    SPIKE_VOLTS,
    Measure,
    named,
    trace_measures,
    usual_measures,
)
from annarchy_ml.session.sweep_parts import owned, written
from annarchy_ml.session.sweep_points import SEED, Point, SweepRow

if TYPE_CHECKING:
    from annarchy_ml.session.lowering import Lowered
    from annarchy_ml.session.simulation import Simulation

CHANGES = Lock()
"""Values are set, and results read, by one thread at a time; only runs go side by side."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a sweep is asked for.

    Attributes:
        measure: gives the numbers of a point.
        keep: whether its recordings are kept.
        workers: runs at a time.
    """

    measure: Measure
    keep: bool
    workers: int

    @property
    def streams(self) -> bool:
        """Whether traces need not be kept while a run goes on."""
        return self.measure is usual_measures and not self.keep


Run = Callable[[Sequence[Point]], list[SweepRow]]


def executor_of(simulation: Simulation) -> str:
    """What another simulation must be given to run the same kernels."""
    return "interpreter" if simulation.runtime.kernels.executor == "interpreter" else "auto"


class Singly:
    """Runs points one by one.

    Args:
        simulation: keeps the values of the last point.
        wish: what is measured of a point.
        stop: is set when the sweep ends before its time.
    """

    def __init__(self, simulation: Simulation, wish: Wish, stop: Event) -> None:
        self._simulation, self._wish, self._stop = simulation, wish, stop

    def __call__(self, points: Sequence[Point]) -> list[SweepRow]:
        """Runs so many points; gives a row for each."""
        return [self._one(point) for point in points]

    def _one(self, point: Point) -> SweepRow:
        simulation = self._simulation
        with CHANGES:
            if SEED in point:
                simulation = _reseeded(simulation, int(point[SEED]))
            put(simulation, {path: value for path, value in point.items() if path != SEED})
            if self._wish.streams:
                simulation.runtime.recordings.measure(SPIKE_VOLTS)
        try:
            results = simulation.run(progress=lambda *_: not self._stop.is_set())
        except StoppedError as fault:
            return SweepRow(point, {}, fault=str(fault))
        if not results.complete:
            raise KeyboardInterrupt
        with CHANGES:
            return self._row(simulation, point, results)

    def _row(self, simulation: Simulation, point: Point, results: Results) -> SweepRow:
        if self._wish.streams:
            return SweepRow(point, _seen(simulation, results))
        found = written(simulation.lowered, results)
        measured = dict(self._wish.measure(found))
        return SweepRow(point, measured, owned(found) if self._wish.keep else None)


def put(simulation: Simulation, values: Point) -> None:
    """Goes back to the start and sets the values that differ, start values of states among them."""
    simulation.reset()
    for path, value in values.items():
        if not np.array_equal(simulation.get(path), value):
            simulation.set(path, value)


def _seen(simulation: Simulation, results: Results) -> dict[str, float]:
    """The usual measures of a run whose traces were not kept."""
    found: dict[str, float] = {}
    wanted = set(measured_paths(simulation.lowered))
    columns, taken = simulation.plan.recordings, simulation.runtime.recordings.measured()
    if taken is not None:
        for column, numbers in zip(columns, trace_measures(columns, taken), strict=True):
            if column.path in wanted:
                found |= named(numbers, column.path)
    return found | usual_measures(_events_of(results))


def _events_of(results: Results) -> Results:
    """The events of a run alone."""
    return Results((), results.events, provenance=results.provenance)


def _reseeded(simulation: Simulation, seed: int) -> Simulation:
    """The same model with other random numbers, and the values that were set."""
    from annarchy_ml.session.simulation import Simulation

    lowered = with_seed(simulation.lowered, simulation, seed)
    return Simulation(lowered, executor_of(simulation), simulation.runtime.threads)


def with_seed(lowered: Lowered, simulation: Simulation, seed: int) -> Lowered:
    """A model of a file as it would be lowered with another seed, and the values that were set."""
    from annarchy_ml.kernels.initialize import start_values

    whole = replace(simulation.whole_plan(), seed=seed)
    return replace(
        lowered,
        plan=replace(simulation.plan, seed=seed),
        starts=start_values(whole, seed),
        options=replace(lowered.options, seed=seed),
        read_bodies=lambda: whole,
    )
