"""The benchmarks of Vogels and Abbott (Brette et al. 2007, doi:10.1007/s10827-007-0038-6).

    python balanced.py annarchy coba raster.png

The first argument is a backend of PyNN, the second ``coba`` or ``cuba``, the third a picture.
"""

from __future__ import annotations

from typing import Any

from pyNN.random import NumpyRNG, RandomDistribution

RATIO, PROBABILITY, SEED = 0.8, 0.02, 4711
WEIGHTS = {"coba": (0.004, 0.051), "cuba": (0.0162, -0.09)}
"""Of excitation and inhibition, uS and nA."""


def network(sim: Any, kind: str, n: int) -> tuple[Any, Any]:
    """Excitatory and inhibitory cells, connected by chance."""
    cell = {"tau_m": 20.0, "cm": 0.2, "v_rest": -60.0, "v_thresh": -50.0, "v_reset": -60.0}
    cell |= {"tau_refrac": 5.0, "tau_syn_E": 5.0, "tau_syn_I": 10.0}
    if kind == "coba":
        celltype = sim.IF_cond_exp(**cell, e_rev_E=0.0, e_rev_I=-80.0)
    else:
        celltype = sim.IF_curr_exp(**{**cell, "v_rest": -49.0})
    excited = int(n * RATIO)
    cells = sim.Population(n, celltype, label="cells")
    rng = NumpyRNG(seed=SEED)
    cells.initialize(v=RandomDistribution("uniform", low=-60.0, high=-50.0, rng=rng))
    connector = sim.FixedProbabilityConnector(PROBABILITY * 4000 / n, rng=rng)
    excitation, inhibition = WEIGHTS[kind]
    for part, weight, receptor in (
        (cells[:excited], excitation, "excitatory"),
        (cells[excited:], inhibition, "inhibitory"),
    ):
        synapse = sim.StaticSynapse(weight=weight, delay=0.2)
        sim.Projection(part, cells, connector, synapse, receptor_type=receptor)
    if kind == "coba":  # a kick, after which the network goes on by itself
        kick = sim.Population(20, sim.SpikeSourcePoisson(rate=100.0, duration=50.0))
        synapse = sim.StaticSynapse(weight=0.1, delay=0.2)
        few = sim.FixedProbabilityConnector(0.01, rng=rng)
        sim.Projection(kick, cells, few, synapse, receptor_type="excitatory")
    return cells[:excited], cells[excited:]


def run(sim: Any, kind: str = "coba", n: int = 4000, duration: float = 1000.0) -> dict[str, Any]:
    """Rates [Hz] of both kinds of cells, and what was recorded."""
    sim.setup(timestep=0.1, min_delay=0.2, max_delay=0.2)
    parts = network(sim, kind, n)
    for part in parts:
        part.record("spikes")
    parts[0][:2].record("v")
    sim.run(duration)
    rates = [part.mean_spike_count() * 1000.0 / duration for part in parts]
    found = {"rates": rates, "data": parts[0].get_data().segments[0]}
    sim.end()
    return found


if __name__ == "__main__":
    from command_line import draw_signals, main, rates

    main(run, rates, draw_signals, tuple(WEIGHTS))
