"""The connections of a network on a device: made there by rules, and changed between runs.

The native network has no connections of a rule until somebody looks at them; then it makes its own,
which are the same.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annarchy_ml.engine import _core
from annarchy_ml.engine.cuda.connect import DeviceConnections, RuleMaker, RuleRequest
from annarchy_ml.engine.cuda.connections import Stored, stored
from annarchy_ml.engine.cuda.formers import GONE, Formers

if TYPE_CHECKING:
    from annarchy_ml.engine.cuda.device import Device
    from annarchy_ml.kernels.plan import SimulationPlan

Port = tuple[int, int]
"""An out-port: its group and position."""
Sent = dict[Port, dict[int, NDArray[np.int64]]]
"""Instances that sent events, each with the number of its message << 32, by out-port and step.

Bit 30 of a number changes from part to part of a message: see `parts_of`."""
_SENT_BETWEEN = 1 << 29
"""The first message that is sent between runs: after all of its step. All have this bit."""
_NOTHING = np.zeros(0, np.int64)
_CAME_FROM = 6
"""Which argument of `replace_connections`, after the projection, says what stays."""


class Kept(Protocol):
    """The events that a device keeps."""

    def sent_at(self, port: Port, step: int) -> int:
        """How many events of a step a port has."""

    def under_way(self, step: int) -> tuple[Sent, dict[int, float]]:
        """All events until a step, and the times of their steps [s]."""

    def forget_group(self, group: int) -> None:
        """What a group has sent never arrives."""

    def forget(self) -> None:
        """No event is under way."""


@dataclass(frozen=True, slots=True)
class Made:
    """Connections that a rule made on the device.

    Attributes:
        arguments: with which the native network makes them.
    """

    connections: DeviceConnections
    arguments: tuple[Any, ...]


class WiredNetwork(_core.Network):
    """A network whose events a device delivers.

    Attributes:
        made: connections that lie on the device alone, or there too, by number of the projection.
        formers: what projections were before they changed.
        rewired: how often its connections have changed.
        ends: out-port of each projection.
        carried: events that the device does not know yet, by out-port and step.
        times_before: of the steps in which these were sent [s].
        kept: the events that the device knows.
    """

    def __init__(self, plan: SimulationPlan, device: Device) -> None:
        """An empty network for the groups of a plan."""
        single = plan.module.precision == "single"
        self._key = plan.seed & 0xFFFFFFFFFFFFFFFF
        super().__init__(plan.dt, self._key, "single" if single else "double", 1)
        self._plan, self._device = plan, device
        self._maker: RuleMaker | None = None
        self._here: set[int] = set()
        self.made: dict[int, Made] = {}
        self.formers = Formers()
        self.rewired: dict[int, int] = {}
        self.ends: list[Port] = []
        self.carried: Sent = {}
        self._messages = itertools.count(_SENT_BETWEEN)
        self.times_before: dict[int, float] = {}
        self.kept: Kept | None = None

    # building

    def add_projection(
        self, source: int, source_port: str, target: int, target_port: str, *given: Any
    ) -> int:
        """Adds connections that are given."""
        self.ends.append((source, self._port(source, source_port)))
        return super().add_projection(source, source_port, target, target_port, *given)

    def add_rule_projection(
        self,
        source: tuple[int, str],
        target: tuple[int, str],
        source_range: tuple[int, int],
        target_range: tuple[int, int],
        *given: Any,
    ) -> int:
        """Adds connections that a rule makes, on the device; pairs that are listed are copied."""
        pairs, weight, delay, listed, double, number = given
        ranges = source_range, target_range
        if listed is not None:
            self.ends.append((source[0], self._port(*source)))
            return super().add_rule_projection(source, target, *ranges, *given)
        sizes = self._plan.groups[source[0]].size, self._plan.groups[target[0]].size
        host = self._plan.groups[target[0]].host
        same = source[0] == (target[0] if host is None else host)
        draws = len(self.ends) if number is None else number
        request = RuleRequest(given[:5], sizes, ranges, same, self._plan.dt, (self._key, draws))
        if self._maker is None:
            self._maker = RuleMaker(self._device)
        made = self._maker.make(request)
        nothing = np.zeros(sizes[0] + 1, np.int64), np.zeros(0, np.int32)
        place = self.add_projection(*source, *target, *nothing, None, [self._plan.dt], None, True)
        self.made[place] = Made(made, (*ranges, pairs, weight, delay, double, draws))
        return place

    def _port(self, group: int, name: str) -> int:
        kernel = self._plan.module.groups[self._plan.groups[group].kernel]
        return kernel.out_ports.index(name)

    # looking

    def _make_here(self, number: int) -> None:
        """The native network gets the connections that the device has made."""
        if number in self.made and number not in self._here:
            super().make_rule_connections(number, *self.made[number].arguments)
            self._here.add(number)

    def transmits(self, number: int) -> bool:
        """Whether a projection delivers events."""
        return bool(super().stored_connections(number)[0][2])

    def connections(self, projection: int) -> Any:
        """Rows, targets, weights and delays: copies."""
        self._make_here(projection)
        return super().connections(projection)

    def stored_connections(self, projection: int) -> Any:
        """Connections as they lie in memory."""
        self._make_here(projection)
        return super().stored_connections(projection)

    def projection_size(self, projection: int) -> int:
        """How many connections there are."""
        if projection in self.made:
            return self.made[projection].connections.size
        return super().projection_size(projection)

    def projection_bytes(self, projection: int) -> int:
        """What they take."""
        self._make_here(projection)
        return super().projection_bytes(projection)

    # changing

    def set_delays(
        self, projection: int, delays: Sequence[float], index: Any = None, order: Any = None
    ) -> None:
        """Other delays; events under way keep theirs."""
        before = self._before(projection)
        super().set_delays(projection, delays, index, order)
        self._changed(projection, before)
        if order is not None:
            self.formers.move(projection, _went(np.asarray(order), before.size))

    def replace_connections(self, projection: int, *given: Any, **named: Any) -> None:
        """Other connections; events under way stay on those that stay, and new ones bring none."""
        before = self._before(projection)
        super().replace_connections(projection, *given, **named)
        self._changed(projection, before)
        to = _went(np.asarray(given[_CAME_FROM], np.int64), before.size)
        self.formers.thin(projection, to, stored(self, projection).all_targets())

    def set_weights(self, projection: int, weights: Any, double_weights: bool = True) -> None:
        """Other weights."""
        self._make_here(projection)
        super().set_weights(projection, weights, double_weights)
        self._changed(projection)

    def _before(self, number: int) -> Stored:
        """The connections of a projection that is about to change."""
        self._make_here(number)
        return _kept(stored(self, number))

    def _changed(self, number: int, before: Stored | None = None) -> None:
        """Connections have changed; what was sent by now goes over those before."""
        if before is not None:
            self.formers.leave(number, before, (self.step, self.waiting(self.ends[number])))
        self.made.pop(number, None)
        self._here.discard(number)
        self.rewired[number] = self.rewired.get(number, 0) + 1

    # events between runs

    def send_events(self, source: int, port: str, rows: ArrayLike) -> None:
        """Instances have just sent an event."""
        super().send_events(source, port, rows)
        sent = _numbered(np.asarray(rows, np.int64), next(self._messages))
        kept = self.carried.setdefault((source, self._port(source, port)), {})
        kept[self.step] = np.concatenate((kept.get(self.step, _NOTHING), sent))

    def waiting(self, port: Port) -> int:
        """How many events of the last step a port has."""
        carried = self.carried.get(port, {}).get(self.step, ())
        return len(carried) + (self.kept.sent_at(port, self.step) if self.kept is not None else 0)

    def forget_events(self, group: int) -> None:
        """What a group has sent never arrives."""
        super().forget_events(group)
        self.formers.forget(k for k, port in enumerate(self.ends) if port[0] == group)
        self.carried = {port: sent for port, sent in self.carried.items() if port[0] != group}
        if self.kept is not None:
            self.kept.forget_group(group)

    def under_way(self) -> tuple[Sent, dict[int, float]]:
        """All events that may not have arrived, and the times of their steps [s]."""
        if self.kept is None:
            return self.carried, self.times_before
        events, times = self.kept.under_way(self.step)
        for port, sent in self.carried.items():
            own = events.setdefault(port, {})
            for step, rows in sent.items():
                own[step] = np.concatenate((own.get(step, _NOTHING), rows))
        return events, self.times_before | times

    def known_by(self, kept: Kept) -> None:
        """Remembers who keeps all events by now."""
        self.kept, self.carried, self.times_before = kept, {}, {}

    def reset(self) -> None:
        """Back to time 0; no event is under way."""
        super().reset()
        if self.kept is not None:
            self.kept.forget()
        self.carried, self.times_before = {}, {}
        self.formers.forget_all()

    def go_on_from(self, before: _core.Network, projections: Sequence[tuple[int, int]]) -> None:
        """Goes on where another network is that has some of the projections of this one."""
        assert isinstance(before, WiredNetwork)
        for old, new in projections:
            if before.projection_size(old) != self.projection_size(new):
                raise _others_than_before(self._plan.groups[self.ends[new][0]].name)
        events, self.times_before = before.under_way()
        super().go_on_from(before, ())
        heard = {before.ends[old]: self.ends[new] for old, new in projections}
        self.carried = {heard[port]: sent for port, sent in events.items() if port in heard}
        for number in range(len(self.ends)):
            self.formers.hear_from(number, (self.step, self.waiting(self.ends[number])))
        self.formers.take_over(before.formers, projections)
        self._messages = before._messages


def _numbered(rows: NDArray[np.int64], message: int) -> NDArray[np.int64]:
    """Instances that send a message, with its number: see `Sent`."""
    return rows | (message ^ parts_of(rows) << 30) << 32


def parts_of(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Whether each of some instances is in an odd part of them; in no part one comes twice."""
    parts, odd = np.zeros(len(rows), np.int64), 0
    seen: set[int] = set()
    if len(np.unique(rows)) == len(rows):
        return parts
    for k, row in enumerate(rows.tolist()):
        if row in seen:
            seen, odd = set(), 1 - odd
        seen.add(row)
        parts[k] = odd
    return parts


def _kept(item: Stored) -> Stored:
    """In memory of its own."""
    return replace(
        item,
        rows=item.rows.copy(),
        targets=np.array(item.targets),
        weights=np.array(item.weights),
        segments=item.segments.copy(),
        begins=item.begins.copy(),
        delay_numbers=np.array(item.delay_numbers),
        delays=item.delays.copy(),
    )


def _others_than_before(source: str) -> _core.EngineError:
    fault = _core.EngineError("the connections are others than before")
    fault.code, fault.place = "argument", source
    return fault


def _went(came_from: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Where each of so many connections goes, by where those lay that are there now."""
    to = np.full(size, GONE, np.int64)
    stay = came_from >= 0
    to[came_from[stay]] = np.flatnonzero(stay)
    return to
