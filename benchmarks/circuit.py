"""The numbers of the cortical microcircuit (Potjans and Diesmann 2014, doi:10.1093/cercor/bhs358).

A smaller scale takes so much of the cells and of the synapses per cell, divides weights by the
square root of the scale, and restores the mean input by a constant current (van Albada et al. 2015,
doi:10.1371/journal.pcbi.1004490).
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

NAMES = ("L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I")
SIZES = np.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])
# Table 5: probability that a pair is connected at least once; rows by target, columns by source
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
EXTERNAL = np.array([1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100])
"""Inputs of a cell from outside."""
EXTERNAL_HZ = 8.0
RATES_HZ = np.array([0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829])
"""Rates of the populations at full scale, for the mean input that a smaller scale lacks."""
CAPACITANCE_F, TAU_S, TAU_SYN_S = 250e-12, 10e-3, 0.5e-3
PSP_V, INHIBITION = 0.15e-3, 4.0
DELAYS_S = ((1.5e-3, 0.75e-3), (0.75e-3, 0.375e-3))
"""Mean and deviation, of excitatory and inhibitory sources."""


def current_of_psp(psp_v: float) -> float:
    """The current jump whose potential rises to ``psp_v`` [A]."""
    gap = TAU_S - TAU_SYN_S
    ratio = TAU_S / TAU_SYN_S
    peak = ratio ** (-TAU_SYN_S / gap) - ratio ** (-TAU_S / gap)
    return psp_v * CAPACITANCE_F * gap / (TAU_S * TAU_SYN_S * peak)


class Circuit:
    """The circuit at a scale.

    Attributes:
        sizes: shape (8,), cells of each population.
        synapses: shape (8, 8), their number by target and source.
        weights_a: shape (8, 8), mean weight [A]; the deviation is a tenth of it.
        jump_a: what one external spike adds to the current [A].
        external_hz: shape (8,), rate of external spikes at a cell.
        drive_a: shape (8,), constant current [A].
    """

    def __init__(self, scale: float) -> None:
        full: NDArray[np.float64] = np.log(1 - PROBABILITY) / np.log(1 - 1 / np.outer(SIZES, SIZES))
        jump = current_of_psp(PSP_V)
        weights = np.tile(np.where(np.arange(8) % 2 == 0, jump, -INHIBITION * jump), (8, 1))
        weights[0, 2] *= 2  # from L4E to L23E
        mean = (weights * full / SIZES[:, None]) @ RATES_HZ + jump * EXTERNAL * EXTERNAL_HZ
        self.sizes = np.round(SIZES * scale).astype(int)
        self.synapses = np.round(full * scale**2).astype(int)
        self.weights_a = weights / sqrt(scale)
        self.jump_a = jump / sqrt(scale)
        self.external_hz = EXTERNAL_HZ * EXTERNAL * scale
        self.drive_a = (1 - sqrt(scale)) * TAU_SYN_S * mean
