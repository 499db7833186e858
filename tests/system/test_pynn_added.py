"""What a PyNN script adds after a run: the network goes on as if nothing had happened."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyNN", reason="PyNN is not installed")

import annarchy_ml.importers.pynn as sim

DT = 0.1


@pytest.fixture(autouse=True)
def fresh() -> None:
    sim.setup(timestep=DT, min_delay=DT, seed=5)


def signal(cells: Any, name: str = "v") -> Any:
    return cells.get_data(name).segments[-1].filter(name=name)[0].magnitude


def spikes(cells: Any) -> list[Any]:
    return [np.array(item) for item in cells.get_data("spikes").segments[-1].spiketrains]


def network() -> tuple[Any, Any, Any]:
    """Cells under all kinds of inputs and synapses, and plastic connections of these."""
    cells = sim.Population(4, sim.EIF_cond_exp_isfa_ista(i_offset=[0.2, 0.5, 0.7, 0.9]))
    cells.record(["v", "w", "spikes"])
    listed = sim.Population(2, sim.SpikeSourceArray(spike_times=[[5.0, 19.9, 30.0], [20.0, 21.0]]))
    gamma = sim.Population(2, sim.SpikeSourceGamma(alpha=2, beta=300.0))
    poisson = sim.Population(3, sim.SpikeSourcePoisson(rate=300.0))
    every = sim.AllToAllConnector()
    changing = sim.TsodyksMarkramSynapse(weight=0.02, delay=3.0, U=0.2, tau_facil=50.0)
    sim.Projection(listed, cells, every, changing)
    sim.Projection(gamma, cells, every, sim.StaticSynapse(weight=0.004, delay=2.3))
    several = sim.StaticSynapse(weight=0.003, delay=np.repeat([[1.0], [2.5], [7.0]], 4, 1))
    sim.Projection(poisson, cells, every, several)
    rule = sim.STDPMechanism(
        sim.SpikePairRule(),
        sim.AdditiveWeightDependence(w_max=0.02),
        weight=0.008,
        delay=1.5,
        dendritic_delay_fraction=0.4,
    )
    plastic = sim.Projection(poisson, cells, every, rule)
    sim.Projection(cells[:2], cells[2:], every, sim.ElectricalSynapse(weight=0.01))
    current = sim.ACSource(amplitude=0.1, frequency=20.0, start=3.0)
    cells.inject(current)
    current.record()
    return cells, plastic, current


def run_on(add: Any, parts: tuple[float, ...]) -> dict[str, Any]:
    """What the cells show after some parts of a run; something is added after each but the last."""
    sim.setup(timestep=DT, min_delay=DT, seed=5)
    cells, plastic, current = network()
    for number, part in enumerate(parts):
        sim.run(part)
        if number < len(parts) - 1:
            add()
    return {
        "v": signal(cells),
        "w": signal(cells, "w"),
        "spikes": np.concatenate(spikes(cells)),
        "weights": np.array(plastic.get("weight", "list", with_address=False)),
        "current": current.get_data().magnitude[:, 0],
    }


def test_what_has_run_goes_on_when_cells_and_connections_are_added() -> None:
    def add() -> None:
        source = sim.Population(2, sim.SpikeSourceArray(spike_times=[31.0]))
        others = sim.Population(3, sim.IF_cond_exp())
        sim.Projection(source, others, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.01))
        others.inject(sim.DCSource(amplitude=0.3))

    whole = run_on(lambda: None, (60.0,))
    assert len(whole["spikes"]) > 8
    assert np.ptp(whole["weights"]) > 1e-4
    for parts in ((20.0, 40.0), (19.9, 0.2, 39.9)):
        found = run_on(add, parts)
        for name, values in whole.items():
            assert np.array_equal(found[name], values), name


@pytest.mark.parametrize("kind", ["stochastic", "quantal", "noise"])
def test_random_synapses_and_currents_go_on_with_their_numbers(kind: str) -> None:
    """Other cells come before them in the engine's order; the numbers stay."""
    synapses = {
        "stochastic": sim.SimpleStochasticSynapse(weight=0.005, p=0.5, delay=1.2),
        "quantal": sim.MultiQuantalSynapse(U=0.4, n=3, weight=0.005, delay=2.2, tau_rec=100.0),
        "noise": sim.StaticSynapse(weight=0.005, delay=1.0),
    }

    def shown(adding: bool) -> tuple[Any, Any]:
        sim.setup(timestep=DT, min_delay=DT, seed=5)
        source = sim.Population(5, sim.SpikeSourcePoisson(rate=300.0))
        cells = sim.Population(3, sim.IF_cond_exp())
        sim.Projection(source, cells, sim.AllToAllConnector(), synapses[kind])
        if kind == "noise":
            cells.inject(sim.NoisyCurrentSource(mean=0.1, stdev=0.2, stop=50.0, dt=0.5))
        cells.record("v")
        later = [source]
        for _ in range(2):
            sim.run(20.0)
            if adding:
                later.append(sim.Population(5, sim.SpikeSourcePoisson(rate=300.0)))
                later[-1].record("spikes")
        sim.run(20.0)
        return signal(cells), [np.concatenate(spikes(item)) for item in later[1:]]

    expected, found = shown(False)[0], shown(True)
    assert np.array_equal(found[0], expected)
    assert not np.array_equal(found[1][0][found[1][0] > 40.0], found[1][1])


