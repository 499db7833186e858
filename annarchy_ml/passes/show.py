"""Stages of the compiler as stable text, for people and for tests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from annarchy_ml.expr import Expr, free_symbols, pretty
from annarchy_ml.expr.traverse import rename
from annarchy_ml.kernels.nodes import Emit, Set, Statement, When
from annarchy_ml.kernels.plan import (
    ProjectionPlan,
    RuleProjectionPlan,
    SimulationPlan,
    SynapticCouplingPlan,
)
from annarchy_ml.kernels.rewrite import map_expressions
from annarchy_ml.kernels.text import statement_text
from annarchy_ml.model.component import Component
from annarchy_ml.model.instance import NetworkInstance, Node
from annarchy_ml.model.rows import each_of
from annarchy_ml.model.system import EquationSystem, Part

if TYPE_CHECKING:
    from annarchy_ml.passes.assemble import Assembler
    from annarchy_ml.passes.pipeline import Tables


def resolved(tables: Tables) -> str:
    """Components with their types, slots and values."""
    lines: list[str] = []
    for component in tables.document.components:
        _component(tables, component, 0, lines)
    return "\n".join(lines) + "\n"


def _component(tables: Tables, component: Component, depth: int, lines: list[str]) -> None:
    slot = f" in {component.slot}" if component.slot else ""
    lines.append(f"{'  ' * depth}{component.type} '{component.id}'{slot}")
    for name, value in sorted(tables.values.of(component).items()):
        lines.append(f"{'  ' * depth}    {name} = {value!r}")
    for child in each_of(component.children):
        _component(tables, child, depth + 1, lines)


def instances(network: NetworkInstance) -> str:
    """Groups with their trees, and connections."""
    lines: list[str] = []
    for group in network.groups:
        hung = group.attachment
        where = f", attached to {hung.host.name} at {hung.slot}" if hung is not None else ""
        lines.append(f"group {group.name}: {group.size} x {group.root.type.name}{where}")
        lines.extend(f"  {line}" for line in _tree(group.root, 0))
    for wires in network.wires:
        if wires.connectivity is not None:
            lines.append(
                f"events {wires.source.name}:{wires.source_port} -> "
                f"{wires.target.name}:{wires.target_port}: {type(wires.connectivity.rule).__name__}"
            )
            continue
        delays = sorted(set(wires.delays))
        lines.append(
            f"events {wires.source.name}:{wires.source_port} -> "
            f"{wires.target.name}:{wires.target_port}: {len(wires.sources)} connections, delays "
            + ", ".join(f"{delay:g}" for delay in delays[:5])
            + (" ..." if len(delays) > 5 else "")
            + " s"
        )
    return "\n".join(lines) + "\n"


def _tree(node: Node, depth: int) -> Iterator[str]:
    slot = f" ({node.slot})" if node.slot else ""
    yield f"{'  ' * depth}{node.label}{slot}: {node.type.name}"
    for child in node.children:
        yield from _tree(child, depth + 1)


def systems(assembler: Assembler) -> str:
    """The flat equations of every structure."""
    lines: list[str] = []
    shown: set[int] = set()
    for member in assembler.members:
        if id(member.system) in shown:
            continue
        shown.add(id(member.system))
        lines.append(f"system of {member.group.name}")
        lines.extend(_system(member.system))
        lines.append("")
    return "\n".join(lines)


def _system(system: EquationSystem) -> Iterator[str]:
    for item in system.foreign:
        yield f"  reads {item.name}"
    for reduced in system.reduced:
        yield f"  sums {reduced.name} ({reduced.operation})"
    for part in system.parts:
        yield from _part(part)
    for port, body in system.handlers:
        yield f"  on event {port}:"
        for statement in body:
            yield from (f"    {line}" for line in statement_text(statement).splitlines())


def _part(part: Part) -> Iterator[str]:
    """The equations of one component; names are paths from it, ``../v`` is one of its parent."""
    yield f"  {part.path or '.'} ({part.type_name})"
    for item in (*part.requirements, *part.derived):
        yield f"    {_from(part.path, item.name)} = {_value(part, item.value)}"
    for item in part.rates:
        yield f"    d{_from(part.path, item.name)}/dt = {_value(part, item.value)}"
    for regime in part.regimes:
        yield f"    in regime {regime.name}:"
        for item in regime.derived:
            yield f"      {_from(part.path, item.name)} = {_value(part, item.value)}"
        for item in regime.rates:
            yield f"      d{_from(part.path, item.name)}/dt = {_value(part, item.value)}"
        yield from (f"      {line}" for line in _actions(part, regime.conditions))
    yield from (f"    {line}" for line in _actions(part, part.conditions))


def _value(part: Part, value: Expr) -> str:
    return _unquoted(pretty(_seen(part, value)))


def _seen(part: Part, value: Expr) -> Expr:
    return rename(value, {name: _from(part.path, name) for name in free_symbols(value)})


def _actions(part: Part, statements: Iterable[Statement]) -> Iterator[str]:
    for statement in map_expressions(statements, lambda _, value: _seen(part, value)):
        text = statement_text(_aimed(part, statement))
        yield from (_unquoted(line) for line in text.splitlines())


def _aimed(part: Part, statement: Statement) -> Statement:
    """What a statement changes or sends, as seen from a component."""
    match statement:
        case When():
            return replace(statement, body=tuple(_aimed(part, item) for item in statement.body))
        case Set():
            return replace(statement, name=_from(part.path, statement.name))
        case Emit():
            return replace(statement, port=_from(part.path, statement.port))
        case _:
            return statement


def _from(path: str, name: str) -> str:
    """A name of the system, seen from the component at ``path``."""
    here, there = path.split("/") if path else [], name.split("/")
    shared = 0
    while shared < min(len(here), len(there) - 1) and here[shared] == there[shared]:
        shared += 1
    return "/".join([".."] * (len(here) - shared) + there[shared:])


def _unquoted(text: str) -> str:
    return re.sub(r"'((?:\.\./)+[\w/:]+)'", r"\1", text)


def plan(result: SimulationPlan) -> str:
    """Groups, connections, blocks and recordings of a plan."""
    lines = [
        f"step {result.dt:g} s, duration {result.duration:g} s, seed {result.seed}, "
        f"method {result.method}"
    ]
    for group in result.groups:
        host = "" if group.host is None else f", host {result.groups[group.host].name}"
        lines.append(f"group {group.name}: {group.size} instances, kernel {group.kernel}{host}")
        for name, values in group.values.items():
            text = f"{values[0]:g}" if len(values) == 1 else f"{len(values)} values"
            lines.append(f"  {name} = {text}")
        for name, formula in group.formulas:
            lines.append(f"  {name} follows {pretty(formula)}")
    for item in result.projections:
        lines.append(
            f"events {result.groups[item.source].name}:{item.source_port} -> "
            f"{result.groups[item.target].name}:{item.target_port}: {_connections(item)}"
        )
    for coupling in result.couplings:
        if isinstance(coupling, SynapticCouplingPlan):
            own = result.groups[coupling.synapses]
            lines.append(f"{coupling.operation} {own.name} -> {coupling.target_field}")
            continue
        lines.append(
            f"{coupling.operation} {result.groups[coupling.source].name}:{coupling.source_field}"
            f" -> {result.groups[coupling.target].name}:{coupling.target_field}: "
            f"{type(coupling.connectivity.rule).__name__}"
        )
    for block in result.blocks:
        lines.append(f"block {result.groups[block.group].name}[{block.begin}:{block.end}]")
    for recording in result.recordings:
        lines.append(f"record {recording.path} [{recording.unit}]")
    for event in result.event_recordings:
        lines.append(f"record events {event.path}:{event.port}")
    for events in result.group_events:
        lines.append(f"record events {events.population}:{events.port}, {len(events.cells)} cells")
    return "\n".join(lines) + "\n"


def _connections(item: ProjectionPlan | RuleProjectionPlan) -> str:
    if isinstance(item, ProjectionPlan):
        return f"{len(item.targets)} connections"
    return type(item.connectivity.rule).__name__
