"""`run_lems_with_annarchy_ml` gives what pyNeuroML gives for the same files."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from annarchy_ml import run_lems_with_annarchy_ml


def test_dictionaries_are_those_of_pyneuroml(iaf: Path):
    runners = pytest.importorskip("pyneuroml.runners")
    traces, events = run_lems_with_annarchy_ml(iaf.name, load_saved_data=True, reload_events=True)
    wanted_traces, wanted_events = runners.reload_saved_data(iaf.name, reload_events=True)
    assert traces == wanted_traces
    assert {key: len(train) for key, train in events.items()} == {"slow[0]": 4, "fast[0]": 8}
    assert events == wanted_events


def test_arguments_are_those_of_pyneuroml():
    runners = pytest.importorskip("pyneuroml.runners")
    theirs = inspect.signature(runners.run_lems_with_jneuroml).parameters
    ours = inspect.signature(run_lems_with_annarchy_ml).parameters
    assert list(ours) == list(theirs)
    changed = {name for name in ours if ours[name].default != theirs[name].default}
    assert changed <= {"paths_to_include", "max_memory", "nogui", "verbose"}


def test_without_loading_it_says_whether_it_ran(iaf: Path, capsys: pytest.CaptureFixture[str]):
    assert run_lems_with_annarchy_ml(str(iaf), nogui=True, verbose=True) is True
    assert "3 signals" in capsys.readouterr().out
    iaf.write_text("<Lems/>")
    assert run_lems_with_annarchy_ml(str(iaf), exit_on_fail=False) is False
    assert "error" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        run_lems_with_annarchy_ml(str(iaf))
    assert ended.value.code == 1


def test_another_folder_and_cleaning_up(iaf: Path):
    place = iaf.parent / "elsewhere"
    place.mkdir()
    traces = run_lems_with_annarchy_ml(
        str(iaf), load_saved_data=True, exec_in_dir=str(place), cleanup=True, plot=False
    )
    assert set(traces) == {"t", "slow[0]/v", "fast[1]/v"}
    assert list((place / "results").iterdir()) == []


def test_skipping_the_run_checks_only(iaf: Path):
    assert run_lems_with_annarchy_ml(str(iaf), skip_run=True) is True
    assert not (iaf.parent / "results").exists()


def test_pictures_are_drawn_without_a_window(iaf: Path, monkeypatch: pytest.MonkeyPatch):
    from annarchy_ml.results import Results

    drawn: list[bool] = []
    monkeypatch.setattr(Results, "plot", lambda self, *, show: drawn.append(show))
    run_lems_with_annarchy_ml(str(iaf), load_saved_data=True, plot=True, show_plot_already=False)
    assert drawn == [False]
