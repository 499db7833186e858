"""Spiking plasticity written as equations, against closed forms (EQUATIONS.md §8, §12, §22)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import annarchy_ml as aml

CLOCK = aml.Neuron(
    parameters="start = 10\nevery = 1000",
    equations="n = t/dt - start\nx = g_exc",
    spike="n >= 0 and n % every < 0.5",
    name="Clock",
)
STDP = aml.Synapse(
    parameters=dict(ts=20.0, plus=0.1, minus=0.12, top=1.0),
    equations="""
        ts*dx/dt = -x : event-driven
        ts*dy/dt = -y : event-driven
    """,
    pre_spike="""
        g_target += w
        x += plus
        w = clip(w + y, 0.0, top)
    """,
    post_spike="""
        y -= minus
        w = clip(w + x, 0.0, top)
    """,
)
PRE, POST = [10, 20, 30], [15, 25]


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    aml.clear()
    yield
    aml.clear()


def pairs(
    synapse: aml.Synapse, delays: Any = 0.0, dt: float = 1.0, **config: Any
) -> aml.Projection:
    """Three clocks onto two, one spike each, after 60 steps."""
    net = aml.Network(dt=dt, seed=1)
    net.config(**config)
    pre, post = net.create(3, CLOCK), net.create(2, CLOCK)
    pre.start, post.start = PRE, POST
    projection = net.connect(pre, post, "exc", synapse=synapse)
    projection.all_to_all(weights=0.5, delays=delays)
    net.compile()
    net.simulate(60.0 * dt)
    return projection


def change(gap: float) -> float:
    """By how much a weight changes when the target follows after ``gap`` ms, or precedes."""
    return 0.1 * np.exp(-gap / 20.0) if gap > 0 else -0.12 * np.exp(gap / 20.0)


@pytest.mark.parametrize("dt", [1.0, 0.5])
@pytest.mark.parametrize("threads", [1, 2])
def test_pairs_of_spikes(dt: float, threads: int) -> None:
    projection = pairs(STDP, dt=dt, num_threads=threads)
    expected = [[0.5 + change((b - a) * dt) for a in PRE] for b in POST]
    assert np.allclose(projection.w, expected, rtol=1e-13)
    decay = [0.1 * np.exp(-(60 - a - 1) * dt / 20.0) for a in PRE]
    assert np.allclose(projection.x, [decay, decay], rtol=1e-12)


def test_delays_that_differ_give_the_same_as_one_delay() -> None:
    """Such synapses are stepped one by one, and not split into traces."""
    whole = pairs(STDP, delays=3.0)
    net = aml.Network(seed=1)
    pre, post = net.create(3, CLOCK), net.create(2, CLOCK)
    pre.start, post.start = PRE, POST
    apart = net.connect(pre, post, "exc", synapse=STDP)
    matrix = np.full((2, 3), 0.5)
    delays = np.array([[3.0, 3.0, 3.0], [3.0, 3.0, 4.0]])
    apart.from_matrix(matrix, delays=delays)
    net.compile()
    net.simulate(60.0)
    found, expected = np.array(apart.w), np.array(whole.w)
    assert np.allclose(found[0], expected[0], rtol=1e-13)
    assert np.allclose(found[1, :2], expected[1, :2], rtol=1e-13)
    assert found[1, 2] == pytest.approx(0.5 - 0.12 * np.exp(-8.0 / 20.0), rel=1e-12)


def test_short_term_plasticity() -> None:
    """Tsodyks and Markram at 20 Hz: u and x old in the conductance, and in each other's update."""
    recover, facilitate, use = 100.0, 40.0, 0.3
    synapse = aml.Synapse(
        parameters=dict(tau_rec=recover, tau_facil=facilitate, U=use),
        equations="""
            dx/dt = (1 - x)/tau_rec : init=1, event-driven
            du/dt = (U - u)/tau_facil : init=U, event-driven
        """,
        pre_spike="""
            g_target += w * u * x
            x *= (1 - u)
            u += U * (1 - u)
        """,
    )
    net = aml.Network(seed=1)
    pre, post = net.create(1, CLOCK), net.create(1, CLOCK)
    pre.every, post.start = 50, 10_000
    net.connect(pre, post, "exc", synapse=synapse).all_to_all(weights=2.0)
    net.compile()
    seen = net.monitor(post, "x")
    net.simulate(420.0)
    found = seen.get("x")[11::50, 0]
    x, u, expected = 1.0, use, []
    for _ in found:
        expected.append(2.0 * u * x)
        x, u = x * (1 - u), u + use * (1 - u)
        x = 1 - (1 - x) * np.exp(-50.0 / recover)
        u = use - (use - u) * np.exp(-50.0 / facilitate)
    assert len(found) == 9
    assert np.allclose(found, expected, rtol=1e-12)


