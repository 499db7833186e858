"""Gap junctions of PyNN's cells with morphology, and spikes that other parts than the soma send."""

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


def _cases() -> Any:
    spec = importlib.util.spec_from_file_location("make_cables", FOLDER / "make_cables.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


CASES = _cases()


@pytest.fixture(autouse=True)
def fresh() -> None:
    sim.setup(timestep=DT, min_delay=DT)


def leaky(dendrite: bool = True) -> Any:
    """A type of passive cells without receptors."""
    soma = CASES.segment(0, ((0, 0), (20, 0)), (20, 20), "soma")
    parts = [soma]
    if dendrite:
        parts.append(CASES.segment(1, ((20, 0), (320, 0)), (2, 2), "dendrite", soma))
    made = type("Leaky", (sim.MultiCompartmentNeuron,), {"ion_channels": {"pas": sim.PassiveLeak}})
    return made(
        morphology=CASES.morphology(sim, *parts),
        Ra=150.0,
        pas={"conductance_density": 3e-4, "e_rev": -65.0},
    )


def joined(pre: Any, post: Any, weight: float, where: Any = None, **given: Any) -> Any:
    connector = sim.AllToAllConnector(location_selector=where)
    return sim.Projection(pre, post, connector, sim.ElectricalSynapse(weight=weight), **given)


def signal(cells: Any, name: str) -> Any:
    return cells.get_data().segments[0].filter(name=name)[0].magnitude


@pytest.mark.parametrize("kind", ["IF_cond_exp", "Izhikevich", "same"])
def test_cells_that_rest_stay_at_rest(kind: str) -> None:
    cells = sim.Population(2, leaky(), initial_values={"v": -65.0})
    other = cells[1:2]
    if kind != "same":
        v = -70.0 if kind == "Izhikevich" else -65.0
        other = sim.Population(1, getattr(sim, kind)(), initial_values={"v": v})
    joined(other, cells[0:1], 0.0 if kind == "Izhikevich" else 0.01, "dendrite")
    cells.record("v", locations=("soma", "dendrite"))
    sim.run(2.0)
    for name in ("soma.v", "dendrite.v"):
        assert np.max(np.abs(signal(cells, name) + 65.0)) < 1e-11


@pytest.mark.parametrize("point", [False, True])
def test_two_cells_share_a_current_by_their_conductances(point: bool) -> None:
    """Leaks of both, and a junction, which is changed after a run."""
    cells = sim.Population(2, leaky(dendrite=False), initial_values={"v": -65.0})
    leak = 3e-4 * np.pi * 20.0**2 * 1e-8 * 1e6  # uS
    other = cells[1:2]
    if point:
        other = sim.Population(1, sim.IF_curr_exp(cm=0.01, tau_m=0.01 / leak, v_thresh=100.0))
    made = joined(other, cells[0:1], 0.0)
    sim.DCSource(amplitude=0.01).inject_into(cells[0:1])
    cells.record("v", locations="soma")
    sim.run(50.0)
    before = signal(cells, "soma.v")[-1, 0] + 65.0
    made.set(weight=0.01)
    sim.run(150.0)
    assert made.get("weight", "list", with_address=False) == [0.01]
    assert before == pytest.approx(0.01 / leak, rel=1e-4)
    apart = 0.01 / (leak + 0.02)
    after = signal(cells, "soma.v")[-1] + 65.0
    assert after[0] == pytest.approx((0.01 / leak + apart) / 2, rel=1e-6)
    if not point:
        assert after[1] == pytest.approx((0.01 / leak - apart) / 2, rel=1e-6)


def test_places_at_both_ends_can_be_named() -> None:
    """By the selector of the connector, or as PyNN's ``SECTION.gap``: the same."""

    def ends(where: Any, **given: Any) -> Any:
        sim.setup(timestep=DT)
        cells = sim.Population(2, leaky(), initial_values={"v": [-65.0, -50.0]})
        assert len(joined(cells[1:2], cells[0:1], 0.005, where, **given)) == 1
        cells.record("v", locations=("soma", "dendrite"))
        sim.run(5.0)
        return [signal(cells, f"{name}.v") for name in ("soma", "dendrite")]

    first = ends("dendrite", source="dendrite.gap")
    assert np.array_equal(first, ends(None, source="dendrite.gap", receptor_type="dendrite.gap"))
    somatic = ends(None, source="source_section.gap", receptor_type="source_section.gap")
    assert np.array_equal(somatic, ends("soma"))
    assert first[1][-1, 0] > first[0][-1, 0] > -65.0  # it comes by the dendrite
    assert somatic[0][-1, 0] > somatic[1][-1, 0]


def shown(adding: bool) -> dict[str, Any]:
    """Cells of several kinds that are joined, before and after more is joined to nothing."""
    sim.setup(timestep=DT)
    cells = sim.Population(2, CASES.ball_and_stick_kind(sim), initial_values={"v": -65.0})
    points = sim.Population(1, sim.HH_cond_exp(i_offset=0.5), initial_values={"v": -60.0})
    joined(cells[0:1], cells[1:2], 0.002, "dendrite")
    joined(points, cells, 0.003, receptor_type="source_section.gap")
    sim.DCSource(amplitude=0.3).inject_into(cells[0:1], location="soma")
    cells.record("v", locations=("soma", "dendrite"))
    points.record("v")
    sim.run(8.0)
    if adding:
        joined(points, cells[0:1], 0.0, "dendrite")
        joined(cells[1:2], cells[0:1], 0.0)
        more = sim.Population(2, leaky(), initial_values={"v": [-65.0, -50.0]})
        joined(more[0:1], more[1:2], 0.01)
    sim.run(12.0)
    found = {name: signal(cells, name) for name in ("soma.v", "dendrite.v")}
    return {**found, "v": signal(points, "v")}


def test_joined_cells_go_on_when_more_is_added() -> None:
    expected, found = shown(False), shown(True)
    assert expected["soma.v"].max() > 0.0
    for name, values in expected.items():
        assert np.allclose(found[name], values, rtol=0.0, atol=1e-10), name


def test_spikes_can_be_sent_from_any_part() -> None:
    """The source is where the potential passes 10 mV: at the axon later than at the soma."""
    cells = sim.Population(1, CASES.branched_kind(sim), initial_values={"v": -65.0})
    sim.DCSource(amplitude=0.5).inject_into(cells, location="soma")
    targets = sim.Population(2, sim.IF_cond_exp())
    every, synapse = sim.AllToAllConnector(), sim.StaticSynapse(weight=0.001, delay=1.0)
    sim.Projection(cells, targets[0:1], every, synapse)
    sim.Projection(cells, targets[1:2], every, synapse, source="axon")
    targets.record("gsyn_exc")
    cells.record("v", locations=("soma", "axon"))
    sim.run(10.0)
    steps = []
    for name in ("soma.v", "axon.v"):
        v = signal(cells, name)[:, 0]
        steps.append(int(np.flatnonzero((v[1:] > 10.0) & (v[:-1] <= 10.0))[0]) + 1)
    arrived = [int(item) for item in np.argmax(signal(targets, "gsyn_exc") > 0.0, axis=0)]
    assert steps[0] != steps[1]
    assert arrived == [step + round(1.0 / DT) for step in steps]


def test_what_cannot_be_joined_is_refused() -> None:
    cells = sim.Population(1, leaky())
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0]))
    points = sim.Population(1, sim.IF_cond_exp())
    with pytest.raises(TypeError, match="IF_cond_exp has no parts for a 'source'"):
        sim.Projection(points, points, sim.AllToAllConnector(), source="axon")
    with pytest.raises(ValueError, match="a 'source' is one place"):
        joined(cells, points, 0.1, source=sim.morphology.with_label("soma", "dendrite"))
    with pytest.raises(sim.errors.ConnectionError, match=r"no receptor 'source_section\.gap'"):
        sim.Projection(points, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.1))
    joined(source, cells, 0.1)
    with pytest.raises(NotImplementedError, match="ElectricalSynapse joins cells with currents"):
        sim.run(1.0)
