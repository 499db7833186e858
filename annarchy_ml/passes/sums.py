"""What hosts sum over the instances attached to them, such as the currents of synapses."""

from __future__ import annotations

from typing import TypeAlias

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.kernels.plan import Reduction
from annarchy_ml.model.system import EquationSystem, ReducedInput
from annarchy_ml.passes.members import Member
from annarchy_ml.passes.scope import Scopes

Known: TypeAlias = dict[tuple[int, str], tuple[EquationSystem, EquationSystem, str]]
"""Systems with a slope, and what of them is summed; with the system before, to keep it alive."""


def add_sums(
    members: list[Member], by_group: dict[int, Member], scopes: Scopes, report: Diagnostics
) -> None:
    """Finds what each host sums over each attached group."""
    sloped: Known = {}
    for member in members:
        hung = member.group.attachment
        if hung is None:
            continue
        host = by_group[id(hung.host)]
        for item in host.system.reduced:
            if item.node != hung.node.path or item.slot != hung.slot:
                continue
            name = _source(member, item, scopes, report)
            if name is None:
                continue
            if host.system.potential and item.operation == "add":
                potential = scopes.published(host.group.root, "v")
                name = _add_slope(member, name, item, f"host:{potential}", sloped)
            member.wanted.add(name)
            member.reductions.append(Reduction(name, item.name, item.operation))


def _source(member: Member, item: ReducedInput, scopes: Scopes, report: Diagnostics) -> str | None:
    """The variable that is summed; None if nothing of this group is."""
    root = member.group.root
    if item.predicate is not None:
        key, text = item.predicate
        if root.component.attributes.get(key, "") != text:
            return None
    name = scopes.published(root, item.variable)
    if name is not None and root.type.name != "":
        return name
    report.error(
        "path.unknown",
        f"{root.type.name} '{root.component.id}' offers no '{item.variable}', which the "
        "cell that it acts on sums",
        locate(root.origin),
    )
    return None


def _add_slope(
    member: Member,
    name: str,
    item: ReducedInput,
    potential: str,
    known: Known,
) -> str:
    """A compartment also sums the slopes, by its potential, of what it sums; what that is.

    Args:
        member: the attached group.
        name: what is summed.
        item: into what.
        potential: the name under which the group reads the potential of its hosts.
        known: systems with a slope, by the system without it, so that equal ones stay one.
    """
    from annarchy_ml.integrators.attached import slope_name, with_held, with_slope

    key = (id(member.system), name)
    if key not in known:
        held, now = with_held(member.system, name)
        known[key] = (member.system, with_slope(held, now, potential), now)
    _, member.system, name = known[key]
    member.wanted.add(slope_name(name))
    member.reductions.append(Reduction(slope_name(name), slope_name(item.name)))
    return name
