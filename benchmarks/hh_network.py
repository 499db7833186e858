"""W7: a NeuroML network of 1000 Hodgkin-Huxley cells and 100,000 synapses, as whole processes.

    python benchmarks/hh_network.py [--cells 1000] [--synapses 100000] [--ms 1000] [--eden PATH]

Cold and warm runs of ours, and EDEN's on the same file where its program is given (the static
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
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        entry = models.hh_network(folder, chosen.cells, chosen.synapses, chosen.ms)
        common = {
            "workload": "W7_hh_network",
            "n_neurons": chosen.cells,
            "n_synapses": chosen.synapses,
            "bio_s": chosen.ms / 1000,
        }
        for threads in map(int, chosen.threads.split(",")):
            options = ("--threads", str(threads))
            timings: dict[str, list[measure.Timing]] = {"cold": [], "warm": []}
            for _ in range(chosen.runs):
                environment = measure.cold_cache()
                for kind in timings:
                    command = measure.ours(entry, *options)
                    timings[kind].append(measure.process(command, folder, environment))
                shutil.rmtree(environment["ANNARCHY_ML_CACHE"])
            for kind, items in timings.items():
                measure.report(
                    **common,
                    peer=f"annarchy_ml {kind}",
                    threads=threads,
                    **measure.medians(items),
                )
            if chosen.eden:
                command = [chosen.eden, "nml", str(entry)]
                environment = {"OMP_NUM_THREADS": str(threads)}
                items = [measure.process(command, folder, environment) for _ in range(3)]
                measure.report(**common, peer="eden", threads=threads, **measure.medians(items))


if __name__ == "__main__":
    main()
