"""Writes the files that a LEMS model names, with the text that jLEMS would write.

A table has time [s] first, then its columns in document order, in SI units, a tab behind every
value, and numbers as Java prints a 32-bit float. An event file has a time and an id per line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path, PureWindowsPath
from typing import Any, NamedTuple, ParamSpec

import numpy as np
from numpy.typing import NDArray

from annarchy_ml.diagnostics import Diagnostic, Diagnostics
from annarchy_ml.exporters import float_text
from annarchy_ml.exporters.atomic import replacing
from annarchy_ml.model.simulation import EventOutputFile, OutputFile
from annarchy_ml.results import Results

Output = OutputFile | EventOutputFile
_P = ParamSpec("_P")
_Array = NDArray[Any]


class _Writers(NamedTuple):
    """What writes numbers as text, see `float_text`; both give the same text."""

    table: Callable[[Path, Sequence[_Array]], None]
    events: Callable[[Path, _Array, _Array, bool, Sequence[str]], None]


PLAIN_WRITERS = _Writers(float_text.write_table, float_text.write_events)


def write(results: Results, folder: Path, *, allow_outside: bool = False) -> tuple[Path, ...]:
    """Write every file that the model asks for.

    Args:
        results: What was recorded, with the outputs asked for.
        folder: Where relative file names start.
        allow_outside: Whether a file name may lead out of the folder.

    Returns:
        The files written, in document order.

    Raises:
        ModelError: If a file name leads out of the folder, or two files have the same name.
        EnvironmentFault: If a file cannot be written.
    """
    paths = output_paths(results.outputs, folder, allow_outside=allow_outside)
    for output, path in zip(results.outputs, paths, strict=True):
        with replacing(path) as temporary:
            if isinstance(output, OutputFile):
                _write_table(results, output, temporary)
            else:
                _write_events(results, output, temporary)
    return paths


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
        place = _inside(base, output.path, allow_outside)
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
        f"the output '{output.id}' would be written to '{output.path}', "
        "which is not a file inside the output folder",
        output.span,
        label="outside",
        hint="give a file name relative to the output folder, without '..', "
        "or allow it with --allow-outside",
    )


def _duplicate(output: Output, first: Output) -> Diagnostic:
    return Diagnostic(
        "output.duplicate",
        f"the outputs '{first.id}' and '{output.id}' write the same file '{output.path}'",
        output.span,
        label="would overwrite the first",
        hint="give each output a file of its own",
        related=((first.span, "first output"),) if first.span else (),
    )


def _write_table(results: Results, output: OutputFile, path: Path) -> None:
    signals = [results[column.quantity] for column in output.columns]
    times = signals[0].times_s if signals else results.times
    if any(len(signal) != len(times) for signal in signals):
        raise ValueError(f"the columns of '{output.id}' were not recorded at the same times")
    rows = _rows(output, times)
    _writers().table(path, [times[rows], *(signal.values[rows] for signal in signals)])


def _rows(output: OutputFile, times: NDArray[Any]) -> slice:
    """The rows that the output asks for."""
    if len(times) < 2:
        return slice(None)
    step = (float(times[-1]) - float(times[0])) / (len(times) - 1)
    slack = step * 1e-3
    begin = int(np.searchsorted(times, output.start_s - slack))
    end = None if output.stop_s is None else int(np.searchsorted(times, output.stop_s + slack))
    stride = 1 if output.interval_s is None else max(1, round(output.interval_s / step))
    return slice(begin, end, stride)


def _write_events(results: Results, output: EventOutputFile, path: Path) -> None:
    selections = output.selections
    rows = [results.events.row(selection.path, selection.port) for selection in selections]
    order = sorted(range(len(rows)), key=rows.__getitem__)
    times, trains = results.events.chronological([rows[position] for position in order])
    names = [selections[position].id for position in order]
    _writers().events(path, times, trains.astype(np.int32), output.format == "TIME_ID", names)


@cache
def _writers() -> _Writers:
    """Those of the native core, where that is built."""
    try:
        from annarchy_ml.engine import _core
    except ImportError:
        return PLAIN_WRITERS

    def with_os_errors(write: Callable[_P, None]) -> Callable[_P, None]:
        def call(*args: _P.args, **named: _P.kwargs) -> None:
            try:
                write(*args, **named)
            except _core.EngineError as error:
                raise OSError(str(error)) from error

        return call

    return _Writers(with_os_errors(_core.write_table), with_os_errors(_core.write_events))
