"""What a PyNN script sees of time, values, recordings and connections."""

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


def test_signals_have_one_sample_more_than_steps_and_no_seam() -> None:
    cells = sim.Population(2, sim.IF_cond_exp(i_offset=0.1))
    cells.record("v")
    sim.run(10.0)
    sim.run(10.0)
    assert signal(cells).shape == (201, 2)
    assert signal(cells)[0, 0] == -65.0
    cells.get_data("v", clear=True)
    sim.run(20.0)
    found = cells.get_data("v").segments[0].analogsignals[0]
    assert found.shape == (201, 2)
    assert float(found.t_start) == 20.0


def test_a_sampling_interval_thins_the_signal() -> None:
    cells = sim.Population(1, sim.IF_cond_exp(i_offset=0.1))
    cells.record("v", sampling_interval=1.0)
    sim.run(10.0)
    assert signal(cells).shape == (11, 1)
    sim.setup(timestep=DT)
    with pytest.raises(ValueError, match="no multiple"):
        sim.Population(1, sim.IF_cond_exp()).record("v", sampling_interval=0.25)


def test_a_cell_at_rest_stays_there() -> None:
    for kind in (sim.IF_cond_exp, sim.IF_curr_alpha, sim.IF_curr_delta):
        cells = sim.Population(1, kind())
        cells.record("v")
        sim.run(5.0)
        assert np.all(signal(cells) == -65.0)
        sim.setup(timestep=DT)


@pytest.mark.parametrize("delay", [0.1, 0.5, 2.0])
def test_a_spike_shows_at_its_arrival(delay: float) -> None:
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0]))
    cells = sim.Population(1, sim.IF_cond_exp())
    synapse = sim.StaticSynapse(weight=0.01, delay=delay)
    sim.Projection(source, cells, sim.AllToAllConnector(), synapse)
    cells.record(["v", "gsyn_exc"])
    sim.run(10.0)
    arrival = round((5.0 + delay) / DT)
    g, v = signal(cells, "gsyn_exc")[:, 0], signal(cells)[:, 0]
    assert g[arrival - 1] == 0.0
    assert g[arrival] == 0.01
    assert g[arrival + 10] == pytest.approx(0.01 * np.exp(-1.0 / 5.0), rel=1e-9)
    assert v[arrival] == -65.0
    assert v[arrival + 1] > -65.0


def test_a_delta_synapse_gives_its_whole_weight() -> None:
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0]))
    cells = sim.Population(1, sim.IF_curr_delta())
    sim.Projection(source, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=5.0))
    cells.record("v")
    sim.run(10.0)
    assert np.max(signal(cells)) == pytest.approx(-60.0, abs=1e-12)


def test_currents_begin_and_end_on_the_grid() -> None:
    cells = sim.Population(1, sim.IF_curr_exp())
    source = sim.DCSource(amplitude=0.5, start=10.0, stop=12.0)
    source.inject_into(cells)
    source.record()
    cells.record("v")
    sim.run(20.0)
    v, i = signal(cells)[:, 0], source.get_data().magnitude[:, 0]
    assert (v[100], i[99], i[100], i[119], i[120]) == (-65.0, 0.0, 0.5, 0.5, 0.0)
    assert v[101] > -65.0
    decay = np.exp(-2.0 / 20.0)
    assert v[120] == pytest.approx(-65.0 + 0.5 * 20.0 * (1 - decay), abs=1e-9)


def test_step_currents_may_change_during_a_run() -> None:
    cells = sim.Population(1, sim.IF_curr_exp())
    source = sim.StepCurrentSource(times=[1.0, 3.0], amplitudes=[0.1, 0.2])
    cells.inject(source)
    source.record()
    sim.run(5.0)
    source.set_parameters(times=[5.0, 6.0], amplitudes=[0.4, 0.0])
    sim.run(5.0)
    i = source.get_data().magnitude[:, 0]
    assert i[[9, 10, 29, 30, 49]].tolist() == [0.0, 0.1, 0.1, 0.2, 0.2]
    assert i[[51, 59, 60, 99]].tolist() == [0.4, 0.4, 0.0, 0.0]
    with pytest.raises(ValueError, match="monotonically"):
        sim.StepCurrentSource(times=[3.0, 1.0], amplitudes=[0.1, 0.2])


