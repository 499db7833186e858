"""Sources of spikes in a PyNN script: what they send, and when it arrives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyNN", reason="PyNN is not installed")

import annarchy_ml.importers.pynn as sim

DT = 0.1


@pytest.fixture(autouse=True)
def fresh() -> None:
    sim.setup(timestep=DT, min_delay=DT)


def signal(cells: Any, name: str = "v", segment: int = -1) -> Any:
    found = cells.get_data(name).segments[segment].filter(name=name)[0]
    return found.magnitude


def spikes(cells: Any, segment: int = -1) -> list[Any]:
    return [np.array(item) for item in cells.get_data("spikes").segments[segment].spiketrains]


def test_spike_times_are_told_as_they_were_given() -> None:
    source = sim.Population(2, sim.SpikeSourceArray(spike_times=[[0.07, 3.33], [4.0]]))
    source.record("spikes")
    sim.run(5.0)
    source[0:1].set(spike_times=[1.0, 7.25])
    sim.run(5.0)
    first, second = spikes(source)
    assert first.tolist() == [0.07, 3.33, 7.25]
    assert second.tolist() == [4.0]


def test_several_spikes_in_one_step_are_all_sent() -> None:
    times = [[5.0, 5.01, 5.02, 6.0], [5.0]]
    source = sim.Population(2, sim.SpikeSourceArray(spike_times=times))
    cells = sim.Population(2, sim.IF_cond_exp())
    sim.Projection(source, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.01))
    cells.record("gsyn_exc")
    source.record("spikes")
    sim.run(10.0)
    assert signal(cells, "gsyn_exc")[51] == pytest.approx([0.03, 0.01])
    assert spikes(source)[0].tolist() == times[0]


@pytest.mark.parametrize("time", [0.0, 0.04])
def test_a_spike_at_the_beginning_arrives_after_its_delay(time: float) -> None:
    source = sim.Population(2, sim.SpikeSourceArray(spike_times=[[time], [5.0]]))
    cells = sim.Population(2, sim.IF_cond_exp())
    sim.Projection(source, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.01))
    made = sim.Projection(
        source, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.001, delay=2.0)
    )
    cells.record("gsyn_exc")
    source.record("spikes")
    for again in range(2):
        sim.run(10.0)
        g = signal(cells, "gsyn_exc", again)
        assert g[0].tolist() == [0.0, 0.0]
        assert g[1].tolist() == [0.01, 0.0]
        assert g[20, 1] == 0.001
        assert spikes(source, again)[0].tolist() == [time]
        sim.reset()
        source.set(spike_times=[3.0])  # instead of what was to be sent at once
        source[0:1].set(spike_times=[time])
    assert len(made) == 4


def test_spikes_of_the_past_are_not_sent_again() -> None:
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[2.0, 10.04]))
    cells = sim.Population(1, sim.IF_cond_exp())
    sim.Projection(source, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.01))
    cells.record("gsyn_exc")
    source.record("spikes")
    sim.run(10.0)
    source.set(spike_times=[4.0, 10.0, 10.04, 12.0])
    sim.run(5.0)
    jumps = np.flatnonzero(np.diff(signal(cells, "gsyn_exc")[:, 0]) > 1e-9) + 1
    assert jumps.tolist() == [21, 101, 121]
    assert spikes(source)[0].tolist() == [2.0, 10.04, 12.0]


@pytest.mark.parametrize("rate", [2000.0, 10000.0, 50000.0])
def test_a_fast_process_sends_several_spikes_in_a_step(rate: float) -> None:
    source = sim.Population(20, sim.SpikeSourcePoisson(rate=rate, duration=150.0))
    cells = sim.Population(20, sim.IF_curr_delta(tau_m=1e12, v_thresh=1e9))
    sim.Projection(source, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=1.0))
    source.record("spikes")
    cells.record("v")
    sim.run(200.0)
    counts = np.array([len(item) for item in spikes(source)])
    mean = rate * 0.15
    assert abs(np.mean(counts) - mean) < 5 * np.sqrt(mean / 20)
    assert signal(cells)[-1] + 65.0 == pytest.approx(counts, abs=1e-5)
    in_steps = np.bincount(np.rint(spikes(source)[0] / DT).astype(int), minlength=1501)[1:1501]
    assert np.var(in_steps) / np.mean(in_steps) == pytest.approx(1.0, abs=0.2)


def test_a_gamma_process_is_the_same_however_runs_are_divided() -> None:
    found = []
    for parts in ([100.0], [10.1] * 9 + [9.1]):
        sim.setup(timestep=DT, seed=3)
        source = sim.Population(50, sim.SpikeSourceGamma(alpha=2, beta=200.0))
        cells = sim.Population(50, sim.IF_curr_delta(tau_m=1e12, v_thresh=1e9))
        sim.Projection(source, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=1.0))
        cells.record("v")
        for part in parts:
            sim.run(part)
        found.append(signal(cells))
    assert np.array_equal(*found)
    assert found[0][-1].sum() > 50 * (-65.0 + 8.0)


def test_spike_times_must_ascend() -> None:
    from pyNN.errors import InvalidParameterValueError

    with pytest.raises(InvalidParameterValueError):
        sim.Population(1, sim.SpikeSourceArray(spike_times=[2.0, 1.0]))


def test_spike_times_of_a_single_cell_may_be_a_list_of_one() -> None:
    sim.setup(timestep=0.1)
    cells = sim.Population(1, sim.SpikeSourceArray(spike_times=[[1.0, 2.0]]))
    several = sim.Population(3, sim.SpikeSourceArray(spike_times=[1.5]))
    several[1:2].set(spike_times=[[0.5, 2.5]])
    for population in (cells, several):
        population.record("spikes")
    sim.run(3.0)
    trains = [
        *cells.get_data().segments[0].spiketrains,
        *several.get_data().segments[0].spiketrains,
    ]
    assert [item.magnitude.tolist() for item in trains] == [[1.0, 2.0], [1.5], [0.5, 2.5], [1.5]]


def test_spikes_that_never_come_are_not_sent() -> None:
    source = sim.Population(2, sim.SpikeSourceArray(spike_times=[5.0, 1e17, np.inf]))
    cells = sim.Population(2, sim.IF_cond_exp())
    sim.Projection(source, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.01))
    cells.record("gsyn_exc")
    source.record("spikes")
    sim.run(20.0)
    assert np.flatnonzero(np.diff(signal(cells, "gsyn_exc")[:, 1]) > 1e-9).tolist() == [50]
    assert [item.tolist() for item in spikes(source)] == [[5.0], [5.0]]


@pytest.mark.parametrize("kind", ["SpikeSourcePoisson", "SpikeSourcePoissonRefractory"])
def test_a_process_may_go_on_without_end(kind: str) -> None:
    own = {"tau_refrac": 1.0} if kind.endswith("Refractory") else {}
    found = []
    for duration in (1e10, np.inf):
        sim.setup(timestep=DT, min_delay=DT)
        source = sim.Population(5, getattr(sim, kind)(rate=200.0, duration=duration, **own))
        source.record("spikes")
        sim.run(50.0)
        source.set(rate=300.0)
        sim.run(50.0)
        found.append(np.concatenate(spikes(source)))
    assert len(found[0]) > 80
    assert np.array_equal(*found)
    assert source.get("duration") == np.inf


@pytest.mark.parametrize("kind", ["DCSource", "ACSource", "NoisyCurrentSource"])
def test_a_current_may_go_on_without_end(kind: str) -> None:
    own = {"mean": 0.2} if kind.startswith("Noisy") else {"amplitude": 0.2}
    found = []
    for stop in (1e6, np.inf):
        sim.setup(timestep=DT, min_delay=DT)
        cells = sim.Population(2, sim.IF_cond_exp())
        getattr(sim, kind)(start=5.0, stop=stop, **own).inject_into(cells[1])
        cells.record("v")
        sim.run(30.0)
        found.append(signal(cells))
    assert np.array_equal(*found)
    assert np.ptp(found[1], axis=0)[0] == 0.0
    assert np.ptp(found[1], axis=0)[1] > 0.5
