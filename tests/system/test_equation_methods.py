"""Blocks and methods of equation neurons against closed forms (EQUATIONS.md §9, §10, §22)."""

from __future__ import annotations

import numpy as np
import pytest

import annarchy_ml as aml

Z = 1.0 / 7.0
DECAYS = {
    "explicit": 1 - Z,
    "implicit": 1 / (1 + Z),
    "semiimplicit": 1 / (1 + Z),
    "exponential": np.exp(-Z),
    "midpoint": 1 - Z + Z**2 / 2,
    "rk4": 1 - Z + Z**2 / 2 - Z**3 / 6 + Z**4 / 24,
}
M = np.array([[-0.2, 1.0], [-1.0, -0.2]]) * 0.1
STEPS = {
    "explicit": np.eye(2) + M,
    "implicit": np.linalg.inv(np.eye(2) - M),
    "midpoint": np.eye(2) + M + M @ M / 2,
    "rk4": np.eye(2) + M + M @ M / 2 + M @ M @ M / 6 + M @ M @ M @ M / 24,
}


def recorded(neuron: aml.Neuron, names: list[str], steps: int, dt: float = 1.0) -> np.ndarray:
    """Values after each step, shape (steps, names)."""
    net = aml.Network(dt=dt, seed=1)
    pop = net.create(1, neuron)
    net.compile()
    monitor = net.monitor(pop, names)
    for _ in range(steps):
        net.step()
    return np.column_stack([monitor.get(name)[:, 0] for name in names])


@pytest.mark.parametrize("method", DECAYS)
@pytest.mark.parametrize("form", ["tau*dr/dt = A - r", "dr/dt = (A - r)/tau", "tau*dr/dt + r = A"])
def test_relaxation(method: str, form: str) -> None:
    neuron = aml.Neuron(parameters="tau = 7\nA = 3", equations=f"{form} : init=0.5, {method}")
    expected = 3.0 + (0.5 - 3.0) * DECAYS[method] ** np.arange(1, 21)
    assert np.allclose(recorded(neuron, ["r"], 20)[:, 0], expected, rtol=1e-13)


@pytest.mark.parametrize("method", STEPS)
def test_oscillator_moves_together(method: str) -> None:
    neuron = aml.Neuron(
        equations=f"""
            dr/dt = -0.2*r + y : init=1, {method}
            dy/dt = -r - 0.2*y : {method}
        """
    )
    found = recorded(neuron, ["r", "y"], 30, dt=0.1)
    state, expected = np.array([1.0, 0.0]), []
    for _ in range(30):
        state = STEPS[method] @ state
        expected.append(state)
    assert np.allclose(found, expected, rtol=1e-12)


def test_three_implicit_equations_are_solved_together() -> None:
    neuron = aml.Neuron(
        equations="""
            dr/dt = -r + 0.5*y - z : init=1, implicit
            dy/dt = -2*y + z + 1 : implicit
            dz/dt = r - z : init=-1, implicit
        """
    )
    matrix = np.array([[-1, 0.5, -1], [0, -2, 1], [1, 0, -1]]) * 0.25
    state, expected = np.array([1.0, 0.0, -1.0]), []
    for _ in range(10):
        state = np.linalg.solve(np.eye(3) - matrix, state + np.array([0, 0.25, 0]))
        expected.append(state)
    assert np.allclose(recorded(neuron, ["r", "y", "z"], 10, 0.25), expected, rtol=1e-12)


def test_methods_are_mixed_within_a_block() -> None:
    neuron = aml.Neuron(
        equations="""
            dr/dt = y - r : init=1, exponential
            dy/dt = r : init=2
        """
    )
    r, y = 1.0, 2.0
    for row in recorded(neuron, ["r", "y"], 5, 0.5):
        r, y = r + (1 - np.exp(-0.5)) * (y - r), y + 0.5 * r
        assert row == pytest.approx([r, y], rel=1e-13)


def test_blocks_see_what_was_written_before() -> None:
    neuron = aml.Neuron(
        equations="""
            a = t + 1
            du/dt = a
            dv/dt = u
            b = v
            dr/dt = b + u
        """
    )
    a = u = v = r = 0.0
    for k, row in enumerate(recorded(neuron, ["a", "u", "v", "b", "r"], 6, 0.5)):
        a = 0.5 * k + 1
        u, v = u + 0.5 * a, v + 0.5 * u
        r += 0.5 * (v + u)
        assert row == pytest.approx([a, u, v, v, r], rel=1e-14)


def test_bounds_are_applied_before_the_next_equation() -> None:
    neuron = aml.Neuron(
        parameters="top = 2.5",
        equations="""
            r += 1 : max=top
            y = r
            z = -r : min=-2, max=0
        """,
    )
    assert recorded(neuron, ["r", "y", "z"], 3).tolist() == [[1, 1, -1], [2, 2, -2], [2.5, 2.5, -2]]


def test_global_variables_come_first() -> None:
    neuron = aml.Neuron(equations="r = g + 1\ng = g + 10 : global")
    assert recorded(neuron, ["r", "g"], 2).tolist() == [[11, 10], [21, 20]]


