"""Event connections from a cell to what is attached to it, which its own structure asks for.

Before: a synapse type with ``<With instance="parent" as="a"/> <With instance="this" as="b"/>
<EventConnection from="a" to="b"/>`` and an attached group of it. After: one connection without
delay from the host of each instance.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.model.instance import Group, NetworkInstance, Wires
from annarchy_ml.passes.instantiate import first_port
from annarchy_ml.passes.places import PlaceError


def hear_hosts(network: NetworkInstance, report: Diagnostics) -> None:
    """Connects all attached instances that hear what they act on."""
    try:
        network.wires.extend(_heard(network.groups))
    except PlaceError as fault:
        report.error(fault.code, str(fault))


def _heard(groups: list[Group]) -> Iterator[Wires]:
    for group in groups:
        place = group.attachment
        if place is None:
            continue
        for port, node, into in group.root.heard:
            out = port or first_port(place.node, "out")
            sends = any(
                item.name == out and item.direction == "out" for item in place.node.type.ports
            )
            if not sends or not into:
                raise PlaceError("port.unknown", _unheard(group, out), "")
            wires = Wires(place.host, place.node, out, group, node, into)
            wires.sources, wires.targets = group.hosts, np.arange(group.size)
            wires.delays = np.zeros(group.size)
            yield wires


def _unheard(group: Group, out: str) -> str:
    place = group.attachment
    assert place is not None
    own, host = group.root.component, place.node
    return (
        f"{own.type} '{own.id}' hears the out-port '{out}' of what it acts on, but "
        f"{host.type.name} '{host.component.id}' has none of this name"
    )
