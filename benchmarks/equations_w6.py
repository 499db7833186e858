"""W6 in equations: 4000 leaky rate cells all-to-all, or Oja's rule between 1000 and 1000 cells.

    python benchmarks/equations_w6.py [--kind=oja] [--seconds 1] [--scale 1] [--threads 1]
                                      [--precision single]

The same networks as `w6_rate.py`, written as scripts of equations.
"""

from __future__ import annotations

import equation_workload
import w6_rate
import workload

import annarchy_ml as ann

CELL = ann.Neuron(
    parameters="tau = 10.0 : population\nB = 0.0", equations="tau*dr/dt = sum(exc) + B - r"
)
OJA = ann.Synapse(parameters=dict(tau=2000.0), equations="tau*dw/dt = pre.r*post.r - post.r^2*w")


def static(options: workload.Options) -> equation_workload.Written:
    """A network with fixed weights."""
    n = round(4000 * options.scale)
    written = equation_workload.Written.of(options, 1.0)
    cells = written.population("cells", n, CELL, spikes=False)
    cells.B = ann.Uniform(0.0, 1.0)
    limit = 0.85 / n**0.5
    projection = written.net.connect(cells, cells, "exc")
    projection.all_to_all(weights=ann.Uniform(-limit, limit), allow_self_connections=True)
    return written


def oja(options: workload.Options) -> equation_workload.Written:
    """A network whose weights learn."""
    n = round(1000 * options.scale)
    written = equation_workload.Written.of(options, 1.0)
    inputs = written.population("inputs", n, CELL, spikes=False)
    inputs.B = ann.Uniform(0.0, 1.0)
    cells = written.population("cells", n, CELL, spikes=False)
    written.described.inputs.add("inputs")
    written.net.connect(inputs, cells, "exc", OJA).all_to_all(weights=ann.Uniform(0.0, 0.1))
    return written


if __name__ == "__main__":
    kind = w6_rate.kind_of()
    options = workload.parse(__doc__, seconds=1.0)
    equation_workload.run(f"W6_rate_{kind}", options, {"static": static, "oja": oja}[kind])
