"""Runs an archive: every task of every document, then its reports and plots."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from annarchy_ml.archives.log import (
    DONE,
    FAILED,
    Entry,
    Tried,
    document_entry,
    entry,
    write_log,
)
from annarchy_ml.archives.mathml import evaluate
from annarchy_ml.archives.omex import Archive, unpack
from annarchy_ml.archives.outputs import PLOTS, REPORTS, Plots, Reports, require_h5py
from annarchy_ml.archives.sedml import Document, read_sedml
from annarchy_ml.archives.tasks import Runner
from annarchy_ml.diagnostics.core import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Values = dict[str, "NDArray[Any]"]


def run_archive(path: Path, out: Path) -> Entry:
    """Runs a COMBINE archive.

    Writes ``reports.h5``, ``plots.zip`` where there are plots, and ``log.yml``.

    Args:
        path: the archive.
        out: folder for the results.

    Returns:
        The log: ``status`` is ``SUCCEEDED`` or ``FAILED``.

    Raises:
        UsageError: If the file is no archive.
        EnvironmentFault: If h5py is not installed, or results cannot be written.
    """
    require_h5py()
    reports, plots = Reports(out / REPORTS), Plots(out / PLOTS)
    made = entry(sedDocuments=[])
    with TemporaryDirectory() as folder, Tried(made):
        archive = unpack(path, Path(folder))
        for location in archive.sedml():
            made["sedDocuments"].append(_document(archive, location, reports, plots))
        if not made["sedDocuments"]:
            raise UsageError(f"'{path}' holds no SED-ML document")
    if any(item["status"] != DONE for item in made["sedDocuments"]):
        made["status"] = FAILED
    reports.write()
    plots.write()
    write_log(made, out)
    return made


def _document(archive: Archive, location: str, reports: Reports, plots: Plots) -> Entry:
    path = archive.folder / location
    made = document_entry(location, None)
    with Tried(made):
        if not path.resolve().is_relative_to(archive.folder.resolve()) or not path.is_file():
            raise UsageError(f"the manifest names '{location}', which is not in the archive")
        document = read_sedml(path)
        made.update(document_entry(location, document), status=made["status"])
        runner = Runner(document, path.parent, archive.folder)
        values = _tasks(runner, made)
        for own in made["outputs"]:
            with Tried(own):
                found = dict(_generated(document, values, own))
                _show(document, own, found, (location, reports, plots))
    parts = [*(made["tasks"] or ()), *(made["outputs"] or ())]
    if any(item["status"] != DONE for item in parts):
        made["status"] = FAILED
    return made


def _show(document: Document, own: Entry, found: Values, into: tuple[str, Reports, Plots]) -> None:
    """Adds one output to the files."""
    location, reports, plots = into
    output = document.outputs[own["id"]]
    reports.add(location, output, found)
    if output.curves:
        plots.add(location, output, document, found)
    for part in (*own.get("dataSets", ()), *own.get("curves", ())):
        part["status"] = DONE


def _tasks(runner: Runner, made: Entry) -> dict[str, Values]:
    """Runs all tasks; gives what those that succeeded read, by task."""
    found: dict[str, Values] = {}
    repeated = {name for task in runner.document.tasks.values() for name in task.subtasks}
    read = {
        variable.task for item in runner.document.generators.values() for variable in item.variables
    }
    for own in made["tasks"]:
        name = own["id"]
        with Tried(own):
            chosen = runner.algorithm(name)
            own["algorithm"] = chosen.kisao
            details = {"method": chosen.method, **({"note": chosen.note} if chosen.note else {})}
            own["simulatorDetails"] = [{"key": k, "value": v} for k, v in details.items()]
            if name in read or name not in repeated:
                found[name] = runner.run(name)
    return found


def _generated(
    document: Document, values: dict[str, Values], own: Entry
) -> Iterator[tuple[str, NDArray[Any]]]:
    """The values of the generators that an output shows."""
    output = document.outputs[own["id"]]
    for name in dict.fromkeys(item.generator for item in output.columns):
        generator = document.generators.get(name)
        if generator is None:
            raise UsageError(f"the output '{output.id}' shows '{name}', which is not generated")
        known: dict[str, Any] = dict(generator.parameters)
        for item in generator.variables:
            if item.id not in values.get(item.task, {}):
                raise UsageError(f"the task '{item.task}' gave nothing for '{item.id}'")
            known[item.id] = values[item.task][item.id]
        yield name, evaluate(generator.math, known)
