"""Cells with morphology beside NEURON, CoreNEURON, Arbor, EDEN and what jNeuroML writes for NEURON.

    python benchmarks/morphology_peers.py --neuron VENV --arbor VENV --eden PROGRAM
        --jneuroml ARCHIVE [--pyramidal FILE --include FILES --copies 1000] [--runs 3]
        [--threads 1,2] [--works w8_passive,w8_spiking,large_passive,large_spiking,pyramidal]

The same model and the same compartments for all, by turns; what is not given is left out. Each line
is one run; the table has minima, and what the fastest other engine takes over ours. An engine whose
number of spikes differs by more than 5 % from ours, or whose first spike by more than two steps,
is marked in it. Gates move by Euler's method as with EDEN and with what jNeuroML exports, or by the
exponential one as with NEURON and Arbor: each is set beside ours of its kind. ``pyramidal`` are
copies of the cell of a NeuroML file, each with a current of its own and without connections, by
default that of the standard's example 25: Arbor is left out there, as it knows mechanisms in its
own language only.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import measure
import w8_cables

SCRIPTS = Path(__file__).parent / "cable_peers"
OURS = {"annarchy_ml": "reference", "annarchy_ml_auto": "auto"}
"""Ours with the gates of EDEN and of jNeuroML's scripts, and with those of NEURON and Arbor."""
AS_EXPORTED = ("annarchy_ml", "eden", "jneuroml_neuron")
LARGE = 255
"""Branches of the large cell, of 1786 compartments."""


@dataclass(slots=True)
class Work:
    """One model in a folder of its own.

    Attributes:
        tree: cells and branches, where it is W8.
    """

    name: str
    folder: Path
    lems: Path
    ms: float
    tree: tuple[int, int] | None = None
    exported: bool = False
    whole: dict[str, float] = field(default_factory=dict)

    def description(self, threads: int) -> Path:
        """What the scripts of peers are asked for, in a file."""
        assert self.tree is not None
        told = {
            "cells": self.tree[0],
            "branches": self.tree[1],
            "parts": w8_cables.PARTS,
            "branch_um": w8_cables.BRANCH_UM,
            "soma_um": w8_cables.SOMA_UM,
            "dendrites": self.name.split("_")[1],
            "ms": self.ms,
            "step_ms": w8_cables.STEP_MS,
            "threads": threads,
            "pairs": w8_cables.pairs(self.tree[0]),
        }
        path = self.folder / f"described_{threads}.json"
        path.write_text(json.dumps(told), encoding="utf-8")
        return path


@dataclass(frozen=True, slots=True)
class Engines:
    """Where the engines are.

    Attributes:
        neuron, arbor: virtual environments.
        eden: the program.
        jneuroml: its archive.
    """

    neuron: Path | None
    arbor: Path | None
    eden: Path | None
    jneuroml: Path | None

    def commands(self, work: Work, threads: int) -> Iterator[tuple[str, list[str]]]:
        """Each engine that can run a model, and how."""
        run = [sys.executable, str(SCRIPTS / "ours.py"), str(work.lems), str(threads)]
        for name, method in OURS.items():
            yield name, [*run, method]
        if work.tree is not None:
            told = str(work.description(threads))
            if self.neuron:
                script = [str(self.neuron / "bin/python"), str(SCRIPTS / "tree_in_neuron.py"), told]
                yield "neuron", script
                yield "coreneuron", [*script, "core"]
            if self.arbor:
                python = str(self.arbor / "bin/python")
                yield "arbor", [python, str(SCRIPTS / "tree_in_arbor.py"), told]
        if self.eden:
            yield "eden", [str(self.eden), "nml", work.lems.name, "gcc"]
        if work.exported and self.neuron and threads == 1:
            python, script = self.neuron / "bin/python", f"{work.lems.stem}_nrn.py"
            step = str(w8_cables.STEP_MS)
            command = [str(SCRIPTS / "exported_neuron.py"), script, str(work.ms), step]
            yield "jneuroml_neuron", [str(python), *command]


