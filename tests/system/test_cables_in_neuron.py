"""Cells with morphology against NEURON, construct by construct (``cable_cases.py``).

The `reference` method takes the same scheme as the mechanisms that jNeuroML writes for NEURON. What
is left: an input or event acts one step later there, conductances are 0 in the very first step
there, and parameters are rounded to single precision. Kinetic schemes move by their exact
exponential here, by an implicit step there.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cable_cases import CASES
from make_cables import spikes

import annarchy_ml

STORED = json.loads(
    Path(__file__).parents[1].joinpath("reference/cables.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", CASES)
def test_cable_is_as_in_neuron(tmp_path: Path, name: str) -> None:
    case, stored = CASES[name], STORED["cases"][name]
    results = annarchy_ml.run(case.write(tmp_path), write_files=False)
    columns = [np.asarray(results[path].values) for path in case.paths]
    times = np.arange(len(columns[0])) * case.step * 1e-3
    found = spikes(times, columns[0])
    assert len(found) == len(stored["spikes"])
    late = case.late * case.step * 1e-3
    np.testing.assert_allclose(found, stored["spikes"], atol=late)
    every = round(STORED["every_ms"] / case.step)
    for path, column, samples in zip(case.paths, columns, stored["columns"], strict=True):
        expected = np.array(samples)
        scale = np.ptp(expected)
        assert scale > 0.0, path
        moved = late * np.abs(np.gradient(column, times))[::every]
        error = np.abs(column[::every] - expected)
        assert np.all(error <= case.worst * scale + moved), (path, float(np.max(error / scale)))


def test_every_case_is_stored() -> None:
    assert list(STORED["cases"]) == list(CASES)
