"""Synapses that come and go, by hand and by rules (EQUATIONS.md §8, §11)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import annarchy_ml as aml

INPUT = aml.Neuron(parameters="r = 0.0")
SUM = aml.Neuron(equations="r = sum(exc)")
LEARNING = aml.Synapse(
    parameters="k = 2.0\ns = 1.0 : projection", equations="dw/dt = k*pre.r\nage = age + 1 : init=0"
)


def small(synapse: Any = None, executor: str = "compiled", **values: Any) -> Any:
    net = aml.Network(seed=3)
    pre, post = net.create(4, INPUT), net.create(3, SUM)
    projection = net.connect(pre, post, "exc", synapse)
    projection.from_matrix([[1.0, None, 2.0, None], [None, 3.0, None, None], [4.0] * 4], **values)
    return net, pre, post, projection


@pytest.mark.parametrize("executor", ["compiled", "interpreter"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("synapse", [None, LEARNING])
def test_by_hand(synapse: Any, when: str, executor: str) -> None:
    net, pre, post, projection = small(synapse)
    pre.r = [1.0, 10.0, 100.0, 1000.0]
    if when == "after":
        net.compile(executor=executor)
    projection.dendrite(0).create_synapse(1, w=5.0)
    projection.dendrite(0).prune_synapse(0)
    dendrite = projection.dendrite(2)
    dendrite.prune_synapses([1, 3])
    projection.dendrite(1).create_synapses([3, 0], weights=[6.0, 7.0])
    if when == "before":
        net.compile(executor=executor)
    assert dendrite.pre_ranks == [0, 2]
    assert projection.pre_ranks == [[1, 2], [0, 1, 3], [0, 2]]
    assert projection.w == [[5.0, 2.0], [7.0, 3.0, 6.0], [4.0, 4.0]]
    net.step()
    assert post.r.tolist() == [250.0, 6037.0, 404.0]
    if synapse is not None:
        assert projection.w[1] == [7.0 + 2.0, 3.0 + 20.0, 6.0 + 2000.0]
        assert projection.k == [[2.0] * 2, [2.0] * 3, [2.0] * 2]


def test_what_stays_keeps_its_values() -> None:
    net, pre, _, projection = small(LEARNING, delays=2.0)
    projection.k = aml.Uniform(3.0, 4.0)
    pre.r = 1.0
    monitor = net.monitor(projection, ["age", "k"])
    net.compile()
    first = np.array(projection.k[2])
    net.simulate(3.0)
    projection.dendrite(2).prune_synapse(1)
    projection.dendrite(1).create_synapse(2, w=0.5, delay=1.0)
    assert projection.age == [[3.0, 3.0], [3.0, 0.0], [3.0] * 3]
    assert projection.delay == [[2.0, 2.0], [2.0, 1.0], [2.0] * 3]
    assert projection.k[2] == pytest.approx(first[[0, 2, 3]])
    assert 3.0 <= projection.k[1][1] < 4.0
    net.simulate(2.0)
    assert projection.age == [[5.0, 5.0], [5.0, 2.0], [5.0] * 3]
    assert projection.w[1][1] == pytest.approx(0.5 + 2.0 * projection.k[1][1])
    rows = monitor.get("age")
    assert rows[2] == [[3.0, 3.0], [3.0], [3.0] * 4]
    assert rows[4] == [[5.0, 5.0], [5.0, 2.0], [5.0] * 3]
    net.reset(synapses=True, projections=True)
    assert projection.pre_ranks == [[0, 2], [1], [0, 1, 2, 3]]
    assert (projection.delay, projection.age[1]) == (2.0, [0.0])
    assert projection.k[2] == pytest.approx(first)
    net.simulate(1.0)
    assert monitor.get("age") == [[[1.0, 1.0], [1.0], [1.0] * 4]]


@pytest.mark.parametrize("spiking", [False, True])
def test_rules_find_nothing_where_no_synapse_is_left(spiking: bool) -> None:
    events = {"pre_spike": "g_target += w"} if spiking else {}
    rule = aml.Synapse(creating="post.v > 0.0 : w = 1.0", pruning="w > 0.5", **events)
    text, more = ("v = 1.0 + 0.0*g_exc", {"spike": "v > 2.0", "reset": ""}) if spiking else (
        "v = 1.0\nr = sum(exc)", {})  # fmt: skip
    net = aml.Network(seed=2)
    cells = net.create(3, aml.Neuron(equations=text, **more))
    projection = net.connect(cells, cells, "exc", rule).all_to_all(weights=1.0)
    net.compile()
    projection.start_pruning(period=1.0)
    projection.start_creating(period=2.0)
    net.simulate(6.0)
    assert (projection.size, projection.nb_synapses, projection.w) == (0, 0, [])


def test_learned_weights_begin_again_after_changes() -> None:
    net, pre, _, projection = small(LEARNING)
    pre.r = 1.0
    net.compile()
    first = projection.w
    net.simulate(5.0)
    projection.dendrite(2).prune_synapse(1)
    net.reset(synapses=True, projections=True)
    assert projection.w == first


def test_rules_are_carried_out_every_period() -> None:
    """Creation looks at all pairs of neurons with synapses, pruning at the synapses there are."""
    synapse = aml.Synapse(
        parameters="limit = 3.0 : projection",
        equations="age = age + 1",
        creating="pre.r * post.b > limit : w = 0.5, d = 2.0",
        pruning=aml.Pruning("age > 6 and w < 1.0"),
    )
    net = aml.Network(seed=3)
    pre = net.create(4, INPUT)
    post = net.create(3, aml.Neuron(parameters="b = 0.0", equations="r = sum(exc)"))
    projection = net.connect(pre, post, "exc", synapse)
    projection.from_matrix([[1.0, None, 2.0, None], [None] * 4, [4.0, 0.1, None, None]])
    pre.r, post.b = [1.0, 2.0, 3.0, 4.0], [1.0, 5.0, 1.5]
    net.compile()
    net.simulate(2.0)
    projection.start_creating(period=3.0)
    net.simulate(1.0)  # due at the end of the step in which it began
    assert projection.pre_ranks == [[0, 2, 3], [0, 1, 2, 3]]
    assert projection.w == [[1.0, 2.0, 0.5], [4.0, 0.1, 0.5, 0.5]]
    assert projection.delay == [[1.0, 1.0, 2.0], [1.0, 1.0, 2.0, 2.0]]
    pre.r = [9.0, 9.0, 3.0, 4.0]
    net.simulate(2.0)
    assert projection.nb_synapses == 7
    net.simulate(1.0)
    assert projection.pre_ranks == [[0, 1, 2, 3], [0, 1, 2, 3]]
    projection.stop_creating()
    projection.start_pruning()
    net.simulate(1.0)
    assert projection.pre_ranks == [[0, 1, 2, 3], [0, 2, 3]]
    projection.stop_pruning()
    net.simulate(9.0)
    assert projection.nb_synapses == 7


def test_probabilities_and_laws() -> None:
    synapse = aml.Synapse(
        creating=aml.Creating("pre.r > 0", proba=0.25, w="Uniform(1.0, 2.0)"),
        pruning="w < 2 : proba = 0.5",
    )

    net = aml.Network(seed=11)
    pre, post = net.create(200, INPUT), net.create(100, SUM)
    pre.r = 1.0
    projection = net.connect(pre[:100], post, "exc", synapse).one_to_one(weights=2.0)
    net.compile()
    projection.start_creating(100.0)
    net.step()
    made = projection.nb_synapses - 100
    expected = 0.25 * 100 * 99
    assert abs(made - expected) < 5 * np.sqrt(expected * 0.75)
    weights = np.concatenate(projection.w)
    assert (weights[weights != 2.0].min(), weights.max()) == pytest.approx((1.0, 2.0), abs=0.01)
    projection.start_pruning(100.0)
    net.step()
    assert abs(projection.nb_synapses - 100 - made / 2) < 5 * np.sqrt(made) / 2


def test_faults() -> None:
    with pytest.raises(aml.EquationError, match="unknown name 'x'"):
        aml.Synapse(creating="x > 1")
    with pytest.raises(aml.EquationError, match="unknown flag 'w'"):
        aml.Synapse(pruning="w > 1 : w = 3")
    with pytest.raises(aml.EquationError, match="proba"):
        aml.Synapse(pruning="w > Uniform(0, 1)")
    net, _, _, projection = small()
    net.compile()
    with pytest.raises(aml.ANNarchyException, match="no 'creating'"):
        projection.start_creating()
    with pytest.raises(aml.ANNarchyException, match="not all of"):
        projection.dendrite(0).prune_synapse(3)
    with pytest.raises(aml.ANNarchyException, match="no such neurons"):
        projection.dendrite(0).create_synapse(4)
    with pytest.raises(aml.ANNarchyException, match="a synapse from neuron 0 onto 0 already"):
        projection.dendrite(0).create_synapse(0)
    with pytest.raises(aml.ANNarchyException, match="names a neuron twice"):
        projection.dendrite(0).create_synapses([3, 3])


@pytest.mark.parametrize("synapse", [None, LEARNING])
def test_all_synapses_may_go_and_others_come(synapse: Any) -> None:
    net, pre, post, projection = small(synapse)
    projection.dendrite(2).w = [1.0, 2.0, 3.0, 4.0]
    net.compile()
    net.simulate(2.0)
    for dendrite in list(projection.dendrites):
        dendrite.prune_synapses(dendrite.pre_ranks)
    assert (projection.nb_synapses, projection.size) == (0, 0)
    pre.r = 1.0
    net.simulate(2.0)
    assert post.r.tolist() == [0.0, 0.0, 0.0]
    projection.create_synapses(1, [0, 2], weights=[5.0, 6.0])
    net.step()
    assert post.r.tolist() == [0.0, 11.0, 0.0]
    if synapse is not None:
        assert projection.w == [[7.0, 8.0]]


@pytest.mark.parametrize("spiking", [False, True])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: setattr(p, "w", float("nan")), "'w' of 'p' takes finite numbers"),
        (lambda p: setattr(p, "gain", float("inf")), "'gain' of 'p' takes finite numbers"),
        (lambda p: setattr(p, "delay", -1.0), "'delay' of 'p' takes times in ms from 0 on"),
        (lambda p: setattr(p, "delay", float("nan")), "'delay' of 'p' takes times in ms from 0 on"),
        (lambda p: setattr(p, "delay", [[1.0, 2.0, -1.0]] * 2), "takes times in ms from 0 on"),
        (lambda p: setattr(p.dendrite(1), "w", [1.0, 2.0]), "takes one value or 3, not 2"),
        (lambda p: setattr(p.dendrite(1), "w", [1.0, 2.0, np.nan]), "takes finite numbers"),
    ],
)
def test_values_that_synapses_cannot_have(spiking: bool, change: Any, message: str) -> None:
    """They are refused, and what was there stays."""
    net = aml.Network(seed=1)
    if spiking:
        neuron = aml.Neuron(equations="v = g_exc", spike="v > 100")
        synapse = aml.Synapse(parameters=dict(gain=1.0), pre_spike="g_target += w\nw = gain * w")
    else:
        neuron = aml.Neuron(equations="r = sum(exc)")
        synapse = aml.Synapse(parameters=dict(gain=1.0), equations="w = gain * w")
    pre, post = net.create(3, neuron), net.create(2, neuron)
    projection = net.connect(pre, post, "exc", synapse=synapse, name="p")
    projection.all_to_all(weights=0.5, delays=2.0)
    net.compile()
    with pytest.raises(aml.ANNarchyException, match=message):
        change(projection)
    net.simulate(3.0)
    assert projection.w == [[0.5] * 3] * 2
    assert projection.delay == 2.0
    assert projection.gain == 1.0
