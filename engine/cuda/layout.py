"""Where the words lie that tell a program where everything is; known from the structure alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from annarchy_ml.engine.cuda.modes import modes_of
from annarchy_ml.kernels.nodes import GroupKernel
from annarchy_ml.kernels.plan import GroupPlan, SimulationPlan

if TYPE_CHECKING:
    from annarchy_ml.engine.cuda.further import Further

CLOCK_WORDS, REPORT_WORDS = 11, 3
PORT_WORDS = 10
PROJECTION_WORDS = 29
COLUMN_WORDS = 3
COUPLING_WORDS = 18
COUPLING_LEARNS = 15
HISTORY_WORDS = 4
POOL_WORDS = 5
TIMETABLE_WORDS = 10
CABLE_WORDS = 16


@dataclass(frozen=True, slots=True)
class GroupWords:
    """Where the places of a group begin: of its fields; the others count from there.

    Attributes:
        first: of its fields; the words before it say what the properties do.
        externals, indices, ports: from there.
        hosts: after them: where the attached instances of each host begin.
    """

    first: int
    externals: int
    indices: int
    ports: int

    @property
    def stream(self) -> int:
        """What keys its random numbers."""
        return self.first - 4

    @property
    def size(self) -> int:
        """Number of its instances."""
        return self.first - 3

    @property
    def stepped(self) -> int:
        """Whether its instances are stepped."""
        return self.first - 2

    @property
    def hosts(self) -> int:
        """Where the attached instances of each host begin."""
        return self.first - 1


@dataclass(frozen=True, slots=True)
class Layout:
    """The words of a plan.

    Attributes:
        groups: of each group.
        ports: of each heard out-port, by group and position.
        projections: of each projection.
        blocks: of each block: begin and end.
        meeting, report, times, arrivals, rows, ends: of what all use.
        couplings: of each coupling.
        histories: of each field of which earlier values are kept.
        pools, timetables: of what gives values to whole groups.
        cables: of each group of compartments.
        records: whether values are recorded.
        size: number of words.
        modes: how the events of each group are delivered.
        phases: see `Further`.
    """

    groups: tuple[GroupWords, ...]
    ports: dict[tuple[int, int], int]
    projections: tuple[int, ...]
    blocks: tuple[int, ...]
    meeting: int
    report: int
    times: int
    arrivals: int
    rows: int
    ends: int
    couplings: tuple[int, ...]
    histories: dict[tuple[int, str], int]
    pools: tuple[int, ...]
    timetables: tuple[int, ...]
    cables: dict[int, int]
    records: bool
    size: int
    modes: tuple[str, ...]
    phases: tuple[tuple[bool, bool], ...] = ()


class _Counter:
    def __init__(self) -> None:
        self.next = 0

    def take(self, words: int) -> int:
        first = self.next
        self.next += words
        return first


def kernel_of(plan: SimulationPlan, group: int) -> GroupKernel:
    """The kernels of a group."""
    return plan.module.groups[plan.groups[group].kernel]


def port_number(plan: SimulationPlan, group: int, port: str) -> int:
    """The position of an out-port of a group."""
    return kernel_of(plan, group).out_ports.index(port)


def recorded_ports(plan: SimulationPlan, further: Further) -> set[tuple[int, int]]:
    """Out-ports whose events are recorded, by group and position."""
    places = [*further.events, *((item.group, item.port) for item in plan.event_recordings)]
    places += [(item.group, item.port) for item in plan.group_events]
    return {(group, port_number(plan, group, port)) for group, port in places}


def heard_ports(plan: SimulationPlan, further: Further) -> tuple[tuple[int, int], ...]:
    """Out-ports, by group and position, that projections or recordings hear."""
    found = recorded_ports(plan, further) | {
        (item.source, port_number(plan, item.source, item.source_port)) for item in plan.projections
    }
    return tuple(sorted(found))


def lay_out(plan: SimulationPlan, further: Further) -> Layout:
    """Numbers all words of a plan."""
    counter = _Counter()
    meeting, report, times, arrivals, rows, ends = (
        counter.take(words) for words in (1, 1, 2, 5, 3, 1)
    )
    groups = tuple(_group(counter, item, kernel_of(plan, k)) for k, item in enumerate(plan.groups))
    ports = {place: counter.take(PORT_WORDS) for place in heard_ports(plan, further)}
    projections = tuple(counter.take(PROJECTION_WORDS) for _ in plan.projections)
    blocks = tuple(counter.take(2) for _ in plan.blocks)
    return Layout(
        groups=groups,
        ports=ports,
        projections=projections,
        blocks=blocks,
        meeting=meeting,
        report=report,
        times=times,
        arrivals=arrivals,
        rows=rows,
        ends=ends,
        couplings=tuple(counter.take(COUPLING_WORDS) for _ in plan.couplings),
        histories={place: counter.take(HISTORY_WORDS) for place in further.histories(plan)},
        pools=tuple(counter.take(POOL_WORDS) for _ in further.pools),
        timetables=tuple(counter.take(TIMETABLE_WORDS) for _ in further.timetables),
        cables={
            number: counter.take(CABLE_WORDS)
            for number, group in enumerate(plan.groups)
            if group.cable is not None
        },
        records=bool(further.columns),
        size=counter.next,
        modes=modes_of(plan, further.phases),
        phases=further.phases,
    )


def _group(counter: _Counter, group: GroupPlan, kernel: GroupKernel) -> GroupWords:
    counter.take(4)
    sizes = (
        len(kernel.fields), len(kernel.externals), len(kernel.indices), len(kernel.out_ports)
    )  # fmt: skip
    first = counter.take(sum(sizes))
    return GroupWords(first, sizes[0], sum(sizes[:2]), sum(sizes[:3]))
