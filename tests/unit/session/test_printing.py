"""Files printed while a run goes on are those written after it, however it ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import annarchy_ml
from annarchy_ml.engine import recordings
from annarchy_ml.exporters import lems_files

STEPS = 40_000


@pytest.fixture
def long_model(model_file: Path) -> Path:
    text = model_file.read_text(encoding="utf-8")
    model_file.write_text(text.replace('length="8s"', f'length="{STEPS}s"'), encoding="utf-8")
    return model_file


@pytest.fixture
def cores(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Makes believe that there are so many cores."""
    return lambda count: monkeypatch.setattr("annarchy_ml.engine._core.usable_cores", lambda: count)


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}


def run(path: Path, out: Path, **options: Any) -> dict[str, bytes]:
    annarchy_ml.run(path, out=out, executor="interpreter", **options)
    return files_of(out)


def test_the_same_files_with_a_free_core_and_without(
    long_model: Path, tmp_path: Path, cores: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    cores(1)
    after = run(long_model, tmp_path / "after")
    cores(2)
    monkeypatch.setattr(lems_files, "_write_table", None)  # nothing is left for the end
    during = run(long_model, tmp_path / "during")
    assert during == after
    assert set(during) == {"o.dat", "ev.dat"}
    assert during["o.dat"].count(b"\n") == STEPS + 1


def test_an_interrupted_run_keeps_its_rows(
    long_model: Path, tmp_path: Path, cores: Callable[[int], None]
) -> None:
    cores(2)
    whole = run(long_model, tmp_path / "whole")["o.dat"]

    def interrupt(time_s: float, duration_s: float, wall_s: float) -> None:
        raise KeyboardInterrupt

    part = run(long_model, tmp_path / "part", progress=interrupt, duration=2e7)["o.dat"]
    lines = part.splitlines(keepends=True)
    assert 1 < len(lines) < 1e6
    assert lines[:STEPS] == whole.splitlines(keepends=True)[: len(lines)][:STEPS]


def test_a_run_that_breaks_down_keeps_its_rows(
    long_model: Path, tmp_path: Path, cores: Callable[[int], None]
) -> None:
    cells = long_model.with_name("cells.xml")
    text = cells.read_text(encoding="utf-8").replace('test="x .geq. 14"', 'test="x .lt. 0"')
    cells.write_text(text.replace('value="(slope', 'value="(x*x*x'), encoding="utf-8")
    for count in (1, 2):
        cores(count)
        with pytest.raises(annarchy_ml.NonFiniteError):
            run(long_model, tmp_path / str(count))
    found = files_of(tmp_path / "2")
    assert found == files_of(tmp_path / "1")
    assert found["o.dat"].count(b"\n") > 3


def test_an_error_of_another_kind_leaves_no_file(
    long_model: Path, tmp_path: Path, cores: Callable[[int], None]
) -> None:
    cores(2)

    def stop(time_s: float, duration_s: float, wall_s: float) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(long_model, tmp_path / "out", progress=stop, duration=1e8)
    assert files_of(tmp_path / "out") == {}


def test_a_folder_that_cannot_be_made_is_told(
    long_model: Path, tmp_path: Path, cores: Callable[[int], None]
) -> None:
    cores(2)
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(annarchy_ml.EnvironmentFault, match=r"o\.dat' cannot be written"):
        run(long_model, tmp_path / "out")


def test_what_goes_to_disk_is_written_at_the_end(
    long_model: Path, tmp_path: Path, cores: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    cores(2)
    during = run(long_model, tmp_path / "during")
    monkeypatch.setattr(recordings, "STREAM_BUDGET", 200_000)
    assert run(long_model, tmp_path / "after") == during
