"""The network workloads side by side: we and each peer that is installed, in turn, and a table.

    python benchmarks/peers.py [--workloads w1,w2] [--engines annarchy_ml,nest] [--threads 1,2]
                               [--runs 5] [--scripts DIR] [--venvs DIR] [--out FILE] [--anyway]

Peers are scripts of a folder (``--scripts``), run by the Python of a virtual environment per peer
in another (``--venvs``, default ``$PEERS``); without them the table holds us alone. All engines run
by turns, so that a drift of the machine's speed concerns all alike. One thread is bound to one
core. Lines of JSON are appended to ``--out``; `table.py` prints them again at any time.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import measure
import table
from engines import ENGINES, Variant

HERE = Path(__file__).parent
BUSY_LIMIT = 0.1
"""Largest share of the machine that other work may use."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the peers are."""

    scripts: Path
    venvs: Path

    def command(self, variant: Variant) -> list[str] | None:
        """What runs a variant, without its options of size; None if it is not installed."""
        if variant.venv is None:
            script, python = HERE / f"{variant.script}.py", Path(sys.executable)
        else:
            script = self.scripts / f"{variant.script}.py"
            python = self.venvs / variant.venv / "bin" / "python"
        found = script.is_file() and python.is_file()
        return [str(python), str(script), *variant.options] if found else None


def main() -> None:
    """Measures, writes lines, prints the table."""
    chosen = _options()
    if not chosen.anyway and (share := busy_share()) > BUSY_LIMIT:
        sys.exit(f"other work uses {share:.0%} of this machine: wait, or give --anyway")
    folders = Folders(Path(chosen.scripts).resolve(), Path(chosen.venvs).resolve())
    out = Path(chosen.out or tempfile.mkstemp(prefix="bench-", suffix=".jsonl")[1])
    measure.compile_bytecode()
    with tempfile.TemporaryDirectory() as scratch, out.open("a") as lines:
        for line in measured(chosen, folders, Path(scratch)):
            print(json.dumps(line), file=lines, flush=True)
    print(table.text(table.read(out)))
    print(f"the lines are in {out}", file=sys.stderr)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workloads", default=",".join(ENGINES))
    parser.add_argument("--engines", default="", help="only these; default: all that are found")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--shorten", type=float, default=1.0, help="divides all durations")
    parser.add_argument("--scripts", default=HERE.parents[1] / "shared" / "bench" / "peers")
    parser.add_argument("--venvs", default=os.environ.get("PEERS", Path.home() / "peers"))
    parser.add_argument("--out", default="")
    parser.add_argument("--limits", action="store_true", help="measure the machine's limits too")
    parser.add_argument("--anyway", action="store_true", help="even on a busy machine")
    return parser.parse_args()


def measured(
    chosen: argparse.Namespace, folders: Folders, scratch: Path
) -> Iterator[dict[str, object]]:
    """Lines of all runs, in the order in which they end."""
    if chosen.limits:
        yield from limits(folders.scripts.parent / "limits", scratch)
    for workload in chosen.workloads.split(","):
        variants = list(_installed(workload, folders, chosen.engines))
        for threads, turn in itertools.product(
            map(int, chosen.threads.split(",")), range(chosen.runs)
        ):
            shift = turn % max(len(variants), 1)
            for variant, command in variants[shift:] + variants[:shift]:
                seconds = variant.seconds / chosen.shorten
                sized = [*command, f"--threads={threads}", f"--seconds={seconds}"]
                yield _line(variant, sized, threads, (folders, scratch))


def _installed(
    workload: str, folders: Folders, engines: str
) -> Iterator[tuple[Variant, list[str]]]:
    """The variants that can run, with their commands; only some engines if any are named."""
    wanted = set(filter(None, engines.split(",")))
    for variant in ENGINES[workload]:
        command = folders.command(variant)
        if command and (not wanted or variant.engine in wanted):
            yield variant, command


def _line(
    variant: Variant, command: list[str], threads: int, places: tuple[Folders, Path]
) -> dict[str, object]:
    """Runs a variant once; a run that fails gives a line that says so."""
    folders, scratch = places
    if threads == 1 and shutil.which("taskset"):
        command = ["taskset", "-c", str(max(os.sched_getaffinity(0))), *command]
    environment = {
        "OMP_NUM_THREADS": str(threads),
        "PEERS": str(scratch),  # the scripts of the peers leave what they build below it
        "ANNARCHY_ML_CACHE": str(scratch / "cache"),
    }
    (scratch / "work").mkdir(exist_ok=True)
    if variant.cold:
        measure.forget_models(environment)
    if variant.venv is not None:
        environment["PATH"] = f"{folders.venvs / variant.venv / 'bin'}:{os.environ['PATH']}"
        environment["PYTHONPATH"] = ""
        environment["PYTHONDONTWRITEBYTECODE"] = (
            "1"  # their packages have theirs, their scripts none
        )
    print(f"{variant.engine} {variant.label}: {' '.join(command)}", file=sys.stderr, flush=True)
    output = scratch / "output.txt"
    timing = measure.process(command, scratch, environment, output)
    printed = output.read_text(errors="replace").splitlines()
    found = [text for text in printed if text.startswith('{"workload"')]
    line: dict[str, object] = json.loads(found[-1]) if found else {"threads": threads}
    good = timing.status == 0 and bool(found)
    if not good:
        print(f"failed with status {timing.status}:", *printed[-1:], file=sys.stderr)
    line.update(
        work=variant.work,
        engine=variant.engine,
        label=variant.label,
        ok=good,
        whole_process_s=round(timing.wall_s, 4),
        whole_process_user_s=round(timing.user_s, 4),
    )
    return line


def busy_share(interval: float = 2.0) -> float:
    """How much of the machine others use right now, 0 to 1."""

    def ticks() -> tuple[int, int]:
        values = [int(item) for item in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
        return sum(values), values[3] + values[4]

    total, idle = ticks()
    time.sleep(interval)
    later, later_idle = ticks()
    return 1 - (later_idle - idle) / max(later - total, 1)


def limits(folder: Path, scratch: Path) -> Iterator[dict[str, object]]:
    """Lines of the program that measures memory bandwidth, gathers and exponentials."""
    if not (folder / "limits.cpp").is_file() or not shutil.which("g++"):
        return
    common = ["g++", "-O3", "-march=native", "-mprefer-vector-width=512", "-fopenmp"]
    part, program = scratch / "exp.o", scratch / "limits"
    vector_exp = [*common, "-ffast-math", "-c", str(folder / "exp_omp.cpp"), "-o", str(part)]
    subprocess.run(vector_exp, check=True)
    subprocess.run([*common, str(folder / "limits.cpp"), str(part), "-o", str(program)], check=True)
    text = subprocess.run([str(program)], check=True, capture_output=True, text=True).stdout
    for line in text.splitlines():
        yield json.loads(line)


if __name__ == "__main__":
    main()
