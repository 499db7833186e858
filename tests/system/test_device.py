"""Programs of devices against the CPU engine, run on threads that stand for a device's.

Both run the same Kernel IR. Traces differ by the rounding of ``exp`` and its like, and by
contraction, as those of the interpreter do (`test_executors.py`); events fall into the same steps.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from device_networks import example_names

STEPS = 300
MODELS = Path(__file__).with_name("models")
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
LIMIT = 1e-12
GROWING = {"Ex22_PinskyRinzelCA3": 1e-10, "Ex8_AdEx": 1e-10}


def run(path: Path, steps: int = STEPS, **options: Any) -> Any:
    import annarchy_ml

    simulation = annarchy_ml.load(path).compile(**options)
    return simulation.run(steps * simulation.plan.dt)


def same(first: Any, second: Any, limit: float = LIMIT) -> None:
    assert len(first.signals) > 0
    for column, signal in first.signals.items():
        values = np.asarray(signal)
        scale = np.abs(values).max() or 1.0
        assert np.abs(values - np.asarray(second[column])).max() <= limit * scale, column
    assert np.array_equal(first.events.times_s, second.events.times_s)
    assert np.array_equal(first.events.offsets, second.events.offsets)


@pytest.mark.parametrize("name", example_names())
def test_standard_example(examples_folder: Path, toolchain: Any, name: str) -> None:
    path = examples_folder / f"LEMS_NML2_{name}.xml"

    expected = run(path, executor="compiled")
    found = run(path, device="emulated", threads=2)

    assert found.provenance["device"] == "emulated"
    same(expected, found, GROWING.get(name, LIMIT))


NO_SIMULATION = {"common", "event_loop"}


def model_names() -> list[str]:
    found = {path.stem for path in MODELS.glob("*.xml")} - NO_SIMULATION
    return sorted(name for name in found if "<Target" in (MODELS / f"{name}.xml").read_text())


@pytest.mark.parametrize("name", model_names())
def test_order_of_a_step(toolchain: Any, name: str) -> None:
    path = MODELS / f"{name}.xml"

    expected = run(path, 400, executor="compiled")

    same(expected, run(path, 400, device="emulated", threads=3))


def test_events_that_cause_each_other_without_end_stop_the_run(toolchain: Any) -> None:
    from annarchy_ml.diagnostics import StoppedError

    with pytest.raises(StoppedError, match="without end"):
        run(MODELS / "event_loop.xml", device="emulated", threads=2)


NETWORKS = {
    "w1_izhikevich": (0.1, 0.05, "reference"),
    "w2_coba": (0.2, 0.05, "reference"),
    "w3_brunel": (0.02, 0.05, "exponential_euler"),
    "w4_microcircuit": (0.01, 0.05, "reference"),
    "w5_stdp": (0.05, 0.1, "reference"),
}
"""Scale, seconds and method: some hundred events, before roundings change their steps."""


@pytest.mark.parametrize("threads", [1, 5])
@pytest.mark.parametrize("name", NETWORKS)
def test_network(monkeypatch: pytest.MonkeyPatch, toolchain: Any, name: str, threads: int) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    workload = importlib.import_module("workload")
    scale, seconds, method = NETWORKS[name]
    options = workload.Options(1, scale, seconds, 3, "double", method, "")
    spikes = []
    for device in ("cpu", "emulated"):
        described = importlib.import_module(name).describe(options)
        simulation = described.net.compile(
            dt=described.dt,
            duration=f"{seconds} s",
            seed=3,
            method=method,
            threads=threads if device == "emulated" else 1,
            device=device,
        )
        results = simulation.run()
        spikes.append([results.spikes(population) for population in described.populations])

    assert sum(len(times) for times, _ in spikes[0]) > 20
    for one, other in zip(*spikes, strict=True):
        np.testing.assert_array_equal(one, other)


def test_many_populations_that_are_heard(toolchain: Any) -> None:
    """Each with an out-port of its own, and with threads after those of the one before it."""
    import annarchy_ml

    cell = annarchy_ml.Neuron(
        parameters="I = 2.0", equations="dv/dt = (I - v) / 10.0", spike="v > 1.0", reset="v = 0.0"
    )
    found = []
    for device in ("cpu", "emulated"):
        annarchy_ml.clear()
        annarchy_ml.setup(dt=0.1, seed=1, device=device)
        monitors = []
        for k in range(260):
            population = annarchy_ml.Population(2, cell)
            population.I = 2.0 + 0.01 * k
            monitors.append(annarchy_ml.Monitor(population, "spike"))
        annarchy_ml.compile()
        annarchy_ml.simulate(10.0)
        found.append([monitor.get("spike") for monitor in monitors])
    annarchy_ml.clear()
    annarchy_ml.setup(device="cpu")
    assert found[0] == found[1]
    assert all(times for spikes in found[0] for times in spikes.values())


def test_runs_go_on_where_they_ended(examples_folder: Path, toolchain: Any) -> None:
    """Fields, time, events under way and random numbers pass from launch to launch."""
    import annarchy_ml

    path = MODELS / "delays.xml"
    whole = run(path, 400, device="emulated")
    simulation = annarchy_ml.load(path).compile(device="emulated", threads=2)
    for steps in (1, 7, 92, 300):
        results = simulation.run(steps * simulation.plan.dt)

    same(whole, results, 0.0)
    simulation.reset()
    same(whole, simulation.run(400 * simulation.plan.dt), 0.0)


@pytest.mark.parametrize("options", [{"threads": 1}, {"threads": 3}, {"device": "emulated"}])
def test_values_that_kernels_only_hand_on_are_recorded_in_every_step(
    monkeypatch: pytest.MonkeyPatch, toolchain: Any, options: dict[str, Any]
) -> None:
    """Currents of synapses, looked at after each step, and recorded while it runs."""
    from annarchy_ml.session.live import Live

    monkeypatch.syspath_prepend(str(BENCHMARKS))
    workload = importlib.import_module("workload")
    given = workload.Options(1, 0.05, 0.01, 3, "double", "reference", "")
    net = importlib.import_module("w2_coba").describe(given).net
    seen, recorded = (
        net.compile(dt="0.1 ms", duration="10 ms", seed=3, **more) for more in ({}, options)
    )
    groups, places = seen.plan.groups, seen.plan.passing
    assert any(groups[k].family is not None for k, _ in places)
    live = Live(recorded)
    number = live.record([(groups[k].name, name, 1) for k, name in places])
    expected = []
    for _ in range(60):
        seen.run(1e-4)
        expected.append([float(seen.runtime.field(k, name)[1]) for k, name in places])
    recorded.run(60e-4)

    assert np.ptp(expected, axis=0).min() > 0
    found = live.rows(number, len(places))[1:]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-24)