def test_added_cells_and_connections_begin_now() -> None:
    first = sim.Population(1, sim.SpikeSourceArray(spike_times=[2.0, 9.9]))
    cells = sim.Population(1, sim.IF_cond_exp())
    every, synapse = sim.AllToAllConnector(), sim.StaticSynapse(weight=0.01, delay=2.0)
    sim.Projection(first, cells, every, synapse)
    cells.record("gsyn_exc")
    sim.run(10.0)
    second = sim.Population(1, sim.SpikeSourceArray(spike_times=[4.0, 15.0]))
    second.record("spikes")
    sim.Projection(second, cells, every, sim.StaticSynapse(weight=0.02, delay=1.0))
    later = sim.Population(1, sim.IF_curr_exp(i_offset=1.1))
    later.record("v")
    sim.run(10.0)
    g = signal(cells, "gsyn_exc")[:, 0]
    assert (np.flatnonzero(np.diff(g) > 1e-9) + 1).tolist() == [40, 119, 160]
    assert g[[119, 160]] == pytest.approx([0.01 + 0.01 * np.exp(-7.9 / 5), 0.0244040], abs=3e-3)
    assert spikes(second)[0].tolist() == [15.0]
    found = later.get_data("v").segments[0].analogsignals[0]
    assert (float(found.t_start), len(found), float(found[0, 0])) == (10.0, 101, -65.0)


def test_a_current_can_be_injected_during_a_run() -> None:
    cells = sim.Population(2, sim.IF_curr_exp())
    cells.record("v")
    sim.run(5.0)
    source = sim.DCSource(amplitude=0.1)
    cells[0:1].inject(source)
    source.record()
    sim.run(5.0)
    v = signal(cells)
    assert v.shape == (101, 2)
    assert v[50, 0] == -65.0
    assert v[100, 0] == pytest.approx(-65.0 + 2.0 * (1 - np.exp(-5.0 / 20.0)), abs=1e-9)
    assert np.all(v[:, 1] == -65.0)
    assert source.get_data().times.magnitude[[0, -1]] == pytest.approx([5.0, 10.0])


def test_what_was_added_stays_after_a_reset() -> None:
    cells = sim.Population(1, sim.IF_curr_exp(i_offset=1.1))
    cells.record("spikes")
    sim.run(30.0)
    others = sim.Population(1, sim.IF_curr_exp(i_offset=1.1))
    others.record("spikes")
    sim.run(30.0)
    sim.reset()
    sim.run(30.0)
    assert spikes(cells)[0].tolist() == spikes(others)[0].tolist() == [23.0]


def test_conductances_of_gap_junctions_can_be_changed() -> None:
    cells = sim.Population(2, sim.IF_curr_exp(i_offset=[0.5, 0.0]))
    pairs = sim.FromListConnector([(0, 1)], column_names=[])
    made = sim.Projection(cells, cells, pairs, sim.ElectricalSynapse(weight=0.0))
    cells.record("v")
    sim.run(100.0)
    assert signal(cells)[-1, 1] == -65.0
    made.set(weight=1.0)
    sim.run(100.0)
    v = signal(cells)[-1] + 65.0
    apart = 0.5 / (0.05 + 2.0)  # by the conductances of the leak and, twice, of the junction
    assert v == pytest.approx([5.0 + apart / 2, 5.0 - apart / 2], abs=1e-3)


def sampled(interval: float | None) -> list[Any]:
    """Signals of a network that changes, and is recorded further, at any time."""
    sim.setup(timestep=DT, min_delay=DT)
    first, second = (sim.Population(2, sim.IF_curr_exp(i_offset=[0.5, 1.0])) for _ in range(2))
    first.record("v", sampling_interval=interval)
    second[0:1].record("v", sampling_interval=interval)
    sim.run(1.5)
    sim.Population(1, sim.IF_curr_exp())
    sim.run(1.1)
    second[1:2].record("v")
    sim.run(0.2)
    sim.DCSource(amplitude=1.0).inject_into(first)
    sim.run(2.2)
    found = [signal(first), signal(second)]
    first.get_data(clear=True)
    sim.run(1.3)
    sim.Population(1, sim.IF_curr_exp())
    sim.run(1.3)
    found.append(signal(first))
    sim.reset()
    sim.run(2.5)
    return [*found, signal(first)]


def test_networks_change_and_are_recorded_at_any_time_whatever_the_samples() -> None:
    every, found = sampled(None), sampled(1.0)
    assert [len(item) for item in found] == [6, 6, 3, 3]
    for all_of_them, some in zip(every, found, strict=True):
        assert np.array_equal(some, all_of_them[::10], equal_nan=True)
    assert np.isnan(found[1][:3, 1]).all()
    assert not np.isnan(found[1][3:]).any()


