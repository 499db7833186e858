"""What the network workloads share: options, timed phases, and the line of JSON at the end."""

from __future__ import annotations

import argparse
import contextlib
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import measure
import numpy as np

LEMS = Path(__file__).parent / "lems"
"""The component types of the workloads."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for; ``scale`` multiplies the number of cells."""

    threads: int
    scale: float
    seconds: float
    seed: int
    precision: str
    method: str
    spikes: str


@dataclass(slots=True)
class Described:
    """A network that is ready to be compiled.

    Attributes:
        net: the network model.
        dt: the step, with its unit.
        populations: sizes by name.
        inputs: populations that only drive the others; rates are told without them.
        silent: populations without spikes.
        projections: (source, target, number of synapses to expect, whether they are plastic).
    """

    net: Any
    dt: str
    populations: dict[str, int] = field(default_factory=dict)
    inputs: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    projections: list[tuple[str, str, float, bool]] = field(default_factory=list)

    def population(self, name: str, component: Any, size: int, spikes: bool = True) -> Any:
        """A population, whose spikes are recorded if it has any."""
        cells = self.net.population(name, component, size)
        self.populations[name] = size
        if spikes:
            self.net.record_spikes(cells)
        else:
            self.silent.add(name)
        return cells

    def couple(self, ends: tuple[str, Any, str, Any], rule: Any, **given: Any) -> None:
        """A coupling between two populations, each with its name."""
        source_name, source, target_name, target = ends
        name = f"{source_name}_to_{target_name}"
        self.net.coupling(name, source, target, rule, **given)

    def project(
        self,
        ends: tuple[str, Any, str, Any],
        rule: Any,
        size: float,
        plastic: bool = False,
        **given: Any,
    ) -> None:
        """A projection between two populations, each with its name."""
        source_name, source, target_name, target = ends
        name = f"{source_name}_to_{target_name}"
        self.net.projection(name, source, target, rule, **given)
        self.projections.append((source_name, target_name, size, plastic))


class Clock:
    """Wall and user seconds by phase."""

    def __init__(self) -> None:
        self.wall: dict[str, float] = {}
        self.user: dict[str, float] = {}

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Times what runs inside."""
        wall, user = time.perf_counter(), _user_seconds()
        yield
        self.wall[name] = time.perf_counter() - wall
        self.user[name] = _user_seconds() - user


def parse(
    doc: str | None, seconds: float, scale: float = 1.0, method: str = "reference"
) -> Options:
    """The options of the command line, with the defaults of a workload."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--scale", type=float, default=scale)
    parser.add_argument("--seconds", type=float, default=seconds)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--precision", default="double")
    parser.add_argument("--method", default=method)
    parser.add_argument("--spikes", default="", help="file (.npz) for times and cells of spikes")
    return Options(**vars(parser.parse_args()))


def run(workload: str, options: Options, describe: Callable[[Options], Described]) -> None:
    """Builds, compiles and runs a network, and prints its line."""
    clock = Clock()
    with clock.phase("describe"):
        described = describe(options)
    before = resident_bytes()
    with clock.phase("compile"):
        simulation = described.net.compile(
            dt=described.dt,
            duration=f"{options.seconds} s",
            seed=options.seed,
            method=options.method,
            precision=options.precision,
            threads=options.threads,
        )
    grown = resident_bytes() - before
    with clock.phase("sim"):
        results = simulation.run()
    firing = [name for name in described.populations if name not in described.silent]
    spikes = {name: results.spikes(name) for name in firing}
    tell(Done(workload, described, simulation, spikes, clock, grown), options)


@dataclass(frozen=True, slots=True)
class Done:
    """A run that is over.

    Attributes:
        workload: its name.
        described: the network.
        simulation: it, compiled.
        spikes: times [s] and cells, by population.
        clock: what took how long.
        grown: resident bytes that compiling took.
    """

    workload: str
    described: Described
    simulation: Any
    spikes: dict[str, Any]
    clock: Clock
    grown: int


