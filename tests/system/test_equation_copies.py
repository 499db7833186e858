"""Values that synapses share: one for all of a neuron or of a projection, whatever happens."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import annarchy_ml as ann
from annarchy_ml import ANNarchyException

RATE = ann.Neuron(parameters="r = 1.0")
SUM = ann.Neuron(equations="r = sum(exc)")
CLOCK = ann.Neuron(equations="v = v + 1", spike="v >= 2", reset="v = 0")
CELL = ann.Neuron(equations="v = v + g_exc", spike="v >= 1e9", reset="v = 0")


def joined(rule: Any, size: tuple[int, int] = (3, 4), spiking: bool = False) -> tuple[Any, Any]:
    """A network whose synapses can come and go, and its projection, not compiled."""
    net = ann.Network(seed=5)
    if not spiking:
        net.config(structural_plasticity=True)
    kinds = (CLOCK, CELL) if spiking else (RATE, SUM)
    ends = [net.create(count, kind) for count, kind in zip(size, kinds, strict=True)]
    return net, net.connect(*ends, "exc", rule).all_to_all(weights=1.0)


@pytest.mark.parametrize("shared", ["postsynaptic", "projection"])
def test_a_new_synapse_has_what_the_others_share(shared: str) -> None:
    """Five steps, one synapse goes and comes again, two more steps: all have counted to 7."""
    net, projection = joined(ann.Synapse(equations=f"s = s + 1 : {shared}\na = s"), (3, 2))
    net.compile()
    net.simulate(5.0)
    projection.dendrite(1).prune_synapse(1)
    projection.dendrite(1).create_synapse(1)
    net.simulate(2.0)
    assert projection.a == [[7.0] * 3] * 2


def test_drawn_starts_do_not_come_back_when_synapses_do() -> None:
    rule = ann.Synapse(equations="m = m + 1 : postsynaptic, init=Uniform(0.0, 1.0)\na = m")
    net, projection = joined(rule)
    net.compile()
    start = np.array(projection.m)
    net.simulate(3.0)
    projection.dendrite(2).prune_synapse(0)
    projection.dendrite(2).create_synapse(0)
    net.simulate(1.0)
    assert np.array_equal(np.array(projection.m), start + 1 + 1 + 1 + 1)
    assert np.array_equal(np.array(projection.a), np.repeat(np.array(projection.m)[:, None], 3, 1))


@pytest.mark.parametrize("spiking", [False, True])
def test_a_start_reads_parameters_and_is_the_same_after_a_reset(spiking: bool) -> None:
    rule = ann.Synapse(
        parameters="low = 2.0 : projection\ntop = 4.0 : postsynaptic",
        equations="f = f : postsynaptic, init=Uniform(low, top)",
        **({"pre_spike": "g_target += w"} if spiking else {}),
    )
    net, projection = joined(rule, spiking=spiking)
    projection.top = [3.0, 13.0, 23.0, 33.0]
    net.compile()
    start = projection.f
    assert len(set(start)) == 4
    assert all(2.0 <= one < top for one, top in zip(start, projection.top, strict=True))
    assert max(start) > 4.0
    assert np.ptp(projection.flat("f").reshape(-1, 3 if not spiking else 4), axis=0).max() > 0.0
    net.simulate(3.0)
    net.reset(projections=True)
    assert projection.f == start
    projection.f = 1.0
    projection.reset()
    assert projection.f == start


def test_given_values_are_no_draws() -> None:
    rule = ann.Synapse(equations="f = f : postsynaptic, init=Uniform(0.0, 1.0)")
    net, projection = joined(rule)
    projection.f = 3.0
    net.compile()
    assert projection.f == [3.0] * 4


def test_a_law_draws_once_for_each_neuron() -> None:
    net, projection = joined(ann.Synapse(equations="s = s : postsynaptic\na = s"))
    net.compile()
    projection.s = ann.Uniform(0.0, 1.0)
    net.simulate(1.0)
    assert len(set(projection.s)) == 4
    assert projection.a == [[one] * 3 for one in projection.s]
    projection.dendrite(1).s = ann.Uniform(2.0, 3.0)
    net.simulate(1.0)
    assert projection.a == [[one] * 3 for one in projection.s]
    assert projection.s[1] >= 2.0


def test_values_that_would_differ_are_refused() -> None:
    rule = ann.Synapse(parameters="k = 1.0", equations="s = s : postsynaptic\nz = k : postsynaptic")
    net, projection = joined(rule, (2, 2))
    net.compile()
    for name in ("s", "k"):
        with pytest.raises(ANNarchyException, match=f"'{name}' of .* of a post neuron"):
            setattr(projection, name, [[1.0, 2.0], [3.0, 3.0]])
    with pytest.raises(ANNarchyException, match=r"'s' of .* is one value"):
        projection.synapse(0, 1).s = 9.0
    projection.k = [[1.0, 1.0], [3.0, 3.0]]
    net.simulate(1.0)
    assert projection.z == [1.0, 3.0]
    _, early = joined(rule, (2, 2))
    with pytest.raises(ANNarchyException, match="is read by what is one value"):
        early.k = [[1.0, 2.0], [3.0, 3.0]]


def test_a_target_spike_changes_what_its_synapses_share() -> None:
    """Neurons that spike in every second step count for all of their synapses."""
    net = ann.Network(seed=5)
    ends = net.create(3, CLOCK), net.create(2, CLOCK)
    rule = ann.Synapse("", "s = s : postsynaptic\na = s", pre_spike="w += 0", post_spike="s += 1")
    projection = net.connect(*ends, "exc", rule).all_to_all(weights=1.0)
    net.compile()
    net.simulate(6.0)
    assert projection.flat("s").tolist() == [3.0] * 6


def test_random_starts_of_synapses_of_a_source_differ() -> None:
    rule = ann.Synapse(equations="f = f : init=Uniform(0.0, 1.0)", pre_spike="g_target += w")
    net, projection = joined(rule, spiking=True)
    net.compile()
    assert len(np.unique(projection.flat("f"))) == 12
