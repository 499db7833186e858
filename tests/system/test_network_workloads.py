"""The networks of the benchmarks: the same bits for any number of threads, cells as in theory."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml as aml

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"

SMALL = {
    "w1_izhikevich": (0.3, 0.2, "reference"),
    "w2_coba": (0.2, 0.1, "reference"),
    "w3_brunel": (0.04, 0.1, "exponential_euler"),
    "w4_microcircuit": (0.01, 0.1, "reference"),
    "w5_stdp": (0.05, 0.2, "reference"),
}
"""Scale, seconds and method by workload."""


@pytest.fixture
def workload(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("workload")


@pytest.mark.parametrize("name", SMALL)
def test_threads_do_not_change_spikes(workload: Any, name: str) -> None:
    scale, seconds, method = SMALL[name]
    describe = importlib.import_module(name).describe
    options = workload.Options(1, scale, seconds, 3, "double", method, "")
    spikes = {}
    for threads in (1, 2, 3, 7):
        described = describe(options)
        simulation = described.net.compile(
            dt=described.dt, duration=f"{seconds} s", seed=3, method=method, threads=threads
        )
        results = simulation.run()
        spikes[threads] = [results.spikes(population) for population in described.populations]

    assert sum(len(times) for times, _ in spikes[1]) > 50
    for threads in (2, 3, 7):
        for one, many in zip(spikes[1], spikes[threads], strict=True):
            np.testing.assert_array_equal(one, many)


def test_pieces_of_a_run_do_not_change_spikes(workload: Any) -> None:
    """What is under way between threads that have populations of their own is kept together."""
    described_by = importlib.import_module("w4_microcircuit").describe
    options = workload.Options(1, 0.02, 0.1, 3, "double", "reference", "")
    seen = []
    for threads, pieces in ((1, [1000]), (2, [1000]), (2, [311, 2, 1, 64, 622]), (3, [77, 923])):
        described = described_by(options)
        simulation = described.net.compile(dt=described.dt, duration="1 s", seed=3, threads=threads)
        for steps in pieces:
            results = simulation.run(steps * 1e-4)
        seen.append([results.spikes(population) for population in described.populations])

    assert sum(len(times) for times, _ in seen[0]) > 200
    for other in seen[1:]:
        for one, many in zip(seen[0], other, strict=True):
            np.testing.assert_array_equal(one, many)


@pytest.mark.parametrize("kind", ["static", "oja"])
def test_threads_do_not_change_rates(
    workload: Any, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate = workload.Described.population

    def recorded(self: Any, name: str, *given: Any, **more: Any) -> Any:
        cells = populate(self, name, *given, **more)
        self.net.record(cells, "r")
        return cells

    monkeypatch.setattr(workload.Described, "population", recorded)
    rates = importlib.import_module("w6_rate")
    options = workload.Options(1, 0.03, 0.05, 3, "double", "reference", "")
    seen = []
    for threads in (1, 2, 3, 7):
        described = getattr(rates, kind)(options)
        simulation = described.net.compile(dt="1 ms", duration="50 ms", seed=3, threads=threads)
        results = simulation.run()
        n_cells = described.populations["cells"]
        seen.append(np.array([results[f"cells[{i}]/r"].values for i in range(n_cells)]))

    assert np.ptp(seen[0][:, -1]) > 1e-3
    for other in seen[1:]:
        np.testing.assert_array_equal(seen[0], other)


def test_threads_do_not_change_a_network_from_a_file(workload: Any, tmp_path: Path) -> None:
    """W7, of 60 cells and 1200 synapses."""
    entry = importlib.import_module("models").hh_network(tmp_path, 60, 1200, 30.0)
    seen = []
    for threads in (1, 2, 3, 7):
        results = aml.load(entry).compile(threads=threads).run()
        seen.append([numbers for name in ("pe", "pi") for numbers in results.spikes(name)])

    assert len(seen[0][0]) > 50
    for other in seen[1:]:
        for one, many in zip(seen[0], other, strict=True):
            np.testing.assert_array_equal(one, many)


def cell_of(folder: Path, file: str, component: str) -> tuple[aml.NetworkModel, Any]:
    net = aml.NetworkModel("one")
    net.include(folder / file)
    return net, net.population("cells", component, 1)


def test_coba_cell_fires_as_a_leaky_cell_does() -> None:
    """From -60 to above -50 mV at a final -40 mV, tau 20 ms, Euler; then 50 steps of rest."""
    net, cells = cell_of(BENCHMARKS / "lems", "w2_coba.xml", "coba")
    net.record_spikes(cells)

    times, _ = net.compile(dt="0.1 ms", duration="100 ms").run().spikes("cells")

    rise = int(np.floor(np.log(0.5) / np.log(1 - 0.1 / 20))) + 1
    expected = 1e-4 * (rise + np.arange(5) * (rise + 50))
    np.testing.assert_allclose(times, expected, atol=1e-9)


def test_microcircuit_cell_follows_the_exact_solution() -> None:
    """A constant current on the membrane, and one exponential current that starts at 1 nA."""
    net, cells = cell_of(BENCHMARKS / "lems", "w4_microcircuit.xml", "cortical")
    cells.set(mean=0.0, drive=100e-12, iSyn=1e-9, v=-0.065)
    net.record(cells, "v")

    results = net.compile(dt="0.1 ms", duration="20 ms").run()

    tau, decay, capacitance = 10e-3, 0.5e-3, 250e-12
    t = np.asarray(results.times)
    membrane = 100e-12 * tau / capacitance * -np.expm1(-t / tau)
    gap = 1 / tau - 1 / decay
    synapse = 1e-9 / capacitance * (np.exp(-t / decay) - np.exp(-t / tau)) / gap
    signal = results["cells[0]/v"].values
    np.testing.assert_allclose(signal, -0.065 + membrane + synapse, rtol=0, atol=1e-12)


def test_brunel_cell_loses_what_arrives_while_it_is_refractory() -> None:
    """Three sources push one cell over its threshold; a fourth comes 1 ms later, a fifth 3 ms."""
    net, cells = cell_of(BENCHMARKS / "lems", "w3_brunel.xml", "brunel")
    cells.set(mean=0.0)
    sources = []
    for number, time in enumerate(("0.95 ms", "0.95 ms", "0.95 ms", "1.95 ms", "3.95 ms")):
        spike = net.component(f"spike{number}", "spike", time=time)
        array = net.component(f"array{number}", "spikeArray", spike)
        sources.append(net.population(f"source{number}", array, 1))
    for number, source in enumerate(sources):
        net.projection(
            f"p{number}", source, cells, aml.OneToOne(), port="in", weight="7 mV", delay="1.5 ms"
        )
    net.record(cells, "v")
    net.record_spikes(cells)

    results = net.compile(dt="0.1 ms", duration="8 ms", method="exponential_euler").run()

    times, _ = results.spikes("cells")
    assert len(times) == 1
    after = round(float(times[0]) / 1e-4)
    v = np.asarray(results["cells[0]/v"].values)
    step = np.exp(-0.1 / 20)
    free = 10e-3 * step ** np.arange(1, 10)  # 20 steps at the reset, then it decays
    np.testing.assert_allclose(v[after : after + 21], 10e-3, rtol=1e-12)
    np.testing.assert_allclose(v[after + 21 : after + 30], free, rtol=1e-12)
    np.testing.assert_allclose(v[after + 30], free[-1] * step + 7e-3, rtol=1e-12)
