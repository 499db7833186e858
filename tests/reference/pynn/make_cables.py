"""Runs cells with morphology with a backend of PyNN, and prints what they do as JSON.

    python make_cables.py neuron > neuron_cables.json

The file beside this one was made with NEURON 9.0 and PyNN 0.13.0. Times are in ms, v in mV; traces
are sampled every 0.5 ms. NEURON computes the rates of its Hodgkin-Huxley channels in
every step, not from its table.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

DT, DURATION, EVERY = 0.025, 100.0, 20


def segment(number: int, ends: Any, diameters: Any, label: str, parent: Any = None) -> Any:
    """A segment between two points of a plane."""
    from neuroml import Point3DWithDiam, Segment

    points = [
        Point3DWithDiam(x=x, y=y, z=0, diameter=d)
        for (x, y), d in zip(ends, diameters, strict=True)
    ]
    return Segment(proximal=points[0], distal=points[1], name=label, id=number, parent=parent)


def morphology(sim: Any, *segments: Any) -> Any:
    """A morphology of segments, as a backend takes it."""
    from neuroml import Morphology
    from pyNN import morphology as common

    made = getattr(sim.morphology, "NeuroMLMorphology", common.NeuroMLMorphology)
    return made(Morphology(segments=segments))


def species() -> dict[str, Any]:
    """Reversal potentials."""
    from pyNN.parameters import IonicSpecies

    return {
        "na": IonicSpecies("na", reversal_potential=50.0),
        "k": IonicSpecies("k", reversal_potential=-77.0),
    }


def channels(sim: Any) -> dict[str, Any]:
    """Channel types by name."""
    return {"pas": sim.PassiveLeak, "na": sim.NaChannel, "kdr": sim.KdrChannel}


def ball_and_stick_kind(sim: Any) -> Any:
    """A type of cells with a soma and a dendrite."""
    m = sim.morphology
    soma = segment(0, ((18.8, 0), (0, 0)), (18.8, 18.8), "soma")
    dendrite = segment(1, ((0, 0), (-500, 0)), (2, 2), "dendrite", soma)
    members = {
        "label": "BallAndStick",
        "ion_channels": channels(sim),
        "post_synaptic_entities": {"AMPA": sim.CondExpPostSynapticResponse},
    }
    made = type("BallAndStick", (sim.MultiCompartmentNeuron,), members)
    return made(
        morphology=morphology(sim, soma, dendrite),
        cm=1.0,
        Ra=500.0,
        ionic_species=species(),
        pas={"conductance_density": m.uniform("all", 0.0003), "e_rev": -54.3},
        na={"conductance_density": m.uniform("soma", 0.12)},
        kdr={"conductance_density": m.uniform("soma", 0.036)},
        AMPA={"locations": m.LabelledLocations("dendrite"), "e_syn": 0.0, "tau_syn": 2.0},
    )


def ball_and_stick(sim: Any) -> Any:
    """Two cells under steps of current, with a synapse on the dendrite."""
    kind = ball_and_stick_kind(sim)
    cells = sim.Population(2, kind, initial_values={"v": -65.0})
    to_soma = sim.DCSource(amplitude=0.3, start=20.0, stop=80.0)
    to_soma.inject_into(cells[0:1], location="soma")
    to_dendrite = sim.DCSource(amplitude=0.1, start=10.0, stop=60.0)
    to_dendrite.inject_into(cells[1:2], location="dendrite")
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0, 30.0, 70.0, 90.0]))
    onto(sim, source, cells, "dendrite", (0.01, 1.0, "AMPA"))
    cells.record(["na.m", "na.h", "kdr.n"], locations="soma")
    cells.record("v", locations=("soma", "dendrite"))
    return cells


def branched_kind(sim: Any) -> Any:
    """A type of cells with tapered branches and an axon."""
    m = sim.morphology
    soma = segment(0, ((0, 0), (20, 0)), (15, 15), "soma")
    trunk = segment(1, ((20, 0), (220, 0)), (3, 1.5), "trunk", soma)
    left = segment(2, ((220, 0), (370, 80)), (1.5, 0.8), "left", trunk)
    right = segment(3, ((220, 0), (400, -100)), (1.2, 0.6), "right", trunk)
    axon = segment(4, ((20, 0), (-380, 30)), (1, 1), "axon", soma)
    active = m.with_label("soma", "axon")
    everywhere = m.with_label("soma", "trunk", "left", "right", "axon")
    members = {
        "label": "Branched",
        "ion_channels": channels(sim),
        "post_synaptic_entities": {
            "AMPA": sim.CondExpPostSynapticResponse,
            "CURR": sim.CurrExpPostSynapticResponse,
        },
    }
    made = type("Branched", (sim.MultiCompartmentNeuron,), members)
    return made(
        morphology=morphology(sim, soma, trunk, left, right, axon),
        cm=1.2,
        Ra=120.0,
        ionic_species=species(),
        pas={
            "conductance_density": m.by_diameter(everywhere, lambda d: 1e-4 * (1 + d / 10)),
            "e_rev": -60.0,
        },
        na={"conductance_density": m.by_diameter(active, lambda d: 0.1 if d > 5 else 0.15)},
        kdr={"conductance_density": m.uniform(active, 0.036)},
        AMPA={"locations": m.LabelledLocations("left", "trunk"), "e_syn": 0.0, "tau_syn": 2.0},
        CURR={"locations": m.LabelledLocations("trunk"), "tau_syn": 4.0},
    )


def branched(sim: Any) -> Any:
    """Three cells with tapered branches and an axon, connected to one another."""
    m = sim.morphology
    cells = sim.Population(3, branched_kind(sim), initial_values={"v": -65.0})
    wave = {"amplitude": 0.1, "offset": 0.05, "frequency": 50.0, "phase": 30.0}
    sim.ACSource(start=15.0, stop=95.0, **wave).inject_into(cells[0:1], location="right")
    steps = {"times": [10.0, 30.0, 60.0], "amplitudes": [0.2, -0.1, 0.15]}
    sim.StepCurrentSource(**steps).inject_into(cells[1:2], location="soma")
    times = [[5.0, 20.0, 22.0], [30.0, 31.0, 70.0]]
    source = sim.Population(2, sim.SpikeSourceArray(spike_times=times))
    onto(sim, source, cells, m.with_label("left", "trunk"), (0.004, 1.0, "AMPA"))
    onto(sim, source[0:1], cells[2:3], "trunk", (0.2, 0.5, "CURR"))
    onto(sim, cells[1:2], cells[2:3], "left", (0.02, 3.0, "AMPA"))
    cells.record("v", locations=("soma", "trunk", "left", "right", "axon"))
    cells.record(["na.m", "kdr.n"], locations="axon")
    return cells


def onto(sim: Any, pre: Any, post: Any, where: Any, how: tuple[float, float, str]) -> Any:
    """Connects all to all at the chosen sections, with weight, delay and receptor."""
    return sim.Projection(
        pre,
        post,
        sim.AllToAllConnector(location_selector=where),
        sim.StaticSynapse(weight=how[0], delay=how[1]),
        receptor_type=how[2],
    )


def depressing(sim: Any) -> Any:
    """Two cells whose synapses are used up, or more effective for a while."""
    return _onto_dendrites(
        sim,
        [
            sim.TsodyksMarkramSynapse(U=0.6, tau_rec=60.0, tau_facil=0.0, weight=0.03, delay=1.0),
            sim.TsodyksMarkramSynapse(U=0.1, tau_rec=20.0, tau_facil=80.0, weight=0.03, delay=1.0),
        ],
    )


def _onto_dendrites(sim: Any, synapses: list[Any]) -> Any:
    """A cell for each type of synapse."""
    kind = ball_and_stick_kind(sim)
    cells = sim.Population(len(synapses), kind, initial_values={"v": -65.0})
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[10, 25, 40, 45, 50, 55, 62, 90]))
    for number, synapse in enumerate(synapses):
        sim.Projection(
            source,
            cells[number : number + 1],
            sim.AllToAllConnector(location_selector="dendrite"),
            synapse,
            receptor_type="AMPA",
        )
    cells.record("v", locations=("soma", "dendrite"))
    return cells


def changed(sim: Any) -> Any:
    """Two cells that are connected, driven and recorded further after 30 ms."""
    cells = sim.Population(2, ball_and_stick_kind(sim), initial_values={"v": -65.0})
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0, 29.0, 55.0, 70.0]))
    onto(sim, source, cells[0:1], "dendrite", (0.03, 2.0, "AMPA"))
    sim.DCSource(amplitude=0.15, start=10.0, stop=60.0).inject_into(cells[1:2], location="soma")
    cells.record("v", locations=("soma", "dendrite"))
    cells.record("spikes")
    sim.run(30.0)
    onto(sim, source, cells[1:2], "dendrite", (0.02, 1.0, "AMPA"))
    onto(sim, cells[0:1], cells[1:2], "dendrite", (0.02, 3.0, "AMPA"))
    sim.DCSource(amplitude=0.2, start=40.0, stop=90.0).inject_into(cells[0:1], location="dendrite")
    return cells


def joined(sim: Any) -> Any:
    """Two cells that a gap junction joins, one of them also with a point cell."""
    cells = sim.Population(2, ball_and_stick_kind(sim), initial_values={"v": -65.0})
    kind = sim.IF_cond_exp(cm=0.1, tau_m=10.0, v_thresh=100.0)
    point = sim.Population(1, kind, initial_values={"v": -65.0})
    sim.DCSource(amplitude=0.3, start=5.0).inject_into(cells[0:1], location="soma")
    _join(sim, (cells[0:1], "dendrite"), (cells[1:2], "soma"), 0.001)
    _join(sim, (cells[1:2], "dendrite"), (point, ""), 0.01)
    cells.record("v", locations=("soma", "dendrite"))
    return cells


def _join(sim: Any, end: tuple[Any, str], other: tuple[Any, str], conductance: float) -> None:
    """A gap junction [uS]; that of pyNN.neuron 0.13 fails, so that NEURON's is made without it."""
    if not sim.__name__.endswith("neuron"):
        sim.Projection(
            other[0],
            end[0],
            sim.AllToAllConnector(location_selector=end[1]),
            sim.ElectricalSynapse(weight=conductance),
            source=f"{other[1]}.gap" if other[1] else None,
        )
        return
    h = importlib.import_module("neuron").h
    parallel, known = sim.simulator.state.parallel_context, sim.simulator.state.__dict__
    gaps = known.setdefault("gaps_of_test", [])
    sections = []
    for cells, label in (end, other):
        made = cells[0]._cell
        found = getattr(made, "section_labels", {}).get(label)
        sections.append(made.sections[next(iter(found))] if found else made)
    for own, far in (sections, sections[::-1]):
        number = 1000 + len(gaps)
        parallel.source_var(far(0.5)._ref_v, number, sec=far)
        gap = h.Gap(0.5, sec=own)
        gap.g = conductance
        parallel.target_var(gap, gap._ref_vgap, number)
        gaps.append(gap)
    parallel.setup_transfer()


CASES = {
    "joined": joined,
    "changed": changed,
    "ball_and_stick": ball_and_stick,
    "branched": branched,
    "depressing": depressing,
}


def run(sim: Any, case: str) -> dict[str, Any]:
    """Spikes and traces of one case."""
    sim.setup(timestep=DT)
    cells = CASES[case](sim)
    cells.record("spikes")
    sim.run_until(DURATION)
    segment = cells.get_data().segments[0]
    traces = {
        item.name: [[round(float(x), 7) for x in row] for row in item.magnitude[::EVERY].T]
        for item in sorted(segment.analogsignals, key=lambda item: str(item.name))
    }
    spikes = [[round(float(t), 4) for t in train.magnitude] for train in segment.spiketrains]
    sim.end()
    return {"spikes": spikes, "traces": traces}


def main(backend: str) -> None:
    """Prints all of it."""
    sim = importlib.import_module(f"pyNN.{backend}")
    if backend == "neuron":
        importlib.import_module("neuron").h.usetable_hh = 0
    json.dump({case: run(sim, case) for case in CASES}, sys.stdout, separators=(",", ":"))


if __name__ == "__main__":
    main(sys.argv[1])
