"""Runs PyNN's standard cells in NEST and keeps what they do, as one file.

    python tests/reference/make_standard_cells.py

needs PyNN (0.13) and NEST (3.10), nothing of annarchy_ml. Each cell has its default parameters but
for `CHOSEN`, and a constant current; a spike that excites reaches it at 50 ms, one that inhibits at
75 ms, another that excites at 110 ms. The step is 0.001 ms, so that times of spikes are known to
about that. A Hodgkin-Huxley cell spikes for NEST at its peak; here its times are those at which v
rises through 0 mV. Currents of `Izhikevich` are in nA in PyNN, 1000 times as much in its equations.
"""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyNN.nest as sim

TARGET = Path(__file__).with_name("standard_cells.json")
STEP, DURATION = 0.001, 200.0
EVERY = 2.0
"""Of v one value is kept for so many ms."""
EXCITES, INHIBITS = [49.0, 109.0], [74.0]
"""When sources fire [ms]; their spikes take 1 ms."""
CELLS = {
    "IF_curr_exp": (1.0, 1.0, -1.0),
    "IF_curr_alpha": (1.0, 1.0, -1.0),
    "IF_cond_exp": (1.0, 0.02, 0.02),
    "IF_cond_alpha": (1.0, 0.02, 0.02),
    "EIF_cond_exp_isfa_ista": (0.8, 0.01, 0.01),
    "EIF_cond_alpha_isfa_ista": (0.8, 0.01, 0.01),
    "HH_cond_exp": (0.5, 0.02, 0.02),
    "Izhikevich": (0.01, 0.005, -0.005),
}
"""Constant current [nA], weights of spikes that excite and that inhibit [nA or uS]."""
CHOSEN = {"tau_refrac": 2.0, "tau_syn_E": 2.0, "tau_syn_I": 5.0}
"""Parameters [ms] whose defaults differ between simulators, where a cell has them."""


def run(name: str, current: float, excite: float, inhibit: float) -> dict[str, Any]:
    """Times of spikes [ms], and v [mV] every `EVERY` ms, of a cell."""
    sim.setup(timestep=STEP, min_delay=STEP, max_delay=2.0)
    kind = getattr(sim, name)
    parameters = kind.default_parameters | {"i_offset": current}
    parameters |= {key: value for key, value in CHOSEN.items() if key in parameters}
    cells = sim.Population(1, kind(**parameters))
    cells.initialize(v=parameters.get("v_rest", -65.0))
    if name == "Izhikevich":
        cells.initialize(u=-13.0)
    ends = ((EXCITES, excite, "excitatory"), (INHIBITS, inhibit, "inhibitory"))
    for times, weight, receptor in ends:
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=times))
        synapse = sim.StaticSynapse(weight=weight, delay=1.0)
        sim.Projection(source, cells, sim.AllToAllConnector(), synapse, receptor_type=receptor)
    cells.record(["spikes", "v"])
    sim.run(DURATION)
    segment = cells.get_data().segments[0]
    v = np.asarray(segment.filter(name="v")[0])[:, 0]
    spikes = np.asarray(segment.spiketrains[0])
    if name == "HH_cond_exp":
        spikes = (np.flatnonzero((v[1:] > 0.0) & (v[:-1] <= 0.0)) + 1) * STEP
    sim.end()
    stride = round(EVERY / STEP)
    return {
        "parameters": parameters,
        "weights": [excite, inhibit],
        "spikes_ms": [round(float(time), 4) for time in spikes],
        "v_mV": [round(float(value), 5) for value in v[stride::stride]],
    }


def main() -> None:
    """Writes the file."""
    versions = {name: importlib.metadata.version(name) for name in ("PyNN", "nest-simulator")}
    found = {
        "versions": versions,
        "every_ms": EVERY,
        "excites_ms": EXCITES,
        "inhibits_ms": INHIBITS,
        "cells": {name: run(name, *values) for name, values in CELLS.items()},
    }
    TARGET.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