def one_run(peer: str, command: Sequence[str], work: Work, threads: int) -> dict[str, object]:
    """Runs one engine in a process of its own; gives its figures, or why there are none."""
    printed = work.folder / f"printed_{peer}.txt"
    surroundings = {"OMP_NUM_THREADS": str(threads)}
    timing = measure.process(command, work.folder, surroundings, printed)
    text = printed.read_text(errors="replace")
    if timing.status != 0:
        return {"ok": False, "status": timing.status, "tail": text[-200:]}
    whole = {"whole_process_s": timing.wall_s, "whole_process_user_s": timing.user_s, "ok": True}
    if peer != "eden":
        said = re.findall(r'\{"sim_s".*\}', text)
        return {**whole, **json.loads(said[-1])} if said else {"ok": False, "tail": text[-200:]}
    found = re.findall(r"Config: ([\d.]+) Setup: ([\d.]+) Run: ([\d.]+)", text)
    config, setup, run = map(float, found[-1])
    rows = (work.folder / "spikes.dat").read_text().splitlines()
    times = sorted(1000.0 * float(row.split()[1]) for row in rows)
    ends = {"first_ms": times[0], "last_ms": times[-1]} if times else {}
    share = run / (config + setup + run)
    figures = {"sim_s": run, "sim_cpu_s": timing.user_s * share, "n_spikes": len(times)}
    return {**whole, **figures, **ends}


def export(work: Work, engines: Engines) -> None:
    """What jNeuroML writes for NEURON, compiled; its time and that of a run of ours."""
    if not (engines.jneuroml and engines.neuron):
        return
    path = f"{engines.neuron / 'bin'}{os.pathsep}{os.environ['PATH']}"
    commands = (
        [*measure.jneuroml(str(engines.jneuroml)), work.lems.name, "-neuron", "-nogui"],
        [str(engines.neuron / "bin/nrnivmodl")],
    )
    timings = [measure.process(one, work.folder, {"PATH": path}) for one in commands]
    work.exported = all(item.status == 0 for item in timings)
    work.whole["export_and_compile"] = sum(item.user_s for item in timings)


def whole_processes(work: Work) -> None:
    """Whole processes of ours, as after the installation and with kernels known [CPU s]."""
    surroundings = measure.empty_cache()
    command = measure.ours(work.lems, "--threads", "1", "--out", str(work.folder / "ours"))
    for name in ("first", "warm"):
        timing = measure.process(command, work.folder, surroundings)
        work.whole[name] = timing.user_s if timing.status == 0 else float("nan")


def tree_work(name: str, top: Path, ms: float) -> Work:
    """W8, or one large cell of its kind."""
    size = (1, LARGE) if name.startswith("large") else (100, w8_cables.BRANCHES)
    folder = top / name
    folder.mkdir()
    lems = w8_cables.network(folder, size[0], ms, name.split("_")[1], size[1])
    return Work(name, folder, lems, ms, size)


def pyramidal_work(top: Path, asked: argparse.Namespace) -> Work:
    """Copies of the cell of a NeuroML file, with a current each."""
    folder = top / "pyramidal"
    given = asked.pyramidal
    if given is None:
        command = [sys.executable, "-m", "annarchy_ml.cli", "examples", "Ex25", str(top / "ex25")]
        subprocess.run(command, check=True, capture_output=True)
        files = sorted((top / "ex25").rglob("*.nml"))
        given = next(path for path in files if "<cell " in path.read_text(encoding="utf-8"))
    above = "../" in given.read_text(encoding="utf-8")
    shutil.copytree(given.parent.parent if above else given.parent, folder)
    if above:
        folder = folder / given.parent.name
    found = re.search(r'<cell [^>]*id="(\w+)"', given.read_text(encoding="utf-8"))
    assert found is not None, f"there is no cell in {given}"
    number, kind = asked.copies, found[1]
    included = "".join(f'<include href="{name}"/>' for name in (*asked.include, given.name))
    cells = "".join(
        f'<instance id="{k}"><location x="0" y="0" z="0"/></instance>' for k in range(number)
    )
    currents = "".join(
        f'<input id="{k}" target="../pop/{k}/{kind}" segmentId="0" destination="synapses"/>'
        for k in range(number)
    )
    (folder / "copies.nml").write_text(
        f'<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="copies">{included}'
        f'<pulseGenerator id="pulse" delay="1ms" duration="1e5ms" amplitude="{asked.na}nA"/>'
        '<network id="net" type="networkWithTemperature" temperature="6.3degC">'
        f'<population id="pop" component="{kind}" size="{number}" type="populationList">{cells}'
        f'</population><inputList id="pulses" component="pulse" population="pop">{currents}'
        "</inputList></network></neuroml>",
        encoding="utf-8",
    )
    lems = w8_cables.simulation(folder, "copies.nml", (kind, number), asked.pyramidal_ms)
    return Work("pyramidal", folder, lems, asked.pyramidal_ms)


