"""What synapses derive, recorded by the method ``neuron`` beside the potentials of the same row.

A mechanism derives its values at the end of a step, from the potential recorded there. So a record
of a synapse follows from the recorded potentials of its row, by the formulas of the standard. The
stored values are those of NEURON 8.2.6 with the scripts that ``jnml -neuron`` has written for the
same models; three records (`s`, `inf`, `i`) were added to the second by hand.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import annarchy_ml
from annarchy_ml.importers.neuroml.examples import copy_example, find_example

NMDA = "pasPop1[0]/synapses:nmdaSyn1:0"
BLOCK = f"{NMDA}/block/blockFactor"
ROWS = [0, 1, 100, 10000, 22600, 22935, 30432]
BLOCK_IN_NEURON = [0.02765987, 0.02771328, 0.03267253, 0.0525645, 0.1753057, 0.1800053, 0.1800065]
G_IN_NEURON = [0.0, 0.0, 0.0, 2.442165e-12, 5.097944e-11, 8.907222e-11, 8.916126e-11]
GRADED = "hhPop2/0/hhcell/gs1"
GRADED_ROWS = [0, 1, 2, 100, 10335, 10340, 11000]
GRADED_IN_NEURON = [
    [0.0, 6.23667263e-07, 1.24718894e-06, 6.16826868e-05, 0.999363361, 0.999053551, 0.850733904],
    [
        0.00247262316,
        0.00248846117,
        0.00248850381,
        0.00249519672,
        0.999264587,
        0.998783933,
        0.00127903863,
    ],
    [0.0, 0.0, 4.05183587e-18, 3.96693812e-16, 6.4360338e-12, 6.43212028e-12, 5.48465751e-12],
]


def example(name: str, folder: Path) -> annarchy_ml.Model:
    return annarchy_ml.load(copy_example(find_example(name), folder)[0])


def blocked(v: np.ndarray) -> np.ndarray:
    """The factor of Ex6: 1.2 mM magnesium; NEURON keeps six digits of 1.920544 mM."""
    return 1 / (1 + 1.2 / 1.92054 * np.exp(-v / 16.129e-3))


def test_a_block_follows_from_the_potential_of_its_row(tmp_path: Path) -> None:
    model = example("Ex6", tmp_path)
    results = model.compile(method="neuron").run()
    v, block = results["pasPop1[0]/v"].values, results[BLOCK].values
    np.testing.assert_allclose(block, blocked(v), rtol=1e-12)
    np.testing.assert_allclose(block[ROWS], BLOCK_IN_NEURON, rtol=1e-6)
    g = results[f"{NMDA}/g"].values
    np.testing.assert_allclose(g[ROWS], G_IN_NEURON, rtol=4e-6)
    late = model.compile(method="reference").run()[BLOCK].values
    assert np.abs(late[ROWS] - BLOCK_IN_NEURON).max() > 5e-5


def test_what_acts_is_the_same_whatever_is_recorded(tmp_path: Path) -> None:
    model = example("Ex6", tmp_path)
    both = [
        model.compile(method="neuron", record=more).run(0.1)["pasPop1[0]/v"].values
        for more in ([], [f"{NMDA}/i", f"{NMDA}/A"])
    ]
    np.testing.assert_array_equal(*both)


def test_current_and_states_of_a_blocked_synapse(tmp_path: Path) -> None:
    """The states at the start of the step give the current at its end; events act on states."""
    names = [f"{NMDA}/{name}" for name in ("A", "B", "g", "i")]
    simulation = example("Ex6", tmp_path).compile(method="neuron", record=names)
    results = simulation.run()
    v = results["pasPop1[0]/v"].values
    a, b, g, i = (results[name].values for name in names)
    assert g.max() > 4e-11
    np.testing.assert_allclose(i, g * (0.0 - v), rtol=1e-12)
    quiet = np.flatnonzero(np.diff(b) < 0)  # no event has come between these rows
    expected = blocked(v)[quiet + 1] * 0.5e-9 * (b - a)[quiet]
    np.testing.assert_allclose(g[quiet + 1], expected, rtol=1e-12)


def test_graded_synapses_are_recorded_with_their_potentials(tmp_path: Path) -> None:
    names = [f"{GRADED}/{name}" for name in ("s", "inf", "tau", "i")]
    simulation = example("Ex20a", tmp_path).compile(method="neuron", record=names)
    results = simulation.run()
    s, inf, tau, i = (results[name].values for name in names)
    v_pre = results["hhPop1/0/hhcell/v"].values
    np.testing.assert_allclose(inf, 1 / (1 + np.exp((-0.035 - v_pre) / 0.005)), rtol=1e-12)
    free = 1 - inf > 1e-4
    assert free.sum() > 29000 and (~free).sum() > 400
    moved = s[:-1] + simulation.plan.dt * (inf[1:] - s[:-1]) / tau[1:]
    rows = free[:-1] & free[1:]  # no condition has set the state
    np.testing.assert_allclose(s[1:][rows], moved[rows], rtol=1e-12)
    found = np.array([values[GRADED_ROWS] for values in (s, inf, i)])
    np.testing.assert_allclose(found, GRADED_IN_NEURON, rtol=2e-5, atol=1e-20)


@pytest.mark.parametrize("points", [2, 16])
def test_sweeps_record_the_same(points: int, tmp_path: Path) -> None:
    model = example("Ex6", tmp_path)
    name = f"{NMDA}/gbase"
    values = np.linspace(4e-10, 1e-9, points)
    swept = model.compile(method="neuron", duration=0.12).sweep({name: values}, keep=True)
    for segment, value in zip(swept.to_neo().segments, values, strict=True):
        single = model.compile(method="neuron", duration=0.12)
        single.set(name, value)
        known = single.run()[f"{NMDA}/g"].values
        (signal,) = (item for item in segment.analogsignals if item.name == "pasPop1.g")
        np.testing.assert_array_equal(signal.magnitude[:, 0], known)


@pytest.mark.parametrize("threads", [1, 2])
def test_pieces_of_a_run_record_the_same(threads: int, tmp_path: Path) -> None:
    model = example("Ex6", tmp_path)
    whole = model.compile(method="neuron", duration=0.12).run()[BLOCK].values
    simulation = model.compile(method="neuron", duration=0.12, threads=threads)
    simulation.run(0.05)
    simulation.run(0.07)
    np.testing.assert_array_equal(simulation.results()[BLOCK].values, whole)
