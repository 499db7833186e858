"""Pyramidal cells with morphology in a network that is built from Python.

    python cables.py pictures

Noise reaches the tips of the tufts; the cells excite each other at their basal dendrites. The
pictures show the spikes, and one cell in space while a spike spreads along its trunk.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from annarchy_ml import Explicit, NetworkModel, Simulation

CELLS, SOURCES = 20, 200
BASAL = ["left_basal_1", "left_basal_2", "right_basal_1", "right_basal_2"]
TIPS = ["left_tip", "middle_tip", "right_tip"]


def built(seed: int = 1) -> Simulation:
    """The network, ready to run."""
    rng = np.random.default_rng(seed)
    net = NetworkModel("cables")
    net.include(Path(__file__).parent / "pyramid.nml")
    noise = net.population("noise", "noise", SOURCES)
    cells = net.population("cells", "pyramid", CELLS)

    pairs = np.stack(np.nonzero(rng.random((SOURCES, CELLS)) < 0.5))
    places = rng.choice(TIPS, pairs.shape[1]).tolist(), rng.random(pairs.shape[1])
    net.projection("drive", noise, cells, Explicit(*pairs), "ampa", weight=1.2, target_at=places)

    chosen = rng.random((CELLS, CELLS)) < 0.2
    np.fill_diagonal(chosen, val=False)
    pairs = np.stack(np.nonzero(chosen))
    places = rng.choice(BASAL, pairs.shape[1]).tolist(), rng.random(pairs.shape[1])
    ends = cells.at("axon", 1.0), cells
    net.projection("local", *ends, Explicit(*pairs), "ampa", delay="1.5 ms", target_at=places)

    net.record_spikes(cells)
    net.record(cells[0], "v", "7@0.9/v")
    return net.compile(dt="0.025 ms", duration="200 ms", seed=seed)


def main(folder: Path) -> None:
    """Draws the network's spikes, and one cell in space, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    simulation = built()
    results = simulation.run()
    results.plot(folder / "cables.png")
    times, which = results.spikes("cells")
    print(f"{len(times)} spikes of {len(set(which))} cells")
    spike = times[which == 0][-1]
    simulation.reset()
    simulation.run(spike + 0.5e-3)
    simulation.plot_cell("cells[0]", "v", folder / "spike.png")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
