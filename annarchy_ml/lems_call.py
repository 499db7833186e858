"""Runs a LEMS file by the call that users of pyNeuroML know, with its arguments and dictionaries.

Source: `pyneuroml.runners.run_lems_with_jneuroml`, https://github.com/NeuroML/pyNeuroML
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from annarchy_ml import api
from annarchy_ml.diagnostics.core import EnvironmentFault, ModelError, UsageError
from annarchy_ml.model.simulation import EventOutputFile, OutputFile
from annarchy_ml.validation.data_files import read_events, read_table

if TYPE_CHECKING:
    from annarchy_ml.results import Results

Traces = dict[str, list[float]]
Events = dict[str, list[float]]


def run_lems_with_annarchy_ml(
    lems_file_name: str,
    paths_to_include: Iterable[str] = (),
    max_memory: str = "",
    skip_run: bool = False,
    nogui: bool = True,
    load_saved_data: bool = False,
    reload_events: bool = False,
    plot: bool = False,
    show_plot_already: bool = True,
    exec_in_dir: str = ".",
    verbose: bool = False,
    exit_on_fail: bool = True,
    cleanup: bool = False,
) -> bool | Traces | tuple[Traces, Events]:
    """Runs a LEMS file, writes its files, and gives back what they hold.

    Args:
        lems_file_name: from the working folder, or from `exec_in_dir`.
        paths_to_include: further folders for included files.
        max_memory: of Java's machine, which is not used here.
        skip_run: only read and check the file.
        nogui: no window is opened for the displays of the file either way.
        load_saved_data: whether to give back traces.
        reload_events: whether to give back events beside them.
        plot: whether to draw the displays of the model; with `load_saved_data` only.
        show_plot_already: whether to open a window for them.
        exec_in_dir: where the files that the model names go.
        verbose: whether to say what was done.
        exit_on_fail: whether a fault ends the script.
        cleanup: whether to remove the files once they are loaded.

    Returns:
        False after a fault, True after a run, or the traces by quantity, with times under ``t``, in
        SI units; with `reload_events` also the times of events by instance.

    Raises:
        SystemExit: After a fault, with `exit_on_fail`.
    """
    beside = Path(exec_in_dir, lems_file_name)
    path = beside if beside.is_file() else Path(lems_file_name)
    include = tuple(paths_to_include)
    try:
        if skip_run:
            _ = api.load(path, include).request
            return True
        results = api.run(path, out=exec_in_dir, include_dirs=include).whole()
    except (ModelError, UsageError, EnvironmentFault) as fault:
        print(fault, file=sys.stderr)
        if exit_on_fail:
            raise SystemExit(fault.exit_code) from fault
        return False
    if verbose:
        print(results)
    if not load_saved_data:
        return True
    loaded = _loaded(results, Path(exec_in_dir))
    if plot:
        results.plot(show=show_plot_already)
    if cleanup:
        for file in _files(results, Path(exec_in_dir)):
            os.remove(file)
    return loaded if reload_events else loaded[0]


def _files(results: Results, folder: Path) -> Iterator[Path]:
    return (folder / output.path for output in results.outputs)


def _loaded(results: Results, folder: Path) -> tuple[Traces, Events]:
    """What the files hold: later ones win where several name a quantity."""
    traces: Traces = {}
    events: Events = {}
    for output, path in zip(results.outputs, _files(results, folder), strict=True):
        if isinstance(output, OutputFile):
            columns = read_table(path).T.tolist()
            traces["t"] = columns[0]
            names = (column.quantity for column in output.columns)
            traces.update(zip(names, columns[1:], strict=True))
        else:
            events.update(_events(output, path))
    return traces, events


def _events(output: EventOutputFile, path: Path) -> Iterator[tuple[str, list[float]]]:
    trains = read_events(path, output.format)
    for selection in output.selections:
        yield selection.path, trains.get(selection.id, [])
