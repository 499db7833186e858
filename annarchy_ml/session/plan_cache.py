"""Lowered models on disk: valid while every file that they were made from is unchanged.

An entry is two pickles: the plan without kernel bodies, its arrays as plain memory, which a warm
run reads; and the whole plan, which is read only if kernels must be printed or interpreted, or a
parameter is set.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from annarchy_ml import cache_folder
from annarchy_ml.code_identity import code_identity
from annarchy_ml.importers.neuroml import archive
from annarchy_ml.kernels.nodes import Emit, GroupKernel, Kernel, KernelKind, KernelModule
from annarchy_ml.kernels.plan import SimulationPlan
from annarchy_ml.options import CompileOptions, ReadOptions

if TYPE_CHECKING:
    from annarchy_ml.session.lowering import Lowered

FORMAT = 6
_ROOMS = (
    "diagnostics",
    "importers",
    "passes",
    "integrators",
    "importers.neuroml",
    "importers.sonata",
    "kernels",
    "model",
    "expr",
    "units",
    "session",
)
Stamp = tuple[str, int, int, str]
"""A file as it was: name, size in bytes, time of its last change [ns], digest of its content."""


def entry_path(path: str, read: ReadOptions, options: CompileOptions) -> str | None:
    """Where the entry of a file with these options lies; None if there is no private folder."""
    key = (FORMAT, code_identity(*_ROOMS), os.path.realpath(path), path, os.getcwd(), read, options)
    return cache_folder.entry("plans", key)


def _stamp(name: str) -> Stamp:
    from annarchy_ml.session.lowering import file_digest

    if archive.is_archived(name):
        return name, 0, 0, file_digest(name)
    status = os.stat(name)
    return name, status.st_size, status.st_mtime_ns, file_digest(name)


def _unchanged(stamp: Stamp) -> bool:
    from annarchy_ml.session.lowering import file_digest

    name, size, modified, digest = stamp
    try:
        if archive.is_archived(name):
            return file_digest(name) == digest
        status = os.stat(name)
        if status.st_size != size:
            return False
        return status.st_mtime_ns == modified or file_digest(name) == digest
    except OSError:
        return False


def load(entry: str) -> Lowered | None:
    """The lowered model of an entry; None if there is none or it is out of date."""
    found: Any = cache_folder.load(entry + ".head")
    if not isinstance(found, tuple) or len(found) != 3:
        return None
    stamps, absent, lowered = found
    if not all(map(_unchanged, stamps)) or any(map(os.path.exists, absent)):
        return None
    result: Lowered = replace(lowered, read_bodies=partial(_read_bodies, entry, lowered))
    return result


def _read_bodies(entry: str, lowered: Lowered) -> SimulationPlan:
    """The whole plan; made anew from the model if the second file is gone or damaged."""
    plan = cache_folder.load(entry + ".body")
    if isinstance(plan, SimulationPlan):
        return plan
    from annarchy_ml.session.lowering import lower_again

    return lower_again(lowered).plan


def store(entry: str, lowered: Lowered, files: list[str], absent: list[str]) -> None:
    """Keeps a lowered model (see `publish_later`); failures are harmless.

    Args:
        entry: from ``entry_path``.
        lowered: what to keep.
        files: what it was made from.
        absent: files that would have been read instead, had they been there.
    """
    try:
        stamps = [_stamp(name) for name in dict.fromkeys(files)]
    except OSError:
        return
    cache_folder.publish_later(partial(_publish, entry, stamps, list(absent), lowered))


def _publish(entry: str, stamps: list[Stamp], absent: list[str], lowered: Lowered) -> None:
    plan = lowered.plan
    groups = tuple(replace(item, kernels=_signatures(item)) for item in plan.module.groups)
    light = replace(
        plan,
        module=KernelModule(groups, plan.module.precision, plan.module.families),
        groups=tuple(replace(item, values={}, start={}, formulas=()) for item in plan.groups),
        init=(),
    )
    head = replace(lowered, plan=light, locate=None, links=None, read_bodies=None)
    cache_folder.publish(entry + ".body", plan)
    cache_folder.publish(entry + ".head", (stamps, absent, head), raw_arrays=True)


def _signatures(group: GroupKernel) -> tuple[Kernel, ...]:
    """The kernels of a group without their bodies, but with what says whether they emit."""
    emits = group.emits_on_event
    sending = (Emit(group.out_ports[0]),) if emits else ()
    return tuple(
        replace(item, body=sending if item.kind is KernelKind.EVENT else (), usual=None)
        for item in group.kernels
    )
