"""All networks and 10,000 Hodgkin-Huxley cells on a device: built, checked, timed, in one call.

    python benchmarks/gpu/run.py [--device cuda] [--scale 1] [--seconds 1] [--only w1,w4,hh]
                                 [--against w3,hh] [--limit 120] [--total 540]
                                 [--save gpu_results.json]

Each work runs in a process of its own, for at most ``--limit`` seconds, and all of them for at most
``--total``: first it is checked, which fills the cache of machine code, then timed, then run on the
CPU. What is known is saved after each of these.
The table says what each work takes, how far it is from the limits of memory and of launches, and of
some how many times as long the CPU engine takes with all cores of this machine.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import models
import numpy as np
import workload
from apart import run_apart, save
from device_limits import Limits, bytes_of_step, limits_of

import annarchy_ml
from annarchy_ml.diagnostics import EnvironmentFault, ModelError
from annarchy_ml.engine.cuda.estimate import estimate
from annarchy_ml.engine.cuda.program import print_program

CHECK_SCALE, CHECK_S = 0.05, 0.05
HH_CELLS = 10_000
CHECK_STEPS = 200
_MEETING = "aml_meet(meeting);"


@dataclass(frozen=True, slots=True)
class Work:
    """One network of the benchmarks.

    Attributes:
        module: that describes it.
        method: of integration.
        describe: the function of that module.
    """

    module: str
    method: str = "reference"
    describe: str = "describe"


WORKS = {
    "w4": Work("w4_microcircuit"),
    "w3": Work("w3_brunel", "exponential_euler"),
    "w1": Work("w1_izhikevich"),
    "w2": Work("w2_coba"),
    "w5": Work("w5_stdp"),
    "w6": Work("w6_rate", describe="static"),
}
ORDER = "w4", "hh", "w3", "w1", "w2", "w5", "w6"
"""What matters most comes first: the time may not be enough for all."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table; seconds, ratios to what the device can do at most, and to the CPU.

    Attributes:
        copied_gb_s, meeting_us: what the device can do at most, as measured before.
    """

    work: str
    check: str
    build_s: float | None = None
    run_s: float | None = None
    factor: float | None = None
    step_us: float | None = None
    events_per_s: float | None = None
    of_memory: float | None = None
    of_meetings: float | None = None
    times_cpu: float | None = None
    copied_gb_s: float | None = None
    meeting_us: float | None = None


HEADS = {
    "work": "work", "check": "check", "build_s": "build [s]", "run_s": "run [s]",
    "factor": "factor", "step_us": "step [us]", "events_per_s": "events/s", "of_memory": "bytes",
    "of_meetings": "meetings", "times_cpu": "times CPU",
}  # fmt: skip
"""Columns of the table."""


@dataclass(frozen=True, slots=True)
class Timed:
    """A run that is over: seconds of building and running, steps, and its simulation."""

    build_s: float
    run_s: float
    simulation: Any
    results: Any


def options_of(work: Work, scale: float, seconds: float) -> workload.Options:
    """As the benchmarks take them from the command line."""
    return workload.Options(1, scale, seconds, 1, "double", work.method, "")


def described(work: Work, options: workload.Options) -> workload.Described:
    """The network."""
    function: Callable[[Any], workload.Described] = getattr(
        importlib.import_module(work.module), work.describe
    )
    return function(options)


def timed(network: workload.Described, options: workload.Options, device: str) -> Timed:
    """Builds a network, lets it compile in a first short run, then runs it."""
    started = time.perf_counter()
    simulation = network.net.compile(
        dt=network.dt,
        duration=f"{options.seconds} s",
        seed=options.seed,
        method=options.method,
        precision=options.precision,
        device=device,
    )
    simulation.step(1)
    simulation.reset()
    simulation.step(0)  # puts onto the device what a reset changes
    built = time.perf_counter()
    results = simulation.run()
    return Timed(built - started, time.perf_counter() - built, simulation, results)


def compared(work: Work, scale: float, device: str) -> str:
    """A small network on the device and on the CPU: equal, or by how much rates differ."""
    options = options_of(work, min(scale, CHECK_SCALE), CHECK_S)
    counts, same = [], True
    trains: list[dict[str, Any]] = []
    rates: list[Any] = []
    for place in ("cpu", device):
        network = described(work, options)
        done = timed(network, options, place)
        if len(network.silent) == len(network.populations):
            rates.append(done.simulation.get("cells/r"))
            continue
        firing = [name for name in network.populations if name not in network.silent]
        trains.append({name: done.results.spikes(name) for name in firing})
        counts.append({name: len(times) for name, (times, _) in trains[-1].items()})
    if rates:
        return f"r within {float(np.abs(rates[1] - rates[0]).max()):.1g}"
    for name, (times, cells) in trains[0].items():
        other_times, other_cells = trains[1][name]
        same &= list(times) == list(other_times) and list(cells) == list(other_cells)
    if same:
        return "equal" if any(counts[0].values()) else "silent"
    difference = max(
        abs(counts[1][name] - count) / max(count, 1) for name, count in counts[0].items()
    )
    return f"rates within {100 * difference:.2g} %"


def events_of(network: workload.Described, results: Any) -> float:
    """How many events reached a synapse."""
    sent = {
        name: len(results.spikes(name)[0])
        for name in network.populations
        if name not in network.silent
    }
    return sum(
        sent.get(source, 0) / network.populations[source] * size
        for source, _, size, _ in network.projections
    )


def row_of(
    name: str, check: str, done: Timed, events: float, seconds: float, limits: Limits
) -> Row:
    """What was measured, against the limits."""
    plan = done.simulation.whole_plan()
    steps = round(seconds / plan.dt)
    parts = dict(estimate(plan))
    everything = sum(size for part, size in parts.items() if part.startswith("weights"))
    connections = sum(size for part, size in parts.items() if part.startswith("connections"))
    each = connections / max(connections_of(done), 1)
    memory = ((bytes_of_step(plan) + everything) * steps + each * events) / limits.bytes_per_s
    meetings = meetings_of(done) * steps * limits.meeting_s
    return Row(
        name, check, round(done.build_s, 3), round(done.run_s, 4),
        round(done.run_s / seconds, 4), round(1e6 * done.run_s / steps, 3),
        round(events / done.run_s), round(memory / done.run_s, 4),
        round(meetings / done.run_s, 4), None,
        round(limits.bytes_per_s / 1e9, 1), round(1e6 * limits.meeting_s, 3),
    )  # fmt: skip


def connections_of(done: Timed) -> int:
    """All event connections of a simulation."""
    network, plan = done.simulation.runtime.network, done.simulation.plan
    return sum(network.projection_size(k) for k in range(len(plan.projections)))


def meetings_of(done: Timed) -> int:
    """Meetings in the text of a step."""
    runtime = done.simulation.runtime
    state = runtime._prepared()
    return print_program(runtime.plan, state.layout, state.further).count(_MEETING)


def network_rows(name: str, chosen: argparse.Namespace, limits: Limits) -> Iterator[Row]:
    """Checks, then times one network; the row is whole in the end."""
    work = WORKS[name]
    check = compared(work, chosen.scale, chosen.device)
    yield Row(name, check)
    options = options_of(work, chosen.scale, chosen.seconds)
    network = described(work, options)
    done = timed(network, options, chosen.device)
    events, run_s = events_of(network, done.results), done.run_s
    row = row_of(name, check, done, events, chosen.seconds, limits)
    yield row
    del done  # its memory on the device
    if name in chosen.against.split(","):
        here = timed(described(work, options), options, "cpu").run_s
        yield replace(row, times_cpu=round(here / run_s, 2))


def hh_rows(chosen: argparse.Namespace, limits: Limits) -> Iterator[Row]:
    """Checks, then times Hodgkin-Huxley cells from a NeuroML file."""
    cells = max(2, round(HH_CELLS * chosen.scale))
    with tempfile.TemporaryDirectory() as folder:
        entry = models.hh_population(Path(folder), cells)
        started = time.perf_counter()
        simulation = annarchy_ml.load(entry).compile(device=chosen.device)
        simulation.step(CHECK_STEPS)
        built = time.perf_counter()
        reference = annarchy_ml.load(entry).compile()
    reference.step(CHECK_STEPS)
    apart = float(np.abs(np.array(simulation.get("cells/v")) - reference.get("cells/v")).max())
    check = f"v within {apart:.1g} V"
    yield Row("hh", check)
    steps = max(1, round(chosen.seconds / simulation.plan.dt / 10))
    begun = time.perf_counter()
    simulation.step(steps)
    done = Timed(built - started, time.perf_counter() - begun, simulation, None)
    row = row_of("hh", check, done, 0.0, steps * simulation.plan.dt, limits)
    yield row
    if "hh" in chosen.against.split(","):
        begun = time.perf_counter()
        reference.step(steps)
        yield replace(row, times_cpu=round((time.perf_counter() - begun) / done.run_s, 2))


def table(rows: list[dict[str, Any]]) -> str:
    """The short table."""
    cells = [["" if row.get(key) is None else str(row[key]) for key in HEADS] for row in rows]
    lines = [[*HEADS.values()], *cells]
    widths = [max(len(line[k]) for line in lines) for k in range(len(HEADS))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def main(words: list[str] | None = None) -> int:
    """Measures what was asked for; 1 if something could not be run."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--device", default="cuda")
    arguments.add_argument("--scale", type=float, default=1.0)
    arguments.add_argument("--seconds", type=float, default=1.0)
    arguments.add_argument("--against", default="w3,hh", help="what the CPU runs, too")
    arguments.add_argument("--only", default=",".join(ORDER))
    arguments.add_argument("--limit", type=float, default=120.0, help="seconds of a work, at most")
    arguments.add_argument("--total", type=float, default=540.0, help="seconds of all, at most")
    arguments.add_argument("--save", type=Path, default=Path("gpu_results.json"))
    arguments.add_argument("--here", action="store_true", help="all in this process")
    chosen = arguments.parse_args(words)
    return measured_here(chosen) if chosen.here else measured_apart(chosen)


