"""Monitors of synapses: what changes in every step, and what is set (EQUATIONS.md §17)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import annarchy_ml as aml

RAMP = aml.Neuron(equations="r = t")
FALLING = aml.Neuron(equations="r = 10 - t + sum(exc)*0")


def two(synapse: Any, **options: Any) -> tuple[aml.Network, aml.Projection]:
    net = aml.Network(seed=1)
    pre, post = net.create(3, RAMP), net.create(2, FALLING)
    projection = net.connect(pre, post, "exc", synapse)
    projection.from_matrix([[0.5, None, 1.0], [0.25, 2.0, 3.0]])
    return net, projection


@pytest.mark.parametrize("executor", ["compiled", "interpreter"])
@pytest.mark.parametrize("threads", [1, 2])
def test_variables_of_synapses(executor: str, threads: int) -> None:
    """Each row is that of the end of a step, though connections move when the next one begins."""
    net, projection = two(aml.Synapse(equations="y = pre.r*post.r*w\nz = t : postsynaptic"))
    net.config(num_threads=threads)
    everything = net.monitor(projection, ["y", "z", "w"])
    one = net.monitor(projection.dendrite(1), "y", period=2.0)
    net.compile(executor=executor)
    net.simulate(4.0)
    everything.pause()
    net.simulate(3.0)
    everything.resume()
    projection.w = [[1.0, 1.0], [4.0, 5.0, 6.0]]
    net.simulate(1.0)
    steps = np.array([0, 1, 2, 3, 7])
    weights = {step: [[0.5, 1.0], [0.25, 2.0, 3.0]] for step in steps}
    weights[7] = [[1.0, 1.0], [4.0, 5.0, 6.0]]
    found = everything.get(keep=True)
    for k, step in enumerate(steps):
        for post in range(2):
            wanted = np.array(weights[step][post]) * step * (10 - step)
            assert found["y"][k][post] == pytest.approx(wanted)
            assert found["w"][k][post] == weights[step][post]
    assert found["z"].tolist() == [[step, step] for step in steps]
    products = [step * (10 - step) for step in (0, 2, 4, 6)]
    assert one.get("y") == pytest.approx(np.outer(products, [0.25, 2.0, 3.0]))
    assert len(one.get("y")) == 0
    assert len(everything["y"]) == 5


def test_what_is_set_is_noted() -> None:
    net, projection = two(aml.Synapse(parameters="k = 2.0\ns = 3.0 : projection"))
    monitor = net.monitor(projection, ["w", "k", "s"])
    net.compile()
    net.simulate(2.0)
    projection.w = 7.0
    projection.s = 4.0
    net.simulate(1.0)
    projection.dendrite(0).k = 8.0
    net.simulate(1.0)
    found = monitor.get()
    first, after = [[0.5, 1.0], [0.25, 2.0, 3.0]], [[7.0, 7.0], [7.0, 7.0, 7.0]]
    assert found["w"] == [first, first, after, after]
    assert found["k"] == [[[2.0] * 2, [2.0] * 3]] * 3 + [[[8.0] * 2, [2.0] * 3]]
    assert found["s"].tolist() == [3.0, 3.0, 4.0, 4.0]
    net.reset()
    net.simulate(1.0)
    assert monitor.get("w") == [after]


def test_weights_of_spiking_synapses() -> None:
    """Event-driven traces are recorded as they are, not as the last event left them."""
    net = aml.Network(dt=1.0)
    clock = aml.Neuron(equations="v = modulo(t, 5)", spike="v > 3.5")
    pre, post = net.create(2, clock), net.create(1, aml.Neuron(equations="v = g_exc", spike="v>9"))
    synapse = aml.Synapse(
        equations="4*dx/dt = -x : event-driven", pre_spike="x += 1\nw += 0.5\ng_target += w"
    )
    projection = net.connect(pre, post, "exc", synapse).all_to_all(weights=1.0)
    monitor = net.monitor(projection, ["w", "x"])
    net.compile()
    net.simulate(12.0)
    found = monitor.get()
    arrived = [step >= 5 for step in range(12)], [step >= 10 for step in range(12)]
    wanted = [1.0 + 0.5 * a + 0.5 * b for a, b in zip(*arrived, strict=True)]
    assert found["w"] == [[[item, item]] for item in wanted]
    trace, value = [], 0.0
    for step in range(12):
        value = (value + (step in (5, 10))) * np.exp(-0.25)
        trace.append(value)
    assert np.array(found["x"])[:, 0, 1] == pytest.approx(trace, rel=1e-12)
    with pytest.raises(aml.ANNarchyException, match="no 'u'"):
        net.monitor(projection, "u")
    with pytest.raises(aml.ANNarchyException, match="neurons"):
        net.monitor(3, "u")
