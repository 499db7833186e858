"""Lowered models on disk: valid while every file that they were made from is unchanged.

An entry is two pickles: the plan without kernel bodies, which a warm run reads, and the whole plan,
which is read only if kernels must be printed or interpreted. The folder is that of the kernel
libraries, private to the user; an entry that cannot be read is a miss.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from annarchy_ml.kernels.nodes import KernelModule
from annarchy_ml.kernels.plan import SimulationPlan
from annarchy_ml.options import CompileOptions, ReadOptions

if TYPE_CHECKING:
    from annarchy_ml.session.lowering import Lowered

FORMAT = 1


def folder() -> str | None:
    """Folder of the entries, made for this user alone; None if there is none to be had."""
    from annarchy_ml.engine.build.cache import KernelCache

    try:
        path = os.path.join(KernelCache().folder, "plans")
        os.makedirs(path, mode=0o700, exist_ok=True)
        status = os.stat(path)
    except OSError:
        return None
    if status.st_uid != os.getuid() or status.st_mode & 0o077:
        return None
    return path


def entry_path(path: str, read: ReadOptions, options: CompileOptions) -> str | None:
    """Where the entry of a file with these options lies."""
    base = folder()
    if base is None:
        return None
    text = repr(
        (FORMAT, _package_identity(), os.path.realpath(path), path, os.getcwd(), read, options)
    )
    return os.path.join(base, hashlib.sha256(text.encode()).hexdigest()[:40])


def _package_identity() -> str:
    """A text that changes with the code of this package."""
    from annarchy_ml.session import source_identity

    return source_identity.text()


def _stamp(name: str) -> tuple[str, int, int, str]:
    """Name, size, time and digest of one file."""
    from annarchy_ml.session.lowering import _file_digest

    if name.startswith("pyneuroml-archive:"):
        return name, 0, 0, _file_digest(name)
    status = os.stat(name)
    return name, status.st_size, status.st_mtime_ns, _file_digest(name)


def _unchanged(stamp: tuple[str, int, int, str]) -> bool:
    name, size, modified, digest = stamp
    from annarchy_ml.session.lowering import _file_digest

    try:
        if name.startswith("pyneuroml-archive:"):
            return _file_digest(name) == digest
        status = os.stat(name)
        if status.st_size != size:
            return False
        return status.st_mtime_ns == modified or _file_digest(name) == digest
    except OSError:
        return False


def load(entry: str) -> Lowered | None:
    """The lowered model of an entry; None if there is none or it is out of date."""
    try:
        with open(entry + ".head", "rb") as stream:
            stamps, absent, lowered = pickle.load(stream)
    except Exception:
        return None
    if not all(map(_unchanged, stamps)) or any(map(os.path.exists, absent)):
        return None
    lowered.bodies = partial(_load_bodies, entry)
    found: Lowered = lowered
    return found


def _load_bodies(entry: str) -> SimulationPlan:
    with open(entry + ".body", "rb") as stream:
        plan: SimulationPlan = pickle.load(stream)
    return plan


def store(entry: str, lowered: Lowered, files: list[str], absent: list[str]) -> None:
    """Keeps a lowered model; failures are harmless.

    Args:
        entry: from ``entry_path``.
        lowered: what to keep.
        files: what it was made from.
        absent: files that would have been read instead, had they been there.
    """
    plan = lowered.plan
    groups = tuple(replace(item, kernels=_signatures(item)) for item in plan.module.groups)
    light = replace(
        plan,
        module=KernelModule(groups, plan.module.precision),
        groups=tuple(replace(item, start={}) for item in plan.groups),
    )
    try:
        stamps = [_stamp(name) for name in dict.fromkeys(files)]
        head = replace(lowered, plan=light, locate=None, bodies=None)
        _publish(entry + ".body", plan)
        _publish(entry + ".head", (stamps, absent, head))
    except (OSError, pickle.PicklingError, RecursionError):
        return


def _signatures(group: Any) -> tuple[Any, ...]:
    """The kernels of a group without their bodies, but with what says whether they emit."""
    from annarchy_ml.kernels.nodes import Emit, KernelKind

    emits = group.emits_on_event
    result = []
    for item in group.kernels:
        keep = emits and item.kind is KernelKind.EVENT
        body = (Emit(group.out_ports[0]),) if keep and group.out_ports else ()
        result.append(replace(item, body=body))
    return tuple(result)


def _publish(path: str, value: object) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(path))
    with os.fdopen(descriptor, "wb") as stream:
        pickle.dump(value, stream, protocol=pickle.HIGHEST_PROTOCOL)
    os.replace(temporary, path)


Loader = Callable[[], SimulationPlan]
