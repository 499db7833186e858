"""Sweeps over models that differ in structure: each is built, compiled and run by a process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from annarchy_ml.diagnostics.core import EnvironmentFault, ModelError, UsageError
from annarchy_ml.session.sweep_measures import Measure, usual_measures
from annarchy_ml.session.sweep_parts import owned
from annarchy_ml.session.sweep_points import Journal, Sweep, SweepRow, all_points
from annarchy_ml.session.sweep_workers import useful_workers

if TYPE_CHECKING:
    from annarchy_ml.results import Results

Values = dict[str, Any]


class Runs(Protocol):
    """A simulation, or whatever else gives results when it is run."""

    def run(self) -> Results:
        """All that it records."""
        ...


Make = Callable[..., Runs]


def sweep(
    make: Make,
    grid: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]],
    measure: Measure | None = None,
    resume: str | Path | None = None,
    keep: bool = False,
    workers: int | None = None,
) -> Sweep:
    """Builds and runs a model for each point, several processes at a time.

    For values that decide what a model consists of: sizes, connections, files, steps, seeds. Other
    values are changed many times faster by `Simulation.sweep`.

    Args:
        make: gives a simulation, such as ``load(...).compile(...)``, from the values of a point; a
            function that stands in a module or script, not within another function.
        grid: values by argument of `make`, of which every combination is a point; or a row for each
            point. Numbers, texts, None, or True and False.
        measure: what is kept of each point: numbers by name. None: as in `Simulation.sweep`.
        resume: a file for finished points; those that are in it are not run again.
        keep: whether to keep what was recorded of each point.
        workers: processes; None is as many as there are cores.

    Raises:
        UsageError: If `make` cannot be found by other processes, or `resume` is of another one.
        EnvironmentFault: If a process has died, as from want of memory; what others have finished
            is in the file of `resume`.
    """
    points = all_points(grid)
    name = _name_of(make)
    journal = Journal.called(name, resume, keep)
    waiting = [point for point in points if journal.find(point) is None]
    found: dict[str, SweepRow] = {}
    for row in _finished((make, measure or usual_measures, keep), waiting, workers):
        journal.add([row])
        found[journal.key(row.point)] = row
    rows = (journal.find(point) or found[journal.key(point)] for point in points)
    return Sweep(tuple(rows), len(waiting), len(waiting))


def _name_of(make: Make) -> str:
    """Module and name of a function.

    Raises:
        UsageError: If other processes cannot find it by that name.
    """
    name = getattr(make, "__qualname__", "")
    if not name or "<" in name:
        raise UsageError(
            f"other processes cannot find {name or make!r}",
            hint="write a function with `def` that does not stand within another one",
        )
    return f"{make.__module__}.{name}"


def _finished(
    work: tuple[Make, Measure, bool], points: Sequence[Values], workers: int | None
) -> Iterator[SweepRow]:
    """Rows in the order in which they are finished."""
    number = min(useful_workers(workers, 1), len(points))
    if number <= 1:
        yield from (_row(*work, point) for point in points)
        return
    pool = ProcessPoolExecutor(number, mp_context=_context())
    try:
        waiting: set[Future[SweepRow]] = {pool.submit(_row, *work, point) for point in points}
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    except BrokenProcessPool as fault:
        raise EnvironmentFault(
            "a process of the sweep has died",
            hint="fewer workers need less memory; `resume` keeps what is finished; a script that "
            "has used a GPU needs `if __name__ == '__main__':` before what it does",
        ) from fault
    finally:
        pool.shutdown(cancel_futures=True)


def _context() -> BaseContext:
    """How processes begin: anew where this one has used a GPU, which its forks could not."""
    from annarchy_ml.engine.cuda.driver import is_started

    return get_context("spawn" if is_started() else None)


def _row(make: Make, measure: Measure, keep: bool, point: Values) -> SweepRow:
    """Builds, runs and measures one point; a model that is at fault leaves the others."""
    try:
        results = make(**point).run()
    except ModelError as fault:
        return SweepRow(point, {}, fault=str(fault))
    if not results.complete:
        raise KeyboardInterrupt
    return SweepRow(point, dict(measure(results)), owned(results) if keep else None)
