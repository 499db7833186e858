"""W3: the sparse network of Brunel (2000), 12,500 cells with 1250 synapses each, g 5, eta 2.

    python benchmarks/w3_brunel.py [--seconds 1] [--scale 1] [--threads 1]

Fixed in-degree (one cell may connect to another twice), delay 1.5 ms, step 0.1 ms; every cell has
a Poisson drive of its own. With a scale below 1 the in-degree shrinks, and the jumps grow instead.
"""

from __future__ import annotations

import workload

import annarchy_ml as aml

STEP_S, TAU_S, THRESHOLD_V = 1e-4, 20e-3, 20e-3
INHIBITION, DRIVE = 5.0, 2.0  # g and eta of the paper


def describe(options: workload.Options) -> workload.Described:
    """The network."""
    sizes = {"exc": round(10_000 * options.scale), "inh": round(2500 * options.scale)}
    inputs = {name: size // 10 for name, size in sizes.items()}
    jump = 0.1e-3 * 1000 / inputs["exc"]
    weights = {"exc": jump, "inh": -INHIBITION * jump}
    rate = DRIVE * THRESHOLD_V / (jump * TAU_S)
    net = aml.NetworkModel("brunel")
    net.include(workload.LEMS / "w3_brunel.xml")
    result = workload.Described(net, f"{STEP_S} s")
    groups = {name: result.population(name, "brunel", size) for name, size in sizes.items()}
    for group in groups.values():
        group.set(jump=jump, mean=rate * STEP_S)
    for source, group in groups.items():
        for target, other in groups.items():
            result.project(
                (source, group, target, other),
                aml.FixedIndegree(inputs[source]),
                inputs[source] * sizes[target],
                port="in",
                weight=weights[source],
                delay="1.5 ms",
            )
    return result


if __name__ == "__main__":
    # exact for the leak, as the other engines are
    chosen = workload.parse(__doc__, seconds=1.0, method="exponential_euler")
    workload.run("W3_Brunel", chosen, describe)
