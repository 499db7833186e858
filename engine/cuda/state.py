"""All of a simulation that lies on a device: fields, connections, events under way, recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annarchy_ml.engine.cuda.cables import put_cable
from annarchy_ml.engine.cuda.connections import steps_of
from annarchy_ml.engine.cuda.further import further_of
from annarchy_ml.engine.cuda.given import Given
from annarchy_ml.engine.cuda.layout import (
    CLOCK_WORDS,
    COLUMN_WORDS,
    REPORT_WORDS,
    Layout,
    kernel_of,
    lay_out,
)
from annarchy_ml.engine.cuda.memory import Mirror, Store, Words
from annarchy_ml.engine.cuda.ports import ARRIVAL_BYTES, Ports, batches_of, rows_of_launch
from annarchy_ml.engine.cuda.stages import is_identity
from annarchy_ml.engine.cuda.texts import Texts
from annarchy_ml.kernels.nodes import Role
from annarchy_ml.kernels.plan import SimulationPlan

if TYPE_CHECKING:
    from annarchy_ml.engine.cuda.device import Buffer
    from annarchy_ml.engine.cuda.network import DeviceNetwork
    from annarchy_ml.engine.cuda.placements import Placements, Span

_NEVER = np.uint64(0xFFFFFFFFFFFFFFFF)


def _phases(spans: list[Span]) -> tuple[bool, bool]:
    """Whether a projection has connections with a delay, and without one."""
    delays = [span.connections.delays for span in spans]
    late = any(len(item) > 0 and float(item[-1]) > 0 for item in delays)
    return late, len(delays[0]) > 0 and float(delays[0][0]) == 0


class DeviceState:
    """What one launch works on.

    Attributes:
        layout: of the words.
        fields: of all groups, by group and name: arrays of the network.
        ports: events under way, and recorded ones.
        rows: recorded rows of a launch, at most.
        steps: of a launch, at most.
    """

    def __init__(
        self,
        plan: SimulationPlan,
        network: DeviceNetwork,
        connections: Placements,
        earlier: dict[tuple[int, str], NDArray[Any]],
    ) -> None:
        """Makes room for everything, and copies what does not change while a model runs.

        Args:
            plan: what runs.
            network: that it runs in.
            connections: of the network on the device.
            earlier: rings of earlier values that this state goes on with.
        """
        self.plan, self.network, self.device = plan, network, connections.device
        device = self.device
        sent, times = network.under_way()
        self._spans = [connections.spans(k) for k in range(len(plan.projections))]
        phases = tuple(map(_phases, self._spans))
        self.further = further_of(plan, network, phases, tuple(network.histories.items()))
        network.histories = self.further.histories(plan)
        self.layout: Layout = lay_out(plan, self.further)
        self._store = Store(device)
        self._words = Words(self.layout.size)
        self._put_fields()
        self._put_wiring()
        connections.put(self._words, self.layout, self._spans, self._store)
        self._put_cables()
        texts = Texts(plan, self.layout, self.further)
        self.values = Given(texts, network, self.places, self._store)
        self.values.put(self._words)
        self.slots = 2 + max(
            (steps_of(span.connections, plan.dt) for item in self._spans for span in item),
            default=1,
        )
        self._put_common(times)
        self.ports = Ports(plan, self._times, self._store, sent, network.relay_room)
        self.ports.put(self._words, self.layout, self.further, self.report.address)
        self._put_arrivals()
        self._words[self.layout.ends] = self.ports.passing().address
        self.steps = self.ports.steps
        self._put_rows()
        if network.step > 0:
            self.values.take_over(earlier, self.fields)
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
            words[at.stepped], words[at.size] = 1, group.size
            words[at.stream] = self.network.streams[number]
        for place, block in zip(self.layout.blocks, plan.blocks, strict=True):
            words[place], words[place + 1] = block.begin, block.end

    def _put_cables(self) -> None:
        for number, first in self.layout.cables.items():
            cable = self.plan.groups[number].cable
            assert cable is not None
            potential, rate, slope = (
                self.places[number, name] for name in (cable.potential, cable.rate, cable.slope)
            )
            put_cable(self._words, first, cable, (potential, rate, slope), self._store)

    def switch(self, group: int, on: bool) -> None:
        """Whether the instances of a group are stepped."""
        self._words[self.layout.groups[group].stepped] = int(on)

    # what a run changes

    def _put_common(self, times: dict[int, float]) -> None:
        words, layout = self._words, self.layout
        self.clock = self._store.room(CLOCK_WORDS * 8)
        self.report = self._store.room(REPORT_WORDS * 8)
        self._times: Buffer = self._store.room(self.slots * 8)
        for step, t in times.items():
            self.device.upload(self._times, np.array([t]), step % self.slots * 8)
        words[layout.meeting] = self._store.room(8).address
        words[layout.report] = self.report.address
        words[layout.times], words[layout.times + 1] = self._times.address, self.slots

    def _put_arrivals(self) -> None:
        """Room for what arrives in a step, as it is found, and in its order."""
        words, first = self._words, self.layout.arrivals
        spans = (span.connections for item in self._spans for span in item)
        batches = sum(batches_of(len(item.delays)) for item in spans) + 1
        room = batches * self.ports.most_messages()
        for place in (first, first + 1):
            words[place] = self._store.room(room * ARRIVAL_BYTES).address
        words[first + 2], words[first + 3] = self._store.room(8).address, room
        words[first + 4] = self.report.address

    def _put_rows(self) -> None:
        columns = np.zeros((len(self.further.columns), COLUMN_WORDS), np.uint64)
        for k, (group, name, instance) in enumerate(self.further.columns):
            values = self.fields[group, name]
            index = instance if len(values) > 1 else 0
            place = self.places[group, name] + index * values.itemsize
            kinds = {np.dtype(np.float64): 0, np.dtype(np.float32): 1}
            kind = kinds.get(values.dtype, 2)
            columns[k] = place, kind, int(kind < 2)
        length = (len(columns) + 1) * 8
        self.rows = rows_of_launch(len(columns))
        if len(columns):
            self.steps = min(self.steps, self.rows)
        self._rows = self._store.room(self.rows * length)
        words, first = self._words, self.layout.rows
        words[first], words[first + 1] = self._rows.address, self._store.keep(columns.ravel())
        words[first + 2] = len(columns)

    def set_clock(
        self, times: tuple[float, float, float, float, int, float, float], seed: int
    ) -> None:
        """Tells the device the time."""
        t, t_prev, t_before, shift, drawn, count, half = times
        clock = Words(CLOCK_WORDS)
        for k, value in enumerate((t, t_prev, t_before, self.plan.dt, shift, count, half)):
            clock.set_real(k, value)
        for k, number in enumerate((seed, self.network.step, drawn, 0), start=7):
            clock[k] = number
        self.device.upload(self.clock, clock.values)
        self.device.upload(self.report, np.full(REPORT_WORDS, _NEVER))
        step = self.network.step % self.slots
        self.device.upload(self._times, np.array([t]), step * 8)

    # a launch

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
        clock = np.zeros(CLOCK_WORDS, np.uint64)
        self.device.download(self.clock, clock)
        return int(clock[-1])

    def take_rows(self, count: int) -> NDArray[np.float64]:
        """The rows of the last launch: shape (count, 1 + columns)."""
        made = np.zeros((count, len(self.further.columns) + 1))
        self.device.download(self._rows, made)
        return made

    def must_be_finite(self) -> list[tuple[int, str]]:
        """Fields whose values must be numbers: states and what is recorded."""
        recorded = {(group, name) for group, name, _ in self.further.columns}
        return [
            (group, item.name)
            for group in range(len(self.plan.groups))
            for item in kernel_of(self.plan, group).fields
            if item.role is Role.STATE or (group, item.name) in recorded
        ]
