"""A model lowered to a plan, and the cache of such plans by content.

A warm run reads one file: the plan without kernel bodies, the start values and the names of the
outputs. It is valid as long as every model file, the core definitions, the options and this package
are the same.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from annarchy_ml.diagnostics.core import Diagnostic
from annarchy_ml.garbage import collection_paused
from annarchy_ml.kernels.plan import SimulationPlan
from annarchy_ml.model.simulation import Display, EventOutputFile, OutputFile
from annarchy_ml.options import CompileOptions, ReadOptions

if TYPE_CHECKING:
    from annarchy_ml.kernels.plan import StartValues
    from annarchy_ml.passes.links import Links
    from annarchy_ml.passes.locate import Located
    from annarchy_ml.passes.pipeline import Compiled
    from annarchy_ml.recorded import Position
    from annarchy_ml.session.model import Model
    from annarchy_ml.session.network_model import NetworkModel


_OF_FILES = ("record one: compile(record=['{path}'])", "compile(record=['{path}'])")
_OF_NETWORKS = ("ask for it: net.projection(..., separate=True)", "record it: net.record(...)")
"""How to keep synapses apart, and how to keep a value, for messages."""


@dataclass(frozen=True, slots=True)
class Lowered:
    """All that a simulation needs of a model; several simulations may share it.

    Attributes:
        path: the entry file.
        plan: the plan; of a cached one the kernel bodies are read when they are needed.
        starts: start values by group and field.
        content: names the content of the kernels, for the cache of libraries.
        outputs: the files that the model asks for, in document order.
        displays: the pictures that it asks for.
        aliases: recorded paths by their other spelling.
        positions: where recorded cells lie, by the recorded paths.
        warnings: doubts that do not stop it.
        model_hash: changes with the content of any file that was read.
        options: how it was lowered.
        read: how its files were read.
        read_bodies: gives the plan with kernel bodies and start programs; None where `plan` has
            them.
        locate: finds where the value at a path is kept; None for a cached plan.
        links: finds projections by name; None for a cached plan.
        timings: seconds by section.
    """

    path: str
    plan: SimulationPlan
    starts: StartValues
    content: str
    outputs: tuple[OutputFile | EventOutputFile, ...]
    displays: tuple[Display, ...]
    aliases: dict[str, str]
    warnings: tuple[Diagnostic, ...]
    model_hash: str
    options: CompileOptions
    read: ReadOptions = field(default_factory=ReadOptions)
    read_bodies: Callable[[], SimulationPlan] | None = None
    locate: Callable[[str], Located] | None = None
    links: Links | None = None
    timings: dict[str, float] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)

    def whole_plan(self) -> SimulationPlan:
        """The plan with kernel bodies and start programs."""
        return self.plan if self.read_bodies is None else self.read_bodies()


def lower_model(model: Model, options: CompileOptions, record: tuple[str, ...] = ()) -> Lowered:
    """Lowers a model; nothing is read from or written to the cache.

    Raises:
        ModelError: If the model is at fault.
        UsageError: If an option has no such value.
        EnvironmentFault: If there is no such device here.
    """
    from annarchy_ml.diagnostics import Diagnostics
    from annarchy_ml.passes.pipeline import compile_request
    from annarchy_ml.session.account import check_compile_options
    from annarchy_ml.session.wishes import with_wishes

    started = time.perf_counter()
    check_compile_options(options)
    request = model.request
    report = Diagnostics(model.warnings)
    with collection_paused():
        asked = with_wishes(model, request, record)
        compiled = compile_request(model.tables, asked, options, report)
    lowered = _lowered(model.path, compiled, _OF_FILES, started)
    return replace(
        lowered,
        options=options,
        warnings=report.warnings,
        model_hash=files_hash(model.document.files),
        read=model.read_options,
        timings={"read": model.reading_s, **lowered.timings},
    )


def lower_network(model: NetworkModel, options: CompileOptions) -> Lowered:
    """Lowers a network that was built in Python.

    Raises:
        ModelError: If the model is at fault.
        UsageError: If an option has no such value.
        EnvironmentFault: If there is no such device here.
    """
    from annarchy_ml.diagnostics import Diagnostics
    from annarchy_ml.session.account import check_compile_options
    from annarchy_ml.session.network_hash import network_hash

    started = time.perf_counter()
    check_compile_options(options)
    report = Diagnostics(model.warnings)
    with collection_paused():
        compiled = model.compiled(options, report)
    lowered = _lowered(model.name, compiled, _OF_NETWORKS, started)
    return replace(
        lowered,
        options=options,
        warnings=report.warnings,
        model_hash=network_hash(model.network, files_hash(model.document.files)),
        timings={"read": model.reading_s, **lowered.timings},
    )


def _lowered(path: str, compiled: Compiled, advice: tuple[str, str], started: float) -> Lowered:
    """What a compiled model holds.

    Args:
        path: its file, or its name.
        compiled: the model.
        advice: how to keep synapses apart, and values, for messages.
        started: when lowering began (``perf_counter``).
    """
    from annarchy_ml.kernels.initialize import start_values
    from annarchy_ml.passes.locate import Advice
    from annarchy_ml.passes.locate_links import NameLocator
    from annarchy_ml.session.positions import positions_of
    from annarchy_ml.session.wishes import alias_of

    plan, request = compiled.plan, compiled.request
    lowered_s = time.perf_counter() - started
    starts = start_values(plan, plan.seed)
    recorded = _recorded_paths(plan)
    locator = NameLocator(compiled.assembler.recordings, Advice(*advice))
    return Lowered(
        path=path,
        plan=plan,
        starts=starts,
        content=content_of(plan),
        outputs=(*request.outputs, *request.event_outputs),
        displays=request.displays,
        aliases=dict(filter(None, map(alias_of(compiled.network), recorded))),
        positions=positions_of(compiled.network, recorded),
        warnings=(),
        model_hash="",
        options=CompileOptions(),
        locate=locator.locate,
        links=locator.links,
        timings={
            "lower": lowered_s,
            "start values": time.perf_counter() - started - lowered_s,
        },
    )


def content_of(plan: SimulationPlan) -> str:
    """Names the content of the kernels of a plan, for the cache of libraries."""
    from annarchy_ml.kernels.text import module_text

    return hashlib.sha256(module_text(plan.module).encode()).hexdigest()


def _recorded_paths(plan: SimulationPlan) -> list[str]:
    traces = [item.path for item in plan.recordings]
    return traces + [item.path for item in plan.event_recordings]


def files_hash(files: list[str]) -> str:
    """A hash of the content of all files of a model."""
    digest = hashlib.sha256()
    for name in files:
        digest.update(file_digest(name).encode())
    return digest.hexdigest()


def file_digest(name: str) -> str:
    """A text that changes with the content of a file."""
    from annarchy_ml.importers.neuroml import archive

    if archive.is_archived(name):
        return f"{name}@{archive.archive_identity()}"
    status = os.stat(name)
    return _digest(name, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=64)
def _digest(name: str, size: int, modified: int) -> str:
    with open(name, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def lower_again(lowered: Lowered) -> Lowered:
    """The model of a cached plan, read and lowered anew.

    Raises:
        ModelError: If its files are at fault by now.
    """
    from annarchy_ml.session.model import Model

    return lower_model(Model(lowered.path, lowered.read), lowered.options)


def cached_lowering(path: str, read: ReadOptions, options: CompileOptions) -> Lowered:
    """The lowered model of a file, from the cache if nothing has changed.

    Raises:
        ModelError: If the model is at fault.
    """
    from annarchy_ml.session import plan_cache

    started = time.perf_counter()
    entry = plan_cache.entry_path(path, read, options)
    found = plan_cache.load(entry) if entry else None
    if found is not None:
        return replace(found, timings={"read": time.perf_counter() - started, "lower": 0.0})
    from annarchy_ml.session.model import Model

    model = Model(path, read)
    lowered = lower_model(model, options)
    if entry:
        plan_cache.store(entry, lowered, model.document.files, model.document.missed)
    return lowered
