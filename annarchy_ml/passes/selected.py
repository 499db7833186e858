"""What a network built in Python records: traces of many cells, events of whole populations.

Before: the cells of a view and a path inside a cell. After: one ``Recording`` per trace, found once
for all cells of a population; one ``GroupEventRecording`` per population.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.kernels.plan import GroupEventRecording, Recording
from annarchy_ml.model.cable_places import owners, placed
from annarchy_ml.model.network import Network, Spikes, Trace
from annarchy_ml.passes.outputs import Wanted
from annarchy_ml.passes.segment_places import MIDDLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.model.network import At
    from annarchy_ml.passes.assemble import Assembler

_NUMBERED = re.compile(r"^\w+:\w+:\d+(/|$)")


@dataclass(frozen=True, slots=True)
class Selected:
    """What is recorded besides what a file asks for."""

    traces: tuple[Recording, ...] = ()
    events: tuple[GroupEventRecording, ...] = ()


def select(assembler: Assembler, wanted: Network) -> Selected:
    """Finds all that a network records; faults are collected by the assembler's report."""
    traces: dict[str, Recording] = {}
    for trace in wanted.traces:
        for item in _recordings(assembler, trace):
            traces.setdefault(item.path, item)
    return Selected(tuple(traces.values()), _events(assembler, wanted.spikes))


def _recordings(assembler: Assembler, trace: Trace) -> list[Recording]:
    name, cells = trace.target.population.name, trace.target.cells.tolist()
    steps = _steps_to(trace.target.at, len(cells))
    paths = [f"{name}[{cell}]/{step}{trace.path}" for cell, step in zip(cells, steps, strict=True)]
    first = assembler.recordings.recording(Wanted(paths[0], None, ""))
    if first is None:
        return []
    member = assembler.members[first.group]
    if member.lumped and _NUMBERED.match(trace.path):
        assembler.report.error(
            "path.unknown",
            f"'{paths[0]}' is one of several synapses that are summed while the model runs",
            hint="to keep them apart: net.projection(..., separate=True)",
        )
        return []
    if member.group.attachment is None and member.group.cable is None:
        return [
            replace(first, path=path, index=cell) for path, cell in zip(paths, cells, strict=True)
        ]
    found = [assembler.recordings.recording(Wanted(path, None, "")) for path in paths]
    made = [item for item in found if item is not None]
    if not member.lumped and not _NUMBERED.match(trace.path):
        _refuse_several(assembler, made)
    return made


def _steps_to(at: At | None, count: int) -> list[str]:
    """How paths lead to a place along so many cells: ``3/``, or ``3@0.9/`` off the middle."""
    if at is None:
        return [""] * count
    segments = np.broadcast_to(at.segments, (count,)).tolist()
    alongs = np.broadcast_to(at.alongs, (count,)).tolist()
    return [
        f"{segment}/" if along == MIDDLE else f"{segment}@{along:.12g}/"
        for segment, along in zip(segments, alongs, strict=True)
    ]


def _refuse_several(assembler: Assembler, found: list[Recording]) -> None:
    """Refuses paths that say a kind of synapse or input of which a cell has several."""
    finder = assembler.recordings.finder
    for item in found:
        member = assembler.members[item.group]
        own = item.index if member.order is None else int(member.order[item.index])
        hung, kind = member.group.attachment, member.group.root.component.id
        if hung is not None and finder.has_fellows(member.group, own):
            assembler.report.error(
                "path.index",
                f"'{item.path}' is one of several '{kind}' on this cell",
                hint=f"number them, as in {hung.slot}:{kind}:0",
            )
            return


def _events(assembler: Assembler, wanted: list[Spikes]) -> tuple[GroupEventRecording, ...]:
    """One recording for each population and port, of all cells that were named."""
    instances: dict[tuple[str, str], list[NDArray[np.int64]]] = {}
    members = {
        member.group.name: member for member in assembler.members if member.group.attachment is None
    }
    for item in wanted:
        name, target = item.target.population.name, item.target
        found = placed(members[name].group, target.cells, target.at)
        instances.setdefault((name, item.port), []).append(found)
    made = []
    for (name, port), parts in instances.items():
        member, chosen = members[name], _ascending(parts)
        cells = owners(member.group, chosen).astype(np.int32)
        if len(np.unique(cells)) < len(cells):
            assembler.report.error(
                "unsupported.morphology",
                f"the events of a cell of '{name}' are recorded at several places along it",
                hint="record them at one place of each cell",
            )
        made.append(GroupEventRecording(name, member.position, port, chosen, cells))
    return tuple(made)


def _ascending(parts: list[NDArray[np.int64]]) -> NDArray[np.int32]:
    """The numbers in some arrays, each once, shape (n,)."""
    cells = np.concatenate(parts)
    sorted_already = bool(np.all(cells[1:] > cells[:-1]))
    return (cells if sorted_already else np.unique(cells)).astype(np.int32)
