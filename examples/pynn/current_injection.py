"""Four kinds of current into four cells.

    python current_injection.py annarchy potentials.png

The first argument is a backend of PyNN, the second a picture.
"""

from __future__ import annotations

from typing import Any


def run(sim: Any, duration: float = 300.0) -> dict[str, Any]:
    """Spikes of each cell, and what was recorded."""
    sim.setup(timestep=0.1, min_delay=0.1)
    cells = sim.Population(4, sim.IF_curr_exp(tau_refrac=2.0, v_thresh=-55.0))
    sources = (
        sim.DCSource(amplitude=0.6, start=20.0, stop=200.0),
        sim.ACSource(amplitude=0.4, offset=0.4, frequency=20.0, phase=0.0, start=20.0, stop=250.0),
        sim.StepCurrentSource(times=[20.0, 100.0, 180.0], amplitudes=[0.4, 0.9, 0.0]),
        sim.NoisyCurrentSource(mean=0.5, stdev=1.0, start=20.0, stop=250.0, dt=1.0),
    )
    for cell, source in zip(cells, sources, strict=True):
        source.inject_into([cell])
    cells.record(["v", "spikes"])
    sim.run(duration)
    segment = cells.get_data().segments[0]
    found = {"spikes": [len(item) for item in segment.spiketrains], "data": segment}
    sim.end()
    return found


if __name__ == "__main__":
    from command_line import draw_signals, main

    main(run, lambda found: f"spikes: {found['spikes']}", draw_signals)
