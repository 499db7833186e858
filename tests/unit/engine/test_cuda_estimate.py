"""The memory that a plan will take on a device, before it is built."""

from dataclasses import replace

import numpy as np
import pytest

import annarchy_ml as aml
from annarchy_ml.diagnostics import EnvironmentFault
from annarchy_ml.engine.cuda.emulated import EmulatedDevice
from annarchy_ml.engine.cuda.estimate import check_room, estimate, expected_number
from annarchy_ml.engine.cuda.runtime import DeviceRuntime
from annarchy_ml.kernels import connectivity as rules
from annarchy_ml.kernels.plan import GroupEventRecording


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
