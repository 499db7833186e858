"""What a PyNN script adds after a run of cells with morphology: all goes on as it was."""

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
DT = 0.025
STEPS = {"times": [5.0, 12.0, 21.0, 30.0], "amplitudes": [0.1, 0.25, -0.1, 0.3]}


def _cases() -> Any:
    spec = importlib.util.spec_from_file_location("make_cables", FOLDER / "make_cables.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


CASES = _cases()
EVERY = sim.AllToAllConnector()


def plastic(w_max: float = 0.02, weight: float = 0.004) -> Any:
    return sim.STDPMechanism(
        sim.SpikePairRule(), sim.AdditiveWeightDependence(w_max=w_max), weight=weight, delay=1.0
    )


class Network:
    """Cells under currents and all kinds of synapses, some of them connected to one another."""

    def __init__(self) -> None:
        sim.setup(timestep=DT, min_delay=DT, seed=5)
        m = sim.morphology
        self.cells = sim.Population(3, CASES.branched_kind(sim), initial_values={"v": -65.0})
        sim.StepCurrentSource(**STEPS).inject_into(self.cells[0:1], location="soma")
        sim.NoisyCurrentSource(mean=0.1, stdev=0.1, dt=0.5).inject_into(self.cells, location="left")
        self.source = sim.Population(2, sim.SpikeSourcePoisson(rate=150.0))
        weights = np.linspace(0.001, 0.01, 6).reshape(2, 3)
        both = m.with_label("left", "trunk")
        self.static = CASES.onto(sim, self.source, self.cells, both, (weights, 0.5, "AMPA"))
        CASES.onto(sim, self.cells[0:1], self.cells[2:3], "left", (0.02, 3.0, "AMPA"))
        CASES.onto(sim, self.source, self.cells, "trunk", (0.1, 1.5, "CURR"))
        used = sim.RandomDistribution("uniform", (0.1, 0.9), rng=sim.NumpyRNG(3))
        for synapse in (
            sim.TsodyksMarkramSynapse(weight=0.001, tau_facil=20.0, delay=2.0),
            sim.TsodyksMarkramSynapse(weight=0.001, U=used),
            sim.SimpleStochasticSynapse(weight=0.002, p=0.5, delay=1.2),
        ):
            self.onto(synapse)
        self.learning = self.onto(plastic())
        self.cells.record("v", locations=("soma", "trunk", "left"))
        self.cells.record(["na.m", "kdr.n"], locations="axon")
        self.cells.record("AMPA.gsyn", locations="left")
        self.cells.record("spikes")

    def onto(self, synapse: Any) -> Any:
        return sim.Projection(self.source, self.cells, EVERY, synapse, receptor_type="AMPA")

    def add(self) -> None:
        """Cells that the others do not see, and more connections and currents, of nothing."""
        for where in ("trunk", "left"):
            CASES.onto(sim, self.source, self.cells, where, (0.0, 0.7, "AMPA"))
        self.onto(plastic(0.0, 0.0))
        sim.DCSource(amplitude=0.0).inject_into(self.cells, location="left")
        points = sim.Population(2, sim.IF_cond_exp(i_offset=1.0))
        others = sim.Population(1, CASES.ball_and_stick_kind(sim))
        CASES.onto(sim, points, others, None, (0.01, 1.0, "AMPA"))

    def shown(self) -> dict[str, Any]:
        segment = self.cells.get_data().segments[0]
        found = {item.name: item.magnitude for item in segment.analogsignals}
        found["spikes"] = np.concatenate([item.magnitude for item in segment.spiketrains])
        found["weights"] = np.array(self.learning.get("weight", "list", with_address=False))
        return found


def run_on(parts: tuple[float, ...], change: Any) -> dict[str, Any]:
    """What is shown of a network that changes between the parts of a run."""
    made = Network()
    for number, part in enumerate(parts):
        if number:
            change(made)
        sim.run(part)
    return made.shown()


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        assert np.array_equal(found[name], values), name


def test_what_has_run_goes_on_when_cells_and_connections_are_added() -> None:
    whole = run_on((36.0,), None)
    assert len(whole["spikes"]) > 3
    assert np.ptp(whole["weights"]) > 1e-4
    assert np.ptp(whole["left.AMPA.gsyn"]) > 0.01
    for parts in ((16.0, 20.0), (15.975, 0.05, 19.975)):
        assert_same(run_on(parts, Network.add), whole)


def test_values_set_after_a_run_are_those_of_a_network_that_was_not_changed() -> None:
    def others(made: Network) -> None:
        made.static.set(weight=0.012)
        made.learning.set(weight=0.015)
        made.cells.initialize(v=-60.0, **{"na.h": 0.5})

    def with_more(made: Network) -> None:
        made.add()
        others(made)

    expected = run_on((16.0, 20.0), others)
    assert expected["soma.v"][640].tolist() != [-60.0] * 3
    assert not np.array_equal(expected["soma.v"], run_on((16.0, 20.0), lambda _: None)["soma.v"])
    assert_same(run_on((16.0, 20.0), with_more), expected)


def driven(late: bool) -> dict[str, Any]:
    """A cell that gets inputs which act after 10 ms; they are there from the start, or since 8."""
    sim.setup(timestep=DT, min_delay=DT)
    cells = sim.Population(2, CASES.ball_and_stick_kind(sim), initial_values={"v": -65.0})
    first = sim.Population(1, sim.SpikeSourceArray(spike_times=[3.0, 7.9, 12.0]))
    CASES.onto(sim, first, cells, "dendrite", (0.01, 1.0, "AMPA"))
    cells.record("v", locations=("soma", "dendrite"))
    if late:
        sim.run(8.0)
    second = sim.Population(1, sim.SpikeSourceArray(spike_times=[10.0, 11.0, 18.0]))
    CASES.onto(sim, second, cells[1:2], "dendrite", (0.02, 1.0, "AMPA"))
    sim.Projection(second, cells, EVERY, plastic(weight=0.01), receptor_type="AMPA")
    sim.DCSource(amplitude=0.2, start=14.0).inject_into(cells[0:1], location="soma")
    sim.run_until(25.0)
    segment = cells.get_data().segments[0]
    return {item.name: item.magnitude for item in segment.analogsignals}


def test_what_is_added_acts_as_if_it_had_always_been_there() -> None:
    whole, found = driven(False), driven(True)
    assert whole["soma.v"].max() > 0.0
    for name, values in whole.items():
        assert np.allclose(found[name], values, rtol=0.0, atol=1e-9), name


def test_conductances_at_a_place_are_those_of_all_its_synapses() -> None:
    sim.setup(timestep=DT, min_delay=DT)
    cells = sim.Population(2, CASES.ball_and_stick_kind(sim), initial_values={"v": -65.0})
    source = sim.Population(3, sim.SpikeSourceArray(spike_times=[1.0]))
    cells.record("AMPA.gsyn", locations="dendrite")
    sim.run(1.0)
    CASES.onto(sim, source, cells[0:1], "dendrite", (0.01, 1.0, "AMPA"))
    sim.Projection(source[0:2], cells[0:1], EVERY, plastic(weight=0.005), receptor_type="AMPA")
    source.set(spike_times=[2.0])
    sim.run(4.0)
    found = cells.get_data().segments[0].filter(name="dendrite.AMPA.gsyn")[0].magnitude
    assert np.all(found[:, 1] == 0.0)
    assert np.all(found[:121, 0] == 0.0)
    assert found[121:, 0] == pytest.approx(0.04 * np.exp(-DT * np.arange(1, 81) / 2.0), rel=1e-9)


def test_what_was_added_stays_after_a_reset() -> None:
    def soma(at_once: bool) -> Any:
        sim.setup(timestep=DT)
        cells = sim.Population(1, CASES.ball_and_stick_kind(sim), initial_values={"v": -65.0})
        cells.record("v", locations="soma")
        if not at_once:
            sim.run(5.0)
        sim.DCSource(amplitude=0.2, start=2.0).inject_into(cells, location="soma")
        if not at_once:
            sim.reset()
        sim.run(5.0)
        return cells.get_data().segments[-1].analogsignals[0].magnitude

    assert np.array_equal(soma(False), soma(True))


def test_more_is_recorded_after_a_run() -> None:
    def shown(late: bool) -> Any:
        sim.setup(timestep=DT)
        cells = sim.Population(2, CASES.ball_and_stick_kind(sim), initial_values={"v": -65.0})
        cells.record("v", locations="soma", sampling_interval=0.1)
        sim.DCSource(amplitude=0.3).inject_into(cells, location="soma")
        for part in (0, 1):
            if late == bool(part):
                cells[0:1].record(["na.m"], locations="soma")
                cells.record("v", locations="dendrite")
                cells.record("spikes")
            sim.run(4.05)
        segment = cells.get_data().segments[0]
        found = {item.name: item.magnitude for item in segment.analogsignals}
        return found, [item.magnitude for item in segment.spiketrains]

    (expected, times), (found, later) = shown(False), shown(True)
    for name, values in expected.items():
        fresh = ~np.isnan(found[name])
        assert np.array_equal(found[name][fresh], values[fresh]), name
        assert fresh[41:].all()
    assert np.isnan(found["dendrite.v"][:41]).all()
    assert [item[item > 4.05].tolist() for item in times] == [item.tolist() for item in later]
