"""How much memory of a device a plan will take, found before anything of it is built.

All that a state allocates is counted, from the same numbers; where connections and delays are
drawn, from what they are expected to be at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.engine.cuda.driver import out_of_memory
from annarchy_ml.engine.cuda.expected import (
    Steps,
    most_connections,
    most_segments,
    steps_of_delays,
)
from annarchy_ml.engine.cuda.further import Further
from annarchy_ml.engine.cuda.layout import (
    CLOCK_WORDS,
    COLUMN_WORDS,
    PORT_WORDS,
    REPORT_WORDS,
    Layout,
    kernel_of,
    lay_out,
    recorded_ports,
)
from annarchy_ml.engine.cuda.ports import (
    ARRIVAL_BYTES,
    MESSAGES,
    batches_of,
    events_of_step,
    rows_of_launch,
    steps_recorded,
)
from annarchy_ml.engine.cuda.stages import is_identity, n_blocks
from annarchy_ml.engine.cuda.wiring import (
    Link,
    hears_messages,
    links_of,
    numbered_ports,
    ordered_ports,
    relays,
)
from annarchy_ml.kernels.connectivity import AllToAll, Explicit
from annarchy_ml.kernels.nodes import DType, Placement
from annarchy_ml.kernels.plan import CouplingPlan, RuleProjectionPlan

if TYPE_CHECKING:
    from annarchy_ml.engine.cuda.device import Device
    from annarchy_ml.kernels.connectivity import Value
    from annarchy_ml.kernels.plan import ProjectionPlan, SimulationPlan, SynapticCouplingPlan

Port = tuple[int, int]
_MOST_NARROW = 0x10000  # targets that two bytes tell apart
_ROOM_OF_WORKERS = float(1 << 28)
_ALIGNMENT = 256
_SHOWN = 3


def check_room(plan: SimulationPlan, device: Device) -> None:
    """Refuses a plan that will not fit, with both figures and what takes most.

    Raises:
        EnvironmentFault: If it takes more than is free, when it runs or while it is built.
    """
    parts = dict(estimate(plan))
    needed, free = max(sum(parts.values()), while_connected(plan)), device.memory_free
    if needed <= free:
        return
    largest = sorted(parts.items(), key=lambda item: -item[1])[:_SHOWN]
    notes = tuple(f"{name} take {_readable(size)}" for name, size in largest)
    how = f"it needs {_readable(needed)}, {_readable(free)} are free"
    raise out_of_memory(device.name, how, notes)


def estimate(plan: SimulationPlan) -> Iterator[tuple[str, float]]:
    """What the parts of a plan take [bytes]; those of the same name together."""
    found: dict[str, float] = {}
    for name, size in _Estimate(plan).parts():
        found[name] = found.get(name, 0.0) + size
    yield from found.items()


class _Estimate:
    """Sums over one plan."""

    def __init__(self, plan: SimulationPlan) -> None:
        self.plan = plan
        self.real = 4 if plan.module.precision == "single" else 8
        reaches = tuple(_reach(plan, item) for item in plan.couplings)
        columns = tuple((item.group, item.field, item.index) for item in plan.recordings)
        self.further = Further(reaches=reaches, columns=columns)
        self.layout: Layout = lay_out(plan, self.further)
        self.links: tuple[Link, ...] = links_of(plan, self.layout)
        self.delays = [delays_of(plan, item) for item in plan.projections]
        longest = max((item.longest + 2.0 for item in self.delays), default=1.0)
        self.slots = 2.0 + longest
        self.again = 0.0  # what a launch of relays may begin again from, copied

    def parts(self) -> Iterator[tuple[str, float]]:
        """Each with its name."""
        for number, group in enumerate(self.plan.groups):
            values = self._values(number)
            self.again += values
            yield f"values of '{group.name}'", values + self._indices(number)
            if group.cable is not None:
                nodes = float(len(group.cable.parent))
                tree = 28.0 * nodes + 8.0 * len(group.cable.capacitance)
                yield f"solved equations of '{group.name}'", 16.0 * nodes * group.cable.cells + tree
        yield from self._events()
        for number, item in enumerate(self.plan.projections):
            ends = (self.plan.groups[end].name for end in (item.source, item.target))
            named = " to ".join(f"'{name}'" for name in ends)
            yield f"connections {number} from {named}", self.connections(number)
        for coupling, reach in zip(self.plan.couplings, self.further.reaches, strict=True):
            if isinstance(coupling, CouplingPlan):
                yield f"weights of '{coupling.name}'", _rows(self.plan, coupling)
            else:
                yield f"sums of '{coupling.name}'", self._synaptic(coupling, reach)
        for (group_, name), steps in self.further.histories(self.plan).items():
            size = 2.0 * steps * self.plan.groups[group_].size * self.real
            self.again += size
            yield f"earlier values of '{name}' of '{self.plan.groups[group_].name}'", size
        yield "recorded rows", self._recorded()
        yield "tables", self._tables()
        if relays(self.plan):
            pieces = 2 + 3 * len(self.layout.ports) + len(self.further.histories(self.plan))
            copied = self.again + 8.0 * self.slots + 24.0 * pieces
            yield "what a launch begins again from", copied

    def _values(self, number: int) -> float:
        recorded = {item.field for item in self.plan.recordings if item.group == number}
        size, total = self.plan.groups[number].size, 0
        for item in kernel_of(self.plan, number).fields:
            shared = item.placement is Placement.SHARED and item.name not in recorded
            each = self.real if item.dtype is DType.REAL else 4
            total += -(-each * (1 if shared else size) // _ALIGNMENT) * _ALIGNMENT
        return float(total)

    def _indices(self, number: int) -> float:
        """Where other instances lead that are not those of the same number; hosts; owners."""
        plan, group = self.plan, self.plan.groups[number]
        names = kernel_of(plan, number).indices
        led = [name for name in names if not is_identity(plan, number, name)]
        total = max(4.0 * group.size, 8.0) * len(led)
        if group.host is not None and group.host_index is not None and not group.one_per_host:
            total += 8.0 * (plan.groups[group.host].size + 1)
        heard = any(item.target == number for item in plan.projections)
        attached = self.layout.modes[number] == "owned" and group.host_index is not None
        if heard and (group.owner is not None or attached):
            total += max(4.0 * group.size, 8.0)
        return total

    def _events(self) -> Iterator[tuple[str, float]]:
        """Who sends in the steps of which events may be under way; what is recorded of a launch."""
        recorded = recorded_ports(self.plan, self.further)
        ordered, numbered = ordered_ports(self.links), numbered_ports(self.plan, self.links)
        passing, together, found = relays(self.plan), 1.0, dict[int, float]()
        for port in self.layout.ports:
            kept = events_of_step(self.plan, port)
            together += kept
            size = 4.0 * self.slots * (kept + 1) * (1 + (port in numbered))
            self.again += size
            if port in ordered:
                size += 4.0 * kept + (8.0 * kept + 4.0) * (port[0] in passing)
            if port in recorded:
                size += 8.0 * kept * steps_recorded(kept) + 8.0
            found[port[0]] = found.get(port[0], 0.0) + size
        for group, size in found.items():
            yield f"events of '{self.plan.groups[group].name}'", size
        messages = max((n_blocks(self.plan, group) for group, _ in numbered), default=1)
        messages += MESSAGES if passing else 0
        listed = sum(batches_of(int(item.different)) for item in self.delays) + 1
        yield "arrivals", 2.0 * ARRIVAL_BYTES * listed * messages
        if hears_messages(self.plan, self.links):
            yield "messages", 12.0 * (1.0 + together)

    def connections(self, number: int) -> float:
        """Targets, weights, rows; segments where delays differ."""
        item, delays = self.plan.projections[number], self.delays[number]
        sources = self.plan.groups[item.source].size
        tables = 4.0 * (sources + 1) * (1 + (delays.different > 1)) + 8.0 * delays.different
        if not isinstance(item, RuleProjectionPlan):
            return _given(self.plan, item) + tables
        count = number_of(item)
        made = item.connectivity
        weights = (8.0 if made.double_weights else 4.0) * (not _shared(made.weight))
        rows = item.source_range[1] - item.source_range[0]
        segments = most_segments(count, rows, made.delay, self.plan.dt)
        width = 4.0 + (1.0 if delays.different <= _ALIGNMENT else 2.0)
        return count * (_width(self.plan, item.target) + weights) + segments * width + 4.0 + tables

    def _synaptic(self, item: SynapticCouplingPlan, reach: int) -> float:
        """Where the connections of each host begin; sources of several steps."""
        group = self.plan.groups[item.synapses]
        assert group.host is not None
        index = 4.0 * group.size * (reach > 1 and np.ndim(item.delays) > 0)
        return 8.0 * (self.plan.groups[group.host].size + 1) + index

    def _recorded(self) -> float:
        columns = len(self.plan.recordings)
        table = 8.0 * COLUMN_WORDS * columns
        return rows_of_launch(columns) * 8.0 * (columns + 1) + table

    def _tables(self) -> float:
        """Words, times, and what takes a few words."""
        fixed = CLOCK_WORDS + REPORT_WORDS + 1 + 1 + 2 + 2
        small = 2 * len(self.layout.ports) + 4 * len(self.plan.projections)  # pieces of 8 bytes
        small += len(self.plan.couplings)
        words = self.layout.size + PORT_WORDS * len(self.layout.ports) + self.slots + fixed
        return 8.0 * (words + small)


def while_connected(plan: SimulationPlan) -> float:
    """What is taken at most while connections are made by rules: all that are, and room for one."""
    item = _Estimate(plan)
    total, most = 0.0, 0.0
    for number, projection in enumerate(plan.projections):
        if isinstance(projection, RuleProjectionPlan):
            total += item.connections(number)
            most = max(most, _making(plan, projection, item.delays[number]))
    return total + most


def _making(plan: SimulationPlan, item: RuleProjectionPlan, delays: Steps) -> float:
    """What is given back when the connections of a rule are made."""
    made, count = item.connectivity, number_of(item)
    if isinstance(made.rule, Explicit):
        return 0.0
    rows = item.source_range[1] - item.source_range[0]
    marked = max(rows, item.target_range[1] - item.target_range[0])
    bits = min(_ROOM_OF_WORKERS, marked * (marked / 8.0 + 8.0))
    room = 16.0 * (rows + 1) + bits
    if delays.different > 1:
        places = min(_ROOM_OF_WORKERS, rows * delays.different * 4.0)
        room += count * (2.0 + _width(plan, item.target)) + 8.0 * rows + places
    return room


def number_of(item: RuleProjectionPlan) -> float:
    """Connections of a rule, at most."""
    sizes = (end - begin for begin, end in (item.source_range, item.target_range))
    return most_connections(item.connectivity.rule, *sizes)


def delays_of(plan: SimulationPlan, item: ProjectionPlan | RuleProjectionPlan) -> Steps:
    """The delays of a projection in steps."""
    if isinstance(item, RuleProjectionPlan):
        return steps_of_delays(item.connectivity.delay, number_of(item), plan.dt)
    if not len(item.targets):
        return Steps(0.0, 0.0, float(len(item.delays)))
    longest = float(max(item.delays)) / (1.0 if item.whole_steps else plan.dt)
    return Steps(0.0, float(ceil(longest)), float(len(item.delays)))


def _reach(plan: SimulationPlan, item: CouplingPlan | SynapticCouplingPlan) -> int:
    """How many steps a coupling looks back."""
    if not isinstance(item, CouplingPlan):
        return int(np.max(item.delays, initial=1))
    sizes = (end - begin for begin, end in (item.source_range, item.target_range))
    number = most_connections(item.connectivity.rule, *sizes)
    return max(1, int(steps_of_delays(item.connectivity.delay, number, plan.dt).longest))


def _given(plan: SimulationPlan, item: ProjectionPlan) -> float:
    """Connections that are listed: see ``cpp/src/connection_store.cpp``."""
    count = len(item.targets)
    size = 0.0
    if item.weights is not None or not np.array_equal(item.targets, np.arange(count)):
        size += count * _width(plan, item.target)
    if item.weights is not None and count and np.ptp(item.weights) > 0.0:
        size += 8.0 * count
    if len(item.delays) > 1 and item.delay_index is not None:
        begins = np.zeros(count + 1, bool)
        begins[item.row_ptr] = True
        begins[1:-1] |= np.diff(item.delay_index) != 0
        width = 1.0 if len(item.delays) <= _ALIGNMENT else 2.0
        size += (4.0 + width) * np.count_nonzero(begins)
    return size


def _rows(plan: SimulationPlan, item: CouplingPlan) -> float:
    """Weights; rows and source numbers where not all sources are connected at the same time."""
    made = item.connectivity
    sources, targets = (end - begin for begin, end in (item.source_range, item.target_range))
    each = (8.0 if made.double_weights else 4.0) * (not _shared(made.weight))
    count = most_connections(made.rule, sources, targets)
    if isinstance(made.rule, AllToAll) and _shared(made.delay):
        return count * each
    reach = 1 if _shared(made.delay) else _reach(plan, item)
    places = plan.groups[item.source].size * reach
    return count * (each + (2.0 if places <= _MOST_NARROW else 4.0)) + 8.0 * (targets + 1)


def _width(plan: SimulationPlan, target: int) -> float:
    """Bytes of the number of a target."""
    return 4.0 if plan.groups[target].size > _MOST_NARROW else 2.0


def _shared(value: Value) -> bool:
    """Whether all connections have the same."""
    if isinstance(value, np.ndarray):
        return not len(value) or float(np.ptp(value)) == 0.0
    return isinstance(value, (float, int))


def _readable(size: float) -> str:
    return f"{size / 1e9:.3g} GB"
