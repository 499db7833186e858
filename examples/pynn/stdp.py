"""Competition between synapses by the times of spikes (Song et al. 2000, doi:10.1038/78829).

    python stdp.py annarchy weights.png

The first argument is a backend of PyNN, the second a picture.
"""

from __future__ import annotations

from typing import Any

import numpy as np

MOST = 0.00375
"""The largest conductance of a synapse [uS]: 200 are as many as 1000 of 0.015 times the leak."""


def run(sim: Any, n: int = 200, duration: float = 60000.0) -> dict[str, Any]:
    """Weights at the end as shares of the largest one, and the rate of the cell [Hz].

    Args:
        sim: a backend of PyNN.
        n: inputs.
        duration: [ms]
    """
    sim.setup(timestep=0.1, min_delay=0.1, max_delay=1.0)
    inputs = sim.Population(n, sim.SpikeSourcePoisson(rate=15.0))
    cell = sim.IF_cond_exp(
        tau_m=20.0, v_rest=-70.0, v_thresh=-54.0, v_reset=-60.0, tau_syn_E=5.0, tau_refrac=1.0
    )
    cells = sim.Population(1, cell, initial_values={"v": -70.0})
    rule = sim.STDPMechanism(
        timing_dependence=sim.SpikePairRule(
            tau_plus=20.0, tau_minus=20.0, A_plus=0.04, A_minus=0.042
        ),
        weight_dependence=sim.AdditiveWeightDependence(w_min=0.0, w_max=MOST),
        weight=MOST / 2,
        delay=0.1,
    )
    made = sim.Projection(inputs, cells, sim.AllToAllConnector(), rule)
    cells.record("spikes")
    sim.run(duration)
    weights = np.array(made.get("weight", "list", with_address=False)) / MOST
    rate = cells.mean_spike_count() * 1000.0 / duration
    sim.end()
    return {"weights": weights, "rate": rate}


def draw(found: dict[str, Any], picture: str) -> None:
    """How many synapses have which weight."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 3), layout="constrained")
    axes = figure.subplots()
    axes.hist(found["weights"], bins=20, range=(0.0, 1.0))
    axes.set(xlabel="weight / largest weight", ylabel="synapses")
    figure.savefig(picture)


def tell(found: dict[str, Any]) -> str:
    """The rate of the cell, and how many synapses are weak, between, and strong."""
    counts = np.histogram(found["weights"], [0, 0.2, 0.8, 1])[0]
    return f"rate: {found['rate']:.1f} Hz; weights below 0.2, between, above 0.8: {counts}"


if __name__ == "__main__":
    from command_line import main

    main(run, tell, draw)
