"""The observed order of every method against exact solutions, and the cases that are exact.

The order is the binary logarithm of the ratio of the errors at steps that halve, the last of four
pairs; it must be the theoretical one within 0.2. Worked amplification factors: one step of
tau dx/dt = A - x multiplies x - A by a polynomial in z = h/tau (Hairer, Norsett, Wanner 1993,
Solving Ordinary Differential Equations I, IV.2), the exponential method by exp(-z).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

ORDERS = {"reference": 1, "euler": 1, "rk2": 2, "rk4": 4, "exponential_euler": 1, "auto": 1}
MARGIN = 0.2
STEPS = (0.1, 0.05, 0.025, 0.0125, 0.00625)

Trajectory = Callable[..., Any]
PROBLEMS: dict[str, tuple[dict[str, tuple[str, float]], dict[str, str], Callable[[float], float]]]
PROBLEMS = {
    "oscillator": ({"x": ("y", 1.0), "y": ("-x", 0.0)}, {}, np.cos),
    "hyperbola": ({"x": ("-x * x", 1.0)}, {}, lambda t: 1 / (1 + t)),
    "driven": (
        {"x": ("drive - x", 0.5)},
        {"phase": "t / SEC", "drive": "cos(phase) + sin(phase)"},
        lambda t: np.sin(t) + 0.5 * np.exp(-t),
    ),
    "chain": (
        {"x": ("3 * w", 1.0), "y": ("-w", 1.0)},
        {"u": "x + y", "w": "u * (y - x) / 4"},
        lambda t: float(_chain(t)),
    ),
}


def _chain(t: float) -> float:
    from scipy.integrate import solve_ivp

    def rates(_: float, s: Any) -> list[float]:
        w = (s[0] + s[1]) * (s[1] - s[0]) / 4
        return [3 * w, -w]

    return float(solve_ivp(rates, (0, t), [1.5, 1.0], rtol=1e-13, atol=1e-14).y[0, -1])


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("method", ORDERS)
def test_order(
    trajectory: Trajectory,
    observed_order: Callable[..., float],
    model: Callable[..., str],
    method: str,
    problem: str,
) -> None:
    states, derived, exact = PROBLEMS[problem]
    if problem == "chain":
        states = {**states, "x": (states["x"][0], 1.5)}
    text = model(states, derived=derived)

    errors = [abs(trajectory(text, "x", method, dt, 1.0)[-1] - exact(1.0)) for dt in STEPS]

    assert observed_order(errors) == pytest.approx(ORDERS[method], abs=MARGIN)


@pytest.mark.parametrize("method", ["exponential_euler", "auto"])
@pytest.mark.parametrize("dt", [0.01, 1.0, 50.0])
def test_linear_equation_with_constant_coefficient_is_exact(
    trajectory: Trajectory, model: Callable[..., str], method: str, dt: float
) -> None:
    text = model({"x": ("(top - x) / tau", 0.5)}, {"top": 3.0, "tau": 7.0})

    values = trajectory(text, "x", method, dt, 20 * dt)

    exact = 3 - 2.5 * np.exp(-dt * np.arange(21) / 7)
    np.testing.assert_allclose(values, exact, rtol=1e-13)


FACTORS: dict[str, Callable[[float], float]] = {
    "reference": lambda z: 1 - z,
    "euler": lambda z: 1 - z,
    "rk2": lambda z: 1 - z + z**2 / 2,
    "rk4": lambda z: 1 - z + z**2 / 2 - z**3 / 6 + z**4 / 24,
    "exponential_euler": lambda z: np.exp(-z),
    "auto": lambda z: np.exp(-z),
}


@pytest.mark.parametrize("method", FACTORS)
def test_amplification_of_a_decay(
    trajectory: Trajectory, model: Callable[..., str], method: str
) -> None:
    text = model({"x": ("(top - x) / tau", 0.5)}, {"top": 3.0, "tau": 7.0})

    values = trajectory(text, "x", method, 1.0, 10.0)

    factor = FACTORS[method](1 / 7)
    np.testing.assert_allclose(values, 3 - 2.5 * factor ** np.arange(11), rtol=1e-13)


@pytest.mark.parametrize("method", ["reference", "euler", "rk2", "rk4"])
def test_one_step_of_a_damped_oscillator_is_a_polynomial_of_its_matrix(
    trajectory: Trajectory, model: Callable[..., str], method: str
) -> None:
    text = model({"x": ("-0.2 * x + y", 1.0), "y": ("-x - 0.2 * y", 0.0)})
    hm = 0.1 * np.array([[-0.2, 1.0], [-1.0, -0.2]])
    terms = {"reference": 1, "euler": 1, "rk2": 2, "rk4": 4}[method]
    power, matrix = np.eye(2), np.eye(2)
    for order in range(1, terms + 1):
        power = power @ hm / order
        matrix = matrix + power

    values = [trajectory(text, name, method, 0.1, 1.0) for name in ("x", "y")]

    exact = [np.linalg.matrix_power(matrix, step) @ [1.0, 0.0] for step in range(11)]
    np.testing.assert_allclose(np.transpose(values), exact, rtol=1e-12, atol=1e-14)


def test_exponential_method_falls_back_to_euler_where_the_rate_is_not_affine(
    trajectory: Trajectory, model: Callable[..., str]
) -> None:
    text = model({"x": ("-x * x", 1.0)})

    exponential, euler = (
        trajectory(text, "x", method, 0.1, 1.0) for method in ("exponential_euler", "euler")
    )

    np.testing.assert_array_equal(exponential, euler)


@pytest.mark.parametrize("z", [0.0, 1e-9, 1e-6, 0.99e-5, 1.01e-5, 1e-3])
def test_exponential_method_is_smooth_where_the_coefficient_is_small(
    trajectory: Trajectory, model: Callable[..., str], z: float
) -> None:
    text = model({"x": ("1 - rate * x", 0.0)}, {"rate": z})

    value = trajectory(text, "x", "exponential_euler", 1.0, 1.0)[-1]

    assert value == pytest.approx(-np.expm1(-z) / z if z else 1.0, rel=1e-10)
