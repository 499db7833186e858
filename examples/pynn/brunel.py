"""The sparsely connected network of Brunel 2000 (doi:10.1023/A:1008925309027), asynchronous state.

    python brunel.py annarchy raster.png

The first argument is a backend of PyNN, the second a picture.
"""

from __future__ import annotations

from typing import Any

from pyNN.random import NumpyRNG

G, ETA, J = 5.0, 2.0, 0.1
"""Inhibition over excitation; input over that of the threshold; jump by a spike [mV]."""
TAU, THRESHOLD, DELAY, EPSILON = 20.0, 20.0, 1.5, 0.1


def run(sim: Any, n: int = 2500, duration: float = 400.0) -> dict[str, Any]:
    """The rate of the excitatory cells [Hz], and what was recorded.

    Args:
        sim: a backend of PyNN.
        n: cells, four fifths of them excitatory.
        duration: [ms]
    """
    sim.setup(timestep=0.1, min_delay=0.1, max_delay=2.0)
    rng = NumpyRNG(seed=1)
    cell = sim.IF_curr_delta(
        tau_m=TAU, cm=1.0, v_rest=0.0, v_reset=10.0, v_thresh=THRESHOLD, tau_refrac=2.0
    )
    excited = n * 4 // 5
    sources = int(EPSILON * excited)
    jump = J * 1000 / sources  # the mean input is that of 1000 sources
    cells = sim.Population(n, cell, initial_values={"v": 0.0}, label="cells")
    rate = ETA * THRESHOLD / (jump * TAU) * 1000.0  # of all sources from outside together
    outside = sim.Population(n, sim.SpikeSourcePoisson(rate=rate))
    synapse = sim.StaticSynapse(weight=jump, delay=DELAY)
    sim.Projection(outside, cells, sim.OneToOneConnector(), synapse, receptor_type="excitatory")
    for part, weight, receptor in (
        (cells[:excited], jump, "excitatory"),
        (cells[excited:], -G * jump, "inhibitory"),
    ):
        connector = sim.FixedNumberPreConnector(int(EPSILON * part.size), rng=rng)
        synapse = sim.StaticSynapse(weight=weight, delay=DELAY)
        sim.Projection(part, cells, connector, synapse, receptor_type=receptor)
    some = cells[: min(excited, 500)]
    some.record("spikes")
    sim.run(duration)
    segment = some.get_data("spikes").segments[0]
    found = {"rate": some.mean_spike_count() * 1000.0 / duration, "data": segment}
    sim.end()
    return found


if __name__ == "__main__":
    from command_line import draw_signals, main

    main(run, lambda found: f"rate: {found['rate']:.1f} Hz", draw_signals)
