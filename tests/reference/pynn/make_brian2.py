"""Runs the standard cells and synapses as equations of Brian 2, and prints what they do as JSON.

    python make_brian2.py > equations.json
    python make_brian2.py paired > some.json

The cells are in ``brian2_cells.py``; synapses are written here as the papers have them: Morrison et
al. 2008 for pairs of spikes, Vogels et al. 2011, Fuhrmann et al. 2002 and Loebel et al. 2009 for
release by chance. The file beside this one was made with Brian 2.9 and PyNN 0.13.0 (for its
default values).
"""

from __future__ import annotations

import json
import sys
from typing import Any

import brian2_cells as given
import make
import numpy as np
from brian2 import Network, NeuronGroup, SpikeMonitor, StateMonitor, Synapses, ms

PAIR = """
w : 1
sent : 1
dx/dt = -x/tau_plus/ms : 1 (event-driven)
dy/dt = -y/tau_minus/ms : 1 (event-driven)
"""
SCALES = {
    "Additive": ("1", "1"),
    "Multiplicative": ("w", "(1 - w)"),
    "AdditivePotentiationMultiplicativeDepression": ("w", "1"),
    "Gutig": ("w**0.5", "(1 - w)**0.5"),
}
"""What the weight does to depression and potentiation, in bounds of 0 and 1."""
RULES = {
    name: (f"w - 1.2e-3*{SCALES[rule][0]}*y", f"w + 1e-3*{SCALES[rule][1]}*x", 17.0, 24.0, part)
    for name, (rule, part) in make.PAIRED.items()
    if rule
}
RULES["Vogels2011"] = ("w + 1e-4*(y - 2*5e-3*20)", "w + 1e-4*x", 20.0, 20.0, 1.0)
"""Weights at a spike of the source, and of the cell; time constants; the dendritic part."""


def paired(name: str) -> dict[str, Any]:
    """A synapse to a cell that fires when it is kicked, as `make.paired`; no pairs at one time."""
    given.begin("IF_cond_exp")
    at_pre, at_post, tau_plus, tau_minus, part = RULES[name]
    cell = given.group("IF_cond_exp", {"tau_refrac": 2.0, "tau_syn_I": 2.0, "e_rev_I": 0.0})
    times = [10.0 + 15.0 * k for k in range(13)]
    spikes, kicks = given.source(times), given.source(make.KICKS)
    joined = Synapses(
        spikes,
        cell,
        PAIR,
        on_pre={
            "learn": f"w = clip({at_pre}, 0, 1); sent = w",
            "mark": "x += 1",
            "send": "gE_post += sent",
        },
        on_post={"hear": f"w = clip({at_post}, 0, 1)", "keep": "y += 1"},
        namespace={"tau_plus": tau_plus, "tau_minus": tau_minus},
    )
    joined.connect()
    joined.w = 0.01
    for way, delay in (("learn", 1.0 - part), ("mark", 1.0 - part), ("hear", part), ("keep", part)):
        getattr(joined, way).delay = 2.0 * delay * ms
        getattr(joined, way).order = int(way in ("mark", "keep"))
    joined.send.delay = 2.0 * ms
    joined.send.order = 2
    fired = SpikeMonitor(cell)
    g = StateMonitor(cell, "gE", record=0, when="start")
    sent = StateMonitor(joined, "sent", record=0, when="start")
    parts = (cell, spikes, kicks, given.static(kicks, cell, "IF_cond_exp", 1, 0.3), joined)
    Network(*parts, fired, g, sent).run((make.DURATION + make.DT) * ms)
    read = [round((time + 2.4) / make.DT) for time in times]
    return {
        "spikes": given.trains(fired),
        "g": [round(float(x), 9) for x in g.gE[0][:: make.EVERY]],
        "weights": [round(float(sent.sent[0][k]), 12) for k in read],
    }


USED = "u = u*exp((last - t)/ms/tau_facil)*(1 - U) + U"
BACK = "(1 - exp((last - t)/ms/tau_rec))"
SITES = range(5)
RELEASES = {
    "SimpleStochasticSynapse": "released = int(rand() < p)",
    "StochasticTsodyksMarkramSynapse": f"""
        {USED}
        ready = int(ready + int(rand() < {BACK}) > 0)
        released = ready*int(rand() < u)
        ready -= released
        last = t""",
    "MultiQuantalSynapse": f"""
        {USED}
        idle = n - ready
        {"; ".join(f"ready += int(idle > {k})*int(rand() < {BACK})" for k in SITES)}
        released = 0
        {"; ".join(f"released += int(ready > {k})*int(rand() < u)" for k in SITES)}
        ready -= released
        released = released/n
        last = t""",
}
"""What a spike does; a synapse has five sites at most."""


def chance(name: str) -> dict[str, Any]:
    """What many synapses release at each of some spikes, as `make.chance`."""
    given.begin("IF_cond_exp")
    kind, known = make.CHANCE[name]
    spikes = given.source(make.REGULAR)
    cells = NeuronGroup(make.MANY, "g : 1")
    text = "u : 1\nready : 1\nidle : 1\nreleased : 1\nlast : second"
    joined = Synapses(
        spikes, cells, text, on_pre=RELEASES[kind] + "\ng_post += released", namespace=known
    )
    joined.connect()
    joined.delay = 1.0 * ms
    joined.ready = known.get("n", 1)
    joined.last = -1e6 * ms
    g = StateMonitor(cells, "g", record=True, when="start", dt=make.APART * ms)
    Network(spikes, cells, joined, g).run((make.DURATION + make.APART) * ms)
    return make.statistics(np.asarray(g.g).T)


def gaps(name: str) -> dict[str, Any]:
    """Two cells with a gap junction, of which one is driven, as `make.gaps`."""
    given.begin("HH_cond_exp")
    text = given.CELLS["HH_cond_exp"][0] + "i_offset : 1\n"
    cells = given.group("HH_cond_exp", make.GAPS[name], 2, text)
    cells.i_offset = make.DRIVES
    joined = Synapses(cells, cells, f"gap_post = {make.CONDUCTANCE}*(v_pre - v_post) : 1 (summed)")
    joined.connect(i=[0, 1], j=[1, 0])
    fired = SpikeMonitor(cells)
    v = StateMonitor(cells, "v", record=True, when="start", dt=make.DT * ms)
    Network(cells, joined, fired, v).run((make.DURATION + make.DT) * ms)
    return {
        "spikes": [given.trains(fired, k) for k in range(2)],
        "v": [[round(float(x), 5) for x in row[:: make.EVERY]] for row in v.v],
    }


def main(*wanted: str) -> None:
    """Prints all of it, or the parts that are wanted."""
    parts = (
        ("cells", given.CELLS, given.cell),
        ("paired", RULES, paired),
        ("chance", make.CHANCE, chance),
        ("gaps", make.GAPS, gaps),
    )
    chosen = [item for item in parts if not wanted or item[0] in wanted]
    print(json.dumps({part: {name: run(name) for name in names} for part, names, run in chosen}))


if __name__ == "__main__":
    main(*sys.argv[1:])
