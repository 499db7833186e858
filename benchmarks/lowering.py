"""Networks that list a million connections, from XML and from HDF5 to a plan, as whole processes.

    python benchmarks/lowering.py [--connections 1000000] [--cells 100000] [--inputs 100000]
                                  [--files xml,hdf5] [--runs 5]

Each population lists its cells with their places, each input its cell. Prints one JSON line per
kind of file: seconds of reading and of lowering, of the whole process (ten steps are run, kernels
and core definitions are known, the model is not), its peak memory and that of each connection.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import measure

_SECTIONS = {"read": "read_s", "lower": "lower_s"}
_UNITS = {"µs": 1e-6, "ms": 1e-3, "s": 1.0}


def main() -> None:
    """Measures the networks."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--connections", type=int, default=1_000_000)
    arguments.add_argument("--cells", type=int, default=100_000)
    arguments.add_argument("--inputs", type=int, default=100_000)
    arguments.add_argument("--files", default="xml,hdf5")
    arguments.add_argument("--runs", type=int, default=5)
    chosen = arguments.parse_args()
    measure.compile_bytecode()
    sizes = (chosen.cells, chosen.connections, chosen.inputs)
    small = (10, 10, 10)
    for kind in chosen.files.split(","):
        if kind == "hdf5" and find_spec("h5py") is None:
            print("h5py is not installed: HDF5 is left out", file=sys.stderr)
            continue
        with tempfile.TemporaryDirectory() as name:
            environment = measure.empty_cache()
            measured(small, kind, Path(name), environment, 1)  # compiles the kernels
            start = measured(small, kind, Path(name), environment, 2)
            found = measured(sizes, kind, Path(name), environment, chosen.runs)
            shutil.rmtree(environment["ANNARCHY_ML_CACHE"])
        grown = (found["peak_rss_mb"] - start["peak_rss_mb"]) * 2**20
        measure.report(
            "lowering",
            measure.OURS,
            model=kind,
            threads=1,
            n_neurons=2 * chosen.cells,
            n_synapses=chosen.connections,
            rss_bytes_per_synapse=round(grown / chosen.connections, 1),
            **found,
        )


def measured(
    sizes: tuple[int, int, int],
    kind: str,
    folder: Path,
    environment: Mapping[str, str],
    runs: int,
) -> dict[str, float]:
    """Medians of whole processes, and of their sections.

    Args:
        sizes: cells of each population, connections, inputs. Another process writes them: one that
            is started by a large one is counted as at least as large.
    """
    script = Path(__file__).with_name("listed_networks.py")
    made = subprocess.run(
        [sys.executable, script, kind, folder, *map(str, sizes)],
        check=True,
        capture_output=True,
        text=True,
    )
    entry = Path(made.stdout.strip())
    timings: list[measure.Timing] = []
    sections: dict[str, list[float]] = {field: [] for field in _SECTIONS.values()}
    command = measure.ours(entry, "--threads", "1", "--profile")
    command.remove("--quiet")
    for _ in range(runs):
        measure.forget_plans(environment)
        printed = folder / "printed.txt"
        timings.append(measure.process(command, folder, environment, printed))
        for line in printed.read_text(encoding="utf-8").splitlines():
            section, *rest = line.split() or [""]
            if section in _SECTIONS and len(rest) >= 2 and rest[1] in _UNITS:
                sections[_SECTIONS[section]].append(float(rest[0]) * _UNITS[rest[1]])
    seconds = {field: round(statistics.median(items), 3) for field, items in sections.items()}
    return {**measure.medians(timings), **seconds}


if __name__ == "__main__":
    main()
