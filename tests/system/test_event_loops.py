"""Events that cause each other without end are a fault of the model, told by name."""

from __future__ import annotations

from pathlib import Path

import pytest

import annarchy_ml

MODEL = Path(__file__).parent / "models" / "event_loop.xml"


@pytest.mark.parametrize("executor", ["compiled", "interpreter"])
def test_events_in_a_circle(executor: str) -> None:
    simulation = annarchy_ml.load(MODEL).compile(executor=executor)
    with pytest.raises(annarchy_ml.ModelError) as caught:
        simulation.run()
    assert [item.code for item in caught.value.diagnostics] == ["run.event-loop"]
    assert "without end, among 'r" in str(caught.value)
    simulation.reset()
    with pytest.raises(annarchy_ml.ModelError):
        simulation.step(5)


def test_a_delay_opens_the_circle(tmp_path: Path) -> None:
    for name in ("common.xml", "event_loop.xml"):
        text = MODEL.with_name(name).read_text(encoding="utf-8")
        text = text.replace(
            'from="r2[0]" to="r1[0]" delay="0ms"', 'from="r2[0]" to="r1[0]" delay="1ms"'
        )
        (tmp_path / name).write_text(text, encoding="utf-8")
    results = annarchy_ml.run(tmp_path / "event_loop.xml", write_files=False)
    assert results["r2[0]/n"].values.tolist() == [0, 0, 1, 2, 3, 4, 5]


def test_a_step_that_breaks_down_is_told_like_a_run() -> None:
    simulation = annarchy_ml.load(Path(__file__).parents[1] / "models" / "LEMS_diverging.xml")
    with pytest.raises(annarchy_ml.NonFiniteError) as caught:
        simulation.compile().step(1000)
    assert len(caught.value.partial.times) > 1
