"""Many runs of one model with other values: in one kernel where it can be copied, else in turn."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from threading import Event

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.session.copies import NoCopiesError
from annarchy_ml.session.simulation import Simulation
from annarchy_ml.session.sweep_copies import batches_of
from annarchy_ml.session.sweep_points import SEED, Journal, Point, Sweep, SweepRow
from annarchy_ml.session.sweep_singly import Run, Singly, Wish, executor_of, put
from annarchy_ml.session.sweep_workers import in_threads


def run_sweep(
    simulation: Simulation, points: Sequence[Point], journal: Journal, wish: Wish
) -> Sweep:
    """Runs all points that the journal does not have; then all is as before.

    Args:
        simulation: of the model.
        points: in the order of the result.
        journal: of finished points.
        wish: what is measured of a point.
    """
    kept = _kept(simulation, points[0])
    waiting = [point for point in points if journal.find(point) is None]
    runs, new = 0, {}
    try:
        for rows in _finished(simulation, waiting, wish):
            journal.add(rows)
            new.update({journal.key(row.point): row for row in rows})
            runs += 1
    finally:
        put(simulation, kept)
        simulation.reset()
    found = (journal.find(point) or new[journal.key(point)] for point in points)
    return Sweep(tuple(found), runs, len(waiting))


def _kept(simulation: Simulation, point: Point) -> Point:
    """The values that a simulation has.

    Raises:
        UsageError: If a path leads nowhere, or the seed decides more than a run.
    """
    if SEED in point and not os.path.isfile(simulation.lowered.path):
        raise UsageError(
            "the connections of a network built in Python are drawn by its seed too",
            hint="use annarchy_ml.sweep(make, grid): it builds the network for each point",
        )
    return {path: simulation.get(path) for path in point if path != SEED}


def _finished(
    simulation: Simulation, points: Sequence[Point], wish: Wish
) -> Iterator[list[SweepRow]]:
    """Rows of the points, some at a time, in the order in which they are finished."""
    if not points:
        return
    stop = Event()
    jobs: list[Sequence[Point]]
    try:
        if SEED in points[0]:
            raise NoCopiesError("each point is a run of its own")
        jobs, runs = batches_of(simulation, points, wish, stop)
    except NoCopiesError:
        jobs = [[point] for point in points]
        runs = _single_runs(simulation, min(wish.workers, len(jobs)), wish, stop)
    yield from in_threads(runs, jobs, stop)


def _single_runs(simulation: Simulation, workers: int, wish: Wish, stop: Event) -> list[Run]:
    """Runs of one point, each on a simulation of its own, for so many workers at most."""
    if simulation.plan is not simulation.lowered.plan:  # what the user has set is here alone
        workers = 1
    threads = simulation.runtime.threads
    executor = executor_of(simulation)
    others = [Simulation(simulation.lowered, executor, threads) for _ in range(workers - 1)]
    return [Singly(one, wish, stop) for one in (simulation, *others)]