def test_silent_synapse_and_one_for_two_targets() -> None:
    cell = aml.Neuron(equations="a = g_exc\nb = g_mod", spike="a > 100")
    net = aml.Network(seed=1)
    pre, post = net.create(2, CLOCK), net.create(1, cell)
    silent = aml.Synapse(pre_spike="w += 1")
    both = aml.Synapse(parameters="k = 3", pre_spike="g_target += k*w; w = w/2")
    first = net.connect(pre[0], post, "exc", synapse=silent).all_to_all(weights=1.0)
    second = net.connect(pre[1], post, ["exc", "mod"], synapse=both).all_to_all(weights=4.0)
    net.compile()
    seen = net.monitor(post, ["a", "b"])
    net.simulate(12.0)
    assert first.w == [[2.0]]
    assert second.w == [[2.0]]
    assert seen.get("a")[11, 0] == seen.get("b")[11, 0] == 12.0


def test_times_of_spikes_in_synapses() -> None:
    synapse = aml.Synapse(equations="gap = gap", pre_spike="w = t_post", post_spike="w = t - t_pre")
    net = aml.Network(dt=0.5, seed=1)
    pre, post = net.create(1, CLOCK), net.create(2, CLOCK)
    pre.start, post.start = 10, [17, 4]
    projection = net.connect(pre, post, "exc", synapse=synapse).all_to_all(delays=1.5)
    net.compile()
    net.simulate(20.0)
    assert projection.w == [[3.5], [2.0]]


def test_unless_post_skips_coincident_spikes() -> None:
    synapse = aml.Synapse(pre_spike="g_target += w\nw += 1 : unless_post", post_spike="w = w")
    net = aml.Network(seed=1)
    pre, post = net.create(2, CLOCK), net.create(1, CLOCK)
    pre.start, post.start = [10, 12], 10
    projection = net.connect(pre, post, "exc", synapse=synapse).all_to_all(weights=1.0)
    net.compile()
    net.simulate(20.0)
    assert projection.w == [[1.0, 2.0]]


def test_equations_of_synapses_run_in_every_step() -> None:
    """A weight that decays between spikes: no trace that sources share."""
    synapse = aml.Synapse(equations="dw/dt = -w/10 : exponential", pre_spike="g_target += w")
    net = aml.Network(seed=1)
    pre, post = net.create(1, CLOCK), net.create(1, CLOCK)
    post.start = 1000
    projection = net.connect(pre, post, "exc", synapse=synapse).all_to_all(weights=1.0)
    net.compile()
    seen = net.monitor(post, "x")
    net.simulate(20.0)
    assert seen.get("x")[11, 0] == pytest.approx(np.exp(-1.1), rel=1e-12)
    assert projection.w[0][0] == pytest.approx(np.exp(-2.0), rel=1e-12)


def test_weights_and_parameters_are_set_between_runs() -> None:
    projection = pairs(STDP)
    projection.w = [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]
    assert projection.w == [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]
    projection.w = 0.25
    assert projection.w == [[0.25] * 3] * 2
    assert projection.ts == 20.0
    with pytest.raises(AttributeError, match="no attribute"):
        projection.tau = 1.0


