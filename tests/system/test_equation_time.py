"""Another time of a compiled network, and what a reset keeps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import annarchy_ml as ann

NOISE = ann.Neuron(equations="r = Normal(0.0, 1.0)")


@pytest.mark.parametrize("executor", ["compiled", "interpreter"])
def test_equations_see_the_time_that_is_set(executor: str) -> None:
    net = ann.Network(dt=0.5)
    cells = net.create(2, ann.Neuron(equations="r = t"))
    learned = ann.Synapse(equations="w = t : init=0.0", psp="0.0*pre.r")
    projection = net.connect(cells, cells, "exc", synapse=learned)
    with pytest.warns(UserWarning, match="no equation"):
        projection.one_to_one(1.0)
        net.compile(executor=executor)
    seen = net.monitor(cells, "r")
    net.simulate(2.0)
    net.time = 100.0
    assert (net.time, net.current_step) == (100.0, 200)
    net.simulate(1.0)
    assert net.time == 101.0
    np.testing.assert_array_equal(seen.get("r")[:, 0], [0.0, 0.5, 1.0, 1.5, 100.0, 100.5])
    assert projection.w == [[100.5], [100.5]]
    net.current_step = 3
    net.step()
    assert cells.r.tolist() == [1.5, 1.5] and net.time == 2.0
    net.reset()
    net.step()
    assert cells.r.tolist() == [0.0, 0.0] and net.time == 0.5


def test_the_time_may_be_set_before_compile() -> None:
    net = ann.Network(dt=1.0)
    cells = net.create(1, ann.Neuron(equations="r = t"))
    net.time = "0.25 s"
    net.compile()
    net.step()
    assert cells.r[0] == 250.0
    for wrong in (-1, 2.5, True):
        with pytest.raises(ann.ANNarchyException, match="a whole number from 0 on"):
            net.current_step = wrong
    with pytest.raises(ann.ANNarchyException, match="the time is a time in ms"):
        net.time = "soon"


def test_spikes_arrive_when_they_were_to_arrive() -> None:
    """Another time changes what equations see, not what is under way; recordings count steps."""
    net = ann.Network(dt=1.0)
    source = net.create(ann.SpikeSourceArray([[1.0, 12.0]]))
    cells = net.create(1, ann.Neuron(equations="v += g_exc", spike="v > 0.5", reset="v = t"))
    net.connect(source, cells, "exc").all_to_all(weights=1.0, delays=5.0)
    seen = net.monitor(cells, "spike")
    net.compile()
    net.simulate(3.0)
    net.time = 50.0
    net.simulate(4.0)
    assert seen.get("spike") == {0: [6]} and cells.v[0] == 53.0


def drawn(net: Any) -> np.ndarray:
    net.simulate(5.0)
    return np.array(net.monitors[0].get("r"))


def test_random_numbers_start_anew_or_go_on() -> None:
    nets = []
    for _ in range(2):
        net = ann.Network(dt=1.0, seed=5)
        net.monitor(net.create(3, NOISE), "r")
        net.compile()
        nets.append(net)
    whole = np.concatenate([drawn(nets[0]), drawn(nets[0]), drawn(nets[0])])
    net = nets[1]
    parts = [drawn(net)]
    for _ in range(2):
        net.reset(reseed_rng=False)
        parts.append(drawn(net))
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    net.reset()
    np.testing.assert_array_equal(drawn(net), whole[:5])


def test_a_reset_may_keep_what_was_recorded() -> None:
    net = ann.Network(dt=1.0)
    cells = net.create((1, 2), ann.Neuron(equations="r += 1.0"))
    source = net.create(ann.SpikeSourceArray([[1.0, 3.0], [2.0]]))
    rates, spikes = net.monitor(cells, "r"), net.monitor(source, "spike")
    net.compile()
    net.simulate(4.0)
    net.reset(monitors=False)
    net.simulate(3.0)
    assert rates.get("r", keep=True).shape == (7, 1, 2)
    assert rates.get("r")[:, 0, 0].tolist() == [1.0, 2.0, 3.0, 4.0, 1.0, 2.0, 3.0]
    assert rates.get("r").shape == (0, 1, 2)
    assert spikes.get("spike", keep=True) == {0: [1, 3, 1], 1: [2, 2]}
    assert spikes.times() == {"start": [0, 0], "stop": [4, 3]}
    assert spikes.mean_fr(spikes.get("spike")) == pytest.approx(5 / 2 / 0.007)
    net.reset(monitors=False)
    net.reset()
    assert spikes.get("spike") == {0: [], 1: []}
    assert spikes.times() == {"start": [0], "stop": [0]}


@pytest.mark.parametrize("given", ["3 mV", "2 Hz", "4 S"])
def test_only_units_of_time_make_times(given: str) -> None:
    net = ann.Network(dt="100 us")
    cells = net.create(1, ann.Neuron(equations="r = t"))
    made = net.connect(cells, cells, "exc")
    with pytest.raises(ann.ANNarchyException, match="delays take a number"):
        made.all_to_all(delays=given)
    made.all_to_all(delays="0.003 s", allow_self_connections=True)
    assert made.delay == 3.0
    for wrong in (given, -1.0, float("nan")):
        with pytest.raises(ann.ANNarchyException, match="the delay of 'proj0' is a time in ms"):
            made.delay = wrong
    with pytest.raises(ann.ANNarchyException, match="dt is a time in ms"):
        ann.Network(dt=given)
    net.compile()
    with pytest.raises(ann.ANNarchyException, match="the duration is a time in ms"):
        net.simulate(given)
