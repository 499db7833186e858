"""Decides for connections by rule whether the synapses of a cell are summed or kept one by one.

Before: per synapse component and population one attached group with one instance per cell, and
wires that hold rules. After: where the equations are linear, that instance is the sum of all
synapses of its cell and the connections carry the weights; elsewhere (plastic, blocked, or asked
for) the rule is expanded, and the group has one instance per connection. Events that go straight
to cells carry the weight too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.expr import free_symbols, rename
from annarchy_ml.kernels.connectivity import Connectivity, Pairs
from annarchy_ml.kernels.nodes import Role
from annarchy_ml.model.instance import Group, Wires
from annarchy_ml.model.system import EquationSystem
from annarchy_ml.passes.classify_synapses import WEIGHT, lumped
from annarchy_ml.passes.members import Member, order_by_host, varying_values
from annarchy_ml.passes.statements import mapped, reads

if TYPE_CHECKING:
    from annarchy_ml.passes.assemble import Assembler

Ends = tuple[tuple[int, int], tuple[int, int]]
Expand = Callable[[Connectivity, Ends, bool, int], Pairs]
"""Expands a rule: connectivity, ranges of sources and targets, whether both are of one population,
and the number of the projection."""


def settle(assembler: Assembler, expand: Expand, report: Diagnostics) -> None:
    """Settles all groups that rules lead to."""
    made: dict[tuple[int, tuple[str, ...]], EquationSystem] = {}
    wires = assembler.network.wires
    for member in assembler.members:
        group = member.group
        fed = [
            (number, item)
            for number, item in enumerate(wires)
            if item.target is group and item.connectivity is not None
        ]
        if not fed:
            continue
        if group.attachment is None:
            ports = tuple(sorted({item.target_port for _, item in fed}))
            key = (id(member.system), ports)
            if key not in made:
                made[key] = _weighted(member, ports, report)
            member.system = made[key]
        elif (system := _summed(member)) is not None:
            member.system, member.lumped = system, True
        else:
            _split(member, fed, expand)


def _own_weight(group: Group) -> str:
    """The property that differs between connections, as the equations name it; or empty."""
    declared = any(
        item.name == WEIGHT and item.kind == "property" for item in group.root.type.parameters
    )
    return group.root.qualified(WEIGHT) if declared else ""


def _summed(member: Member) -> EquationSystem | None:
    """The system of one sum per cell; None where each synapse needs a state of its own."""
    outputs = frozenset(item.source for item in member.reductions)
    added = all(item.operation == "add" for item in member.reductions)
    if member.group.apart or not added or member.wanted - outputs:
        return None
    return lumped(member.system, outputs, _own_weight(member.group))


def _split(member: Member, fed: list[tuple[int, Wires]], expand: Expand) -> None:
    """One instance per connection, in the order of the projections."""
    group = member.group
    own = _own_weight(group)
    hosts, weights, begin = [], [], 0
    for number, item in fed:
        assert item.connectivity is not None
        assert group.attachment is not None
        same = item.source is group.attachment.host
        ends = (item.source_range, item.target_range)
        pairs = expand(item.connectivity, ends, same, number)
        item.sources = pairs.sources
        item.targets = np.arange(begin, begin + len(pairs.sources))
        item.delays = pairs.delays
        item.connectivity = None
        hosts.append(pairs.targets)
        weights.append(pairs.weights)
        begin += len(pairs.sources)
    group.hosts, group.size = np.concatenate(hosts), begin
    if own:
        group.properties[WEIGHT] = np.concatenate(weights)
    member.varying = varying_values(group)
    order_by_host(member)


def _weighted(member: Member, ports: tuple[str, ...], report: Diagnostics) -> EquationSystem:
    """The system of cells whose events carry a weight: ``weight`` is that of the connection."""
    system, root = member.system, member.group.root
    own = root.qualified(WEIGHT)
    if own in _read_in_steps(system):
        report.error(
            "unsupported.construct",
            f"'weight' of {root.type.name} '{root.component.id}' is that of a connection: only "
            "an OnEvent may use it",
        )
    handlers = tuple(
        (port, mapped(body, lambda e: rename(e, {own: WEIGHT})) if port in ports else body)
        for port, body in system.handlers
    )
    kept = any(own in reads(item) for port, body in handlers if port not in ports for item in body)
    variables = system.variables
    if not kept and own in variables and variables[own].role is Role.PARAMETER:
        variables = {name: item for name, item in variables.items() if name != own}
    return replace(system, handlers=handlers, variables=variables)


def _read_in_steps(system: EquationSystem) -> set[str]:
    """Names that the equations of a step read, events apart."""
    found: set[str] = set()
    for part in system.parts:
        for item in (*part.requirements, *part.derived, *part.rates):
            found |= free_symbols(item.value)
        for statement in (*part.conditions, *part.on_start):
            found |= reads(statement)
        for regime in part.regimes:
            for item in (*regime.derived, *regime.rates):
                found |= free_symbols(item.value)
            for statement in regime.conditions:
                found |= reads(statement)
    return found
