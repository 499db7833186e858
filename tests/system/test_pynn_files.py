"""Cells of NeuroML files in a PyNN script: currents, synapses of PyNN, and all that cells do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyNN", reason="PyNN is not installed")

import annarchy_ml.importers.pynn as sim
from annarchy_ml import UsageError

DT = 0.1
TAU = 15.0
FILE = """<Lems>
    <Include file="Cells.xml"/><Include file="Synapses.xml"/><Include file="Simulation.xml"/>
    <iafCell id="iaf" C="0.3 nF" leakConductance="20 nS" leakReversal="-65 mV" thresh="-50 mV"
             reset="-65 mV"/>
    <izhikevichCell id="iz" v0="-70 mV" thresh="30 mV" a="0.02" b="0.2" c="-65.0" d="6"/>
    <expOneSynapse id="ampa" gbase="5 nS" erev="0 mV" tauDecay="3 ms"/>
    <expTwoSynapse id="slow" gbase="5 nS" erev="0 mV" tauDecay="8 ms" tauRise="2 ms"/>
    <blockingPlasticSynapse id="nmda" gbase="5 nS" erev="0 mV" tauRise="2 ms" tauDecay="8 ms">
        <blockMechanism type="voltageConcDepBlockMechanism" species="mg"
            blockConcentration="1.2 mM" scalingConc="1.9205441817997078 mM"
            scalingVolt="16.129032258064516 mV"/>
    </blockingPlasticSynapse>
    <ComponentType name="lonely" extends="baseCell">
        <Exposure name="x" dimension="none"/>
        <Dynamics>
            <StateVariable name="x" dimension="none" exposure="x"/>
            <TimeDerivative variable="x" value="0 / SEC"/>
        </Dynamics>
        <Constant name="SEC" dimension="time" value="1 s"/>
    </ComponentType>
    <lonely id="alone"/>
    <ComponentType name="constantSynapse" extends="baseSynapse">
        <Exposure name="i" dimension="current"/>
        <Constant name="STEP" dimension="current" value="1 pA"/>
        <Dynamics>
            <StateVariable name="i" dimension="current" exposure="i"/>
            <OnEvent port="in"><StateAssignment variable="i" value="i + STEP"/></OnEvent>
        </Dynamics>
    </ComponentType>
    <constantSynapse id="stairs"/>
</Lems>"""
STANDARD = {"cm": 0.3, "tau_m": TAU, "v_rest": -65.0, "v_reset": -65.0, "v_thresh": -50.0}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "cells.xml"
    made.write_text(FILE, encoding="utf-8")
    return made


@pytest.fixture(autouse=True)
def fresh() -> None:
    sim.setup(timestep=DT, min_delay=DT)


def iaf(path: Path, size: int, **receptors: str) -> Any:
    """Cells of the file, at rest."""
    kind = sim.neuroml_cell_type(path, "iaf", receptors=receptors)
    return sim.Population(size, kind(), initial_values={"v": -65.0})


def signal(cells: Any, name: str = "v") -> Any:
    return cells.get_data(name).segments[-1].filter(name=name)[0].magnitude


def spikes(cells: Any) -> list[Any]:
    return [np.array(item) for item in cells.get_data("spikes").segments[-1].spiketrains]


def stepped(current: Any, dt: float) -> Any:
    """v of an iafCell below threshold, by Euler's method, of the current at each sample [nA]."""
    v = np.full(len(current), -65.0)
    for k in range(1, len(v)):
        v[k] = v[k - 1] + dt * (-(v[k - 1] + 65.0) / TAU + current[k - 1] / 0.3)
    return v


def test_a_direct_current_moves_a_cell_of_a_file_as_its_equation_says(path: Path) -> None:
    errors = []
    for dt in (0.1, 0.01):
        sim.setup(timestep=dt)
        cells = iaf(path, 3)
        source = sim.DCSource(amplitude=0.2, start=10.0, stop=40.0)
        cells[1:].inject(source)
        source.record()
        cells.record("v")
        sim.run(60.0)
        v, t = signal(cells), np.arange(round(60.0 / dt) + 1) * dt
        rise = 10.0 * (1.0 - np.exp(-np.clip(t - 10.0, 0.0, 30.0) / TAU))
        exact = -65.0 + rise * np.exp(-np.clip(t - 40.0, 0.0, None) / TAU)
        errors.append(np.max(np.abs(v[:, 1] - exact)))
        first = round(10.0 / dt)
        shown = source._get_data()[1]
        assert shown[[first - 1, first]] == pytest.approx([0.0, 0.2])
        assert shown[round(40.0 / dt)] == 0.0
        assert v[first, 1] == -65.0
        assert v[first + 1, 1] > -65.0
        np.testing.assert_allclose(v[:, 1], stepped(shown, dt), atol=1e-9)
        np.testing.assert_array_equal(v[:, 1], v[:, 2])
        np.testing.assert_allclose(v[:, 0], -65.0, atol=1e-9)
    assert errors[0] == pytest.approx(10.0 * errors[1], rel=0.05)
    assert errors[1] < 0.0013


