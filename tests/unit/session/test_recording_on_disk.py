"""Recordings beyond the budget of memory: the same values, and nothing left of their files."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
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

    with pytest.raises(annarchy_ml.EnvironmentFault, match="recorded values cannot be kept") as got:
        simulation.run()
    table = got.value.partial.tables[0]
    assert 0 < len(table.times) < STEPS
    assert table.times[-1] == simulation.t


FULL_DISK = """
import resource, sys
import numpy as np
import annarchy_ml
from annarchy_ml.engine import recordings

recordings.STREAM_BUDGET = 1_500_000
model = annarchy_ml.load(sys.argv[1])
simulation = model.compile(executor="interpreter", record=["p[*]/x"])
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (2_100_000, hard))
parts = []
try:
    simulation.run()
except annarchy_ml.EnvironmentFault as fault:
    parts.append(fault.partial)
    print(fault.exit_code, fault.partial.complete, len(fault.partial.times), simulation.t)
    print(fault.message, *fault.notes)
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
parts.append(simulation.run())
np.savez(sys.argv[2], *(np.column_stack([p.tables[0].times, p.tables[0].values]) for p in parts))
"""


def test_a_disk_that_fills_during_a_run_loses_nothing(
    simulation: Any, model_file: Path, temporary: Path, tmp_path: Path
) -> None:
    """What was recorded is kept, partly on disk; with room again the run goes on."""
    kept = tmp_path / "kept.npz"
    command = [sys.executable, "-c", FULL_DISK, str(model_file), str(kept)]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True, timeout=300
    )
    code, complete, rows, time = done.stdout.split("\n")[0].split()
    until, whole = np.load(kept).values()

    wanted = values(simulation.run())
    assert (code, complete) == ("3", "False")
    assert 2_100_000 / (8 * 201) < int(rows) < STEPS
    assert float(time) == int(rows) - 1
    np.testing.assert_array_equal(until, wanted[: int(rows)])
    np.testing.assert_array_equal(whole, wanted)
    assert f"recorded values cannot be kept on disk: {temporary}" in done.stdout
    assert "everything recorded until then" in done.stdout
    assert list(temporary.iterdir()) == []


RUN_ON_A_FULL_DISK = """
import resource, sys
from annarchy_ml.engine import recordings

recordings.STREAM_BUDGET = 10_000
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
from annarchy_ml.cli import main
sys.exit(main(["run", sys.argv[1], "--interpreter", "--out", sys.argv[2]]))
"""


def test_the_command_line_writes_what_a_full_disk_left(
    model_file: Path, temporary: Path, tmp_path: Path
) -> None:
    text = model_file.read_text(encoding="utf-8").replace('length="8s"', 'length="60000s"')
    model_file.write_text(text, encoding="utf-8")
    command = [sys.executable, "-c", RUN_ON_A_FULL_DISK, str(model_file), str(tmp_path / "out")]
    environment = {**os.environ, "TMPDIR": str(temporary)}

    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)

    assert done.returncode == 3, done.stderr
    assert f"recorded values cannot be kept on disk: {temporary}" in done.stderr
    rows = np.loadtxt(tmp_path / "out" / "o.dat")
    assert 200_000 / 24 - 1 < len(rows) < 30_000
    assert rows[:, 0].tolist() == list(range(len(rows)))
    assert rows[:9, 1].tolist() == [10, 11, 12, 13, 0, 1, 2, 3, 4]


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
