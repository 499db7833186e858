"""Out-ports on a device: who sent events in the last steps, and what is recorded of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from annarchy_ml.engine.cuda.layout import PORT_WORDS, Layout, kernel_of, recorded_ports
from annarchy_ml.engine.cuda.memory import Store, Words
from annarchy_ml.engine.cuda.stages import n_blocks
from annarchy_ml.engine.cuda.wiring import (
    Link,
    hears_messages,
    links_of,
    numbered_ports,
    ordered_ports,
    relays,
)
from annarchy_ml.kernels.nodes import Emit, KernelKind
from annarchy_ml.kernels.plan import SimulationPlan
from annarchy_ml.kernels.uses import walk

if TYPE_CHECKING:
    from annarchy_ml.engine.cuda.device import Buffer
    from annarchy_ml.engine.cuda.further import Further
    from annarchy_ml.engine.cuda.wired import Sent

MOST_ROWS = 1 << 16
MOST_EVENTS = 1 << 23
"""Recorded rows and events that a launch may leave on the device before they are fetched."""
MOST_BYTES_OF_ROWS = 1 << 26
"""Of recorded rows that a launch may leave on the device before they are fetched."""
ARRIVAL_BYTES = 48
MESSAGES = 64
"""Messages of a relay that have room to arrive together, before a launch needs more."""
_RELAYED = 4


def events_of_step(plan: SimulationPlan, port: tuple[int, int], relayed: int = 1) -> int:
    """Events that are kept: of every instance all that its step may send, of relays several.

    Args:
        plan: what runs.
        port: group and position of an out-port.
        relayed: how much more room than usual events have that are passed on.
    """
    kernel, size = kernel_of(plan, port[0]), plan.groups[port[0]].size
    update = kernel.kernel(KernelKind.UPDATE)
    sent = [item.port for item in walk(update.body) if isinstance(item, Emit)] if update else []
    more = (_RELAYED * size + 64) * relayed if port[0] in relays(plan) else 0
    return size * max(1, sent.count(kernel.out_ports[port[1]])) + more


def steps_recorded(capacity: int) -> int:
    """Steps of so many events each of which all recorded events have room."""
    return max(1, min(MOST_ROWS, MOST_EVENTS // max(capacity, 1)))


def rows_of_launch(columns: int) -> int:
    """Recorded rows that a launch may leave on the device: of so many columns."""
    if not columns:
        return 0
    return max(1, min(MOST_ROWS, MOST_BYTES_OF_ROWS // ((columns + 1) * 8)))


def batches_of(different: int) -> int:
    """Arrivals of a message that there may be over connections of so many delays."""
    return max(1, different) * 4


class Ports:
    """All heard out-ports of a plan.

    Attributes:
        slots: steps of which events are kept.
        steps: of a launch, at most, so that all recorded events have a place.
    """

    def __init__(
        self, plan: SimulationPlan, times: Buffer, store: Store, sent: Sent, relayed: int = 1
    ) -> None:
        """Keeps what was sent before.

        Args:
            plan: what runs.
            times: of the steps of which events are kept [s].
            store: device memory.
            sent: what was sent before, by out-port and step.
            relayed: how much more room than usual events have that are passed on.
        """
        self.plan, self.slots, self.steps = plan, times.nbytes // 8, MOST_ROWS
        self._times = times
        self._store, self._before, self._relayed = store, sent, relayed
        self._kept: dict[tuple[int, int], tuple[Buffer, Buffer, int]] = {}
        self._messages: dict[tuple[int, int], Buffer] = {}
        self._links: tuple[Link, ...] = ()
        self._records: dict[tuple[int, int], tuple[Buffer, Buffer, int]] = {}

    def put(self, words: Words, layout: Layout, further: Further, report: int) -> None:
        """Makes room for the events of all ports, and says where it is."""
        self._links = links_of(self.plan, layout)
        ordered, numbered = ordered_ports(self._links), numbered_ports(self.plan, self._links)
        recorded = recorded_ports(self.plan, further)
        newest = max((step for sent in self._before.values() for step in sent), default=0)
        for port, first in layout.ports.items():
            before = self._before.get(port, {})
            most = max((len(rows) for rows in before.values()), default=0)
            capacity = max(events_of_step(self.plan, port, self._relayed), most)
            numbers = [*self._room(port, capacity), 0, self.slots, capacity]
            several = any(int(rows[-1]) >> 32 for rows in before.values() if len(rows))
            messages = self._room_of_messages(port, capacity) if port in numbered or several else 0
            # The place of the next step must be empty: older events have arrived.
            for step, rows in before.items():
                if step > newest - self.slots + 1:
                    self._keep(port, step, rows)
            if port in ordered:
                causes = 8 * capacity + 4 if port[0] in relays(self.plan) else 0
                numbers[2] = self._store.room(capacity * 4 + causes).address
            numbers += self._records_of(port, capacity) if port in recorded else (0, 0, 0)
            for k, number in enumerate((*numbers, report, messages)):
                words[first + k] = number
            # Kernels find a port by its address: a piece of memory for each.
            place = self._store.room(PORT_WORDS * 8)
            data = words.values[first : first + PORT_WORDS].view(np.uint8)
            self._store.device.upload(place, data)
            group = layout.groups[port[0]]
            words[group.first + group.ports + port[1]] = place.address

    def _room(self, port: tuple[int, int], capacity: int) -> tuple[int, int]:
        rows = self._store.room(self.slots * capacity * 4)
        counts = self._store.room(self.slots * 4)
        self._kept[port] = rows, counts, capacity
        return rows.address, counts.address

    def _room_of_messages(self, port: tuple[int, int], capacity: int) -> int:
        self._messages[port] = self._store.room(self.slots * capacity * 4)
        return self._messages[port].address

    def _keep(self, port: tuple[int, int], step: int, sent: NDArray[np.int64]) -> None:
        """Events of a step that was before."""
        rows, counts, capacity = self._kept[port]
        slot, device = step % self.slots, self._store.device
        device.upload(counts, np.array([len(sent)], np.uint32), 4 * slot)
        if not len(sent):
            return
        device.upload(rows, (sent & 0xFFFFFFFF).astype(np.int32), 4 * slot * capacity)
        if port in self._messages:
            numbers = (sent >> 32).astype(np.uint32)
            device.upload(self._messages[port], numbers, 4 * slot * capacity)

    def _records_of(self, port: tuple[int, int], capacity: int) -> tuple[int, int, int]:
        steps = steps_recorded(capacity)
        self.steps = min(self.steps, steps)
        room = steps * capacity
        records, count = self._store.room(room * 8), self._store.room(8)
        self._records[port] = records, count, room
        return records.address, count.address, room

    def memory(self) -> list[Buffer]:
        """Of the events that are kept, and of the times of their steps."""
        rows = (buffer for *buffers, _ in self._kept.values() for buffer in buffers)
        return [self._times, *rows, *self._messages.values()]

    def passing(self) -> Buffer:
        """Room for what is passed on at once: a message for each event of a step, at most."""
        room = 1 + sum(capacity for _, _, capacity in self._kept.values())
        passes = hears_messages(self.plan, self._links)
        made = self._store.room((3 + 3 * room) * 4 if passes else 12)
        self._store.device.upload(made, np.array([0, 0, room], np.uint32))
        return made

    def most_messages(self) -> int:
        """Messages of a port that arrive together, as a rule: what relays send may be more."""
        known = [1, *(n_blocks(self.plan, group) for group, _ in self._messages)]
        known += [
            1 + int(np.count_nonzero(np.diff(rows >> 32)))
            for sent in self._before.values()
            for rows in sent.values()
        ]
        return max(known) + (MESSAGES * self._relayed if relays(self.plan) else 0)

    def forget(self) -> None:
        """No event is under way."""
        for _, counts, _ in self._kept.values():
            self._store.device.upload(counts, np.zeros(self.slots, np.uint32))

    def forget_group(self, group: int) -> None:
        """What a group has sent never arrives."""
        for port, (_, counts, _) in self._kept.items():
            if port[0] == group:
                self._store.device.upload(counts, np.zeros(self.slots, np.uint32))

    @property
    def largest(self) -> int:
        """Bytes of the events of one port of a relay, at most: more room makes them more."""
        passing = relays(self.plan)
        kept = (rows for port, (rows, _, _) in self._kept.items() if port[0] in passing)
        return max((rows.nbytes for rows in kept), default=0)

    def _counts(self, port: tuple[int, int]) -> NDArray[np.uint32]:
        counts = np.zeros(self.slots, np.uint32)
        self._store.device.download(self._kept[port][1], counts)
        return np.minimum(counts, self._kept[port][2]).astype(np.uint32)

    def sent_at(self, port: tuple[int, int], step: int) -> int:
        """How many events of a step a port has."""
        return int(self._counts(port)[step % self.slots]) if port in self._kept else 0

    def under_way(self, step: int) -> tuple[Sent, dict[int, float]]:
        """All events until a step that are kept, and the times of their steps [s]."""
        known = range(max(0, step - self.slots + 2), step + 1)
        times = np.zeros(self.slots)
        self._store.device.download(self._times, times)
        found: Sent = {}
        for port, (rows, _, capacity) in self._kept.items():
            counts = self._counts(port)
            instances = np.zeros((self.slots, capacity), np.int32)
            self._store.device.download(rows, instances)
            kept = instances.astype(np.int64)
            if port in self._messages:
                numbers = np.zeros((self.slots, capacity), np.uint32)
                self._store.device.download(self._messages[port], numbers)
                kept |= numbers.astype(np.int64) << 32
            found[port] = {
                number: kept[number % self.slots, : counts[number % self.slots]].copy()
                for number in known
            }
        return found, {number: float(times[number % self.slots]) for number in known}

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
