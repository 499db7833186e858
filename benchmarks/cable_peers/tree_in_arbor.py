"""Cells of W8 by Arbor: python tree_in_arbor.py DESCRIPTION."""

from __future__ import annotations

from typing import Any

import arbor
from arbor import units
from described import Tree, asked, measured, parent, say


def cell(wanted: Tree) -> Any:
    """A soma and its branches; a gap between a segment and its parent's end has no resistance."""
    tree, radius = arbor.segment_tree(), wanted.soma_um / 2
    soma = tree.append(
        arbor.mnpos, arbor.mpoint(-radius, 0, 0, radius), arbor.mpoint(radius, 0, 0, radius), tag=1
    )
    made = [soma]
    for k in range(wanted.branches):
        begin = radius + ((k + 1).bit_length() - 1) * wanted.branch_um
        ends = (begin, begin + wanted.branch_um)
        made.append(
            tree.append(
                made[1 + parent(k)], *(arbor.mpoint(x, 10.0 * k, 0, 0.5) for x in ends), tag=3 + k
            )
        )
    names = {
        "soma": "(tag 1)",
        "dendrites": "(difference (all) (tag 1))",
        "first": "(on-components 0.5 (tag 3))",
        "middle": "(on-components 0.5 (tag 1))",
    }
    leak = arbor.density("pas/e=-65", {"g": 0.001})
    decor = arbor.decor()
    decor.paint('"soma"', arbor.density("hh"))
    decor.paint('"dendrites"', arbor.density("hh") if wanted.dendrites == "spiking" else leak)
    for number in range(10):
        decor.place('"first"', arbor.synapse("expsyn", {"tau": 2.0, "e": 0.0}), f"s{number}")
    decor.place('"middle"', arbor.threshold_detector(-10.0 * units.mV), "detector")
    longest = arbor.cv_policy_max_extent(wanted.branch_um / wanted.parts * units.um)
    cuts = longest | arbor.cv_policy_single("(tag 1)")
    return arbor.cable_cell(tree, decor, arbor.label_dict(names), cuts)


class Network(arbor.recipe):  # type: ignore[misc]  # Arbor has no types
    """The ring."""

    def __init__(self, wanted: Tree) -> None:
        arbor.recipe.__init__(self)
        self.wanted, self.cell = wanted, cell(wanted)
        self.cable = arbor.neuron_cable_properties()
        self.cable.set_property(
            Vm=-65 * units.mV,
            tempK=279.45 * units.Kelvin,
            rL=100 * units.Ohm * units.cm,
            cm=0.01 * units.F / units.m2,
        )

    def num_cells(self) -> int:
        return self.wanted.cells

    def cell_kind(self, gid: int) -> Any:
        return arbor.cell_kind.cable

    def cell_description(self, gid: int) -> Any:
        return self.cell

    def connections_on(self, gid: int) -> list[Any]:
        own = self.wanted.pairs[10 * gid : 10 * gid + 10]
        return [
            arbor.connection((source, "detector"), f"s{j}", 0.01 * weight, 5.0 * units.ms)
            for j, (source, _, weight) in enumerate(own)
        ]

    def event_generators(self, gid: int) -> list[Any]:
        at = arbor.explicit_schedule([1.1 * units.ms])
        return [arbor.event_generator("s0", 0.01, at)] if gid % 10 == 0 else []

    def global_properties(self, kind: Any) -> Any:
        return self.cable


def main() -> None:
    """Runs the cells."""
    wanted = asked()
    recipe, context = Network(wanted), arbor.context(threads=wanted.threads, gpu_id=None)
    simulation = arbor.simulation(recipe, context, arbor.partition_load_balance(recipe, context))
    simulation.record(arbor.spike_recording.all)
    figures = measured(lambda: simulation.run(wanted.ms * units.ms, wanted.step_ms * units.ms))
    vectors = "vectors" if arbor.config()["vectorize"] else "no vectors"
    version = f"{arbor.config()['version']}, {vectors}"
    say(figures, version, [float(item[1]) for item in simulation.spikes()])


if __name__ == "__main__":
    main()
