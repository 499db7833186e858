"""A network of Hodgkin-Huxley cells (benchmark 3 of Brette et al. 2007).

    python hh_network.py annarchy raster.png

The first argument is a backend of PyNN, the second a picture.
"""

from __future__ import annotations

from typing import Any

from pyNN.random import NumpyRNG, RandomDistribution

CELL = {
    **{"gbar_Na": 20.0, "gbar_K": 6.0, "g_leak": 0.01, "cm": 0.2, "v_offset": -63.0},
    **{"e_rev_Na": 50.0, "e_rev_K": -90.0, "e_rev_leak": -60.0, "i_offset": 0.0},
    **{"e_rev_E": 0.0, "e_rev_I": -80.0, "tau_syn_E": 5.0, "tau_syn_I": 10.0},
}


def run(sim: Any, n: int = 4000, duration: float = 500.0) -> dict[str, Any]:
    """Rates [Hz] of excitatory and inhibitory cells, and what was recorded.

    Args:
        sim: a backend of PyNN.
        n: cells, four fifths of them excitatory.
        duration: [ms]
    """
    sim.setup(timestep=0.05, min_delay=0.1, max_delay=0.2)
    rng = NumpyRNG(seed=98765)
    cells = sim.Population(n, sim.HH_cond_exp(**CELL))
    cells.initialize(v=RandomDistribution("uniform", low=-65.0, high=-50.0, rng=rng))
    excited = n * 4 // 5
    parts = cells[:excited], cells[excited:]
    connector = sim.FixedProbabilityConnector(80.0 / n, rng=rng)
    for part, weight, receptor in (
        (parts[0], 0.006, "excitatory"),
        (parts[1], 0.067, "inhibitory"),
    ):
        synapse = sim.StaticSynapse(weight=weight, delay=0.1)
        sim.Projection(part, cells, connector, synapse, receptor_type=receptor)
        part.record("spikes")
    kick = sim.Population(20, sim.SpikeSourcePoisson(rate=100.0, duration=50.0))
    few = sim.FixedProbabilityConnector(0.01, rng=rng)
    sim.Projection(kick, cells, few, sim.StaticSynapse(weight=0.1, delay=0.1))
    parts[0][:2].record("v")
    sim.run(duration)
    rates = [part.mean_spike_count() * 1000.0 / duration for part in parts]
    found = {"rates": rates, "data": parts[0].get_data().segments[0]}
    sim.end()
    return found


if __name__ == "__main__":
    from command_line import draw_signals, main, rates

    main(run, rates, draw_signals)
