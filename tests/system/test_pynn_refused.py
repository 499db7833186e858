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
    source = sim.Population(1, sim.SpikeSourcePoisson(rate=10.0))
    cells = sim.Population(1, sim.IF_cond_exp())
    synapse = sim.SimpleStochasticSynapse(weight=0.1, delay=1.0, p=0.5)
    made = sim.Projection(source, cells, sim.AllToAllConnector(), synapse)
    sim.run(1.0)
    with pytest.raises(NotImplementedError, match="delays"):
        made.set(delay=2.0)
    assert made.get("delay", format="list", with_address=False) == [1.0]


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
