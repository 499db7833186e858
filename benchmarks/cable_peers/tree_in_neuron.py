"""Cells of W8 by NEURON, or by CoreNEURON: python tree_in_neuron.py DESCRIPTION [core]."""

from __future__ import annotations

import sys
from typing import Any

import neuron
from described import Tree, asked, measured, parent, say
from neuron import coreneuron, h


def section(length: float, diameter: float, parts: int, spiking: bool) -> Any:
    """A piece of cable."""
    made = h.Section()
    made.L, made.diam, made.nseg, made.Ra, made.cm = length, diameter, parts, 100.0, 1.0
    made.insert("hh" if spiking else "pas")
    if not spiking:
        made.g_pas, made.e_pas = 0.001, -65.0
    return made


def cell(wanted: Tree) -> list[Any]:
    """A soma and its branches."""
    made = [section(wanted.soma_um, wanted.soma_um, 1, True)]
    for k in range(wanted.branches):
        branch = section(wanted.branch_um, 1.0, wanted.parts, wanted.dendrites == "spiking")
        branch.connect(made[1 + parent(k)](1), 0)
        made.append(branch)
    return made


def network(wanted: Tree, context: Any) -> list[Any]:
    """The cells, their synapses and connections."""
    cells = [cell(wanted) for _ in range(wanted.cells)]
    kept: list[Any] = [cells]
    for k, own in enumerate(cells):
        detector = h.NetCon(own[0](0.5)._ref_v, None, sec=own[0])
        detector.threshold = -10.0
        context.set_gid2node(k, context.id())
        context.cell(k, detector)
        kept.append(detector)
    for number, (source, target, weight) in enumerate(wanted.pairs):
        synapse = h.ExpSyn(cells[target][1](0.5))
        synapse.tau, synapse.e = 2.0, 0.0
        joined = context.gid_connect(source, synapse)
        joined.weight[0], joined.delay = 0.01 * weight, 5.0
        kept += [synapse, joined]
        if number % 100 == 0:
            start = h.NetStim()
            start.number, start.start, start.noise = 1, 1.0, 0
            first = h.NetCon(start, synapse)
            first.weight[0], first.delay = 0.01, 0.1
            kept += [start, first]
    return kept


def main() -> None:
    """Runs the cells."""
    wanted, core = asked(), sys.argv[2:] == ["core"]
    h.load_file("stdrun.hoc")
    h.celsius = 6.3
    context = h.ParallelContext()
    kept = network(wanted, context)
    times, senders = h.Vector(), h.Vector()
    context.spike_record(-1, times, senders)
    h.dt, h.steps_per_ms = wanted.step_ms, 1 / wanted.step_ms
    h.CVode().cache_efficient(1)
    context.nthread(wanted.threads)
    if core:
        coreneuron.enable, coreneuron.verbose = True, 0
    context.set_maxstep(10)
    h.finitialize(-65.0)
    say(measured(lambda: context.psolve(wanted.ms)), neuron.__version__, list(times))
    kept.clear()


if __name__ == "__main__":
    main()
