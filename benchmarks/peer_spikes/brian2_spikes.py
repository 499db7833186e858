"""Spikes of the network workloads by Brian2, for `peer_statistics.py`; runs in its environment.

python brian2_spikes.py w2 --scale 1 --seconds 2 --seed 1 --spikes FILE.npz
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import brian2 as b2
import numpy as np
from brian2 import ms, mV
from spike_file import Asked, asked, save

sys.path.append(str(Path(__file__).parents[1]))

from izhikevich_values import izhikevich_values

Made = tuple[list[int], Any, list[Any]]


def w1(wanted: Asked) -> Made:
    """Izhikevich's network."""
    b2.defaultclock.dt = 1 * ms
    cells = round(1000 * wanted.scale)
    sizes = [cells * 4 // 5, cells - cells * 4 // 5]
    group = b2.NeuronGroup(
        cells,
        """dv/dt = (0.04*v**2 + 5*v + 140 - u + g)/ms + noise*xi/sqrt(ms) : 1
        du/dt = aa*(bb*v - u)/ms : 1
        g : 1
        noise : 1 (constant)
        aa : 1 (constant)
        bb : 1 (constant)
        cc : 1 (constant)
        dd : 1 (constant)""",
        threshold="v>=30",
        reset="v=cc; u+=dd",
        method="euler",
    )
    default = {"a": 0.02, "b": 0.2, "c": -65.0, "d": 2.0}
    parts = ((slice(0, sizes[0]), "exc"), (slice(sizes[0], cells), "inh"))
    values = izhikevich_values(*sizes, wanted.seed)
    for part, name in parts:
        given = {**default, **values[name]}
        for key in "abcd":
            getattr(group, key * 2)[part] = given[key]
        group.noise[part] = given["noise"]
    group.v, group.u = -65, "-65*bb"
    group.run_regularly("g = 0", when="before_thresholds")
    links = []
    for part, weight in (("i<ne", "0.5*rand()"), ("i>=ne", "-rand()")):
        link = b2.Synapses(group, group, "w : 1", on_pre="g_post += w")
        link.connect(part, p=min(1.0, 1 / wanted.scale), namespace={"ne": sizes[0]})
        link.w = weight
        links.append(link)
    return sizes, group, links


def w2(wanted: Asked) -> Made:
    """The COBA network, by forward Euler."""
    b2.defaultclock.dt = 0.1 * ms
    cells = round(4000 * wanted.scale)
    sizes = [cells * 4 // 5, cells - cells * 4 // 5]
    group = b2.NeuronGroup(
        cells,
        """dv/dt = ((-60*mV-v) + ge*(0*mV-v) + gi*(-80*mV-v) + 20*mV)/(20*ms)
            : volt (unless refractory)
        dge/dt = -ge/(5*ms) : 1
        dgi/dt = -gi/(10*ms) : 1""",
        threshold="v>-50*mV",
        reset="v=-60*mV",
        refractory=5 * ms,
        method="euler",
    )
    group.v = "-60*mV + 10*mV*rand()"
    links = []
    for part, action in (("i<ne", "ge += 0.6"), ("i>=ne", "gi += 6.7")):
        link = b2.Synapses(group, group, on_pre=action)
        link.connect(part, p=0.02 / wanted.scale, namespace={"ne": sizes[0]})
        links.append(link)
    return sizes, group, links


def w3(wanted: Asked) -> Made:
    """The sparse network of Brunel."""
    b2.defaultclock.dt = 0.1 * ms
    sizes = [round(10_000 * wanted.scale), round(2500 * wanted.scale)]
    jump = 0.1 * 1000 / (sizes[0] // 10)
    space = {"J": jump * mV, "mean": 2.0 * 20.0 / (jump * 20.0) * 0.1}
    group = b2.NeuronGroup(
        sum(sizes),
        "dv/dt = -v/(20*ms) : volt (unless refractory)",
        threshold="v>=20*mV",
        reset="v=10*mV",
        refractory=2 * ms,
        method="exact",
        namespace=space,
    )
    group.run_regularly("v += J*poisson(mean)*int(not_refractory)", when="synapses")
    draw = np.random.default_rng(wanted.seed)
    links, first = [], 0
    for size, factor in zip(sizes, (1.0, -5.0), strict=True):
        number = size // 10
        action = f"v_post += {factor}*J*int(not_refractory_post)"
        link = b2.Synapses(group, group, on_pre=action, delay=1.5 * ms, namespace=space)
        sources = draw.integers(first, first + size, number * sum(sizes))
        link.connect(i=sources, j=np.repeat(np.arange(sum(sizes)), number))
        links.append(link)
        first += size
    return sizes, group, links


def main() -> None:
    """Runs one workload and saves its spikes."""
    wanted = asked(__doc__)
    b2.seed(wanted.seed)
    sizes, group, links = {"w1": w1, "w2": w2, "w3": w3}[wanted.workload](wanted)
    monitor = b2.SpikeMonitor(group)
    b2.Network(group, *links, monitor).run(wanted.seconds * b2.second)
    save(wanted, np.asarray(monitor.t / b2.second), np.asarray(monitor.i), sizes)


if __name__ == "__main__":
    main()
