"""Programs of devices on warps of 32 lanes against the CPU engine; every access is looked at.

What a GPU would not run, and what two threads do to the same memory with no meeting between them,
ends these runs (`engine/cuda/lanes.py`). Numbers differ as in `test_device.py`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from device_networks import EQUATIONS, NETWORKS, seen, spikes_of

import annarchy_ml as aml
from annarchy_ml.diagnostics import EnvironmentFault
from annarchy_ml.engine.cuda import connections, emulated
from annarchy_ml.engine.cuda.lanes import LaneDevice, LaneProgram, Lanes

pytestmark = pytest.mark.filterwarnings("ignore:.*no equation of")
LIMIT = 1e-12
MODELS = Path(__file__).with_name("models")
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
MEET = "aml_meet(meeting);"
Chosen = Callable[..., list[LaneDevice]]


@pytest.fixture
def on_lanes(monkeypatch: pytest.MonkeyPatch, toolchain: Any) -> Chosen:
    """Makes the emulated device one of lanes from now on; gives those that were made."""

    def choose(lanes: Lanes, kind: type[LaneDevice] = LaneDevice) -> list[LaneDevice]:
        made: list[LaneDevice] = []

        def make(_: int) -> LaneDevice:
            made.append(kind(lanes))
            return made[-1]

        monkeypatch.setattr(emulated, "EmulatedDevice", make)
        return made

    return choose


def near(found: Any, expected: Any) -> None:
    scale = np.abs(expected).max(initial=0.0) or 1.0
    assert np.abs(np.asarray(found) - expected).max(initial=0.0) <= LIMIT * scale


STEPS = {
    "delays": Lanes(2, 2, 1, True),
    "relay_chain": Lanes(3, 1, 2, True),
    "noncommuting_delayed": Lanes(2, 2, 3, True),
    "gap_junctions": Lanes(1, 3, 4, True),
}


@pytest.mark.parametrize("name", STEPS)
def test_order_of_a_step(on_lanes: Chosen, name: str) -> None:
    made = on_lanes(STEPS[name])
    found = []
    for device in ("cpu", "emulated"):
        simulation = aml.load(MODELS / f"{name}.xml").compile(device=device)
        found.append(simulation.run(80 * simulation.plan.dt))
    assert len(made) == 1
    for column, signal in found[0].signals.items():
        near(found[1][column], np.asarray(signal))
    assert np.array_equal(found[0].events.times_s, found[1].events.times_s)
    assert np.array_equal(found[0].events.offsets, found[1].events.offsets)


@pytest.mark.parametrize("name", NETWORKS)
def test_network(monkeypatch: pytest.MonkeyPatch, on_lanes: Chosen, name: str) -> None:
    """Connections from rules are made on the device; long rows are delivered in parts."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.setattr(connections, "PIECE", 7)
    expected = spikes_of(name, *NETWORKS[name], "cpu")
    made = on_lanes(Lanes(2, 2, 5, True))
    found = spikes_of(name, *NETWORKS[name], "emulated")
    assert made
    assert sum(map(len, expected)) > 40
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


class FewItems(LaneDevice):
    """Counts few parts of rows at a time, as where these are very many; short rows have some."""

    def compile(self, source: str, *more: Any, **given: Any) -> LaneProgram:
        changed = source
        for name, value, other in (("MOST_ITEMS", "1 << 30", "20"), ("SHORT_PART", "4", "0")):
            assert changed.count(f"AML_{name} = {value}") == ("run_steps" in source)
            changed = changed.replace(f"AML_{name} = {value}", f"AML_{name} = {other}")
        return super().compile(changed, *more, **given)


