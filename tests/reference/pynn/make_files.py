"""Runs cells that NeuroML has, too, with a backend of PyNN, and prints what they do as JSON.

    python make_files.py neuron > neuron_files.json

The file beside this one was made with NEURON 8.2.6 and PyNN 0.13.0. Times are in ms, v in mV;
traces are sampled every 0.5 ms. The tests run the same network with an ``iafRefCell`` and an
``expOneSynapse`` of these numbers.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from typing import Any

DURATION, SAMPLED = 120.0, 0.5
CELL = {
    "cm": 0.3,
    "tau_m": 15.0,
    "v_rest": -65.0,
    "v_reset": -68.0,
    "v_thresh": -50.0,
    "tau_refrac": 2.0,
    "tau_syn_E": 3.0,
    "e_rev_E": 0.0,
}
TIMES = [5.0, 12.0, 20.0, 24.0, 31.0, 60.0, 62.0, 64.0, 90.0]
SYNAPSES: dict[str, tuple[str, float, dict[str, float]]] = {
    "static": ("StaticSynapse", 0.012, {}),
    "depressing": (
        "TsodyksMarkramSynapse",
        0.03,
        {"U": 0.6, "tau_rec": 80.0, "tau_facil": 0.0},
    ),
    "facilitating": (
        "TsodyksMarkramSynapse",
        0.05,
        {"U": 0.1, "tau_rec": 20.0, "tau_facil": 200.0},
    ),
}


def run(sim: Any, kind: Callable[[], Any], unit: float, step: float) -> Any:
    """Spikes and v of a cell for each synapse.

    Args:
        sim: the backend.
        kind: makes the cell type.
        unit: what a weight of 1 uS is.
        step: of time [ms].
    """
    sim.setup(timestep=step, min_delay=step)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=TIMES))
    cells = {}
    for name, (synapse, weight, given) in SYNAPSES.items():
        cells[name] = sim.Population(1, kind(), initial_values={"v": -65.0})
        made = getattr(sim, synapse)(weight=weight * unit, delay=1.5, **given)
        every = sim.AllToAllConnector()
        sim.Projection(source, cells[name], every, made, receptor_type="excitatory")
        sim.DCSource(amplitude=0.2, start=10.0, stop=80.0).inject_into(cells[name])
        steps = {"times": [30.0, 70.0, 100.0], "amplitudes": [0.1, -0.2, 0.05]}
        sim.StepCurrentSource(**steps).inject_into(cells[name])
        cells[name].record(["v", "spikes"])
    sim.run(DURATION)
    found = {}
    for name, population in cells.items():
        segment = population.get_data().segments[0]
        rows = segment.filter(name="v")[0].magnitude[:: round(SAMPLED / step), 0]
        found[name] = {
            "spikes": [round(float(item), 4) for item in segment.spiketrains[0].magnitude],
            "v": [round(float(item), 5) for item in rows],
        }
    return found


if __name__ == "__main__":
    backend = importlib.import_module(f"pyNN.{sys.argv[1]}")
    made = run(backend, lambda: backend.IF_cond_exp(**CELL), 1.0, 0.001)
    json.dump(made, sys.stdout, separators=(",", ":"))