Figures = dict[tuple[str, str, int], list[dict[str, float]]]


def compare(work: Work, engines: Engines, asked: argparse.Namespace, figures: Figures) -> None:
    """Runs one model on all engines by turns."""
    export(work, engines)
    whole_processes(work)
    for threads in asked.threads * asked.runs:
        for peer, command in engines.commands(work, threads):
            found = one_run(peer, command, work, threads)
            measure.report(work.name, peer, threads=threads, bio_s=work.ms / 1000, **found)
            if found["ok"]:
                numbers = {k: float(v) for k, v in found.items() if isinstance(v, int | float)}
                figures[work.name, peer, threads].append(numbers)


def agreement(ours: dict[str, float], other: dict[str, float]) -> str:
    """What is wrong with the spikes of another engine."""
    if abs(other["n_spikes"] - ours["n_spikes"]) > 0.05 * ours["n_spikes"]:
        return f"{other['n_spikes']} spikes, ours {ours['n_spikes']}"
    begin = (ours.get("first_ms", 0.0), other.get("first_ms", 0.0))
    apart = abs(begin[0] - begin[1])
    return "" if apart <= 2.01 * w8_cables.STEP_MS else f"first spike {apart:.2f} ms apart"


def table(works: Sequence[Work], figures: Figures) -> Iterator[str]:
    """Minima by model and threads, as Markdown."""
    yield "| work | threads | engine | CPU s | wall s | over ours alike | spikes |"
    yield "|---|---|---|---|---|---|---|"
    for (work, peer, threads), runs in sorted(figures.items(), key=lambda item: item[0][::2]):
        kind = peer in AS_EXPORTED
        ours = figures.get((work, "annarchy_ml" if kind else "annarchy_ml_auto", threads))
        if ours is None:
            continue
        least = [min(run[key] for run in runs) for key in ("sim_cpu_s", "sim_s")]
        own = min(run["sim_cpu_s"] for run in ours)
        said = agreement(ours[0], runs[0]) or str(runs[0]["n_spikes"])
        row = (work, threads, peer, f"{least[0]:.3f}", f"{least[1]:.3f}", f"{least[0] / own:.2f}")
        yield f"| {' | '.join(map(str, row))} | {said} |"
    yield ""
    yield "Whole processes, CPU s: ours first and warm, jNeuroML's NEURON with export and compiler"
    for one in works:
        runs = figures.get((one.name, "jneuroml_neuron", 1), [])
        seconds = dict(one.whole)
        if runs:
            ran = min(run["whole_process_user_s"] for run in runs)
            seconds["jneuroml_neuron"] = seconds.pop("export_and_compile") + ran
        yield f"{one.name}: " + ", ".join(f"{key} {value:.2f}" for key, value in seconds.items())


def main() -> None:
    """Measures all that was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("neuron", "arbor", "eden", "jneuroml", "pyramidal"):
        parser.add_argument(f"--{name}", type=Path)
    works = "w8_passive,w8_spiking,large_passive,large_spiking,pyramidal"
    parser.add_argument("--works", default=works)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--include", default="")
    parser.add_argument("--copies", type=int, default=1000)
    parser.add_argument("--na", type=float, default=0.5)
    parser.add_argument("--ms", type=float, default=250.0)
    parser.add_argument("--pyramidal-ms", type=float, default=100.0)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    asked.threads = [int(text) for text in asked.threads.split(",")]
    asked.include = [text for text in asked.include.split(",") if text]
    engines = Engines(asked.neuron, asked.arbor, asked.eden, asked.jneuroml)
    figures: Figures = defaultdict(list)
    with tempfile.TemporaryDirectory() as name:
        top, done = Path(name), []
        for work in asked.works.split(","):
            ms = asked.ms * (4 if work.startswith("large") else 1)
            one = pyramidal_work(top, asked) if work == "pyramidal" else tree_work(work, top, ms)
            compare(one, engines, asked, figures)
            done.append(one)
        print("\n".join(table(done, figures)))


if __name__ == "__main__":
    main()