@pytest.mark.parametrize(
    "make",
    [
        lambda: sim.ACSource(amplitude=0.1, offset=0.05, frequency=40.0, start=5.0, stop=33.0),
        lambda: sim.StepCurrentSource(times=[2.0, 10.0, 30.0], amplitudes=[0.1, -0.2, 0.15]),
        lambda: sim.NoisyCurrentSource(mean=0.1, stdev=0.1, start=3.0, dt=0.2),
    ],
)
def test_every_current_source_acts_with_the_current_that_it_tells(path: Path, make: Any) -> None:
    cells, source = iaf(path, 4), make()
    source.inject_into(sim.Assembly(cells[:1], cells[2:3]))
    source.inject_into(cells[3])
    source.record()
    cells.record("v")
    sim.run(20.0)
    sim.run(30.0)
    times, current = source._get_data()
    assert times[-1] == pytest.approx(50.0)
    v = signal(cells)
    assert np.ptp(current) > 0.1
    for column in (0, 2, 3):
        np.testing.assert_allclose(v[:, column], stepped(current, DT), atol=1e-9)
    np.testing.assert_allclose(v[:, 1], -65.0, atol=1e-9)


def test_currents_add_up_change_and_are_taken_back(path: Path) -> None:
    cells = iaf(path, 1)
    first, second = sim.DCSource(amplitude=0.1), sim.DCSource(amplitude=0.05, start=5.0)
    for item in (first, second):
        cells.inject(item)
    cells.record("v")
    sim.run(20.0)
    first.set_parameters(amplitude=-0.1)
    sim.run(10.0)
    sim.DCSource(amplitude=0.2).inject_into(cells)
    sim.run(10.0)
    t = np.arange(401) * DT
    current = np.where(t < 19.95, 0.1, -0.1) + np.where(t < 4.95, 0.0, 0.05)
    current += np.where(t < 29.95, 0.0, 0.2)
    np.testing.assert_allclose(signal(cells)[:, 0], stepped(current, DT), atol=1e-9)
    sim.reset()
    sim.run(4.0)
    again = signal(cells)
    np.testing.assert_allclose(again[:, 0], stepped(np.full(41, 0.1), DT), atol=1e-9)


def test_a_cell_without_dimensions_takes_the_amplitude_as_its_input(path: Path) -> None:
    cells = sim.Population(1, sim.neuroml_cell_type(path, "iz")())
    kind = sim.Izhikevich(a=0.02, b=0.2, c=-65.0, d=6.0)
    same = sim.Population(1, kind, initial_values={"v": -70.0, "u": -14.0})
    sim.DCSource(amplitude=14.0, start=10.0).inject_into(cells)
    sim.DCSource(amplitude=0.014, start=10.0).inject_into(same)
    cells.record(["v", "U", "spikes"])
    same.record("spikes")
    sim.run(100.0)
    v, u = signal(cells)[:, 0], signal(cells, "U")[:, 0]
    assert v[100] != v[101]
    for k in range(101, 120):  # Euler's method, before the first spike
        rate = 0.04 * v[k - 1] ** 2 + 5.0 * v[k - 1] + 140.0 - u[k - 1] + 14.0
        assert v[k] == pytest.approx(v[k - 1] + DT * rate, abs=1e-9)
    assert spikes(cells)[0] == pytest.approx(spikes(same)[0], abs=1.0)


def test_cells_that_take_no_current_are_refused_by_name(path: Path) -> None:
    cells = sim.Population(1, sim.neuroml_cell_type(path, "alone")())
    with pytest.raises(TypeError, match=r"'alone' of the file .*cells\.xml takes no currents"):
        cells.inject(sim.DCSource(amplitude=0.1))


