"""Runs each standard cell and synapse with a backend of PyNN, and prints what they do as JSON.

    PYNEST_QUIET=1 python make.py nest > nest.json
    python make.py brian2 paired > some.json

Without names of parts it runs all of them.

The files beside this one were made with NEST 3.10, NEURON 9.0, Brian 2.9 and PyNN 0.13.0. Times
are in ms, v in mV, conductances in uS; `v` is sampled every 0.5 ms, weights every 20 ms.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterable
from typing import Any

DT, DURATION, EVERY = 0.1, 200.0, 5
CELLS: dict[str, dict[str, Any]] = {
    "IF_curr_exp": {"i_offset": 0.9, "tau_refrac": 2.0},
    "IF_curr_alpha": {"i_offset": 0.9, "tau_refrac": 2.0},
    "IF_curr_delta": {"i_offset": 0.9, "tau_refrac": 2.0},
    "IF_cond_exp": {"i_offset": 0.9, "tau_refrac": 2.0},
    "IF_cond_alpha": {"i_offset": 0.9, "tau_refrac": 2.0},
    "IF_cond_exp_gsfa_grr": {"i_offset": 1.5, "tau_refrac": 2.0},
    "IF_facets_hardware1": {},
    "HH_cond_exp": {"i_offset": 0.7, "tau_syn_E": 2.0},
    "EIF_cond_exp_isfa_ista": {"i_offset": 1.0},
    "EIF_cond_alpha_isfa_ista": {"i_offset": 1.0},
    "Izhikevich": {"i_offset": 0.007},
    "GIF_cond_exp": {"i_offset": 3.0, "delta_v": 0.01},  # a threshold that is next to sharp
}
WEIGHTS = {
    "IF_curr_exp": (0.5, -0.4),
    "IF_curr_alpha": (0.8, -0.6),
    "IF_curr_delta": (2.0, -1.5),
    "Izhikevich": (3.0, -2.0),
    "IF_facets_hardware1": (0.01, 0.004),
}
ARRIVE = ([20.0, 35.0, 36.0, 80.0, 120.5], [50.0, 52.0, 140.3])


FINEST = 0.001
"""In such steps [ms] all methods come to the same, and so do all rules for spikes."""


def fine(sim: Any, name: str) -> dict[str, Any]:
    """What `cell` shows, in shorter steps."""
    return cell(sim, name, FINEST)


def cell(sim: Any, name: str, step: float = DT) -> dict[str, Any]:
    """Spikes and v of one cell under a constant current and a few spikes."""
    sim.setup(timestep=step, min_delay=step, max_delay=5.0)
    found = sim.Population(1, getattr(sim, name)(**CELLS[name]))
    excite, inhibit = WEIGHTS.get(name, (0.02, 0.02))
    for times, weight, receptor in zip(
        ARRIVE, (excite, inhibit), ("excitatory", "inhibitory"), strict=True
    ):
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=times))
        synapse = sim.StaticSynapse(weight=weight, delay=1.0)
        sim.Projection(source, found, sim.AllToAllConnector(), synapse, receptor_type=receptor)
    found.record(["spikes", "v"])
    sim.run(DURATION)
    segment = found.get_data().segments[0]
    v = segment.filter(name="v")[0].magnitude[:: round(EVERY * DT / step), 0]
    spikes = segment.spiketrains[0].magnitude
    sim.end()
    return {"spikes": [round(float(t), 4) for t in spikes], "v": [round(float(x), 5) for x in v]}


def dependences(sim: Any) -> dict[str, Any]:
    """Synapse types by name."""
    pairs = {"A_plus": 0.05, "A_minus": 0.06}
    bounds = {"w_min": 0.0, "w_max": 0.02}
    known = {"weight": 0.01, "delay": 1.0}
    rules = ("Additive", "Multiplicative")
    made = {
        f"STDP_{rule}": sim.STDPMechanism(
            sim.SpikePairRule(**pairs), getattr(sim, f"{rule}WeightDependence")(**bounds), **known
        )
        for rule in rules
    }
    mixed = sim.AdditivePotentiationMultiplicativeDepression(**bounds)
    made["STDP_mixed"] = sim.STDPMechanism(sim.SpikePairRule(**pairs), mixed, **known)
    made["STDP_Gutig"] = sim.STDPMechanism(
        sim.SpikePairRule(**pairs), sim.GutigWeightDependence(**bounds), **known
    )
    made["facilitating"] = sim.TsodyksMarkramSynapse(U=0.2, tau_rec=100.0, tau_facil=50.0, **known)
    made["depressing"] = sim.TsodyksMarkramSynapse(U=0.5, tau_rec=100.0, tau_facil=0.0, **known)
    return made


SYNAPSES = (
    *("STDP_Additive", "STDP_Multiplicative", "STDP_mixed", "STDP_Gutig"),
    *("facilitating", "depressing"),
)


def synapse(sim: Any, name: str) -> dict[str, Any]:
    """Conductance and weight of one synapse between regular spikes and a firing cell."""
    sim.setup(timestep=DT, min_delay=DT, max_delay=5.0)
    source = sim.Population(
        1, sim.SpikeSourceArray(spike_times=[10.0 + 15.0 * k for k in range(13)])
    )
    target = sim.Population(1, sim.IF_cond_exp(tau_refrac=2.0, i_offset=0.8))
    kind = dependences(sim)[name]
    projection = sim.Projection(
        source, target, sim.AllToAllConnector(), kind, receptor_type="excitatory"
    )
    target.record(["spikes", "gsyn_exc"])
    weights = []
    for _ in range(10):
        sim.run(20.0)
        weights.append(float(projection.get("weight", "list", with_address=False)[0]))
    segment = target.get_data().segments[0]
    g = segment.filter(name="gsyn_exc")[0].magnitude[::EVERY, 0]
    spikes = segment.spiketrains[0].magnitude
    sim.end()
    return {
        "spikes": [round(float(t), 4) for t in spikes],
        "g": [round(float(x), 9) for x in g],
        "weights": [round(x, 12) for x in weights],
    }


RULES = ("Additive", "Multiplicative", "AdditivePotentiationMultiplicativeDepression", "Gutig")
PAIRED = {f"{rule}, {part}": (rule, part) for rule in RULES for part in (0.0, 0.5, 1.0)}
PAIRED |= {"Vogels2011": ("", 1.0), "facilitating": ("", 0.2), "depressing": ("", 0.5)}
"""Rules by name, and which part of the delay is dendritic; or how much a spike uses."""
KICKS = [13.0, 24.0, 41.0, 57.0, 62.0, 90.0, 108.0, 121.0, 133.0, 158.0, 171.0]


def _paired(sim: Any, name: str) -> Any:
    """A type of synapses; weights are up to 1 uS, as NEURON's rules are not scaled by ``w_max``."""
    rule, part = PAIRED[name]
    known = {"weight": 0.01, "delay": 2.0}
    if name in ("facilitating", "depressing"):
        times = {"tau_rec": 100.0, "tau_facil": 50.0 if name == "facilitating" else 0.0}
        return sim.TsodyksMarkramSynapse(U=part, **times, **known)
    timing = sim.SpikePairRule(A_plus=1e-3, A_minus=1.2e-3, tau_plus=17.0, tau_minus=24.0)
    if name == "Vogels2011":
        timing, rule = sim.Vogels2011Rule(tau=20.0, eta=1e-4, rho=5.0), "Additive"
    kind = rule if rule.startswith("AdditiveP") else f"{rule}WeightDependence"
    bounds = getattr(sim, kind)(w_min=0.0, w_max=1.0)
    return sim.STDPMechanism(timing, bounds, dendritic_delay_fraction=part, **known)