def test_threads_change_no_bit_of_learning() -> None:
    """Plastic and static projections onto one conductance, among neurons of two threads."""
    found = []
    for threads in (1, 2, 3):
        net = aml.Network(dt=0.5, seed=5)
        net.config(num_threads=threads)
        cell = aml.Neuron(
            equations="10*dv/dt = 14*Uniform(0, 2) - v + g_exc : init=5\n5*dg_exc/dt = -g_exc",
            spike="v > 15",
            reset="v = 0",
            refractory=1.0,
        )
        first, second = net.create(150, cell), net.create(90, cell)
        plastic = net.connect(first, second, "exc", synapse=STDP)
        plastic.fixed_probability(0.4, weights=aml.Uniform(0.0, 1.0), delays=1.0)
        net.connect(second, second, "exc").fixed_probability(0.2, weights=aml.Uniform(0.0, 0.5))
        own = net.connect(first, first, "exc", synapse=STDP)
        own.fixed_probability(0.1, weights=0.3, delays=1.5)
        net.compile()
        seen = net.monitor(second, ["spike", "v"])
        net.simulate(100.0)
        found.append((seen.get("spike"), seen.get("v"), plastic.w, own.w))
    for other in found[1:]:
        assert other[0] == found[0][0]
        assert np.array_equal(other[1], found[0][1])
        assert other[2:] == found[0][2:]
    assert sum(map(len, found[0][0].values())) > 300


def _late(delays: Any, later: Any = None) -> list[list[float]]:
    """Weights after spikes sent in steps 10, 20, ..., 90, heard by targets that fire in 0, 3, ...

    A weight counts the spikes that were not sent in the step in which its target fired last.
    """
    synapse = aml.Synapse(pre_spike="g_target += w\nw += 1 : unless_post", post_spike="w = w")
    net = aml.Network(dt=0.1, seed=1)
    pre = net.create(aml.SpikeSourceArray([[float(k) for k in range(1, 10)]] * 2))
    third = aml.Neuron(equations="n += 1 : init=-1\nx = g_exc", spike="modulo(n, 3) == 0")
    post = net.create(2, third)
    projection = net.connect(pre, post, "exc", synapse=synapse)
    projection.from_matrix([[0.0, 0.0], [0.0, 0.0]], delays=delays)
    net.compile()
    if later is not None:
        projection.delay = later
    net.simulate(10.0)
    return [list(row) for row in projection.w]


def test_unless_post_counts_from_when_spikes_were_sent() -> None:
    """With delays of 1 and 2 steps spikes in 30, 60, 90 met one of the target, no longer with 4."""
    met, missed = 6.0, 9.0
    assert _late(0.2) == [[met, met], [met, met]]
    assert _late(0.4) == [[missed, missed], [missed, missed]]
    assert _late([[0.1, 0.4], [0.2, 0.7]]) == [[met, missed], [met, missed]]
    assert _late([[0.4, 0.1], [0.7, 0.2]], [[0.1, 0.4], [0.2, 0.7]]) == _late(
        [[0.1, 0.4], [0.2, 0.7]]
    )
    assert _late(0.4, 0.2) == _late(0.2)


def test_times_of_spikes_over_delays_that_differ() -> None:
    delays = [[0.3, 0.5], [1.0, 1.2]]
    synapse = aml.Synapse(equations="n = n", pre_spike="g_target += w\nw = t_pre\nn = t_pre")
    for first in (delays, 0.5):
        net = aml.Network(dt=0.1, seed=1)
        pre = net.create(aml.SpikeSourceArray([[1.0, 4.0], [1.0, 5.0]]))
        post = net.create(2, CLOCK)
        projection = net.connect(pre, post, "exc", synapse=synapse)
        projection.from_matrix([[1.0, 1.0], [1.0, 1.0]], delays=first)
        net.compile()
        projection.delay = delays
        net.simulate(8.0)
        assert np.array(projection.w) == pytest.approx(np.array([[4.0, 5.0], [4.0, 5.0]]))


