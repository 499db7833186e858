"""Values of cells drawn from distributions: moments, bounds, and what they depend on."""

from __future__ import annotations

import numpy as np
import pytest

from annarchy_ml.kernels.connectivity import Distribution, Exponential, LogNormal, Normal, Uniform
from annarchy_ml.passes.draws import drawn

CELLS = np.arange(20_000)
LAWS: list[tuple[Distribution, float, float]] = [
    (Uniform(2.0, 4.0), 3.0, 2.0 / np.sqrt(12.0)),
    (Normal(-1.0, 0.5), -1.0, 0.5),
    (Exponential(3.0), 3.0, 3.0),
    (LogNormal(0.2, 0.3), np.exp(0.245), np.exp(0.245) * np.sqrt(np.exp(0.09) - 1.0)),
]


@pytest.mark.parametrize(("law", "mean", "deviation"), LAWS)
def test_moments(law: Distribution, mean: float, deviation: float) -> None:
    values = np.asarray(drawn(law, CELLS, 1, "pop/v"))
    assert abs(values.mean() - mean) < 4 * deviation / np.sqrt(len(CELLS))
    assert abs(values.std() / deviation - 1.0) < 0.04


def test_bounds_are_kept_by_drawing_again() -> None:
    values = np.asarray(drawn(Normal(0.0, 1.0, low=0.5, high=1.0), CELLS, 1, "pop/v"))
    assert 0.5 <= values.min() < 0.501 and 0.999 < values.max() <= 1.0
    with pytest.raises(ValueError, match="hardly ever"):
        drawn(Normal(0.0, 1.0, low=20.0), CELLS[:3], 1, "pop/v")


def test_a_cell_gets_the_same_whichever_others_are_drawn() -> None:
    law = Normal(0.0, 1.0, low=-0.5)
    whole = np.asarray(drawn(law, CELLS, 5, "pop/v"))
    some = np.array([7, 3, 19_000])
    assert np.array_equal(drawn(law, some, 5, "pop/v"), whole[some])
    for seed, key in ((6, "pop/v"), (5, "pop/u")):
        assert not np.any(np.asarray(drawn(law, some, seed, key)) == whole[some])


def test_numbers_and_arrays_stay_as_they_are() -> None:
    assert drawn(2.5, CELLS, 1, "pop/v") == 2.5
    given = np.arange(3.0)
    assert drawn(given, CELLS[:3], 1, "pop/v") is given
