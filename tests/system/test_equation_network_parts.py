"""What networks, projections and monitors have besides, by the names of ANNarchy 5."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import annarchy_ml as ann

RISING = ann.Neuron(equations="v += 1.0\nr = v")
SUM = ann.Neuron(equations="r = sum(exc)")
LEARNING = """
    dy/dt = eta : init=2.0
    dz/dt = 1 : init=Uniform(5.0, 6.0)
    ds/dt = 1 : init=eta, postsynaptic
    w += 0.1
"""


def learning() -> tuple[Any, Any]:
    """A network with a synapse of every kind of variable, compiled."""
    net = ann.Network(dt=0.5, seed=3)
    pre, post = net.create(3, RISING), net.create(2, SUM)
    projection = net.connect(
        pre, post, "exc", ann.Synapse(parameters={"eta": 0.5}, equations=LEARNING)
    )
    projection.all_to_all(ann.Uniform(0.0, 1.0))
    net.compile()
    return net, projection


def test_a_projection_is_reset_without_its_weights() -> None:
    """Values as in ANNarchy 5.0.4.1, which has y = 5.5 and then 2.0."""
    net, projection = learning()
    first = np.array(projection.z)
    net.simulate(7.0)
    weights = np.array(projection.w)
    assert np.all(np.array(projection.y) == 5.5)
    projection.eta = 0.1
    projection.reset()
    assert np.all(np.array(projection.y) == 2.0)
    assert (projection.eta, projection.s) == (0.5, [0.5, 0.5])
    again = np.array(projection.z)
    assert np.all((again >= 5.0) & (again < 6.0))
    assert not np.array_equal(again, first)
    assert np.array_equal(projection.w, weights)
    net.simulate(1.0)
    assert np.all(np.array(projection.y) == 2.5)
    projection.reset(["eta"])
    assert np.all(np.array(projection.y) == 2.5)
    assert net.time == 8.0
    with pytest.raises(AttributeError, match="have no attribute 'yy'"):
        projection.reset(["yy"])


KINDS: dict[str, Any] = {
    "weights alone": None,
    "spikes": ann.STP,
    "both spikes": ann.STDP,
    "every step": ann.Synapse(
        equations="dx/dt = -x/10.0\nw += 0.001*post.v", pre_spike="g_target += w\nx += 1"
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_projection_gets_its_synapses_back(kind: str) -> None:
    net = ann.Network(seed=3)
    pre = net.create(ann.PoissonPopulation(20, rates=100.0))
    projection = net.connect(pre, net.create(10, ann.IF_curr_exp), "exc", KINDS[kind])
    projection.fixed_probability(
        0.5, weights=ann.Uniform(0.0, 1.0), delays=ann.DiscreteUniform(1, 5)
    )
    net.compile()
    weights, delays = np.concatenate(projection.w), np.array(projection.pairs()[3])
    others = [name for name in projection.attributes if name != "w"]
    begun = {name: projection.flat(name) for name in others}
    net.simulate(200.0)
    if KINDS[kind] in (None, ann.STP):
        projection.w = 3.0
    projection.delay = 2.0
    learned = np.concatenate(projection.w)
    assert not np.array_equal(learned, weights)
    projection.reset()
    assert np.array_equal(np.concatenate(projection.w), learned)
    projection.reset(synapses=True)
    assert np.array_equal(np.concatenate(projection.w), weights)
    assert np.array_equal(projection.pairs()[3], delays)
    for name in others:
        assert np.array_equal(projection.flat(name), begun[name])
    net.simulate(20.0)


def test_synapses_that_went_come_back() -> None:
    net = ann.Network(seed=3)
    net.config(structural_plasticity=True)
    pre, post = net.create(4, RISING), net.create(2, SUM)
    projection = net.connect(pre, post, "exc", ann.Oja)
    projection.all_to_all(ann.Uniform(0.0, 1.0))
    net.compile()
    before = projection.w
    projection.dendrite(0).prune_synapse(2)
    assert projection.nb_synapses == 7
    projection.reset(synapses=True)
    assert projection.w == before


def test_a_projection_before_compile_is_as_it_was() -> None:
    net = ann.Network()
    projection = net.connect(net.create(2, RISING), net.create(2, SUM), "exc", ann.Oja)
    projection.all_to_all(1.0)
    projection.eta = 7.0
    projection.reset()
    assert projection.eta == 7.0


def test_projections_that_are_not_there_are_told() -> None:
    net = ann.Network()
    first, second = net.create(2, RISING, name="first"), net.create(2, SUM, name="second")
    projection = net.connect(first, second, "exc")
    projection.all_to_all(1.0)
    assert net.get_projections() == [projection]
    assert net.get_projections(pre="first", post=second[:1], target="exc") == [projection]
    assert net.get_projections(target="inh", suppress_error=True) == []
    assert ann.Network().get_projections() == []
    with pytest.raises(ann.ANNarchyException, match="no projection with target 'inh'"):
        net.get_projections(target="inh")
    with pytest.raises(ann.ANNarchyException, match="did you mean 'first'"):
        net.get_projections(pre="frst")


def test_monitors_tell_when_variables_were_recorded() -> None:
    """Rows as in ANNarchy 5.0.4.1, whose `period_offset` cannot be read."""
    net = ann.Network(dt=0.5)
    pop = net.create(2, RISING)
    monitor = net.monitor(pop, "v", period=2.0, period_offset=1.0)
    every = net.monitor(pop, "v")
    net.compile()
    assert (monitor.period, monitor.period_offset) == (2.0, 1.0)
    assert (every.period, every.period_offset) == (0.5, 0.0)
    net.simulate(7.0)
    assert monitor.get("v", keep=True)[:, 0].tolist() == [3.0, 7.0, 11.0]
    every.start("r")
    net.simulate(1.0)
    every.pause()
    net.simulate(1.0)
    assert every.times("r") == {"r": {"start": [14], "stop": [16]}}
    assert every.times(["v", "r"])["v"] == every.times() == {"start": [0], "stop": [16]}
    with pytest.raises(ann.ANNarchyException, match="does not record 'x'"):
        every.times("x")


def test_another_period_holds_from_then_on() -> None:
    net = ann.Network()
    monitor = net.monitor(net.create(1, RISING), "v", period=2.0)
    net.compile()
    net.simulate(4.0)
    monitor.period = 5.0
    monitor.period_offset = 3.0
    net.simulate(10.0)
    assert monitor.get("v")[:, 0].tolist() == [1.0, 3.0, 9.0, 14.0]
    with pytest.raises(ann.ANNarchyException, match="period_offset of 5 ms lies outside"):
        monitor.period_offset = 5.0
    net.reset()
    net.simulate(10.0)
    assert monitor.get("v")[:, 0].tolist() == [4.0, 9.0]


def test_an_emptied_network_holds_nothing() -> None:
    net, projection = learning()
    net.constant("k", 2.0)
    everywhere = ann.Constant("m", 3.0)
    net.simulate(2.0)
    net.clear()
    parts = net.get_populations(), net.get_projections(), net.get_monitors(), net.get_extensions()
    assert parts == ([], [], [], [])
    assert net.running is None
    assert [item.name for item in net.get_constants()] == ["m"]
    everywhere.set(4.0)
    pop = net.create(2, RISING)
    net.compile()
    net.simulate(3.0)
    assert pop.v.tolist() == [6.0, 6.0]
    ann.clear()
    assert projection.net is net


def test_memory_is_told_by_part(capsys: pytest.CaptureFixture[str]) -> None:
    net, _ = learning()
    net.memory_footprint()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"Python objects of network {net.id} take ")
    sizes = {line.split()[0]: int(line.split()[1]) for line in lines[2:]}
    assert list(sizes) == ["pop0", "pop1", "proj0", "all"]
    assert sizes["pop0"] >= 2 * 3 * 8
    assert sizes["proj0"] >= 6 * 4 * 8
    assert sizes["all"] >= sum(sizes.values()) - sizes["all"]
    net.memory_footprint(show_py_side=False, show_cpp_side=False)
    assert capsys.readouterr().out == ""
    ann.Network().memory_footprint(show_py_side=False)
    assert "is not compiled" in capsys.readouterr().out


def test_more_neurons_take_more_memory(capsys: pytest.CaptureFixture[str]) -> None:
    found = []
    for size in (1000, 3000):
        net = ann.Network(seed=1)  # a drawn seed takes 28 or 32 bytes
        net.create(size, RISING).v = np.arange(size)
        net.compile()
        net.memory_footprint()
        lines = capsys.readouterr().out.splitlines()
        found.append((int(lines[0].split()[-2]), int(lines[2].split()[-1])))
    assert found[1][0] - found[0][0] >= 2000 * 8
    assert found[1][1] == 3 * found[0][1]


def test_calls_are_timed(capsys: pytest.CaptureFixture[str]) -> None:
    @ann.timeit
    def added(a: float, b: float) -> float:
        return a + b

    assert added(1.0, b=2.0) == 3.0
    assert added.__name__ == "added"
    assert capsys.readouterr().out.startswith("Function added(1.0, b=2.0) took 0.")


def test_listed_synapses_can_be_looked_at() -> None:
    listed = ann.LILConnectivity(dt=1.0)
    listed.add(3, [0, 2], [0.5], [1.0])
    listed.push_back(1, [1], 2.0, 3.0)
    listed.add(2, [], [], [])
    assert (listed.size, listed.nb_synapses) == (2, 3)
    assert (listed.post_rank, listed.pre_rank) == ([3, 1], [[0, 2], [1]])
    assert listed.w == [[0.5, 0.5], [2.0]]
    listed.validate()
    listed.add(3, [2], 1.0, 1.0)
    with pytest.raises(ann.ANNarchyException, match="from 2 to 3 was added twice"):
        listed.validate()


def test_whether_a_network_is_compiled_is_a_property() -> None:
    """As in ANNarchy 5: a truth value, no method; `clear` makes an empty network of it."""
    net: Any = ann.Network()
    net.create(2, RISING)
    assert net.compiled is False
    with pytest.raises(ann.ANNarchyException, match="call compile"):
        net.simulate(1.0)
    net.compile(executor="interpreter")
    assert net.compiled is True
    assert net.copy().compiled is False
    with pytest.raises(AttributeError):
        net.compiled = False
    net.clear()
    assert net.compiled is False
