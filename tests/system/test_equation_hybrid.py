"""Rates and spikes together: injected currents, rates of random spikes, decoded spikes."""

from __future__ import annotations

import numpy as np
import pytest

import annarchy_ml as aml

RAMP = aml.Neuron(equations="r = t")
READER = aml.Neuron(equations="r = sum(exc)")


def test_an_injected_current_is_the_rate_of_the_step_before() -> None:
    """With the default conductance g is the rate itself; with an equation of its own it adds up."""
    decaying = aml.Neuron(equations="seen = g_exc\n5.0*dg_exc/dt = -g_exc", spike="seen > 1e9")
    plain = aml.Neuron(equations="seen = g_exc", spike="seen > 1e9")
    net = aml.Network(dt=1.0)
    source = net.create(3, RAMP)
    found = {}
    for name, neuron in (("plain", plain), ("decaying", decaying)):
        cells = net.create(3, neuron, name=name)
        net.connect(aml.CurrentInjection(source, cells, "exc")).connect_current()
        found[name] = net.monitor(cells, "seen")
    net.compile()
    net.simulate(6.0)
    assert found["plain"].get("seen")[:, 1].tolist() == [0, 0, 1, 2, 3, 4]
    g, expected = 0.0, []
    for rate in (0, 0, 1, 2, 3, 4):
        g += rate
        expected.append(g)
        g *= 1 - 1 / 5
    assert np.allclose(found["decaying"].get("seen")[:, 2], expected, rtol=1e-12)


def test_spikes_are_decoded_within_a_window() -> None:
    """1000/window times the weights of the spikes that arrived in it, per input."""
    net = aml.Network(dt=0.5)
    source = net.create(aml.SpikeSourceArray([[1.0, 2.0, 6.0], [2.0]]))
    reader = net.create(2, READER)
    net.connect(aml.DecodingProjection(source, reader, "exc", window=2.0)).from_matrix(
        [[1.0, 3.0], [None, 2.0]]
    )
    seen = net.monitor(reader, "r")
    net.compile()
    net.simulate(10.0)
    expected = np.zeros((20, 2))
    for step, weights in ((2, (1, 0)), (4, (1, 0)), (12, (1, 0)), (4, (3, 2))):
        expected[step + 1 : step + 5] += weights  # arrives a step later, and counts for 4 steps
    assert np.allclose(seen.get("r"), expected * 500.0 / np.array([2, 1]), atol=1e-9)


def test_decoded_populations_tell_their_rate() -> None:
    net = aml.Network(dt=1.0, seed=3)
    source = net.create(aml.PoissonPopulation(1000, rates=50.0))
    reader = net.create(1, READER)
    net.connect(aml.DecodingProjection(source, reader, "exc", window=100.0)).all_to_all(1.0)
    net.compile()
    net.simulate(200.0)
    assert reader.r[0] == pytest.approx(50.0, abs=5 * np.sqrt(50.0 / (0.1 * 1000)))
    assert reader.sum("exc")[0] == reader.r[0]


def test_rates_drive_random_spikes() -> None:
    """Means of binomial counts: 5000 steps of 0.2 ms with probability rate/5000 each."""
    net = aml.Network(dt=0.2, seed=8)
    rates = net.create(2, aml.Neuron(parameters="r = 0.0"))
    rates.r = [20.0, 200.0]
    cells = net.create(aml.PoissonPopulation(200, target="exc"))
    table = np.zeros((200, 2))
    table[:100, 0] = table[100:, 1] = 1.0
    net.connect(rates, cells, "exc").from_matrix(table)
    seen = net.monitor(cells, "spike")
    net.compile()
    net.simulate(1000.2)  # the rates arrive after one step
    counts = np.array([len(item) for item in seen.get("spike").values()])
    for part, rate in ((counts[:100], 20.0), (counts[100:], 200.0)):
        assert abs(part.mean() - rate) < 5 * np.sqrt(rate / 100)


@pytest.mark.parametrize("kind", [aml.CurrentInjection, aml.DecodingProjection])
def test_ends_must_fit(kind: type) -> None:
    net = aml.Network()
    rates, cells = net.create(2, RAMP), net.create(aml.PoissonPopulation(2, rates=1.0))
    ends = (cells, rates) if kind is aml.CurrentInjection else (rates, cells)
    with pytest.raises(aml.ANNarchyException, match="joins a"):
        kind(*ends, "exc")


def test_plain_projections_between_both_are_refused_with_the_way_to_go() -> None:
    for order, way in ((1, "CurrentInjection"), (-1, "DecodingProjection")):
        net = aml.Network()
        ends = [net.create(2, RAMP), net.create(2, aml.Izhikevich)][::order]
        net.connect(*ends, "exc").all_to_all(1.0)
        with pytest.raises(aml.ANNarchyException, match=way):
            net.compile()
