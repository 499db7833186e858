"""Rallpacks 1 to 3: orders in time and space, exact solutions, and what NEURON 9.0.2 gives.

The figures of NEURON are those of `benchmarks/rallpacks_neuron.py`, at the same step.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
ORDERS = {"auto": 1, "crank_nicolson": 2}


@pytest.fixture
def rallpacks(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("rallpacks")


@pytest.mark.parametrize(("number", "divisions"), [(1, 501), (2, 5)])
@pytest.mark.parametrize("method", ORDERS)
def test_order_in_time(rallpacks: Any, method: str, number: int, divisions: int) -> None:
    errors = [
        rallpacks.relative_error(
            number, divisions, step, rallpacks.far_end(number, divisions, step, method)
        )
        for step in (1.0, 0.5, 0.25)
    ]
    assert errors[-1] < {1: 2e-3, 2: 3e-5}[ORDERS[method]]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert np.mean(orders) == pytest.approx(ORDERS[method], abs=0.35)
    if (number, method) != (2, "crank_nicolson"):  # rings in thin branches: 1.3, then 2.8
        np.testing.assert_allclose(orders, ORDERS[method], atol=0.35)


@pytest.mark.parametrize(("number", "cuts"), [(1, (5, 15, 45)), (2, (1, 3))])
def test_order_in_space_is_two(rallpacks: Any, number: int, cuts: tuple[int, ...]) -> None:
    errors = [
        rallpacks.relative_error(
            number, cut, 0.025, rallpacks.far_end(number, cut, 0.025, "crank_nicolson")
        )
        for cut in cuts
    ]
    orders = np.log(np.array(errors[:-1]) / errors[1:]) / np.log(3)
    np.testing.assert_allclose(orders, 2, atol=0.1)


@pytest.mark.parametrize(
    ("number", "divisions", "method", "of_neuron"),
    [
        (1, 101, "auto", 0.0003523218852595984),
        (1, 101, "crank_nicolson", 8.641797162133686e-06),
        (2, 5, "auto", 0.0002756846247076974),
        (2, 5, "crank_nicolson", 2.152935596333431e-07),
    ],
)
def test_errors_are_those_of_neuron(
    rallpacks: Any, number: int, divisions: int, method: str, of_neuron: float
) -> None:
    """With 0.05 ms, ``secondorder`` 0 and 2."""
    trace = rallpacks.far_end(number, divisions, 0.05, method)
    error = rallpacks.relative_error(number, divisions, 0.05, trace)
    assert error == pytest.approx(of_neuron, rel=1e-5, abs=1e-10)


NEURON = {
    ("auto", 0.1): [4.07114421310582, 18.55451294665698, 32.7801530829812, 46.983562676562656],
    ("auto", 0.05): [3.9528213129562717, 18.249453166639594, 32.293172311590055, 46.31634648900217],
    ("crank_nicolson", 0.1): [
        3.9263175605019143,
        18.090706177377005,
        32.010526676826764,
        45.910322807817074,
    ],
    ("crank_nicolson", 0.05): [
        3.8729819987037,
        18.006109732550073,
        31.893276016978724,
        45.76169411937914,
    ],
}
CONVERGED = [3.855317548875306, 17.977307741077308, 31.85419708693973, 45.71204910506004]
"""When spikes reach the far end of the axon [ms]; the last one with 0.001 ms, ``secondorder`` 2."""


@pytest.mark.parametrize(("method", "step"), NEURON)
def test_spikes_of_the_axon_are_those_of_neuron(rallpacks: Any, method: str, step: float) -> None:
    found = rallpacks.crossings(step, rallpacks.far_end(3, 1001, step, method))
    np.testing.assert_allclose(found, NEURON[method, step], atol=1e-8)


@pytest.mark.parametrize("method", ORDERS)
def test_spikes_of_the_axon_converge(rallpacks: Any, method: str) -> None:
    errors = [
        abs(rallpacks.crossings(step, rallpacks.far_end(3, 1001, step, method))[-1] - CONVERGED[-1])
        for step in (0.1, 0.05, 0.025)
    ]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    np.testing.assert_allclose(orders, ORDERS[method], atol=0.15)
