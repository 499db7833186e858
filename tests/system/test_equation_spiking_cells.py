"""Built-in cells that spike by themselves against scipy's solution of their equations.

The equations of the references are written out here once more, from PyNN's standard cells and from
the papers, in SI-free units: ms, mV, nA, nF, uS.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import annarchy_ml as aml

integrate = pytest.importorskip("scipy.integrate")
OPTIONS = {"rtol": 1e-9, "atol": 1e-11, "method": "LSODA", "dense_output": True, "max_step": 0.05}


def run(cell: aml.Neuron, duration: float, step: float) -> tuple[np.ndarray, list[float]]:
    """v after each step, and times of spikes."""
    net = aml.Network(dt=step)
    cells = net.create(1, cell)
    seen = net.monitor(cells, ["v", "spike"])
    net.compile()
    net.simulate(duration)
    spikes = [item * step for item in seen.get("spike")[0]]
    return np.asarray(seen.get("v"))[:, 0], spikes


def traub(t: float, y: np.ndarray, current: float) -> list[float]:
    """HH_cond_exp of PyNN with its defaults: Traub and Miles, as in Brette et al. 2007."""
    v, n, m, h = y
    u = v + 63.0
    a_n = 0.032 * (15 - u) / (np.exp((15 - u) / 5) - 1)
    a_m = 0.32 * (13 - u) / (np.exp((13 - u) / 4) - 1)
    a_h = 0.128 * np.exp((17 - u) / 18)
    b_n = 0.5 * np.exp((10 - u) / 40)
    b_m = 0.28 * (u - 40) / (np.exp((u - 40) / 5) - 1)
    b_h = 4 / (1 + np.exp((40 - u) / 5))
    ionic = 0.01 * (-65 - v) + 6.0 * n**4 * (-90 - v) + 20.0 * m**3 * h * (50 - v)
    gates = [a_n * (1 - n) - b_n * n, a_m * (1 - m) - b_m * m, a_h * (1 - h) - b_h * h]
    return [(ionic + current) / 0.2, *gates]


def test_hodgkin_huxley_follows_its_equations() -> None:
    """It fires, as ANNarchy's does not: there beta_h is another one.

    The step is of first order: half of it halves the distance, which is 0.1 % at 0.001 ms.
    """
    v, spikes = run(aml.HH_cond_exp(i_offset=0.5), 60.0, 0.001)
    found = integrate.solve_ivp(traub, (0, 60), [-65.0, 0.0, 0.0, 1.0], args=(0.5,), **OPTIONS)
    times = np.arange(1, 60001) * 0.001
    exact = found.sol(times)[0]
    crossed = times[1:][(exact[1:] > 0.0) & (exact[:-1] <= 0.0)]
    assert len(crossed) >= 4
    assert np.allclose(spikes, crossed, rtol=1.5e-3)
    halved = run(aml.HH_cond_exp(i_offset=0.5), 60.0, 0.0005)[1]
    assert np.allclose(np.subtract(halved, crossed), np.subtract(spikes, crossed) / 2, atol=2e-3)
    quiet = times < crossed[0] - 1.0
    assert np.allclose(v[quiet], exact[quiet], atol=0.01)


def test_rates_of_the_channels_are_defined_everywhere() -> None:
    """At 13, 15 and 40 mV above the offset they are limits of 0/0."""
    for above in (13.0, 15.0, 40.0):
        net = aml.Network(dt=0.01)
        cells = net.create(1, aml.HH_cond_exp())
        cells.v = -63.0 + above
        net.compile()
        net.simulate(0.01)
        assert np.isfinite(cells.v[0])
        assert 0.0 < cells.m[0] < 1.0


def adaptive(t: float, y: np.ndarray, current: float) -> list[float]:
    """Brette and Gerstner 2005, with PyNN's defaults; a in nS."""
    v, w = y
    spike = 2.0 * np.exp((v + 50.4) / 2.0)
    return [
        (-70.6 - v + spike) / 9.3667 + (current - w) / 0.281,
        (4.0 * (v + 70.6) / 1000 - w) / 144.0,
    ]


