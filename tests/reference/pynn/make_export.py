"""Exports a PyNN script as NeuroML, runs it in jNeuroML, and prints what that shows as JSON.

    python make_export.py jNeuroML.jar > export.json

The file beside this one was made with jNeuroML 0.14.0. Times are in s, v in V, one row per ms.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

DT, DURATION, EVERY = 0.025, 150.0, 40
KINDS = ("IF_curr_exp", "IF_curr_alpha", "IF_cond_exp", "IF_cond_alpha")
ADAPTING = ("EIF_cond_exp_isfa_ista", "EIF_cond_alpha_isfa_ista")
CELLS: dict[str, dict[str, Any]] = {
    **{kind: {"i_offset": [0.2, 0.8], "tau_refrac": 2.0} for kind in KINDS},
    **{kind: {"i_offset": [0.3, 1.0], "tau_refrac": 2.0, "a": [4.0, 2.0]} for kind in ADAPTING},
    "HH_cond_exp": {"i_offset": [0.1, 0.7], "tau_syn_E": 2.0},
}
TRAINS = [[10.0, 20.0, 31.0], [15.5], [10.0, 20.0, 31.0]]


def build(sim: Any) -> dict[str, Any]:
    """Two cells of each kind under listed spikes and currents, connected in a row."""
    sim.setup(timestep=DT, min_delay=DT)
    source = sim.Population(3, sim.SpikeSourceArray(spike_times=TRAINS), label="source")
    made: dict[str, Any] = {}
    before = None
    for kind, values in CELLS.items():
        cells = sim.Population(2, getattr(sim, kind)(**values), label=kind)
        cells.record("v" if kind == "HH_cond_exp" else ["v", "spikes"])  # NeuroML's sends none
        current = "curr" in kind
        every, weight = sim.AllToAllConnector(), 0.3 if current else 0.01
        sim.Projection(source, cells, every, sim.StaticSynapse(weight=weight, delay=1.0))
        if before is not None:
            synapse = sim.StaticSynapse(weight=-0.2 if current else 0.02, delay=[[1.5, 3.0]] * 2)
            sim.Projection(before, cells, every, synapse, receptor_type="inhibitory")
        made[kind] = before = cells
    made["IF_curr_exp"].inject(sim.DCSource(amplitude=0.3, start=40.0, stop=70.0))
    steps = sim.StepCurrentSource(times=[50.0, 60.0, 80.0], amplitudes=[0.4, -0.2, 0.0])
    made["IF_cond_alpha"].inject(steps)
    sine = sim.ACSource(
        amplitude=0.2, offset=0.1, frequency=30.0, phase=45.0, start=20.0, stop=99.0
    )
    made["EIF_cond_exp_isfa_ista"][:1].inject(sine)
    return made


def told(folder: Path, kinds: Any, rows: Any) -> dict[str, Any]:
    """What a simulator has written: spikes by cell, and v in some rows."""
    found: dict[str, Any] = {}
    for kind in kinds:
        table = [
            [float(item) for item in line.split()]
            for path in sorted(folder.glob(f"*.{kind}.v.dat"))
            for line in path.read_text().splitlines()[::EVERY]
        ]
        events = [
            line.split()
            for path in folder.glob(f"*.{kind}.spike.dat")
            for line in path.read_text().splitlines()
        ]
        spikes = [[float(t) for t, cell in events if cell == str(k)] for k in range(2)]
        found[kind] = {"v": [row[1:] for row in table][:rows], "spikes": spikes}
    return found


def main(jar: str) -> None:
    """Prints what jNeuroML shows."""
    import annarchy_ml.importers.pynn as sim

    build(sim)
    with tempfile.TemporaryDirectory() as folder:
        files = sim.export(Path(folder) / "made.nml", duration=DURATION)
        command = ["java", "-jar", jar, files[-1].name, "-nogui"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        print(json.dumps(told(Path(folder), CELLS, None)))


if __name__ == "__main__":
    main(sys.argv[1])