def test_a_sine_begins_with_its_phase() -> None:
    cells = sim.Population(1, sim.IF_curr_exp())
    source = sim.ACSource(start=5.0, stop=15.0, amplitude=0.2, frequency=100.0, phase=90.0)
    cells.inject(source)
    source.record()
    sim.run(20.0)
    i = source.get_data().magnitude[:, 0]
    assert i[[49, 50, 150]] == pytest.approx([0.0, 0.2, 0.0])
    assert i[75] == pytest.approx(0.0, abs=1e-12)
    assert i[100] == pytest.approx(-0.2)


def test_noise_changes_in_its_own_intervals() -> None:
    cells = sim.Population(1, sim.IF_curr_exp())
    source = sim.NoisyCurrentSource(mean=0.5, stdev=0.1, start=1.0, stop=101.0, dt=0.5)
    cells.inject(source)
    source.record()
    sim.run(110.0)
    i = source.get_data().magnitude[:, 0]
    assert np.all(i[:10] == 0.0)
    assert np.all(i[1010:] == 0.0)
    values = i[10:1010].reshape(-1, 5)
    assert np.all(values == values[:, :1])
    assert len(np.unique(values)) == 200
    assert np.mean(values) == pytest.approx(0.5, abs=0.03)
    assert np.std(values[:, 0]) == pytest.approx(0.1, abs=0.02)


def test_clearing_frees_what_was_recorded() -> None:
    cells = sim.Population(200, sim.IF_cond_exp(i_offset=1.0))
    cells.record(["v", "spikes"])
    sim.run(100.0)
    network = sim.simulator.state.simulation.simulation.runtime.network
    full = network.memory_bytes
    cells.get_data(clear=True)
    assert full - network.memory_bytes > 200 * 1000 * 8 * 0.9
    assert signal(cells).shape == (1, 200)
    cells.initialize(v=-70.0)
    sim.run(1.0)
    assert signal(cells).shape == (11, 200)
    assert np.all(signal(cells)[0] > -66.0)  # the sample of the clearing


def test_several_connections_of_a_pair_are_told_apart() -> None:
    pre, post = sim.Population(2, sim.SpikeSourceArray()), sim.Population(2, sim.IF_cond_exp())
    pairs = [(0, 0, 0.01), (0, 0, 0.03), (0, 0, 0.02), (1, 1, 0.05)]
    made = sim.Projection(pre, post, sim.FromListConnector(pairs, column_names=["weight"]))
    told = {
        how: made.get("weight", "array", multiple_synapses=how)[0, 0]
        for how in ("sum", "min", "max", "first", "last")
    }
    assert told == {"sum": 0.06, "min": 0.01, "max": 0.03, "first": 0.01, "last": 0.02}


def test_reset_gives_a_new_segment_with_the_same_spikes() -> None:
    cells = sim.Population(3, sim.IF_cond_exp(i_offset=[0.8, 0.9, 1.0]))
    source = sim.Population(1, sim.SpikeSourcePoisson(rate=200.0))
    sim.Projection(source, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.01))
    cells.record("spikes")
    sim.run(100.0)
    sim.reset()
    sim.run(100.0)
    first, again = spikes(cells, 0), spikes(cells, 1)
    assert sum(map(len, first)) > 5
    assert [item.tolist() for item in first] == [item.tolist() for item in again]
    assert len(cells.get_data().segments) == 2


def test_weights_are_told_and_set_by_pair() -> None:
    pre, post = sim.Population(3, sim.SpikeSourceArray()), sim.Population(2, sim.IF_cond_exp())
    pairs = [(2, 1, 0.3), (0, 0, 0.1), (2, 0, 0.2)]
    made = sim.Projection(pre, post, sim.FromListConnector(pairs, column_names=["weight"]))
    array = made.get("weight", "array")
    assert array[[2, 0, 2], [1, 0, 0]].tolist() == [0.3, 0.1, 0.2]
    assert np.isnan(array).sum() == 3
    array[2, 1] = 0.7
    made.set(weight=array)
    sim.run(1.0)
    made.set(delay=[0.5, 0.6, 0.7])
    assert sorted(made.get(["weight", "delay"], "list")) == [
        (0, 0, 0.1, 0.5),
        (2, 0, 0.2, 0.6),
        (2, 1, 0.7, 0.7),
    ]


