"""W5 in equations: 1000 Poisson sources on 1000 leaky cells, all-to-all, additive plasticity.

    python benchmarks/equations_w5.py [--seconds 10] [--scale 1] [--threads 1]

The same network as `w5_stdp.py`, written as a script of equations: weights from 0 to 0.1 mV, event
driven traces of 20 ms, A+ 0.01 and A- 0.0105 of the largest weight, step and delay 0.1 ms.
"""

from __future__ import annotations

import equation_workload
import workload

import annarchy_ml as ann

SOURCES = 1000
LARGEST = 0.1
CELL = ann.Neuron(
    parameters=dict(tau=20.0, v_thresh=15.0),
    equations="v = exp(-dt/tau)*v + g_exc",
    spike="v >= v_thresh",
    reset="v = 0.0",
    refractory=2.0,
)
STDP = ann.Synapse(
    parameters=dict(tau=20.0, plus=0.01 * LARGEST, minus=0.0105 * LARGEST, top=LARGEST),
    equations="""
        tau*dx/dt = -x : event-driven
        tau*dy/dt = -y : event-driven
    """,
    pre_spike="""
        g_target += w
        x += plus
        w = clip(w + y, 0.0, top)
    """,
    post_spike="""
        y -= minus
        w = clip(w + x, 0.0, top)
    """,
)


def write(options: workload.Options) -> equation_workload.Written:
    """The network."""
    n = round(1000 * options.scale)
    written = equation_workload.Written.of(options, 0.1)
    sources = written.population("sources", ann.PoissonPopulation(SOURCES, rates=15.0))
    cells = written.population("cells", n, CELL)
    projection = written.net.connect(sources, cells, "exc", synapse=STDP)
    projection.all_to_all(weights=ann.Uniform(0.0, LARGEST))
    written.described.inputs.add("sources")
    written.described.projections.append(("sources", "cells", float(SOURCES * n), True))
    return written


if __name__ == "__main__":
    equation_workload.run("W5_STDP", workload.parse(__doc__, seconds=10.0), write)
