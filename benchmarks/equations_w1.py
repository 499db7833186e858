"""W1 in equations: Izhikevich's pulse-coupled network, all-to-all with 1000 cells.

    python benchmarks/equations_w1.py [--scale 10] [--seconds 1] [--threads 1] [--seed 1]

The same network as `w1_izhikevich.py`, written as a script of equations: one population and views
of it, the noise and the spikes of a step as a current, weights U(0, 0.5) and U(0, 1).
"""

from __future__ import annotations

import equation_workload
import workload
from izhikevich_values import izhikevich_values

import annarchy_ml as ann

CELL = ann.Neuron(
    parameters="noise = 0.0\na = 0.02\nb = 0.2\nc = -65.0\nd = 2.0\nv_thresh = 30.0",
    equations="""
        I = g_exc - g_inh + noise * Normal(0.0, 1.0)
        dv/dt = 0.04 * v^2 + 5.0 * v + 140.0 - u + I : init=-65.0
        du/dt = a * (b * v - u)
    """,
    spike="v >= v_thresh",
    reset="v = c; u += d",
)


def write(options: workload.Options) -> equation_workload.Written:
    """The network."""
    n = round(1000 * options.scale)
    excitatory = n * 4 // 5
    written = equation_workload.Written.of(options, 1.0)
    cells = written.population("cells", n, CELL)
    views = {"exc": cells[:excitatory], "inh": cells[excitatory:]}
    drawn = izhikevich_values(excitatory, n - excitatory, options.seed)
    for name, values in drawn.items():
        views[name].set(values)
    cells.u = -65.0 * cells.b
    probability = min(1.0, 1.0 / options.scale)
    for name, most in (("exc", 0.5), ("inh", 1.0)):
        projection = written.net.connect(views[name], cells, name)
        projection.fixed_probability(
            probability, weights=ann.Uniform(0.0, most), allow_self_connections=True
        )
    size = probability * n * n
    written.described.projections.append(("cells", "cells", size, False))
    return written


if __name__ == "__main__":
    chosen = workload.parse(__doc__, seconds=1.0)
    equation_workload.run(f"W1_Izhikevich_{round(1000 * chosen.scale)}", chosen, write)
