"""Batches of a sweep: one point in each copy of a model, all in one kernel."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from threading import Event
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.diagnostics.core import StoppedError, UsageError
from annarchy_ml.session.copies import Copies, NoCopiesError, copied, measured_paths
from annarchy_ml.session.simulation import Simulation
from annarchy_ml.session.sweep_measures import SPIKE_VOLTS, named, trace_measures
from annarchy_ml.session.sweep_parts import parts
from annarchy_ml.session.sweep_points import Point, SweepRow
from annarchy_ml.session.sweep_singly import CHANGES, Run, Singly, Wish, executor_of

if TYPE_CHECKING:
    from annarchy_ml.results import Results
    from annarchy_ml.session.lowering import Lowered

_MOST_BYTES = 2**28
"""Of the recordings of one batch, where they are kept."""
_MOST_COPIES = 512
"""Of one batch."""
_LEAST_COPIES = 8
"""Fewer copies at a time are not worth a kernel of their own."""


def batches_of(
    simulation: Simulation, points: Sequence[Point], wish: Wish, stop: Event
) -> tuple[list[Sequence[Point]], list[Run]]:
    """Batches of points, and what runs one; as many of these as shall run at a time.

    Raises:
        NoCopiesError: If the model cannot be copied.
    """
    workers = max(1, min(wish.workers, len(points) // _LEAST_COPIES))
    size = _batch_size(simulation, len(points), workers, wish)
    if size < _LEAST_COPIES:
        raise NoCopiesError("there are too few points, or too many recordings for memory")
    jobs = [points[begin : begin + size] for begin in range(0, len(points), size)]
    many = copied(simulation, size)
    first = Batches(simulation, many, points[0], wish, stop)
    return jobs, [first, *(first.beside() for _ in range(min(workers, len(jobs)) - 1))]


def _batch_size(simulation: Simulation, points: int, workers: int, wish: Wish) -> int:
    """Copies at a time: batches of equal size, a like number for each worker."""
    most = _MOST_COPIES
    if not wish.streams:
        plan = simulation.plan
        columns = len(measured_paths(simulation.lowered))
        bytes_each = 8 * (round(plan.duration / plan.dt) + 1) * (columns + 1)
        most = min(most, max(1, _MOST_BYTES // bytes_each))
    number = workers * -(-points // (workers * most))
    return -(-points // number)


class Batches:
    """Runs batches in copies of a model.

    Args:
        simulation: of the model alone.
        many: the copies; a batch may have fewer points.
        point: one of the points.
        wish: what is measured of a point.
        stop: is set when the sweep ends before its time.

    Raises:
        NoCopiesError: If a value is not once in each copy.
    """

    def __init__(
        self,
        simulation: Simulation,
        many: tuple[Lowered, Copies],
        point: Point,
        wish: Wish,
        stop: Event,
    ) -> None:
        self._alone, self._wish, self._stop = simulation, wish, stop
        self._lowered, self._copies = many
        self._many = Simulation(self._lowered, executor_of(simulation))
        self._columns = {path: self._column(path) for path in point}

    def beside(self) -> Batches:
        """The same for another batch at the same time."""
        other = copy(self)
        other._many = Simulation(self._lowered, executor_of(self._alone))
        return other

    def _column(self, path: str) -> tuple[str, slice, int]:
        """A swept value in all copies: its path, which cells, how many of each copy."""
        whole, chosen = self._copies.columns(path)
        try:
            values = self._many.get(whole)
        except UsageError as fault:
            raise NoCopiesError(str(fault)) from fault
        each, rest = divmod(len(values[chosen]), self._copies.count)
        if rest or ("[" in path and each != 1):
            raise NoCopiesError(f"'{path}' is not once in each copy")
        return whole, chosen, each

    def __call__(self, points: Sequence[Point]) -> list[SweepRow]:
        """Runs a batch of points; gives a row for each."""
        try:
            return self._run(points)
        except StoppedError:  # of one copy, but it stops them all
            alone = Simulation(self._alone.lowered, executor_of(self._alone), 1)
            return Singly(alone, self._wish, self._stop)(points)

    def _run(self, points: Sequence[Point]) -> list[SweepRow]:
        """Runs one point in each copy; copies without a point repeat the last one."""
        many, wish = self._many, self._wish
        with CHANGES:
            self._give(points)
            if wish.streams:
                many.runtime.recordings.measure(SPIKE_VOLTS)
        results = many.run(progress=lambda *_: not self._stop.is_set())
        if not results.complete:
            raise KeyboardInterrupt
        with CHANGES:
            if wish.streams:
                pairs = zip(points, self._seen(results), strict=False)
                return [SweepRow(*pair) for pair in pairs]
            aliases = self._alone.lowered.aliases
            kept = zip(points, parts(results, self._copies, aliases), strict=False)
            return [
                SweepRow(point, dict(wish.measure(part)), part if wish.keep else None)
                for point, part in kept
            ]

    def _give(self, points: Sequence[Point]) -> None:
        many, count = self._many, self._copies.count
        many.reset()
        for path, (whole, chosen, each) in self._columns.items():
            values = np.array(many.get(whole))
            wanted = [point[path] for point in points]
            wanted += [wanted[-1]] * (count - len(points))
            values[chosen] = np.repeat(wanted, each)
            many.set(whole, values)

    def _seen(self, results: Results) -> list[dict[str, float]]:
        """The usual measures of each copy."""
        copies = self._copies
        found: list[dict[str, float]] = [{} for _ in range(copies.count)]
        columns, taken = self._many.plan.recordings, self._many.runtime.recordings.measured()
        if taken is not None:
            for column, numbers in zip(columns, trace_measures(columns, taken), strict=True):
                number, name = copies.alone(column.path)
                if name in copies.measured:
                    found[number] |= named(numbers, name)
        for row, path in enumerate(results.events.paths):
            number, name = copies.alone(path)
            found[number][f"events of {name}"] = float(len(results.events.memory_of(row)))
        return found
