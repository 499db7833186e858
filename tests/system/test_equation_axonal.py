"""Axonal spikes: a second condition, heard by synapses with ``pre_axon_spike`` alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml as ann

SOURCE: dict[str, Any] = {
    "parameters": "k = 4.0",
    "equations": "v += 1\nu += 0.5",
    "spike": "v > 5",
    "reset": "v = 0",
    "axon_spike": "u > k/2",
    "axon_reset": "u = 0",
    "refractory": 2.0,
}
SINK = {"equations": "v += g_exc", "spike": "v > 1000"}


@pytest.mark.parametrize("executor", ["compiled", "interpreter"])
def test_only_synapses_that_listen_hear_them(executor: str) -> None:
    """v fires in step 5, then every 8 steps; u is 2.5 in step 4, neither moves in steps 6 and 7."""
    net = ann.Network(dt=1.0)
    source = net.create(2, ann.Neuron(**SOURCE))
    source.k = [4.0, 3.0]
    plain, listening = (net.create(2, ann.Neuron(**SINK)) for _ in range(2))
    net.connect(source, plain, "exc").one_to_one(weights=1.0)
    both = ann.Synapse(parameters={"a": 10.0}, pre_axon_spike="g_target += a*w")
    net.connect(source, listening, "exc", synapse=both).one_to_one(weights=1.0, delays=2.0)
    fired = net.monitor(source, ["spike", "axon_spike"])
    seen = [net.monitor(item, "v") for item in (plain, listening)]
    net.compile(executor=executor)
    net.simulate(20.0)
    assert fired.get("spike") == {0: [5, 13], 1: [5, 13]}
    axonal = fired.get("axon_spike")
    assert axonal == {0: [4, 11, 18], 1: [3, 9, 13, 19]}
    steps = np.arange(20)
    arrived = (steps >= 6).astype(float) + (steps >= 14)
    np.testing.assert_array_equal(seen[0].get("v"), np.stack([arrived, arrived], axis=1))
    late = (steps >= 7).astype(float) + (steps >= 15)
    for rank, column in enumerate(seen[1].get("v").T):
        more = sum(10.0 * (steps >= step + 2) for step in axonal[rank])
        np.testing.assert_array_equal(column, late + more)


def test_spikes_alone_are_silent_where_a_synapse_says_what_they_do() -> None:
    net = ann.Network(dt=1.0)
    source, sink = net.create(1, ann.Neuron(**SOURCE)), net.create(1, ann.Neuron(**SINK))
    axonal = ann.Synapse(pre_spike="w += 0.0", pre_axon_spike="g_target += w")
    projection = net.connect(source, sink, "exc", synapse=axonal).all_to_all(weights=2.0)
    net.compile()
    net.simulate(7.0)
    assert sink.v[0] == 2.0
    projection.w = 5.0
    net.simulate(6.0)
    assert sink.v[0] == 7.0


def test_sources_without_axonal_spikes_are_heard_as_ever() -> None:
    net = ann.Network(dt=1.0)
    sink = net.create(1, ann.Neuron(**SINK))
    synapse = ann.Synapse(pre_axon_spike="g_target += 100.0")
    source = net.create(ann.SpikeSourceArray([[2.0]]))
    net.connect(source, sink, "exc", synapse=synapse).all_to_all(weights=3.0)
    net.compile()
    net.simulate(6.0)
    assert sink.v[0] == 3.0
    with pytest.raises(ann.ANNarchyException, match="no 'axon_spike' to record"):
        net.monitor(source, "axon_spike")


def test_a_block_holds_one_kind_of_spikes() -> None:
    net = ann.Network(dt=1.0)
    source = net.create(1, ann.Neuron(**SOURCE))
    one, two = net.monitor(source, "axon_spike"), net.monitor(source, ["spike", "axon_spike"])
    net.compile()
    net.simulate(10.0)
    (train,) = one.to_neo().segments[0].spiketrains
    assert train.rescale("ms").magnitude.tolist() == [4.0]
    with pytest.raises(ann.ANNarchyException, match="not both"):
        two.to_neo()


def test_reports_tell_of_them(tmp_path: Path) -> None:
    net = ann.Network(dt=1.0)
    source, sink = net.create(1, ann.Neuron(**SOURCE)), net.create(1, ann.Neuron(**SINK))
    synapse = ann.Synapse(pre_axon_spike="g_target += 3*w")
    net.connect(source, sink, "exc", synapse=synapse).all_to_all(weights=1.0)
    ann.report(net, str(tmp_path / "net.md"))
    text = (tmp_path / "net.md").read_text(encoding="utf-8")
    for words in (
        "Axonal spike condition",
        "Reset after an axonal spike",
        "an axonal spike arrives",
    ):
        assert words in text
