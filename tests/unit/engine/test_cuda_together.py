"""Compartments that read each other, on threads that stand for a device's, against the CPU."""

from __future__ import annotations

import numpy as np
import pytest
from device_runs import maker, spilled_bytes

from annarchy_ml.engine.cuda.cables import cells_together
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
    CablePlan,
    ExternalBinding,
    GroupPlan,
    ProjectionPlan,
    SimulationPlan,
)

pytest.importorskip("annarchy_ml.engine._core", reason="the native core is not built")

PARENTS = np.array([-1, 0, 1, 1, 3], np.int32)
N, CELLS, DT, STEPS = len(PARENTS), 11, 1e-4, 60
NAMES = "v", "rate", "slope", "inner", "outer", "left"
CURRENTS = (
    Store("rate", parse("40 * (peerV - v) - 20 * v + 3 * inner")),
    Store("slope", parse("-20 - 40")),
)
INNER = Store("inner", parse("0.6 * inner + 0.3 * peerInner + 0.01"))
OUTER = Store("outer", parse("0.5 * outer + 0.4 * peerOuter + v"))
READS_INNER = Store("outer", parse("0.5 * outer + 0.4 * peerInner + v"))
SENDS = (
    Store("left", parse("left - 1")),
    When(parse("left .lt. 0.5"), (Store("left", parse("7")), Emit("spike"))),
)
BODIES = {
    "potential": (CURRENTS, (Store("inner", parse("0.6 * inner + v")),)),
    "phases": ((*CURRENTS, Store("inner", parse("0.7 * inner + 0.1"))), (READS_INNER,)),
    "currents": ((*CURRENTS, INNER), (READS_INNER,)),
    "both": ((*CURRENTS, INNER), (OUTER, *SENDS)),
}
"""What is done before the tree is solved, and after it."""


def instance(cell, compartment, lanes):
    first = cell // lanes * lanes
    return first * N + compartment * min(lanes, CELLS - first) + cell - first


def peers(where, lanes):
    """Each compartment's: the one after it, of its cell, of cells beside it, of any."""
    index = np.zeros(CELLS * N, np.int32)
    for cell in range(CELLS):
        for k in range(N):
            first = cell // lanes * lanes
            beside = first + (cell - first + 1) % min(lanes, CELLS - first)
            other = {"cell": cell, "beside": beside, "any": (cell * 7 + k) % CELLS}[where]
            index[instance(cell, k, lanes)] = instance(other, (k + 1) % N, lanes)
    return index


def compartments(bodies):
    """The structure of the group: kernels of the first compartment, and of all others."""
    fields = tuple(Field(name, Placement.PER_INSTANCE, Role.STATE) for name in NAMES)
    externals = tuple(External(f"peer{name.title()}", "peer") for name in ("v", "inner", "outer"))
    kernels = []
    for part, more in enumerate(((), (Store("rate", parse("2 * rate")),))):
        before, after = (*bodies[0], *more), bodies[1]
        for kind, body in ((KernelKind.UPDATE, before), (KernelKind.ADVANCE, after)):
            kernels.append(Kernel(f"{kind.value} {part}", kind, body, "", False, False, part))
    event = (Store("inner", parse("inner * 0.9 + weight")),)
    kernels.append(Kernel("event in", KernelKind.EVENT, event, "in", False))
    return GroupKernel("part", fields, externals, ("peer",), ("spike",), ("in",), tuple(kernels))


def cable_of(lanes):
    return CablePlan(
        cells=CELLS,
        lanes=lanes,
        parent=PARENTS,
        conductance=np.array([0.0, 2e-9, 1e-9, 3e-9, 2e-9]),
        compartment=np.arange(N, dtype=np.int32),
        capacitance=np.linspace(1e-11, 2e-11, N),
        potential="v",
        rate="rate",
        slope="slope",
        parts=((0, 1), (1, N)),
    )


def plan_of(bodies, where, lanes):
    draws = np.random.default_rng(3)
    cable = cable_of(lanes)
    size = CELLS * N
    values = {name: draws.uniform(0.0, 1.0, size) for name in ("v", "inner", "outer")}
    group = GroupPlan(
        "cells",
        0,
        size,
        {**values, "left": draws.integers(1, 9, size).astype(float)},
        {f"peer{name.title()}": ExternalBinding(0, name) for name in ("v", "inner", "outer")},
        {"peer": peers(where, lanes)},
        cable=cable,
    )
    targets = draws.integers(0, size, (size, 3)).astype(np.int32)
    targets.sort(axis=1)
    wires = ProjectionPlan(
        0, "spike", 0, "in", np.arange(size + 1) * 3, targets.ravel(), np.array([3 * DT])
    )
    return SimulationPlan(
        module=KernelModule((compartments(bodies),)),
        groups=(group,),
        projections=(wires,),
        blocks=(Block(0, 0, size),),
        init=(),
        recordings=(),
        event_recordings=(),
        dt=DT,
        duration=1.0,
        seed=1,
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Runs a plan on the CPU, or on so many threads of a device; gives all fields."""
    runtime = maker(tmp_path_factory.mktemp("kernels"))

    def simulate(plan, threads=0):
        made = runtime(plan, threads)
        made.run(STEPS // 3)
        made.run(STEPS - STEPS // 3)
        return {name: made.field(0, name).copy() for name in NAMES}

    return simulate


@pytest.mark.parametrize("where", ["cell", "beside", "any"])
@pytest.mark.parametrize("name", BODIES)
def test_compartments_that_read_each_other(run, name, where):
    """They are solved in another order of a cell: what rounding leaves is all that differs."""
    for lanes in (1, 4):
        plan = plan_of(BODIES[name], where, lanes)
        expected = run(plan)
        for threads in (1, 2, 5):
            found = run(plan, threads)
            for field in NAMES:
                scale = np.abs(expected[field]).max()
                assert field == "slope" or np.ptp(expected[field]) > 0
                assert np.abs(found[field] - expected[field]).max() <= 1e-12 * scale


@pytest.mark.parametrize(
    ("name", "where", "lanes", "together"),
    [
        ("potential", "cell", 4, ""),
        ("potential", "beside", 4, ""),
        ("potential", "any", 4, "cable->cells"),
        ("phases", "beside", 4, ""),
        ("currents", "cell", 4, "1"),
        ("currents", "beside", 4, "cable->lanes"),
        ("currents", "beside", 1, "1"),
        ("both", "any", 1, "cable->cells"),
    ],
)
def test_what_a_thread_steps_in_order(name, where, lanes, together):
    assert cells_together(plan_of(BODIES[name], where, lanes), 0) == together


@pytest.mark.parametrize("where", ["cell", "beside", "any"])
def test_programs_that_step_cells_in_order_spill_nothing(where):
    assert spilled_bytes(plan_of(BODIES["both"], where, 4)) == [0, 0]