def tell(done: Done, options: Options, **fields: Any) -> None:
    """Prints the line of a run, and writes its spikes to the file that the options name."""
    if options.spikes:
        _save(Path(options.spikes), done.described, done.spikes)
    wall = done.clock.wall["sim"]
    measure.report(
        done.workload,
        measure.OURS,
        threads=options.threads,
        **(
            _counts(done.described, done.spikes, options.seconds, wall)
            if done.spikes
            else _terms(done.simulation, done.described, wall)
        ),
        **_times(done.clock, done.simulation.timings),
        bio_s=options.seconds,
        **_memory(done.simulation, done.described, done.grown),
        method=options.method,
        precision=options.precision,
        seed=options.seed,
        **fields,
    )


def _terms(simulation: Any, described: Described, wall: float) -> dict[str, Any]:
    """Of cells without spikes: their mean rate, and terms of sums per second."""
    steps = round(simulation.t / simulation.plan.dt)
    terms = sum(len(simulation.coupling(item.name).sources) for item in simulation.plan.couplings)
    own = [name for name in described.populations if name not in described.inputs]
    cells = [simulation.get(f"{name}/r") for name in own]
    return {
        "n_neurons": sum(map(len, cells)),
        "r_mean": round(float(np.concatenate(cells).mean()), 5),
        "syn_events_per_s": round(terms * steps / wall),
    }


def _times(clock: Clock, timings: dict[str, float]) -> dict[str, Any]:
    """Seconds of compiling, of all else before the run, and of the run."""
    build = sum(timings.get(name, 0.0) for name in ("read", "lower", "compile"))
    return {
        "build_or_compile_s": round(build, 4),
        "setup_s": round(clock.wall["describe"] + clock.wall["compile"] - build, 4),
        "sim_s": round(clock.wall["sim"], 4),
        "sim_cpu_s": round(clock.user["sim"], 4),
        "timings_s": {name: round(value, 4) for name, value in timings.items()},
    }


def _memory(simulation: Any, described: Described, grown: int) -> dict[str, Any]:
    """Number of synapses, and the memory of connections, without states of plastic synapses."""
    network = simulation.runtime.network
    numbers = range(len(simulation.plan.projections))
    synapses = sum(network.projection_size(number) for number in numbers)
    if any(plastic for *_, plastic in described.projections):  # some rows are traces; all-to-all
        synapses = round(sum(size for _, _, size, _ in described.projections))
    total = sum(network.projection_bytes(number) for number in numbers)
    for item in simulation.plan.couplings:
        rows = simulation.coupling(item.name)
        synapses += len(rows.sources)
        total += rows.bytes
    return {
        "n_synapses": synapses,
        "connection_bytes_per_synapse": round(total / synapses, 2),
        "rss_bytes_per_synapse": round(grown / synapses, 2),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def _counts(
    described: Described, spikes: dict[str, Any], seconds: float, wall: float
) -> dict[str, Any]:
    fired = {name: len(times) for name, (times, _) in spikes.items()}
    sizes = described.populations
    events = 0.0
    for source, target, size, plastic in described.projections:
        events += fired[source] * size / sizes[source]
        events += fired[target] * size / sizes[target] if plastic else 0.0
    own = [name for name in sizes if name not in described.inputs]
    cells, total = (sum(values[name] for name in own) for values in (sizes, fired))
    rates = {
        name: round(fired[name] / size / seconds, 3) for name, size in described.populations.items()
    }
    return {
        "n_neurons": cells,
        "n_spikes": total,
        "mean_rate_hz": round(total / cells / seconds, 3),
        "rates_hz": rates,
        "syn_events_per_s": round(events / wall),
    }


def _save(path: Path, described: Described, spikes: dict[str, Any]) -> None:
    """Times [s] and cells of all populations, those of a later one counted on from the earlier."""
    first, times, cells = 0, [], []
    for name, size in described.populations.items():
        when, who = spikes[name]
        times.append(np.asarray(when))
        cells.append(np.asarray(who) + first)
        first += size
    sizes = np.array(list(described.populations.values()))
    np.savez(path, times=np.concatenate(times), cells=np.concatenate(cells), sizes=sizes)


def _user_seconds() -> float:
    return sum(
        resource.getrusage(who).ru_utime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )


def resident_bytes() -> int:
    """Memory of this process that is in use."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()
