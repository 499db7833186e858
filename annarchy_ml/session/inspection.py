"""Looks into a model without running it: faults, recordable paths, compiler stages as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from annarchy_ml.diagnostics.core import Diagnostic, Diagnostics, ModelError, UsageError
from annarchy_ml.model.instance import Container, Group, NetworkInstance, Node
from annarchy_ml.options import CompileOptions, ReadOptions
from annarchy_ml.passes.pipeline import PASSES

if TYPE_CHECKING:
    from annarchy_ml.passes.assemble import Assembler
    from annarchy_ml.session.model import Model
    from annarchy_ml.session.network_model import NetworkModel

    _Place: TypeAlias = tuple[str, Group, int]
    _Attachments: TypeAlias = dict[tuple[int, int], list[Group]]


@dataclass(frozen=True, slots=True)
class PathInfo:
    """Something that can be recorded.

    Attributes:
        path: as a file would write it.
        unit: SI unit.
        dimension: name of its dimension.
        kind: ``state``, ``derived``, ``parameter`` or ``events``.
    """

    path: str
    unit: str
    dimension: str
    kind: str


def check_file(path: str, read: ReadOptions) -> list[Diagnostic]:
    """Faults and doubts of one file: structure, references, values, dimensions, paths."""
    from annarchy_ml.passes.check_units import check_units
    from annarchy_ml.passes.pipeline import compile_request
    from annarchy_ml.passes.request import asks_to_run
    from annarchy_ml.session.model import Model, softened

    try:
        model = Model(path, read)
    except ModelError as fault:
        return list(fault.diagnostics)
    report = Diagnostics(model.warnings)
    check_units(model.tables, report)
    if asks_to_run(model.document, model.tables.values):
        try:
            request = model.request
            report.extend(model.warnings)
            compile_request(model.tables, request, CompileOptions(), report)
        except ModelError as fault:
            report.extend(fault.diagnostics)
    return list(softened(report, read.lenient).items)


def assembled(model: Model) -> Assembler:
    """The model with its instances and their systems."""
    from annarchy_ml.passes.pipeline import compile_request

    report = Diagnostics(model.warnings)
    return compile_request(model.tables, model.request, CompileOptions(), report).assembler


def recordable_paths(model: Model) -> list[PathInfo]:
    """Every variable of every instance, and the event ports of what is connected."""
    return paths_of(assembled(model))


def paths_of(assembler: Assembler) -> list[PathInfo]:
    """The recordable paths of an assembled model."""
    network = assembler.network
    hung = _attachments(network)
    places: Iterable[_Place] = [("", network.groups[0], 0)]
    if network.top is not None:
        places = _places(network.top, "")
    return [item for place in places for item in _place_paths(assembler, hung, place)]


def first_paths(assembler: Assembler) -> list[PathInfo]:
    """The recordable paths of the first cell of each population of a network built in Python."""
    found: list[PathInfo] = []
    top = assembler.network.top
    assert top is not None
    for container in top.items:
        name, (group, index) = container.component.id, container.items[0]
        found.extend(_place_paths(assembler, {}, (f"{name}[{index}]", group, index)))
        for kind, number, node in _hung_on(assembler, group):
            base = f"{name}[{number}]/{kind}"
            found.extend(_node_paths(assembler, node, _joined(base, node.path)))
    return found


def _hung_on(assembler: Assembler, host: Group) -> Iterator[tuple[str, int, Node]]:
    """The kinds of synapses and inputs on a group, each once: its step, a cell, its parts.

    Steps are numbered where a cell has several of a kind.
    """
    finder = assembler.recordings.finder
    seen: set[str] = set()
    for member in assembler.members:
        hung = member.group.attachment
        hosts = np.asarray(member.group.hosts)
        if hung is None or hung.host is not host or member.group.terms or len(hosts) == 0:
            continue
        kind = f"{hung.slot}:{member.group.root.component.id}"
        if kind in seen or any(member.group in item.group.pieces for item in assembler.members):
            continue
        seen.add(kind)
        numbered = finder.has_fellows(member.group, 0)
        for node in member.group.root.walk():
            yield f"{kind}:0" if numbered else kind, int(hosts[0]), node


def _attachments(network: NetworkInstance) -> _Attachments:
    """What hangs on each instance, in the order of the file."""
    found: _Attachments = {}
    for group in network.groups:
        if group.attachment is None:
            continue
        for host in group.hosts:
            found.setdefault((id(group.attachment.host), host), []).append(group)
    return found


def _places(container: Container, prefix: str) -> Iterator[_Place]:
    """Paths of all instances of a network: ``pop[3]``, or ``pop/3/cell`` for listed ones."""
    if container.own is not None:
        yield prefix.rstrip("/"), *container.own
    for position, item in enumerate(container.items):
        if isinstance(item, Container):
            step = item.component.id
            if step and (item.items or item.own):
                yield from _places(item, f"{prefix}{step}/")
        elif _has_numbers(container):
            yield f"{prefix.rstrip('/')}[{position}]", *item
        else:
            yield f"{prefix}{item[0].root.component.id}", *item


def _has_numbers(container: Container) -> bool:
    return any(item.kind == "MultiInstantiate" for item in container.type.structure or ())


def _place_paths(
    assembler: Assembler, attachments: _Attachments, place: _Place
) -> Iterator[PathInfo]:
    prefix, group, index = place
    for node in group.root.walk():
        yield from _node_paths(assembler, node, _joined(prefix, node.path))
    yield from _event_paths(group, prefix)
    numbers: Counter[str] = Counter()
    for other in attachments.get((id(group), index), ()):
        hung = other.attachment
        if hung is None:
            continue
        label = f"{hung.slot}:{other.root.component.id}"
        base = _joined(_joined(prefix, hung.node.path), f"{label}:{numbers[label]}")
        numbers[label] += 1
        for node in other.root.walk():
            yield from _node_paths(assembler, node, _joined(base, node.path))


def _event_paths(group: Group, prefix: str) -> Iterator[PathInfo]:
    for port in group.root.type.ports:
        if port.direction == "out":
            yield PathInfo(f"{prefix}:{port.name}", "", "", "events")


def _joined(base: str, path: str) -> str:
    return f"{base}/{path}" if base and path else base or path


def _node_paths(assembler: Assembler, node: Node, base: str) -> Iterator[PathInfo]:
    scope = assembler.scopes.of(node)
    kinds = (("state", scope.states), ("derived", scope.derived), ("parameter", scope.parameters))
    seen: set[str] = set()
    for kind, names in kinds:
        for name in names:
            if name in seen or (kind == "parameter" and name not in node.values):
                continue
            seen.add(name)
            dimension = scope.dimension(name)
            unit = assembler.recordings.unit(dimension)
            yield PathInfo(_joined(base, name), unit, dimension, kind)


def stage_text(model: Model | NetworkModel, after: str) -> str:
    """A stage of the compiler as text.

    Raises:
        UsageError: If there is no such stage.
    """
    from annarchy_ml.kernels.text import module_text
    from annarchy_ml.passes import show

    if after not in PASSES:
        raise UsageError(f"there is no pass '{after}'", hint=f"the passes are: {', '.join(PASSES)}")
    if after == "resolve":
        return show.resolved(model.tables)
    compiled = model.compiled(CompileOptions(), Diagnostics(model.warnings))
    if after == "instantiate":
        return show.instances(compiled.network)
    if after == "flatten":
        return show.systems(compiled.assembler)
    if after == "lower":
        return module_text(compiled.plan.module)
    return show.plan(compiled.plan)
