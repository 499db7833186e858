"""Two cells with branched dendrites in PyNN: a spike of the first reaches the second.

    python branched.py branched.png

Runs unchanged with another backend that has cells with morphology:

    python branched.py branched.png neuron
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

from neuroml import Morphology, Point3DWithDiam, Segment
from pyNN import morphology as common
from pyNN.parameters import IonicSpecies


def segment(number: int, ends: Any, diameters: Any, label: str, parent: Any = None) -> Segment:
    """A segment in the plane, between two points [um]."""
    points = [
        Point3DWithDiam(x=x, y=y, z=0, diameter=d)
        for (x, y), d in zip(ends, diameters, strict=True)
    ]
    return Segment(proximal=points[0], distal=points[1], name=label, id=number, parent=parent)


def morphology(sim: Any) -> Any:
    """A soma, a trunk and two branches."""
    soma = segment(0, ((0, 0), (20, 0)), (20, 20), "soma")
    trunk = segment(1, ((20, 0), (220, 0)), (3, 2), "trunk", soma)
    left = segment(2, ((220, 0), (340, 90)), (1.5, 0.8), "left", trunk)
    right = segment(3, ((220, 0), (340, -90)), (1.5, 0.8), "right", trunk)
    made = getattr(sim.morphology, "NeuroMLMorphology", common.NeuroMLMorphology)
    return made(Morphology(segments=(soma, trunk, left, right)))


def cell_type(sim: Any) -> Any:
    """A soma with channels, a leak everywhere, synapses on the branches."""
    m = sim.morphology

    members = {
        "ion_channels": {"pas": sim.PassiveLeak, "na": sim.NaChannel, "kdr": sim.KdrChannel},
        "post_synaptic_entities": {"AMPA": sim.CondExpPostSynapticResponse},
    }
    made = type("Branched", (sim.MultiCompartmentNeuron,), members)
    return made(
        morphology=morphology(sim),
        cm=1.0,
        Ra=150.0,
        ionic_species={
            "na": IonicSpecies("na", reversal_potential=50.0),
            "k": IonicSpecies("k", reversal_potential=-77.0),
        },
        pas={"conductance_density": m.uniform("all", 0.0002), "e_rev": -62.0},
        na={"conductance_density": m.uniform("soma", 0.12)},
        kdr={"conductance_density": m.uniform("soma", 0.036)},
        AMPA={"locations": m.LabelledLocations("left", "right"), "e_syn": 0.0, "tau_syn": 3.0},
    )


def run(sim: Any) -> Any:
    """A Neo segment with the potentials of both cells."""
    sim.setup(timestep=0.025)
    cells = sim.Population(2, cell_type(sim), initial_values={"v": -65.0})
    pulse = sim.DCSource(amplitude=0.5, start=20.0, stop=30.0)
    pulse.inject_into(cells[0:1], location="soma")
    sim.Projection(
        cells[0:1],
        cells[1:2],
        sim.AllToAllConnector(location_selector="left"),
        sim.StaticSynapse(weight=0.02, delay=5.0),
        receptor_type="AMPA",
    )
    cells.record("spikes")
    cells.record("v", locations=("soma", "left", "right"))
    sim.run(60.0)
    data = cells.get_data().segments[0]
    sim.end()
    return data


def draw(data: Any, path: str) -> None:
    """The potentials of both cells, one below the other."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 5), layout="constrained")
    panels = figure.subplots(2, 1, sharex=True)
    for number, axes in enumerate(panels):
        for name in ("soma", "left", "right"):
            signal = data.filter(name=f"{name}.v")[0]
            axes.plot(signal.times.rescale("ms"), signal.magnitude[:, number], label=name)
        axes.set_title(f"cell {number}", loc="left")
        axes.set_ylabel("v (mV)")
    panels[0].legend(frameon=False)
    panels[1].set_xlabel("time (ms)")
    figure.savefig(path, dpi=140)


if __name__ == "__main__":
    backend = sys.argv[2] if len(sys.argv) > 2 else "annarchy"
    found = run(importlib.import_module(f"pyNN.{backend}"))
    print([len(train) for train in found.spiketrains], "spikes")
    draw(found, sys.argv[1] if len(sys.argv) > 1 else "branched.png")