def test_values_set_after_a_run_are_those_of_a_network_that_was_not_changed() -> None:
    def shown(adding: bool) -> Any:
        sim.setup(timestep=DT, min_delay=DT)
        cells = sim.Population(3, sim.IF_cond_exp(i_offset=0.1))
        cells.record("v")
        sim.run(10.0)
        for value in (-60.0, -55.0):
            if adding:
                sim.Population(2, sim.IF_cond_exp())
            cells.set(tau_m=5.0, i_offset=[0.5, 0.6, 0.7])
            cells.initialize(v=value)
            sim.run(10.0)
        return signal(cells)

    expected = shown(False)
    assert expected[100] == pytest.approx(-64.22, abs=0.05)  # of before
    assert expected[101] == pytest.approx(-60.0, abs=0.2)
    assert np.array_equal(shown(True), expected)


@pytest.mark.parametrize("rate", [80.0, 300.0])
def test_a_process_that_gets_another_rate_gets_its_other_values_too(rate: float) -> None:
    """The higher rate needs room for several spikes in a step: the network is built anew."""
    source = sim.Population(200, sim.SpikeSourcePoisson(rate=50.0, start=10.0, duration=100.0))
    source.record("spikes")
    sim.run(200.0)
    source.set(rate=rate, start=250.0)
    sim.run(200.0)
    later = np.concatenate(spikes(source))
    later = later[later > 200.0]
    mean = 200 * rate * 0.1
    assert abs(len(later) - mean) < 5 * np.sqrt(mean)
    assert later.min() >= 250.0
    assert later.max() < 350.1


def test_cells_can_follow_a_run_without_any() -> None:
    sim.run(2.0)
    sim.run(3.0)
    assert sim.get_current_time() == pytest.approx(5.0)
    cells = sim.Population(1, sim.IF_curr_exp(i_offset=1.1))
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[3.0, 6.0]))
    source.record("spikes")
    cells.record(["v", "spikes"])
    sim.run(30.0)
    assert sim.get_current_time() == pytest.approx(35.0)
    assert spikes(cells)[0].tolist() == [28.0]  # 23 ms after it began
    assert spikes(source)[0].tolist() == [6.0]
    found = cells.get_data("v").segments[0].analogsignals[0]
    assert (float(found.t_start), len(found)) == (5.0, 301)
    sim.reset()
    sim.run(25.0)
    assert spikes(cells)[0].tolist() == [23.0]


def test_delays_of_synapses_with_a_state_can_be_changed() -> None:
    """What is under way keeps the one that it was sent with."""
    times = [2.0, 5.0, 9.5, 14.0, 20.0]
    source = sim.Population(2, sim.SpikeSourceArray(spike_times=times))
    cells = sim.Population(2, sim.IF_cond_exp())
    made = sim.Projection(
        source[0:1],
        cells,
        sim.AllToAllConnector(),
        sim.TsodyksMarkramSynapse(weight=0.01, delay=1.0, U=0.5, tau_rec=50.0),
    )
    cells.record("gsyn_exc")
    sim.run(10.0)
    made.set(delay=3.0)
    assert made.get("delay", "list", with_address=False) == [3.0, 3.0]
    sim.run(20.0)
    jumps = np.flatnonzero(np.diff(signal(cells, "gsyn_exc")[:, 1]) > 1e-6) + 1
    assert jumps.tolist() == [30, 60, 105, 170, 230]
    with pytest.raises(NotImplementedError, match="that differ from one another"):
        made.set(delay=[3.0, 4.0])


def test_plastic_connections_learn_by_their_present_delays() -> None:
    times, strong = [2.0, 9.0, 16.0, 24.0], [4.0, 12.0, 18.5, 22.0]
    sources = sim.Population(2, sim.SpikeSourceArray(spike_times=[times, strong]))
    cells = sim.Population(1, sim.IF_cond_exp())
    every = sim.AllToAllConnector()
    sim.Projection(sources[1:2], cells, every, sim.StaticSynapse(weight=0.5, delay=0.5))

    def learning(fraction: float) -> Any:
        rule = sim.STDPMechanism(
            sim.SpikePairRule(A_plus=0.01, A_minus=0.0),
            sim.AdditiveWeightDependence(w_max=1.0),
            weight=0.0001,
            delay=1.0,
            dendritic_delay_fraction=fraction,
        )
        return sim.Projection(sources[0:1], cells, every, rule)

    made, other = learning(0.0), learning(1.0)
    cells.record("spikes")
    sim.run(14.0)
    made.set(delay=2.5)
    with pytest.raises(NotImplementedError, match="a dendritic_delay_fraction above 0"):
        other.set(delay=2.5)
    sim.run(20.0)
    arrived = [t + d for t, d in zip(times, [1.0, 1.0, 2.5, 2.5], strict=True)]
    pairs = [(b - a) / 20.0 for b in spikes(cells)[0] for a in arrived if a < b - 1e-6]
    assert len(pairs) > 8
    expected = 0.0001 + 0.01 * np.sum(np.exp(-np.array(pairs)))
    assert made.get("weight", "list", with_address=False) == pytest.approx([expected], rel=1e-9)
