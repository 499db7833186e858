"""Synapses of NeuroML files as receptors of PyNN's point neurons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyNN", reason="PyNN is not installed")

import annarchy_ml.importers.pynn as sim
from annarchy_ml import UsageError

DT = 0.1
FILE = """<Lems>
    <Include file="Cells.xml"/><Include file="Synapses.xml"/><Include file="Simulation.xml"/>
    <iafCell id="iaf" C="0.3 nF" leakConductance="20 nS" leakReversal="-65 mV" thresh="100 mV"
             reset="-65 mV"/>
    <expOneSynapse id="one" gbase="5 nS" erev="0 mV" tauDecay="3 ms"/>
    <expTwoSynapse id="two" gbase="5 nS" erev="0 mV" tauDecay="8 ms" tauRise="2 ms"/>
    <alphaCurrentSynapse id="current" ibase="0.1 nA" tau="4 ms"/>
    <blockingPlasticSynapse id="nmda" gbase="5 nS" erev="0 mV" tauRise="2 ms" tauDecay="8 ms">
        <blockMechanism type="voltageConcDepBlockMechanism" species="mg"
            blockConcentration="1.2 mM" scalingConc="1.9205441817997078 mM"
            scalingVolt="16.129032258064516 mV"/>
        <plasticityMechanism type="tsodyksMarkramDepFacMechanism" initReleaseProb="0.5"
            tauRec="60 ms" tauFac="20 ms"/>
    </blockingPlasticSynapse>
    <gapJunction id="gap" conductance="10 pS"/>
    <pulseGenerator id="pulse" delay="1 ms" duration="10 ms" amplitude="0.1 nA"/>
    <ComponentType name="hungrySynapse" extends="baseVoltageDepSynapse">
        <Property name="weight" dimension="none" defaultValue="1"/>
        <Requirement name="caConc" dimension="concentration"/>
        <Constant name="SCALE" dimension="current_per_concentration" value="1 A_per_mM"/>
        <Dynamics>
            <DerivedVariable name="i" dimension="current" exposure="i" value="caConc * SCALE"/>
        </Dynamics>
    </ComponentType>
    <Dimension name="current_per_concentration" i="1" n="-1" l="3"/>
    <Unit symbol="A_per_mM" dimension="current_per_concentration"/>
    <hungrySynapse id="hungry"/>
