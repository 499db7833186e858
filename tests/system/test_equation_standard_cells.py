"""Built-in cells of equations beside PyNN's standard cells in NEST: `make_standard_cells.py`.

The methods of the equations are of first order in the step: half of it halves the distance to NEST,
which ran at 0.001 ms. What is left at the smaller step is what a spike every 10 to 30 ms adds up
to in 200 ms.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml as aml

REFERENCES = Path(__file__).parents[1] / "reference" / "standard_cells.json"
KEPT = json.loads(REFERENCES.read_text(encoding="utf-8"))
LIMITS = {
    "IF_curr_exp": (0.01, 0.04),
    "IF_curr_alpha": (0.01, 0.04),
    "IF_cond_exp": (0.01, 0.04),
    "IF_cond_alpha": (0.01, 0.04),
    "EIF_cond_exp_isfa_ista": (0.01, 0.07),
    "EIF_cond_alpha_isfa_ista": (0.01, 0.07),
    "HH_cond_exp": (0.0025, 0.6),
    "Izhikevich": (0.005, 0.2),
}
"""The smaller of two steps, and by how much spikes may be early or late with it [ms]."""
NAMES = {"g_leak": "gleak"}
"""Parameters that are called otherwise in ANNarchy."""


def built(name: str) -> tuple[Any, list[float]]:
    """A cell with the parameters of the reference, and the weights of its two inputs."""
    kept = KEPT["cells"][name]
    parameters = {NAMES.get(key, key): value for key, value in kept["parameters"].items()}
    excite, inhibit = (abs(weight) for weight in kept["weights"])
    if name != "Izhikevich":
        return getattr(aml, name)(**parameters), [excite, inhibit]
    parameters["i_offset"] *= 1000.0
    return aml.Izhikevich(**parameters), [1000.0 * excite, 1000.0 * inhibit]


def run(name: str, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Times of spikes [ms], and v [mV] at the times of the reference."""
    cell, weights = built(name)
    net = aml.Network(dt=step)
    cells = net.create(1, cell)
    times = KEPT["excites_ms"], KEPT["inhibits_ms"]
    for target, sent, weight in zip(("exc", "inh"), times, weights, strict=True):
        source = net.create(aml.SpikeSourceArray([sent]))
        net.connect(source, cells, target).one_to_one(weights=weight, delays=1.0)
    seen = net.monitor(cells, ["v", "spike"])
    net.compile()
    net.simulate(200.0)
    every = round(KEPT["every_ms"] / step)
    spikes = (np.array(seen.get("spike")[0]) + 1) * step  # sent at the end of a step
    return spikes, np.asarray(seen.get("v"))[every - 1 :: every, 0]


@pytest.mark.parametrize("name", KEPT["cells"])
def test_cells_fire_as_in_nest(name: str) -> None:
    step, limit = LIMITS[name]
    expected = KEPT["cells"][name]
    distances = {}
    for size in (2 * step, step):
        spikes, v = run(name, size)
        assert len(spikes) == len(expected["spikes_ms"]) >= 5
        distances[size] = np.abs(spikes - expected["spikes_ms"]).max()
    assert distances[step] < limit
    assert distances[step] < 0.6 * distances[2 * step] + step
    apart = np.abs(v - expected["v_mV"])
    assert np.median(apart) < 0.01 * np.ptp(expected["v_mV"])
