"""All faults of a file at once, of whatever stage, and nothing that only follows from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.diagnostics.render import render_all
from annarchy_ml.importers.registry import read_model
from annarchy_ml.options import ReadOptions
from annarchy_ml.passes.further import further_faults
from annarchy_ml.passes.pipeline import resolve

FOLDER = Path(__file__).parent / "together"


def all_faults(name: str) -> Diagnostics:
    report = Diagnostics()
    document = read_model(name, report, ReadOptions())
    tables = resolve(document, report)
    tables.values.read_all()
    return further_faults(tables, report)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.xml")), ids=lambda path: path.name)
def test_all_are_told(
    path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(FOLDER)
    text = render_all(all_faults(path.name)) + "\n"
    expected = path.with_suffix(".txt")
    if request.config.getoption("--update-golden"):
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")


def test_a_dozen_faults_of_all_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)
    found = all_faults("dozen.xml")
    assert len(found.errors) == 12
    assert len({item.code for item in found}) >= 8


def test_later_stages_stop_where_something_is_missing(tmp_path: Path) -> None:
    """The input is of no known type, so that no tree can be made of it."""
    text = (FOLDER.parent / "broken" / "input_unknown.fixed.xml").read_text()
    assert "<pulseGenerator" in text
    text = text.replace("<pulseGenerator", "<pulse").replace('"pop[0]/v"', '"pop[0]/vv"')
    (tmp_path / "model.xml").write_text(text)
    codes = [item.code for item in all_faults(str(tmp_path / "model.xml"))]
    assert codes == ["element.unknown"]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("<iafCell ", "<iafCel "), ('component="iaf" size', 'component="iaf" Size')],
    ids=["type", "size"],
)
def test_paths_into_a_population_at_fault_are_not_blamed(
    right: str, wrong: str, tmp_path: Path
) -> None:
    """No instance of the population can be made, so nothing is said of those that paths name."""
    text = (FOLDER.parent / "broken" / "input_unknown.fixed.xml").read_text()
    assert right in text
    (tmp_path / "model.xml").write_text(text.replace(right, wrong))
    assert len(all_faults(str(tmp_path / "model.xml"))) == 1


def test_a_fault_of_ours_in_a_later_stage_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise TypeError("a fault of ours")

    monkeypatch.chdir(FOLDER)
    monkeypatch.setattr("annarchy_ml.passes.further.NetworkBuilder.build", broken)
    with pytest.raises(TypeError, match="a fault of ours"):
        all_faults("dozen.xml")


def test_nothing_follows_from_a_file_that_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FOLDER)
    text = (FOLDER / "dozen.xml").read_text().replace("Cells.xml", "Cels.xml")
    (tmp_path / "model.xml").write_text(text)
    monkeypatch.chdir(tmp_path)
    codes = [item.code for item in all_faults("model.xml")]
    assert codes.count("include.missing") == 1
    assert "element.unknown" not in codes and "path.unknown" not in codes
