"""Runs NEST's own models of some standard cells and synapses, and prints what they do as JSON.

    PYNEST_QUIET=1 python make_nest.py > nest_models.json

These are those that PyNN's backend for NEST lacks, or has in another form: `IF_curr_delta` cannot
be recorded there, `IF_cond_exp_gsfa_grr` fails, `IF_curr_exp` spikes between steps, `HH_cond_exp`
at its peak, and there are no electrical synapses and no rule of Vogels; the sites of
`MultiQuantalSynapse` are not ready at first. The file beside this one was made with NEST 3.10.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import make
import nest
import numpy as np

LEAKY = {
    "E_L": -65.0,
    "C_m": 1000.0,
    "V_th": -50.0,
    "V_reset": -65.0,
    "t_ref": 2.0,
    "V_m": -65.0,
}
CHANNELS = {
    "E_L": -65.0,
    "g_L": 10.0,
    "C_m": 200.0,
    "V_m": -65.0,
    "V_T": -63.0,
    "g_Na": 20000.0,
    "g_K": 6000.0,
    "E_Na": 50.0,
    "E_K": -90.0,
    "Act_m": 0.0,
    "Inact_h": 1.0,
    "Act_n": 0.0,
    "t_ref": 2.0,
}
CELLS: dict[str, tuple[str, dict[str, float], float]] = {
    "IF_curr_exp": (
        "iaf_psc_exp",
        LEAKY | {"tau_m": 20.0, "I_e": 900.0, "tau_syn_ex": 5.0, "tau_syn_in": 5.0},
        1000.0,
    ),
    "IF_curr_delta": ("iaf_psc_delta", LEAKY | {"tau_m": 20.0, "I_e": 900.0}, 1.0),
    "IF_cond_exp_gsfa_grr": (
        "iaf_cond_exp_sfa_rr",
        LEAKY
        | {"g_L": 50.0, "I_e": 1500.0, "tau_syn_ex": 5.0, "tau_syn_in": 5.0}
        | {"E_ex": 0.0, "E_in": -70.0}
        | {"tau_sfa": 100.0, "E_sfa": -75.0, "q_sfa": 15.0}
        | {"tau_rr": 2.0, "E_rr": -75.0, "q_rr": 3000.0},
        1000.0,
    ),
    "HH_cond_exp": (
        "hh_cond_exp_traub",
        CHANNELS | {"I_e": 700.0, "tau_syn_ex": 2.0, "tau_syn_in": 2.0, "E_ex": 0.0, "E_in": -80.0},
        1000.0,
    ),
}
"""NEST's name, parameters in its units, and its weight for a weight of 1 in PyNN's units."""


QUANTAL = [name for name, (kind, _) in make.CHANCE.items() if kind != "SimpleStochasticSynapse"]
"""The stochastic form of Tsodyks and Markram is that of one site."""


def begin(step: float = make.DT) -> None:
    """An empty network in steps of so many ms."""
    nest.ResetKernel()
    nest.resolution = step


def spiking(times: list[float]) -> Any:
    """A cell that spikes at these times: of what generators send, plastic synapses hear nothing."""
    source = nest.Create("spike_generator", params={"spike_times": [t - 1.0 for t in times]})
    relay = nest.Create("parrot_neuron")
    nest.Connect(source, relay, syn_spec={"delay": 1.0})
    return relay


def recorded(cells: Any, names: list[str]) -> tuple[Any, Any]:
    """What tells spikes, and samples of some variables in each step."""
    step = nest.resolution
    meter = nest.Create("multimeter", params={"record_from": names, "interval": step})
    spikes = nest.Create("spike_recorder")
    nest.Connect(meter, cells)
    nest.Connect(cells, spikes)
    return spikes, meter


def _rows(meter: Any, cell: int | None) -> Any:
    """Those of a cell, or of the only one, in order of time."""
    senders = meter.events["senders"]
    order = np.argsort(meter.events["times"], kind="stable")
    return order[senders[order] == (cell or senders[0])]


def samples(meter: Any, name: str, first: float, cell: int | None = None) -> list[float]:
    """Of a cell, from the start value on, which NEST leaves out."""
    values = np.concatenate(([first], meter.events[name][_rows(meter, cell)]))
    return [float(x) for x in values[:: round(make.EVERY * make.DT / nest.resolution)]]


def crossings(meter: Any, cell: int | None = None) -> Any:
    """When v of a cell passes 0 mV on its way up."""
    rows = _rows(meter, cell)
    above = meter.events["V_m"][rows] > 0.0
    return meter.events["times"][rows][1:][above[1:] & ~above[:-1]]


def cell(name: str) -> dict[str, Any]:
    """Spikes and v of one cell under a constant current and a few spikes, as `make.cell`."""
    begin()
    model, known, scale = CELLS[name]
    made = nest.Create(model, params=known)
    for times, weight in zip(make.ARRIVE, make.WEIGHTS.get(name, (0.02, -0.02)), strict=True):
        synapse = {"weight": weight * scale, "delay": 1.0}
        nest.Connect(spiking(times), made, syn_spec=synapse)
    spikes, meter = recorded(made, ["V_m"])
    nest.Simulate(make.DURATION + make.DT)
    times = spikes.events["times"]
    if name == "HH_cond_exp":  # NEST tells when v is largest; PyNN's cell spikes at 0 mV
        times = crossings(meter)
    return {
        "spikes": [round(float(t), 4) for t in times],
        "v": [round(x, 5) for x in samples(meter, "V_m", -65.0)],
    }


def vogels(_: str) -> dict[str, Any]:
    """A synapse with the rule of Vogels et al. 2011, as `make.paired`; its trace is the cell's."""
    begin()
    known = {"g_L": 50.0, "E_ex": 0.0, "E_in": 0.0, "tau_syn_ex": 5.0, "tau_syn_in": 2.0}
    made = nest.Create("iaf_cond_exp", params=LEAKY | known | {"tau_minus": 20.0})
    times = [10.0 + 15.0 * k for k in range(13)]
    rule = {"tau": 20.0, "eta": 0.1, "alpha": 0.2, "Wmax": 1000.0, "Kplus": 0.0}
    synapse = {"synapse_model": "vogels_sprekeler_synapse", "weight": 10.0, "delay": 2.0}
    nest.Connect(spiking(times), made, syn_spec=synapse | rule)
    nest.Connect(spiking(make.KICKS), made, syn_spec={"weight": -300.0, "delay": 1.0})
    learnt = nest.GetConnections(target=made, synapse_model="vogels_sprekeler_synapse")
    spikes, meter = recorded(made, ["g_ex"])
    weights, now = [], 0.0
    for time in times:
        nest.Simulate(time + 2.4 - now)
        now = time + 2.4
        weights.append(round(float(learnt.weight) / 1000.0, 12))
    nest.Simulate(make.DURATION + make.DT - now)
    return {
        "spikes": [round(float(t), 4) for t in spikes.events["times"]],
        "g": [round(x / 1000.0, 9) for x in samples(meter, "g_ex", 0.0)],
        "weights": weights,
    }


