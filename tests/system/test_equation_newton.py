"""The method `implicit` of rates that are not linear, and random slopes of all such methods."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml as aml

EXECUTORS = ("interpreter", "compiled")
COUPLED = aml.Neuron(
    parameters="tau = 2.0\nI = 0.5",
    equations="""
        tau*dv/dt = v - v^3/3 - w + I : implicit, init=-1.0
        tau*dw/dt = 0.08*(exp(v/2) + 0.7 - 0.8*w) : implicit, init=0.3
        dx/dt = -x^3 : implicit, init=1.0
        r = v
    """,
)


def ran(neuron: aml.Neuron, names: list[str], steps: int, h: float, **values: Any) -> Any:
    """A row of each variable for each step: [variable, step, neuron]."""
    executor = values.pop("executor", "auto")
    net = aml.Network(dt=h, seed=3)
    if executor == "emulated":
        net.config(device=executor)
        executor = "auto"
    size = max((np.size(item) for item in values.values()), default=1)
    pop = net.create(size, neuron)
    pop.set(values)
    monitor = net.monitor(pop, names)
    net.compile(executor=executor)
    net.simulate(steps * h)
    return np.array([monitor.get(name) for name in names])


@pytest.mark.parametrize("executor", [*EXECUTORS, "emulated"])
def test_coupled_nonlinear_rates_are_those_of_scipy(executor: str) -> None:
    optimize = pytest.importorskip("scipy.optimize")
    h, current = 0.5, np.linspace(0.0, 1.0, 11)  # more than are done one by one
    found = ran(COUPLED, ["v", "w", "x"], 40, h, I=current, executor=executor)
    for i, drive in enumerate(current):
        old = np.array([-1.0, 0.3, 1.0])
        for row in found[:, :, i].T:

            def rest(y: Any, old: Any = old, drive: float = drive) -> Any:
                v, w, x = y
                rates = (v - v**3 / 3 - w + drive) / 2, 0.04 * (np.exp(v / 2) + 0.7 - 0.8 * w)
                return y - old - h * np.array([*rates, -(x**3)])

            old = optimize.root(rest, old, tol=1e-13).x
            assert row == pytest.approx(old, rel=1e-11)


def test_a_stiff_cell_stays_at_its_solution() -> None:
    """Explicit steps of this size explode; implicit ones end at the cube root of 2."""
    neuron = aml.Neuron(equations="dr/dt = 1000*(2 - r^3) : implicit, init=3.0")
    assert ran(neuron, ["r"], 60, 1.0)[0, -1, 0] == pytest.approx(2 ** (1 / 3), rel=1e-14)


def test_half_the_step_has_half_the_error() -> None:
    integrate = pytest.importorskip("scipy.integrate")
    neuron = aml.Neuron(equations="dr/dt = sin(r) - r^2 + 0.3 : implicit, init=0.1")
    found = integrate.solve_ivp(
        lambda _, y: np.sin(y) - y**2 + 0.3, (0, 1), [0.1], rtol=1e-12, atol=1e-12
    )
    far = [
        ran(neuron, ["r"], steps, 1.0 / steps)[0, -1, 0] - found.y[0, -1] for steps in (200, 400)
    ]
    assert far[0] / far[1] == pytest.approx(2.0, abs=0.01)


def test_single_precision_ends_too() -> None:
    neuron = aml.Neuron(equations="dr/dt = 1 - 100*r^3 + sin(r) : implicit")
    net = aml.Network(dt=0.5)
    net.config(dtype=np.float32)
    pop = net.create(50, neuron)
    pop.r = np.linspace(-1.0, 1.0, 50)
    net.compile()
    net.simulate(100.0)
    assert pop.r == pytest.approx(np.full(50, 0.2307544), rel=1e-6)


@pytest.mark.parametrize("executor", EXECUTORS)
def test_without_a_solution_the_run_stops_by_name(executor: str) -> None:
    neuron = aml.Neuron(equations="dr/dt = r^2 + 1 : implicit, init=1.0, max=5.0")
    net = aml.Network(dt=1.0)
    net.create(3, neuron, name="cells")
    net.compile(executor=executor)
    with pytest.raises(aml.NonFiniteError) as told:
        net.simulate(10.0)
    assert "'r' of cells[0] is no longer a number at" in str(told.value)
    assert "no solution that Newton's method finds in 50 rounds" in str(told.value)
    assert "at the first look" not in str(told.value)


def test_refractory_neurons_need_no_solution() -> None:
    """What stands still is not solved: above 0.5 its equation has no solution."""
    neuron = aml.Neuron(
        equations="dv/dt = (if v < 0.5: 1 + v^2/100 else: 1 + 100*v^2) : implicit",
        spike="v > 0.35",
        reset="v = 0.6",
        refractory=100.0,
    )
    rows = ran(neuron, ["v"], 8, 0.1)[0, :, 0]
    assert rows[-4:].tolist() == [0.6] * 4


def test_a_synapse_moves_implicitly() -> None:
    synapse = aml.Synapse(equations="dw/dt = pre.r*post.r - w^3 : implicit")
    net = aml.Network(dt=0.5)
    pre = net.create(2, aml.Neuron(parameters="r = 0.5"))
    post = net.create(2, aml.Neuron(parameters="r = 0.8"))
    proj = net.connect(pre, post, "exc", synapse).all_to_all(weights=0.1)
    net.compile()
    w = 0.1
    for _ in range(5):
        net.step()
        roots = np.roots([0.5, 0.0, 1.0, -(w + 0.5 * 0.4)])
        (w,) = roots[np.abs(roots.imag) < 1e-12].real
        assert np.ravel(proj.w) == pytest.approx([w] * 4, rel=1e-12)


def test_a_spiking_synapse_moves_implicitly() -> None:
    synapse = aml.Synapse(equations="dy/dt = 1 - y^3 : implicit", pre_spike="g_target += w*y")
    net = aml.Network(dt=1.0)
    pre = net.create(aml.SpikeSourceArray([[2.0], [3.0]]))
    post = net.create(1, aml.Neuron(equations="v = g_exc", spike="v > 100", reset=""))
    net.connect(pre, post, "exc", synapse).all_to_all(weights=2.0)
    monitor = net.monitor(post, "v")
    net.compile()
    net.simulate(6.0)
    y, seen = 0.0, []
    for _ in range(6):
        seen.append(2.0 * y)
        roots = np.roots([1.0, 0.0, 1.0, -(y + 1.0)])
        (y,) = roots[np.abs(roots.imag) < 1e-12].real
    assert monitor.get("v")[:, 0] == pytest.approx([0, 0, 0, seen[3], seen[4], 0], rel=1e-12)


@pytest.mark.parametrize("method", ["exponential", "implicit", "semiimplicit"])
def test_a_random_slope_is_drawn_once(method: str) -> None:
    """The rate and its slope use the same number: solved for it, its law is that of the text."""
    neuron = aml.Neuron(equations=f"10*dr/dt = -(1 + 0.5*Normal(0, 1))*r : init=1, {method}")
    net = aml.Network(dt=1.0, seed=1)
    pop = net.create(20000, neuron)
    net.compile()
    net.step()
    drawn = -10 * np.log(pop.r) if method == "exponential" else 10 * (1 / pop.r - 1)
    z = (drawn - 1) / 0.5
    assert abs(z.mean()) < 0.03
    assert z.std() == pytest.approx(1.0, abs=0.02)
    assert np.mean(z**4) == pytest.approx(3.0, abs=0.2)


def test_two_random_slopes_are_two_numbers() -> None:
    text = "10*dr/dt = -(1 + Normal(0, 1) + Normal(0, 1))*r : init=1, exponential"
    net = aml.Network(dt=1.0, seed=1)
    pop = net.create(20000, aml.Neuron(equations=text))
    net.compile()
    net.step()
    assert (-10 * np.log(pop.r)).var() == pytest.approx(2.0, rel=0.05)


def test_export_refuses_what_lems_cannot_solve(tmp_path: Path) -> None:
    net = aml.Network()
    net.create(1, COUPLED)
    with pytest.raises(aml.UsageError, match="method 'implicit'"):
        net.export(tmp_path / "net.xml", 10.0)
