"""The standard's examples as whole processes: first, cold, warm, and jNeuroML beside us.

First: right after the installation. Cold: the core definitions are known, this model is not; it is
read, lowered and compiled. Warm: its kernels are known.

    python benchmarks/standard_examples.py [--runs 5] [--only Ex5] [--no-jneuroml]

Prints one JSON line per example and engine, and a total. All runs of an example follow one another,
so that a drift of the machine's speed concerns every engine alike.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from pathlib import Path

import measure

from annarchy_ml.importers.neuroml import archive
from annarchy_ml.importers.neuroml.examples import Example, copy_example, list_examples


def main() -> None:
    """Measures all examples."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--no-jneuroml", action="store_true")
    chosen = arguments.parse_args()
    peers = not chosen.no_jneuroml and shutil.which("java") is not None
    totals: dict[tuple[str, str], list[float]] = {}
    measure.compile_bytecode()
    for example in list_examples():
        if example.name.startswith("Ex25") or not example.name.startswith(chosen.only):
            continue
        for engine, wall in measure_one(example, chosen.runs, peers).items():
            totals.setdefault(engine, []).append(wall)
    for (peer, start), walls in totals.items():
        figures = {"model": "all", "start": start, "whole_process_s": round(sum(walls), 3)}
        measure.report("standard_examples", peer, threads=1, **figures)


def measure_one(example: Example, runs: int, peers: bool) -> dict[tuple[str, str], float]:
    """Medians of one example, by peer and state of its cache."""
    with tempfile.TemporaryDirectory() as folder:
        entry = copy_example(example, Path(folder))[0]
        (entry.parent / "results").mkdir(exist_ok=True)
        ours: dict[str, list[measure.Timing]] = {"first": [], "cold": [], "warm": []}
        for _ in range(runs):
            measure_ours(entry, ours)
        timings = {(measure.OURS, start): items for start, items in ours.items()}
        if peers:
            command = [*measure.jneuroml(archive.archive_path()), entry.name, "-nogui"]
            timings["jneuroml", ""] = [
                measure.process(command, entry.parent) for _ in range(min(runs, 3))
            ]
    for (peer, start), items in timings.items():
        figures = {"model": example.name, "start": start, **measure.medians(items)}
        measure.report("standard_examples", peer, threads=1, **figures)
    return {
        place: statistics.median(item.wall_s for item in items) for place, items in timings.items()
    }


def measure_ours(entry: Path, timings: dict[str, list[measure.Timing]]) -> None:
    """One process for each state of the cache."""
    environment = measure.empty_cache()
    for state, measured in timings.items():
        if state == "cold":
            measure.forget_models(environment)
        measured.append(measure.process(measure.ours(entry), entry.parent, environment))
    shutil.rmtree(environment["ANNARCHY_ML_CACHE"])


if __name__ == "__main__":
    main()
