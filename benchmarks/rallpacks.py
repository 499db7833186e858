"""Rallpacks 1 to 3: a cable, a tree and an axon; errors by step and by number of compartments.

    python benchmarks/rallpacks.py [--steps 0.1,0.05,0.025] [--methods auto,crank_nicolson]
                                   [--neuron PYTHON]

Bhalla, Bilitch and Bower 1992 (doi:10.1016/0166-2236(92)90009-W). Error of the first two: root of
the mean square over 50 ms at the far end, by the range of the exact solution (Rall 1977, eq. 5.22).
Of the third: how late the last spike within 50 ms comes at the far end, beside the finest step.
With ``--neuron``, an interpreter that has NEURON, the same for NEURON (``secondorder`` 0 and 2).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from squid_channels import HODGKIN_HUXLEY

MS = 50.0
FINE_MS = 0.00125
RESTING = -0.065
SQUID = """
        <channelDensity id="na" ionChannel="na" condDensity="1200 S_per_m2" erev="50mV" ion="na"/>
        <channelDensity id="k" ionChannel="k" condDensity="360 S_per_m2" erev="-77mV" ion="k"/>"""
CABLE = "sao864921383"
LEVELS = 10
BRANCH_UM, TRUNK_UM = 32.0, 16.0
ENTRY_NA = 0.1
Trace: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"


def branches(number: int) -> list[tuple[int, int, float, float]]:
    """Cables of a model: own number, that of the parent (-1: none), length and diameter [um].

    The tree of Rallpack 2: at each point two branches, by Rall's 3/2 law, each as long in
    lengths of its own; it acts as a cable as thick as its trunk.
    """
    if number != 2:
        return [(0, -1, 1000.0, 1.0)]
    found = []
    for k in range(2**LEVELS - 1):
        level = (k + 1).bit_length() - 1
        thin = 2.0 ** (-2 * level / 3)
        found.append((k, (k + 1) // 2 - 1, BRANCH_UM * thin**0.5, TRUNK_UM * thin))
    return found


def shape(number: int, divisions: int) -> tuple[str, int]:
    """Segments and groups of a model, a segment for each compartment; the last segment."""
    parts: list[str] = []
    groups = []
    ends: dict[int, tuple[float, int]] = {}
    count = 0
    for own, parent, length, thick in branches(number):
        x, hook = ends.get(parent, (0.0, -1))
        members = []
        for _ in range(divisions):
            hangs = f'<parent segment="{hook}"/>' if hook >= 0 else ""
            parts.append(
                f'<segment id="{count}">{hangs}<proximal x="{x!r}" y="{own}" z="0" '
                f'diameter="{thick!r}"/><distal x="{x + length / divisions!r}" y="{own}" z="0" '
                f'diameter="{thick!r}"/></segment>'
            )
            members.append(f'<member segment="{count}"/>')
            x, hook, count = x + length / divisions, count, count + 1
        ends[own] = (x, hook)
        groups.append(
            f'<segmentGroup id="c{own}" neuroLexId="{CABLE}"><property '
            f'tag="numberInternalDivisions" value="{divisions}"/>{"".join(members)}</segmentGroup>'
        )
    return "".join((*parts, *groups)), count - 1


def model(folder: Path, number: int, divisions: int, step_ms: float) -> tuple[Path, str]:
    """Writes a Rallpack as NeuroML; gives its file and the path of what is recorded."""
    segments, last = shape(number, divisions)
    leak, erev = (3.0, -54.3) if number == 3 else (0.25, -65.0)
    path = folder / f"rallpack{number}.nml"
    path.write_text(
        f'<neuroml id="rallpack"><ionChannelPassive id="leak" conductance="10pS"/>'
        f"{HODGKIN_HUXLEY if number == 3 else ''}"
        f'<cell id="cell"><morphology id="m">{segments}</morphology>'
        '<biophysicalProperties id="b"><membraneProperties><channelDensity id="leaks" '
        f'ionChannel="leak" condDensity="{leak} S_per_m2" erev="{erev}mV" ion="non_specific"/>'
        f"{SQUID if number == 3 else ''}"
        '<spikeThresh value="0mV"/><specificCapacitance value="1 uF_per_cm2"/>'
        '<initMembPotential value="-65mV"/></membraneProperties><intracellularProperties>'
        '<resistivity value="1 ohm_m"/></intracellularProperties></biophysicalProperties>'
        f'</cell><pulseGenerator id="pulse" delay="0ms" duration="1s" amplitude="{ENTRY_NA}nA"/>'
        '<network id="net"><population id="pop" component="cell" size="1"/>'
        '<inputList id="in" component="pulse" population="pop"><input id="0" '
        'target="../pop/0/cell" segmentId="0" destination="synapses"/>'
        f'</inputList></network><Simulation id="sim" length="{MS}ms" step="{step_ms!r}ms" '
        'target="net"><OutputFile id="out" fileName="v.dat"><OutputColumn id="v" '
        f'quantity="pop/0/cell/{last}/v"/></OutputFile></Simulation>'
        '<Target component="sim"/></neuroml>',
        encoding="utf-8",
    )
    return path, f"pop/0/cell/{last}/v"


def far_end(number: int, divisions: int, step_ms: float, method: str) -> Trace:
    """Potential of the last compartment [V], shape (n_steps + 1,)."""
    import annarchy_ml

    with tempfile.TemporaryDirectory() as name:
        path, recorded = model(Path(name), number, divisions, step_ms)
        results = annarchy_ml.load(path).compile(method=method).run()
        return np.asarray(results[recorded].values)


def exact(number: int, divisions: int, times_ms: Trace) -> Trace:
    """The same for Rallpack 1 or 2 [V], for a current that enters at the very end."""
    membrane, inside, capacity = 4.0, 1.0, 0.01
    cables = branches(number)
    length = BRANCH_UM * LEVELS if number == 2 else 1000.0
    length, diameter = length * 1e-6, cables[0][3] * 1e-6
    x = length * (1 - 0.5 / (divisions * (LEVELS if number == 2 else 1)))
    space = np.sqrt(membrane * diameter / (4 * inside))
    electrotonic = length / space
    scale = ENTRY_NA * 1e-9 * inside * space / (np.pi * diameter**2 / 4)
    n = np.arange(1, 20_000)
    decays = 1 + (n * np.pi / electrotonic) ** 2
    steady = np.cosh((length - x) / space) / np.sinh(electrotonic)
    found = []
    for t in times_ms * 1e-3 / (membrane * capacity):
        waves = np.cos(n * np.pi * x / length) / decays * np.exp(-decays * t)
        fading = np.exp(-t) / electrotonic + 2 / electrotonic * np.sum(waves)
        found.append(RESTING + scale * (steady - fading))
    return np.array(found)


def relative_error(number: int, divisions: int, step_ms: float, trace: Trace) -> float:
    """Root of the mean square of the error of Rallpack 1 or 2 every ms, by the range."""
    stride = round(1.0 / step_ms)
    found = trace[::stride][1:]
    expected = exact(number, divisions, np.arange(1.0, MS + 0.5))
    return float(np.sqrt(np.mean((found - expected) ** 2)) / np.ptp(expected))


def crossings(step_ms: float, trace: Trace) -> Trace:
    """When a trace rises through 0 V [ms], between steps by a line."""
    k = np.flatnonzero((trace[1:] > 0.0) & (trace[:-1] <= 0.0))
    return (k + trace[k] / (trace[k] - trace[k + 1])) * step_ms


def of_neuron(python: str, number: int, divisions: int, order: int, step_ms: float) -> Trace:
    """The trace of NEURON, run by an interpreter that has it, with ``secondorder``."""
    script = Path(__file__).with_name("rallpacks_neuron.py")
    command = [python, str(script), json.dumps(branches(number)), str(number), str(divisions)]
    command.extend((str(order), str(step_ms)))
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return np.array(json.loads(printed.splitlines()[-1]))


def main() -> None:
    """Prints a line for each model, engine, step."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--steps", default="0.1,0.05,0.025")
    arguments.add_argument("--methods", default="auto,crank_nicolson")
    arguments.add_argument("--neuron", default="")
    chosen = arguments.parse_args()
    steps = [float(text) for text in chosen.steps.split(",")]
    for number, divisions in ((1, 1001), (2, 5), (3, 1001)):
        engines: dict[str, Callable[[float], Trace]] = {
            method: partial(far_end, number, divisions, method=method)
            for method in chosen.methods.split(",")
        }
        for order in (0, 2) if chosen.neuron else ():
            engines[f"NEURON, secondorder={order}"] = partial(
                of_neuron, chosen.neuron, number, divisions, order
            )
        late = far_end(3, divisions, FINE_MS, "crank_nicolson") if number == 3 else np.zeros(0)
        for name, engine in engines.items():
            for step in steps:
                figure = told(number, divisions, step, engine(step), late)
                print(f"Rallpack {number}, {name}, step {step} ms: {figure}", flush=True)


def told(number: int, divisions: int, step_ms: float, trace: Trace, late: Trace) -> str:
    """The figure of a trace; ``late`` is that of the axon with the finest step."""
    if number < 3:
        return f"error {relative_error(number, divisions, step_ms, trace):.2e}"
    shift = crossings(step_ms, trace)[-1] - crossings(FINE_MS, late)[-1]
    return f"last spike {shift:+.4f} ms"


if __name__ == "__main__":
    main()