def test_static_synapses_follow_the_equations_of_the_file(path: Path) -> None:
    """The same by an Euler's method of our own, and by PyNN's standard cell in finer steps."""
    errors = []
    for dt in (0.1, 0.01):
        sim.setup(timestep=dt)
        cells = iaf(path, 1, excitatory="ampa")
        same = sim.Population(
            1, sim.IF_cond_exp(tau_syn_E=3.0, **STANDARD), initial_values={"v": -65.0}
        )
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0, 12.0]))
        for target, weight in ((cells, 2.0), (same, 0.010)):
            synapse = sim.StaticSynapse(weight=weight, delay=1.0)
            kind = "excitatory"
            sim.Projection(source, target, sim.OneToOneConnector(), synapse, receptor_type=kind)
            target.record("v")
        sim.run(40.0)
        errors.append(np.max(np.abs(signal(cells) - signal(same))))
    assert errors[1] < 0.02
    assert errors[0] == pytest.approx(10.0 * errors[1], rel=0.15)


def released(times: list[float], u: float, tau_rec: float, tau_facil: float, tau_syn: float) -> Any:
    """What a synapse of Tsodyks and Markram releases at each spike, by steps of its equations."""
    x, y, use, last, found = 1.0, 0.0, 0.0, None, []
    for t in times:
        if last is not None:
            gap = t - last
            use *= np.exp(-gap / tau_facil)
            z = 1.0 - x - y
            left, gone = np.exp(-gap / tau_rec), np.exp(-gap / tau_syn)
            z = z * left + y * (left - gone) * tau_rec / (tau_rec - tau_syn)
            y *= gone
            x = 1.0 - y - z
        use += u * (1.0 - use)
        found.append(use * x)
        y, x, last = y + use * x, x - use * x, t
    return np.array(found)


@pytest.mark.parametrize(("receptor", "tau_syn"), [("ampa", 3.0), ("slow", 8.0)])
def test_depression_scales_the_synapse_of_a_file(path: Path, receptor: str, tau_syn: float) -> None:
    times = [5.0, 12.0, 20.0, 31.0]
    weights = 5.0 * released(times, 0.5, 50.0, 20.0, tau_syn)
    cells = iaf(path, 2, excitatory=receptor)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=times))
    made = sim.TsodyksMarkramSynapse(weight=5.0, delay=1.0, U=0.5, tau_rec=50.0, tau_facil=20.0)
    sim.Projection(source, cells[:1], sim.AllToAllConnector(), made)
    for t, weight in zip(times, weights, strict=True):
        single = sim.Population(1, sim.SpikeSourceArray(spike_times=[t]))
        synapse = sim.StaticSynapse(weight=weight, delay=1.0)
        sim.Projection(single, cells[1:], sim.AllToAllConnector(), synapse)
    cells.record("v")
    sim.run(60.0)
    v = signal(cells)
    assert np.ptp(v[:, 0]) > 5.0
    np.testing.assert_allclose(v[:, 0], v[:, 1], atol=1e-6)


def test_a_synapse_with_parts_takes_the_rules_of_pynn_too(path: Path) -> None:
    cells = iaf(path, 3, excitatory="nmda")
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0]))
    static = sim.StaticSynapse(weight=4.0, delay=1.0)
    sure = sim.SimpleStochasticSynapse(weight=4.0, delay=1.0, p=1.0)
    never = sim.SimpleStochasticSynapse(weight=4.0, delay=1.0, p=0.0)
    for k, synapse in enumerate((static, sure, never)):
        sim.Projection(source, cells[k : k + 1], sim.AllToAllConnector(), synapse)
    cells.record("v")
    sim.run(30.0)
    v = signal(cells)
    assert np.ptp(v[:, 0]) > 0.1
    np.testing.assert_allclose(v[:, 1], v[:, 0], atol=1e-9)
    np.testing.assert_allclose(v[:, 2], -65.0, atol=1e-9)


COUNT = 2000


@pytest.mark.parametrize(
    ("synapse", "shares", "parts"),
    [
        (lambda: sim.SimpleStochasticSynapse(weight=2.0, delay=1.0, p=0.3), [0.7, 0.3], 1),
        (
            lambda: sim.StochasticTsodyksMarkramSynapse(
                weight=2.0, delay=1.0, U=0.4, tau_rec=50.0, tau_facil=20.0
            ),
            [0.6, 0.4],
            1,
        ),
        (
            lambda: sim.MultiQuantalSynapse(
                weight=2.0, delay=1.0, U=0.5, n=2, tau_rec=50.0, tau_facil=0.0
            ),
            [0.25, 0.5, 0.25],
            2,
        ),
    ],
)
def test_chance_is_drawn_once_for_all_states_of_a_synapse(
    path: Path, synapse: Any, shares: list[float], parts: int
) -> None:
    """An answer of two exponentials is nothing, or a part of the whole one; parts are binomial."""
    cells = iaf(path, COUNT + 1, excitatory="slow")
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0]))
    sim.Projection(source, cells[:COUNT], sim.AllToAllConnector(), synapse())
    fixed = sim.StaticSynapse(weight=2.0 / parts, delay=1.0)
    sim.Projection(source, cells[COUNT:], sim.AllToAllConnector(), fixed)
    cells.record("v")
    sim.run(8.0)
    moved = signal(cells)[70] + 65.0
    assert moved[-1] > 0.01
    # the driving force is smaller by less than 1 % after so short a time
    number = moved[:-1] / moved[-1]
    assert np.max(np.abs(number - np.rint(number))) < 0.01
    counts = np.bincount(np.rint(number).astype(int), minlength=parts + 1)
    for count, share in zip(counts, shares, strict=True):
        assert abs(count - COUNT * share) < 4.0 * np.sqrt(COUNT * share * (1.0 - share))


