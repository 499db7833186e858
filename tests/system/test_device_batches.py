"""What arrives together over plastic connections: side by side on a device, as on the CPU."""

from __future__ import annotations

import ctypes
import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annarchy_ml.engine.cuda.wired import parts_of

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.mark.parametrize(
    ("rows", "parts"),
    [
        ([], []),
        ([4, 2, 9], [0, 0, 0]),
        ([4, 4, 4], [0, 1, 0]),
        ([1, 1, 2, 2, 3, 3], [0, 1, 1, 0, 0, 1]),
        ([5, 1, 5, 1, 7], [0, 0, 1, 1, 1]),
    ],
)
def test_parts_in_which_nobody_sends_twice(rows: list[int], parts: list[int]) -> None:
    assert parts_of(np.array(rows, np.int64)).tolist() == parts


@pytest.fixture
def plastic(monkeypatch: pytest.MonkeyPatch, toolchain: Any) -> Any:
    """Makes 20 cells that 1000 silent sources reach over plastic connections."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    workload = importlib.import_module("workload")

    def made(device: str, threads: int) -> Any:
        options = workload.Options(1, 0.02, 0.01, 3, "double", "reference", "")
        described = importlib.import_module("w5_stdp").describe(options)
        simulation = described.net.compile(
            dt=described.dt, duration="10 ms", seed=3, device=device, threads=threads
        )
        simulation.set("sources/averageRate", 1e-9)
        return simulation

    return made


def weights_after(simulation: Any, sent: list[list[int]]) -> Any:
    """The traces of the cells are up, so that each event of a source lowers its weights."""
    live = simulation.live
    simulation.run(5e-4)
    groups = [group.name.removeprefix("cells/synapses:stdp ") for group in simulation.plan.groups]
    simulation.runtime.field(groups.index("targets"), "y")[:] = np.linspace(0.05, 0.2, 20)
    for rows in sent:
        live.send_events("sources", "spike", rows)
    simulation.step(3)
    return simulation.runtime.field(groups.index("connections"), "w").copy()


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_an_instance_that_sends_twice_in_one_call(plastic: Any, threads: int) -> None:
    """Both events reach the same connections: one after the other, or one of them is lost."""
    sent = [[7, 7], [3, 9, 3, *[11] * 300, 9, 3], [7, *range(50), *range(50)]]
    expected = weights_after(plastic("cpu", 1), sent)
    found = weights_after(plastic("emulated", threads), sent)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    once = weights_after(plastic("cpu", 1), [[7], [3, 9, 11], [*range(50)]])
    assert np.count_nonzero(once != expected) > 50


def batches(simulation: Any) -> int:
    """How many batches arrived in the last step over the projections that are heard in order."""
    runtime = simulation.runtime
    counts = int(runtime._state._words.values[runtime._state.layout.arrivals + 2])
    return ctypes.c_uint32.from_address(counts + 4 * (runtime.network.step % 2)).value


def test_no_batch_has_an_instance_twice(plastic: Any) -> None:
    """Threads share out a batch: it would reach a connection from two of them."""
    simulation = plastic("emulated", 2)
    for rows, parts in (([4, 5, 6], 1), ([7, 7], 2), ([3, 9, 3, *[11] * 30, 9, 3], 31)):
        simulation.live.send_events("sources", "spike", rows)
        simulation.live.send_events("sources", "spike", [8])
        simulation.step(1)
        assert batches(simulation) == parts + 1
    simulation.step(1)
    assert batches(simulation) == 0
