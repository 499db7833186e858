"""Standard cells and synapses against NEST's own models, and against equations in Brian 2.

Both are used without PyNN's backends, which lack some of them, or have them in another form
(``reference/pynn/make_nest.py``, ``make_brian2.py``); so each cell and synapse has two references.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyNN", reason="PyNN is not installed")

import annarchy_ml.importers.pynn as sim

FOLDER = Path(__file__).parents[1] / "reference" / "pynn"
STORED = {
    name: json.loads((FOLDER / f"{name}.json").read_text())
    for name in ("nest", "neuron", "brian2", "nest_models", "equations")
}


def _make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_pynn_references", FOLDER / "make.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


MAKE = _make()


def _others(part: str, name: str) -> dict[str, Any]:
    found = {other: stored.get(part, {}).get(name) for other, stored in STORED.items()}
    return {other: item for other, item in found.items() if item is not None}


def _apart(some: list[float], others: list[float]) -> float:
    """The largest distance between spikes of the same number; infinite for other counts."""
    if len(some) != len(others):
        return float("inf")
    return float(np.max(np.abs(np.subtract(some, others)), initial=0.0))


@pytest.mark.parametrize("name", MAKE.CELLS)
def test_spikes_of_cells_are_within_a_step_of_two_others(name: str) -> None:
    """NEST and NEURON are farther from each other with `Izhikevich` than from this backend."""
    found = MAKE.cell(sim, name)["spikes"]
    distances = {
        other: _apart(found, item["spikes"]) for other, item in _others("cells", name).items()
    }
    near = [other for other, distance in distances.items() if distance < MAKE.DT + 1e-6]
    assert len(found) >= 5
    assert "equations" in near
    assert len(near) >= (1 if name == "Izhikevich" else 2), distances


LOOSE = {"GIF_cond_exp": 0.05, "HH_cond_exp": 0.35}
"""Most that v differs [mV]: the first draws at a threshold that is next to sharp; the other rises
by 300 mV/ms, and its step is divided in other parts."""


@pytest.mark.parametrize("name", STORED["equations"]["cells"])
def test_potentials_are_those_of_equations(name: str) -> None:
    found, other = MAKE.cell(sim, name)["v"], STORED["equations"]["cells"][name]["v"]
    assert np.max(np.abs(np.subtract(found, other))) < LOOSE.get(name, 2e-5)


@pytest.mark.parametrize("name", STORED["nest_models"]["cells"])
def test_potentials_are_those_of_models_of_nest(name: str) -> None:
    found, other = MAKE.cell(sim, name)["v"], STORED["nest_models"]["cells"][name]["v"]
    assert np.max(np.abs(np.subtract(found, other))) < LOOSE.get(name, 2e-5)


PAIRED = [
    (other, name) for other in ("equations", "nest_models") for name in STORED[other]["paired"]
]


@pytest.mark.parametrize(("other", "name"), PAIRED)
def test_synapses_learn_as_in_others(other: str, name: str) -> None:
    """Weights of every rule, wherever the delay is, digit by digit."""
    found, expected = MAKE.paired(sim, name), STORED[other]["paired"][name]
    assert len(found["spikes"]) == len(MAKE.KICKS)
    assert np.ptp(found["weights"]) > 1e-4
    assert found["spikes"] == pytest.approx(expected["spikes"], abs=1e-6)
    assert found["weights"] == pytest.approx(expected["weights"], abs=1e-9)
    assert found["g"] == pytest.approx(expected["g"], abs=2e-9)


NOT_AS_MEANT = {("one site", "nest"), ("five sites", "nest")}
"""There one site is ready at first, and the weight is that of one site."""


def _released(name: str) -> dict[str, Any]:
    found = _others("chance", name)
    return {other: item for other, item in found.items() if (name, other) not in NOT_AS_MEANT}


def _check_released(found: dict[str, Any], other: dict[str, Any]) -> None:
    """Means, variances and covariances are as near as samples of this size are."""
    assert found["amounts"] == other["amounts"]
    mean, variance = (np.array([item[k] for item in (found, other)]) for k in ("mean", "variance"))
    total = variance.sum(axis=0)
    assert np.all(np.abs(mean[0] - mean[1]) < 4.0 * np.sqrt(total / MAKE.MANY))
    assert np.abs(mean[0].sum() - mean[1].sum()) < 4.0 * np.sqrt(total.sum() / MAKE.MANY)
    widest = np.maximum(mean, 1.0 - mean) ** 2
    spread = np.sum(variance * widest - variance**2, axis=0)
    assert np.all(np.abs(variance[0] - variance[1]) < 4.0 * np.sqrt(spread / MAKE.MANY) + 1e-3)
    apart = np.abs(np.subtract(found["next"], other["next"]))
    assert np.all(apart < 4.0 * np.sqrt(2.0 * total[:-1] * total[1:] / 4.0 / MAKE.MANY))


@pytest.mark.parametrize("name", MAKE.CHANCE)
def test_synapses_release_by_chance_as_in_two_others(name: str) -> None:
    found, others = MAKE.chance(sim, name), _released(name)
    assert len(others) >= 2
    assert np.ptp(found["mean"]) > 0.05 or name == "released or not"
    for item in others.values():
        _check_released(found, item)


@pytest.mark.parametrize("name", MAKE.GAPS)
def test_gap_junctions_are_those_of_two_others(name: str) -> None:
    """NEST iterates the current of a step; in Brian 2 and here it is that of the last step."""
    found, others = MAKE.gaps(sim, name), _others("gaps", name)
    assert set(others) == {"equations", "nest_models"}
    assert max(len(train) for train in found["spikes"]) == (16 if name == "firing" else 0)
    for item in others.values():
        for some, more in zip(found["spikes"], item["spikes"], strict=True):
            assert _apart(some, more) < MAKE.DT + 1e-6
    v = {other: np.array(item["v"]) for other, item in others.items()}
    own = np.array(found["v"])
    between = np.max(np.abs(v["equations"] - v["nest_models"]))
    assert np.max(np.abs(own - v["equations"])) < 2e-5
    assert np.max(np.abs(own - v["nest_models"])) < between + 2e-5
    assert between < 0.002 or name == "firing"
    assert np.ptp(own[1]) > 0.5


def test_every_synapse_has_two_references() -> None:
    sound = {name: [o for o in _others("paired", name) if o != "brian2"] for name in MAKE.PAIRED}
    assert all(len(others) >= 2 for others in sound.values())