@pytest.mark.parametrize("fraction", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("apart", [-7.0, 9.0])
def test_pairs_of_spikes_change_factors_of_a_file(
    path: Path, fraction: float, apart: float
) -> None:
    cells = iaf(path, 1, excitatory="ampa", kick="ampa")
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[30.0]))
    driver = sim.Population(1, sim.SpikeSourceArray(spike_times=[30.0 + apart]))
    rule = sim.SpikePairRule(tau_plus=10.0, tau_minus=15.0, A_plus=0.1, A_minus=0.2)
    mechanism = sim.STDPMechanism(
        rule,
        sim.AdditiveWeightDependence(w_min=0.0, w_max=2.0),
        dendritic_delay_fraction=fraction,
        weight=1.0,
        delay=2.0,
    )
    every = sim.AllToAllConnector()
    made = sim.Projection(source, cells, every, mechanism, receptor_type="excitatory")
    kick = sim.StaticSynapse(weight=12.0, delay=DT)
    sim.Projection(driver, cells, every, kick, receptor_type="kick")
    cells.record("spikes")
    sim.run(60.0)
    (sent,) = spikes(cells)
    here = sent + 2.0 * fraction
    there = 30.0 + 2.0 * (1.0 - fraction)
    lost = 0.4 * np.sum(np.exp((here[here < there] - there) / 15.0))
    won = 0.2 * np.sum(np.exp((there - here[here > there]) / 10.0))
    weight = max(1.0 - lost, 0.0) + won
    assert len(sent) > 0
    assert 0.0 < weight < 2.0
    assert made.get("weight", "list", with_address=False) == pytest.approx([weight], abs=1e-9)
    sim.reset()
    assert made.get("weight", "list", with_address=False) == pytest.approx([1.0])


def test_inhibitory_plasticity_reaches_a_file(path: Path) -> None:
    cells = iaf(path, 1, excitatory="ampa")
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[20.0, 60.0]))
    rule = sim.Vogels2011Rule(tau=20.0, eta=0.01, rho=3.0)
    dependence = sim.AdditiveWeightDependence(w_min=0.0, w_max=2.0)
    mechanism = sim.STDPMechanism(rule, dependence, weight=1.0, delay=1.0)
    made = sim.Projection(source, cells, sim.AllToAllConnector(), mechanism)
    sim.run(100.0)  # without spikes of the cell, each spike that arrives takes eta * alpha
    expected = 1.0 - 2 * 0.01 * 2.0 * 3.0e-3 * 20.0
    assert made.get("weight", "list", with_address=False) == pytest.approx([expected], abs=1e-9)


def test_synapses_without_weights_are_refused_by_name(path: Path) -> None:
    cells = iaf(path, 1, excitatory="stairs")
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0]))
    synapse = sim.SimpleStochasticSynapse(weight=1.0, delay=1.0, p=0.5)
    sim.Projection(source, cells, sim.AllToAllConnector(), synapse)
    with pytest.raises(NotImplementedError, match=r"'stairs' of the type constantSynapse does not"):
        sim.run(1.0)


def test_cells_of_files_are_not_exported_and_not_joined(path: Path, tmp_path: Path) -> None:
    from pyNN import errors

    cells = iaf(path, 2)
    with pytest.raises(UsageError, match=r"'iaf' of .*cells\.xml is not exported"):
        sim.export(tmp_path / "network.nml", duration=10.0)
    with pytest.raises(errors.ConnectionError, match="iaf has no receptors"):
        sim.Projection(cells, cells, sim.AllToAllConnector(), sim.ElectricalSynapse())
    fed = iaf(path, 2, excitatory="ampa")
    sim.Projection(fed, fed, sim.AllToAllConnector(), sim.ElectricalSynapse())
    with pytest.raises(NotImplementedError, match="no sources of spikes, cells of a file"):
        sim.run(1.0)
