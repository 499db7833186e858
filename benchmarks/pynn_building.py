"""How long PyNN scripts take to build and to run here and on other backends.

    python pynn_building.py annarchy [nest neuron brian2]

Each figure is CPU time of one process of its own, in which the backend was imported before:
``coba`` and ``cuba`` are the networks of Vogels and Abbott, 4,000 cells with 320,000 connections;
``big`` has 10,000 cells and 10 million connections; ``set`` and ``get`` are those of 64,000
weights; ``data`` is `get_data` of 100,000 spike trains (annarchy only, 10,000 elsewhere).
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

PARTS = ("coba", "cuba", "big", "weights", "data")
EXAMPLE = Path(__file__).parents[1] / "examples" / "pynn"


def _now() -> float:
    return time.process_time()


def _balanced() -> Any:
    sys.path.insert(0, str(EXAMPLE))
    return import_module("balanced")


def coba(sim: Any, name: str) -> dict[str, float]:
    """Building, and one second of time."""
    return _vogels_abbott(sim, "coba")


def cuba(sim: Any, name: str) -> dict[str, float]:
    """Building, and one second of time."""
    return _vogels_abbott(sim, "cuba")


def _vogels_abbott(sim: Any, kind: str) -> dict[str, float]:
    script = _balanced()
    begun = _now()
    sim.setup(timestep=0.1, min_delay=0.2, max_delay=0.2, threads=1)
    script.network(sim, kind, 4000)
    sim.run(0.2)
    built = _now()
    sim.run(1000.0)
    return {f"{kind} build": built - begun, f"{kind} 1 s": _now() - built}


def big(sim: Any, name: str) -> dict[str, float]:
    """10 million connections, up to the first step."""
    begun = _now()
    sim.setup(timestep=0.1, min_delay=0.1, max_delay=1.0, threads=1)
    cells = sim.Population(10000, sim.IF_cond_exp())
    rng = import_module("pyNN.random").NumpyRNG(seed=1)
    connector = sim.FixedProbabilityConnector(0.1, rng=rng)
    sim.Projection(cells, cells, connector, sim.StaticSynapse(weight=1e-4, delay=1.0))
    sim.run(0.1)
    return {"big build": _now() - begun}


def weights(sim: Any, name: str) -> dict[str, float]:
    """64,000 weights, set to one value and read."""
    sim.setup(timestep=0.1, min_delay=0.1, max_delay=1.0)
    pre, post = (sim.Population(n, sim.IF_cond_exp()) for n in (800, 80))
    synapse = sim.StaticSynapse(weight=1e-4, delay=1.0)
    made = sim.Projection(pre, post, sim.AllToAllConnector(), synapse)
    sim.run(0.1)
    begun = _now()
    made.set(weight=2e-4)
    done = _now()
    made.get("weight", "list", with_address=False)
    return {"set": done - begun, "get": _now() - done}


def data(sim: Any, name: str) -> dict[str, float]:
    """Spike trains of many cells."""
    sim.setup(timestep=0.1, min_delay=0.1)
    n = 100000 if name == "annarchy" else 10000
    cells = sim.Population(n, sim.SpikeSourcePoisson(rate=20.0))
    cells.record("spikes")
    sim.run(100.0)
    begun = _now()
    cells.get_data()
    return {f"get_data of {n}": _now() - begun}


def main(names: list[str]) -> None:
    """Prints lines of JSON for each part and backend."""
    if names[:1] == ["--part"]:
        _, part, name = names
        found = globals()[part](import_module(f"pyNN.{name}"), name)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        for what, seconds in found.items():
            row = {"backend": name, "what": what, "cpu_s": seconds, "peak_MB": round(memory)}
            print(json.dumps(row), flush=True)
        return
    for name in names or ["annarchy"]:
        for part in PARTS:
            subprocess.run([sys.executable, __file__, "--part", part, name], check=False)


if __name__ == "__main__":
    main(sys.argv[1:])