@pytest.mark.parametrize("synapse", [None, aml.Synapse(pre_spike="g_target += w")])
def test_one_projection_reaches_several_targets(synapse: aml.Synapse | None) -> None:
    """A spike adds the weight of its synapse to each of the conductances, a delay later."""
    net = aml.Network(dt=0.1, seed=1)
    pre = net.create(aml.SpikeSourceArray([[9.0], [1.0], [2.0]]))
    post = net.create(2, aml.Neuron(equations="x = g_exc\ny = g_inh", spike="x > 100"))
    projection = net.connect(pre[1:], post, ["inh", "exc"], synapse=synapse)
    projection.from_matrix([[1.0, 2.0], [3.0, None]], delays=0.5)
    net.compile()
    seen = net.monitor(post, ["x", "y"])
    net.simulate(5.0)
    projection.w = [[5.0, 6.0], [7.0]]
    assert projection.w == [[5.0, 6.0], [7.0]]
    expected = np.zeros((50, 2))
    expected[15], expected[25] = [1.0, 3.0], [2.0, 0.0]
    assert np.array_equal(seen.get("x"), expected)
    assert np.array_equal(seen.get("y"), expected)
    projection.transmission = False
    net.simulate(5.0)
    assert not seen.get("x").any()


@pytest.mark.parametrize("given", ["pre_spike", "post_spike", "pre_axon_spike"])
def test_rates_are_no_spikes(given: str) -> None:
    """Synapses that wait for spikes would never give anything."""
    net = aml.Network()
    pre = net.create(1, aml.Neuron(parameters="r = 1.0"))
    post = net.create(1, aml.Neuron(equations="r = sum(exc)"))
    change = "w += 1" if given == "post_spike" else "g_target += w"
    synapse = aml.Synapse(**{given: change}, name="Waiting")
    net.connect(pre, post, "exc", synapse=synapse).all_to_all()
    with pytest.raises(aml.ANNarchyException, match="'Waiting' waits for spikes, but rate-coded"):
        net.compile()


@pytest.mark.parametrize("spiking", [False, True])
def test_start_values_from_constants(spiking: bool) -> None:
    aml.Constant("begun", 3.0)
    events = {"pre_spike": "g_target += w"} if spiking else {}
    rate = aml.Neuron(equations="r = 1.0 + 0.0*sum(exc)")
    net = aml.Network()
    cells = net.create(3, CLOCK if spiking else rate)
    projection = net.connect(
        cells, cells, "exc", aml.Synapse("k = 2.0", "z = z : init=begun*k", **events)
    )
    projection.all_to_all(weights=0.1)
    net.compile()
    net.simulate(2.0)
    assert projection.z == [[6.0, 6.0]] * 3


@pytest.mark.parametrize("spiking", [False, True])
def test_global_variables_draw_once_for_all_synapses(spiking: bool) -> None:
    events = {"pre_spike": "g_target += w"} if spiking else {}
    rate = aml.Neuron(equations="r = 1.0 + 0.0*sum(exc)")
    texts = "z = Normal(0.0, 1.0) : global\nown = Normal(0.0, 1.0)\nseen = z"
    found = []
    for threads in (1, 3):
        net = aml.Network(seed=4)
        net.config(num_threads=threads)
        cells = net.create(9, CLOCK if spiking else rate)
        projection = net.connect(cells, cells, "exc", aml.Synapse(equations=texts, **events))
        projection.all_to_all(weights=0.1)
        net.compile()
        net.simulate(3.0)
        found.append(projection.z)
        assert np.all(np.array(projection.seen) == projection.z)
        assert len(np.unique(projection.own)) == 72
        net.step()
        assert projection.z != found[-1]
    assert found[0] == found[1]
