"""What every exporter must do; each suffix of the registry joins by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from annarchy_ml.diagnostics import EnvironmentFault, UsageError
from annarchy_ml.exporters.registry import FORMATS, Format, format_for, write
from annarchy_ml.results import Results

PACKAGES = {".nwb": "pynwb", ".nix": "nixio"}
SUFFIXES = [suffix for item in FORMATS for suffix in item.suffixes]


@pytest.fixture(params=SUFFIXES)
def suffix(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    if found in PACKAGES:
        reason = f"{PACKAGES[found]} is not installed (extra [{found[1:]}])"
        pytest.importorskip(PACKAGES[found], reason=reason)
    return found


def test_writes_any_results(any_results: Results, suffix: str, tmp_path: Path) -> None:
    before = {path: signal.values.copy() for path, signal in any_results.signals.items()}
    target = tmp_path / "new" / f"out{suffix}"
    assert any_results.save(target) == target
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    assert target.stat().st_size > 0
    for path, values in before.items():
        np.testing.assert_array_equal(any_results[path].values, values)


def test_replaces_an_older_file(full: Results, suffix: str, tmp_path: Path) -> None:
    target = tmp_path / f"out{suffix.upper()}"
    target.write_text("old")
    full.save(target)
    assert target.read_bytes()[:3] != b"old"


def test_a_failure_leaves_the_older_file(
    full: Results, suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / f"out{suffix}"
    target.write_text("old")

    class Failing:
        def write(self, results: Results, path: Path) -> None:
            path.write_text("half of")
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(Format, "load", lambda self: Failing())
    with pytest.raises(EnvironmentFault, match="No space left on device"):
        write(full, target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_in_the_way_is_a_fault(full: Results, suffix: str, tmp_path: Path) -> None:
    target = tmp_path / f"out{suffix}"
    target.mkdir()
    with pytest.raises(EnvironmentFault, match="cannot be written"):
        full.save(target)
    assert list(tmp_path.iterdir()) == [target]


def test_suffixes_are_unique_and_lower_case() -> None:
    assert len(SUFFIXES) == len(set(SUFFIXES))
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in SUFFIXES)


@pytest.mark.parametrize("name", ["results", "results.nbw", "results.mat"])
def test_an_unknown_suffix_lists_the_known_ones(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        format_for(Path(name))
    assert ".nwb (NWB), .nix (NIX)" in str(caught.value)
    assert ("did you mean '.nwb'" in str(caught.value)) == (name == "results.nbw")


@pytest.mark.parametrize(("suffix", "extra"), [(".nwb", "nwb"), (".nix", "nix")])
def test_a_missing_package_names_its_extra(
    full: Results, suffix: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annarchy_ml.exporters.registry.find_spec", lambda name: None)
    with pytest.raises(EnvironmentFault, match=rf'pip install "annarchy-ml\[{extra}\]"'):
        full.save(tmp_path / f"out{suffix}")
    assert list(tmp_path.iterdir()) == []
