"""Where the connections of a network lie on a device: each is copied, or made, there once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.engine.cuda.connections import (
    DOUBLES,
    FLOATS,
    MOST_NARROW,
    WIDE,
    Placed,
    placed,
    placed_here,
    put_connections,
    put_owners,
    shares,
    steps_of,
    stored,
)
from annarchy_ml.engine.cuda.formers import NEVER, Place
from annarchy_ml.engine.cuda.layout import PROJECTION_WORDS
from annarchy_ml.engine.cuda.memory import Store, Words
from annarchy_ml.engine.cuda.wiring import links_of

if TYPE_CHECKING:
    from annarchy_ml.engine.cuda.device import Device
    from annarchy_ml.engine.cuda.layout import Layout
    from annarchy_ml.engine.cuda.wired import WiredNetwork
    from annarchy_ml.kernels.plan import SimulationPlan

_SINCE, _BEFORE, _ENDS, _RANK = 21, 25, 26, 28


@dataclass(frozen=True, slots=True)
class Span:
    """Connections, and which events go over them.

    Attributes:
        since, until: the first event, and the first one after them.
    """

    connections: Placed
    since: Place
    until: Place


class Placements:
    """The connections of one network on a device, from state to state."""

    def __init__(self, plan: SimulationPlan, network: WiredNetwork, device: Device) -> None:
        """Nothing is on the device yet but what rules have made there."""
        self.plan, self.network, self.device = plan, network, device
        self._known: dict[int, tuple[int, Placed]] = {}

    def spans(self, number: int) -> list[Span]:
        """The connections of a projection: those by now, then former ones, the latest first."""
        network = self.network
        found = [Span(self._now(number), network.formers.since(number), NEVER)]
        former = network.formers.of(number)
        former[:] = [
            item
            for item in former
            if network.step - item.until[0] <= steps_of(item.connections, self.plan.dt)
        ]
        if former:
            now = stored(network, number)
            found += [
                Span(placed(item.weighted(now), self.device), item.since, item.until)
                for item in former
            ]
        return found

    def _now(self, number: int) -> Placed:
        version = self.network.rewired.get(number, 0)
        known = self._known.get(number)
        if known is not None and known[0] == version:
            return known[1]
        made = self.network.made.get(number)
        if made is None:
            item = placed(stored(self.network, number), self.device)
        else:
            kept, item_ = made.connections, self.plan.projections[number]
            wide = WIDE if self.plan.groups[item_.target].size > MOST_NARROW else 0
            weights = DOUBLES if made.arguments[5] else FLOATS
            item = placed_here(
                kept, self.device, wide | (weights if kept.weights is not None else 0)
            )
        self._known[number] = version, item
        return item

    def put(self, words: Words, layout: Layout, spans: list[list[Span]], store: Store) -> None:
        """Says where all connections are."""
        sizes = [item[0].connections.size for item in spans]
        targets = {item.target for item in self.plan.projections}
        owners = {number: self._owners(number, layout, store) for number in targets}
        ranks = {link.number: link.rank for link in links_of(self.plan, layout)}
        for number, share in enumerate(shares(sizes)):
            before = 0
            for span in reversed(spans[number]):
                own = Words(PROJECTION_WORDS)
                transmits = self.network.transmits(number)
                put_connections(own, span.connections, transmits, share)
                put_owners(own, *owners[self.plan.projections[number].target])
                for k, place in enumerate((*span.since, *span.until)):
                    own[_SINCE + k] = place
                own[_BEFORE] = before
                own[_ENDS], own[_ENDS + 1] = self._ends(number, layout)
                own[_RANK] = ranks[number]
                if span is spans[number][0]:
                    first = layout.projections[number]
                    words.values[first : first + PROJECTION_WORDS] = own.values
                else:
                    before = store.keep(own.values)

    def _ends(self, number: int, layout: Layout) -> tuple[int, int]:
        """Words at which the out-port and the group of the targets lie."""
        port, target = self.network.ends[number], self.plan.projections[number].target
        return layout.ports[port], layout.groups[target].first

    def _owners(self, number: int, layout: Layout, store: Store) -> tuple[int, int]:
        """Where the owners of the instances of a group are, and how many there are.

        What is attached to hosts belongs to them: its events may change their fields.
        """
        group = self.plan.groups[number]
        if group.owner is not None:
            name, owner = group.owner
            index = group.indices[name]
        elif layout.modes[number] == "owned" and group.host_index is not None:
            assert group.host is not None
            index, owner = group.host_index, group.host
        else:
            return 0, group.size
        place = store.keep(np.ascontiguousarray(index, np.int32))
        return place, self.plan.groups[owner].size if place else group.size