def paired(sim: Any, name: str) -> dict[str, Any]:
    """Conductance and weight of a synapse, with a cell that fires when it is kicked."""
    sim.setup(timestep=DT, min_delay=DT, max_delay=5.0)
    times = [10.0 + 15.0 * k for k in range(13)]
    source, kick = (sim.Population(1, sim.SpikeSourceArray(spike_times=t)) for t in (times, KICKS))
    target = sim.Population(1, sim.IF_cond_exp(tau_refrac=2.0, tau_syn_I=2.0, e_rev_I=0.0))
    every = sim.AllToAllConnector()
    made = sim.Projection(source, target, every, _paired(sim, name), receptor_type="excitatory")
    strong = sim.StaticSynapse(weight=0.3, delay=1.0)
    sim.Projection(kick, target, every, strong, receptor_type="inhibitory")
    target.record(["spikes", "gsyn_exc"])
    weights = []
    for time in times:  # when backends tell the same, which have a look at weights then alone
        sim.run_until(time + 2.4)
        weights.append(float(made.get("weight", "array")[0][0]))
    sim.run_until(DURATION)
    segment = target.get_data().segments[0]
    g = segment.filter(name="gsyn_exc")[0].magnitude[::EVERY, 0]
    spikes = segment.spiketrains[0].magnitude
    sim.end()
    return {
        "spikes": [round(float(t), 4) for t in spikes],
        "g": [round(float(x), 9) for x in g],
        "weights": [round(x, 12) for x in weights],
    }