def test_set_weights_reach_the_cells_that_they_belong_to() -> None:
    source = sim.Population(2, sim.SpikeSourceArray(spike_times=[[5.0], [15.0]]))
    cells = sim.Population(3, sim.IF_cond_exp())
    made = sim.Projection(source, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.01))
    cells.record("gsyn_exc")
    sim.run(1.0)
    wanted = np.array([[0.01, 0.02, 0.03], [0.04, 0.05, 0.06]])
    made.set(weight=wanted)
    sim.run(20.0)
    g = signal(cells, "gsyn_exc")
    assert g[51] == pytest.approx(wanted[0])
    assert g[151] - g[150] * np.exp(-DT / 5.0) == pytest.approx(wanted[1])


def test_assemblies_and_views_are_connected_cell_by_cell() -> None:
    source = sim.Population(4, sim.SpikeSourceArray(spike_times=[5.0]))
    first, second = (sim.Population(3, sim.IF_cond_exp()) for _ in range(2))
    ends = first[1:] + second[[0, 2]]
    connector = sim.FromListConnector([(1, 0), (0, 1), (1, 3)])
    made = sim.Projection(source[1:3], ends, connector, sim.StaticSynapse(weight=0.01))
    assert len(made) == 3
    assert made.receptor_type == "excitatory"
    for cells in (first, second):
        cells.record("gsyn_exc")
    sim.run(6.0)
    assert (signal(first, "gsyn_exc")[51] > 0).tolist() == [False, True, True]
    assert (signal(second, "gsyn_exc")[51] > 0).tolist() == [False, False, True]


def test_parameters_of_a_view_are_its_own() -> None:
    cells = sim.Population(4, sim.IF_cond_exp())
    cells[1:3].set(tau_m=[10.0, 11.0])
    cells[3].cm = 2.0
    assert cells.get("tau_m").tolist() == [20.0, 10.0, 11.0, 20.0]
    assert cells.get(["cm", "v_rest"])[1] == -65.0
    assert cells[3].tau_m == 20.0
    cells[0:2].initialize(v=-60.0)
    cells.record("v")
    sim.run(1.0)
    assert signal(cells)[0].tolist() == [-60.0, -60.0, -65.0, -65.0]
    cells[2:].initialize(v=-62.0)
    cells[2:].set(v_rest=-62.0)
    sim.run(1.0)
    assert signal(cells)[11:, 2:].tolist() == [[-62.0, -62.0]] * 10


@pytest.mark.parametrize(
    ("kind", "mean"),
    [
        (lambda: sim.SpikeSourcePoisson(rate=50.0), 50.0),
        (lambda: sim.SpikeSourcePoissonRefractory(rate=50.0, tau_refrac=10.0), 50.0),
        (lambda: sim.SpikeSourceGamma(alpha=4, beta=200.0), 50.0),
    ],
)
def test_random_sources_have_their_rates(kind: Any, mean: float) -> None:
    source = sim.Population(200, kind())
    source.record("spikes")
    sim.run(500.0)
    sim.run(500.0)
    trains = spikes(source)
    assert source.mean_spike_count() == pytest.approx(mean, rel=0.05)
    if isinstance(source.celltype, sim.SpikeSourcePoissonRefractory):
        assert min(np.min(np.diff(item)) for item in trains if len(item) > 1) >= 10.0 - 2 * DT


def network(threads: int) -> list[list[float]]:
    sim.setup(timestep=DT, threads=threads)
    cells = sim.Population(300, sim.IF_cond_exp(i_offset=0.4))
    noise = sim.Population(300, sim.SpikeSourcePoisson(rate=100.0))
    connector = sim.FixedProbabilityConnector(0.1)
    sim.Projection(noise, cells, connector, sim.StaticSynapse(weight=0.01, delay=1.0))
    sim.Projection(
        cells,
        cells,
        connector,
        sim.TsodyksMarkramSynapse(weight=0.01, delay=1.5),
        receptor_type="inhibitory",
    )
    cells.record("spikes")
    sim.run(100.0)
    return [item.tolist() for item in spikes(cells)]


def test_spikes_are_the_same_for_any_number_of_threads() -> None:
    one, two = network(1), network(2)
    assert sum(map(len, one)) > 300
    assert one == two


def test_single_cells_connect_one_to_one() -> None:
    cells = [sim.Population(1, sim.IF_cond_exp()) for _ in range(2)]
    assert len(sim.Projection(*cells, sim.OneToOneConnector(), sim.StaticSynapse())) == 1


