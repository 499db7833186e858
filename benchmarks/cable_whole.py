"""Whole processes: models with morphology by us and by what jNeuroML writes for NEURON.

    python benchmarks/cable_whole.py --neuron VENV --jneuroml ARCHIVE [--runs 3] LEMS_a.xml ...

Each model is copied with its folder, and run from the command line: by us as after the installation
(no cache at all), then with kept kernels and models; by jNeuroML as ``-neuron -nogui``, then
``nrnivmodl``, then the script. By turns; the table has minima over the runs. Passages through 0
in the result files that both write are counted, so that the same work is compared.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import measure
import numpy as np

KEPT, NONE = "annarchy_ml_warm", "annarchy_ml_first"
"""Ours with what earlier runs have left in the cache, and without anything."""
PEER = "jneuroml_neuron"


def copied(lems: Path, top: Path) -> Path:
    """The same file in a copy of its folder, and of the folder above if it includes from there."""
    above = any("../" in item.read_text(encoding="utf-8") for item in lems.parent.glob("*.*ml"))
    source = lems.resolve().parent
    if not above:
        shutil.copytree(source, top)
        return top / lems.name
    shutil.copytree(source.parent, top)
    return top / source.name / lems.name


def ours(lems: Path, place: Path, surroundings: dict[str, str]) -> measure.Timing:
    """One run of ours."""
    command = measure.ours(lems, "--threads", "1", "--out", str(place))
    return measure.process(command, lems.parent, surroundings)


def exported(lems: Path, archive: Path, neuron: Path) -> list[measure.Timing]:
    """Export, compiler and run of jNeuroML's NEURON."""
    path = f"{neuron / 'bin'}{os.pathsep}{os.environ['PATH']}"
    commands = (
        [*measure.jneuroml(str(archive)), lems.name, "-neuron", "-nogui"],
        [str(neuron / "bin/nrnivmodl")],
        [str(neuron / "bin/python"), f"{lems.stem}_nrn.py"],
    )
    return [measure.process(item, lems.parent, {"PATH": path}) for item in commands]


def spikes(folder: Path, name: str) -> int | None:
    """How often columns of a result file rise through 0; None if there is no such file."""
    path = folder / name
    if not path.is_file():
        return None
    columns = np.loadtxt(path, ndmin=2)[:, 1:]
    return int(np.sum((columns[1:] >= 0.0) & (columns[:-1] < 0.0)))


def counted(lems: Path, own: Path) -> tuple[int, int]:
    """Spikes of ours and of theirs, over the files that both have written."""
    found = [0, 0]
    for path in sorted(own.rglob("*.dat")):
        both = [spikes(folder, path.name) for folder in (path.parent, lems.parent)]
        if None not in both:
            found = [have + (more or 0) for have, more in zip(found, both, strict=True)]
    return found[0], found[1]


def compare(lems: Path, top: Path, asked: argparse.Namespace) -> Iterator[str]:
    """One model by turns; gives its rows."""
    least: dict[str, list[tuple[float, float]]] = defaultdict(list)
    parts: list[tuple[float, float]] = []
    fired = (0, 0)
    for number in range(asked.runs):
        here = copied(lems, top / str(number))
        cache = measure.empty_cache()
        for name in (NONE, KEPT):
            timing = ours(here, top / f"ours_{number}", cache)
            _note(lems, name, [timing], least)
        steps = exported(here, asked.jneuroml, asked.neuron)
        _note(lems, PEER, steps, least)
        parts = [(item.user_s + item.system_s, item.wall_s) for item in steps]
        fired = counted(here, top / f"ours_{number}")
        shutil.rmtree(cache["ANNARCHY_ML_CACHE"], ignore_errors=True)
    cpu, wall = (min(item[k] for item in least[PEER]) for k in (0, 1))
    told = " + ".join(f"{item[0]:.1f}" for item in parts)
    for name in (NONE, KEPT):
        own = [min(item[k] for item in least[name]) for k in (0, 1)]
        yield (
            f"| {lems.stem} | {name} | {own[0]:.2f} | {own[1]:.2f} | {cpu:.2f} ({told}) "
            f"| {wall:.2f} | {cpu / own[0]:.1f} | {wall / own[1]:.1f} | {fired[0]}, {fired[1]} |"
        )


def _note(
    lems: Path,
    name: str,
    timings: list[measure.Timing],
    least: dict[str, list[tuple[float, float]]],
) -> None:
    cpu = sum(item.user_s + item.system_s for item in timings)
    wall = sum(item.wall_s for item in timings)
    failed = [item.status for item in timings if item.status]
    measure.report(lems.stem, name, whole_process_s=wall, whole_process_cpu_s=cpu, failed=failed)
    if failed:
        raise SystemExit(f"{lems.name}: {name} ended with status {failed[0]}")
    least[name].append((cpu, wall))


def main() -> None:
    """Measures the models that are named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="+", type=Path)
    for name in ("neuron", "jneuroml"):
        parser.add_argument(f"--{name}", type=lambda text: Path(text).absolute(), required=True)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    measure.compile_bytecode()
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for number, lems in enumerate(asked.models):
            top = Path(place) / str(number)
            top.mkdir()
            rows += compare(lems, top, asked)
    print(
        "| model | ours | CPU s | wall s | theirs: CPU s (export + compiler + run) | wall s | "
        "CPU ratio | wall ratio | spikes |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