</Lems>"""
LEAKY = {"cm": 0.3, "tau_m": 15.0, "v_rest": -65.0, "v_reset": -65.0, "tau_refrac": 1.0}
SILENT = {**LEAKY, "v_thresh": 100.0}
TIMES = [5.0, 12.0, 20.0, 30.0]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "synapses.xml"
    made.write_text(FILE, encoding="utf-8")
    return made


@pytest.fixture(autouse=True)
def fresh() -> None:
    sim.setup(timestep=DT, min_delay=DT)


def neuron(path: Path, name: str, size: int = 1, **other: Any) -> Any:
    """Point neurons at rest with a receptor of the file and others."""
    receptor = sim.neuroml_receptor_type(path, name)()
    kind = sim.PointNeuron(sim.LIF(**SILENT), file=receptor, **other)
    return sim.Population(size, kind, initial_values={"v": -65.0})


def signal(cells: Any) -> Any:
    return cells.get_data("v").segments[-1].filter(name="v")[0].magnitude


def driven(targets: list[tuple[Any, str, float]], dt: float) -> list[Any]:
    """v of cells that regular spikes reach at a receptor, with a weight."""
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=TIMES))
    for cells, receptor, weight in targets:
        synapse = sim.StaticSynapse(weight=weight, delay=1.0)
        every = sim.AllToAllConnector()
        sim.Projection(source, cells, every, synapse, receptor_type=receptor)
        cells.record("v")
    sim.run(60.0)
    found = [signal(cells)[:, 0] for cells, _, _ in targets]
    for v in found:
        arrived = round((TIMES[0] + 1.0) / dt)
        assert v[arrived] == -65.0
        assert v[-1] > -64.9
    return found


PAIRS = [
    ("one", lambda: sim.ExpPSR(tau_syn=3.0, e_syn=0.0), 0.005),
    ("two", lambda: sim.BetaPSR(tau_rise=2.0, tau_decay=8.0, e_syn=0.0), 0.005),
]


@pytest.mark.parametrize(("name", "own", "weight"), PAIRS)
def test_a_synapse_of_a_file_is_a_receptor(path: Path, name: str, own: Any, weight: float) -> None:
    """The receptor of PyNN with the same equation; the distance shrinks with the step."""
    errors = []
    for dt in (0.1, 0.01):
        sim.setup(timestep=dt)
        cells = neuron(path, name, own=own())
        same = neuron(path, name, own=own())
        v, other = driven([(cells, "file", 2.0), (same, "own", 2.0 * weight)], dt)
        errors.append(np.max(np.abs(v - other)))
    assert errors[1] < 0.015
    assert errors[0] == pytest.approx(10.0 * errors[1], rel=0.15)


def test_a_current_of_a_file_follows_its_equation(path: Path) -> None:
    """I of an alpha synapse in closed form, through a leak by quadrature in fine steps."""
    cells = neuron(path, "current")
    (v,) = driven([(cells, "file", 1.5)], DT)
    t = np.arange(0.0, 60.0, 1e-3)
    current = np.zeros(len(t))
    for spike in TIMES:
        since = np.clip(t - spike - 1.0, 0.0, None) / 4.0
        current += 1.5 * 0.1 * since * np.exp(1.0 - since)
    kernel = np.exp(t / 15.0)
    exact = -65.0 + np.cumsum(current * kernel) / kernel * 1e-3 / 0.3
    assert np.ptp(exact) > 2.0
    assert np.max(np.abs(v[:-1] - exact[::100])) < 0.02 * np.ptp(exact)


def test_parts_of_a_synapse_read_the_potential_of_the_cell(path: Path) -> None:
    """A block by magnesium and depression of the file: as on a cell of the file."""
    errors = []
    for dt in (0.1, 0.01):
        sim.setup(timestep=dt)
        cells = neuron(path, "nmda")
        kind = sim.neuroml_cell_type(path, "iaf", receptors={"file": "nmda"})
        same = sim.Population(1, kind(), initial_values={"v": -65.0})
        v, other = driven([(cells, "file", 8.0), (same, "file", 8.0)], dt)
        errors.append(np.max(np.abs(v - other)))
    assert errors[1] < 0.006
    assert errors[0] < 20.0 * errors[1]


def test_the_block_has_the_size_that_its_formula_gives(path: Path) -> None:
    """The first step after a spike, at two potentials: i = -g block(v) (erev - v)."""
    jumps = []
    for rest in (-65.0, -25.0):
        sim.setup(timestep=DT)
        receptor = sim.neuroml_receptor_type(path, "nmda")()
        kind = sim.PointNeuron(sim.LIF(**{**SILENT, "v_rest": rest, "cm": 3e3}), file=receptor)
        cells = sim.Population(1, kind, initial_values={"v": rest})
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0]))
        synapse = sim.StaticSynapse(weight=1.0, delay=1.0)
        sim.Projection(source, cells, sim.AllToAllConnector(), synapse)
        cells.record("v")
        sim.run(12.0)
        jumps.append(signal(cells)[-1, 0] - rest)

    def block(v: float) -> float:
        return float(1.0 / (1.0 + 1.2 / 1.9205441817997078 * np.exp(-v / 16.129032258064516)))

    ratio = block(-65.0) * 65.0 / (block(-25.0) * 25.0)
    assert jumps[0] / jumps[1] == pytest.approx(ratio, rel=1e-3)


@pytest.mark.parametrize("fraction", [0.0, 1.0])
def test_plastic_synapses_lead_to_receptors_of_files(path: Path, fraction: float) -> None:
    receptor = sim.neuroml_receptor_type(path, "one")()
    kind = sim.PointNeuron(sim.LIF(**LEAKY, v_thresh=-50.0), file=receptor, own=sim.ExpPSR())
    cells = sim.Population(2, kind, initial_values={"v": -65.0})
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[30.0, 50.0]))
    driver = sim.Population(1, sim.SpikeSourceArray(spike_times=[22.0, 45.0]))
    rule = sim.SpikePairRule(tau_plus=10.0, tau_minus=15.0, A_plus=0.01, A_minus=0.02)
    made = []
    for number, name in enumerate(("file", "own")):
        mechanism = sim.STDPMechanism(
            rule,
            sim.AdditiveWeightDependence(w_min=0.0, w_max=1.0),
            dendritic_delay_fraction=fraction,
            weight=0.5 if name == "file" else 1e-9,
            delay=2.0,
        )
        part = cells[number : number + 1]
        every = sim.AllToAllConnector()
        made.append(sim.Projection(source, part, every, mechanism, receptor_type=name))
        kick = sim.StaticSynapse(weight=0.3, delay=DT)
        sim.Projection(driver, part, every, kick, receptor_type="own")
    cells.record("spikes")
    sim.run(70.0)
    for number, start in ((0, 0.5), (1, 1e-9)):
        sent = np.array(cells.get_data("spikes").segments[-1].spiketrains[number])
        assert len(sent) > 0
        here = sent + 2.0 * fraction
        weight = start
        events = [(t, "pre") for t in (np.array([30.0, 50.0]) + 2.0 * (1.0 - fraction)).tolist()]
        events += [(t, "post") for t in here.tolist()]
        done: list[tuple[float, str]] = []
        for t, name in sorted(events):
            tau, size = (15.0, -0.02) if name == "pre" else (10.0, 0.01)
            gaps = [t - u for u, other in done if other != name and t - u > 1e-6]
            weight += size * sum(np.exp(-gap / tau) for gap in gaps)
            weight = min(max(weight, 0.0), 1.0)
            done.append((t, name))
        found = made[number].get("weight", "list", with_address=False)
        assert found == pytest.approx([weight], abs=1e-9)


@pytest.mark.parametrize("name", ["gap", "pulse", "iaf", "hungry", "absent"])
def test_what_is_no_receptor_is_refused_by_name(path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=f"neuroml_receptor_type: .*'{name}'"):
        sim.neuroml_receptor_type(path, name)


def test_a_receptor_tells_whether_it_is_a_conductance(path: Path) -> None:
    kind = sim.neuroml_receptor_type(path, "one")
    assert issubclass(kind, sim.NeuroMLReceptor)
    assert kind.__doc__ == "one of synapses.xml"
    assert kind.conductance_based
    assert not sim.neuroml_receptor_type(path, "current").conductance_based
