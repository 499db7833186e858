"""Projections that share the weights of others: ``Copy`` and ``Transpose``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import annarchy_ml as ann

SUM = "r = sum(exc) + sum(inh)"


def rates(synapse: Any) -> tuple[Any, ...]:
    net = ann.Network(dt=1.0, seed=1)
    first = net.create(3, ann.Neuron(parameters="r = 0.0"))
    second, third = (net.create(2, ann.Neuron(equations=SUM)) for _ in range(2))
    original = net.connect(first, second, "exc", synapse=synapse)
    original.from_matrix([[0.1, None, 0.3], [0.4, 0.5, None]], delays=2.0)
    return net, first, second, third, original


@pytest.mark.parametrize("synapse", [None, ann.Hebb(eta=0.1)])
def test_a_copy_gives_what_the_original_gives(synapse: Any) -> None:
    net, first, second, third, original = rates(synapse)
    copy = net.connect(ann.Copy(first, third, "exc")).connect_copy(original)
    original.w = [[0.2, 0.3], [0.4, 0.6]]
    net.compile()
    first.r = [1.0, 0.5, 0.2]
    for _ in range(5):
        net.simulate(3.0)
        np.testing.assert_array_equal(second.r, third.r)
    assert np.all(second.r > 0.2) and copy.w == original.w
    original.w = 0.25
    assert copy.w == original.w == [[0.25, 0.25], [0.25, 0.25]]
    original.dendrite(0).create_synapse(1, w=0.7, delay=2.0)
    net.simulate(4.0)
    np.testing.assert_array_equal(second.r, third.r)
    assert copy.w == original.w and copy.nb_synapses == 5


def test_a_copy_may_give_something_else() -> None:
    net, first, _, third, original = rates(None)
    ann.Copy(first, third, "exc", psp="w * pre.r^2", operation="max").copy(original)
    net.compile()
    first.r = [1.0, 0.5, 2.0]
    net.simulate(4.0)
    np.testing.assert_allclose(third.r, [max(0.1, 0.3 * 4.0), max(0.4, 0.5 * 0.25)], rtol=1e-15)


def test_a_transpose_multiplies_by_the_transposed_matrix() -> None:
    net = ann.Network(dt=1.0, seed=3)
    first = net.create(4, ann.Neuron(equations=SUM))
    second = net.create(3, ann.Neuron(parameters="r = 0.0"))
    forward = net.connect(first, second, "exc")
    with pytest.warns(UserWarning, match="no equation"):
        forward.fixed_probability(0.6, weights=ann.Uniform(0.0, 1.0))
        back = net.connect(ann.Transpose(forward, "inh")).connect_transpose()
        net.compile()
    second.r = [1.0, -2.0, 3.0]
    net.simulate(1.0)
    matrix = forward.connectivity_matrix()
    assert 0 < np.count_nonzero(matrix) < 12
    np.testing.assert_allclose(first.r, matrix.T @ second.r, rtol=1e-14)
    np.testing.assert_array_equal(back.connectivity_matrix(), matrix.T)


def test_spiking_neurons_share_what_is_learned() -> None:
    """Every spike of a source reaches both targets with the same, learned weight."""
    net = ann.Network(dt=0.5, seed=1)
    times = [[1.0, 12.0, 23.0], [1.5, 14.0]]
    source, cell = ann.SpikeSourceArray(times), ann.Neuron(equations="v += g_exc", spike="v > 1")
    pre = net.create(source)
    driven, free = (net.create(2, cell) for _ in range(2))
    learned = net.connect(pre, driven, "exc", synapse=ann.STDP(w_max=2.0, A_plus=0.3))
    learned.from_matrix([[0.6, 0.7], [1.2, 0.3]])
    ann.Copy(pre, free, "exc").copy(learned)
    seen = [net.monitor(item, "v") for item in (driven, free)]
    net.compile()
    net.simulate(30.0)
    assert learned.w[0][0] != 0.6
    np.testing.assert_array_equal(seen[0].get("v"), seen[1].get("v"))


def test_a_run_with_a_condition_follows_too() -> None:
    net, first, second, _, original = rates(ann.Hebb(eta=0.1))
    cells = ann.Neuron(equations=SUM)
    third = net.create(2, cells, stop_condition="r > 2.0 : any")
    ann.Copy(first, third, "exc").copy(original)
    net.compile()
    first.r = [1.0, 0.5, 0.2]
    took = net.simulate_until(1000.0, third)
    assert 3.0 < took < 1000.0 and third.r.max() > 2.0
    np.testing.assert_array_equal(second.r, third.r)


def test_what_cannot_be_shared_is_refused() -> None:
    _, first, second, third, original = rates(None)
    copy = ann.Copy(first, third, "exc")
    with pytest.raises(ann.ANNarchyException, match="differ in their geometries"):
        ann.Copy(second, third, "exc").copy(original)
    with pytest.raises(ann.ANNarchyException, match="shares a projection of its network"):
        copy.copy(7)
    with pytest.raises(ann.ANNarchyException, match="Transpose takes a projection"):
        ann.Transpose(first, "exc")
    copy.copy(original)
    with pytest.raises(ann.ANNarchyException, match="cannot share 'proj1', a Copy"):
        ann.Copy(first, third, "exc").copy(copy)
    with pytest.raises(ann.ANNarchyException, match="has the weights of 'proj0'"):
        copy.w = 0.5


def test_dendrites_of_a_copy_have_nothing_of_their_own() -> None:
    """To change what is taken over again before the next run would have no effect."""
    net, _, _, third, original = rates(None)
    copy = ann.Copy(original.pre, third, "exc").copy(original)
    with pytest.raises(ann.ANNarchyException, match="has the weights of 'proj0'"):
        copy.dendrite(0).w = 3.0
    with pytest.raises(ann.ANNarchyException, match="has the synapses of 'proj0'"):
        copy.dendrite(0).prune_synapse(0)
    net.compile()
    with pytest.raises(ann.ANNarchyException, match="has the synapses of 'proj0'"):
        copy.dendrite(0).prune_synapse(0)
    with pytest.raises(ann.ANNarchyException, match="has the weights of 'proj0'"):
        copy.dendrite(0).w = 3.0
    with pytest.raises(ann.ANNarchyException, match="has the weights of 'proj0'"):
        copy.dendrite(0)[0].w = 3.0
