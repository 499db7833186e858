"""A LEMS file by annarchy_ml: python ours.py FILE THREADS METHOD."""

from __future__ import annotations

import sys

from described import measured, say

import annarchy_ml


def main() -> None:
    """Runs the model."""
    simulation = annarchy_ml.load(sys.argv[1]).compile(threads=int(sys.argv[2]), method=sys.argv[3])
    results = []
    figures = measured(lambda: results.append(simulation.run()))
    times = [1000.0 * float(t) for train in results[0].events for t in train.times_s]
    say(figures, annarchy_ml.__version__, times)


if __name__ == "__main__":
    main()
