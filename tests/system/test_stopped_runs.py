"""Runs that the model stops: what is said of the cause, and what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

import annarchy_ml

TESTS = Path(__file__).parents[1]
SOUND = TESTS / "diagnostics" / "broken" / "connection_to_no_cell.fixed.xml"
CAUSES = {
    "the cell": ('C="0.2nF"', 'C="0nF"', "'C' of pop is 0, and something is divided by it"),
    "a synapse on it": (
        'tauDecay="3ms"',
        'tauDecay="0ms"',
        "'tauDecay' of pop/synapses:syn is 0, and something is divided by it",
    ),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_a_divisor_that_is_zero_is_named(cause: str, executor: str, tmp_path: Path) -> None:
    right, wrong, note = CAUSES[cause]
    text = SOUND.read_text(encoding="utf-8")
    assert right in text
    (tmp_path / "model.xml").write_text(text.replace(right, wrong), encoding="utf-8")
    with pytest.raises(annarchy_ml.NonFiniteError) as caught:
        annarchy_ml.run(tmp_path / "model.xml", write_files=False, executor=executor)
    (found,) = caught.value.diagnostics
    assert found.notes[1:] == (note,)
    assert found.hint == "give this parameter another value"


def test_a_step_that_is_too_long_is_not_blamed_on_a_parameter() -> None:
    with pytest.raises(annarchy_ml.NonFiniteError) as caught:
        annarchy_ml.run(TESTS / "models" / "LEMS_diverging.xml", write_files=False)
    (found,) = caught.value.diagnostics
    assert len(found.notes) == 1 and "smaller step" in found.hint


def test_files_hold_what_came_before_an_endless_circle_of_events(tmp_path: Path) -> None:
    with pytest.raises(annarchy_ml.StoppedError) as caught:
        annarchy_ml.run(TESTS / "system" / "models" / "event_loop.xml", out=tmp_path)
    rows = (tmp_path / "o.dat").read_text(encoding="utf-8").splitlines()
    assert len(rows) == len(caught.value.partial.times) >= 1
