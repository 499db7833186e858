"""A sweep of one cell beside one run of it: the standard's example 5 with 1,000 currents.

    python benchmarks/sweep.py [--points 1000] [--runs 5] [--workers 1]

A run and a sweep take turns. Both are of one simulation that is compiled already, as with
`Simulation.run` and `Simulation.sweep`, whose copies are made anew each time. Prints a JSON line:
medians, and how many runs take as long as the sweep.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import measure
import numpy as np

import annarchy_ml
from annarchy_ml.importers.neuroml.examples import copy_example, find_example

CURRENT = "hhpop[0]/synapses:pulseGen1:0/amplitude"
SINGLE_RUNS = 20
"""For each sweep."""


def main() -> None:
    """Measures both."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--points", type=int, default=1000)
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--workers", type=int, default=1)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        entry, *_ = copy_example(find_example("Ex5"), Path(folder))
        measured(entry, chosen)


def measured(entry: Path, chosen: argparse.Namespace) -> None:
    """Runs and sweeps by turns."""
    simulation = annarchy_ml.load(entry).compile(threads=1)
    grid = {CURRENT: np.linspace(0.0, 1e-10, chosen.points).tolist()}

    def run() -> None:
        simulation.reset()
        simulation.run()

    def sweep() -> None:
        simulation.sweep(grid, workers=chosen.workers)

    run()
    sweep()  # what is compiled for them is compiled now
    singles, sweeps = [], []
    for _ in range(chosen.runs):
        singles += [seconds(run) for _ in range(SINGLE_RUNS)]
        sweeps.append(seconds(sweep))
    one, all_points = statistics.median(singles), statistics.median(sweeps)
    figures = {
        "n_points": chosen.points,
        "run_s": round(one, 5),
        "sweep_s": round(all_points, 4),
        "ratio_to_run": round(all_points / one, 1),
    }
    measure.report("sweep", measure.OURS, threads=chosen.workers, model="Ex5", **figures)


def seconds(work: Callable[[], None]) -> float:
    """Wall seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
