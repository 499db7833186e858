"""Networks built from Python at work: values of each cell, draws, threads, pieces, results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annarchy_ml import (
    AllToAll,
    Explicit,
    FixedIndegree,
    FixedProbability,
    NetworkModel,
    Normal,
    Uniform,
)

Iaf = Callable[..., Any]
DT = 2.0**-13
STEPS = 500


def test_inputs_that_hold_a_synapse_and_sources_with_parts(executor: str, iaf: Iaf) -> None:
    net, cells = iaf(3)
    spikes = (net.part("spike", id=str(k), time=f"{k + 1} ms") for k in (0, 9))
    net.component("twice", "spikeArray", *spikes)
    target = {"synapse": "ampa", "spikeTarget": "./ampa"}
    net.component("rain", "poissonFiringSynapse", averageRate="500 Hz", **target)
    sources = net.population("sources", "twice", 3)
    net.input("rain_on_one", cells[1], "rain")
    net.projection("p", sources, cells[2:], Explicit([1], [0]), "ampa", weight=0.1)
    net.record(cells, "v")
    net.record_spikes(sources[:1])
    net.record_spikes(sources[1:])
    results = net.compile(DT, 200 * DT, executor=executor).run()
    values = results.array("cells", "v")[1]
    assert np.all(values[:, 0] == -0.06)
    assert np.ptp(values[:, 1]) > 1e-3 and np.ptp(values[:, 2]) > 1e-4
    times, numbers = results.spikes("sources")
    assert numbers.tolist() == [0, 1, 2, 0, 1, 2]
    np.testing.assert_allclose(times, [1e-3] * 3 + [1e-2] * 3, atol=2 * DT)


def test_the_hash_of_a_network_names_its_content(iaf: Iaf) -> None:
    def hash_of(weight: float, v: float) -> str:
        net, cells = iaf(3)
        cells.set(v=np.full(3, v))
        net.projection("p", cells, cells, AllToAll(), "ampa", weight=weight)
        return str(net.compile(DT, DT).run().provenance["model_hash"])

    assert hash_of(0.1, -0.06) == hash_of(0.1, -0.06)
    assert len({hash_of(0.1, -0.06), hash_of(0.2, -0.06), hash_of(0.1, -0.061)}) == 3


def test_values_of_each_cell(executor: str, iaf: Iaf) -> None:
    net, cells = iaf()
    thresholds = np.linspace(-0.055, -0.045, 6)
    cells.set(thresh=thresholds, v="-58 mV", C="0.5 nF")
    cells[[1, 4]].set(v=[-0.051, -0.052])
    net.input("drive", cells, "pulse").set(amplitude=Uniform(6e-10, 8e-10))
    net.record(cells, "v")
    simulation = net.compile(DT, 10 * DT, executor=executor)
    rows = simulation.run().array("cells", "v")[1]
    assert rows[0].tolist() == [-0.058, -0.051, -0.058, -0.058, -0.052, -0.058]
    assert simulation.get("cells/thresh").tolist() == thresholds.tolist()
    assert simulation.get("cells/C").tolist() == [5e-10] * 6
    drives = simulation.get("cells/synapses:pulse/amplitude")
    assert len(np.unique(drives)) == 6 and 6e-10 <= drives.min() < drives.max() < 8e-10
    v = rows[0]
    for row in range(1, 8):  # before the pulse begins
        v = v + DT * (5e-8 * (-0.06 - v)) / 5e-10
        fired = v > thresholds
        v = np.where(fired, -0.06, v)
        np.testing.assert_allclose(rows[row], v, rtol=1e-12)


def test_draws_depend_on_seed_population_and_name_alone(iaf: Iaf) -> None:
    def drawn(seed: int, order: int) -> np.ndarray:
        net, cells = iaf(1000)
        values = {"v": Normal(-0.06, 0.002, low=-0.063), "thresh": Uniform(-0.05, -0.04)}
        for name in sorted(values, reverse=bool(order)):
            cells.set(**{name: values[name]})
        net.population("others", "lif", 1000).set(v=values["v"])
        simulation = net.compile(DT, seed=seed)
        return np.stack([simulation.get(p) for p in ("cells/v", "cells/thresh", "others/v")])

    first = drawn(3, 0)
    assert np.array_equal(first, drawn(3, 1))
    assert not np.any(first == drawn(4, 0))
    assert first[0].min() >= -0.063
    assert abs(first[2].mean() + 0.0597) < 3e-4
    assert not np.any(first[0] == first[2])


def test_a_derived_parameter_follows_in_each_cell(executor: str) -> None:
    net = NetworkModel("noise")
    net.component("noise", "spikeGeneratorPoisson", averageRate="10 Hz")
    cells = net.population("cells", "noise", 400)
    cells[200:].set(averageRate=100.0)
    net.record_spikes(cells)
    _, numbers = net.compile(DT, 1.0, seed=2, executor=executor).run().spikes("cells")
    assert 1600 < np.sum(numbers < 200) < 2400
    assert 18000 < np.sum(numbers >= 200) < 22000


def test_pieces_resets_and_values_set_between(executor: str, iaf: Iaf) -> None:
    def built() -> NetworkModel:
        net, cells = iaf(20)
        cells.set(v=Uniform(-0.06, -0.05))
        net.input("drive", cells, "pulse")
        net.projection("p", cells, cells, FixedProbability(0.2), "ampa", weight=0.1, delay=2 * DT)
        net.record(cells, "v")
        net.record_spikes(cells)
        return net

    whole = built().compile(DT, STEPS * DT, executor=executor)
    results = whole.run()
    pieces = built().compile(DT, executor=executor)
    for part in (100, 150, 250):
        later = pieces.run(part * DT)
    assert np.array_equal(results.array("cells", "v")[1], later.array("cells", "v")[1])
    for one, other in zip(results.spikes("cells"), later.spikes("cells"), strict=True):
        assert len(one) > 50 and np.array_equal(one, other)
    pieces.reset()
    again = pieces.run(STEPS * DT)
    assert np.array_equal(results.array("cells", "v")[1], again.array("cells", "v")[1])
    pieces.reset()
    pieces.set("cells/v", np.full(20, -0.06))
    pieces.set("cells/synapses:ampa/gbase", 0.0)
    quiet = pieces.run(STEPS * DT).array("cells", "v")[1]
    assert np.all(quiet == quiet[:, :1])


def test_bits_are_equal_for_any_number_of_threads(iaf: Iaf) -> None:
    found = []
    for threads in (1, 2, 3, 7):
        net, cells = iaf(200)
        cells.set(v=Normal(-0.055, 0.002))
        net.input("drive", cells[:150], "pulse")
        net.projection(
            "p",
            cells,
            cells,
            FixedIndegree(10),
            "ampa",
            weight=Uniform(0.0, 0.1),
            delay=Uniform(DT, 9 * DT),
        )
        net.record(cells[::7], "v")
        net.record_spikes(cells)
        results = net.compile(DT, STEPS * DT, seed=11, threads=threads).run()
        found.append((*results.spikes("cells"), results.array("cells", "v")[1]))
    for other in found[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(found[0], other, strict=True))
    assert len(found[0][0]) > 500


@pytest.mark.parametrize("precision", ("single", "double"))
@pytest.mark.parametrize("method", ("reference", "auto"))
def test_methods_and_precisions(method: str, precision: str, iaf: Iaf) -> None:
    net, cells = iaf(40)
    net.input("drive", cells, "pulse")
    net.projection("p", cells, cells, FixedProbability(0.1), "ampa", delay=DT)
    net.record_spikes(cells[5:25])
    results = net.compile(DT, STEPS * DT, method=method, precision=precision).run()
    assert results.provenance["precision"] == precision
    assert results.provenance["method"].startswith(method)
    times, numbers = results.spikes("cells")
    assert np.all(np.diff(times) >= 0) and set(numbers) == set(range(5, 25))


def test_results_leave_as_neo(iaf: Iaf) -> None:
    pytest.importorskip("neo")
    net, cells = iaf(5)
    net.input("drive", cells, "pulse")
    net.record(cells[1:3], "v")
    net.record_spikes(cells)
    segment = net.compile(DT, STEPS * DT).run().to_neo().segments[0]
    assert segment.analogsignals[0].shape == (STEPS + 1, 2)
    assert segment.analogsignals[0].name == "cells.v"
    assert [train.annotations["index"] for train in segment.spiketrains] == [0, 1, 2, 3, 4]
    assert all(len(train) > 0 for train in segment.spiketrains)


def test_a_population_may_have_the_name_of_the_network() -> None:
    net = NetworkModel("noise")
    net.component("clock", "spikeGenerator", period="5 ms")
    clocks = net.population("noise", "clock", 2)
    clocks.set(period=[0.005, 0.007])
    net.record_spikes(clocks)
    simulation = net.compile(DT, 0.012)
    assert simulation.get("noise/period").tolist() == [0.005, 0.007]
    assert simulation.run().spikes("noise")[1].tolist() == [0, 1, 0]


RELAY = """<Lems><Include file="Cells.xml"/>
<ComponentType name="relay" extends="baseSpikingCell">
  <EventPort name="in" direction="in"/><EventPort name="late" direction="out"/>
  <Parameter name="tau" dimension="time"/>
  <Dynamics>
    <StateVariable name="x" dimension="none"/>
    <TimeDerivative variable="x" value="1 / tau"/>
    <OnCondition test="x .gt. 1">
      <StateAssignment variable="x" value="0"/><EventOut port="spike"/>
    </OnCondition>
    <OnEvent port="in"><EventOut port="late"/></OnEvent>
  </Dynamics>
</ComponentType>
<relay id="relay" tau="7 ms"/>
</Lems>"""


def test_events_of_several_ports(tmp_path: Path, executor: str) -> None:
    (tmp_path / "relay.xml").write_text(RELAY)
    net = NetworkModel("relays")
    net.include(tmp_path / "relay.xml")
    relays = net.population("relays", "relay", 3)
    clock = net.population("clock", net.component("clock", "spikeGenerator", period="4 ms"), 1)
    net.projection("p", clock, relays[:2], AllToAll(), port="in")
    for port in ("spike", "late"):
        net.record_spikes(relays, port)
    results = net.compile(DT, 0.02, executor=executor).run()
    found = {port: results.spikes("relays", port) for port in (None, "spike", "late")}
    assert found["spike"][1].tolist() == [0, 1, 2] * 2
    assert found["late"][1].tolist() == [0, 1] * 4
    times, cells = found[None]
    assert len(times) == 14 and np.all(np.diff(times) >= 0.0)
    assert sorted(zip(times, cells, strict=False)) == sorted(
        pair for port in ("spike", "late") for pair in zip(*found[port], strict=False)
    )
    with pytest.raises(KeyError, match="no events of 'relays:out'"):
        results.spikes("relays", "out")
