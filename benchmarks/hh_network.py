"""W7: a NeuroML network of 1000 Hodgkin-Huxley cells and 100,000 synapses, as whole processes.

    python benchmarks/hh_network.py [--cells 1000] [--synapses 100000] [--ms 1000]
                                    [--threads 1,2] [--runs 5] [--eden PATH]

First and warm runs of ours, and EDEN's on the same file where its program is given (the static
program of the PyPI wheel does not run on every system).
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import measure
import models


def main() -> None:
    """Measures the network."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--cells", type=int, default=1000)
    arguments.add_argument("--synapses", type=int, default=100_000)
    arguments.add_argument("--ms", type=float, default=1000.0)
    arguments.add_argument("--threads", default="1,2")
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--eden", default=shutil.which("eden") or "")
    chosen = arguments.parse_args()
    measure.compile_bytecode()
    with tempfile.TemporaryDirectory() as name:
        entry = models.hh_network(Path(name), chosen.cells, chosen.synapses, chosen.ms)
        common = {
            "n_neurons": chosen.cells,
            "n_synapses": chosen.synapses,
            "bio_s": chosen.ms / 1000,
        }
        for threads in map(int, chosen.threads.split(",")):
            for state, items in measured(entry, threads, chosen.runs).items():
                figures = {**common, "start": state, **measure.medians(items)}
                measure.report("W7_hh_network", measure.OURS, threads=threads, **figures)
            if chosen.eden:
                figures = {**common, **measure.medians(measured_eden(entry, threads, chosen.eden))}
                measure.report("W7_hh_network", "eden", threads=threads, **figures)


def measured(entry: Path, threads: int, runs: int) -> dict[str, list[measure.Timing]]:
    """Timings of ours by state of the cache."""
    result: dict[str, list[measure.Timing]] = {"first": [], "warm": []}
    command = measure.ours(entry, "--threads", str(threads))
    for _ in range(runs):
        environment = measure.empty_cache()
        for timings in result.values():
            timings.append(measure.process(command, entry.parent, environment))
        shutil.rmtree(environment["ANNARCHY_ML_CACHE"])
    return result


def measured_eden(entry: Path, threads: int, program: str) -> list[measure.Timing]:
    """Timings of EDEN."""
    environment = {"OMP_NUM_THREADS": str(threads)}
    command = [program, "nml", str(entry)]
    return [measure.process(command, entry.parent, environment) for _ in range(3)]


if __name__ == "__main__":
    main()
