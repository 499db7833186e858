"""Plastic and depressing synapses onto cells with morphology.

NEURON's plastic synapses act two steps earlier there than its static ones, so that the rules are
compared with what they say, and their conductances with those of static synapses here.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyNN", reason="PyNN is not installed")
pytest.importorskip("neuroml", reason="libNeuroML is not installed")

import annarchy_ml.importers.pynn as sim

FOLDER = Path(__file__).parents[1] / "reference" / "pynn"
TIMES = [10.0, 25.0, 40.0, 55.0, 62.0, 90.0]
RECEPTORS: dict[str, dict[str, float]] = {
    "CondExpPostSynapticResponse": {"tau_syn": 2.0, "e_syn": 0.0},
    "CondAlphaPostSynapticResponse": {"tau_syn": 2.0, "e_syn": 0.0},
    "CondBetaPostSynapticResponse": {"tau_rise": 0.5, "tau_decay": 3.0, "e_syn": 0.0},
    "CurrExpPostSynapticResponse": {"tau_syn": 2.0},
}


def _cases() -> Any:
    spec = importlib.util.spec_from_file_location("make_cables", FOLDER / "make_cables.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


CASES = _cases()


def network(synapse: Any, receptor: str = "CondExpPostSynapticResponse", **more: Any) -> Any:
    """A source, and a cell with a dendrite in the middle of which it ends."""
    sim.setup(timestep=CASES.DT, min_delay=CASES.DT, threads=more.get("threads", 1))
    m = sim.morphology
    soma = CASES.segment(0, ((18.8, 0), (0, 0)), (18.8, 18.8), "soma")
    dendrite = CASES.segment(1, ((0, 0), (-500, 0)), (2, 2), "dendrite", soma)
    members = {
        "ion_channels": CASES.channels(sim),
        "post_synaptic_entities": {"AMPA": getattr(sim, receptor)},
    }
    kind = type("Learner", (sim.MultiCompartmentNeuron,), members)(
        morphology=CASES.morphology(sim, soma, dendrite),
        cm=1.0,
        Ra=150.0,
        ionic_species=CASES.species(),
        pas={"conductance_density": m.uniform("all", 0.0003), "e_rev": -54.3},
        na={"conductance_density": m.uniform("soma", 0.12)},
        kdr={"conductance_density": m.uniform("soma", 0.036)},
        AMPA={"locations": m.at_distances("dendrite", [0.5]), **RECEPTORS[receptor]},
    )
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=TIMES))
    cells = sim.Population(1, kind, initial_values={"v": -65.0})
    made = sim.Projection(source, cells, sim.AllToAllConnector(), synapse(), receptor_type="AMPA")
    cells.record("spikes")
    cells.record("v", locations={"soma": "soma"})
    return made, cells


def pairs(fraction: float = 1.0, scale: float = 1.0, weight: float = 0.02) -> Any:
    rule = sim.SpikePairRule(A_plus=2e-3 * scale, A_minus=3e-3 * scale, tau_plus=15.0)
    bounds = sim.AdditiveWeightDependence(w_min=0.0, w_max=1.0)
    return sim.STDPMechanism(
        rule, bounds, weight=weight, delay=1.0, dendritic_delay_fraction=fraction
    )


def _traced(cells: Any) -> tuple[Any, Any]:
    segment = cells.get_data().segments[0]
    return segment.analogsignals[0].magnitude[:, 0], segment.spiketrains[0].magnitude


@pytest.mark.parametrize("receptor", RECEPTORS)
def test_receptors_answer_as_to_static_synapses(receptor: str) -> None:
    weight = 0.5 if receptor.startswith("Curr") else 0.02
    found = []
    for kind in (
        lambda: sim.StaticSynapse(weight=weight, delay=1.0),
        lambda: pairs(scale=0.0, weight=weight),
    ):
        _, cells = network(kind, receptor)
        sim.run(100.0)
        found.append(_traced(cells))
    assert len(found[0][1]) >= 3
    assert np.array_equal(found[0][1], found[1][1])
    assert np.max(np.abs(found[0][0] - found[1][0])) < 1e-5


@pytest.mark.parametrize("fraction", [0.0, 0.5, 1.0])
def test_weights_follow_pairs_of_spikes(fraction: float) -> None:
    made, cells = network(lambda: pairs(fraction))
    weights = []
    for time in TIMES:
        sim.run_until(time + 2.0)
        weights.append(made.get("weight", "list")[0][2])
    sim.run_until(100.0)
    spikes = _traced(cells)[1]
    assert len(spikes) >= 3
    assert weights == pytest.approx(learnt(spikes, 1.0, fraction, 2.0 - fraction), rel=1e-9)


def learnt(spikes: Any, delay: float, fraction: float, after: float) -> list[float]:
    """The weight so long after each spike of the source, by the sum over all pairs [ms]."""
    heard = [time + fraction * delay for time in spikes]
    arrived = [time + (1.0 - fraction) * delay for time in TIMES]
    events = sorted([*((t, 1) for t in heard), *((t, 0) for t in arrived)])
    w, changes = 0.02, []
    for now, is_post in events:
        others = [t for t in (arrived if is_post else heard) if t < now - 1e-6]
        if is_post:
            w += 2e-3 * sum(np.exp((t - now) / 15.0) for t in others)
        else:
            w -= 3e-3 * sum(np.exp((t - now) / 20.0) for t in others)
        w = max(w, 0.0)
        changes.append((now, w))
    return [[w for now, w in changes if now <= time + after][-1] for time in TIMES]


def test_each_synapse_has_its_own_numbers_and_any_number_of_threads_the_same_bits() -> None:
    def synapse() -> Any:
        used = sim.RandomDistribution("uniform", low=0.1, high=0.9, rng=sim.NumpyRNG(seed=2))
        return sim.TsodyksMarkramSynapse(
            U=used, tau_rec=60.0, tau_facil=20.0, weight=0.02, delay=1.0
        )

    found = []
    for threads in (1, 2):
        _, cells = network(synapse, threads=threads)
        sim.run(60.0)
        found.append(_traced(cells)[0])
    assert np.array_equal(*found)
    assert np.ptp(found[0]) > 5.0


def test_reset_takes_weights_back() -> None:
    made, _ = network(pairs)
    sim.run(60.0)
    learnt = made.get("weight", "list")[0][2]
    sim.reset()
    assert made.get("weight", "list")[0][2] == 0.02 != learnt
    sim.run(60.0)
    assert made.get("weight", "list")[0][2] == learnt
    made.set(weight=0.5)
    assert made.get("weight", "list")[0][2] == 0.5


@pytest.mark.parametrize("fraction", [0.0, 0.25, 1.0])
def test_weights_follow_pairs_of_spikes_with_several_delays(fraction: float) -> None:
    """Each connection hears its cell by its own delay; it learns all of it ``f d`` later."""
    delays = [1.0, 2.0, 4.0]
    strong, cells = network(lambda: pairs(fraction, scale=0.0))
    source = sim.Population(3, sim.SpikeSourceArray(spike_times=TIMES))
    kind = pairs(fraction)
    listed = [(k, 0, 0.02, delay) for k, delay in enumerate(delays)]
    synapse = sim.STDPMechanism(
        kind.timing_dependence, kind.weight_dependence, dendritic_delay_fraction=fraction
    )
    connector = sim.FromListConnector(listed)
    made = sim.Projection(source, cells, connector, synapse, receptor_type="AMPA")
    assert len(strong) == 1
    weights = []
    for time in TIMES:
        sim.run_until(time + 4.5)
        weights.append([row[2] for row in made.get("weight", "list")])
    spikes = _traced(cells)[1]
    assert len(spikes) >= 3
    for number, delay in enumerate(delays):
        expected = learnt(spikes, delay, fraction, 4.5 - fraction * delay)
        assert [row[number] for row in weights] == pytest.approx(expected, rel=1e-9)


SURE = {
    "SimpleStochasticSynapse": {"p": 1.0},
    "StochasticTsodyksMarkramSynapse": {"U": 1.0, "tau_rec": 0.01, "tau_facil": 0.0},
    "MultiQuantalSynapse": {"U": 1.0, "n": 3, "tau_rec": 0.01, "tau_facil": 0.0},
}


@pytest.mark.parametrize("name", SURE)
def test_stochastic_synapses_that_never_fail_are_static(name: str) -> None:
    found = []
    for kind, given in (("StaticSynapse", {}), (name, SURE[name])):
        synapse = getattr(sim, kind)(weight=0.02, delay=1.0, **given)
        _, cells = network(lambda made=synapse: made)
        sim.run(60.0)
        found.append(_traced(cells)[0])
    assert np.ptp(found[0]) > 50.0
    assert np.max(np.abs(found[0] - found[1])) < 1e-12


@pytest.mark.parametrize("receptor", list(RECEPTORS))
def test_a_spike_is_transmitted_as_a_whole_or_not_at_all(receptor: str) -> None:
    """Also where it acts on two states of a receptor."""
    m = sim.morphology
    sim.setup(timestep=CASES.DT, min_delay=CASES.DT)
    soma = CASES.segment(0, ((18.8, 0), (0, 0)), (18.8, 18.8), "soma")
    members = {
        "ion_channels": {"pas": sim.PassiveLeak},
        "post_synaptic_entities": {"AMPA": getattr(sim, receptor)},
    }
    kind = type("Passive", (sim.MultiCompartmentNeuron,), members)(
        morphology=CASES.morphology(sim, soma),
        cm=1.0,
        Ra=150.0,
        ionic_species={},
        pas={"conductance_density": m.uniform("all", 0.0003), "e_rev": -65.0},
        AMPA={"locations": m.at_distances("soma", [0.5]), **RECEPTORS[receptor]},
    )
    cells = sim.Population(401, kind, initial_values={"v": -65.0})
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[2.0]))
    chance = sim.SimpleStochasticSynapse(weight=0.001, delay=1.0, p=0.5)
    sure = sim.StaticSynapse(weight=0.001, delay=1.0)
    every = sim.AllToAllConnector()
    sim.Projection(source, cells[:400], every, chance, receptor_type="AMPA")
    sim.Projection(source, cells[400:], every, sure, receptor_type="AMPA")
    cells.record("v")
    sim.run(6.0)
    moved = cells.get_data("v").segments[0].filter(name="v")[0].magnitude[-1] + 65.0
    assert moved[-1] > 0.01
    whole = np.isclose(moved[:-1], moved[-1], rtol=1e-6)
    assert np.all(whole | np.isclose(moved[:-1], 0.0, atol=1e-9))
    assert abs(np.sum(whole) - 200) < 40  # four standard deviations
