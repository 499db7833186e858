"""Whether our networks fire like the peers': rates, intervals and correlations over several seeds.

    python benchmarks/peer_statistics.py [--workloads w1,w2] [--seeds 5] [--venvs DIR]

For every population: the mean rate, the coefficient of variation of the intervals between spikes,
and the mean correlation of spike counts in bins of 5 ms. Each number of ours is held against that
of each peer: the difference of the means over the seeds, divided by its standard error, which the
spread from seed to seed gives (t). Numbers whose |t| is beyond 4 are marked.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import measure
import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parent
LARGEST_T = 4.0
SKIPPED_S = 0.2
"""The network settles first."""
BIN_S = 0.005
MOST_CELLS = 200
"""Cells of a population among which pairs are correlated."""


@dataclass(frozen=True, slots=True)
class Work:
    """A workload, how large and how long."""

    script: str
    scale: float
    seconds: float
    peers: tuple[str, ...]
    populations: tuple[str, ...] = ("exc", "inh")


WORKLOADS = {
    "w1": Work("w1_izhikevich", 1.0, 4.0, ("nest", "brian2")),
    "w2": Work("w2_coba", 1.0, 2.0, ("nest", "brian2")),
    "w3": Work("w3_brunel", 0.2, 2.0, ("nest", "brian2")),
    "w4": Work(
        "w4_microcircuit", 0.1, 3.0, ("nest",),
        ("L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I"),
    ),
    "w5": Work("w5_stdp", 0.2, 3.0, ("nest",), ("sources", "cells")),
}  # fmt: skip


def main() -> None:
    """Compares all that is asked for; exits with 1 if something differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workloads", default=",".join(WORKLOADS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--venvs", default=os.environ.get("PEERS", Path.home() / "peers"))
    chosen = parser.parse_args()
    differing = 0
    for name in chosen.workloads.split(","):
        work = WORKLOADS[name]
        ours = samples(name, measure.OURS, chosen.seeds, Path(chosen.venvs))
        for peer in work.peers:
            theirs = samples(name, peer, chosen.seeds, Path(chosen.venvs))
            if ours.size and theirs.size:
                differing += compared(f"{name}, {measure.OURS} and {peer}", work, ours, theirs)
            else:
                print(f"{name}: {peer} or we did not run")
    sys.exit(differing > 0)


def samples(name: str, engine: str, seeds: int, venvs: Path) -> NDArray[np.float64]:
    """Statistics of one engine, shape (seeds, populations, 3); empty if it does not run."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, seeds + 1):
            file = Path(folder, f"{seed}.npz")
            command = _command(name, engine, venvs)
            size = (f"--seed={seed}", f"--scale={WORKLOADS[name].scale}")
            length = f"--seconds={WORKLOADS[name].seconds}"
            command += [*size, length, f"--spikes={file}"]
            environment = {} if engine == measure.OURS else {"PYTHONPATH": ""}
            if not Path(command[0]).exists():
                break
            measure.process(command, Path(folder), environment)
            if file.exists():
                found.append(statistics_of(file, WORKLOADS[name].seconds))
    return np.array(found)


def _command(name: str, engine: str, venvs: Path) -> list[str]:
    if engine == measure.OURS:
        return [sys.executable, str(HERE / f"{WORKLOADS[name].script}.py")]
    python = venvs / {"brian2": "brian"}.get(engine, engine) / "bin" / "python"
    return [str(python), str(HERE / "peer_spikes" / f"{engine}_spikes.py"), name]


def statistics_of(file: Path, seconds: float) -> NDArray[np.float64]:
    """Rate [Hz], variation of intervals and correlation; shape (populations, 3)."""
    with np.load(file) as held:
        times, cells, sizes = held["times"], held["cells"], held["sizes"]
    settled = times > SKIPPED_S
    times, cells = times[settled] - SKIPPED_S, cells[settled]
    ends = np.cumsum(sizes)
    result = []
    for begin, end in zip(ends - sizes, ends, strict=True):
        own = (cells >= begin) & (cells < end)
        trains = list(_trains(times[own], cells[own] - begin, int(end - begin)))
        length = seconds - SKIPPED_S
        rate = own.sum() / (end - begin) / length
        result.append((rate, variation(trains), correlation(trains[:MOST_CELLS], length)))
    return np.array(result)


def _trains(
    times: NDArray[np.float64], cells: NDArray[np.int64], size: int
) -> Iterator[NDArray[np.float64]]:
    order = np.lexsort((times, cells))
    ends = np.cumsum(np.bincount(cells, minlength=size))
    return iter(np.split(times[order], ends[:-1]))


def variation(trains: list[NDArray[np.float64]]) -> float:
    """Mean over the cells of the deviation of their intervals by the mean."""
    intervals = [np.diff(train) for train in trains if len(train) > 3]
    return float(np.mean([item.std() / item.mean() for item in intervals])) if intervals else 0.0


def correlation(trains: list[NDArray[np.float64]], length: float) -> float:
    """Mean over the pairs of cells that fired at all."""
    bins = np.arange(0, length + BIN_S, BIN_S)
    counts = np.array([np.histogram(train, bins)[0] for train in trains if len(train)])
    if len(counts) < 2:
        return 0.0
    matrix = np.corrcoef(counts)
    return float(matrix[np.triu_indices(len(matrix), 1)].mean())


def compared(title: str, work: Work, ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> int:
    """Prints means, spreads and t; the number of values that differ."""
    differing = 0
    print(f"{title}: means and deviations over {len(ours)} and {len(theirs)} seeds, t")
    for k, population in enumerate(work.populations):
        for m, what in enumerate(("rate [Hz]", "CV", "correlation")):
            a, b = ours[:, k, m], theirs[:, k, m]
            error = np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
            t = (a.mean() - b.mean()) / max(error, 1e-12)
            mark = "  differs" if abs(t) > LARGEST_T else ""
            differing += bool(mark)
            print(
                f"  {population:5} {what:12} {a.mean():9.4f} ({a.std(ddof=1):.4f}) "
                f"{b.mean():9.4f} ({b.std(ddof=1):.4f}) {t:6.1f}{mark}"
            )
    return differing


if __name__ == "__main__":
    main()
