"""What a script of a peer is asked for, and what it says when it is done."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Tree:
    """Cells of W8: a soma and a binary tree of branches (`w8_cables.py`).

    Attributes:
        pairs: source, target and weight of each connection, by target.
    """

    cells: int
    branches: int
    parts: int
    branch_um: float
    soma_um: float
    dendrites: str
    ms: float
    step_ms: float
    threads: int
    pairs: list[tuple[int, int, float]]


def asked() -> Tree:
    """The cells that the file named on the command line describes."""
    return Tree(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))


def parent(branch: int) -> int:
    """The branch from which another one goes on; -1 for the soma."""
    return -1 if branch == 0 else (branch - 1) // 2


def user_seconds() -> float:
    """CPU time of this process and all its threads [s]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


def measured(run: Callable[[], object]) -> dict[str, float]:
    """Wall and CPU seconds of a call."""
    before, begin = user_seconds(), time.perf_counter()
    run()
    return {"sim_s": time.perf_counter() - begin, "sim_cpu_s": user_seconds() - before}


def say(figures: dict[str, float], version: str, times_ms: Sequence[float]) -> None:
    """Prints one JSON line: the figures, and when the cells fired."""
    ordered = sorted(times_ms)
    ends = {"first_ms": ordered[0], "last_ms": ordered[-1]} if ordered else {}
    print(json.dumps({**figures, "version": version, "n_spikes": len(ordered), **ends}))
