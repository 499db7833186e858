"""Load, check, compile and run models: the one module that knows every room."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annarchy_ml.diagnostics.core import Diagnostic, Diagnostics, NonFiniteError
from annarchy_ml.options import CompileOptions, ReadOptions

if TYPE_CHECKING:
    from annarchy_ml.passes.request import Request
    from annarchy_ml.results import Results
    from annarchy_ml.session.inspection import PathInfo
    from annarchy_ml.session.simulation import Simulation

Progress = Callable[[float, float, float], Any]


class Model:
    """A model as read from files, ready to be compiled.

    Attributes:
        path: the entry file.
        warnings: doubts that do not stop it.
    """

    def __init__(self, path: str, read: ReadOptions) -> None:
        from annarchy_ml.garbage import collection_paused
        from annarchy_ml.importers.registry import read_model
        from annarchy_ml.passes.further import further_faults
        from annarchy_ml.passes.pipeline import resolve

        self.path = path
        self.read_options = read
        self._started = time.perf_counter()
        self._report = Diagnostics()
        with collection_paused():
            self.document = read_model(path, self._report, read)
            self.tables = resolve(self.document, self._report)
            self._read_all_values()
        self._report = softened(self._report, read.lenient)
        if self._report.has_errors:
            self._report = softened(further_faults(self.tables, self._report), read.lenient)
        self._report.raise_if_errors()
        self._request: Request | None = None
        self.reading_s = time.perf_counter() - self._started

    def _read_all_values(self) -> None:
        """Parameters of every component, so that all faults of a file are found together."""
        waiting = list(self.document.components)
        while waiting:
            component = waiting.pop()
            self.tables.values.of(component)
            waiting.extend(component.children)

    @property
    def request(self) -> Request:
        """What the file asks to be run.

        Raises:
            ModelError: If it asks for nothing that can be run.
        """
        from annarchy_ml.passes.pipeline import read_request

        if self._request is None:
            report = Diagnostics(self._report)
            self._request = read_request(self.tables, report)
            softened(report, self.read_options.lenient).raise_if_errors()
        assert self._request is not None
        return self._request

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """Doubts about the model."""
        return self._report.warnings

    def compile(
        self,
        method: str = "reference",
        precision: str = "double",
        threads: int | None = None,
        seed: int | None = None,
        dt: float | None = None,
        duration: float | None = None,
        device: str = "cpu",
        executor: str = "auto",
        record: Sequence[str] = (),
    ) -> Simulation:
        """A simulation of the model.

        Args:
            method: ``reference`` or one of ``annarchy_ml.integrators.METHODS``.
            precision: ``double`` or ``single``.
            threads: None chooses by the size of the model.
            seed: of all random numbers; None takes that of the file.
            dt: step [s]; None takes that of the file.
            duration: [s]; None takes that of the file.
            device: ``cpu``.
            executor: ``auto``, ``compiled`` or ``interpreter``.
            record: paths to record beside those that the file names.

        Raises:
            ModelError: If the model is at fault.
            UsageError: If an option has no such value.
            EnvironmentFault: If it cannot run here.
        """
        from annarchy_ml.session.lowering import lower_model
        from annarchy_ml.session.simulation import Simulation

        options = CompileOptions(method, precision, dt, duration, seed, device)
        lowered = lower_model(self, options, tuple(record))
        return Simulation(lowered, executor=executor, threads=threads)

    def paths(self, match: str | None = None) -> list[PathInfo]:
        """Everything that can be recorded, with units."""
        from annarchy_ml.session.inspection import recordable_paths

        found = recordable_paths(self)
        return [item for item in found if match is None or fnmatchcase(item.path, match)]

    def show(self, after: str) -> str:
        """A stage of the compiler as text; ``after`` is one of ``PASSES``."""
        from annarchy_ml.session.inspection import stage_text

        return stage_text(self, after)


def load(path: str | Path, include_dirs: Sequence[str] = (), lenient: bool = False) -> Model:
    """Reads a LEMS or NeuroML file and all that it includes.

    Raises:
        ModelError: With every fault found.
    """
    return Model(os.fspath(path), ReadOptions(tuple(include_dirs), lenient))


def check(
    paths: Sequence[str | Path] | str | Path,
    include_dirs: Sequence[str] = (),
    lenient: bool = False,
) -> list[Diagnostic]:
    """All faults and doubts of model files, without running them."""
    from annarchy_ml.session.inspection import check_file

    given = [paths] if isinstance(paths, (str, Path)) else list(paths)
    read = ReadOptions(tuple(include_dirs), lenient)
    return [item for path in given for item in check_file(os.fspath(path), read)]


def run(
    path: str | Path,
    out: str | Path = ".",
    method: str = "reference",
    precision: str = "double",
    threads: int | None = None,
    seed: int | None = None,
    dt: float | None = None,
    duration: float | None = None,
    include_dirs: Sequence[str] = (),
    lenient: bool = False,
    allow_outside: bool = False,
    device: str = "cpu",
    executor: str = "auto",
    progress: Progress | None = None,
    write_files: bool = True,
) -> Results:
    """Runs a LEMS file and writes the files that it names.

    Args:
        path: the LEMS file.
        out: folder for the files that it names.
        write_files: whether to write them.
        progress: called now and then with (time, duration, wall time) in seconds.

        allow_outside: whether files may lie outside of ``out``.
        include_dirs: further folders in which included files may lie.
        lenient: unknown elements and attributes are warnings.
        method: as for ``Model.compile``, like those that follow.
        precision: ``double`` or ``single``.
        threads: None chooses by the size of the model.
        seed: None takes that of the file.
        dt: step [s].
        duration: [s].
        device: ``cpu``.
        executor: ``auto``, ``compiled`` or ``interpreter``.

    Raises:
        ModelError: If the model is at fault, at once or during the run.
        EnvironmentFault: If it cannot run here.
    """
    from annarchy_ml.exporters import lems_files
    from annarchy_ml.session.lowering import cached_lowering
    from annarchy_ml.session.simulation import Simulation

    options = CompileOptions(method, precision, dt, duration, seed, device)
    read = ReadOptions(tuple(include_dirs), lenient)
    lowered = cached_lowering(os.fspath(path), read, options)
    folder = Path(out)
    if write_files:
        lems_files.output_paths(lowered.outputs, folder, allow_outside=allow_outside)
    simulation = Simulation(lowered, executor=executor, threads=threads)
    try:
        results = simulation.run(progress=progress)
    except NonFiniteError as fault:
        if write_files and fault.partial is not None:
            lems_files.write(fault.partial, folder, allow_outside=allow_outside)
        raise
    if write_files:
        started = time.perf_counter()
        lems_files.write(results, folder, allow_outside=allow_outside)
        results.provenance["wall_times"]["write"] = time.perf_counter() - started
    return results


def softened(report: Diagnostics, lenient: bool) -> Diagnostics:
    """With ``lenient``, what nobody understands is a warning instead of an error."""
    if not lenient:
        return report
    soft = ("attribute.unknown", "element.unknown")
    from dataclasses import replace

    return Diagnostics(
        replace(item, severity="warning") if item.code in soft else item for item in report.items
    )