def test_a_spike_when_data_are_cleared_is_told_once() -> None:
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[0.0, 5.0, 10.0, 15.0]))
    source.record("spikes")
    sim.run(10.0)
    first = source.get_data("spikes", clear=True).segments[0].spiketrains[0]
    sim.run(10.0)
    assert first.magnitude.tolist() == [0.0, 5.0, 10.0]
    assert spikes(source)[0].tolist() == [15.0]


@pytest.mark.parametrize(
    "source",
    [
        sim.SpikeSourceGamma(beta=200.0, alpha=2),
        sim.SpikeSourceInhGamma(
            a=sim.Sequence([1.5, 3.0]), b=sim.Sequence([0.01, 0.004]), tbins=sim.Sequence([0, 40])
        ),
        sim.SpikeSourcePoisson(rate=200.0),
        sim.SpikeSourcePoissonRefractory(rate=100.0, tau_refrac=3.0),
    ],
    ids=lambda item: type(item).__name__,
)
def test_random_spikes_are_the_same_however_a_run_is_divided(source: Any) -> None:
    cells = sim.Population(20, source)
    cells.record("spikes")
    for part in (30.0, 0.1, 49.9, 20.0):
        sim.run(part)
    sim.reset()
    sim.run(100.0)
    divided, whole = spikes(cells, 0), spikes(cells, 1)
    assert sum(len(item) for item in whole) > 50
    assert all(np.array_equal(*pair) for pair in zip(divided, whole, strict=True))


def test_signals_between_two_samples_begin_now() -> None:
    cells, whole = (sim.Population(1, sim.IF_cond_exp(i_offset=0.5)) for _ in range(2))
    cells.record("v", sampling_interval=0.5)
    whole.record("v")
    sim.run(4.7)
    cells.get_data(clear=True)
    sim.run(5.0)
    found = cells.get_data().segments[0].analogsignals[0]
    assert float(found.t_start) == pytest.approx(4.7)
    assert np.array_equal(found.magnitude, signal(whole)[47::5])
    sim.reset()
    sim.run(2.0)
    found = cells.get_data().segments[-1].analogsignals[0]
    assert float(found.t_start) == 0.0
    assert np.array_equal(found.magnitude, signal(whole)[::5])


def test_recordings_that_begin_later_are_at_their_times() -> None:
    cells, whole = (sim.Population(2, sim.IF_cond_exp(i_offset=0.5)) for _ in range(2))
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0, 3.0]))
    whole.record("v")
    sim.run(2.0)
    cells[0:1].record("v")
    source.record("spikes")
    sim.run(1.0)
    cells.record(["v", "gsyn_exc"])
    sim.run(1.0)
    found = {item.name: item for item in cells.get_data().segments[0].analogsignals}
    assert all(float(item.t_start) == 2.0 for item in found.values())
    assert np.array_equal(found["v"].magnitude[:, 0], signal(whole)[20:, 0])
    assert np.array_equal(found["v"].magnitude[10:, 1], signal(whole)[30:, 1])
    assert np.all(np.isnan(found["v"].magnitude[:10, 1]))
    assert found["gsyn_exc"].shape == (21, 2)
    assert spikes(source)[0].tolist() == [3.0]
    cells.record(None)
    cells.record("v", sampling_interval=0.5)
    sim.run(0.3)
    cells.record("gsyn_exc")
    sim.run(0.7)
    again = {item.name: item.magnitude for item in cells.get_data().segments[0].analogsignals}
    assert np.array_equal(again["v"], signal(whole)[40::5])
    assert np.isnan(again["gsyn_exc"]).tolist() == [[True, True], [False, False], [False, False]]


def test_a_train_is_made_when_it_is_looked_at() -> None:
    source = sim.Population(3, sim.SpikeSourceArray(spike_times=[[1.0, 5.0], [], [3.0]]))
    source.record("spikes")
    sim.run(10.0)
    trains = source.get_data("spikes").segments[0].spiketrains
    train = trains[2]
    assert trains._items._builder._built[:2] == [None, None]
    assert train.annotations["source_index"] == 2
    assert train.annotations["channel_id"] == int(source[2])
    together = (source[0:1] + source[2:3]).get_data("spikes").segments[0].spiketrains
    assert [np.array(item).tolist() for item in together] == [[1.0, 5.0], [3.0]]
