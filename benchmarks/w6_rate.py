"""W6: 4000 leaky rate cells, all-to-all with themselves, every weight different.

    python benchmarks/w6_rate.py [--seconds 1] [--scale 1] [--threads 1] [--precision single]

Weights U(-1, 1) * 0.85 / sqrt(cells), kept in the precision of the run; step 1 ms, Euler;
`lems/w6_rate.xml`. What is counted as a synaptic event is one weight times one rate.
"""

from __future__ import annotations

import workload

import annarchy_ml as aml


def describe(options: workload.Options) -> workload.Described:
    """The network."""
    n = round(4000 * options.scale)
    net = aml.NetworkModel("rates")
    net.include(workload.LEMS / "w6_rate.xml")
    result = workload.Described(net, "1 ms")
    cells = result.population("cells", "leaky", n, spikes=False)
    cells.set(bias=aml.Uniform(0.0, 1.0))
    limit = 0.85 / n**0.5
    result.couple(
        ("cells", cells, "cells", cells),
        aml.AllToAll(),
        into="exc",
        weight=aml.Uniform(-limit, limit),
        double_weights=options.precision == "double",
    )
    return result


if __name__ == "__main__":
    workload.run("W6_rate_static", workload.parse(__doc__, seconds=1.0), describe)
