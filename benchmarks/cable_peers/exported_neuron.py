"""A script that jNeuroML has written for NEURON: python exported_neuron.py SCRIPT MS STEP_MS.

Its mechanisms were compiled beside it. Spikes are read from the file that it writes.
"""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from pathlib import Path

import neuron
from described import measured, say


def main() -> None:
    """Runs the model."""
    path = Path(sys.argv[1]).resolve()
    found = importlib.util.spec_from_file_location("exported", path)
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    wanted = module.NeuronSimulation(tstop=float(sys.argv[2]), dt=float(sys.argv[3]), seed=1)
    wanted.save_results = lambda: None  # that is no part of the simulation
    figures = measured(wanted.run)
    del wanted.save_results
    with contextlib.suppress(SystemExit):  # with which it ends
        wanted.save_results()
    rows = (path.parent / "spikes.dat").read_text().splitlines()
    print()
    say(figures, neuron.__version__, [1000.0 * float(row.split()[1]) for row in rows])


if __name__ == "__main__":
    main()
