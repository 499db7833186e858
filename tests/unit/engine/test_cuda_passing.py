"""Events that connections of couplings pass on at once: a device against the CPU."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from device_runs import maker, spilled_bytes

from annarchy_ml.expr import parse
from annarchy_ml.kernels.nodes import (
    Emit,
    External,
    Field,
    GroupKernel,
    Kernel,
    KernelKind,
    KernelModule,
    Placement,
    Role,
    Store,
    When,
)
from annarchy_ml.kernels.plan import (
    Block,
    ExternalBinding,
    GroupEventRecording,
    GroupPlan,
    ProjectionPlan,
    SimulationPlan,
    SynapticCouplingPlan,
)

pytest.importorskip("annarchy_ml.engine._core", reason="the native core is not built")

DT, STEPS, CELLS, EACH = 1e-3, 80, 12, 3
CELL, NEAR, FAR, RELAY = range(4)
HEARD = (Store("seen", parse("0.75 * seen + weight + t")), Store("count", parse("count + 1")))


def structure(name, fields, kernels, ports, externals=()):
    """A structure whose instances read cells at both ends."""
    return GroupKernel(
        name,
        tuple(Field(item, Placement.PER_INSTANCE, Role.STATE) for item in fields),
        tuple(External(item, item) for item in externals),
        tuple(externals),
        *ports,
        tuple(kernels),
    )


def cells():
    """They send an event every `period` steps; events and couplings change what they have seen."""
    beat = (
        Store("left", parse("left - 1")),
        Store("seen", parse("0.9 * seen + 0.01 * g")),
        When(parse("left .lt. 0.5"), (Store("left", parse("period")), Emit("spike"))),
    )
    kernels = (
        Kernel("update", KernelKind.UPDATE, beat),
        Kernel("event in", KernelKind.EVENT, HEARD, "in", False),
    )
    fields = ("left", "period", "g", "seen", "count")
    return structure("cells", fields, kernels, (("spike",), ("in",)))


def connections():
    """They learn at the end of a step; every second event that they hear they pass on."""
    hear = (
        *HEARD,
        When(parse("count .gt. 1.5"), (Store("count", parse("0")), Emit("on"))),
    )
    kernels = (
        Kernel("terms", KernelKind.TERMS, (Store("term", parse("0.05 * seen * pre")),)),
        Kernel("update", KernelKind.UPDATE, (Store("seen", parse("0.99 * seen + 0.01 * host")),)),
        Kernel("event post", KernelKind.EVENT, hear, "post", False),
    )
    fields = ("term", "seen", "count")
    return structure("connections", fields, kernels, (("on",), ("post",)), ("pre", "host"))


def relays():
    """They count what they pass on."""
    hear = (*HEARD, Emit("out"))
    kernels = (Kernel("event in", KernelKind.EVENT, hear, "in", False),)
    return structure("relays", ("seen", "count"), kernels, (("out",), ("in",)))


def wires(source, target, pairs, delays=(0.0,)):
    """Connections of pairs (source, target), over each of some delays."""
    (source, out), (target, into) = source, target
    size = SIZES[source]
    listed = sorted((one, which, other) for one, other in pairs for which in range(len(delays)))
    rows, which, targets = np.array(listed).T
    row_ptr = np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(rows, minlength=size), out=row_ptr[1:])
    return ProjectionPlan(
        source,
        out,
        target,
        into,
        row_ptr,
        targets.astype(np.int32),
        np.array(delays),
        which.astype(np.int32) if len(delays) > 1 else None,
        1 + np.arange(len(rows)) % 5 / 4,
    )


SIZES = {CELL: CELLS, NEAR: CELLS * EACH, FAR: CELLS * EACH, RELAY: CELLS}
OF_CELLS = [(k // EACH, k) for k in range(CELLS * EACH)]
BACK = [(k, k * 5 % CELLS) for k in range(CELLS * EACH)]
ONWARD = [(k, k // EACH) for k in range(CELLS * EACH)]
CROSSED = [(k, (k * k + n) % CELLS) for k in range(CELLS) for n in (1, 4, 6)]
DELAYS = DT, 2 * DT, 3 * DT
PROJECTIONS = {
    "heard by nobody": (),
    "to cells": (((NEAR, "on"), (CELL, "in"), BACK),),
    "to cells, also later": (((NEAR, "on"), (CELL, "in"), BACK, (0.0, 3 * DT)),),
    "later only": (((NEAR, "on"), (CELL, "in"), BACK, (2 * DT,)),),
    "to other connections": (
        ((NEAR, "on"), (FAR, "post"), [(k, (k + 7) % (CELLS * EACH)) for _, k in OF_CELLS]),
        ((FAR, "on"), (CELL, "in"), BACK, (0.0, 2 * DT)),
    ),
    "over relays": (
        ((NEAR, "on"), (RELAY, "in"), ONWARD),
        ((RELAY, "out"), (FAR, "post"), OF_CELLS),
        ((RELAY, "out"), (CELL, "in"), [(k, k * 7 % CELLS) for k in range(CELLS)], (0.0, DT)),
        ((FAR, "on"), (CELL, "in"), BACK),
        ((CELL, "spike"), (NEAR, "post"), OF_CELLS, (2 * DT,)),
    ),
    "events that arrive": (
        ((CELL, "spike"), (RELAY, "in"), [(k, k * 5 % CELLS) for k in range(CELLS)], DELAYS),
        ((CELL, "spike"), (RELAY, "in"), [(k, k * 7 % CELLS) for k in range(CELLS)], (2 * DT,)),
        ((RELAY, "out"), (CELL, "in"), CROSSED),
        ((CELL, "spike"), (CELL, "in"), CROSSED, DELAYS),
        ((RELAY, "out"), (FAR, "post"), OF_CELLS),
        ((FAR, "on"), (CELL, "in"), BACK, (0.0, DT)),
    ),
    "over a delay to relays": (
        ((CELL, "spike"), (RELAY, "in"), CROSSED, DELAYS),
        ((RELAY, "out"), (FAR, "post"), OF_CELLS, (DT, 2 * DT)),
        ((RELAY, "out"), (CELL, "in"), CROSSED, (2 * DT, 3.5 * DT)),
        ((FAR, "on"), (NEAR, "post"), [(k, (k * 5) % (CELLS * EACH)) for _, k in OF_CELLS], (DT,)),
        ((FAR, "on"), (RELAY, "in"), [(k, k // EACH) for k in range(0, CELLS * EACH, 8)], (DT,)),
        ((FAR, "on"), (CELL, "in"), BACK, (0.0, DT)),
        ((CELL, "spike"), (CELL, "in"), CROSSED, DELAYS),
    ),
    "without end": (
        ((NEAR, "on"), (FAR, "post"), [(k, k) for _, k in OF_CELLS] * 2),
        ((FAR, "on"), (NEAR, "post"), [(k, k) for _, k in OF_CELLS] * 2),
    ),
}


def groups_of():
    """Cells, two couplings between them, relays."""
    draws = np.random.default_rng(5)
    periods = draws.integers(2, 9, CELLS).astype(float)
    host = np.repeat(np.arange(CELLS), EACH).astype(np.int32)
    return (
        GroupPlan("cells", 0, CELLS, {"left": periods, "period": periods}),
        *(
            GroupPlan(
                which,
                1,
                CELLS * EACH,
                {"seen": draws.uniform(0.0, 0.1, CELLS * EACH)},
                {"pre": ExternalBinding(CELL, "seen"), "host": ExternalBinding(CELL, "seen")},
                {"pre": draws.integers(0, CELLS, CELLS * EACH).astype(np.int32), "host": host},
                host=CELL,
                host_index=host,
                couples=True,
            )
            for which in ("near", "far")
        ),
        GroupPlan("relays", 2, CELLS, {}),
    )


def in_blocks(plan):
    """The same, whose cells step in three parts."""
    parts = Block(CELL, 0, 3), Block(CELL, 3, 7), Block(RELAY, 0, CELLS), Block(CELL, 7, CELLS)
    return replace(plan, blocks=parts)


def plan_of(name, precision="double"):
    groups = groups_of()
    heard = (((CELL, "spike"), (NEAR, "post"), OF_CELLS), *PROJECTIONS[name])
    ports = {CELL: "spike", NEAR: "on", FAR: "on", RELAY: "out"}
    return SimulationPlan(
        module=KernelModule((cells(), connections(), relays()), precision),
        groups=groups,
        projections=tuple(wires(*item) for item in heard),
        blocks=(Block(CELL, 0, CELLS), Block(RELAY, 0, CELLS)),
        init=(),
        recordings=(),
        event_recordings=(),
        dt=DT,
        duration=1.0,
        seed=1,
        group_events=tuple(
            GroupEventRecording(f"g{k}", k, port, *[np.arange(SIZES[k], dtype=np.int32)] * 2)
            for k, port in ports.items()
        ),
        couplings=tuple(
            SynapticCouplingPlan(
                groups[k].name, k, "term", "g", "sum", "pre", True, delay,
                groups[k].indices["pre"].astype(np.int64),
            )
            for k, delay in ((NEAR, 1), (FAR, 2))
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def runtime(tmp_path_factory):
    """Makes what runs a plan."""
    return maker(tmp_path_factory.mktemp("kernels"))


def outcome(made):
    """Fields, and the events of all groups: those of a step in the order of the instances."""
    made.run(STEPS // 3)
    made.run(STEPS - STEPS // 3)
    places = [(k, item.name) for k in SIZES for item in made.kernel_of(k).fields]
    return (
        {place: made.field(*place).copy() for place in places},
        [np.array(sorted(zip(*found, strict=True))) for found in made.recordings.group_events()],
    )


def agree(runtime, plan, teams=(1, 2, 5)):
    """Runs a plan everywhere; gives the events of the CPU."""
    fields, events = outcome(runtime(plan))
    for threads in teams:
        found, sent = outcome(runtime(plan, threads))
        for one, other in zip(sent, events, strict=True):
            np.testing.assert_array_equal(one, other)
        for place, expected in fields.items():
            np.testing.assert_allclose(found[place], expected, rtol=1e-12)
    found, sent = outcome(runtime(plan, executor="interpreter"))
    for place, expected in fields.items():
        np.testing.assert_allclose(found[place], expected, rtol=1e-12)
    return events


@pytest.mark.parametrize("name", [item for item in PROJECTIONS if item != "without end"])
def test_events_that_connections_of_couplings_pass_on(runtime, name):
    assert len(agree(runtime, plan_of(name))[NEAR]) > STEPS


def test_events_that_are_passed_on_where_cells_step_in_parts(runtime):
    plan = in_blocks(plan_of("over a delay to relays"))
    assert len(agree(runtime, plan, (1, 2))[NEAR]) > STEPS


@pytest.mark.parametrize("delays", [(2 * DT,), (0.0, 2 * DT)])
def test_what_a_group_sends_in_parts_arrives_in_parts(runtime, delays):
    heard = (
        ((CELL, "spike"), (CELL, "in"), CROSSED, delays),
        ((CELL, "spike"), (CELL, "in"), [(k, k * 5 % CELLS) for k in range(CELLS)], delays),
    )
    plan = replace(plan_of("heard by nobody"), projections=tuple(wires(*item) for item in heard))
    agree(runtime, in_blocks(plan))


def test_what_is_sent_between_runs_arrives_by_itself(runtime):
    heard = (
        ((CELL, "spike"), (CELL, "in"), CROSSED, (2 * DT,)),
        ((CELL, "spike"), (CELL, "in"), [(k, k * 5 % CELLS) for k in range(CELLS)], DELAYS),
    )
    plan = replace(plan_of("heard by nobody"), projections=tuple(wires(*item) for item in heard))
    found = []
    for threads in (0, 1, 3):
        made = runtime(plan, threads)
        for rows in ((7, 2), (5,), (), (1,), (2, 3, 5)):
            made.run(7)
            made.network.send_events(CELL, "spike", rows)
            made.network.send_events(CELL, "spike", rows[::-1])
        made.run(7)
        found.append(made.field(CELL, "seen").copy())
    np.testing.assert_allclose(found[1], found[0], rtol=1e-12)
    np.testing.assert_allclose(found[2], found[0], rtol=1e-12)


@pytest.mark.parametrize("before", [(), (range(CELLS), (4, 2))], ids=["", "sent before"])
def test_more_messages_than_there_is_room_for(runtime, monkeypatch, before):
    """A launch begins again, with all that was sent before it."""
    monkeypatch.setattr("annarchy_ml.engine.cuda.ports.MESSAGES", 1)
    plan, found = plan_of("over a delay to relays"), []
    if before:  # what is sent between runs needs a delay
        plan = replace(plan, projections=plan.projections[1:])
    for threads in (0, 1, 2):
        made = runtime(plan, threads)
        for rows in before:
            made.network.send_events(CELL, "spike", rows)
            made.run(0)
        found.append(outcome(made)[0])
        assert not threads or made.network.relay_room > 1
    for fields in found[1:]:
        for place, expected in found[0].items():
            np.testing.assert_allclose(fields[place], expected, rtol=1e-12)


def test_what_is_passed_on_reads_what_has_arrived_before(runtime):
    adds = Kernel("event in", KernelKind.EVENT, (Store("g", parse("g + weight")),), "in", False)
    reads = Kernel("event in", KernelKind.EVENT, (Store("seen", parse("seen + g")),), "in", False)
    one = np.arange(CELLS, dtype=np.int32)
    plan = plan_of("heard by nobody")
    sums, readers = len(SIZES), len(SIZES) + 1
    to_sums = wires((CELL, "spike"), (CELL, "in"), CROSSED, (DT,))
    to_readers = wires((RELAY, "out"), (CELL, "in"), [(k, k) for k in range(CELLS)])
    plan = replace(
        plan,
        module=KernelModule(
            (
                *plan.module.groups,
                structure("sums", ("g",), (adds,), ((), ("in",))),
                structure("readers", ("seen",), (reads,), ((), ("in",)), ("g",)),
            ),
            "double",
        ),
        groups=(
            *plan.groups,
            GroupPlan("sums", 3, CELLS, {}),
            GroupPlan("readers", 4, CELLS, {}, {"g": ExternalBinding(sums, "g")}, {"g": one}),
        ),
        projections=(
            replace(to_sums, target=sums),
            wires((CELL, "spike"), (RELAY, "in"), CROSSED, (DT,)),
            replace(to_readers, target=readers),
        ),
        blocks=(*plan.blocks, Block(sums, 0, CELLS), Block(readers, 0, CELLS)),
    )
    seen = []
    for threads in (0, 1, 3):
        made = runtime(plan, threads)
        made.run(STEPS)
        seen.append(made.field(readers, "seen").copy())
    assert seen[0].max() > 0
    np.testing.assert_allclose(seen[1], seen[0], rtol=1e-12)
    np.testing.assert_allclose(seen[2], seen[0], rtol=1e-12)


@pytest.mark.parametrize("threads", [0, 2])
def test_what_they_pass_on_arrives_in_the_same_step(runtime, threads):
    made = runtime(plan_of("to cells"), threads)
    for _ in range(20):
        made.run(1)
        passed_on = len(made.recordings.group_events()[NEAR][0])
        assert made.field(CELL, "count").sum() == passed_on
    assert passed_on > 20


@pytest.mark.parametrize("threads", [0, 1, 3])
def test_connections_that_cause_each_other_without_end_stop_the_run(runtime, threads):
    from annarchy_ml.engine import _core

    with pytest.raises(_core.EngineError, match=r"without end, among .*'(near|far)'"):
        runtime(plan_of("without end"), threads).run(STEPS)


@pytest.mark.parametrize("name", ["over relays", "events that arrive"])
def test_programs_that_pass_events_on_spill_nothing(name):
    assert spilled_bytes(plan_of(name), (1, 2)) == [0, 0]


def test_launches_fetch_no_fields_until_a_run_is_over(runtime, monkeypatch):
    """What a launch may have to begin again from stays on the device."""
    made, fetched = runtime(plan_of("over relays"), 1), []
    own = made.device.download

    def told(buffer, memory, offset=0):
        fetched.append(buffer is made._running.mirror.buffer)
        own(buffer, memory, offset)

    monkeypatch.setattr(made.device, "download", told)
    launches, launch = [], made.device.launch

    def noted(*given):
        launches.append(given[1])
        launch(*given)

    monkeypatch.setattr(made.device, "launch", noted)
    made.run(STEPS)
    assert launches.count("run_steps") > 2
    assert launches.count("copy_pieces") == launches.count("run_steps")
    assert sum(fetched) == len(made._running.fields)
