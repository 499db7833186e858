"""Which events a program delivers where in its step."""

from __future__ import annotations

from dataclasses import dataclass

from annarchy_ml.engine.cuda.layout import Layout, kernel_of, port_number
from annarchy_ml.engine.cuda.modes import phases_of
from annarchy_ml.engine.cuda.stages import attached_to, n_blocks
from annarchy_ml.kernels.plan import SimulationPlan


@dataclass(frozen=True, slots=True)
class Link:
    """One projection.

    Attributes:
        number: of the projection.
        port: out-port that it hears: group and position.
        target: group that its events reach.
        event: position of the in-port.
        mode: how they are delivered.
        rank: its place in the order of sending within a step.
        delayed, immediate: whether it has connections with a delay, and without one.
        late: whether its targets step after all cells, so that what has no delay comes then.
    """

    number: int
    port: tuple[int, int]
    target: int
    event: int
    mode: str
    rank: int
    delayed: bool
    immediate: bool
    late: bool


def links_of(plan: SimulationPlan, layout: Layout) -> tuple[Link, ...]:
    """All projections, in the order of sending within a step."""
    order: dict[tuple[int, int], int] = {}
    for port in sending_order(plan):
        order.setdefault(port, len(order))
    made = []
    for number, item in enumerate(plan.projections):
        port = (item.source, port_number(plan, item.source, item.source_port))
        delayed, immediate = layout.phases[number] if layout.phases else phases_of(item)
        made.append(
            Link(
                number,
                port,
                item.target,
                kernel_of(plan, item.target).in_ports.index(item.target_port),
                layout.modes[item.target],
                order.get(port, len(order)) * len(plan.projections) + number,
                delayed,
                immediate,
                immediate and plan.groups[item.target].couples,
            )
        )
    return tuple(sorted(made, key=lambda link: link.rank))


def sending_order(plan: SimulationPlan) -> list[tuple[int, int]]:
    """Out-ports in the order in which a step sends their events; those that only relay are last."""
    groups: list[int] = []
    for block in plan.blocks:
        groups += [*attached_to(plan, block.group), block.group]
    groups += range(len(plan.groups))
    return [
        (group, port)
        for group in dict.fromkeys(groups)
        for port in range(len(kernel_of(plan, group).out_ports))
    ]


def relays(plan: SimulationPlan) -> frozenset[int]:
    """Groups that send events because they get some."""
    heard = {item.target for item in plan.projections}
    return frozenset(group for group in heard if kernel_of(plan, group).emits_on_event)


def hears_messages(plan: SimulationPlan, links: tuple[Link, ...]) -> bool:
    """Whether what a port sends in a step may come in several parts, heard one after the other.

    That is what is passed on, and what a group sends that several blocks step.
    """
    return bool(relays(plan)) or any(
        link.mode != "spread" and (link.delayed or link.late) and n_blocks(plan, link.port[0]) > 1
        for link in links
    )


def numbered_ports(plan: SimulationPlan, links: tuple[Link, ...]) -> frozenset[tuple[int, int]]:
    """Out-ports whose events keep the number of their message: heard over a delay, in order."""
    if not hears_messages(plan, links):
        return frozenset()
    return frozenset(link.port for link in links if link.delayed and link.mode != "spread")


def ordered_ports(links: tuple[Link, ...]) -> frozenset[tuple[int, int]]:
    """Out-ports whose events are needed in the order of the instances."""
    return frozenset(link.port for link in links if link.mode == "owned")
