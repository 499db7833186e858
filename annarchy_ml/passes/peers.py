"""Potentials of others as they are at the start of a step.

NEURON computes all currents before any potential moves. Before: a gap junction reads the potential
that its other end has read from its own cell, in this step or the one before, as the order of the
cells has it; so does jLEMS. After: it reads that of the cell. So it is in the method ``neuron``,
where the cell keeps its potential for those that step later, and, in any method, between the
compartments of one population, which step together.
"""

from __future__ import annotations

from dataclasses import replace

from annarchy_ml.expr import Symbol
from annarchy_ml.integrators.cable import before_name
from annarchy_ml.integrators.point_cells import SHOWN
from annarchy_ml.model.instance import Group
from annarchy_ml.model.system import EquationSystem, ForeignInput
from annarchy_ml.passes.members import Member, foreign_group, root_order
from annarchy_ml.passes.scope import EXPOSED

ByGroup = dict[int, Member]


def read_at_start(members: list[Member], by_group: ByGroup) -> None:
    """Lets all read potentials of peers as they were at the start of the step."""
    order = {position: number for number, position in enumerate(root_order(members))}
    attached = [item for item in members if item.group.attachment and item.system.foreign]
    for member in attached:
        _see_last(member, by_group)
    _read_cells(attached, by_group)
    for member in attached:
        _keep(member, by_group, order)


def read_within(members: list[Member], by_group: ByGroup) -> None:
    """Lets compartments of one population read each other as they were at the start of the step."""
    _read_cells([item for item in members if _joins_one_population(item.group)], by_group)


def _joins_one_population(group: Group) -> bool:
    """Whether both ends of its pairs are compartments of the same population."""
    own, far = group.attachment, group.far.attachment if group.far is not None else None
    if own is None or far is None:
        return False
    return own.host is far.host and own.host.cable is not None


def _read_cells(members: list[Member], by_group: ByGroup) -> None:
    """Lets members read the cells at their other ends."""
    straight: dict[tuple[int, int], tuple[EquationSystem, EquationSystem]] = {}
    systems = {id(member): member.system for member in by_group.values()}
    for member in members:
        far = member.group.far
        if far is not None:
            known, other = member.system, systems[id(by_group[id(far)])]
            key = (id(known), id(other))
            if key not in straight:
                straight[key] = (known, _straight(known, other))
            member.system = straight[key][1]


def _straight(system: EquationSystem, other: EquationSystem) -> EquationSystem:
    """The system, which reads the cell at its other end where that end only hands on a value."""
    handed = {
        item.name: item.value.name
        for part in other.parts
        for item in part.requirements
        if isinstance(item.value, Symbol)
    }
    hosts = {item.name: item.variable for item in other.foreign if item.index == "host"}

    def led(item: ForeignInput) -> ForeignInput:
        source = hosts.get(handed.get(item.variable, "")) if item.index == "peer" else None
        return item if source is None else replace(item, index="peer host", variable=source)

    foreign = tuple(led(item) for item in system.foreign)
    return system if foreign == system.foreign else replace(system, foreign=foreign)


def _see_last(member: Member, by_group: ByGroup) -> None:
    """What moves states sees the potential of its cell as it is before watched conditions act.

    A mechanism with states computes its current where they move, at the end of a step; the
    potential of a cell is reset at the start of the next one.
    """
    hung = member.group.attachment
    assert hung is not None
    host = by_group[id(hung.host)]
    if host.system.point is None or not any(part.rates for part in member.system.parts):
        return
    for item in member.system.foreign:
        if item.index == "host" and item.variable.removesuffix(EXPOSED) == host.system.potential:
            member.earlier[item.name] = f"{host.system.potential}{SHOWN}"
            host.offer(member.earlier[item.name])


def _keep(member: Member, by_group: ByGroup, order: dict[int, int]) -> None:
    """What a member reads of populations that have stepped already is what they have kept."""
    hung = member.group.attachment
    assert hung is not None
    own = order[by_group[id(hung.host)].position]
    for item in member.system.foreign:
        other = foreign_group(member.group, item.index)
        if other is None or other is hung.host:
            continue
        far = by_group[id(other)]
        if not far.system.potential or far.position not in order:
            continue
        far.offer(item.variable)
        if item.variable.removesuffix(EXPOSED) == far.system.potential and (
            order[far.position] < own
        ):
            member.earlier[item.name] = before_name(far.system.potential)
            far.offer(member.earlier[item.name])
