"""W6: 4000 leaky rate cells all-to-all, or Oja's rule between 1000 inputs and 1000 cells.

    python benchmarks/w6_rate.py [--kind=oja] [--seconds 1] [--scale 1] [--threads 1]
                                 [--precision single]

Static weights are U(-1, 1) * 0.85 / sqrt(cells), plastic ones begin at U(0, 0.1) and move in every
step; all are kept in the precision of the run; step 1 ms, Euler; `lems/w6_rate.xml`. A synaptic
event is one weight times one rate.
"""

from __future__ import annotations

import sys

import workload

import annarchy_ml as aml


def static(options: workload.Options) -> workload.Described:
    """A network with fixed weights."""
    n = round(4000 * options.scale)
    result = _rates()
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


def oja(options: workload.Options) -> workload.Described:
    """A network whose weights learn."""
    n = round(1000 * options.scale)
    result = _rates()
    inputs = result.population("inputs", "leaky", n, spikes=False)
    inputs.set(bias=aml.Uniform(0.0, 1.0))
    cells = result.population("cells", "leaky", n, spikes=False)
    result.inputs.add("inputs")
    result.couple(
        ("inputs", inputs, "cells", cells),
        aml.AllToAll(),
        into="exc",
        synapse="oja",
        weight=aml.Uniform(0.0, 0.1),
        double_weights=options.precision == "double",
    )
    return result


def _rates() -> workload.Described:
    net = aml.NetworkModel("rates")
    net.include(workload.LEMS / "w6_rate.xml")
    return workload.Described(net, "1 ms")


def kind_of() -> str:
    """The kind of network that the command line asks for, which is taken off it."""
    chosen = [item for item in sys.argv if item.startswith("--kind=")]
    sys.argv = [item for item in sys.argv if item not in chosen]
    return chosen[-1].removeprefix("--kind=") if chosen else "static"


if __name__ == "__main__":
    kind = kind_of()
    options = workload.parse(__doc__, seconds=1.0)
    workload.run(f"W6_rate_{kind}", options, {"static": static, "oja": oja}[kind])
