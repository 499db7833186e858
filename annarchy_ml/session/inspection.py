"""Looks into a model without running it: faults, recordable paths, compiler stages as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from annarchy_ml.diagnostics.core import Diagnostic, Diagnostics, ModelError, UsageError
from annarchy_ml.options import CompileOptions, ReadOptions
from annarchy_ml.passes.pipeline import PASSES
from annarchy_ml.recorded import SI_SYMBOLS

if TYPE_CHECKING:
    from annarchy_ml.api import Model
    from annarchy_ml.model.instance import Container, Group, Node
    from annarchy_ml.passes.assemble import Assembler


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
    from annarchy_ml.api import Model, softened
    from annarchy_ml.passes.check_units import check_units
    from annarchy_ml.passes.pipeline import compile_request

    try:
        model = Model(path, read)
    except ModelError as fault:
        return list(fault.diagnostics)
    report = Diagnostics(model.warnings)
    check_units(model.tables, report)
    if _asks_to_run(model):
        try:
            compile_request(model.tables, model.request, CompileOptions(), report)
        except ModelError as fault:
            report.extend(fault.diagnostics)
    return list(softened(report, read.lenient).items)


def _asks_to_run(model: Model) -> bool:
    """Whether the file has a target or a simulation; a file of components alone has none."""
    if model.document.targets:
        return True
    types = model.tables.types
    for component in model.document.components:
        found = types.get(component.type)
        if found is not None and any(item.kind == "Run" for item in found.simulation or ()):
            return True
    return False


def _assembled(model: Model) -> Assembler:
    from annarchy_ml.passes.pipeline import compile_request

    report = Diagnostics(model.warnings)
    return compile_request(model.tables, model.request, CompileOptions(), report).assembler


def recordable_paths(model: Model) -> list[PathInfo]:
    """Every variable and event port of every instance."""
    assembler = _assembled(model)
    network = assembler.network
    found: list[PathInfo] = []
    if network.top is None:
        found.extend(_group_paths(assembler, network.groups[0], ""))
        return found
    for prefix, group in _places(network.top, ""):
        found.extend(_group_paths(assembler, group, prefix))
    return found


def _places(container: Container, prefix: str) -> Iterator[tuple[str, Group]]:
    """Paths of all instances of a network: ``pop[3]``, or ``pop/3/cell`` for listed ones."""
    from annarchy_ml.model.instance import Container as ContainerType

    if container.own is not None:
        yield prefix.rstrip("/"), container.own[0]
    for position, item in enumerate(container.items):
        if isinstance(item, ContainerType):
            step = item.component.id
            if step and (item.items or item.own):
                yield from _places(item, f"{prefix}{step}/")
        elif _has_numbers(container):
            yield f"{prefix.rstrip('/')}[{position}]", item[0]
        else:
            yield f"{prefix}{item[0].root.component.id}", item[0]


def _has_numbers(container: Container) -> bool:
    return any(item.kind == "MultiInstantiate" for item in container.type.structure or ())


def _group_paths(assembler: Assembler, group: Group, prefix: str) -> Iterator[PathInfo]:
    for node in group.root.walk():
        yield from _node_paths(assembler, node, _joined(prefix, node.path))
    hosts: dict[str, int] = {}
    index = int(prefix[prefix.index("[") + 1 : -1]) if prefix.endswith("]") else 0
    for other in assembler.network.groups:
        hung = other.attachment
        if hung is None or hung.host is not group:
            continue
        for host in other.hosts:
            if host != index:
                continue
            name = other.root.component.id
            label = f"{hung.slot}:{name}"
            number = hosts.get(label, 0)
            hosts[label] = number + 1
            base = _joined(_joined(prefix, hung.node.path), f"{label}:{number}")
            for node in other.root.walk():
                yield from _node_paths(assembler, node, _joined(base, node.path))


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
            yield PathInfo(
                _joined(base, name),
                SI_SYMBOLS.get(dimension) or assembler.recordings.unit(dimension),
                dimension,
                kind,
            )
    for port in node.type.ports:
        if port.direction == "out":
            yield PathInfo(f"{base}:{port.name}", "", "", "events")


def stage_text(model: Model, after: str) -> str:
    """A stage of the compiler as text.

    Raises:
        UsageError: If there is no such stage.
    """
    from annarchy_ml.kernels.text import module_text
    from annarchy_ml.passes import show
    from annarchy_ml.passes.pipeline import compile_request

    if after not in PASSES:
        raise UsageError(f"there is no pass '{after}'", hint=f"the passes are: {', '.join(PASSES)}")
    if after == "resolve":
        return show.resolved(model.tables)
    report = Diagnostics(model.warnings)
    compiled = compile_request(model.tables, model.request, CompileOptions(), report)
    if after == "instantiate":
        return show.instances(compiled.network)
    if after == "flatten":
        return show.systems(compiled.assembler)
    if after == "lower":
        return module_text(compiled.plan.module)
    return show.plan(compiled.plan)
