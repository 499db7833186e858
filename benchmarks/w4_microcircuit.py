"""W4: the cortical microcircuit of Potjans and Diesmann (2014, doi:10.1093/cercor/bhs358).

    python benchmarks/w4_microcircuit.py [--scale 0.1] [--seconds 1] [--threads 1]

Eight populations, 77,169 cells and 0.3e9 synapses at scale 1. A smaller scale takes so much of
cells and of synapses per cell, divides weights by its square root, and restores the mean input by
a constant current.
"""

from __future__ import annotations

from math import exp, inf, log, sqrt

import numpy as np
import workload

import annarchy_ml as aml

NAMES = ("L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I")
SIZES = np.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])
# Table 5: probability of a connection, rows by target, columns by source
PROBABILITY = np.array(
    [
        [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0],
        [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0],
        [0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0.0],
        [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0],
        [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0],
        [0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0.0],
        [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
        [0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443],
    ]
)
EXTERNAL = np.array([1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100])  # inputs a cell
EXTERNAL_HZ = 8.0
RATES_HZ = np.array([0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829])  # at full scale
CAPACITANCE_F, TAU_S, TAU_SYN_S, STEP_S = 250e-12, 10e-3, 0.5e-3, 1e-4
PSP_V, INHIBITION = 0.15e-3, 4.0
DELAYS_S = ((1.5e-3, 0.75e-3), (0.75e-3, 0.375e-3))  # mean, deviation: excitatory, inhibitory


def current_of_psp(psp_v: float) -> float:
    """The current jump whose potential rises to ``psp_v`` [A]."""
    ratio = TAU_S / TAU_SYN_S
    gap = TAU_S - TAU_SYN_S
    peak = exp(-log(ratio) * TAU_SYN_S / gap) - exp(-log(ratio) * TAU_S / gap)
    return psp_v * CAPACITANCE_F * gap / (TAU_S * TAU_SYN_S * peak)


def weights(jump: float) -> np.ndarray:
    """Mean weight [A], by target and source; L4E to L2/3E counts twice."""
    row = np.where(np.arange(8) % 2 == 0, jump, -INHIBITION * jump)
    result = np.tile(row, (8, 1))
    result[0, 2] *= 2
    return result


def describe(options: workload.Options) -> workload.Described:
    """The network."""
    scale = options.scale
    jump = current_of_psp(PSP_V)
    mean = weights(jump)
    synapses = np.log(1 - PROBABILITY) / np.log(1 - 1 / np.outer(SIZES, SIZES))
    per_cell = synapses / SIZES[:, None]
    lost = (mean * per_cell) @ RATES_HZ + jump * EXTERNAL * EXTERNAL_HZ
    drive = (1 - sqrt(scale)) * TAU_SYN_S * lost
    net = aml.NetworkModel("microcircuit")
    net.include(workload.LEMS / "w4_microcircuit.xml")
    result = workload.Described(net, f"{STEP_S} s")
    groups = []
    for k, name in enumerate(NAMES):
        cells = result.population(name, "cortical", round(SIZES[k] * scale))
        cells.set(
            v=aml.Normal(-0.058, 0.010),
            drive=float(drive[k]),
            jump=jump / sqrt(scale),
            mean=float(EXTERNAL_HZ * EXTERNAL[k] * scale * STEP_S),
        )
        groups.append(cells)
    for target, source in np.argwhere(PROBABILITY > 0).tolist():
        number = round(synapses[target, source] * scale**2)
        result.project(
            (NAMES[source], groups[source], NAMES[target], groups[target]),
            aml.FixedTotalNumber(number),
            number,
            port="in",
            weight=_spread(mean[target, source] / sqrt(scale)),
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
