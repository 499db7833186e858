"""Plastic synapses of PyNN scripts: traces that are shared between them change no bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyNN", reason="PyNN is not installed")

import annarchy_ml.importers.pynn as sim
from annarchy_ml.passes import plastic

RULES = {
    "pairs": lambda: sim.SpikePairRule(A_plus=0.01, A_minus=0.012, tau_plus=17.0),
    "Vogels2011": lambda: sim.Vogels2011Rule(eta=1e-5, rho=3.0),
}


def learnt(rule: str, fraction: float, recurrent: bool, threads: int = 1) -> tuple[bool, Any]:
    """Whether traces are shared, and weights and potentials of a network that learns."""
    sim.setup(timestep=0.1, min_delay=0.1, threads=threads)
    noise = sim.Population(60, sim.SpikeSourcePoisson(rate=40.0))
    cells = sim.Population(50, sim.IF_cond_exp(i_offset=0.8, tau_refrac=2.0))
    delay = sim.RandomDistribution("uniform", low=0.1, high=5.0, rng=sim.NumpyRNG(seed=3))
    synapse = sim.STDPMechanism(
        RULES[rule](),
        sim.AdditiveWeightDependence(w_min=0.0, w_max=0.01),
        weight=0.002,
        delay=delay,
        dendritic_delay_fraction=fraction,
    )
    connector = sim.FixedProbabilityConnector(0.4, rng=sim.NumpyRNG(seed=1))
    source = cells if recurrent else noise
    made = sim.Projection(source, cells, connector, synapse, receptor_type="excitatory")
    if recurrent:
        sim.Projection(noise, cells, connector, sim.StaticSynapse(weight=0.004, delay=0.5))
    cells.record("v")
    weights = []
    for _ in range(3):
        sim.run(50.0)
        weights.append(made.get("weight", "list", with_address=False))
    groups = sim.simulator.state.ready().simulation.plan.groups
    shared = any(item.name.endswith("connections") for item in groups)
    v = cells.get_data().segments[0].analogsignals[0].magnitude
    return shared, (weights, v.tolist())


@pytest.mark.parametrize("recurrent", [False, True])
@pytest.mark.parametrize("fraction", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("rule", RULES)
def test_shared_traces_change_no_bit(
    rule: str, fraction: float, recurrent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, found = learnt(rule, fraction, recurrent)
    assert shared
    assert np.ptp(found[0][-1]) > 0.0
    assert learnt(rule, fraction, recurrent, threads=2) == (True, found)
    monkeypatch.setattr(plastic, "split_synapses", lambda *_: None)
    assert learnt(rule, fraction, recurrent) == (False, found)


def test_spikes_of_a_cell_are_heard_at_once_without_dendrites() -> None:
    """Potentiation goes by the time since the spike of the source arrived."""
    sim.setup(timestep=0.1, min_delay=0.1)
    source, kick = (
        sim.Population(1, sim.SpikeSourceArray(spike_times=times)) for times in ([10.0], [20.0])
    )
    cell = sim.Population(1, sim.IF_cond_exp(tau_refrac=30.0))
    one = sim.OneToOneConnector()
    sim.Projection(kick, cell, one, sim.StaticSynapse(weight=0.5, delay=1.0))
    rule = sim.SpikePairRule(A_plus=0.01, A_minus=0.012, tau_plus=17.0)
    bounds = sim.AdditiveWeightDependence(w_min=0.0, w_max=0.01)
    synapse = sim.STDPMechanism(rule, bounds, weight=0.002, delay=1.5, dendritic_delay_fraction=0.0)
    made = sim.Projection(source, cell, one, synapse, receptor_type="excitatory")
    cell.record("spikes")
    sim.run(40.0)
    (spike,) = cell.get_data().segments[0].spiketrains[0].magnitude
    expected = 0.002 + 1e-4 * np.exp(-(spike - 11.5) / 17.0)
    assert made.get("weight", "list")[0][2] == pytest.approx(expected, rel=1e-12)
