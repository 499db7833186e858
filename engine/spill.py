"""Recorded rows beyond a budget of memory: kept in temporary files that have no name.

A file loses its name as soon as it is open, so nothing is left of it however the process ends.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import numpy as np

from annarchy_ml.diagnostics import EnvironmentFault
from annarchy_ml.engine import _core


def spill_to_disk(network: Any, traces: int, budget_bytes: int) -> None:
    """From now on, rows beyond the budget go to a temporary file.

    Args:
        network: the native network.
        traces: number of the recording; none of its rows may be on disk yet.
        budget_bytes: recorded values that stay in memory.

    Raises:
        EnvironmentFault: If there is no folder for temporary files.
    """
    with disk_faults(), tempfile.TemporaryDirectory(prefix="annarchy-ml-") as folder:
        network.stream_to(traces, os.path.join(folder, "traces"), budget_bytes)


def mapped(network: Any, traces: int, n_columns: int) -> tuple[Any, Any]:
    """Times (rows,) and values (rows, n_columns) of a recording, as arrays over temporary files.

    The system reads their pages when they are looked at and drops them when memory is short.

    Raises:
        EnvironmentFault: If there is no room on the disk.
    """
    rows = 0
    with disk_faults(), tempfile.TemporaryFile() as times, tempfile.TemporaryFile() as values:
        for some_times, some_values in network.recorded_chunks(traces):
            times.write(some_times.data)
            values.write(some_values.data)
            rows += len(some_times)
        return _array(times, (rows,)), _array(values, (rows, n_columns))


def _array(file: IO[bytes], shape: tuple[int, ...]) -> Any:
    """The numbers of a file, which may be closed after that."""
    file.flush()
    if not shape[0]:
        return np.zeros(shape)
    return np.asarray(np.memmap(file, np.float64, "r+", shape=shape))


@contextmanager
def disk_faults(of: tuple[type[Exception], ...] = (OSError, _core.EngineError)) -> Iterator[None]:
    """Says what to do where the disk of temporary files fails.

    Args:
        of: exceptions that may mean it.

    Raises:
        EnvironmentFault: In place of what the system or the native core says.
    """
    try:
        yield
    except of as fault:
        if getattr(fault, "code", "file") != "file":
            raise
        raise EnvironmentFault(
            f"recorded values cannot be kept on disk: {_reason(fault)}",
            hint="make room there, set TMPDIR to another folder, or record less",
        ) from fault


def _reason(fault: Exception) -> str:
    """What failed, with the folder where it failed."""
    try:
        folder = tempfile.gettempdir()
    except OSError:
        return str(fault)
    return f"{folder}: {getattr(fault, 'strerror', None) or 'it may be full'}"
