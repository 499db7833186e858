"""The part of a simulation that runs it with many values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from annarchy_ml.results import Results
    from annarchy_ml.session.simulation import Simulation
    from annarchy_ml.session.sweep_points import Grid, Sweep


class Sweeping:
    """Runs with many values."""

    def sweep(
        self,
        grid: Grid,
        measure: Callable[[Results], Mapping[str, float]] | None = None,
        resume: str | Path | None = None,
        keep: bool = False,
        workers: int | None = None,
    ) -> Sweep:
        """Runs the model once for each point, from its start; then all is as before.

        A model of populations whose cells do not meet runs as many copies in one kernel, with the
        same bits; any other one runs point by point. Nothing is compiled for a point.

        Args:
            grid: values by path, of which every combination is a point; or a row for each point. In
                SI units. ``seed`` stands for the seed of the random numbers of a run.
            measure: what is kept of each point: numbers by name. None: spikes, and the least,
                largest, mean and last value of each trace.
            resume: a file for finished points; those that are in it are not run again.
            keep: whether to keep what was recorded of each point, for `Sweep.to_neo`.
            workers: runs at a time; None is as many as there are cores for them. No bit depends
                on it.

        Raises:
            UsageError: If a path or a value is wrong, or `resume` is of another model.
        """
        from annarchy_ml.session.sweep import run_sweep
        from annarchy_ml.session.sweep_measures import usual_measures
        from annarchy_ml.session.sweep_points import Journal, points_of
        from annarchy_ml.session.sweep_singly import Wish
        from annarchy_ml.session.sweep_workers import useful_workers

        simulation = cast("Simulation", self)
        points = points_of(grid)
        journal = Journal.of(simulation, resume, keep)
        side_by_side = useful_workers(workers, simulation.runtime.threads)
        return run_sweep(
            simulation, points, journal, Wish(measure or usual_measures, keep, side_by_side)
        )