def crossing(t: float, y: np.ndarray, current: float) -> float:
    return float(y[0] + 40.0)


crossing.terminal = True  # type: ignore[attr-defined]  # scipy reads it there
crossing.direction = 1.0  # type: ignore[attr-defined]


def adaptive_spikes(current: float, duration: float) -> list[float]:
    """Times at which v reaches -40 mV; then -70.6 mV for 0.1 ms, and w gets 0.0805 nA more."""
    t, y, spikes = 0.0, [-70.6, 0.0], []
    while t < duration:
        found = integrate.solve_ivp(
            adaptive, (t, duration), y, args=(current,), events=crossing, rtol=1e-9, atol=1e-11
        )
        t = found.t[-1]
        if not len(found.t_events[0]):
            break
        spikes.append(t)
        y = [-70.6, found.y[1, -1] + 0.0805]
        t += 0.1
    return spikes


@pytest.mark.parametrize("cell", [aml.EIF_cond_exp_isfa_ista, aml.EIF_cond_alpha_isfa_ista])
def test_adaptive_cells_follow_their_equations(cell: Any) -> None:
    step = 0.001
    _, spikes = run(cell(i_offset=1.0), 120.0, step)
    expected = adaptive_spikes(1.0, 120.0)
    assert len(expected) >= 4
    assert len(spikes) == len(expected)
    # A neuron waits a step longer than its refractory time, and explicit steps are of first order.
    assert np.allclose(spikes, expected, atol=0.2)
    assert np.diff(expected)[-1] > 1.5 * np.diff(expected)[0]


def test_an_adaptive_cell_hears_conductances() -> None:
    """One spike of weight 0.01 uS, below threshold."""
    step = 0.005
    net = aml.Network(dt=step)
    source = net.create(aml.SpikeSourceArray([[1.0]]))
    cells = net.create(1, aml.EIF_cond_exp_isfa_ista())
    net.connect(source, cells, "exc").one_to_one(weights=0.01)
    seen = net.monitor(cells, "v")
    net.compile()
    net.simulate(20.0)

    def rates(t: float, y: np.ndarray) -> list[float]:
        return [*adaptive(t, y[:2], y[2] * (0.0 - y[0])), -y[2] / 5.0]

    begin = 1.0 + step
    before = integrate.solve_ivp(rates, (0, begin), [-70.6, 0.0, 0.0], rtol=1e-9, atol=1e-11)
    start = [*before.y[:2, -1], 0.01]
    times = np.arange(1, 4001) * step
    after = integrate.solve_ivp(
        rates, (begin, 20.0), start, rtol=1e-9, atol=1e-11, t_eval=times[times > begin]
    )
    found = np.asarray(seen.get("v"))[:, 0][times > begin]
    assert np.ptp(after.y[0]) > 2.0
    assert np.allclose(found, after.y[0], atol=0.02)


@pytest.mark.parametrize("cell", [aml.GIF_curr, aml.GIF_curr_exp])
def test_escape_rate_is_that_of_the_potential(cell: Any) -> None:
    """Without reset and adaptation the rate is c exp((u - v)/delta_u) at rest: a known mean."""
    net = aml.Network(dt=0.1, seed=5)
    cells = net.create(1000, cell(J_v=0.0, I_ext=375.0, u_th=-45.0))
    cells.u = -50.0  # where it rests: u_r + R I = -65 + 15
    spikes = net.monitor(cells, "spike")
    net.compile()
    net.simulate(1.0)
    hazard = 10.0 * np.exp(-1.0)  # per second
    found = sum(map(len, spikes.get("spike").values()))
    mean = 1000 * hazard * 0.001
    assert abs(found - mean) < 5 * np.sqrt(mean) + 1


def test_a_spike_raises_the_threshold_and_resets() -> None:
    net = aml.Network(dt=0.1, seed=2)
    cells = net.create(1, aml.GIF_curr(c=1e9, J_v=500.0, tau_v=100.0))
    net.compile()
    net.simulate(0.1)
    assert cells.u[0] == -65.0
    assert cells.v[0] == pytest.approx(-50.0 + 5.0, abs=0.02)
