"""A model as read from files: checked, asked what it holds, and compiled to a simulation."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from annarchy_ml.diagnostics.core import Diagnostic, Diagnostics
from annarchy_ml.options import CompileOptions, ReadOptions

if TYPE_CHECKING:
    from annarchy_ml.model.document import Document
    from annarchy_ml.passes.pipeline import Compiled
    from annarchy_ml.passes.request import Request
    from annarchy_ml.session.inspection import PathInfo
    from annarchy_ml.session.simulation import Simulation

_SOFTENED = frozenset(("attribute.unknown", "element.unknown"))
"""What nobody understands: a fault, or with ``lenient`` a doubt."""


class Model:
    """A model as read from files, ready to be compiled.

    `change` may give what was read another form before it is checked.

    Attributes:
        path: the entry file.
        read_options: how it was read.
        document: what the files hold.
        tables: its types, components and values, resolved.
        reading_s: how long reading and checking took [s].
    """

    def __init__(
        self, path: str, read: ReadOptions, change: Callable[[Document], None] | None = None
    ) -> None:
        from annarchy_ml.garbage import collection_paused
        from annarchy_ml.importers.registry import read_model
        from annarchy_ml.passes.further import further_faults
        from annarchy_ml.passes.pipeline import resolve

        started = time.perf_counter()
        self.path = path
        self.read_options = read
        self._report = Diagnostics()
        with collection_paused():
            self.document = read_model(path, self._report, read)
            if change is not None and not self._report.has_errors:
                change(self.document)
            self.tables = resolve(self.document, self._report)
            self.tables.values.read_all()
        self._report = softened(self._report, read.lenient)
        if self._report.has_errors:
            self._report = softened(further_faults(self.tables, self._report), read.lenient)
        self._report.raise_if_errors()
        self._request: Request | None = None
        self.reading_s = time.perf_counter() - started

    @property
    def request(self) -> Request:
        """What the file asks to be run.

        Raises:
            ModelError: If it asks for nothing that can be run.
        """
        from annarchy_ml.passes.further import further_faults
        from annarchy_ml.passes.pipeline import read_request

        if self._request is None:
            report = Diagnostics(self._report)
            self._request = read_request(self.tables, report)
            report = softened(report, self.read_options.lenient)
            if report.has_errors:
                further_faults(self.tables, report).raise_if_errors()
            self._report = report
        assert self._request is not None
        return self._request

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """Doubts that do not stop the model."""
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
            method: one of ``annarchy_ml.integrators.METHODS``; ``reference`` is that of jLEMS.
            precision: ``double`` or ``single``.
            threads: None chooses by the size of the model.
            seed: of all random numbers; None takes that of the file.
            dt: step [s]; None takes that of the file.
            duration: [s]; None takes that of the file.
            device: ``cpu``, or a GPU: ``cuda``, ``cuda:1`` and so on.
            executor: ``auto`` (compiled where there is a compiler), ``compiled`` or
                ``interpreter``.
            record: paths to record beside those that the file names; ``*`` is any text.

        Raises:
            ModelError: If the model is at fault.
            UsageError: If an option has no such value, or a pattern of ``record`` fits nothing.
            EnvironmentFault: If it cannot run here.
        """
        from annarchy_ml.session.lowering import lower_model
        from annarchy_ml.session.simulation import Simulation

        options = CompileOptions(method, precision, dt, duration, seed, device)
        lowered = lower_model(self, options, tuple(record))
        return Simulation(lowered, executor=executor, threads=threads)

    def compiled(self, options: CompileOptions, report: Diagnostics) -> Compiled:
        """What the compiler makes of what the file asks for; faults are raised."""
        from annarchy_ml.passes.pipeline import compile_request

        return compile_request(self.tables, self.request, options, report)

    def paths(self, match: str | None = None) -> list[PathInfo]:
        """Everything that can be recorded, with units.

        Args:
            match: only paths that fit this pattern: ``*`` is any text, ``?`` one character.

        Raises:
            ModelError: If the model is at fault.
        """
        from annarchy_ml.session.inspection import recordable_paths

        found = recordable_paths(self)
        return [item for item in found if match is None or fnmatchcase(item.path, match)]

    def show(self, after: str) -> str:
        """A stage of the compiler as text.

        Args:
            after: one of ``annarchy_ml.passes.pipeline.PASSES``.

        Raises:
            ModelError: If the model is at fault.
            UsageError: If there is no such stage.
        """
        from annarchy_ml.session.inspection import stage_text

        return stage_text(self, after)


def softened(report: Diagnostics, lenient: bool) -> Diagnostics:
    """With ``lenient``, what nobody understands is a warning instead of an error."""
    if not lenient:
        return report
    return Diagnostics(
        replace(item, severity="warning") if item.code in _SOFTENED else item for item in report
    )
