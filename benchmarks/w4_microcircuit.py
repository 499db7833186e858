"""W4: the cortical microcircuit of Potjans and Diesmann; its numbers are in `circuit.py`.

    python benchmarks/w4_microcircuit.py [--scale 0.1] [--seconds 1] [--threads 1]

Eight populations, 77,169 cells and 0.3e9 synapses at scale 1; weights and delays drawn from normal
distributions; step 0.1 ms.
"""

from __future__ import annotations

from math import inf

import numpy as np
import workload
from circuit import DELAYS_S, NAMES, Circuit

import annarchy_ml as aml

STEP_S = 1e-4


def describe(options: workload.Options) -> workload.Described:
    """The network."""
    circuit = Circuit(options.scale)
    net = aml.NetworkModel("microcircuit")
    net.include(workload.LEMS / "w4_microcircuit.xml")
    result = workload.Described(net, f"{STEP_S} s")
    groups = []
    for k, name in enumerate(NAMES):
        cells = result.population(name, "cortical", int(circuit.sizes[k]))
        cells.set(
            v=aml.Normal(-0.058, 0.010),
            drive=float(circuit.drive_a[k]),
            jump=circuit.jump_a,
            mean=float(circuit.external_hz[k] * STEP_S),
        )
        groups.append(cells)
    for target, source in np.argwhere(circuit.synapses > 0).tolist():
        number = int(circuit.synapses[target, source])
        result.project(
            (NAMES[source], groups[source], NAMES[target], groups[target]),
            aml.FixedTotalNumber(number),
            number,
            port="in",
            weight=_spread(float(circuit.weights_a[target, source])),
            delay=aml.Normal(*DELAYS_S[source % 2], low=STEP_S / 2),
        )
    return result


def _spread(mean: float) -> aml.Normal:
    """A deviation of a tenth; the sign stays."""
    low, high = (0.0, inf) if mean > 0 else (-inf, 0.0)
    return aml.Normal(mean, abs(mean) / 10, low=low, high=high)


if __name__ == "__main__":
    chosen = workload.parse(__doc__, seconds=1.0, scale=0.1)
    workload.run(f"W4_microcircuit_{chosen.scale:g}", chosen, describe)
