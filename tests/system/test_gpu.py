"""Models on a GPU against the CPU engine, wherever one is found.

Programs are those of the emulated device, whose tests run everywhere (``test_device*.py``); the
hardware and its compiler are asked here. Numbers differ by the rounding of functions and sums.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from changing_synapses import KINDS, Script
from device_networks import EQUATIONS, NETWORKS, example_names, seen, spikes_of
from drawn_networks import Drawn, equations, relays

import annarchy_ml as aml
from annarchy_ml.diagnostics import EnvironmentFault

pytestmark = [pytest.mark.gpu, pytest.mark.filterwarnings("ignore:.*no equation of")]
LIMIT = 1e-9
"""Of the largest value, after all steps: rounding that spikes and gates enlarge."""
MODELS = Path(__file__).with_name("models")
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
DRAWN = range(10)
STEPS = 200


@pytest.fixture(scope="module", autouse=True)
def gpu() -> None:
    """The tests need the first GPU of this machine."""
    from annarchy_ml.engine.cuda.gpu import CudaDevice

    try:
        CudaDevice()
    except EnvironmentFault as fault:
        pytest.skip(str(fault).splitlines()[0])


def near(found: Any, expected: Any, limit: float = LIMIT) -> None:
    """Whether the largest difference is small beside the largest value."""
    values = np.asarray(expected)
    assert np.isfinite(values).all()
    scale = np.abs(values).max(initial=0.0) or 1.0
    assert np.abs(np.asarray(found) - values).max(initial=0.0) <= limit * scale


def alike(path: Path, steps: int) -> None:
    """Signals are near, events in the same steps."""
    found = {}
    for device in ("cpu", "cuda"):
        simulation = aml.load(path).compile(device=device)
        found[device] = simulation.run(steps * simulation.plan.dt)
    here, there = found["cpu"], found["cuda"]
    assert there.provenance["device"] != here.provenance["device"]
    for column, signal in here.signals.items():
        near(there[column], signal)
    assert np.array_equal(here.events.times_s, there.events.times_s)
    assert np.array_equal(here.events.offsets, there.events.offsets)


@pytest.mark.parametrize("name", example_names())
def test_standard_example(examples_folder: Path, name: str) -> None:
    alike(examples_folder / f"LEMS_NML2_{name}.xml", STEPS)


@pytest.mark.parametrize("name", ["delays", "relay_chain", "noncommuting_delayed", "gap_junctions"])
def test_order_of_a_step(name: str) -> None:
    alike(MODELS / f"{name}.xml", STEPS)


@pytest.mark.parametrize("name", NETWORKS)
def test_network(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Connections from rules are made on the device; the first spikes are those of the CPU."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    expected, found = (spikes_of(name, *NETWORKS[name], device) for device in ("cpu", "cuda"))
    assert sum(map(len, expected)) > 40
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", ["w2_coba", "w3_brunel", "w5_stdp"])
def test_rates_of_a_network_that_forgets_its_start(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    scale, _, method = NETWORKS[name]
    counts = [
        np.array([len(train) for train in spikes_of(name, scale, 0.5, method, device)])
        for device in ("cpu", "cuda")
    ]
    assert counts[0].sum() > 100
    spread = np.sqrt(2 * counts[0].var() * len(counts[0]))
    assert abs(int(counts[0].sum()) - int(counts[1].sum())) <= 4 * spread


@pytest.mark.parametrize("name", EQUATIONS)
def test_network_of_equations(name: str) -> None:
    expected, found = (seen(name, EQUATIONS[name], device) for device in ("cpu", "cuda"))
    assert any(values.any() for values in expected.values())
    for label, values in expected.items():
        near(found[label], values)


@pytest.mark.parametrize("seed", DRAWN)
def test_cells_and_what_connects_them(tmp_path: Path, seed: int) -> None:
    expected, found = (Drawn(seed, tmp_path).seen(device) for device in ("cpu", "cuda"))
    for one, other in zip(found[0], expected[0], strict=True):
        np.testing.assert_array_equal(one, other)
    for one, other in zip(found[1], expected[1], strict=True):
        near(one, other)
    assert sum(map(len, expected[0])) > 0


@pytest.mark.parametrize("seed", DRAWN)
def test_relays(tmp_path: Path, seed: int) -> None:
    path = relays(seed, tmp_path)
    expected, found = (
        aml.load(path).compile(device=device).run()["end[0]/n"].values for device in ("cpu", "cuda")
    )
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("seed", DRAWN)
def test_rates_and_spikes_of_equations(seed: int) -> None:
    for one, other in zip(equations(seed, "cuda"), equations(seed, "cpu"), strict=True):
        near(one, other)


@pytest.mark.parametrize("kind", KINDS)
def test_synapses_that_come_and_go(kind: str) -> None:
    expected, found = (
        Script(kind, 1, 40, device=device, num_threads=1).go() for device in ("cpu", "cuda")
    )
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        near(one, other)