def test_no_block_holds_variables_of_all_and_of_each() -> None:
    """Rates of local variables see what the global ones are after the step."""
    neuron = aml.Neuron(equations="dr/dt = g\ndg/dt = 1 : global\ndh/dt = g : global")
    assert recorded(neuron, ["r", "g", "h"], 3).tolist() == [[1, 1, 0], [3, 2, 1], [6, 3, 3]]


def test_whole_numbers_and_truth_values() -> None:
    neuron = aml.Neuron(equations="n = n - 0.7 : int, init=2\nq = n > 0 : bool\nr = n/2 + q")
    assert recorded(neuron, ["n", "q", "r"], 3).tolist() == [[1, 1, 1.5], [0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-2^2", -4.0),
        ("2^-1", 0.5),
        ("2^3^2", 512.0),
        ("2**3", 8.0),
        ("1/2", 0.5),
        ("7 % 4", 3.0),
        ("2*modulo(7.9, 4.2)", 6.0),
        ("modulo(-7, 4)", -3.0),
        ("power(3, 0)", 1.0),
        ("pos(-2) + pos(3)", 3.0),
        ("neg(-2) + negative(3)", -2.0),
        ("clip(5, 0, 1) + clip(-5, 0, 1)", 1.0),
        ("ite(1 > 2, 3, 4)", 4.0),
        ("if 1 < 2 and not 3 < 2: 5 else: 6", 5.0),
        ("1 + (if False: 5 else 6)", 7.0),
        ("if 0 < 1 < 0.5: 1 else: if True: 2 else: 3", 2.0),
        ("(1 is 1) + (1 is not 1)", 1.0),
        ("(not (2 < 2)) | 0 > 1", 1.0),
        ("heaviside(0) + heaviside(-1)", 1.0),
        ("round(2.5) + round(-2.5) + round(0.4)", 0.0),
        ("sign(-3) + sign(0)", -1.0),
        ("min(3, 1, 2) + max(1, 4)", 5.0),
        ("hypot(3, 4) + atan2(0, 1) + cbrt(27)", 8.0),
        ("log2(8) + log10(100) + ln(1)", 5.0),
        ("expm1(0) + log1p(0) + erf(0)", 0.0),
        ("erf(1)", 0.8427007929497149),
        ("isnan(0*ln(0)) + isinf(exp(1000)) + isfinite(1)", 3.0),
        ("2.5e1 + .5 + 1.", 26.5),
        ("20 ms + 1 s", 1020.0),
        ("pi", np.pi),
        ("f(2, 3)", 11.0),
    ],
)
def test_expressions(text: str, value: float) -> None:
    neuron = aml.Neuron(equations=f"zero = 0*t\nr = {text}", functions="f(a, b) = a + b^2")
    assert recorded(neuron, ["r"], 1)[0, 0] == pytest.approx(value, rel=1e-15)


def test_texts_may_go_over_lines_and_have_comments() -> None:
    neuron = aml.Neuron(
        parameters="a = 1 # : = ; (\nb = 2;c = 3 : population",
        equations="""
            # r = 100
            r = a
                + b*(c
                     + 1) : init = 4, max = 100 # : flags, =
            x = if r > 5:
                    1
                else:
                    2 ; y = x
        """,
    )
    assert recorded(neuron, ["r", "x", "y"], 1).tolist() == [[9, 1, 1]]
    assert neuron.parameters["c"].shared
    assert not neuron.parameters["a"].shared


def test_two_draws_of_one_line_are_two() -> None:
    neuron = aml.Neuron(equations="r = Normal(0, 1) + Normal(0, 1)\ns = Uniform(2, 4)\nx = r - r")
    net = aml.Network(seed=4)
    pop = net.create(40_000, neuron)
    net.compile()
    net.step()
    assert np.var(pop.r) == pytest.approx(2.0, rel=0.04)
    assert np.mean(pop.s) == pytest.approx(3.0, rel=0.01)
    assert np.var(pop.s) == pytest.approx(4.0 / 12.0, rel=0.04)
    assert not np.any(pop.x)


def test_stages_share_their_random_numbers() -> None:
    """With a rate that is only noise, Runge-Kutta and Euler take the same step."""
    variances = {}
    for method in ("explicit", "midpoint", "rk4"):
        net = aml.Network(seed=4)
        pop = net.create(20_000, aml.Neuron(equations=f"dr/dt = Normal(0, 1) : {method}"))
        net.compile()
        net.step()
        variances[method] = np.var(pop.r)
    assert all(found == pytest.approx(1.0, rel=0.04) for found in variances.values())


def test_time_is_step_times_h() -> None:
    found = recorded(aml.Neuron(equations="r = t"), ["r"], 2000, dt=0.1)
    assert found[:, 0].tolist() == [k * 0.1 for k in range(2000)]


def test_method_of_the_network() -> None:
    net = aml.Network()
    net.config(method="exponential")
    pop = net.create(1, aml.Neuron(equations="dr/dt = -r : init=1"))
    net.compile()
    net.step()
    assert pop.r[0] == pytest.approx(np.exp(-1.0), rel=1e-14)
