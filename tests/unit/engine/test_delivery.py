"""Delivery over every layout of connections, against sums by NumPy, on any number of threads."""

from __future__ import annotations

import numpy as np
import pytest

from annarchy_ml.expr import parse
from annarchy_ml.kernels.connectivity import Connectivity, Explicit
from annarchy_ml.kernels.nodes import (
    Emit,
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
from annarchy_ml.kernels.plan import Block, GroupPlan, RuleProjectionPlan, SimulationPlan

pytest.importorskip("annarchy_ml.engine._core", reason="the native core is not built")

DT = 1e-4
N_SOURCES = 90
STEPS = 120


def senders():
    """Cells that send an event every `period` steps, own to each."""
    beat = (
        Store("left", parse("left - 1")),
        When(parse("left .lt. 0.5"), (Store("left", parse("period")), Emit("spike"))),
    )
    fields = tuple(
        Field(name, Placement.PER_INSTANCE, Role.PARAMETER) for name in ("left", "period")
    )
    kernel = Kernel("update", KernelKind.UPDATE, beat)
    return GroupKernel("senders", fields, (), (), ("spike",), (), (kernel,))


def receivers():
    """Cells that add up what arrives, and count it."""
    names = ("g", "count")
    fields = tuple(Field(name, Placement.PER_INSTANCE, Role.STATE) for name in names)
    add = (Store("g", parse("g + 2 * weight")),)
    count = (Store("count", parse("count + 1")),)
    kernels = (
        Kernel("event in", KernelKind.EVENT, add, "in", False),
        Kernel("event tick", KernelKind.EVENT, count, "tick", False),
    )
    return GroupKernel("receivers", fields, (), (), (), ("in", "tick"), kernels)


class Case:
    """Connections with few, exactly summable weights; what they deliver, by NumPy."""

    def __init__(self, weights, n_targets, n_delays, per_source=60):
        rng = np.random.default_rng(n_delays)
        n = N_SOURCES * per_source
        self.n_targets = n_targets
        self.sources = rng.integers(0, N_SOURCES, n)
        self.targets = rng.integers(0, n_targets, n)
        self.steps = rng.integers(1, n_delays + 1, n) if n_delays > 1 else np.full(n, 3)
        self.weights = rng.integers(-8, 9, n) / 8.0 if weights != "one" else np.full(n, 0.375)
        self.double = weights == "double"
        self.periods = rng.integers(1, 7, N_SOURCES)

    def plan(self, precision):
        made = Connectivity(
            Explicit(self.sources, self.targets), self.weights, self.steps * DT, self.double
        )
        ranges = (0, N_SOURCES), (0, self.n_targets)
        periods = self.periods.astype(float)
        return SimulationPlan(
            module=KernelModule((senders(), receivers()), precision),
            groups=(
                GroupPlan("senders", 0, N_SOURCES, {"left": periods, "period": periods}),
                GroupPlan("receivers", 1, self.n_targets, {}),
            ),
            projections=tuple(
                RuleProjectionPlan(0, "spike", 1, port, made, *ranges) for port in ("in", "tick")
            ),
            blocks=(Block(0, 0, N_SOURCES), Block(1, 0, self.n_targets)),
            init=(),
            recordings=(),
            event_recordings=(),
            dt=DT,
            duration=1.0,
            seed=1,
        )

    def expected(self, steps):
        """Sums and counts after so many steps, shape (n_targets,)."""
        sent = np.maximum(steps - self.steps, 0) // self.periods[self.sources]
        sums = np.bincount(self.targets, 2 * sent * self.weights, self.n_targets)
        return sums, np.bincount(self.targets, sent, self.n_targets)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Runs a case; gives sums and counts after a part of the steps and after all."""
    from annarchy_ml.engine.build import KernelCache, NoCompiler, build
    from annarchy_ml.engine.runtime import Runtime

    cache = KernelCache(tmp_path_factory.mktemp("kernels"))

    def simulate(case, executor, threads=1, precision="double"):
        plan = case.plan(precision)
        try:
            library = build(plan.module, cache=cache) if executor == "compiled" else None
        except NoCompiler as fault:
            pytest.skip(str(fault))
        made = Runtime(plan, executor=executor, threads=threads, library=lambda _: library)
        found = []
        for steps in (STEPS // 3, STEPS - STEPS // 3):
            made.run(steps)
            found.append([made.field(1, name).astype(float) for name in ("g", "count")])
        return found

    return simulate


def check(found, case):
    for values, steps in zip(found, (STEPS // 3, STEPS), strict=True):
        for value, expected in zip(values, case.expected(steps), strict=True):
            assert np.array_equal(value, expected)


@pytest.mark.parametrize("n_delays", [1, 2, 40])
@pytest.mark.parametrize("n_targets", [700, 70_000])
@pytest.mark.parametrize("weights", ["one", "float", "double"])
@pytest.mark.parametrize("precision", ["single", "double"])
def test_every_layout_delivers_every_event_once(run, weights, n_targets, n_delays, precision):
    case = Case(weights, n_targets, n_delays)
    check(run(case, "compiled", precision=precision), case)


@pytest.mark.parametrize("n_targets", [700, 70_000])
@pytest.mark.parametrize("weights", ["one", "float", "double"])
def test_the_interpreter_delivers_the_same(run, weights, n_targets):
    case = Case(weights, n_targets, 5, 20)
    for precision in ("single", "double"):
        check(run(case, "interpreter", precision=precision), case)


@pytest.mark.parametrize("threads", [2, 3, 7])
@pytest.mark.parametrize("n_delays", [1, 40])
@pytest.mark.parametrize("per_source", [60, 900])
def test_threads_share_rows_without_loss(run, threads, n_delays, per_source):
    for n_targets in (700, 70_000):
        case = Case("float", n_targets, n_delays, per_source)
        check(run(case, "compiled", threads), case)


def test_targets_that_crowd_at_one_end_are_cut_rightly(run):
    case = Case("float", 3000, 1, 900)
    case.targets = case.targets**3 // 3000**2
    for threads in (1, 2, 3):
        check(run(case, "compiled", threads), case)
