"""Building and delivery: connections per second of every rule, events per second of every layout.

    python benchmarks/connectivity.py [--cells 12500] [--indegree 1250] [--threads 1,2] [--runs 3]

Cells that only send events, a fixed share of them in each step, and receivers that only add them
up: what is left is the delivery itself. `connection_bytes_per_s` counts what is read
of connections, not the accumulators.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from itertools import product

import measure
import numpy as np

from annarchy_ml.engine.build import build
from annarchy_ml.engine.runtime import Runtime
from annarchy_ml.expr import parse
from annarchy_ml.kernels.connectivity import (
    AllToAll,
    Connectivity,
    FixedIndegree,
    FixedOutdegree,
    FixedProbability,
    FixedTotalNumber,
    Normal,
    Rule,
    Value,
)
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

DT = 1e-4
PERIOD = 50
"""Steps between two events of one cell."""


@dataclass(frozen=True, slots=True)
class Work:
    """One projection between two groups."""

    n_sources: int
    n_targets: int
    rule: Rule
    weight: Value = 1.0
    delay: Value = 1.5e-3
    double_weights: bool = False


def senders() -> GroupKernel:
    """Cells that send an event every `period` steps."""
    beat = (
        Store("phase", parse("phase - 1")),
        When(parse("phase .lt. 0.5"), (Store("phase", parse("period")), Emit("spike"))),
    )
    fields = (
        Field("phase", Placement.PER_INSTANCE, Role.STATE),
        Field("period", Placement.SHARED, Role.PARAMETER),
    )
    kernel = Kernel("update", KernelKind.UPDATE, beat)
    return GroupKernel("senders", fields, (), (), ("spike",), (), (kernel,))


def receivers() -> GroupKernel:
    """Cells with one accumulator."""
    fields = (
        Field("g", Placement.PER_INSTANCE, Role.STATE),
        Field("scale", Placement.SHARED, Role.PARAMETER),
    )
    add = (Store("g", parse("g + weight * scale")),)
    kernel = Kernel("event in", KernelKind.EVENT, add, "in", False)
    return GroupKernel("receivers", fields, (), (), (), ("in",), (kernel,))


def plan_of(work: Work, precision: str = "double") -> SimulationPlan:
    """Senders with a phase each, and receivers."""
    phases = np.random.default_rng(1).integers(1, PERIOD + 1, work.n_sources).astype(float)
    start = {"phase": phases, "period": np.array([float(PERIOD)])}
    made = Connectivity(work.rule, work.weight, work.delay, work.double_weights)
    ranges = (0, work.n_sources), (0, work.n_targets)
    return SimulationPlan(
        module=KernelModule((senders(), receivers()), precision),
        groups=(
            GroupPlan("senders", 0, work.n_sources, start),
            GroupPlan("receivers", 1, work.n_targets, {"scale": np.array([0.5])}),
        ),
        projections=(RuleProjectionPlan(0, "spike", 1, "in", made, *ranges),),
        blocks=(Block(0, 0, work.n_sources), Block(1, 0, work.n_targets)),
        init=(),
        recordings=(),
        event_recordings=(),
        dt=DT,
        duration=1.0,
        seed=1,
    )


def runtime(work: Work, threads: int, precision: str = "double") -> tuple[Runtime, float]:
    """A network ready to run, and the seconds that building its connections took."""
    plan = plan_of(work, precision)
    library = build(plan.module)
    started = time.perf_counter()
    made = Runtime(plan, executor="compiled", threads=threads, library=lambda _: library)
    return made, time.perf_counter() - started


def measure_building(name: str, work: Work, threads: int, runs: int) -> None:
    """Prints connections per second of one rule."""
    best = np.inf
    for _ in range(runs):
        made, seconds = runtime(work, threads)
        best = min(best, seconds)
    size = made.network.projection_size(0)
    measure.report(
        "connectivity_build",
        measure.OURS,
        model=name,
        threads=threads,
        n_synapses=size,
        build_s=round(best, 4),
        connections_per_s=float(f"{size / best:.3g}"),
        bytes_per_synapse=round(made.network.projection_bytes(0) / size, 2),
    )


def measure_delivery(name: str, work: Work, threads: int, runs: int, precision: str) -> None:
    """Prints events per second of one layout, against the time of the same steps without them."""
    made, _ = runtime(work, threads, precision)
    idle, _ = runtime(Work(work.n_sources, work.n_targets, FixedTotalNumber(0)), threads, precision)
    size = made.network.projection_size(0)
    steps = PERIOD * max(1, int(3e8 / size))
    seconds = []
    for network in (made.network, idle.network):
        network.run(2 * PERIOD)
        best = np.inf
        for _ in range(runs):
            started = time.perf_counter()
            network.run(steps)
            best = min(best, time.perf_counter() - started)
        seconds.append(best)
    events = size * steps // PERIOD
    spent = seconds[0] - seconds[1]
    connection_bytes = made.network.projection_bytes(0) / size
    measure.report(
        "connectivity_delivery",
        measure.OURS,
        model=name,
        precision=precision,
        threads=threads,
        n_synapses=size,
        run_s=round(seconds[0], 4),
        idle_s=round(seconds[1], 4),
        events_per_s=float(f"{events / spent:.3g}"),
        bytes_per_synapse=round(connection_bytes, 2),
        connection_bytes_per_s=float(f"{events * connection_bytes / spent:.3g}"),
    )


def works(n: int, k: int) -> tuple[dict[str, Work], dict[str, Work]]:
    """What is built, and what is delivered over: n cells, k connections each."""
    drawn, spread = Normal(1.0, 0.1), Normal(1.5e-3, 0.75e-3)
    some, far = FixedProbability(k / n), FixedProbability(k / 80_000)
    rules = {
        "all to all": Work(n // 8, n, AllToAll()),
        "fixed probability": Work(n, n, some),
        "fixed indegree": Work(n, n, FixedIndegree(k)),
        "fixed indegree, distinct": Work(n, n, FixedIndegree(k, multapses=False)),
        "fixed outdegree": Work(n, n, FixedOutdegree(k)),
        "fixed total number": Work(n, n, FixedTotalNumber(n * k)),
        "drawn weights": Work(n, n, some, drawn),
        "drawn delays": Work(n, n, some, 1.0, spread),
        "both drawn": Work(n, n, some, drawn, spread),
    }
    layouts = {
        "16 bits, one weight": rules["fixed probability"],
        "16 bits, float": rules["drawn weights"],
        "16 bits, double": Work(n, n, some, drawn, double_weights=True),
        "16 bits, one weight, short rows": Work(n // 4, n // 4, FixedProbability(0.02)),
        "16 bits, one weight, many delays": rules["drawn delays"],
        "16 bits, float, many delays": rules["both drawn"],
        "32 bits, one weight": Work(n, 80_000, far),
        "32 bits, float": Work(n, 80_000, far, drawn),
        "32 bits, double": Work(n, 80_000, far, drawn, double_weights=True),
    }
    return rules, layouts


def main() -> None:
    """Measures both."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--cells", type=int, default=12_500)
    arguments.add_argument("--indegree", type=int, default=1250)
    arguments.add_argument("--threads", default="1,2")
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--only", default="", help="part of the name of a model")
    chosen = arguments.parse_args()
    rules, layouts = works(chosen.cells, chosen.indegree)
    wanted = [name for name in (*rules, *layouts) if chosen.only in name]
    for threads, name in product(map(int, chosen.threads.split(",")), wanted):
        if name in rules:
            measure_building(name, rules[name], threads, chosen.runs)
            continue
        for precision in ("double", "single"):
            measure_delivery(name, layouts[name], threads, chosen.runs, precision)


if __name__ == "__main__":
    main()
