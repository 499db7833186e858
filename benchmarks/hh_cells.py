"""Time per Hodgkin-Huxley cell and step, against the machine's own vector exponential.

    python benchmarks/hh_cells.py [--sizes 100,10000] [--steps 4000] [--threads 1,2] [--runs 5]

Each cell has the squid channels (three gates, six exponentials a step) as single-compartment
NeuroML ``cell`` components in reference mode. The limit is the time of the six exponentials alone,
measured with a loop of the same compiler and flags.
"""

from __future__ import annotations

import argparse
import ctypes
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import measure
import models

import annarchy_ml

EXPONENTIALS = 6
_LOOP = """
__attribute__((simd("notinbranch"))) double exp(double);
void run(double *restrict x, double *restrict y, long n, long repeats) {
  for (long k = 0; k < repeats; ++k) {
#pragma omp simd
    for (long i = 0; i < n; ++i) y[i] = exp(x[i] + 1e-9 * (double)k);
  }
}
"""


def exponential_ns() -> float:
    """Nanoseconds of one vectorised exponential, data in the first-level cache."""
    from annarchy_ml.engine.build.toolchain import find_toolchain

    with tempfile.TemporaryDirectory() as folder:
        toolchain = find_toolchain(Path(folder))
        source, library = Path(folder, "e.c"), Path(folder, "e.so")
        source.write_text(_LOOP)
        flags = [item for item in toolchain.flags if item != "-fvisibility=hidden"]
        subprocess.run(
            [*toolchain.command, *flags, str(source), "-o", str(library), *toolchain.linking],
            check=True,
        )
        run = ctypes.CDLL(str(library)).run
        size, repeats = 1024, 20000
        x, y = (ctypes.c_double * size)(), (ctypes.c_double * size)()
        best = float("inf")
        for _ in range(5):
            started = time.perf_counter()
            run(x, y, ctypes.c_long(size), ctypes.c_long(repeats))
            best = min(best, time.perf_counter() - started)
    return best / size / repeats * 1e9


def main() -> None:
    """Measures all sizes."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sizes", default="100,10000")
    arguments.add_argument("--steps", type=int, default=4000)
    arguments.add_argument("--threads", default="1,2")
    arguments.add_argument("--runs", type=int, default=5)
    chosen = arguments.parse_args()
    limit = exponential_ns()
    for size in map(int, chosen.sizes.split(",")):
        for threads in map(int, chosen.threads.split(",")):
            cell_step = cell_step_ns(size, chosen.steps, threads, chosen.runs)
            measure.report(
                workload="hh_cells",
                peer=measure.OURS,
                threads=threads,
                n_neurons=size,
                ns_per_cell_step=round(cell_step, 2),
                exp_ns=round(limit, 3),
                limit_ns=round(limit * EXPONENTIALS / threads, 2),
                ratio_to_limit=round(cell_step / (limit * EXPONENTIALS / threads), 2),
            )


def cell_step_ns(size: int, steps: int, threads: int, runs: int) -> float:
    """Median nanoseconds of one step of one cell."""
    with tempfile.TemporaryDirectory() as folder:
        entry = models.hh_population(Path(folder), size)
        simulation = annarchy_ml.load(entry).compile(threads=threads)
        simulation.step(200)
        walls = []
        for _ in range(runs):
            started = time.perf_counter()
            simulation.step(steps)
            walls.append(time.perf_counter() - started)
    return statistics.median(walls) / steps / size * 1e9


if __name__ == "__main__":
    main()
