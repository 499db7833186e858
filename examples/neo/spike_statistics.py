"""Rates and irregularity of noisy cells, from the Neo block of a run, by Elephant.

Needs Elephant: pip install elephant
"""

from pathlib import Path
from typing import Any

import annarchy_ml

MODEL = Path(__file__).parent / "LEMS_noisy.xml"


def statistics(trains: Any) -> list[tuple[float, float]]:
    """Mean firing rate [Hz] and coefficient of variation of the intervals, of each train."""
    from elephant.statistics import cv, isi, mean_firing_rate

    return [
        (float(mean_firing_rate(train).rescale("Hz")), float(cv(isi(train)))) for train in trains
    ]


if __name__ == "__main__":
    results = annarchy_ml.run(MODEL, write_files=False)
    block = results.to_neo()
    for train, (rate_hz, variation) in zip(
        block.segments[0].spiketrains, statistics(block.segments[0].spiketrains), strict=True
    ):
        print(f"{train.annotations['path']:10} {rate_hz:5.1f} Hz, CV {variation:.2f}")
