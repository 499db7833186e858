"""Every file of broken/ has one fault, told as the .txt beside it says; its .fixed twin has none.

To add a case: write NAME.xml and NAME.fixed.xml, run with --update-golden, and read NAME.txt.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from annarchy_ml import api
from annarchy_ml.diagnostics import Diagnostic, ModelError
from annarchy_ml.diagnostics.render import render_all
from annarchy_ml.exporters.lems_files import output_paths

FOLDER = Path(__file__).parent / "broken"
FILES = sorted(path for suffix in ("xml", "nml") for path in FOLDER.glob(f"*.{suffix}"))
BROKEN = [path for path in FILES if ".fixed." not in path.name]
JUDGED_BEFORE_RUNNING = [path for path in BROKEN if not path.stem.startswith("output_")]
"""Where files lead is judged when they are written."""
WARNED_ONLY = {
    "assertion_wrong",
    "attachments_not_read",
    "biophysics_capacitance_twice",
    "biophysics_density_twice",
    "biophysics_ion_of_channel",
    "biophysics_negative_density",
    "cell_without_start",
    "constant_given_a_value",
    "declared_twice_alike",
    "derived_assigned",
    "expression_ambiguous",
    "expression_extension",
    "morphology_named_and_inside",
    "population_of_gap_junctions_contradicted",
    "population_of_inputs_contradicted",
    "population_of_inputs_unknown",
    "population_of_projection_contradicted",
    "population_of_projection_unknown",
    "scale_of_other_dimension",
    "scale_of_time_is_voltage",
    "size_of_list",
    "varying_negative",
}
_SOUND: set[bytes] = set()


def faults_of(name: str) -> list[Diagnostic]:
    """All that ``check`` says, and what is said of the files that a run would write."""
    found = api.check(name)
    if any(item.severity == "error" for item in found):
        return found
    request = api.load(name).request
    try:
        output_paths((*request.outputs, *request.event_outputs), Path("results"))
    except ModelError as fault:
        found.extend(fault.diagnostics)
    return found


@pytest.fixture(autouse=True)
def _in_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)


def test_there_are_enough_cases() -> None:
    assert len(BROKEN) >= 100


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.name)
def test_fault_is_told(path: Path, request: pytest.FixtureRequest) -> None:
    found = faults_of(path.name)
    text = render_all(found) + "\n"
    expected = path.with_name(f"{path.stem}.txt")
    if request.config.getoption("--update-golden"):
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")
    assert len(found) == 1, "one fault, one message"
    severity = "warning" if path.stem in WARNED_ONLY else "error"
    assert found[0].severity == severity
    assert found[0].span is not None and found[0].span.file == path.name


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.name)
def test_repaired_twin_is_sound(path: Path) -> None:
    twin = path.with_name(f"{path.stem}.fixed{path.suffix}")
    content = twin.read_bytes()
    if content not in _SOUND:
        assert render_all(faults_of(twin.name)) == ""
        _SOUND.add(content)


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.name)
def test_every_message_helps(path: Path) -> None:
    """A hint or a note that says what to do; the message in the words of the file."""
    (found,) = faults_of(path.name)
    assert found.hint or found.notes
    assert "\n" not in found.message and not found.message.endswith(".")


def test_a_broken_model_cannot_be_loaded_and_run() -> None:
    with pytest.raises(ModelError) as caught:
        api.run("unit_unknown.xml", write_files=False)
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("path", JUDGED_BEFORE_RUNNING, ids=lambda path: path.name)
def test_run_refuses_what_check_refuses(path: Path) -> None:
    """Also faults of types and components that nothing uses."""
    if faults_of(path.name)[0].severity == "warning":
        api.load(path.name).compile(executor="interpreter")
        return
    with pytest.raises(ModelError):
        api.load(path.name).compile(executor="interpreter")


@pytest.mark.parametrize("what", ["projection", "gap_junctions"])
def test_paths_count_where_a_projection_contradicts_them(what: str) -> None:
    """As in jLEMS, which does not read the attributes."""
    found = [
        api.run(f"population_of_{what}_contradicted{kind}.xml", write_files=False)
        for kind in ("", ".fixed")
    ]
    first, second = (item["pop[0]/v"].values.tolist() for item in found)
    assert first == second and len(first) == 1001
