"""W1: Izhikevich's pulse-coupled network, all-to-all with 1000 cells, 1000 synapses a cell beyond.

    python benchmarks/w1_izhikevich.py [--scale 10] [--seconds 1] [--threads 1] [--seed 1]

80 % excitatory cells with weights U(0, 0.5), 20 % inhibitory with -U(0, 1), delay 1 ms = the step.
"""

from __future__ import annotations

import workload
from izhikevich_values import izhikevich_values

import annarchy_ml as aml


def describe(options: workload.Options) -> workload.Described:
    """The network."""
    cells = round(1000 * options.scale)
    sizes = {"exc": cells * 4 // 5, "inh": cells - cells * 4 // 5}
    probability = min(1.0, 1 / options.scale)
    rule = aml.AllToAll() if probability == 1 else aml.FixedProbability(probability)
    weights = {"exc": aml.Uniform(0.0, 0.5), "inh": aml.Uniform(-1.0, 0.0)}
    net = aml.NetworkModel("izhikevich")
    net.include(workload.LEMS / "w1_izhikevich.xml")
    result = workload.Described(net, "1 ms")
    groups = {name: result.population(name, "izhikevich", size) for name, size in sizes.items()}
    for name, values in izhikevich_values(*sizes.values(), options.seed).items():
        groups[name].set(**values)
    for source, group in groups.items():
        for target, other in groups.items():
            result.project(
                (source, group, target, other),
                rule,
                probability * sizes[source] * sizes[target],
                port="in",
                weight=weights[source],
                delay="1 ms",
            )
    return result


if __name__ == "__main__":
    chosen = workload.parse(__doc__, seconds=1.0)
    workload.run(f"W1_Izhikevich_{round(1000 * chosen.scale)}", chosen, describe)