def chance(name: str) -> dict[str, Any]:
    """What many synapses release at each of some spikes, as `make.chance`.

    PyNN's backend lets one site be ready at first, and sends a weight for each site.
    """
    begin()
    _, known = make.CHANCE[name]
    sites = known.get("n", 1)
    cells = nest.Create("iaf_cond_exp", make.MANY, params={"tau_syn_ex": 1e7})
    synapse = {"synapse_model": "quantal_stp_synapse", "weight": 1e-3 / sites, "delay": 1.0}
    states = {"n": sites, "a": sites, "U": known["U"], "u": known["U"]}
    times = {"tau_rec": known["tau_rec"], "tau_fac": known["tau_facil"]}
    relay = spiking(make.REGULAR)
    nest.Connect(relay, cells, syn_spec=synapse | times | states)
    sums = [np.zeros(make.MANY)]
    for _ in make.REGULAR:
        nest.Simulate(make.APART)
        sums.append(np.asarray(cells.g_ex) / 1e-3)
    return make.statistics(np.array(sums))


def gaps(name: str) -> dict[str, Any]:
    """Two cells with a gap junction, as `make.gaps`."""
    begin(make.FINE)
    channels = dict(CHANNELS)
    for key, nests in (("gbar_Na", "g_Na"), ("gbar_K", "g_K")):
        channels |= {nests: 1000.0 * make.GAPS[name][key]} if key in make.GAPS[name] else {}
    made = nest.Create("hh_cond_beta_gap_traub", 2, params=channels)
    made.I_e = [1000.0 * x for x in make.DRIVES]
    synapse = {"synapse_model": "gap_junction", "weight": 1000.0 * make.CONDUCTANCE}
    rule = {"rule": "one_to_one", "make_symmetric": True}
    nest.Connect(made[0], made[1], rule, synapse)
    _, meter = recorded(made, ["V_m"])
    nest.Simulate(make.DURATION + make.DT)
    return {
        "spikes": [[round(float(t), 4) for t in crossings(meter, one)] for one in made.tolist()],
        "v": [[round(x, 5) for x in samples(meter, "V_m", -65.0, one)] for one in made.tolist()],
    }


def main(*wanted: str) -> None:
    """Prints all of it, or the parts that are wanted."""
    nest.set_verbosity("M_ERROR")
    parts = (
        ("cells", CELLS, cell),
        ("paired", ["Vogels2011"], vogels),
        ("gaps", make.GAPS, gaps),
        ("chance", QUANTAL, chance),
    )
    chosen = [item for item in parts if not wanted or item[0] in wanted]
    print(json.dumps({part: {name: run(name) for name in names} for part, names, run in chosen}))


if __name__ == "__main__":
    main(*sys.argv[1:])
