"""Control between runs: step, reset, values read and written by path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml


@pytest.fixture
def simulation(model_file: Path) -> Any:
    return annarchy_ml.load(model_file).compile(executor="interpreter")


def column(results: Any, path: str = "p[0]/x") -> list[float]:
    return [float(value) for value in results[path].values]


def test_run_goes_to_the_end_of_the_model(simulation: Any) -> None:
    results = simulation.run()

    assert column(results) == [10, 11, 12, 13, 0, 1, 2, 3, 4]
    assert results.events["p[1]"].times_s.tolist() == [4.0]
    assert simulation.t == simulation.duration == 8.0
    assert results.complete


def test_runs_continue_and_results_grow(simulation: Any) -> None:
    simulation.run(2.0)
    simulation.step()
    results = simulation.run(1.0)

    assert simulation.t == 4.0
    assert column(results) == [10, 11, 12, 13, 0]
    assert results.times.tolist() == [0, 1, 2, 3, 4]


def test_steps_equal_one_run(model_file: Path) -> None:
    whole = annarchy_ml.load(model_file).compile(executor="interpreter").run()
    stepped = annarchy_ml.load(model_file).compile(executor="interpreter")
    for _ in range(4):
        stepped.step(2)

    assert column(stepped.results()) == column(whole)
    assert stepped.results().events["p[1]"].times_s.tolist() == [4.0]


def test_reset_goes_back_to_the_start_and_empties_recordings(simulation: Any) -> None:
    simulation.run()
    simulation.reset()

    assert simulation.t == 0
    assert simulation.get("p/x").tolist() == [10, 10, 10]
    results = simulation.run(2.0)
    assert column(results) == [10, 11, 12]
    assert len(results.events["p[1]"]) == 0


def test_values_by_instance_and_by_population(simulation: Any) -> None:
    simulation.set("p[1]/x", 5.0)
    assert simulation.get("p/x").tolist() == [10, 5, 10]
    assert simulation.get("p[1]/x") == 5.0

    simulation.set("p/x", [1.0, 2.0, 3.0])
    results = simulation.run(2.0)
    assert column(results, "p[2]/x")[-1] == 5.0


def test_population_of_one_is_an_array_too(model_file: Path) -> None:
    text = model_file.read_text().replace('size="3"', 'size="1"').replace("p[2]", "p[0]")
    model_file.write_text(text.replace("p[1]", "p[0]"))
    simulation = annarchy_ml.load(model_file).compile(executor="interpreter")

    assert simulation.get("p/x").tolist() == [10]
    assert simulation.get("p/gain").tolist() == [0.5]
    for path in ("p[0]/x", "p/0/c/x", "p/c/x"):
        assert simulation.get(path) == 10
        assert isinstance(simulation.get(path), float)
    simulation.set("p/x", [3.0])
    simulation.set("p[0]/gain", 0.25)
    simulation.run(1.0)
    assert simulation.get("p/x").tolist() == [3.5]


def test_array_that_is_read_does_not_change_with_the_run(simulation: Any) -> None:
    before = simulation.get("p/x")
    simulation.run(1.0)

    assert before.tolist() == [10, 10, 10]


def test_constants_follow_a_parameter_and_nothing_is_compiled_again(simulation: Any) -> None:
    simulation.run(1.0)
    simulation.set("p/gain", 0.25)

    assert column(simulation.run(2.0)) == [10, 11, 11.5, 12]
    assert simulation.get("p/gain").tolist() == [0.25, 0.25, 0.25]


def test_set_parameters_stay_after_reset_and_start_values_follow(simulation: Any) -> None:
    simulation.set("p/start", 0.5)
    simulation.set("p/rate", 8.0)
    simulation.reset()

    assert column(simulation.run(3.0)) == [5, 9, 13, 0]


def test_before_the_first_step_start_values_follow_at_once(simulation: Any) -> None:
    simulation.set("p[1]/x", 3.0)
    simulation.set("p[0]/start", 0.5)
    assert simulation.get("p/x").tolist() == [5, 3, 10]

    simulation.run(1.0)
    simulation.set("p/start", 0.25)

    assert simulation.get("p/x").tolist() == [6, 4, 11]


def test_other_constants_keep_their_values(simulation: Any) -> None:
    """Setting one parameter must not undo a state that was set before."""
    simulation.set("p/x", 3.0)
    simulation.set("p/gain", 1.0)

    assert column(simulation.run(1.0))[-1] == 5.0


def test_unknown_path_names_what_is_meant(simulation: Any) -> None:
    with pytest.raises((KeyError, annarchy_ml.UsageError)) as caught:
        simulation.get("p[0]/xx")

    assert "xx" in str(caught.value)


@pytest.mark.parametrize(
    "options", [{"executor": "magic"}, {"threads": 0}, {"method": "magic"}, {"precision": "half"}]
)
def test_unknown_options_are_usage_errors(model_file: Path, options: dict[str, Any]) -> None:
    with pytest.raises(annarchy_ml.UsageError):
        annarchy_ml.load(model_file).compile(**options)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda one: one.run("50ms"), "a run takes a number of seconds, not '50ms'"),
        (lambda one: one.run(float("nan")), "a run cannot take nan s"),
        (lambda one: one.step(1.5), "the number of steps must be whole, but is 1.5"),
        (lambda one: one.step(-1), "the number of steps must not be negative, but is -1"),
    ],
)
def test_times_that_are_none_are_usage_errors(simulation: Any, act: Any, message: str) -> None:
    with pytest.raises(annarchy_ml.UsageError, match=message):
        act(simulation)
    assert simulation.t == 0.0
    simulation.step(np.int64(2))
    simulation.run(np.float32(0.0))


def test_step_and_duration_of_the_caller(model_file: Path) -> None:
    simulation = annarchy_ml.load(model_file).compile(dt=0.5, duration=1.0, executor="interpreter")

    assert column(simulation.run()) == [10, 10.5, 11]


def test_progress_is_told(model_file: Path, toolchain: Any) -> None:
    told: list[tuple[float, float, float]] = []
    simulation = annarchy_ml.load(model_file).compile(dt=2e-6, executor="compiled")

    simulation.run(progress=lambda *values: told.append(values))

    assert told
    assert all(0 <= now <= end == 8.0 and wall >= 0 for now, end, wall in told)


def test_values_are_the_same_with_compiled_kernels(model_file: Path, toolchain: Any) -> None:
    simulation = annarchy_ml.load(model_file).compile(executor="compiled")
    simulation.set("p[2]/x", 13.0)
    simulation.set("p/gain", 0.75)

    results = simulation.run(2.0)

    assert column(results) == [10, 11.5, 13]
    assert column(results, "p[2]/x")[1:] == [0, 1.5]
    assert simulation.get("p/x").tolist() == [13, 13, 1.5]


def test_recordings_beyond_the_budget_go_to_a_file_of_which_nothing_is_left(
    model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    whole = annarchy_ml.load(model_file).compile(duration=40_000.0).run()
    monkeypatch.setattr("annarchy_ml.engine.recordings.STREAM_BUDGET", 1000)
    simulation = annarchy_ml.load(model_file).compile(duration=40_000.0)

    simulation.run(20_000.0)
    results = simulation.run()

    assert np.array_equal(results["p[0]/x"].values, whole["p[0]/x"].values)
    assert list(folder.iterdir()) == []