def measured_apart(chosen: argparse.Namespace) -> int:
    """Every work in a process of its own."""
    rows: list[dict[str, Any]] = []
    faults: list[str] = []
    head = {"device": chosen.device, "scale": chosen.scale, "seconds": chosen.seconds}
    words = [f"--{key}={value}" for key, value in head.items()] + [f"--against={chosen.against}"]

    def told(row: dict[str, Any]) -> None:
        save(chosen.save, head, [*rows, row], faults)

    end = time.perf_counter() + chosen.total
    for name in chosen.only.split(","):
        left = min(chosen.limit, end - time.perf_counter())
        if left <= 0:
            faults.append(f"{name} was not begun: the time was up")
            continue
        row, fault = run_apart(name, words, left, told)
        if row is not None:
            rows.append(row)
        if fault:
            faults.append(fault)
        print(json.dumps(row) if row is not None else "", fault, flush=True)
        save(chosen.save, head, rows, faults)
    save(chosen.save, head, rows, faults)
    print("\n".join((*faults, table(rows))))
    return 1 if faults else 0


def measured_here(chosen: argparse.Namespace) -> int:
    """All works in this process; rows are told as they become known."""
    device = opened(chosen.device)
    large = chosen.device != "emulated"
    limits = limits_of(device, 1 << 30 if large else 1 << 22, 10_000 if large else 100)
    print(f"{device.name}: {limits.bytes_per_s / 1e9:.4g} GB/s copied, "
          f"{1e6 * limits.meeting_s:.3g} us for a meeting", file=sys.stderr)  # fmt: skip
    rows: dict[str, dict[str, Any]] = {}
    refused = 0
    for name in chosen.only.split(","):
        found = hh_rows(chosen, limits) if name == "hh" else network_rows(name, chosen, limits)
        try:
            for row in found:
                rows[name] = asdict(row)
                print(json.dumps(rows[name]), flush=True)
        except (EnvironmentFault, ModelError) as fault:
            refused += 1
            print(f"{name} could not be run: {str(fault).splitlines()[0]}")
    print(table(list(rows.values())))
    return 1 if refused else 0


def opened(name: str) -> Any:
    """The device of this name."""
    from annarchy_ml.options import cuda_number

    number = cuda_number(name)
    if number is None:
        from annarchy_ml.engine.cuda.emulated import EmulatedDevice

        return EmulatedDevice(1)
    from annarchy_ml.engine.cuda.gpu import CudaDevice

    return CudaDevice(number)


if __name__ == "__main__":
    sys.exit(main())
