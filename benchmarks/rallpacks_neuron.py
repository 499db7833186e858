"""A Rallpack in NEURON: prints the potential at the far end [V] as one JSON list.

    PYTHON benchmarks/rallpacks_neuron.py BRANCHES NUMBER DIVISIONS SECONDORDER STEP_MS

BRANCHES is what `rallpacks.branches` gives. PYTHON is an interpreter that has NEURON; nothing else
of this repository is needed.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from neuron import h


def cables(branches: list[tuple[int, int, float, float]], number: int, divisions: int) -> list[Any]:
    """The cables of the model with their membranes."""
    made: list[Any] = []
    for own, parent, length, thick in branches:
        one = h.Section(name=f"c{own}")
        one.L, one.diam, one.nseg, one.Ra, one.cm = length, thick, divisions, 100.0, 1.0
        if parent >= 0:
            one.connect(made[parent](1))
        one.insert("hh" if number == 3 else "pas")
        if number != 3:
            one.g_pas, one.e_pas = 0.25e-4, -65.0
        made.append(one)
    return made


def main() -> None:
    """Runs it for 50 ms."""
    branches = json.loads(sys.argv[1])
    number, divisions, order, step = sys.argv[2:6]
    made = cables(branches, int(number), int(divisions))
    if number == "3":
        h.usetable_hh = 0
        h.celsius = 6.3
        for one in made:
            one.ena, one.ek, one.el_hh = 50.0, -77.0, -54.3
    clamp = h.IClamp(made[0](0.5 / int(divisions)))
    clamp.delay, clamp.dur, clamp.amp = 0.0, 1e9, 0.1
    trace = h.Vector().record(made[-1](1 - 0.5 / int(divisions))._ref_v)
    h.dt = float(step)
    h.secondorder = int(order)
    h.finitialize(-65.0)
    for _ in range(round(50.0 / h.dt)):
        h.fadvance()
    print(json.dumps([value * 1e-3 for value in trace]))


if __name__ == "__main__":
    main()
