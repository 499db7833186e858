"""Groups and connections as arrays: values, indices of other groups, rows of event connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.kernels.nodes import Role
from annarchy_ml.kernels.plan import (
    CablePlan,
    ExternalBinding,
    GroupPlan,
    ProjectionPlan,
    RuleProjectionPlan,
)
from annarchy_ml.model.instance import Wires
from annarchy_ml.passes.members import Member, foreign_group, stable_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.kernels.plan import FloatArray, IntArray, Reduction

_SAMPLES = 4096
ByGroup = dict[int, Member]
"""Members by the id of their group."""


def group_plan(
    member: Member, kernel: int, by_group: ByGroup, second_order: bool = False
) -> GroupPlan:
    """A group as the engine wants it: values, indices and bindings in the order of the hosts."""
    assert member.lowered is not None
    group = member.group
    indices: dict[str, IntArray] = {"around": np.zeros(group.size, np.int32)}
    host = None
    if group.attachment is not None:
        host = by_group[id(group.attachment.host)].position
        indices["host"] = _hosts(member)
    if group.far is not None:
        far = by_group[id(group.far)]
        indices["peer"] = _peers(member, far)
        indices["peer host"] = _hosts(far)[indices["peer"]]
    for name, (other, instances) in group.others.items():
        place_of = by_group[id(other)].place_of
        kept = instances if place_of is None else place_of[instances]
        indices[name] = kept.astype(np.int32)
    needed = member.lowered.kernel.indices
    return GroupPlan(
        name=group.name,
        kernel=kernel,
        size=group.size,
        values=_values(member),
        externals=_externals(member, by_group),
        indices={name: indices[name] for name in needed},
        host=host,
        host_index=indices.get("host"),
        reductions=_read_sums(member, by_group),
        owner=(group.owner, by_group[id(group.others[group.owner][0])].position)
        if group.owner
        else None,
        start=member.lowered.start,
        formulas=member.formulas,
        couples=bool(group.terms),
        one_per_host=member.one_per_host,
        cable=_cable_plan(member, second_order),
        given={group.root.qualified(name): values for name, values in group.starts.items()},
    )


def _read_sums(member: Member, by_group: ByGroup) -> tuple[Reduction, ...]:
    """What the host sums over a group, without sums that nothing of the host reads."""
    if not member.reductions:
        return ()
    assert member.group.attachment is not None
    host = by_group[id(member.group.attachment.host)].lowered
    assert host is not None
    kept = {item.name for item in host.kernel.fields}
    return tuple(item for item in member.reductions if item.target in kept)


def _cable_plan(member: Member, second_order: bool) -> CablePlan | None:
    """How the instances of a group form cells; None if each is one."""
    cells = member.group.cable
    if cells is None:
        return None
    from annarchy_ml.integrators.attached import slope_name
    from annarchy_ml.integrators.cable import rate_name

    tree, potential = cells.tree, member.system.potential
    return CablePlan(
        cells=cells.cells,
        lanes=cells.lanes,
        parent=tree.parent.astype(np.int32),
        conductance=tree.conductance,
        compartment=tree.compartment.astype(np.int32),
        capacitance=tree.capacitance,
        potential=potential,
        rate=rate_name(potential),
        slope=slope_name(potential),
        parts=tuple((kind.begin, kind.end) for kind in cells.kinds),
        second_order=second_order,
    )


def _hosts(member: Member) -> IntArray:
    """Host of each instance of an attached group, ascending."""
    return np.sort(np.asarray(member.group.hosts, np.int32))


def _peers(member: Member, far: Member) -> IntArray:
    """The instance at the other end of each tunnel."""
    assert member.order is not None
    assert far.place_of is not None
    peers = np.asarray(member.group.peers, np.int64)[member.order]
    return far.place_of[peers].astype(np.int32)


def _values(member: Member) -> dict[str, FloatArray]:
    """Parameters: shape (size,) where instances differ, else (1,), in SI units."""
    values: dict[str, FloatArray] = {}
    nodes = {node.path: node for node in member.group.root.walk()}
    for name, variable in member.system.variables.items():
        if variable.role is not Role.PARAMETER:
            continue
        if name in member.varying:
            varying = member.varying[name]
            values[name] = varying if member.order is None else varying[member.order]
        elif name.startswith("network:"):
            environment = member.group.environment
            values[name] = np.array([environment[name.removeprefix("network:")]])
        else:
            path, _, own = name.removeprefix("./").rpartition("/")
            column = member.group.properties.get(name if path else own)
            value = nodes[path].values[own] if column is None or not len(column) else column[0]
            values[name] = np.array([value])
    return values


def _externals(member: Member, by_group: ByGroup) -> dict[str, ExternalBinding]:
    result = {}
    assert member.lowered is not None
    variables = {item.name: item.variable for item in member.system.foreign}
    for item in member.lowered.kernel.externals:
        other = foreign_group(member.group, item.index)
        assert other is not None
        variable = member.earlier.get(item.name, variables[item.name])
        result[item.name] = ExternalBinding(by_group[id(other)].position, variable)
    return result


def projection_plan(wires: Wires, by_group: ByGroup) -> ProjectionPlan | RuleProjectionPlan:
    """Event connections: a rule that the engine builds, or rows sorted by (source, delay, target).

    What a rule connects stands in the order of its hosts already: cells, or one sum per cell.
    """
    source = by_group[id(wires.source)]
    target = by_group[id(wires.target)]
    if wires.connectivity is not None:
        return RuleProjectionPlan(
            source=source.position,
            source_port=wires.source_node.qualified(wires.source_port),
            target=target.position,
            target_port=wires.target_node.qualified(wires.target_port),
            connectivity=wires.connectivity,
            source_range=wires.source_range,
            target_range=wires.target_range,
            number=wires.number,
        )
    sources, targets = _ends(wires, by_group)
    delays, which = distinct(_delays(wires))
    order = stable_order((sources, which, targets))
    row_ptr = np.zeros(source.group.size + 1, np.int64)
    np.cumsum(np.bincount(sources, minlength=source.group.size), out=row_ptr[1:])
    return ProjectionPlan(
        source=source.position,
        source_port=wires.source_node.qualified(wires.source_port),
        target=target.position,
        target_port=wires.target_node.qualified(wires.target_port),
        row_ptr=row_ptr,
        targets=targets[order].astype(np.int32),
        delays=delays if len(delays) else np.zeros(1),
        delay_index=which[order].astype(np.int32) if len(delays) > 1 else None,
        weights=_weights(wires, order),
        whole_steps=wires.whole_steps,
    )


def row_order(wires: Wires, by_group: ByGroup) -> NDArray[np.int64]:
    """Which of the listed connections lies where in the rows of their plan, shape (n,)."""
    sources, targets = _ends(wires, by_group)
    return stable_order((sources, distinct(_delays(wires))[1], targets))


def is_heard(wires: Wires, by_group: ByGroup) -> bool:
    """Whether anything listens at the in-port; the plan has no other projections."""
    target = by_group[id(wires.target)]
    port = wires.target_node.qualified(wires.target_port)
    return target.lowered is not None and port in target.lowered.kernel.in_ports


def _delays(wires: Wires) -> FloatArray:
    delays: FloatArray = np.maximum(np.asarray(wires.delays, float), 0.0)
    return delays


def _ends(wires: Wires, by_group: ByGroup) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sources and targets of listed connections, as the plan numbers them."""
    found = []
    for group, numbers in ((wires.source, wires.sources), (wires.target, wires.targets)):
        places, instances = by_group[id(group)].place_of, np.asarray(numbers, np.int64)
        found.append(instances if places is None else places[instances])
    return found[0], found[1]


def distinct(values: FloatArray) -> tuple[FloatArray, NDArray[np.int64]]:
    """Distinct values, ascending, and which of them each one is; most often there are few."""
    few = np.sort(values[:: max(1, len(values) // _SAMPLES)])
    few = few[np.append(True, few[1:] != few[:-1])] if len(few) else few
    if 2 * len(few) < _SAMPLES and len(few):
        which = np.minimum(np.searchsorted(few, values), len(few) - 1)
        if bool((few[which] == values).all()):
            return few, which
    found, which = np.unique(values, return_inverse=True)
    return found, which


def _weights(wires: Wires, order: NDArray[np.intp]) -> FloatArray | None:
    """Weights in the order of the rows, shape (n_connections,); None where all are 1."""
    if wires.weights is None:
        return None
    values = np.asarray(wires.weights, float)[order]
    return None if np.all(values == 1.0) else values
