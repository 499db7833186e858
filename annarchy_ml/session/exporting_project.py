"""A model as a C++ project: its kernels, its network, and the files that it writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from annarchy_ml.model.simulation import EventOutputFile, OutputColumn, OutputFile

if TYPE_CHECKING:
    from annarchy_ml.options import CompileOptions
    from annarchy_ml.session.lowering import Lowered
    from annarchy_ml.session.model import Model
    from annarchy_ml.session.network_model import NetworkModel

Call = tuple[Any, ...]
"""Name and arguments of a call on the tape."""


def write_project(
    model: Model | NetworkModel, options: CompileOptions, stem: str, folder: Path
) -> list[Path]:
    """Writes a model as a project.

    Args:
        model: from files, or built in Python.
        options: how it is compiled.
        stem: what the project, and the files of a network built in Python, begin with.
        folder: where it goes.

    Raises:
        ModelError: If the model is at fault.
        EnvironmentFault: If there is no compiler whose options could be written down.
    """
    from annarchy_ml.engine.build import KernelCache, contract_text
    from annarchy_ml.engine.build.printed import printed
    from annarchy_ml.engine.codegen.symbols import symbols_of
    from annarchy_ml.engine.native_sources import native_folder
    from annarchy_ml.engine.tape import write_tape
    from annarchy_ml.exporters import project
    from annarchy_ml.session.account import CELLS_PER_THREAD

    lowered = _lowered(model, options)
    plan = lowered.whole_plan()
    calls = [*_files(lowered, stem), ("run", max(0, round(plan.duration / plan.dt)))]
    kernels = printed(plan.module, contract_text(), KernelCache().folder)
    threads = max(1, sum(group.size for group in plan.groups) // CELLS_PER_THREAD)

    def write(out: BinaryIO) -> None:
        tape = write_tape(out, plan, lowered.starts, threads)
        for name, *arguments in calls:
            tape.write(name, *arguments)

    made = project.Project(
        stem,
        kernels.source,
        symbols_of(plan.module),
        kernels.toolchain.flags,
        kernels.toolchain.linking,
        native_folder(),
        write,
    )
    return project.write_project(made, folder)


def _lowered(model: Model | NetworkModel, options: CompileOptions) -> Lowered:
    from annarchy_ml.engine.faults import rule_faults
    from annarchy_ml.session.lowering import lower_model, lower_network
    from annarchy_ml.session.network_model import NetworkModel

    with rule_faults():
        if isinstance(model, NetworkModel):
            return lower_network(model, options)
        return lower_model(model, options)


def _files(lowered: Lowered, stem: str) -> Iterator[Call]:
    """The files that a run writes."""
    from annarchy_ml.exporters.lems_files import output_paths

    outputs = lowered.outputs or tuple(_asked(lowered, stem))
    output_paths(outputs, Path())  # refuses what leads out of the folder
    for output in outputs:
        if isinstance(output, OutputFile):
            yield _table(output, lowered)
        else:
            yield _events(output, lowered)
    plan = lowered.plan
    for number, item in enumerate(plan.group_events, start=bool(plan.event_recordings)):
        labels = [(place, str(cell)) for place, cell in enumerate(item.cells.tolist())]
        name = f"{stem}.{item.population}.{item.port}.dat"
        yield "events", name, True, number, len(labels), labels


def _asked(lowered: Lowered, stem: str) -> Iterable[OutputFile]:
    """What a network built in Python records, as files."""
    tables: dict[str, list[str]] = {}
    for item in lowered.plan.recordings:
        cell, _, variable = item.path.partition("/")
        population = cell.partition("[")[0]
        name = f"{stem}.{population}.{variable.replace('/', '_').replace(':', '_')}.dat"
        tables.setdefault(name, []).append(item.path)
    for name, paths in tables.items():
        yield OutputFile(name, name, tuple(OutputColumn(path, path) for path in paths))


def _table(output: OutputFile, lowered: Lowered) -> Call:
    known: dict[str, int] = {}
    for number, item in enumerate(lowered.plan.recordings, start=1):
        known.setdefault(item.path, number)
    names = [column.quantity for column in output.columns]
    columns = [known[name if name in known else lowered.aliases[name]] for name in names]
    times = (output.start_s, output.stop_s, output.interval_s)
    return "table", output.path, [0, *columns], *times


def _events(output: EventOutputFile, lowered: Lowered) -> Call:
    recorded = lowered.plan.event_recordings
    known = {(item.path, item.port): row for row, item in enumerate(recorded)}
    rows = []
    for item in output.selections:
        path = item.path if (item.path, item.port) in known else lowered.aliases[item.path]
        rows.append((known[path, item.port], item.id))
    rows.sort(key=lambda found: found[0])
    return "events", output.path, output.format == "TIME_ID", 0, len(recorded), rows
