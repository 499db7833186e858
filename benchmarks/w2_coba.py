"""W2: the COBA network of Brette et al. (2007), 4000 cells, 80 conductance synapses a cell.

    python benchmarks/w2_coba.py [--seconds 10] [--scale 1] [--threads 1] [--method reference]

The connection probability is divided by the scale. Step and delay 0.1 ms; `lems/w2_coba.xml`.
"""

from __future__ import annotations

import workload

import annarchy_ml as aml


def describe(options: workload.Options) -> workload.Described:
    """The network."""
    cells = round(4000 * options.scale)
    sizes = {"exc": cells * 4 // 5, "inh": cells - cells * 4 // 5}
    probability = 0.02 / options.scale
    synapses = {"exc": "excitatory", "inh": "inhibitory"}
    net = aml.NetworkModel("coba")
    net.include(workload.LEMS / "w2_coba.xml")
    result = workload.Described(net, "0.1 ms")
    groups = {name: result.population(name, "coba", size) for name, size in sizes.items()}
    for group in groups.values():
        group.set(v=aml.Uniform(-0.060, -0.050))
    for source, group in groups.items():
        for target, other in groups.items():
            result.project(
                (source, group, target, other),
                aml.FixedProbability(probability),
                probability * sizes[source] * sizes[target],
                synapse=synapses[source],
                weight=1.0,
                delay="0.1 ms",
            )
    return result


if __name__ == "__main__":
    workload.run("W2_COBA", workload.parse(__doc__, seconds=10.0), describe)
