"""Switches of projections, delays that change, values kept once (EQUATIONS.md §11, §15)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import annarchy_ml as aml

INPUT = aml.Neuron(parameters="r = 0.0")
SUM = aml.Neuron(equations="r = sum(exc)")
CLOCK = aml.Neuron(equations="v = modulo(t, 5)", spike="v > 3.5")
SILENT = aml.Neuron(equations="v = g_exc", spike="v > 100")


def rates(synapse: aml.Synapse) -> Any:
    net = aml.Network(dt=0.5)
    pre, post = net.create(1, INPUT), net.create(1, SUM)
    pre.r = 1.0
    projection = net.connect(pre, post, "exc", synapse).all_to_all(weights=1.0)
    net.compile()
    return net, post, projection


def test_learning_every_period() -> None:
    """Steps 4 + 2 + 6 n of a ramp: the offset counts from the call, everything in ms."""
    net, _, projection = rates(aml.Synapse(equations="w = w + pre.r\nn = t"))
    net.disable_learning()
    net.simulate(2.0)
    assert projection.w == [[1.0]]
    net.enable_learning(period=3.0, offset=1.0)
    found = []
    for _ in range(14):
        net.step()
        found.append(projection.w[0][0])
    due = [(k - 4 - 2) % 6 == 0 for k in range(4, 18)]
    assert found == (1.0 + np.cumsum(due)).tolist()
    assert projection.n == [[(4 + 2 + 6) * 0.5]]
    projection.enable_learning()
    net.simulate(1.0)
    assert projection.w[0][0] == found[-1] + 2.0


def test_transmission_and_plasticity_of_rates() -> None:
    net, post, projection = rates(aml.Synapse(equations="w = w + pre.r\nn = n + 1"))
    projection.transmission = False
    net.simulate(1.0)
    assert (post.r.tolist(), projection.w, projection.n) == ([0.0], [[1.0]], [[0.0]])
    projection.transmission = True
    projection.plasticity = False
    net.simulate(1.0)
    assert (post.r.tolist(), projection.w, projection.n) == ([1.0], [[1.0]], [[2.0]])
    projection.plasticity = True
    projection.update = False
    net.simulate(1.0)
    assert (projection.w, projection.n) == ([[1.0]], [[2.0]])
    projection.update = True
    net.step()
    assert (projection.w, projection.n) == ([[2.0]], [[3.0]])


def spiking(synapse: Any = None, **options: Any) -> Any:
    net = aml.Network(dt=1.0)
    pre, post = net.create(2, CLOCK), net.create(2, SILENT)
    projection = net.connect(pre, post, "exc", synapse).all_to_all(weights=1.0, **options)
    return net, post, projection


COUNTING = aml.Synapse(
    equations="4*dx/dt = -x : event-driven", pre_spike="g_target += w\nx += 1\nw += 0.5"
)


def test_spikes_do_not_arrive() -> None:
    net, post, projection = spiking(COUNTING)
    monitor = net.monitor(post, "g_exc")
    net.compile()
    projection.transmission = False
    net.simulate(7.0)
    assert projection.w == [[1.0, 1.0]] * 2
    assert projection.x == [[0.0, 0.0]] * 2
    projection.transmission = True
    net.simulate(5.0)
    assert monitor.get("g_exc")[:, 0].tolist() == [0.0] * 10 + [2.0, 0.0]
    assert projection.w == [[1.5, 1.5]] * 2
    assert projection.x[0][0] == pytest.approx(np.exp(-2 / 4), rel=1e-12)
    projection.disable_learning()
    net.simulate(5.0)
    assert projection.w == [[1.5, 1.5]] * 2
    assert projection.x[0][0] == pytest.approx(np.exp(-2 / 4) * (1 + np.exp(-5 / 4)), rel=1e-12)
    projection.enable_learning()
    net.simulate(5.0)
    assert projection.w == [[2.0, 2.0]] * 2


@pytest.mark.parametrize("synapse", [None, COUNTING])
def test_delays_of_spikes_change(synapse: Any) -> None:
    """What is under way arrives when it was to arrive."""
    net, post, projection = spiking(synapse, delays=3.0)
    monitor = net.monitor(post, "g_exc")
    net.compile()
    net.simulate(5.0)  # spikes were sent in step 4
    projection.delay = 1.0
    assert projection.delay == 1.0
    net.simulate(10.0)
    arrived = np.flatnonzero(monitor.get("g_exc")[:, 1]).tolist()
    assert arrived == [7, 10]
    net.reset(synapses=True)
    net.simulate(9.0)
    assert projection.delay == 3.0
    assert np.flatnonzero(monitor.get("g_exc")[:, 1]).tolist() == [7]


def test_delays_of_spikes_differ_from_now_on() -> None:
    net, post, projection = spiking(delays=3.0)
    projection.w = [[1.0, 10.0], [100.0, 1000.0]]
    monitor = net.monitor(post, "g_exc")
    net.compile()
    projection.delay = [[1.0, 2.0], [5.0, 1.0]]
    assert projection.delay == [[1.0, 2.0], [5.0, 1.0]]
    assert projection.w == [[1.0, 10.0], [100.0, 1000.0]]
    net.simulate(10.0)
    found = monitor.get("g_exc")
    assert found[5:, 0].tolist() == [1.0, 10.0, 0.0, 0.0, 0.0]
    assert found[5:, 1].tolist() == [1000.0, 0.0, 0.0, 0.0, 100.0]


def test_what_is_kept_once_takes_values_that_are_the_same() -> None:
    net, _, projection = spiking(COUNTING)
    net.compile()
    projection.x = [[0.25, 0.5], [0.25, 0.5]]
    assert projection.x == [[0.25, 0.5], [0.25, 0.5]]
    with pytest.raises(aml.UsageError, match="once for all"):
        projection.x = [[0.25, 0.5], [0.25, 0.75]]
    with pytest.raises(aml.UsageError, match="one delay for each source"):
        projection.delay = [[1.0, 2.0], [2.0, 2.0]]
    with pytest.raises(aml.ANNarchyException, match="at spikes"):
        projection.enable_learning(period=3.0)


@pytest.mark.parametrize("delays", [1.0, 2.0])
def test_time_constants_of_each_synapse(delays: float) -> None:
    """Then every synapse moves for itself; values are those of the closed form."""
    net = aml.Network(dt=1.0)
    pre, post = net.create(2, CLOCK), net.create(2, SILENT)
    synapse = aml.Synapse(
        parameters="tau = 4.0", equations="tau*dx/dt = -x : event-driven", pre_spike="x += 1"
    )
    projection = net.connect(pre, post, "exc", synapse).all_to_all(delays=delays)
    taus = np.array([[2.0, 3.0], [5.0, 7.0]])
    projection.tau = taus
    monitor = net.monitor(projection, "x")
    net.compile()
    assert np.array_equal(projection.tau, taus)
    net.simulate(12.0)
    first = 4 + int(delays)
    value = np.zeros((2, 2))
    for step in range(12):
        value = (value + (step in (first, first + 5))) * np.exp(-1.0 / taus)
        assert np.array(monitor.get("x", keep=True)[step]) == pytest.approx(value, rel=1e-12)
    assert np.array(projection.x) == pytest.approx(value, rel=1e-12)
    net.reset(projections=True)
    assert np.array_equal(projection.tau, taus)


@pytest.mark.parametrize("connect", ["all_to_all", "fixed_number_pre", "from_matrix"])
def test_weights_of_spikes_without_learning_are_set(connect: str) -> None:
    """As if they had been so from the beginning; `reset` keeps them unless told otherwise."""
    net = aml.Network(dt=1.0, seed=2)
    pre = net.create(aml.SpikeSourceArray([[1.0, 5.0], [2.0, 6.0], [3.0, 7.0]]))
    post = net.create(2, aml.Neuron(equations="x = g_exc", spike="x > 100"))
    projection = net.connect(pre, post, "exc")
    given: dict[str, Any] = {
        "all_to_all": dict(weights=0.5),
        "fixed_number_pre": dict(number=2, weights=0.5),
        "from_matrix": dict(weights=[[0.5, None, 0.5], [None, 0.5, 0.5]], delays=2.0),
    }
    getattr(projection, connect)(**given[connect])
    late = 2 if connect == "from_matrix" else 1
    net.compile()
    seen = net.monitor(post, "x")
    net.simulate(5.0)
    wanted = [[10.0 * (j + 1) + i for i in row] for j, row in enumerate(projection.pre_ranks)]
    projection.w = wanted
    assert projection.w == wanted
    net.simulate(5.0)
    expected = np.zeros((10, 2))
    for j, row in enumerate(projection.pre_ranks):
        for i in row:
            expected[i + 1 + late, j] = 0.5 if i + 1 + late < 5 else 10.0 * (j + 1) + i
            expected[i + 5 + late, j] = 10.0 * (j + 1) + i
    assert np.array_equal(seen.get("x"), expected)
    net.reset()
    assert projection.w == wanted
    projection.dendrite(1).w = 3.0
    assert projection.w == [wanted[0], [3.0] * len(wanted[1])]
    net.reset(synapses=True)
    assert projection.w == [[0.5] * len(row) for row in wanted]
