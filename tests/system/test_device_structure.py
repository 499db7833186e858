"""Spiking synapses that come and go on a device, while events are under way: as on the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from changing_synapses import CELLS, KINDS, NEURON, Script

import annarchy_ml as aml


def same(found: list[Any], expected: list[Any]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", KINDS)
def test_births_and_deaths_while_events_are_under_way(toolchain: Any, kind: str, seed: int) -> None:
    expected = Script(kind, seed, device="cpu", num_threads=1).go()
    for threads in (1, 2, 5):
        same(Script(kind, seed, device="emulated", num_threads=threads).go(), expected)


@pytest.mark.parametrize("kind", ["traces", "stepped", "reading", "ruled"])
def test_synapses_belong_to_the_cells_that_their_events_change(toolchain: Any, kind: str) -> None:
    """Else two threads would add to one cell without knowing of each other."""
    net = Script(kind, 0, device="emulated", num_threads=2).net
    net.simulate(1.0)
    runtime = net.running.simulation.runtime
    state = runtime._prepared()
    for number, item in enumerate(runtime.plan.projections):
        words = state._words.values[state.layout.projections[number] :]
        owners, n_owners = (int(word) for word in words[19:21])
        if state.layout.modes[item.target] == "owned":
            assert owners != 0
            assert n_owners == CELLS


def test_a_projection_that_has_lost_all_its_synapses_keeps_no_events(toolchain: Any) -> None:
    net = aml.Network(dt=0.1, seed=1)
    net.config(structural_plasticity=True, device="emulated", num_threads=2)
    cells = net.create(4, NEURON)
    synapse = aml.Synapse(pre_spike="g_target += w", post_spike="w += 0.01")
    made = net.connect(cells, cells, "exc", synapse)
    made.from_matrix([[0.1, None, None, None], *[[None] * 4] * 3], delays=1.0)
    net.compile()
    net.simulate(1.0)
    made.prune_synapses(0, [0])
    net.simulate(1.0)
    runtime = net.running.simulation.runtime
    assert {len(item.targets) for item in runtime.plan.projections} == {0}
    assert runtime._prepared().slots == 4
