"""Recorded rows beyond a budget of memory: kept in a temporary file that has no name.

The file loses its name as soon as it is open, so nothing is left of it however the process ends.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from annarchy_ml.diagnostics.core import EnvironmentFault
from annarchy_ml.engine import _core


def stream_rows(network: _core.Network, traces: int, budget_bytes: int) -> BinaryIO:
    """From now on, rows beyond the budget go to a temporary file, until the next reset.

    Args:
        network: the native network.
        traces: number of the recording; none of its rows may be on disk yet.
        budget_bytes: recorded values that stay in memory.

    Returns:
        The file, for `mapped`.

    Raises:
        EnvironmentFault: If there is no folder for temporary files.
    """
    import tempfile

    with disk_faults(), tempfile.TemporaryDirectory(prefix="annarchy-ml-") as folder:
        path = os.path.join(folder, "traces")
        network.stream_to(traces, path, budget_bytes)
        return open(path, "rb")


def require_room(needed: int) -> None:
    """Refuses a recording for which the disk of temporary files has no room, before it begins.

    Raises:
        EnvironmentFault: With both figures.
    """
    import shutil
    import tempfile

    with disk_faults():
        folder = tempfile.gettempdir()
        free = shutil.disk_usage(folder).free
    if needed > free:
        raise EnvironmentFault(
            f"recorded values take {needed / 1e9:.3g} GB, "
            f"and {folder} has {free / 1e9:.3g} GB left",
            hint="set TMPDIR to another folder, record less, or run shorter",
        )


def mapped(file: BinaryIO, count: int) -> memoryview[float]:
    """So many doubles of a file, as memory.

    The system reads their pages when they are looked at and drops them when memory is short. They
    stay valid when the file is closed.
    """
    import mmap

    whole = mmap.mmap(file.fileno(), count * 8, access=mmap.ACCESS_READ)
    return memoryview(whole).cast("d")


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
    import tempfile

    try:
        folder = tempfile.gettempdir()
    except OSError:
        return str(fault)
    return f"{folder}: {getattr(fault, 'strerror', None) or 'it may be full'}"
