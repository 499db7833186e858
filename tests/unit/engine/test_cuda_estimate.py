"""The memory that a plan will take on a device, before it is built."""

import importlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import annarchy_ml as aml
from annarchy_ml.diagnostics import EnvironmentFault
from annarchy_ml.engine.cuda.connect import ENTRIES
from annarchy_ml.engine.cuda.emulated import EmulatedDevice
from annarchy_ml.engine.cuda.estimate import check_room, estimate, while_connected
from annarchy_ml.engine.cuda.expected import expected_number, steps_of_delays
from annarchy_ml.engine.cuda.runtime import DeviceRuntime
from annarchy_ml.kernels import connectivity as rules
from annarchy_ml.kernels.plan import GroupEventRecording
from annarchy_ml.options import CompileOptions
from annarchy_ml.session.lowering import lower_model, lower_network

TESTS = Path(__file__).parents[2]
MODELS = TESTS / "system" / "models"
NAMES = sorted(
    path.stem for path in MODELS.glob("*.xml") if "<Target" in path.read_text(encoding="utf-8")
)
NETWORKS = {
    "w1_izhikevich": "describe",
    "w2_coba": "describe",
    "w3_brunel": "describe",
    "w4_microcircuit": "describe",
    "w5_stdp": "describe",
    "w6_rate": "oja",
}


class Counting(EmulatedDevice):
    """Knows how much was taken at most; only connections by rule are really made."""

    most = 0

    def compile(self, source, entries, exact=False):
        return super().compile(source, entries, exact) if entries == ENTRIES else None

    def allocate(self, nbytes):
        made = super().allocate(nbytes)
        self.most = max(self.most, self.memory_total - self.memory_free)
        return made


@pytest.fixture
def compared(monkeypatch, toolchain):
    """Compares the estimate of a plan with what it takes; what is recorded takes little."""
    monkeypatch.setattr("annarchy_ml.engine.cuda.ports.MOST_EVENTS", 1 << 10)
    monkeypatch.setattr("annarchy_ml.engine.cuda.ports.MOST_BYTES_OF_ROWS", 1 << 10)

    def compare(plan, more=1.05):
        device = Counting()
        made = DeviceRuntime(plan, device)
        built = device.most
        made._prepared()
        taken = device.memory_total - device.memory_free
        found = sum(size for _, size in estimate(plan))
        assert taken <= found <= more * taken + 1000
        if built:
            assert built <= while_connected(plan) <= 2.0 * built + 10_000

    return compare


@pytest.mark.parametrize("name", NAMES)
def test_a_model_takes_what_is_estimated(compared, name):
    model = aml.load(MODELS / f"{name}.xml")
    compared(lower_model(model, CompileOptions("auto"), ()).whole_plan())


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_takes_what_is_estimated(compared, monkeypatch, name, precision):
    monkeypatch.syspath_prepend(str(TESTS.parent / "benchmarks"))
    workload = importlib.import_module("workload")
    options = workload.Options(1, 0.05, 0.01, 3, precision, "reference", "")
    described = getattr(importlib.import_module(name), NETWORKS[name])(options)
    given = CompileOptions("reference", precision, 1e-4, 0.01, 3)
    # Delays of a few connections are shorter than those of as many networks may be.
    compared(lower_network(described.net, given).whole_plan(), 1.25)


@pytest.mark.parametrize("delays", [1.0, 3.0, aml.DiscreteUniform(1.0, 9.0)], ids=str)
@pytest.mark.parametrize("weights", [0.5, aml.Uniform(0.0, 1.0)], ids=["one", "many"])
def test_rates_with_delays_take_what_is_estimated(compared, delays, weights):
    net = aml.Network(dt=1.0, seed=1)
    cell = aml.Neuron(equations="tau = 10.0\ndr/dt = (sum(exc) - r) / 10.0")
    one, other = net.create(300, cell), net.create(70, cell)
    net.connect(one, other, "exc").fixed_probability(0.3, weights, delays)
    net.connect(one, other, "exc").all_to_all(weights, delays)
    net.compile(executor="interpreter")
    compared(net.running.simulation.whole_plan())


def test_cells_of_compartments_take_what_is_estimated(compared, monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(TESTS.parent / "benchmarks"))
    path = importlib.import_module("w8_cables").network(tmp_path, 3, 1.0, "passive")
    compared(lower_model(aml.load(path), CompileOptions("auto"), ()).whole_plan())


@pytest.mark.parametrize(
    ("law", "shortest", "longest"),
    [
        (2e-3, 20, 20),
        (rules.Uniform(1e-3, 2e-3), 10, 20),
        (rules.Normal(1e-3, 1e-4, 5e-5), 5, 15),
        (rules.Exponential(1e-3), 1, 116),
        (np.array([1e-3, 3e-3, 1e-3]), 10, 30),
    ],
    ids=lambda item: type(item).__name__,
)
def test_delays_in_steps(law, shortest, longest):
    found = steps_of_delays(law, 1000, 1e-4)
    assert (found.shortest, found.longest) == (shortest, longest)


