"""Recordings beyond the budget of memory: the same values, and nothing left of their files."""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml
from annarchy_ml.engine import recordings, spill

STEPS = 3000


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def simulation(model_file: Path, temporary: Path) -> Any:
    """200 counting cells, all recorded: 5 MB in 3000 steps."""
    text = model_file.read_text(encoding="utf-8").replace('size="3"', 'size="200"')
    model_file.write_text(text.replace('length="8s"', f'length="{STEPS}s"'), encoding="utf-8")
    return annarchy_ml.load(model_file).compile(executor="interpreter", record=["p[*]/x"])


@pytest.fixture
def small_budget(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    return lambda: monkeypatch.setattr(recordings, "STREAM_BUDGET", 1_500_000)


def values(results: Any) -> Any:
    """Times and values side by side."""
    table = results.tables[0]
    return np.column_stack([table.times, table.values])


def test_values_are_those_of_memory(
    simulation: Any, small_budget: Callable[[], None], temporary: Path
) -> None:
    in_memory = values(simulation.run())
    small_budget()
    simulation.reset()

    simulation.step(STEPS // 2)
    half = simulation.run(STEPS / 4.0)
    on_disk = simulation.run()

    assert in_memory.shape == (STEPS + 1, 201)
    np.testing.assert_array_equal(values(on_disk), in_memory)
    np.testing.assert_array_equal(values(half), in_memory[: STEPS * 3 // 4 + 1])
    assert list(temporary.iterdir()) == []


def test_a_new_run_leaves_earlier_results_as_they_were(
    simulation: Any, small_budget: Callable[[], None]
) -> None:
    small_budget()
    first = simulation.run()
    before = values(first)

    simulation.reset()
    simulation.set("p/x", 5.0)
    second = simulation.run()

    np.testing.assert_array_equal(values(first), before)
    assert not np.array_equal(values(second), before)


def test_values_on_disk_take_no_memory(simulation: Any, small_budget: Callable[[], None]) -> None:
    small_budget()

    results = simulation.run()

    assert simulation.runtime.network.memory_bytes < 3_000_000 < results.tables[0].values.nbytes
    assert isinstance(results.tables[0].values.base.base.obj, mmap.mmap)


def test_a_full_disk_is_told(
    simulation: Any, small_budget: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    small_budget()

    def onto_a_full_disk(network: Any, traces: int, budget_bytes: int) -> Any:
        network.stream_to(traces, "/dev/full", budget_bytes)
        return open("/dev/full", "rb")

    monkeypatch.setattr(recordings, "stream_rows", onto_a_full_disk)

    with pytest.raises(annarchy_ml.EnvironmentFault, match="recorded values cannot be kept"):
        simulation.run()


def test_no_folder_for_temporary_files_is_told(
    simulation: Any, small_budget: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    small_budget()
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")

    with pytest.raises(annarchy_ml.EnvironmentFault, match="/nowhere: No such file"):
        simulation.run()


def test_faults_of_another_kind_stay_what_they_are() -> None:
    class StateError(Exception):
        code = "state"

    with pytest.raises(StateError), spill.disk_faults((StateError,)):
        raise StateError


def test_a_recording_without_room_is_refused_before_it_begins(
    simulation: Any, small_budget: Callable[[], None], temporary: Path
) -> None:
    small_budget()
    with pytest.raises(annarchy_ml.diagnostics.EnvironmentFault, match="GB left") as caught:
        simulation.run(1e12)
    assert str(temporary) in caught.value.message
    assert simulation.t == 0.0
    assert not list(temporary.iterdir())
    assert len(simulation.run(10.0).times) == 11
