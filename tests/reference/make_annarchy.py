"""Runs the corpus of equation networks with ANNarchy 5 and keeps what it computes, as one file.

    python tests/reference/make_annarchy.py [MODEL ...]

needs ANNarchy (5.0.4) and what it needs to compile, nothing of annarchy_ml. All models of one step
become one network, which is compiled once. Of each series a row is kept every `EVERY_MS`, of spikes
and weights all. With names of models only these are run; what the file holds of others stays.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import ANNarchy
import equation_corpus as corpus
import numpy as np
from ANNarchy.extensions import convolution

TARGET = Path(__file__).with_name("annarchy.json")
N = 3
EVERY_MS = 6.0


def chosen(names: list[str]) -> dict[float, list[str]]:
    """Models that ANNarchy runs, by their step."""
    result: dict[float, list[str]] = {}
    for name, model in corpus.CORPUS.items():
        if not model.random and not model.only_ours and (not names or name in names):
            result.setdefault(model.dt, []).append(name)
    return result


def run(dt: float, names: list[str]) -> dict[str, dict[str, Any]]:
    """Runs models as one network."""
    net = ANNarchy.Network(dt=dt, seed=3)
    watches = {}
    for name in names:
        watches[name] = corpus.Watch.of(net, corpus.CORPUS[name].build(ANNarchy, net, N))
    with tempfile.TemporaryDirectory() as folder:
        net.compile(directory=f"{folder}/net", silent=True)
        net.simulate(max(corpus.CORPUS[name].duration for name in names))
        return {name: kept(watch.values(), round(EVERY_MS / dt)) for name, watch in watches.items()}


def kept(values: dict[str, np.ndarray], rows: int) -> dict[str, Any]:
    """What goes into the file: rows of series, all spikes, all weights."""
    result = {}
    for label, found in values.items():
        every = rows if found.ndim == 2 and not label.endswith(" spike") else 1
        result[label] = [
            [float(f"{value:.15g}") for value in np.atleast_1d(row)]
            for row in found[every - 1 :: every]
        ]
    return result


def main() -> None:
    """Writes the file."""
    # Its CMake step calls "python3 -m nanobind": this environment must come first.
    os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
    for extension in (convolution.Convolution, convolution.Pooling):
        setattr(ANNarchy, extension.__name__, extension)
    found: dict[str, Any] = {}
    if TARGET.exists():
        found = json.loads(TARGET.read_text(encoding="utf-8"))["models"]
    for dt, names in chosen(sys.argv[1:]).items():
        found |= run(dt, names)
    version = importlib.metadata.version("ANNarchy")
    data = {"version": version, "n": N, "every_ms": EVERY_MS, "models": found}
    lines = json.dumps(data).replace('"models": {', '"models": {\n').replace('}, "', '},\n"')
    TARGET.write_text(lines.replace(']], "', ']],\n "') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