@pytest.mark.parametrize(
    ("rule", "number"),
    [
        (rules.AllToAll(), 1200),
        (rules.OneToOne(), 30),
        (rules.FixedProbability(0.25), 300),
        (rules.FixedIndegree(5), 200),
        (rules.FixedOutdegree(5), 150),
        (rules.FixedTotalNumber(77), 77),
    ],
)
def test_connections_that_a_rule_makes(rule, number):
    assert expected_number(rule, 30, 40) == number


def plan_of(cells, precision="double", probability=0.1, delays=1.0):
    net = aml.Network(dt=0.1, seed=1)
    net.config(precision=precision)
    made = net.create(cells, aml.Izhikevich)
    net.connect(made, made, "exc").fixed_probability(probability, aml.Uniform(0.0, 1.0), delays)
    net.compile(executor="interpreter")
    return net.running.simulation.whole_plan(), net.running.simulation.runtime.network


def test_the_estimate_is_what_is_taken(toolchain):
    plan, _ = plan_of(3000)
    device = EmulatedDevice()
    before = device.memory_free
    state = DeviceRuntime(plan, device)._prepared()
    taken = before - device.memory_free
    fields = sum(values.nbytes for values in state.fields.values())
    kept = sum(rows.nbytes for rows, _, _ in state.ports._kept.values())
    connections = sum(span.connections.size for spans in state._spans for span in spans)
    found = dict(estimate(plan))
    assert fields < taken
    values = sum(size for name, size in found.items() if name.startswith("values"))
    links = sum(size for name, size in found.items() if name.startswith("connections"))
    assert values == pytest.approx(fields, rel=0.1)
    assert found["events of 'pop0'"] == pytest.approx(kept, rel=0.1)
    assert links == pytest.approx(connections * 6, rel=0.05)


@pytest.mark.parametrize(
    "delays",
    [aml.Uniform(1.0, 2.0), aml.Normal(1.5, 0.3, min=0.1), aml.Exponential(0.5, min=0.1)],
    ids=lambda law: type(law).__name__,
)
def test_delays_that_differ_are_estimated(toolchain, delays):
    plan, _ = plan_of(2000, delays=delays)
    runtime = DeviceRuntime(plan, EmulatedDevice())
    (made,) = (item.connections for item in runtime.network.made.values())
    taken = made.size * 6 + made.row_ptr.nbytes + made.segment_ptr.nbytes
    taken += made.segment_begin.nbytes + made.segment_delay.nbytes
    links = sum(size for name, size in estimate(plan) if name.startswith("connections"))
    assert 0.95 * taken < links < 1.2 * taken  # of laws with tails some more


def test_a_plan_that_will_not_fit_is_refused_before_it_is_built(toolchain):
    plan, _ = plan_of(3000, "single")
    room = EmulatedDevice(memory=5_000_000)
    with pytest.raises(EnvironmentFault) as fault:
        check_room(plan, room)
    head, largest, *_, hint = str(fault.value).splitlines()
    assert head.startswith(
        "error[memory.exceeded]: the model does not fit into the memory of emulated: it needs 0.00"
    )
    assert head.endswith(" GB, 0.005 GB are free")
    assert largest.startswith("  note: connections 0 from 'pop0' to 'pop0' take 0.00")
    assert hint.startswith("  hint: precision='single' or fewer connections take less")
    check_room(plan, EmulatedDevice(memory=8_000_000))


@pytest.mark.parametrize("delays", [150.0, aml.Uniform(1.0, 150.0), aml.Normal(100.0, 16.7)])
def test_events_under_way_over_long_delays_are_estimated(toolchain, delays):
    plan, _ = plan_of(1000, delays=delays)
    state = DeviceRuntime(plan, EmulatedDevice())._prepared()
    ((rows, _, _),) = state.ports._kept.values()
    assert dict(estimate(plan))["events of 'pop0'"] == pytest.approx(rows.nbytes, rel=0.2)
    with pytest.raises(EnvironmentFault, match=r"note: events of 'pop0' take 0\.00\d+ GB"):
        check_room(plan, EmulatedDevice(memory=2_000_000))


def test_what_is_recorded_is_estimated(toolchain):
    plan, _ = plan_of(100)
    all_cells = np.arange(100, dtype=np.int32)
    port = plan.projections[0].source_port
    plan = replace(plan, group_events=(GroupEventRecording("all", 0, port, all_cells, all_cells),))
    state = DeviceRuntime(plan, EmulatedDevice())._prepared()
    ((room, _, _),) = state.ports._records.values()
    assert room.nbytes > 5e6
    assert dict(estimate(plan))["events of 'pop0'"] == pytest.approx(room.nbytes, rel=0.01)
