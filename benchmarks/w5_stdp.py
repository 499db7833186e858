"""W5: 1000 Poisson sources of 15 Hz on 1000 leaky cells, all-to-all, additive plasticity.

    python benchmarks/w5_stdp.py [--seconds 10] [--scale 1] [--threads 1]

The scale multiplies the cells. Weights start at U(0, 0.1 mV) and stay there; tau 20 ms, A+ 0.01 and
A- 0.0105 of the largest weight; step and delay 0.1 ms; `lems/w5_stdp.xml`.
"""

from __future__ import annotations

import workload

import annarchy_ml as aml

SOURCES = 1000


def describe(options: workload.Options) -> workload.Described:
    """The network."""
    cells = round(1000 * options.scale)
    net = aml.NetworkModel("stdp")
    net.include(workload.LEMS / "w5_stdp.xml")
    result = workload.Described(net, "0.1 ms")
    sources = result.population("sources", "source", SOURCES)
    targets = result.population("cells", "cell", cells)
    result.inputs.add("sources")
    result.project(
        ("sources", sources, "cells", targets),
        aml.AllToAll(),
        SOURCES * cells,
        plastic=True,
        synapse="stdp",
        weight=aml.Uniform(0.0, 1.0),
        delay="0.1 ms",
    )
    return result


if __name__ == "__main__":
    workload.run("W5_STDP", workload.parse(__doc__, seconds=10.0), describe)
