"""Excitation and inhibition in balance: 1000 cells built from Python, and a raster of their spikes.

The cells and synapses are those of the benchmark of Brette et al. (2007),
doi:10.1007/s10827-007-0038-6, with a tonic drive in place of their first kick.
"""

import sys

import numpy as np

from annarchy_ml import FixedProbability, NetworkModel, Results, Uniform


def network(n: int = 1000) -> NetworkModel:
    """Four excitatory cells on each inhibitory one, connected at random."""
    net = NetworkModel("balanced")
    net.component(
        "cell",
        "iafRefCell",
        C="200 pF",
        leakConductance="10 nS",
        leakReversal="-49 mV",
        thresh="-50 mV",
        reset="-60 mV",
        refract="5 ms",
    )
    net.component("ampa", "expOneSynapse", gbase="6 nS", erev="0 mV", tauDecay="5 ms")
    net.component("gaba", "expOneSynapse", gbase="67 nS", erev="-80 mV", tauDecay="10 ms")
    exc = net.population("exc", "cell", n * 4 // 5)
    inh = net.population("inh", "cell", n // 5)
    rule = FixedProbability(80 / n)
    for source, synapse in ((exc, "ampa"), (inh, "gaba")):
        source.set(v=Uniform(-0.060, -0.050))
        for target in (exc, inh):
            name = f"{source.name}_{target.name}"
            net.projection(name, source, target, rule, synapse, delay="0.1 ms")
        net.record_spikes(source)
    net.record(exc[:2], "v")
    return net


def rates_hz(results: Results) -> dict[str, float]:
    """Mean firing rate of each population."""
    trains = results.events.rows_by_population()
    return {
        population: len(results.spikes(population)[0]) / len(rows) / float(results.times[-1])
        for population, rows in trains.items()
    }


def draw(results: Results, path: str) -> None:
    """Draws the spikes of all cells, and the potential of one."""
    import matplotlib.pyplot as plt

    figure, (raster, trace) = plt.subplots(2, sharex=True, height_ratios=(3, 1))
    above = 0
    for population, color in (("exc", "#0b66b5"), ("inh", "#d1495b")):
        times, cells = results.spikes(population)
        raster.plot(times * 1e3, cells + above, ",", color=color, label=population)
        above += int(np.max(cells, initial=0)) + 1
    raster.set_ylabel("cell")
    times, values = results.array("exc", "v")
    trace.plot(times * 1e3, values[:, 0] * 1e3, color="#0b66b5", linewidth=0.8)
    trace.set(xlabel="time (ms)", ylabel="v of exc[0] (mV)")
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    run = network().compile(dt="0.1 ms", duration="500 ms", seed=1).run()
    for population, rate in rates_hz(run).items():
        print(f"{population}: {rate:.1f} Hz")
    if len(sys.argv) > 1:
        draw(run, sys.argv[1])
