"""Cells that draw normal numbers and counts: executors and numbers of threads agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import annarchy_ml

MODEL = """<Lems><Target component="sim"/>
<Include file="Cells.xml"/><Include file="Networks.xml"/><Include file="Simulation.xml"/>
<ComponentType name="noisy" extends="baseCell">
  <Parameter name="tau" dimension="time"/><Parameter name="rate" dimension="per_time"/>
  <Constant name="STEP" dimension="time" value="1ms"/>
  <Exposure name="v" dimension="none"/><Exposure name="n" dimension="none"/>
  <Exposure name="k" dimension="none"/>
  <Dynamics>
    <StateVariable name="v" dimension="none" exposure="v"/>
    <StateVariable name="n" dimension="none" exposure="n"/>
    <StateVariable name="k" dimension="none" exposure="k"/>
    <TimeDerivative variable="v" value="-v / tau"/>
    <OnCondition test="t .gt. 0 * STEP">
      <StateAssignment variable="v" value="v + normal()"/>
      <StateAssignment variable="n" value="n + poisson(rate * STEP)"/>
    </OnCondition>
    <OnCondition test="v .gt. 1"><StateAssignment variable="k" value="poisson(v * v)"/>
    </OnCondition>
  </Dynamics></ComponentType>
<noisy id="c" tau="10ms" rate="2000 per_s"/>
<network id="net"><population id="p" component="c" size="1201"/></network>
<Simulation id="sim" length="20ms" step="1ms" target="net" seed="5"/></Lems>"""


@pytest.fixture
def model(tmp_path: Path) -> annarchy_ml.Model:
    path = tmp_path / "noisy.xml"
    path.write_text(MODEL, encoding="utf-8")
    return annarchy_ml.load(path)


def values(model: annarchy_ml.Model, **options: object) -> list[np.ndarray]:
    simulation = model.compile(**options)
    simulation.run()
    return [np.asarray(simulation.get(f"p/{name}")) for name in ("v", "n", "k")]


def test_threads_change_no_bit(model: annarchy_ml.Model) -> None:
    alone = values(model, threads=1)
    for threads in (2, 3, 7):
        for one, other in zip(alone, values(model, threads=threads), strict=True):
            assert np.array_equal(one, other)


def test_executors_agree(model: annarchy_ml.Model) -> None:
    compiled = values(model, executor="compiled")
    interpreted = values(model, executor="interpreter")
    for one, other in zip(compiled, interpreted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11)


def test_moments(model: annarchy_ml.Model) -> None:
    """Twenty counts of mean 2; a random walk that decays by a tenth in each step."""
    v, n, k = values(model)
    assert abs(n.mean() - 40) < 5 * np.sqrt(40 / n.size)
    assert abs(n.var() - 40) < 5 * 40 * np.sqrt(2 / n.size)
    variance = (1 - 0.81**20) / (1 - 0.81)
    assert abs(v.mean()) < 5 * np.sqrt(variance / v.size)
    assert abs(v.var() - variance) < 5 * variance * np.sqrt(2 / v.size)
    assert np.array_equal(k, np.round(k))
    assert k.max() > 3


def test_other_engines_will_refuse_them(model: annarchy_ml.Model) -> None:
    told = [str(item) for item in model.warnings if item.code == "expr.extension"]
    assert sum("'normal' is not part of LEMS" in text for text in told) == 1
    assert sum("'poisson' is not part of LEMS" in text for text in told) == 2
