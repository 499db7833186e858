"""All of a simulation that lies on a device: fields, connections, events under way, recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annarchy_ml.diagnostics import Diagnostic, UnsupportedError
from annarchy_ml.engine.cuda.connections import (
    put_connections,
    put_owners,
    shares,
    steps_of,
    stored,
)
from annarchy_ml.engine.cuda.layout import (
    COLUMN_WORDS,
    Layout,
    kernel_of,
    lay_out,
)
from annarchy_ml.engine.cuda.memory import Mirror, Store, Words
from annarchy_ml.engine.cuda.ports import MOST_PORTS, MOST_ROWS, Ports
from annarchy_ml.engine.cuda.stages import is_identity
from annarchy_ml.engine.cuda.wiring import links_of
from annarchy_ml.kernels.nodes import Role
from annarchy_ml.kernels.plan import SimulationPlan

if TYPE_CHECKING:
    from annarchy_ml.engine import _core
    from annarchy_ml.engine.cuda.device import Device

MOST_BYTES_OF_ROWS = 1 << 26
"""Of recorded rows that a launch may leave on the device before they are fetched."""
REPORT_WORDS = 3
_NEVER = np.uint64(0xFFFFFFFFFFFFFFFF)


class DeviceState:
    """What one launch works on.

    Attributes:
        layout: of the words.
        fields: of all groups, by group and name: arrays of the network.
        ports: events under way, and recorded ones.
        rows: recorded rows of a launch, at most.
        steps: of a launch, at most.
    """

    def __init__(self, plan: SimulationPlan, network: _core.Network, device: Device) -> None:
        """Makes room for everything, and copies what does not change while a model runs."""
        self.plan, self.network, self.device = plan, network, device
        self.layout: Layout = lay_out(plan)
        self._store = Store(device)
        self._words = Words(self.layout.size)
        self._connections = [stored(network, k) for k in range(len(plan.projections))]
        self.delays = [item.delays.copy() for item in self._connections]
        self._put_fields()
        self._put_wiring()
        self._put_projections()
        self.slots = 2 + max((steps_of(item, plan.dt) for item in self._connections), default=1)
        self._put_common()
        self.ports = Ports(plan, self.slots, self._store)
        self.ports.put(self._words, self.layout, self.report.address)
        self.steps = self.ports.steps
        self._put_rows()
        self.given = 0

    # what does not change

    def _put_fields(self) -> None:
        names = [
            (group, item.name)
            for group in range(len(self.plan.groups))
            for item in kernel_of(self.plan, group).fields
        ]
        self.fields: dict[tuple[int, str], NDArray[Any]] = {
            place: self.network.field(*place) for place in names
        }
        self.mirror = Mirror(self.device, list(self.fields.values()))
        self.places = {place: self.mirror.address(k) for k, place in enumerate(names)}

    def _put_wiring(self) -> None:
        words, plan = self._words, self.plan
        for number, group in enumerate(plan.groups):
            at, kernel = self.layout.groups[number], kernel_of(plan, number)
            for k, item in enumerate(kernel.fields):
                words[at.first + k] = self.places[number, item.name]
            for k, external in enumerate(kernel.externals):
                binding = group.externals[external.name]
                words[at.first + at.externals + k] = self.places[binding.group, binding.field]
            for k, name in enumerate(kernel.indices):
                if not is_identity(plan, number, name):
                    index = np.ascontiguousarray(group.indices[name], np.int32)
                    words[at.first + at.indices + k] = self._store.keep(index)
            if group.host is not None and group.host_index is not None and not group.one_per_host:
                size = plan.groups[group.host].size
                hosts = np.searchsorted(group.host_index, np.arange(size + 1)).astype(np.int64)
                words[at.hosts] = self._store.keep(hosts)
            words[at.stepped] = 1
        for place, block in zip(self.layout.blocks, plan.blocks, strict=True):
            words[place], words[place + 1] = block.begin, block.end

    def switch(self, group: int, on: bool) -> None:
        """Whether the instances of a group are stepped."""
        self._words[self.layout.groups[group].stepped] = int(on)

    def _put_projections(self) -> None:
        links = links_of(self.plan, self.layout)
        sizes = [0] * len(links)
        for link in links:
            sizes[link.number] = self._connections[link.number].size
        for number, share in enumerate(shares(sizes)):
            first = self.layout.projections[number]
            target = self.plan.projections[number].target
            put_connections(self._words, first, self._connections[number], self._store, share)
            group = self.plan.groups[target]
            owners, n_owners = 0, 0
            if group.owner is not None:
                name, owner = group.owner
                owners = self._store.keep(np.ascontiguousarray(group.indices[name], np.int32))
                n_owners = self.plan.groups[owner].size
            put_owners(self._words, first, group, owners, n_owners)

    # what a run changes

    def _put_common(self) -> None:
        words, layout = self._words, self.layout
        self.clock = self._store.room(9 * 8)
        self.report = self._store.room(REPORT_WORDS * 8)
        self._times = self._store.room(self.slots * 8)
        batches = sum(max(1, len(item.delays)) * 3 for item in self._connections) + 1
        words[layout.meeting] = self._store.room(8).address
        words[layout.report] = self.report.address
        words[layout.times], words[layout.times + 1] = self._times.address, self.slots
        words[layout.arrivals] = self._store.room(batches * 32).address
        words[layout.arrivals + 1] = self._store.room(8).address
        words[layout.ends] = self._store.room(MOST_PORTS * 4).address

    def _put_rows(self) -> None:
        columns = np.zeros((len(self.plan.recordings), COLUMN_WORDS), np.uint64)
        for k, item in enumerate(self.plan.recordings):
            values = self.fields[item.group, item.field]
            index = item.index if len(values) > 1 else 0
            place = self.places[item.group, item.field] + index * values.itemsize
            kinds = {np.dtype(np.float64): 0, np.dtype(np.float32): 1}
            kind = kinds.get(values.dtype, 2)
            columns[k] = place, kind, int(kind < 2)
        length = (len(columns) + 1) * 8
        self.rows = 0
        if len(columns):
            self.rows = int(max(1, min(MOST_ROWS, MOST_BYTES_OF_ROWS // length)))
            self.steps = min(self.steps, self.rows)
        self._rows = self._store.room(self.rows * length)
        words, first = self._words, self.layout.rows
        words[first], words[first + 1] = self._rows.address, self._store.keep(columns.ravel())
        words[first + 2] = len(columns)

    # before and after a launch

    def set_clock(self, times: tuple[float, float, float, float, int], seed: int) -> None:
        """Tells the device the time."""
        t, t_prev, t_before, shift, drawn = times
        clock = Words(9)
        for k, value in enumerate((t, t_prev, t_before, self.plan.dt, shift)):
            clock.set_real(k, value)
        for k, number in enumerate((seed, self.network.step, drawn, 0), start=5):
            clock[k] = number
        self.device.upload(self.clock, clock.values)
        self.device.upload(self.report, np.full(REPORT_WORDS, _NEVER))
        step = self.network.step % self.slots
        self.device.upload(self._times, np.array([t]), step * 8)

    def take_over(self, before: DeviceState) -> None:
        """Goes on with the events that are under way in another state of the same plan.

        Raises:
            UnsupportedError: If delays have changed while events may be under way.
        """
        if self.network.step == 0:
            return
        same = all(
            np.array_equal(own, other)
            for own, other in zip(self.delays, before.delays, strict=True)
        )
        if not same:
            text = "delays cannot change while events are under way on a device"
            raise UnsupportedError(Diagnostic("unsupported.device", text))
        self.ports.take_over(before.ports)
        times = np.zeros(self.slots)
        self.device.download(before._times, times)
        self.device.upload(self._times, times)

    def send_words(self) -> None:
        """Copies the words to the device."""
        self.given = self._store.keep(self._words.values)

    def reported(self) -> NDArray[np.uint64]:
        """What the last launch reported: see ``aml_report``."""
        found = np.zeros(REPORT_WORDS, np.uint64)
        self.device.download(self.report, found)
        return found

    def done(self) -> int:
        """Steps that the last launch took."""
        clock = np.zeros(9, np.uint64)
        self.device.download(self.clock, clock)
        return int(clock[8])

    def take_rows(self, count: int) -> NDArray[np.float64]:
        """The rows of the last launch: shape (count, 1 + columns)."""
        made = np.zeros((count, len(self.plan.recordings) + 1))
        self.device.download(self._rows, made)
        return made

    def must_be_finite(self) -> list[tuple[int, str]]:
        """Fields whose values must be numbers: states and what is recorded."""
        recorded = {(item.group, item.field) for item in self.plan.recordings}
        return [
            (group, item.name)
            for group in range(len(self.plan.groups))
            for item in kernel_of(self.plan, group).fields
            if item.role is Role.STATE or (group, item.name) in recorded
        ]