REGULAR = [12.0 + 20.0 * k for k in range(9)]
MANY, APART = 2000, 20.0
_FADING = {"U": 0.3, "tau_rec": 60.0, "tau_facil": 40.0}
CHANCE: dict[str, tuple[str, dict[str, Any]]] = {
    "released or not": ("SimpleStochasticSynapse", {"p": 0.4}),
    "facilitating": ("StochasticTsodyksMarkramSynapse", _FADING),
    "depressing": ("StochasticTsodyksMarkramSynapse", _FADING | {"U": 0.6, "tau_facil": 1e-3}),
    "one site": ("MultiQuantalSynapse", _FADING | {"n": 1}),
    "five sites": ("MultiQuantalSynapse", _FADING | {"n": 5}),
}
"""Synapses that release by chance, and their parameters."""


def statistics(sums: Any) -> dict[str, Any]:
    """Of what synapses have released up to some times: of each spike, and of spikes in turn.

    Args:
        sums: row by row for times, in weights, with a column for each synapse.
    """
    from numpy import cov, diff

    released = diff(sums, axis=0)[: len(REGULAR)]
    matrix = cov(released)
    rows = range(len(released))
    return {
        "mean": [round(float(x), 6) for x in released.mean(axis=1)],
        "variance": [round(float(matrix[k][k]), 6) for k in rows],
        "next": [round(float(matrix[k][k + 1]), 6) for k in rows[:-1]],
        "amounts": sorted({round(float(x), 2) for x in released.ravel()}),
    }


def chance(sim: Any, name: str) -> dict[str, Any]:
    """What many synapses release at each of some spikes; conductances that stay tell it."""
    sim.setup(timestep=DT, min_delay=DT, max_delay=5.0)
    kind, known = CHANCE[name]
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=REGULAR))
    cells = sim.Population(MANY, sim.IF_cond_exp(tau_syn_E=1e7))
    synapse = getattr(sim, kind)(weight=1e-6, delay=1.0, **known)
    sim.Projection(source, cells, sim.AllToAllConnector(), synapse, receptor_type="excitatory")
    cells.record("gsyn_exc", sampling_interval=APART)
    sim.run(DURATION)
    g = cells.get_data().segments[0].filter(name="gsyn_exc")[0].magnitude
    sim.end()
    return statistics(g / 1e-6)


CONDUCTANCE = 0.01
GAPS = {"firing": {}, "passive": {"gbar_Na": 0.0, "gbar_K": 0.0}}
DRIVES = [0.5, 0.0]
FINE = 0.01
"""Currents through gap junctions are those of the last step, or iterated: a short step is fair."""


def gaps(sim: Any, name: str) -> dict[str, Any]:
    """Spikes and v of two cells with a gap junction, which are driven by other currents."""
    sim.setup(timestep=FINE, min_delay=FINE, max_delay=5.0)
    cells = sim.Population(2, sim.HH_cond_exp(**GAPS[name], i_offset=DRIVES))
    junction = sim.ElectricalSynapse(weight=CONDUCTANCE)
    place = "source_section.gap"
    sim.Projection(
        cells[0:1],
        cells[1:2],
        sim.AllToAllConnector(),
        junction,
        receptor_type=place,
    )
    cells.record("spikes")
    cells.record("v", sampling_interval=EVERY * DT)
    sim.run(DURATION)
    segment = cells.get_data().segments[0]
    v = segment.filter(name="v")[0].magnitude
    sim.end()
    return {
        "spikes": [[round(float(t), 4) for t in train.magnitude] for train in segment.spiketrains],
        "v": [[round(float(x), 5) for x in column] for column in v.T],
    }


def main(backend: str, *wanted: str) -> None:
    """Prints all of it; what a backend cannot do is left out."""
    sim = importlib.import_module(f"pyNN.{backend}")
    parts: tuple[tuple[str, Iterable[str], Callable[[Any, str], Any]], ...] = (
        ("cells", CELLS, cell),
        ("fine", CELLS, fine),
        ("synapses", SYNAPSES, synapse),
        ("paired", PAIRED, paired),
        ("chance", CHANCE, chance),
        ("gaps", GAPS, gaps),
    )
    chosen = [item for item in parts if not wanted or item[0] in wanted]
    result: dict[str, Any] = {part: {} for part, _, _ in chosen}
    for part, names, run in chosen:
        for name in names:
            try:
                result[part][name] = run(sim, name)
            except Exception as fault:  # a backend that lacks one thing still shows the others
                print(f"{name}: {fault!r}", file=sys.stderr)
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
