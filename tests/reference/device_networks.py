"""Networks that tests run on the CPU and on a device: those of the benchmarks, and of equations."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import equation_corpus as corpus
import numpy as np

import annarchy_ml as aml


def example_names() -> list[str]:
    """Of the standard's examples, without what all of them begin with."""
    from annarchy_ml.importers.neuroml.archive import archive_names

    found = [Path(name).stem for name in archive_names() if "LEMS_NML2_Ex" in name]
    return sorted(name.removeprefix("LEMS_NML2_") for name in found)


NETWORKS = {
    "w2_coba": (0.05, 0.006, "reference"),
    "w3_brunel": (0.004, 0.01, "exponential_euler"),
    "w4_microcircuit": (0.002, 0.003, "reference"),
    "w5_stdp": (0.01, 0.006, "reference"),
}
"""Scale, seconds and method."""


def spikes_of(name: str, scale: float, seconds: float, method: str, device: str) -> list[Any]:
    workload = importlib.import_module("workload")
    options = workload.Options(1, scale, seconds, 3, "double", method, "")
    described = importlib.import_module(name).describe(options)
    given = {"dt": described.dt, "duration": f"{seconds} s", "seed": 3, "method": method}
    results = described.net.compile(device=device, **given).run()
    return [np.array(part) for item in described.populations for part in results.spikes(item)]


EQUATIONS = {
    "noisy_spikes": 10,
    "reductions": 10,
    "sums": 10,
    "terms": 10,
    "learning": 6,
    "event_stdp": 10,
}


def seen(name: str, steps: int, device: str) -> dict[str, Any]:
    model = corpus.CORPUS[name]
    net = aml.Network(dt=model.dt, seed=3)
    net.config(device=device)
    watch = corpus.Watch.of(net, model.build(aml, net, 41))
    net.compile()
    if model.after is not None:
        model.after(net)
    net.simulate(steps * model.dt)
    return dict(watch.values())