@pytest.mark.parametrize("shape", [(2, 2), (5, 3)])
def test_more_parts_of_rows_than_are_counted_at_a_time(
    monkeypatch: pytest.MonkeyPatch, on_lanes: Chosen, shape: tuple[int, int]
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.setattr(connections, "PIECE", 3)
    given = "w3_brunel", 0.01, 0.01, "exponential_euler"
    expected = spikes_of(*given, "cpu")
    on_lanes(Lanes(*shape), FewItems)
    for one, other in zip(spikes_of(*given, "emulated"), expected, strict=True):
        np.testing.assert_array_equal(one, other)
    assert sum(map(len, expected)) > 200


@pytest.mark.parametrize("name", EQUATIONS)
def test_network_of_equations(on_lanes: Chosen, name: str) -> None:
    expected = seen(name, EQUATIONS[name], "cpu")
    on_lanes(Lanes(2, 2, 6, True))
    found = seen(name, EQUATIONS[name], "emulated")
    assert any(values.any() for values in expected.values())
    for label, values in expected.items():
        near(found[label], values)


@pytest.mark.parametrize("lanes", [Lanes(2, 2, 1, True), Lanes(3, 1, 2)])
def test_cells_of_a_neuroml_file(
    monkeypatch: pytest.MonkeyPatch, on_lanes: Chosen, tmp_path: Path, lanes: Lanes
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    entry = importlib.import_module("models").hh_population(tmp_path, 70)
    on_lanes(lanes)
    found = []
    for device in ("cpu", "emulated"):
        simulation = aml.load(entry).compile(device=device)
        simulation.step(30)
        found.append(np.array(simulation.get("cells/v")))
    assert np.ptp(found[0]) > 0
    near(found[1], found[0])


class LacksMeeting(LaneDevice):
    """Leaves out one meeting of a step."""

    left_out = 0

    def compile(self, source: str, *more: Any, **given: Any) -> LaneProgram:
        head, step = source.split("// `given` are", 1)
        parts = step.split(MEET)
        parts[self.left_out : self.left_out + 2] = [";".join(parts[self.left_out :][:2])]
        return super().compile(f"{head}// `given` are{MEET.join(parts)}", *more, **given)


@pytest.mark.parametrize("number", [0, 1])
def test_a_step_that_lacks_a_meeting_is_found(
    monkeypatch: pytest.MonkeyPatch, on_lanes: Chosen, number: int
) -> None:
    """So that what these tests let pass has all that it needs."""
    monkeypatch.setattr(LacksMeeting, "left_out", number)
    on_lanes(Lanes(2, 2, 1, True), LacksMeeting)
    simulation = aml.load(MODELS / "delays.xml").compile(device="emulated")
    with pytest.raises(EnvironmentFault, match="no meeting is between what two threads do"):
        simulation.run(80 * simulation.plan.dt)


def test_connections_that_change_while_events_are_under_way(on_lanes: Chosen) -> None:
    cell = aml.Neuron(
        parameters="drive = 0.1",
        equations="dv/dt = drive - 0.05*v + 0.2*g_exc",
        spike="v > 1.0",
        reset="v = 0.0",
    )
    learning = aml.Synapse(
        parameters="tau = 6.0",
        equations="tau*dx/dt = -x : event-driven\ntau*dy/dt = -y : event-driven",
        pre_spike="g_target += w\nx += 1.0\nw -= 0.03*y",
        post_spike="y += 1.0\nw += 0.05*x",
    )
    on_lanes(Lanes(2, 1, 7, True))
    seen_by = []
    for device in ("cpu", "emulated"):
        net = aml.Network(seed=2)
        net.config(structural_plasticity=True, device=device)
        cells = net.create(9, cell)
        cells.drive = 0.2 + 0.05 * np.arange(9)
        made = net.connect(cells, cells, "exc", learning)
        made.all_to_all(weights=0.5, delays=5.0)
        net.compile()
        net.simulate(12.0)
        made.prune_synapses(3, [1, 2])
        made.delay = 3.0
        net.simulate(6.0)
        made.create_synapses(3, [2], [0.7], [4.0])
        net.simulate(12.0)
        seen_by.append([np.concatenate([np.ravel(row) for row in made.w]), np.array(cells.v)])
    near(seen_by[1][0], seen_by[0][0])
    near(seen_by[1][1], seen_by[0][1])
    assert np.ptp(seen_by[0][0]) > 0.1
