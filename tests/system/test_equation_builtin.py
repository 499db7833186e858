"""Built-in neurons and synapses against closed forms and scipy's solutions (EQUATIONS.md §16, §22).

Cells that integrate and fire: `test_equation_cells.py` and, beside NEST,
`test_equation_standard_cells.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import annarchy_ml as aml

INPUT = aml.Neuron(parameters="r = 0.0")
SUM = aml.Neuron(equations="r = sum(exc)")


def test_leaky_integrator_relaxes_and_is_rectified() -> None:
    """mp goes to B + w r exponentially; r is what lies above the threshold."""
    net = aml.Network(dt=0.5)
    inputs = net.create(1, INPUT)
    cells = net.create(2, aml.LeakyIntegrator(tau=20.0, B=0.3, T=0.5))
    inputs.r = 2.0
    net.connect(inputs, cells[:1], "exc").all_to_all(weights=0.75)
    net.connect(inputs, cells[1:], "inh").all_to_all(weights=0.75)
    seen = net.monitor(cells, ["mp", "r"])
    net.compile()
    net.simulate(60.0)
    rise = 1.0 - np.exp(-0.5 * np.arange(1, 121) / 20.0)
    expected = np.column_stack([1.8 * rise, -1.2 * rise])
    assert np.allclose(seen.get("mp"), expected, rtol=1e-12)
    assert np.allclose(seen.get("r"), np.maximum(expected - 0.5, 0.0), rtol=1e-11)


def izhikevich(t: float, y: np.ndarray) -> list[float]:
    """With the defaults and a current of 10."""
    v, u = y
    return [0.04 * v**2 + 5 * v + 140 - u + 10.0, 0.02 * (0.2 * v - u)]


def fires(t: float, y: np.ndarray) -> float:
    """Zero at the threshold."""
    return float(y[0] - 30.0)


fires.terminal = True  # type: ignore[attr-defined]  # scipy reads it there


def izhikevich_spikes(duration: float) -> np.ndarray:
    """Times of spikes [ms] of the exact solution."""
    integrate = pytest.importorskip("scipy.integrate")
    t, y, spikes = 0.0, [-65.0, -13.0], []
    while True:
        found = integrate.solve_ivp(
            izhikevich, (t, duration), y, events=fires, rtol=1e-10, atol=1e-10
        )
        if not len(found.t_events[0]):
            return np.array(spikes)
        t = found.t[-1]
        spikes.append(t)
        y = [-65.0, found.y[1, -1] + 8.0]


def test_izhikevich_tends_to_the_exact_solution() -> None:
    """Its explicit steps are of first order: half the step halves the distance."""
    expected = izhikevich_spikes(150.0)
    distances = []
    for step in (0.01, 0.005):
        net = aml.Network(dt=step)
        cells = net.create(1, aml.Izhikevich(i_offset=10.0))
        seen = net.monitor(cells, "spike")
        net.compile()
        net.simulate(150.0)
        spikes = (np.array(seen.get("spike")[0]) + 1) * step
        assert len(spikes) == len(expected) >= 4
        distances.append(np.abs(spikes - expected).max())
    assert distances[1] < 0.5
    assert distances[1] < 0.55 * distances[0] + 0.005


def test_potential_and_threshold_of_the_generalized_cell() -> None:
    """Where it cannot fire, u and v relax by themselves; explicit steps of it are powers."""
    net = aml.Network(dt=0.1, seed=1)
    cells = net.create(1, aml.GIF_curr(c=0.0, I_ext=100.0, u_th=-45.0))
    cells.v = -30.0
    seen = net.monitor(cells, ["u", "v", "spike"])
    net.compile()
    net.simulate(50.0)
    steps = np.arange(1, 501)
    rest = -65.0 + 10.0 / 250.0 * 100.0
    assert np.allclose(seen.get("u")[:, 0], rest + (-65.0 - rest) * 0.99**steps, rtol=1e-12)
    assert np.allclose(seen.get("v")[:, 0], -45.0 + 15.0 * 0.9999**steps, rtol=1e-12)
    assert seen.get("spike") == {0: []}


def test_currents_of_the_generalized_cell_decay() -> None:
    net = aml.Network(dt=0.1, seed=1)
    source = net.create(aml.SpikeSourceArray([[1.0]]))
    cells = net.create(1, aml.GIF_curr_exp(c=0.0, tau_g_exc=5.0))
    net.connect(source, cells, "exc").one_to_one(weights=2.0)
    seen = net.monitor(cells, "g_exc")
    net.compile()
    net.simulate(10.0)
    expected = np.zeros(100)
    expected[11:] = 2.0 * (1.0 - 0.1 / 5.0) ** np.arange(89)
    assert np.allclose(seen.get("g_exc")[:, 0], expected, rtol=1e-12)


def learned(synapse: Any, steps: int) -> tuple[np.ndarray, list[tuple[np.ndarray, np.ndarray]]]:
    """Weights (4, 6) after some steps, those of the start, and the rates of both ends."""
    rng = np.random.default_rng(4)
    net = aml.Network(seed=2)
    pre, post = net.create(6, INPUT), net.create(4, SUM)
    projection = net.connect(pre, post, "exc", synapse=synapse)
    projection.all_to_all(weights=aml.Uniform(0.1, 0.4))
    rates = [(np.zeros(6), projection.connectivity_matrix())]
    net.compile()
    for _ in range(steps):
        pre.r = rng.random(6)
        net.step()
        rates.append((np.array(pre.r), np.array(post.r)))
    return np.array(projection.w), rates


@pytest.mark.parametrize(
    ("synapse", "change"),
    [
        (aml.Hebb(eta=0.01), lambda w, r, s: 0.01 * np.outer(s, r)),
        (
            aml.Oja(eta=0.02, alpha=3.0),
            lambda w, r, s: 0.02 * (np.outer(s, r) - 3.0 * s[:, None] ** 2 * w),
        ),
    ],
)
def test_rate_coded_rules(synapse: Any, change: Any) -> None:
    found, rates = learned(synapse, 40)
    w = rates[0][1]
    for r, s in rates[1:]:
        assert np.allclose(s, w @ r, rtol=1e-12)
        w = np.maximum(w + change(w, r, s), 0.0)
    assert np.allclose(found, w, rtol=1e-12)


def test_sliding_threshold() -> None:
    """theta belongs to the target and moves first; the weights see its new value."""
    found, rates = learned(aml.IBCM(eta=0.02, tau=30.0), 40)
    w, theta = rates[0][1], np.zeros(4)
    for r, s in rates[1:]:
        theta = theta + (1.0 - np.exp(-1.0 / 30.0)) * (s**2 - theta)
        w = np.maximum(w + 0.02 * np.outer(s * (s - theta), r), 0.0)
    assert np.allclose(found, w, rtol=1e-12)
    assert np.ptp(w) > 0.1


def spiking(synapse: Any, before: list[float], after: list[float], weight: float) -> Any:
    """A synapse between sources with such spikes, after 400 ms, and the conductance behind it."""
    net = aml.Network(dt=1.0)
    pre = net.create(aml.SpikeSourceArray([before]))
    cell = aml.Neuron(equations="x = g_exc\nn = n + 1 : int", spike="n == first + 1",
                      parameters=f"first = {after[0] if after else 1e9}")  # fmt: skip
    post = net.create(1, cell)
    projection = net.connect(pre, post, "exc", synapse).one_to_one(weights=weight)
    seen = net.monitor(post, "x")
    net.compile()
    net.simulate(400.0)
    return projection, np.asarray(seen.get("x"))[:, 0]


@pytest.mark.parametrize(("recover", "facilitate"), [(100.0, 0.01), (80.0, 200.0), (500.0, 30.0)])
def test_depression_and_facilitation(recover: float, facilitate: float) -> None:
    """Worked number 6, at 20 Hz, for the built-in synapse."""
    _, g = spiking(aml.STP(recover, facilitate, 0.4), list(range(10, 400, 50)), [], 1.5)
    x, u, expected = 1.0, 0.4, []
    for _ in range(8):
        expected.append(1.5 * u * x)
        x, u = x * (1.0 - u), u + 0.4 * (1.0 - u)
        x = 1.0 - (1.0 - x) * np.exp(-50.0 / recover)
        u = 0.4 - (0.4 - u) * np.exp(-50.0 / facilitate)
    assert np.allclose(g[11::50], expected, rtol=1e-12)
    assert np.count_nonzero(g) == 8


@pytest.mark.parametrize("gap", [1, 5, 40])
def test_timing_of_two_spikes(gap: int) -> None:
    """Worked number 7: the source first by `gap` ms, then the target first."""
    rule = aml.STDP(tau_plus=10.0, tau_minus=30.0, A_plus=0.02, A_minus=0.03, w_max=2.0)
    forward, _ = spiking(rule, [100.0], [100.0 + gap], 1.0)
    assert forward.w[0][0] == pytest.approx(1.0 + 0.04 * np.exp(-gap / 10.0), rel=1e-13)
    backward, _ = spiking(rule, [100.0 + gap], [100.0], 1.0)
    # The spike of the source arrives a step after it was sent, that of the target acts at once.
    assert backward.w[0][0] == pytest.approx(1.0 - 0.06 * np.exp(-gap / 30.0), rel=1e-13)


def test_weights_stay_within_their_bounds() -> None:
    potentiated, _ = spiking(aml.STDP(A_plus=0.5, w_max=1.0), [100.0], [101.0], 0.9)
    assert potentiated.w[0][0] == 1.0
    depressed, _ = spiking(aml.STDP(A_minus=0.5, w_min=0.1), [101.0], [100.0], 0.2)
    assert depressed.w[0][0] == 0.1


def test_gap_junctions_settle_between_both_cells() -> None:
    """Worked number 10: psp w (pre.v - post.v), w 0.5, E = (10, 0)."""
    net = aml.Network(dt=0.1)
    cell = aml.Neuron(parameters="E = 0.0", equations="dv/dt = E - v + g_gap", spike="v > 100.0")
    pair = net.create(2, cell)
    pair.E = [10.0, 0.0]
    net.connect(pair, pair, "gap", aml.Synapse(psp="w*(pre.v - post.v)")).all_to_all(weights=0.5)
    net.compile()
    net.simulate(30.0)
    assert pair.v == pytest.approx([7.5, 2.5], abs=1e-9)
