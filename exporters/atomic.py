"""Writes a file under a temporary name and renames it: no half file under a final name, ever."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from annarchy_ml.diagnostics.core import EnvironmentFault


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name beside `path`, with the same suffix, that becomes `path` if the block succeeds.

    Folders are created. If the block fails, what stood at `path` before stays as it was.

    Raises:
        EnvironmentFault: If the operating system refuses.
    """
    mark = os.urandom(6).hex()
    temporary = path.with_name(f".{path.stem[:100]}.{mark}.part{path.suffix.lower()}")
    try:
        with write_faults(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            yield temporary
            os.replace(temporary, path)
    finally:
        with suppress(OSError):
            temporary.unlink()


@contextmanager
def write_faults(path: Path) -> Iterator[None]:
    """Says what to do where the operating system refuses to write `path`.

    Raises:
        EnvironmentFault: In place of an `OSError`.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise EnvironmentFault(
            f"'{path}' cannot be written: {reason}",
            hint="choose another output folder, or make room on the disk",
        ) from error
