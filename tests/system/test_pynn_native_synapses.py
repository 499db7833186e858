"""Synapse types from equations of a script."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyNN", reason="PyNN is not installed")

import annarchy_ml.importers.pynn as sim
from annarchy_ml import UsageError

PAIRS = sim.native_synapse_type(
    "Pairs",
    pre="""
        y_now = y*exp((t_post - now)/tau_minus)  # what spikes of the cell have left
        weight = max(weight - A_minus*w_max*(y_now - H(t_post - now + 0.5*dt_ms)), 0)
        x = x*exp((t_pre - now)/tau_plus) + 1
        t_pre = now
        target = weight
    """,
    post="""
        x_now = x*exp((t_pre - now)/tau_plus)
        weight = min(weight + A_plus*w_max*(x_now - H(t_pre - now + 0.5*dt_ms)), w_max)
        y = y*exp((t_post - now)/tau_minus) + 1
        t_post = now
    """,
    parameters={"tau_plus": 20.0, "tau_minus": 30.0, "A_plus": 0.02, "A_minus": 0.03, "w_max": 0.4},
    initial_values={"x": 0, "y": 0, "x_now": 0, "y_now": 0, "t_pre": -1e9, "t_post": -1e9},
)
"""`SpikePairRule` with `AdditiveWeightDependence`, written by a user."""
FADING = sim.native_synapse_type(
    "Fading",
    pre="""
        ready = 1 - (1 - ready)*exp((t_last - now)/tau)
        target = weight*ready
        ready = ready*(1 - part)
        t_last = now
    """,
    parameters={"tau": 50.0, "part": 0.4},
    initial_values={"ready": "1 - part/2", "t_last": -1e9},
)
"""Resources of which each spike takes a part."""


def _standard(**given: Any) -> Any:
    return sim.STDPMechanism(
        timing_dependence=sim.SpikePairRule(
            tau_plus=20.0, tau_minus=30.0, A_plus=0.02, A_minus=0.03
        ),
        weight_dependence=sim.AdditiveWeightDependence(w_min=0.0, w_max=0.4),
        **given,
    )


def _learned(kind: Any, cell: Any, fraction: float) -> Any:
    sim.setup(timestep=0.1, min_delay=0.1)
    rng = np.random.default_rng(3)
    trains = [np.sort(rng.uniform(1.0, 400.0, 30)).round(1).tolist() for _ in range(6)]
    pre = sim.Population(4, sim.SpikeSourceArray(spike_times=trains[:4]))
    post, kick = sim.Population(2, cell()), sim.Population(2, sim.SpikeSourceArray())
    kick.set(spike_times=trains[4:])
    strong = sim.StaticSynapse(weight=9.0, delay=0.1)
    sim.Projection(kick, post, sim.OneToOneConnector(), strong)
    weights = np.linspace(0.05, 0.35, 8).reshape(4, 2)
    synapse = kind(weight=weights, delay=1.5, dendritic_delay_fraction=fraction)
    made = sim.Projection(pre, post, sim.AllToAllConnector(), synapse)
    post.record(["v", "spikes"])
    sim.run(420.0)
    segment = post.get_data().segments[0]
    assert min(len(item) for item in segment.spiketrains) > 10
    return made.get("weight", "array"), segment.analogsignals[0].magnitude, weights


@pytest.mark.parametrize("fraction", [0.0, 0.4, 1.0])
def test_a_rule_written_by_a_user_learns_as_the_standard_one(fraction: float) -> None:
    expected, found = (_learned(kind, sim.IF_curr_exp, fraction) for kind in (_standard, PAIRS))
    assert np.max(np.abs(expected[0] - expected[2])) > 0.02
    assert np.allclose(found[0], expected[0], rtol=0.0, atol=1e-12)
    assert np.allclose(found[1], expected[1], rtol=0.0, atol=1e-9)


def _sent(times: list[float], part: float, start: float) -> list[float]:
    """What each spike sends, of a weight of 1."""
    found, ready, last = [], start, -1e9
    for time in times:
        ready = 1 - (1 - ready) * np.exp((last - time) / 50.0)
        found.append(ready)
        ready, last = ready * (1 - part), time
    return found


def test_states_parameters_and_weights_are_those_of_each_synapse() -> None:
    sim.setup(timestep=0.1)
    times = [5.0, 12.0, 40.0]
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=times))
    cells = sim.Population(2, sim.IF_curr_delta(tau_m=1e6, v_thresh=1e3))
    synapse = FADING(weight=[[2.0, 3.0]], delay=1.0, part=[[0.4, 0.8]])
    made = sim.Projection(source, cells, sim.AllToAllConnector(), synapse)
    cells.record("v")
    sim.run(60.0)
    v = cells.get_data().segments[0].analogsignals[0].magnitude
    for cell, (weight, part) in enumerate([(2.0, 0.4), (3.0, 0.8)]):
        arrived = [item + 1.0 for item in times]
        jumps = [weight * item for item in _sent(arrived, part, 1 - part / 2)]
        steps = [round(item * 10) for item in arrived]
        found = [v[step + 2, cell] - v[step - 2, cell] for step in steps]
        assert found == pytest.approx(jumps, rel=1e-4)
    assert made.get(["weight", "part"], "list") == [(0, 0, 2.0, 0.4), (0, 1, 3.0, 0.8)]
    made.set(weight=0.0)
    sim.run(1.0)
    assert made.get("weight", "array").tolist() == [[0.0, 0.0]]


def test_types_with_one_name_are_told_apart() -> None:
    kinds = [
        sim.native_synapse_type("Same", "n = n + 1\ntarget = n", {}, initial_values={"n": start})
        for start in (0.0, 10.0)
    ]
    sim.setup(timestep=0.1)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0]))
    cells = sim.Population(2, sim.IF_curr_delta(tau_m=1e6, v_thresh=1e3))
    for number, kind in enumerate(kinds):
        to = cells[number : number + 1]
        sim.Projection(source, to, sim.AllToAllConnector(), kind(weight=1.0, delay=1.0))
    cells.record("v")
    sim.run(5.0)
    v = cells.get_data().segments[0].analogsignals[0].magnitude
    assert v[-1] + 65.0 == pytest.approx([1.0, 11.0], abs=1e-3)


def test_initial_values_may_be_given_to_a_projection_and_come_back() -> None:
    sim.setup(timestep=0.1)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[2.0]))
    cells = sim.Population(1, sim.IF_curr_delta(tau_m=1e6, v_thresh=1e3))
    synapse = FADING(weight=1.0, delay=1.0, tau=1e12)
    made = sim.Projection(source, cells, sim.AllToAllConnector(), synapse)
    made.initialize(ready=0.25, t_last=0.0)
    cells.record("v")
    for _ in range(2):
        sim.run(5.0)
        v = cells.get_data().segments[-1].analogsignals[0].magnitude
        assert v[-1, 0] + 65.0 == pytest.approx(0.25, abs=1e-4)
        sim.reset()


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"pre": "weight = weight + step\ntarget = weight"}, [3.0, 5.0, 7.0]),
        ({"pre": "weight = weight + step\ntarget = weight", "post": "n = n + 1"}, [3.0, 5.0, 7.0]),
        ({"pre": "target = weight", "post": "weight = 2*weight"}, [1.0, 2.0, 4.0]),
        (
            {"pre": "weight = if(weight > 2 .and. weight < 5, 7, weight + step)\ntarget = weight"},
            [3.0, 7.0, 9.0],
        ),
        ({"pre": "n = n + weight\ntarget = n", "post": "weight = 2*weight"}, [1.0, 3.0, 7.0]),
    ],
)
def test_a_weight_may_follow_one_kind_of_spikes_alone(given: Any, sent: list[float]) -> None:
    """Where connections of a source are alike, too: they have weights, which are set again."""
    kind = sim.native_synapse_type(
        "One", parameters={"step": 2.0}, initial_values={"n": 0}, **given
    )
    sim.setup(timestep=0.1)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0, 11.0, 21.0, 31.0]))
    cells = sim.Population(2, sim.IF_curr_delta(tau_m=1e6, v_thresh=0.0, v_reset=-70.0))
    kick = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0, 15.0]))
    all_to_all = sim.AllToAllConnector()
    sim.Projection(kick, cells, all_to_all, sim.StaticSynapse(weight=99.0, delay=1.0))
    made = sim.Projection(source, cells, all_to_all, kind(weight=1.0, delay=1.0))
    cells.record("v")
    sim.run(30.0)
    v = cells.get_data(clear=True).segments[0].analogsignals[0].magnitude
    found = [v[step + 2] - v[step - 2] for step in (20, 120, 220)]
    assert np.allclose(found, np.transpose([sent, sent]), atol=1e-3)
    made.set(weight=[[10.0, 20.0]])
    assert made.get("weight", "array").tolist() == [[10.0, 20.0]]
    sim.run(3.0)
    v = cells.get_data().segments[0].analogsignals[0].magnitude
    assert v[25, 1] - v[15, 1] - (v[25, 0] - v[15, 0]) == pytest.approx(10.0, abs=1e-3)


@pytest.mark.parametrize("name", ["t", "dt", "t_prev", "weights", "presynaptic_index", "in", "a-b"])
def test_names_that_mean_something_else_are_refused(name: str) -> None:
    """A parameter ``t`` would be the time of which ``now`` is made."""
    message = f"nothing can be called '{name}'|'{name}' of 'Wrong' is taken"
    for given in ({"parameters": {name: 1.0}}, {"parameters": {}, "initial_values": {name: 1.0}}):
        with pytest.raises(UsageError, match=message):
            sim.native_synapse_type("Wrong", "target = weight + now", **given)
    with pytest.raises(UsageError, match="nothing can be called 'My synapse'"):
        sim.native_synapse_type("My synapse", "target = weight", {})


@pytest.mark.parametrize(
    ("pre", "given", "message"),
    [
        ("target = weight*exp", {}, "nothing is called 'exp'"),
        ("target = weight > 0", {}, "'weight > 0' of 'Wrong' takes a condition for a number"),
        ("target = 1 + (weight > 0)", {}, "takes a condition for a number"),
        ("target = exp(weight > 0)", {}, "takes a condition for a number"),
        ("target = if(weight, 1, 2)", {}, "takes a condition for a number"),
        ("target = weight*g", {}, "nothing is called 'g'"),
        ("x = 1\ntarget = x", {}, "has no state 'x'"),
        ("weight = 0", {}, "must send once"),
        ("target = 1\ntarget = 2", {}, "must send once"),
        ("target = weight", {"post": "target = 1"}, "must send once"),
        ("target += 1", {}, "is no statement"),
        ("target = (1", {}, "native_synapse_type: '\\(1'"),
        ("target = w", {"initial_values": {"w": 0}}, "'w' of 'Wrong' is taken"),
        ("target = n", {"initial_values": {"n": "m"}}, "nothing is called 'm'"),
    ],
)
def test_faulty_equations_are_refused(pre: str, given: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        sim.native_synapse_type("Wrong", pre, {}, **given)
