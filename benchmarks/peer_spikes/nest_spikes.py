"""Spikes of the network workloads by NEST, for `peer_statistics.py`; runs in NEST's environment.

python nest_spikes.py w2 --scale 1 --seconds 2 --seed 1 --spikes FILE.npz
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from spike_file import Asked, asked, save

sys.path.append(str(Path(__file__).parents[1]))

import nest
from circuit import Circuit
from izhikevich_values import izhikevich_values


def uncoupled(model: str, sizes: list[int], **given: Any) -> list[Any]:
    """Populations of one model."""
    return [nest.Create(model, size, params=given) for size in sizes]


def w1(wanted: Asked) -> list[Any]:
    """Izhikevich's network; the noise is a current that changes in every step."""
    cells = round(1000 * wanted.scale)
    sizes = [cells * 4 // 5, cells - cells * 4 // 5]
    groups = uncoupled("izhikevich", sizes, consistent_integration=True, V_th=30.0, V_m=-65.0)
    values = izhikevich_values(*sizes, wanted.seed)
    weights = (nest.random.uniform(0.0, 0.5), -1.0 * nest.random.uniform(0.0, 1.0))
    probability = min(1.0, 1 / wanted.scale)
    for group, size, given, weight in zip(groups, sizes, values.values(), weights, strict=True):
        spread = {
            key: np.broadcast_to(given.get(key, default), size)
            for key, default in (("a", 0.02), ("b", 0.2), ("c", -65.0), ("d", 2.0))
        }
        for key, column in spread.items():
            group.set({key: column.tolist()})
        group.set({"U_m": (-65.0 * spread["b"]).tolist()})
        noise = {"mean": 0.0, "std": given["noise"], "dt": 1.0}
        nest.Connect(nest.Create("noise_generator", params=noise), group)
        for target in groups:
            rule = {"rule": "pairwise_bernoulli", "p": probability}
            nest.Connect(group, target, rule, {"weight": weight, "delay": 1.0})
    return groups


def w2(wanted: Asked) -> list[Any]:
    """The COBA network; conductances by an adaptive method."""
    cells = round(4000 * wanted.scale)
    sizes = [cells * 4 // 5, cells - cells * 4 // 5]
    groups = uncoupled(
        "iaf_cond_exp", sizes, V_th=-50.0, V_reset=-60.0, t_ref=5.0, g_L=10.0, C_m=200.0,
        E_ex=0.0, E_in=-80.0, E_L=-60.0, tau_syn_ex=5.0, tau_syn_in=10.0, I_e=200.0,
    )  # fmt: skip
    for group in groups:
        group.V_m = nest.random.uniform(-60.0, -50.0)
    rule = {"rule": "pairwise_bernoulli", "p": 0.02 / wanted.scale}
    for source, weight in zip(groups, (6.0, -67.0), strict=True):
        for target in groups:
            nest.Connect(source, target, rule, {"weight": weight, "delay": 0.1})
    return groups


def w3(wanted: Asked) -> list[Any]:
    """The sparse network of Brunel."""
    sizes = [round(10_000 * wanted.scale), round(2500 * wanted.scale)]
    inputs = [size // 10 for size in sizes]
    jump = 0.1 * 1000 / inputs[0]
    groups = uncoupled(
        "iaf_psc_delta", sizes, C_m=1.0, tau_m=20.0, t_ref=2.0, E_L=0.0, V_reset=10.0, V_m=0.0,
        V_th=20.0,
    )  # fmt: skip
    drive = nest.Create("poisson_generator", params={"rate": 2.0 * 20.0 / (jump * 20.0) * 1e3})
    weights = (jump, -5.0 * jump)
    for source, number, weight in zip(groups, inputs, weights, strict=True):
        for target in groups:
            rule = {"rule": "fixed_indegree", "indegree": number}
            nest.Connect(source, target, rule, {"weight": weight, "delay": 1.5})
    for group in groups:
        nest.Connect(drive, group, syn_spec={"weight": jump, "delay": 1.5})
    return groups


def w4(wanted: Asked) -> list[Any]:
    """The microcircuit of Potjans and Diesmann."""
    circuit = Circuit(wanted.scale)
    groups = []
    for k, size in enumerate(circuit.sizes):
        drive = float(circuit.drive_a[k] * 1e12)
        cells = uncoupled(
            "iaf_psc_exp", [int(size)], E_L=-65.0, V_th=-50.0, V_reset=-65.0, C_m=250.0,
            tau_m=10.0, t_ref=2.0, tau_syn_ex=0.5, tau_syn_in=0.5, I_e=drive,
        )[0]  # fmt: skip
        cells.V_m = nest.random.normal(-58.0, 10.0)
        source = nest.Create("poisson_generator", params={"rate": float(circuit.external_hz[k])})
        jump = {"weight": circuit.jump_a * 1e12, "delay": 1.5}
        nest.Connect(source, cells, syn_spec=jump)
        groups.append(cells)
    infinity = float("inf")
    for target, source in np.argwhere(circuit.synapses > 0).tolist():
        weight = float(circuit.weights_a[target, source] * 1e12)
        low, high = (0.0, infinity) if weight > 0 else (-infinity, 0.0)
        mean, deviation = (1.5, 0.75) if source % 2 == 0 else (0.75, 0.375)
        spread = nest.random.normal(weight, abs(weight) * 0.1)
        delays = nest.math.redraw(nest.random.normal(mean, deviation), min=0.05, max=infinity)
        nest.Connect(
            groups[source],
            groups[target],
            {"rule": "fixed_total_number", "N": int(circuit.synapses[target, source])},
            {"weight": nest.math.redraw(spread, min=low, max=high), "delay": delays},
        )
    return groups


def w5(wanted: Asked) -> list[Any]:
    """Plastic synapses between Poisson sources and leaky cells."""
    sources = nest.Create("parrot_neuron", 1000)
    nest.Connect(nest.Create("poisson_generator", params={"rate": 15.0}), sources)
    cells = uncoupled(
        "iaf_psc_delta", [round(1000 * wanted.scale)], C_m=1.0, tau_m=20.0, t_ref=2.0, E_L=0.0,
        V_reset=0.0, V_m=0.0, V_th=15.0, tau_minus=20.0,
    )[0]  # fmt: skip
    rule = {"Wmax": 0.1, "lambda": 0.01, "alpha": 1.05, "mu_plus": 0.0, "mu_minus": 0.0}
    nest.CopyModel("stdp_synapse", "additive", {**rule, "tau_plus": 20.0})
    weights = {"weight": nest.random.uniform(0.0, 0.1), "delay": 0.1}
    nest.Connect(sources, cells, "all_to_all", {"synapse_model": "additive", **weights})
    return [sources, cells]


def main() -> None:
    """Runs one workload and saves its spikes."""
    wanted = asked(__doc__)
    nest.ResetKernel()
    nest.set(resolution=1.0 if wanted.workload == "w1" else 0.1, rng_seed=wanted.seed)
    groups = {"w1": w1, "w2": w2, "w3": w3, "w4": w4, "w5": w5}[wanted.workload](wanted)
    recorder = nest.Create("spike_recorder")
    for group in groups:
        nest.Connect(group, recorder)
    nest.Simulate(wanted.seconds * 1000)
    events = recorder.get("events")
    ids = np.concatenate([group.tolist() for group in groups])  # generators lie between them
    cells = np.searchsorted(ids, events["senders"])
    save(wanted, events["times"] / 1000, cells, [len(group) for group in groups])


if __name__ == "__main__":
    main()
