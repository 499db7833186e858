"""What a PyNN script is told instead of wrong numbers."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("pyNN", reason="PyNN is not installed")

import annarchy_ml.importers.pynn as sim

DT = 0.1


@pytest.fixture(autouse=True)
def fresh() -> None:
    sim.setup(timestep=DT, min_delay=DT)


def test_a_delay_that_is_refused_is_not_told() -> None:
    source = sim.Population(2, sim.SpikeSourcePoisson(rate=10.0))
    cells = sim.Population(1, sim.IF_cond_exp())
    synapse = sim.SimpleStochasticSynapse(weight=0.1, delay=1.0, p=0.5)
    made = sim.Projection(source, cells, sim.AllToAllConnector(), synapse)
    sim.run(1.0)
    with pytest.raises(NotImplementedError, match="delays"):
        made.set(delay=[2.0, 3.0])
    assert made.get("delay", format="list", with_address=False) == [1.0, 1.0]


@pytest.mark.parametrize(
    ("weight", "delay"), [(0.1, np.nan), (0.1, np.inf), (0.1, -2.0), (np.inf, 1.0)]
)
def test_impossible_values_of_connections_are_refused(weight: float, delay: float) -> None:
    cells = sim.Population(2, sim.IF_cond_exp())
    synapse = sim.StaticSynapse(weight=weight, delay=delay)
    made = sim.Projection(cells, cells, sim.AllToAllConnector(), synapse)
    with pytest.raises(sim.errors.InvalidParameterValueError, match=r"delay|weight"):
        sim.run(1.0)
    with pytest.raises(sim.errors.InvalidParameterValueError, match=r"delay|weight"):
        sim.run(1.0)  # not only once
    assert len(made) == 4


@pytest.mark.parametrize("delay", [0.0, 0.04])
def test_delays_nearer_to_0_than_to_a_step_are_refused(delay: float) -> None:
    cells = sim.Population(2, sim.IF_cond_exp())
    synapse = sim.StaticSynapse(weight=0.1, delay=delay)
    sim.Projection(cells, cells, sim.AllToAllConnector(), synapse)
    with pytest.raises(sim.errors.InvalidParameterValueError, match="shorter than the time step"):
        sim.run(1.0)


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("IF_curr_exp", "tau_m", 0.0),
        ("IF_cond_alpha", "tau_syn_E", -5.0),
        ("IF_curr_exp", "cm", 0.0),
        ("IF_curr_exp", "tau_refrac", -1.0),
        ("EIF_cond_exp_isfa_ista", "delta_T", 0.0),
        ("GIF_cond_exp", "tau_eta", [10.0, -1.0, 5.0]),
        ("SpikeSourcePoisson", "rate", -10.0),
        ("SpikeSourceArray", "spike_times", [-1.0, 2.0]),
    ],
)
def test_values_that_mean_nothing_are_refused(kind: str, name: str, value: object) -> None:
    cells = sim.Population(2, getattr(sim, kind)())
    before = repr(cells.get(name))
    with pytest.raises(sim.errors.InvalidParameterValueError, match=r"positive|negative"):
        cells.set(**{name: value})
    assert repr(cells.get(name)) == before
    with pytest.raises(sim.errors.InvalidParameterValueError, match=r"positive|negative"):
        sim.Population(1, getattr(sim, kind)(**{name: value}))


def test_spikes_cannot_come_faster_than_their_dead_time() -> None:
    source = sim.Population(1, sim.SpikeSourcePoissonRefractory(rate=50.0, tau_refrac=10.0))
    with pytest.raises(sim.errors.InvalidParameterValueError, match="tau_refrac"):
        source.set(rate=101.0)
    assert source.get("rate") == 50.0


def test_processes_with_too_many_spikes_in_a_step_are_refused() -> None:
    sim.Population(1, sim.SpikeSourcePoisson(rate=1e6))
    with pytest.raises(NotImplementedError, match="too many spikes in one step"):
        sim.run(1.0)


def test_currents_without_a_value_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        sim.StepCurrentSource(times=[1.0, np.nan], amplitudes=[0.1, 0.2])
    source = sim.DCSource(amplitude=0.1)
    with pytest.raises(sim.errors.InvalidParameterValueError, match="amplitude"):
        source.set_parameters(amplitude=np.nan)
    assert source.get_parameters()["amplitude"] == 0.1


@pytest.mark.parametrize("size", [0, -1])
def test_a_population_has_cells(size: int) -> None:
    with pytest.raises(ValueError, match="at least one cell"):
        sim.Population(size, sim.IF_cond_exp())


def test_impossible_values_of_cells_are_refused() -> None:
    cells = sim.Population(2, sim.IF_curr_exp(i_offset=0.5))
    with pytest.raises(sim.errors.InvalidParameterValueError, match="i_offset"):
        cells.set(i_offset=np.nan)
    assert cells.get("i_offset") == 0.5
    with pytest.raises(sim.errors.InvalidParameterValueError, match="spike_times"):
        sim.Population(1, sim.SpikeSourceArray(spike_times=[np.nan, 2.0]))


@pytest.mark.parametrize("timestep", [0.0, -0.1, np.nan])
def test_impossible_steps_are_refused(timestep: float) -> None:
    with pytest.raises(ValueError, match="timestep"):
        sim.setup(timestep=timestep)


def test_a_gamma_process_without_intervals_is_refused() -> None:
    sim.Population(1, sim.SpikeSourceGamma(alpha=0))
    with pytest.raises(sim.errors.InvalidParameterValueError, match="alpha"):
        sim.run(1.0)


def test_states_that_cells_lack_cannot_be_initialized() -> None:
    cells = sim.Population(2, sim.IF_cond_exp())
    for some in (cells, cells[0:1]):
        with pytest.raises(sim.errors.NonExistentParameterError, match="vv"):
            some.initialize(vv=1.0)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused_when_they_are_set(value: float) -> None:
    cells = sim.Population(2, sim.IF_curr_exp(tau_m=12.0))
    with pytest.raises(sim.errors.InvalidParameterValueError, match="tau_m must"):
        cells.set(tau_m=value)
    assert cells.get("tau_m") == 12.0
    with pytest.raises(sim.errors.InvalidParameterValueError, match="initial value of v must"):
        cells.initialize(v=value)
    with pytest.raises(sim.errors.InvalidParameterValueError, match="amplitude must"):
        sim.DCSource(amplitude=value)
    with pytest.raises(ValueError, match="a run must end at some time"):
        sim.run(value)


def test_cells_that_take_no_spikes_are_no_targets() -> None:
    cells = sim.Population(2, sim.IF_cond_exp())
    source = sim.Population(2, sim.SpikeSourceArray(), label="source")
    for target in (source, source[:1]):
        with pytest.raises(sim.errors.ConnectionError, match=r"source.*SpikeSourceArray has no"):
            sim.Projection(cells, target, sim.AllToAllConnector(), sim.StaticSynapse())


def test_messages_of_values_of_connections_name_what_is_wrong() -> None:
    cells = sim.Population(3, sim.IF_cond_exp())
    twice = sim.FromListConnector([(0, 1), (0, 1), (2, 0)])
    made = sim.Projection(cells, cells, twice, sim.StaticSynapse(weight=0.1))
    with pytest.raises(ValueError, match="3 values for 3 connections of 2 pairs of cells"):
        made.set(weight=[0.1, 0.2, 0.3])
    with pytest.raises(sim.errors.NonExistentParameterError, match=r"foo .*delay, weight"):
        made.get("foo", "list")


def test_numbers_of_cells_are_whole() -> None:
    cells = sim.Population(3, sim.IF_cond_exp())
    listed = sim.FromListConnector([(0.5, 1, 0.1, 1.0)])
    with pytest.raises(sim.errors.ConnectionError, match="source index must be a whole number"):
        sim.Projection(cells, cells, listed, sim.StaticSynapse())


def test_a_train_of_spikes_is_a_list() -> None:
    with pytest.raises(sim.errors.InvalidParameterValueError, match="needs a list of spike times"):
        sim.Population(2, sim.SpikeSourceArray(spike_times=5.0))


SHORT = [
    ("SpikeSourceArray", "spike_times", lambda i: [i + 1.0]),
    ("SpikeSourceArray", "spike_times", lambda i: sim.Sequence([1.0, 2.0])),
    ("IF_cond_exp", "tau_m", lambda i: [10.0]),
]


@pytest.mark.parametrize(("kind", "name", "given"), SHORT)
def test_a_function_must_give_a_value_for_each_cell(kind: str, name: str, given: object) -> None:
    """It is called once; the list of all would otherwise go to each cell."""
    with pytest.raises(sim.errors.InvalidParameterValueError, match=f"{name} needs a value for"):
        sim.Population(3, getattr(sim, kind)(**{name: given}))


def test_a_function_can_give_trains_of_spikes() -> None:
    trains = [sim.Sequence([1.0]), sim.Sequence([2.0, 3.0])]
    cells = sim.Population(2, sim.SpikeSourceArray(spike_times=lambda i: [trains[k] for k in i]))
    assert [len(train.value) for train in cells.get("spike_times")] == [1, 2]


def test_cells_that_take_no_current_are_refused_whatever_is_injected() -> None:
    """PyNN's own tests inject what is no source at all."""
    cells = sim.Population(3, sim.SpikeSourceArray())
    for some in (cells, cells[:2]):
        with pytest.raises(TypeError, match="inject current into a SpikeSourceArray"):
            some.inject(None)
