"""Plastic and electrical synapses, own equations and cells of files in a PyNN script."""

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


def signal(cells: Any, name: str = "v") -> Any:
    found = cells.get_data(name).segments[-1].filter(name=name)[0]
    return found.magnitude


def spikes(cells: Any) -> list[Any]:
    return [np.array(item) for item in cells.get_data("spikes").segments[-1].spiketrains]


def plastic(fraction: float, apart: float) -> float:
    """The weight after a pair of spikes: that of the cell comes ``apart`` ms after the other."""
    sim.setup(timestep=DT, min_delay=DT)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[20.0]))
    driver = sim.Population(1, sim.SpikeSourceArray(spike_times=[20.0 + apart - DT]))
    cells = sim.Population(1, sim.IF_curr_delta())
    mechanism = sim.STDPMechanism(
        sim.SpikePairRule(tau_plus=10.0, tau_minus=15.0, A_plus=0.1, A_minus=0.2),
        sim.AdditiveWeightDependence(w_min=0.0, w_max=1.0),
        dendritic_delay_fraction=fraction,
        weight=0.5,
        delay=2.0,
    )
    made = sim.Projection(
        source, cells, sim.AllToAllConnector(), mechanism, receptor_type="excitatory"
    )
    sim.Projection(driver, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=50.0, delay=DT))
    cells.record("spikes")
    sim.run(60.0)
    assert spikes(cells)[0] == pytest.approx([20.0 + apart])
    return float(made.get("weight", "list", with_address=False)[0])


@pytest.mark.parametrize("fraction", [0.0, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("apart", [-7.0, -3.0, 3.0, 7.0])
def test_any_part_of_a_delay_may_be_dendritic(fraction: float, apart: float) -> None:
    at_synapse = apart - (1.0 - 2.0 * fraction) * 2.0
    rule = (0.1, 10.0) if at_synapse > 0 else (-0.2, 15.0)
    expected = 0.5 + rule[0] * np.exp(-abs(at_synapse) / rule[1])
    assert plastic(fraction, apart) == pytest.approx(expected, abs=1e-9)


def test_gap_junctions_draw_cells_together() -> None:
    cells = sim.Population(2, sim.HH_cond_exp(gbar_Na=0.0, gbar_K=0.0))
    cells.initialize(v=[-60.0, -70.0])
    sim.Projection(
        cells[:1],
        cells[1:],
        sim.AllToAllConnector(),
        sim.ElectricalSynapse(weight=0.1),
        receptor_type="source_section.gap",
    )
    cells.record("v")
    sim.run(50.0)
    v = signal(cells)
    assert abs(v[-1, 0] - v[-1, 1]) < 1e-3
    assert v[-1] == pytest.approx([-65.0, -65.0], abs=0.5)


def test_own_equations_make_a_cell_type() -> None:
    leaky = sim.native_cell_type(
        "Leaky",
        "dv/dt = (drive - v)/tau\ndrive = gain*2",
        {"tau": 10.0, "gain": 3.0},
        receptors={"excitatory": {"v": "1"}},
        threshold="v > 5",
        reset={"v": "0"},
    )
    cells = sim.Population(2, leaky(gain=[2.0, 3.0]))
    cells.record(["v", "spikes"])
    sim.run(50.0)
    v = signal(cells)
    assert v[100, 0] == pytest.approx(4.0 * (1 - np.exp(-1.0)), rel=1e-8)
    first = -10.0 * np.log(1 - 5.0 / 6.0)
    assert spikes(cells)[1][0] == pytest.approx(first, abs=DT)
    from annarchy_ml import UsageError

    with pytest.raises(UsageError, match="nothing is called 'g'"):
        sim.native_cell_type("Wrong", "dv/dt = -g*v", {})
    with pytest.raises(TypeError, match=r"into a Leaky\. Its equations lack i_inj"):
        cells.inject(sim.DCSource(amplitude=1.0))


@pytest.mark.parametrize(
    "parts",
    [
        {"threshold": "v > 1", "reset": {"w": "0"}},
        {"threshold": "v > 1", "refractory": "2", "held": ["w"]},
        {"receptors": {"excitatory": {"w": "1"}}},
        {"initial_values": {"w": 1.0}},
    ],
)
def test_parts_of_own_equations_name_their_states(parts: dict[str, Any]) -> None:
    from annarchy_ml import UsageError

    with pytest.raises(UsageError, match=r"'Wrong' has no state 'w'.*\n.*states are v"):
        sim.native_cell_type("Wrong", "dv/dt = -v/10", {}, **parts)


FILE = """<Lems>
    <Include file="Cells.xml"/><Include file="Synapses.xml"/>
    <iafCell id="iaf" C="0.2 nF" leakConductance="10 nS" leakReversal="-60 mV" thresh="-50 mV"
             reset="-65 mV"/>
    <expOneSynapse id="ampa" gbase="1 nS" erev="0 mV" tauDecay="5 ms"/>
</Lems>"""


def test_a_cell_of_a_file_is_a_cell_type(tmp_path: Any) -> None:
    path = tmp_path / "cells.xml"
    path.write_text(FILE, encoding="utf-8")
    kind = sim.neuroml_cell_type(path, "iaf", receptors={"excitatory": "ampa"})
    assert kind.default_parameters["leakReversal"] == pytest.approx(-60.0)
    assert kind.default_parameters["C"] == pytest.approx(0.2)
    cells = sim.Population(2, kind(leakReversal=[-60.0, -45.0]), initial_values={"v": -60.0})
    same = sim.Population(
        1, sim.IF_cond_exp(cm=0.2, tau_m=20.0, v_rest=-60.0), initial_values={"v": -60.0}
    )
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0]))
    every = sim.AllToAllConnector()
    sim.Projection(source, cells[:1], every, sim.StaticSynapse(weight=4.0, delay=1.0))
    sim.Projection(source, same, every, sim.StaticSynapse(weight=0.004, delay=1.0))
    cells.record(["v", "spikes"])
    same.record("v")
    sim.run(50.0)
    v, other = signal(cells), signal(same)[:, 0]
    assert v[60, 0] == pytest.approx(-60.0, abs=1e-9)
    assert v[61, 0] > -60.0
    assert np.max(np.abs(v[:, 0] - other)) < 0.05
    first = 20.0 * np.log(15.0 / 5.0)
    assert spikes(cells)[1][0] == pytest.approx(first, abs=2 * DT)
