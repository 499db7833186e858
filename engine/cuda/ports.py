"""Out-ports on a device: who sent events in the last steps, and what is recorded of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from annarchy_ml.engine.cuda.layout import PORT_WORDS, Layout, recorded_ports
from annarchy_ml.engine.cuda.memory import Store, Words
from annarchy_ml.engine.cuda.wiring import links_of, ordered_ports, relays
from annarchy_ml.kernels.plan import SimulationPlan

if TYPE_CHECKING:
    from annarchy_ml.engine.cuda.device import Buffer

MOST_ROWS = 1 << 16
MOST_EVENTS = 1 << 23
"""Recorded rows and events that a launch may leave on the device before they are fetched."""
MOST_PORTS = 256
_RELAYED = 4


class Ports:
    """All heard out-ports of a plan.

    Attributes:
        slots: steps of which events are kept.
        steps: of a launch, at most, so that all recorded events have a place.
    """

    def __init__(self, plan: SimulationPlan, slots: int, store: Store) -> None:
        """Nothing has been sent yet."""
        self.plan, self.slots, self.steps = plan, slots, MOST_ROWS
        self._store = store
        self._kept: dict[tuple[int, int], tuple[Buffer, Buffer]] = {}
        self._records: dict[tuple[int, int], tuple[Buffer, Buffer, int]] = {}

    def put(self, words: Words, layout: Layout, report: int) -> None:
        """Makes room for the events of all ports, and says where it is."""
        assert len(layout.ports) <= MOST_PORTS
        ordered = ordered_ports(links_of(self.plan, layout))
        recorded = recorded_ports(self.plan)
        for port, first in layout.ports.items():
            capacity = self._capacity(port[0])
            numbers = [*self._room(port, capacity), 0, self.slots, capacity]
            if port in ordered:
                numbers[2] = self._store.room(capacity * 4).address
            numbers += self._records_of(port, capacity) if port in recorded else (0, 0, 0)
            for k, number in enumerate((*numbers, report)):
                words[first + k] = number
            # Kernels find a port by its address: a piece of memory for each.
            place = self._store.room(PORT_WORDS * 8)
            data = words.values[first : first + PORT_WORDS].view(np.uint8)
            self._store.device.upload(place, data)
            group = layout.groups[port[0]]
            words[group.first + group.ports + port[1]] = place.address

    def _capacity(self, group: int) -> int:
        """Events of a step; one that relays may send several for each instance."""
        size = self.plan.groups[group].size
        return size if group not in relays(self.plan) else _RELAYED * size + 64

    def _room(self, port: tuple[int, int], capacity: int) -> tuple[int, int]:
        rows = self._store.room(self.slots * capacity * 4)
        counts = self._store.room(self.slots * 4)
        self._kept[port] = rows, counts
        return rows.address, counts.address

    def _records_of(self, port: tuple[int, int], capacity: int) -> tuple[int, int, int]:
        steps = max(1, min(MOST_ROWS, MOST_EVENTS // max(capacity, 1)))
        self.steps = min(self.steps, steps)
        room = steps * capacity
        records, count = self._store.room(room * 8), self._store.room(8)
        self._records[port] = records, count, room
        return records.address, count.address, room

    def forget(self) -> None:
        """No event is under way."""
        for _, counts in self._kept.values():
            self._store.device.upload(counts, np.zeros(self.slots, np.uint32))

    def take_over(self, before: Ports) -> None:
        """Goes on with the events that are under way at other ports of the same plan."""
        device = self._store.device
        for port, pieces in self._kept.items():
            for own, other in zip(pieces, before._kept[port], strict=True):
                data = np.zeros(own.nbytes, np.uint8)
                device.download(other, data)
                device.upload(own, data)

    def take_events(self, port: tuple[int, int]) -> NDArray[np.uint64]:
        """What a port has sent in the last launch: (step << 32 | instance), in this order."""
        device = self._store.device
        records, count, room = self._records[port]
        found = np.zeros(1, np.uint32)
        device.download(count, found)
        made = np.zeros(min(int(found[0]), room), np.uint64)
        if len(made):
            device.download(records, made)
            device.upload(count, np.zeros(1, np.uint32))
        made.sort()
        return made
