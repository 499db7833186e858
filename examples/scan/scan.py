"""Firing rate against current, of a cell that is compiled once and then only given other values."""

from pathlib import Path

import annarchy_ml

MODEL = Path(__file__).parent / "LEMS_cell.xml"
AMPLITUDE = "cells[0]/current/amplitude"


def rates_hz(amplitudes_na: list[float]) -> list[float]:
    """Firing rate at each current, over the second half of the run."""
    simulation = annarchy_ml.load(MODEL).compile()
    half = simulation.duration / 2
    found = []
    for amplitude_na in amplitudes_na:
        simulation.reset()
        simulation.set(AMPLITUDE, amplitude_na * 1e-9)
        spikes = simulation.run().events["cells[0]"].times_s
        found.append(float((spikes > half).sum() / half))
    return found


if __name__ == "__main__":
    currents_na = [0.4, 0.6, 0.8, 1.0, 1.5, 2.0]
    for current_na, rate_hz in zip(currents_na, rates_hz(currents_na), strict=True):
        print(f"{current_na:4.1f} nA  {rate_hz:5.1f} Hz  {'#' * round(rate_hz)}")
