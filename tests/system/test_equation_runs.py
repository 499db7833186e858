"""Runs of equation networks: values over neurons, conditions, callbacks, copies, firing rates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import annarchy_ml as aml

COUNTER = aml.Neuron(equations="r += 1")


@pytest.mark.parametrize("executor", ["compiled", "interpreter"])
def test_what_stops_a_run_is_told_in_ms(executor: str) -> None:
    net = aml.Network(dt=0.5)
    net.create(2, aml.Neuron(equations="r = if t > 3.9: 0.0/0.0 else: 2.0"), name="cells")
    net.compile(executor=executor)
    with pytest.raises(aml.NonFiniteError) as caught:
        net.simulate(10.0)
    (told,) = caught.value.diagnostics
    assert told.message.startswith("'r' of cells[0] is no longer a number at ")
    assert 4.0 <= float(told.message.split()[-2]) <= 10.0
    assert told.hint.startswith("a smaller step often helps, or another method")
    assert not any("SI" in note for note in told.notes)


def test_values_over_neurons_are_those_of_numpy() -> None:
    """Neurons see the values of the step before, the first step those of the start."""
    neuron = aml.Neuron(
        parameters="b = 0.0",
        equations="""
            r = b * (t + 1)
            m = mean(r)
            top = max(r)
            low = min(b)
            n1 = norm1(r)
            n2 = norm2(r)
        """,
    )
    values = np.random.default_rng(1).normal(size=20_001)
    for options in ({}, {"executor": "interpreter"}):
        net = aml.Network()
        cells = net.create(len(values), neuron)
        cells.b = values
        net.compile(**options)
        net.simulate(1.0)
        assert cells.m[0] == 0.0
        net.simulate(1.0)
        assert cells.m == pytest.approx(values.mean(), rel=1e-10)
        assert cells.top[3] == values.max()
        assert cells.low[0] == values.min()
        assert cells.n1[0] == pytest.approx(np.abs(values).sum(), rel=1e-12)
        assert cells.n2[-1] == pytest.approx(np.linalg.norm(values), rel=1e-12)


@pytest.mark.parametrize("size", [700, 100_000])
def test_values_over_neurons_have_the_same_bits_for_any_number_of_threads(size: int) -> None:
    found = []
    for threads in (1, 2, 3):
        net = aml.Network(seed=3)
        net.config(num_threads=threads)
        cells = net.create(size, aml.Neuron(equations="r = Normal(0, 1) + 0.5*mean(r) - norm2(r)"))
        net.compile()
        net.simulate(5.0)
        found.append(cells.r)
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])


def test_synapses_see_values_of_the_same_step() -> None:
    """Worked number 8: reductions in neurons lag by a step, in synapses they do not."""
    net = aml.Network()
    pre = net.create(3, aml.Neuron(parameters="k = 1.0", equations="r = k*t\nlate = max(r)"))
    pre.k = [1.0, 2.0, 3.0]
    post = net.create(1, aml.Neuron(equations="r = sum(exc)"))
    synapse = aml.Synapse(equations="top = max(pre.r)")
    proj = net.connect(pre, post, "exc", synapse=synapse)
    proj.all_to_all(weights=0.0)
    net.compile()
    net.simulate(5.0)
    assert pre.late[0] == 9.0
    assert np.all(np.array(proj.top) == 12.0)


@pytest.mark.parametrize("executor", ["compiled", "interpreter"])
def test_a_run_ends_when_a_condition_holds(executor: str) -> None:
    """Worked number 9: r += dt until r > 4.95 at h = 0.1 takes 5 ms."""
    net = aml.Network(dt=0.1)
    clock = aml.Neuron(equations="r += dt")
    first = net.create(4, clock, stop_condition="r > 4.95")
    second = net.create(2, clock, stop_condition="r > 2.95 : any")
    second.r = [0.0, 1.0]
    net.compile(executor=executor)
    assert net.simulate_until(20.0, first) == pytest.approx(5.0)
    net.reset()
    assert net.simulate_until(20.0, second) == pytest.approx(2.0)
    net.reset()
    assert net.simulate_until(20.0, [first, second], operator="or") == pytest.approx(2.0)
    net.reset()
    assert net.simulate_until(20.0, [first, second]) == pytest.approx(5.0)
    net.reset()
    assert net.simulate_until(1.0, first) == pytest.approx(1.0)
    assert net.current_step == 10


def test_conditions_of_spiking_neurons_see_what_a_step_leaves() -> None:
    net = aml.Network(dt=1.0)
    neuron = aml.Neuron(equations="v += 1.0", spike="v > 6.5", reset="v = -10.0")
    cells = net.create(3, neuron, stop_condition="v < -5.0 : any")
    net.compile()
    assert net.simulate_until(100.0, cells) == 7.0


def test_conditions_must_be_conditions() -> None:
    net = aml.Network()
    with pytest.raises(aml.EquationError, match="unknown name 'q'"):
        net.create(1, COUNTER, stop_condition="q > 1")
    with pytest.raises(aml.EquationError, match="unknown flag 'some'"):
        net.create(1, COUNTER, stop_condition="r > 1 : some")
    cells = net.create(1, COUNTER)
    net.compile()
    with pytest.raises(aml.ANNarchyException, match="no stop_condition"):
        net.simulate_until(10.0, cells)
    with pytest.raises(aml.ANNarchyException, match="'and' or 'or'"):
        net.simulate_until(10.0, cells, operator="xor")


def test_callbacks_come_before_their_steps_in_every_run() -> None:
    net = aml.Network(dt=0.1)
    net.create(1, COUNTER)
    calls: list[tuple[str, int, float]] = []

    def noted(name: str) -> Any:
        return lambda n: calls.append((name, n, round(net.time, 6)))

    aml.every(network=net, period=0.3)(noted("a"))
    aml.every(network=net, period=1.0, offset=-0.2)(noted("b"))
    aml.every(network=net, period=1.0, offset=0.5, wait=1.0)(noted("c"))
    net.compile()
    net.simulate(1.0)
    assert calls == [("a", 0, 0.0), ("a", 1, 0.3), ("a", 2, 0.6), ("b", 0, 0.8), ("a", 3, 0.9)]
    calls.clear()
    net.simulate(1.6)
    assert calls[0] == ("a", 0, 1.0)
    assert ("c", 0, 2.5) in calls
    calls.clear()
    aml.disable_callbacks(net)
    net.simulate(1.0)
    assert calls == []
    aml.enable_callbacks(net)
    net.step()
    assert calls == []
    aml.clear_all_callbacks(net)
    net.simulate(1.0)
    assert calls == []


def test_callbacks_change_what_follows() -> None:
    net = aml.Network()
    cells = net.create(2, aml.Neuron(parameters="k = 0.0", equations="r = k"))
    seen = net.monitor(cells, "r")

    @aml.every(network=net, period=2.0)
    def raised(n: int) -> None:
        cells.k = float(n)

    net.compile()
    net.simulate(6.0)
    assert seen.get("r")[:, 0].tolist() == [0, 0, 1, 1, 2, 2]


class Noisy(aml.Network):
    """Does not call the constructor of `Network`."""

    def __init__(self, size: int = 3) -> None:
        self.cells = self.create(size, aml.Neuron(equations="r = Normal(0, 1)"))
        self.seen = self.monitor(self.cells, "r")


def run_noisy(net: Noisy, duration: float = 2.0) -> tuple[int, np.ndarray]:
    net.simulate(duration)
    return net.seed, net.seen.get("r")


def test_copies_run_side_by_side_with_their_seeds() -> None:
    net = Noisy()
    net.config(seed=5)
    net.compile()
    net.simulate(2.0)
    own = net.seen.get("r")
    same = net.parallel_run(run_noisy, 2, seeds="same")
    assert all(seed == 5 and np.array_equal(rows, own) for seed, rows in same)
    others = net.parallel_run(run_noisy, 3, max_processes=2, seeds="sequential")
    assert [seed for seed, _ in others] == [6, 7, 8]
    assert not np.array_equal(others[0][1], others[1][1])
    varied = net.parallel_run(run_noisy, 2, seeds=[1, 2], size=[4, 6], duration=[1.0, 3.0])
    assert [rows.shape for _, rows in varied] == [(1, 4), (3, 6)]
    with pytest.raises(aml.ANNarchyException, match="3 values for 2 networks"):
        net.parallel_run(run_noisy, 2, duration=[1.0, 2.0, 3.0])


def test_a_plain_network_is_copied_part_by_part() -> None:
    net = aml.Network(seed=9)
    cells = net.create(5, aml.Neuron(parameters="k = 1.0", equations="r = k*Normal(0, 1)"))
    cells.k = [1, 2, 3, 4, 5]
    net.connect(cells, cells, "exc").all_to_all(weights=aml.Uniform(0.0, 1.0))
    seen = net.monitor(cells, "r")
    made = net.copy()
    for item in (net, made):
        item.compile()
        item.simulate(2.0)
    assert np.array_equal(made.monitors[0].get("r"), seen.get("r"))
    assert made.populations[0] is not cells
    assert made.id != net.id


def test_firing_rates_count_the_spikes_of_a_window() -> None:
    net = aml.Network(dt=0.5)
    source = net.create(aml.SpikeSourceArray([[1.0, 2.0, 2.5], [3.0]]))
    seen = net.monitor(source, "r")
    source.compute_firing_rate(window=2.0)
    net.compile()
    net.simulate(6.0)
    expected = np.zeros((12, 2))
    for step, neuron in ((2, 0), (4, 0), (5, 0), (6, 1)):
        expected[step : step + 4, neuron] += 500.0
    assert seen.get("r").tolist() == expected.tolist()
    net.reset()
    assert source.r.tolist() == [0.0, 0.0]
    with pytest.raises(aml.ANNarchyException, match="compiled already"):
        source.compute_firing_rate(window=3.0)


def test_without_a_window_the_rate_is_zero() -> None:
    net = aml.Network()
    source = net.create(aml.SpikeSourceArray([[1.0]]))
    seen = net.monitor(source, "r")
    net.compile()
    net.simulate(3.0)
    assert seen.get("r").tolist() == [[0.0]] * 3


def test_disabled_neurons_stand_still_and_send_nothing() -> None:
    net = aml.Network()
    ones, others = net.create(2, COUNTER), net.create(2, COUNTER)
    net.compile()
    net.simulate(2.0)
    ones.disable()
    net.simulate(3.0)
    assert (ones.r[0], others.r[0]) == (2.0, 5.0)
    ones.enable()
    net.simulate(1.0)
    assert (ones.r[0], others.r[0]) == (3.0, 6.0)


def test_random_numbers_of_global_variables_are_the_same_for_all() -> None:
    """One draw for all, of its law; another one in every step and for every occurrence."""
    net = aml.Network(seed=2)
    neuron = aml.Neuron(
        equations="a = Normal(2, 3) : global\nb = Uniform(0, 1) : global\nr = Normal(2, 3)"
    )
    cells = net.create(5, neuron)
    seen = net.monitor(cells, ["a", "b", "r"])
    net.compile()
    net.simulate(4000.0)
    a, b, r = (seen.get(name) for name in ("a", "b", "r"))
    assert np.all(a == a[:, :1])
    assert len(np.unique(a[:, 0])) == 4000
    assert a[:, 0].mean() == pytest.approx(2.0, abs=5 * 3 / np.sqrt(4000))
    assert a[:, 0].std() == pytest.approx(3.0, rel=0.06)
    assert b[:, 0].mean() == pytest.approx(0.5, abs=5 * 0.29 / np.sqrt(4000))
    assert not np.any(r[:, 0] == r[:, 1])
    assert abs(np.corrcoef(a[:, 0], b[:, 0])[0, 1]) < 0.08


def test_seeds_and_settings_are_checked() -> None:
    for wrong in (-1, "seven", 1.5, True):
        with pytest.raises(aml.InvalidConfiguration, match="a seed is a whole number"):
            aml.Network(seed=wrong)  # type: ignore[arg-type]  # refused at run time, too


def test_spikes_under_way_can_be_forgotten() -> None:
    net = aml.Network(dt=1.0)
    source, other = (net.create(aml.SpikeSourceArray([[2.0]])) for _ in range(2))
    cells = net.create(1, aml.Neuron(equations="seen = g_exc", spike="seen > 1e9"))
    for item, weight in ((source, 1.0), (other, 10.0)):
        net.connect(item, cells, "exc").all_to_all(weights=weight, delays=5.0)
    source.compute_firing_rate(window=50.0)
    seen = net.monitor(cells, "seen")
    net.compile()
    net.simulate(4.0)
    assert source.r[0] == 20.0
    source.clear()
    assert source.r[0] == 0.0
    net.simulate(60.0)
    assert seen.get("seen").sum() == 10.0
    assert source.r[0] == 0.0


def test_time_is_told() -> None:
    net = aml.Network(dt=0.5)
    net.create(1, COUNTER)
    assert (net.time, net.current_step) == (0.0, 0)
    net.compile()
    net.simulate(2.0)
    assert (net.time, net.current_step) == (2.0, 4)
    net.time = 2.0
    assert (net.time, net.current_step) == (2.0, 4)
