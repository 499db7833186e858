"""Runs the cases of ``cable_cases.py`` in NEURON, through jNeuroML, and keeps what it computes.

    python tests/reference/make_cables.py [nernst ghk ...]

needs Java, the pyneuroml distribution and NEURON with a compiler (8.2.6, whose mechanisms jNeuroML
0.14 writes), nothing of annarchy_ml. Cases that are named are replaced, all others stay.
"""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from cable_cases import CASES
from cable_models import CableCase
from make_references import archive

TARGET = Path(__file__).with_name("cables.json")
EVERY_MS = 0.25
"""Of each column one value is kept for so many ms."""


def run(name: str) -> dict[str, object]:
    """What NEURON computes of one case."""
    case = CASES[name]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (case.asked or case).write(folder)
        export = ["java", "-Xmx1G", "-jar", str(archive()), "LEMS_model.xml", "-neuron", "-nogui"]
        for command in (export, ["nrnivmodl", "."], [sys.executable, "LEMS_model_nrn.py"]):
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(
                    f"{name}: {command[0]}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
                )
            complete(folder)
        return kept(case, np.loadtxt(folder / "out.dat"))


def complete(folder: Path) -> None:
    """Declares the concentrations that jNeuroML forgets to in mechanisms with `ghk2`."""
    for path in folder.glob("*.mod"):
        text = path.read_text(encoding="utf-8")
        if "ghk2(" in text and "    cai (mM)" not in text:
            declared = "ASSIGNED {\n    cai (mM)\n    cao (mM)"
            path.write_text(text.replace("ASSIGNED {", declared, 1), encoding="utf-8")


def kept(case: CableCase, rows: np.ndarray) -> dict[str, object]:
    """Of what a case writes: samples of its columns, the times of spikes [s]."""
    every = round(EVERY_MS / case.step)
    return {
        "columns": [[round_off(value) for value in column] for column in rows[::every, 1:].T],
        "spikes": [round_off(item) for item in spikes(rows[:, 0], rows[:, 1])],
    }


def round_off(value: float) -> float:
    """A value as NEURON's script writes it."""
    return float(f"{value:.6e}")


def spikes(times: np.ndarray, trace: np.ndarray) -> list[float]:
    """When a trace rises through 0 [s], between the rows."""
    before = np.flatnonzero((trace[1:] >= 0.0) & (trace[:-1] < 0.0))
    part = -trace[before] / (trace[before + 1] - trace[before])
    return [float(item) for item in times[before] + part * (times[1] - times[0])]


def main() -> None:
    """Runs the cases that are named, or all of them."""
    chosen = sys.argv[1:] or list(CASES)
    kept = json.loads(TARGET.read_text(encoding="utf-8"))["cases"] if TARGET.exists() else {}
    for name in chosen:
        kept[name] = run(name)
        print(name)
    made = {
        "neuron": importlib.metadata.version("neuron"),
        "pyneuroml": importlib.metadata.version("pyneuroml"),
        "every_ms": EVERY_MS,
        "cases": {name: kept[name] for name in CASES if name in kept},
    }
    TARGET.write_text(json.dumps(made) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
