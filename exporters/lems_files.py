"""Writes the files that a LEMS model names, with the text that jLEMS would write.

A table has time [s] first, then its columns in document order, in SI units, a tab behind every
value, and numbers as Java prints a 32-bit float. An event file has a time and an id per line.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, NamedTuple, ParamSpec, Protocol, TypeVar

from annarchy_ml.diagnostics.core import Diagnostic, Diagnostics
from annarchy_ml.exporters.atomic import replacing, write_faults
from annarchy_ml.model.simulation import EventOutputFile, OutputFile

if TYPE_CHECKING:
    from types import TracebackType

    from annarchy_ml.memory import Numbers
    from annarchy_ml.results import Results

Output = OutputFile | EventOutputFile
_P = ParamSpec("_P")
_T = TypeVar("_T")


class _Writers(NamedTuple):
    """What writes numbers as text, see `float_text`; both give the same text."""

    table: Callable[[Path, Sequence[Numbers]], None]
    events: Callable[[Path, Sequence[tuple[str, Numbers]], bool], None]


class Printer(Protocol):
    """Prints tables while a run goes on."""

    def finish(self, file: int) -> None:
        """Print the rest of a table, by its position, and put the file in place."""


class RunFiles:
    """The files of one run: tables of all rows are printed while it goes on, the rest at its end.

    As a context it leaves no half files behind.

    Attributes:
        paths: Where each output goes, in document order.
    """

    def __init__(
        self,
        outputs: Iterable[Output],
        folder: Path,
        *,
        allow_outside: bool = False,
        short: bool = False,
    ) -> None:
        """Looks at the file names only.

        Raises:
            ModelError: If a file name leads out of the folder, or two files have the same name.
        """
        self._outputs = tuple(outputs)
        self._short = short
        self.paths = output_paths(self._outputs, folder, allow_outside=allow_outside)
        self._printer: Printer | None = None
        self._printed: dict[Path, int] = {}

    def __enter__(self) -> RunFiles:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._printer = None

    def begin(
        self, print_rows: Callable[[Sequence[tuple[Path, Sequence[str]]]], Printer | None]
    ) -> None:
        """Begin the tables of all rows; what stands in the way is told by `write`.

        Args:
            print_rows: prints tables of these quantities from the start of the run to its end.
        """
        tables = [
            (path, [column.quantity for column in output.columns])
            for output, path in zip(self._outputs, self.paths, strict=True)
            if isinstance(output, OutputFile) and _shows_all(output)
        ]
        with suppress(OSError):
            for path, _ in tables:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._printer = _with_os_errors(print_rows)(tables) if tables else None
        if self._printer is not None:
            self._printed = {path: place for place, (path, _) in enumerate(tables)}

    def write(self, results: Results) -> None:
        """Write or complete every file.

        Args:
            results: what the run has recorded.

        Raises:
            EnvironmentFault: If a file cannot be written.
        """
        for output, path in zip(self._outputs, self.paths, strict=True):
            if self._printer is not None and path in self._printed:
                with write_faults(path):
                    _with_os_errors(self._printer.finish)(self._printed[path])
                continue
            with replacing(path) as temporary:
                _write(results, output, temporary, self._short)


def write(
    results: Results, folder: Path, *, allow_outside: bool = False, short: bool = False
) -> tuple[Path, ...]:
    """Write every file that the model asks for.

    Args:
        results: What was recorded, with the outputs asked for.
        folder: Where relative file names start.
        allow_outside: Whether a file name may lead out of the folder.
        short: Whether tables have seven digits, as scripts of jNeuroML's export to NEURON write.

    Returns:
        The files written, in document order.

    Raises:
        ModelError: If a file name leads out of the folder, or two files have the same name.
        EnvironmentFault: If a file cannot be written.
    """
    files = RunFiles(results.outputs, folder, allow_outside=allow_outside, short=short)
    files.write(results)
    return files.paths


def output_paths(
    outputs: Iterable[Output], folder: Path, *, allow_outside: bool = False
) -> tuple[Path, ...]:
    """Where each output goes; call it before a run, so that a refusal costs no time.

    Raises:
        ModelError: If a file name leads out of the folder, or two files have the same name.
    """
    base = folder.resolve()
    found = Diagnostics()
    owners: dict[Path, Output] = {}
    for output in outputs:
        place = _inside(base, output.written, allow_outside)
        if place is None:
            found.add(_outside(output))
        elif place in owners:
            found.add(_duplicate(output, owners[place]))
        else:
            owners[place] = output
    found.raise_if_errors()
    return tuple(owners)


def _inside(base: Path, name: str, allow_outside: bool) -> Path | None:
    """The resolved place of a file name (links followed), or None if it may not be there."""
    if not name.strip() or "\0" in name:
        return None
    foreign = PureWindowsPath(name)
    place = base / name
    if place.name in ("", "..") or (not allow_outside and (foreign.drive or foreign.root)):
        return None
    place = place.parent.resolve() / place.name
    inside = place != base and place.is_relative_to(base)
    return place if inside or allow_outside else None


def _outside(output: Output) -> Diagnostic:
    return Diagnostic(
        "output.outside",
        f"the output '{output.id}' would be written to '{output.written}', "
        "which is not a file inside the output folder",
        output.span,
        label="outside",
        hint="give a file name relative to the output folder, without '..', "
        "or allow it with --allow-outside",
    )


def _duplicate(output: Output, first: Output) -> Diagnostic:
    return Diagnostic(
        "output.duplicate",
        f"the outputs '{first.id}' and '{output.id}' write the same file '{output.written}'",
        output.span,
        label="would overwrite the first",
        hint="give each output a file of its own",
        related=((first.span, "first output"),) if first.span else (),
    )


def _shows_all(output: OutputFile) -> bool:
    """Whether it is a text of all rows."""
    return (
        output.report is None
        and output.start_s <= 0
        and output.stop_s is None
        and output.interval_s is None
    )


def _write(results: Results, output: Output, path: Path, short: bool) -> None:
    if output.report is not None:
        from annarchy_ml.exporters.sonata.reports import write_report

        write_report(results, output, path)
    elif isinstance(output, OutputFile):
        _write_table(results, output, path, short)
    else:
        _write_events(results, output, path)


def _write_table(results: Results, output: OutputFile, path: Path, short: bool) -> None:
    signals = [results[column.quantity].memory for column in output.columns]
    times = signals[0][0] if signals else results.times
    if any(len(values) != len(times) for _, values in signals):
        raise ValueError(f"the columns of '{output.id}' were not recorded at the same times")
    rows = _rows(output, times)
    columns = [times[rows], *(values[rows] for _, values in signals)]
    if short:
        from annarchy_ml.exporters.float_text import write_short_table

        write_short_table(path, columns)
    else:
        _writers().table(path, columns)


def _rows(output: OutputFile, times: Numbers) -> slice:
    """The rows that the output asks for."""
    if len(times) < 2:
        return slice(None)
    step = (float(times[-1]) - float(times[0])) / (len(times) - 1)
    slack = step * 1e-3
    begin = bisect_left(times, output.start_s - slack)
    end = None if output.stop_s is None else bisect_left(times, output.stop_s + slack)
    stride = 1 if output.interval_s is None else max(1, round(output.interval_s / step))
    return slice(begin, end, stride)


def _write_events(results: Results, output: EventOutputFile, path: Path) -> None:
    events = results.events
    rows = [(events.row(item.path, item.port), item.id) for item in output.selections]
    rows.sort(key=lambda found: found[0])
    trains = [(name, events.memory_of(row)) for row, name in rows]
    _writers().events(path, trains, output.format == "TIME_ID")


@cache
def plain_writers() -> _Writers:
    """Those that are there without the native core."""
    from annarchy_ml.exporters import float_text

    return _Writers(float_text.write_table, float_text.write_events)


@cache
def _writers() -> _Writers:
    """Those of the native core, where that is built."""
    try:
        from annarchy_ml.engine import _core
    except ImportError:
        return plain_writers()
    return _Writers(_with_os_errors(_core.write_table), _with_os_errors(_core.write_events))


def _with_os_errors(call: Callable[_P, _T]) -> Callable[_P, _T]:
    """The same function of the native core, with an `OSError` where a file is at fault."""

    def called(*args: _P.args, **named: _P.kwargs) -> _T:
        try:
            return call(*args, **named)
        except RuntimeError as error:
            if getattr(error, "code", "") != "file":
                raise
            raise OSError(str(error)) from error

    return called
