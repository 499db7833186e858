"""Time per Hodgkin-Huxley cell and step, against the machine's vector exponentials and divisions.

    python benchmarks/hh_cells.py [--sizes 100,10000] [--steps 4000] [--threads 1,2] [--runs 5]

Each cell has the squid channels (three gates) as single-compartment NeuroML ``cell`` components in
reference mode. Of the six exponentials and nine divisions as written, two and three must be made:
the slopes of the others are whole multiples of one, and the gates move by ``a - (a + b) q``. The
limit is the time of these alone, measured with a loop of the same compiler and flags.
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

EXPONENTIALS, DIVISIONS = 2, 3
_LOOP = """
void run(double *restrict x, double *restrict y, long n, long repeats) {
  for (long k = 0; k < repeats; ++k) {
#pragma omp simd
    for (long i = 0; i < n; ++i) y[i] = WORK(x[i] + 1e-9 * (double)k);
  }
}
"""


def work_ns(work: str) -> float:
    """Nanoseconds of one vectorised ``work(x)``, data in the first-level cache."""
    from annarchy_ml.engine.build import contract_text
    from annarchy_ml.engine.build.toolchain import find_toolchain

    with tempfile.TemporaryDirectory() as folder:
        toolchain = find_toolchain(Path(folder))
        source, library = Path(folder, "e.c"), Path(folder, "e.so")
        source.write_text(contract_text() + _LOOP)
        flags = [item for item in toolchain.flags if item != "-fvisibility=hidden"]
        flags.append(f"-DWORK(x)={work}")
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
    exponential, division = work_ns("aml_exp(x)"), work_ns("1.0 / (x)")
    limit = EXPONENTIALS * exponential + DIVISIONS * division
    for size in map(int, chosen.sizes.split(",")):
        for threads in map(int, chosen.threads.split(",")):
            cell_step = cell_step_ns(size, chosen.steps, threads, chosen.runs)
            measure.report(
                workload="hh_cells",
                peer=measure.OURS,
                threads=threads,
                n_neurons=size,
                ns_per_cell_step=round(cell_step, 2),
                exp_ns=round(exponential, 3),
                division_ns=round(division, 3),
                limit_ns=round(limit / threads, 2),
                ratio_to_limit=round(cell_step / (limit / threads), 2),
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
