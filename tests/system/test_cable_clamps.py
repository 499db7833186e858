"""Voltage clamps on cables, against the steady state of a cable that is held at one end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cable_models import AXON, LEAK

import annarchy_ml

MODEL = """<neuroml id="doc">
  {leak}
  {axon}
  {clamp}
  <network id="net">
    <population id="pop" component="axon" size="1"/>
    <inputList id="held" component="clamp" population="pop">
      <input id="0" target="../pop/0/axon" segmentId="0" fractionAlong="0" destination="synapses"/>
    </inputList>
  </network>
  <Simulation id="sim" length="180ms" step="0.1ms" target="net"/>
  <Target component="sim"/>
</neuroml>
"""
CLAMP = """<voltageClamp id="clamp" delay="60ms" duration="60ms" targetVoltage="-25mV"
    simpleSeriesResistance="{ohm}ohm"/>"""
TRIPLE = """<voltageClampTriple id="clamp" active="1" delay="60ms" duration="60ms"
    conditioningVoltage="-80mV" testingVoltage="-25mV" returnVoltage="-50mV"
    simpleSeriesResistance="{ohm}ohm"/>"""
COMPARTMENTS, RESTING = 501, -0.065


def held_at(end: float, ohm: float) -> np.ndarray:
    """Steady potential [V] of each compartment of a sealed cable, its first one held through ohm.

    Input resistance of a sealed cable: Rall 1977, eq. 4.13 (doi:10.1002/cphy.cp010103).
    """
    length, radius, membrane, inside = 1e-3, 0.5e-6, 1 / 2.5, 1.0
    space = np.sqrt(membrane * radius / (2 * inside))
    infinite = inside * space / (np.pi * radius**2)
    away = np.arange(COMPARTMENTS) / COMPARTMENTS * length  # from the middle of the first one
    before = 0.5 / COMPARTMENTS * length
    beyond = length - before
    siemens = (np.tanh(beyond / space) + np.tanh(before / space)) / infinite
    first = (end - RESTING) / (1 + ohm * siemens)
    return RESTING + first * np.cosh((beyond - away) / space) / np.cosh(beyond / space)


@pytest.mark.parametrize("ohm", [1e-3, 1e6, 1e9])
@pytest.mark.parametrize("method", ["reference", "auto"])
@pytest.mark.parametrize(
    ("clamp", "targets"), [(CLAMP, [None, -0.025, None]), (TRIPLE, [-0.080, -0.025, -0.050])]
)
def test_clamps_hold_a_cable(
    tmp_path: Path, clamp: str, targets: list[float | None], method: str, ohm: float
) -> None:
    """A membrane time constant of 4 ms: each phase ends in its steady state."""
    path = tmp_path / "clamped.nml"
    axon = AXON.format(divisions=COMPARTMENTS, leak="2.5 S_per_m2")
    path.write_text(
        MODEL.format(clamp=clamp.format(ohm=ohm), leak=LEAK, axon=axon), encoding="utf-8"
    )
    simulation = annarchy_ml.load(path).compile(method=method)
    for phase, target in enumerate(targets):
        simulation.run(59e-3 if phase == 0 else 60e-3)
        found = np.asarray(simulation.get("pop/v")).reshape(-1)
        assert np.all(np.isfinite(found)), phase
        expected = np.full(COMPARTMENTS, RESTING) if target is None else held_at(target, ohm)
        scale = np.max(np.abs(expected - RESTING)) + 1e-4
        np.testing.assert_allclose(found, expected, atol=2e-3 * scale)
