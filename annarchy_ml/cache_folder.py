"""Entries in the user's cache folder: private, published atomically, unreadable means missing.

Nobody waits for an entry to be written: `publish_later` leaves it until `publish_pending`, which is
called while the C compiler runs, or until the end of the process.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

_pending: list[Callable[[], None]] = []


def root() -> Path:
    """`$ANNARCHY_ML_CACHE`, else the cache folder that the system gives to each user."""
    chosen = os.environ.get("ANNARCHY_ML_CACHE")
    if chosen:
        return Path(chosen).absolute()
    import platformdirs

    return Path(platformdirs.user_cache_dir("annarchy_ml")) / "kernels"


def private_folder(name: str) -> str | None:
    """A folder of the cache that belongs to this user alone; None if there is none to be had."""
    try:
        path = os.path.join(root(), name)
        os.makedirs(path, mode=0o700, exist_ok=True)
        status = os.stat(path)
    except OSError:
        return None
    if status.st_uid != os.getuid() or status.st_mode & 0o077:
        return None
    return path


def entry(folder: str, key: object) -> str | None:
    """Path of the entry of a key (a value whose ``repr`` names it); None without a folder."""
    base = private_folder(folder)
    if base is None:
        return None
    return os.path.join(base, hashlib.sha256(repr(key).encode()).hexdigest()[:40])


def load(path: str) -> object | None:
    """The value of an entry; None if there is none, or none that can be read."""
    try:
        with open(path, "rb") as stream:
            if os.fstat(stream.fileno()).st_uid != os.getuid():
                return None
            value: object = pickle.load(stream)
    except Exception:
        return None
    return value


class _ArrayPickler(pickle.Pickler):
    """Keeps arrays of one dimension as memory, so that reading them needs no NumPy."""

    def reducer_override(self, value: Any) -> Any:
        if type(value).__module__ != "numpy" or type(value).__name__ != "ndarray":
            return NotImplemented
        if value.ndim != 1 or value.dtype.char not in "dfilq":
            return NotImplemented
        return _memory, (value.tobytes(), value.dtype.char)


def _memory(data: bytes, kind: str) -> memoryview:
    return memoryview(data).cast(kind)  # type: ignore[call-overload, no-any-return]


def publish(path: str, value: object, raw_arrays: bool = False) -> None:
    """Keeps a value; a failure is harmless.

    Args:
        path: of the entry.
        value: what to keep.
        raw_arrays: whether `load` gives memoryviews in place of arrays of one dimension.
    """
    import tempfile

    try:
        descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(path))
        try:
            with os.fdopen(descriptor, "wb") as stream:
                kind = _ArrayPickler if raw_arrays else pickle.Pickler
                kind(stream, protocol=pickle.HIGHEST_PROTOCOL).dump(value)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except (OSError, pickle.PicklingError, RecursionError):
        return


def publish_later(work: Callable[[], None]) -> None:
    """Keeps work that ends in `publish`.

    Args:
        work: called once, in this process; must not raise.
    """
    if not _pending:
        atexit.register(publish_pending)
    _pending.append(work)


def publish_pending() -> None:
    """Does all that `publish_later` has left."""
    atexit.unregister(publish_pending)
    while _pending:
        _pending.pop(0)()
