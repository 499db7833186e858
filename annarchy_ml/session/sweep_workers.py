"""Several runs of a sweep at a time, each in a thread: the engine runs without Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from threading import Event
from typing import TypeVar

from annarchy_ml.diagnostics.core import UsageError

Job = TypeVar("Job")
Found = TypeVar("Found")


def in_threads(
    runs: Sequence[Callable[[Job], Found]], jobs: Sequence[Job], stop: Event
) -> Iterator[Found]:
    """What the jobs give, in the order in which they are finished.

    Args:
        runs: does a job; one for each job that goes on at a time, because it is not shared.
        jobs: are begun in their order.
        stop: is set if nothing more is wanted, as when a job has failed; the jobs look at it.
    """
    if len(runs) == 1:
        yield from (runs[0](job) for job in jobs)
        return
    waiting = iter(jobs)
    busy: dict[Future[Found], Callable[[Job], Found]] = {}
    with ThreadPoolExecutor(len(runs)) as pool:
        try:
            busy.update(
                {pool.submit(run, job): run for run, job in zip(runs, waiting, strict=False)}
            )
            while busy:
                future = wait(busy, return_when=FIRST_COMPLETED).done.pop()
                run = busy.pop(future)
                busy.update({pool.submit(run, job): run for job in islice(waiting, 1)})
                yield future.result()
        finally:
            stop.set()


def useful_workers(asked: int | None, threads: int) -> int:
    """How many runs go on at a time.

    Args:
        asked: by the user; None takes all cores.
        threads: of one run.

    Raises:
        UsageError: If it is no number of workers.
    """
    from annarchy_ml.engine import _core

    if asked is None:
        return max(1, _core.usable_cores() // threads)
    if isinstance(asked, bool) or not isinstance(asked, int) or asked < 1:
        raise UsageError(f"at least one worker is needed, not {asked!r}", hint="write workers=4")
    return asked
