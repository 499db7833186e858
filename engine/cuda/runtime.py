"""Runs a ``SimulationPlan`` on a device.

The native network stays what everybody looks at between runs: fields, time, connections. A run
copies its fields to the device, takes its steps there in a few launches, and copies them back.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annarchy_ml.engine.building import add_groups, add_wiring
from annarchy_ml.engine.cuda.estimate import check_room
from annarchy_ml.engine.cuda.network import DeviceNetwork
from annarchy_ml.engine.cuda.placements import Placements
from annarchy_ml.engine.cuda.program import ENTRY, print_program
from annarchy_ml.engine.cuda.recordings import DeviceRecordings
from annarchy_ml.engine.cuda.run_faults import check_fields, endless_events, too_many_events
from annarchy_ml.engine.cuda.snapshot import Backup, Snapshot, backup_of, taken
from annarchy_ml.engine.cuda.state import DeviceState
from annarchy_ml.engine.cuda.wiring import relays
from annarchy_ml.engine.kernel_addresses import Kernels
from annarchy_ml.engine.runtime import Poll, Runtime, Until, start_values_of
from annarchy_ml.kernels.plan import Block, SimulationPlan

if TYPE_CHECKING:
    from annarchy_ml.engine.build import CompiledModule
    from annarchy_ml.engine.cuda.device import Device, Program
    from annarchy_ml.kernels.plan import StartValues

_SHORTEST, _LONGEST_S = 16, 0.05
_MOST_ROOM, _MORE_ROOM = 1 << 28, 8
"""Bytes for the events of a port; how much more they get where they need it."""
_NEVER = 0xFFFFFFFFFFFFFFFF


class DeviceRuntime(Runtime):
    """One simulation whose steps a device takes."""

    def __init__(
        self,
        plan: SimulationPlan,
        device: Device,
        *,
        whole_plan: Callable[[], SimulationPlan] | None = None,
        starts: StartValues | None = None,
    ) -> None:
        """Builds the network; the program is compiled before the first run.

        Args:
            plan: what to run.
            device: that runs it.
            whole_plan: gives the plan with kernel bodies, if ``plan`` may be without.
            starts: start values by group and field, if they are known already.
        """
        self.plan = whole_plan() if whole_plan is not None else plan
        check_room(self.plan, device)
        self._whole_plan = lambda: self.plan
        self.device, self.fallback, self.threads = device, "", 1
        self.network: DeviceNetwork = DeviceNetwork(self.plan, device)
        add_groups(self.plan, self.network)
        add_wiring(self.plan, self.network)
        self.starts = starts if starts is not None else start_values_of(self.plan)
        self.still: set[int] = set()
        self.looked_at: set[int] = set()
        self._connections = Placements(self.plan, self.network, device)
        self._state: DeviceState | None = None
        self._backup: Backup | None = None
        self.kernels = self._set_kernels(None)
        self.recordings: DeviceRecordings = DeviceRecordings(self.plan, self.network)
        self._program: Program | None = None
        self._version: object = None
        self._interrupted = False
        self.initialize()

    def run(self, steps: int, poll: Poll | None = None, until: Until = ((), True)) -> int:
        """Runs so many steps; gives the number of steps done (fewer if it was ended before).

        Raises:
            EnvironmentFault: If the device fails, or has no room for the model.
        """
        self._send(self._prepared())
        self._interrupted = False
        self.recordings.begin()
        try:
            done = self._launches(steps, poll, until)
        finally:
            state = self._running
            state.mirror.fetch()
        check_fields(self.network, self.plan, state)
        return done

    @property
    def _running(self) -> DeviceState:
        """What the launches of this run work on."""
        assert self._state is not None
        return self._state

    def _send(self, state: DeviceState) -> None:
        """Copies to the device what may have changed since the last run."""
        state.mirror.send()
        state.values.send_weights()

    def _launches(self, steps: int, poll: Poll | None, until: Until) -> int:
        """As many launches as a run takes."""
        done, piece, polled = 0, _SHORTEST, time.perf_counter()
        while done < steps:
            started = time.perf_counter()
            state = self._running
            done += self._launch(state, min(1 if until[0] else piece, state.steps, steps - done))
            now = time.perf_counter()
            slow = now - started > _LONGEST_S / 2
            piece = max(1, piece // 2) if slow else piece * 2
            if until[0] and self._holds(state, until):
                break
            if poll is None or now - polled < _LONGEST_S:
                continue
            polled = now
            if poll(done) is False:
                self._interrupted = True
                break
        return done

    @property
    def interrupted(self) -> bool:
        """Whether the last run was stopped before its end."""
        return self._interrupted

    def _set_kernels(self, module: CompiledModule | None) -> Kernels:
        """The network's own kernels are never called."""
        name = self.device.name
        return Kernels(name, lambda _: (0, {}), lambda *_: 0, lambda _: 0, lambda: None, None)

    def switch(self, position: int, on: bool) -> None:
        """Whether the instances of a group are stepped from now on."""
        (self.still.discard if on else self.still.add)(position)
        self._version = 0

    def _holds(self, state: DeviceState, until: Until) -> bool:
        state.mirror.fetch()
        set_ = [bool(self.network.field(*place)[0]) for place in until[0]]
        return all(set_) if until[1] else any(set_)

    def _prepared(self) -> DeviceState:
        """What the launches work on; made anew where the network has changed."""
        if self._state is not None and self._version == self._now():
            return self._state
        earlier = {} if self._state is None else self._state.values.earlier()
        return self._made(earlier)

    def _made(self, earlier: dict[tuple[int, str], NDArray[Any]]) -> DeviceState:
        """A state of the network as it is now, with earlier values."""
        plan = self._connections.plan = self._scheduled()
        state = DeviceState(plan, self.network, self._connections, earlier)
        for group in self.still:
            state.switch(group, False)
        state.send_words()
        self._program = self.device.compile(
            print_program(plan, state.layout, state.further), (ENTRY,)
        )
        self.network.known_by(state.ports)
        self._backup = backup_of(state) if relays(plan) else None
        self._state, self._version = state, self._now()
        return state

    def _now(self) -> tuple[object, ...]:
        """What a state is made for."""
        network = self.network
        return network.version, network.changes, frozenset(self.still), id(self.plan.module)

    def _scheduled(self) -> SimulationPlan:
        """The plan with the order of the step by now."""
        blocks = tuple(Block(*item) for item in self.network.schedule)
        return self.plan if blocks == tuple(self.plan.blocks) else replace(self.plan, blocks=blocks)

    def _launch(self, state: DeviceState, steps: int) -> int:
        """Takes steps, and fetches what they recorded; none where events had too little room."""
        assert self._program is not None
        first = self.network.step
        if self._backup is not None:
            self._backup.take()
        state.set_clock(self.network.times, self.plan.seed & _NEVER)
        self.device.launch(self._program, ENTRY, (state.given, state.clock.address, steps))
        self.device.synchronize()
        not_finite, overflow, endless = (int(item) for item in state.reported())
        if overflow != _NEVER and self._backup and state.ports.largest < _MOST_ROOM:
            self._backup.restore()
            self._give_room(taken(state))
            return 0
        done = state.done()
        times = _times_from(self.network.times, self.plan.dt, done)
        self.recordings.fetch(state, times, first)
        self.network.pass_time(done)
        if endless != _NEVER:
            raise endless_events(self.plan, state, endless)
        if overflow != _NEVER:
            raise too_many_events(float(times[overflow - first]))
        if not_finite != _NEVER:
            state.mirror.fetch()
            check_fields(self.network, self.plan, state)
        return done

    def _give_room(self, before: Snapshot) -> None:
        """Goes back to the begin of a launch, with more room for events that are passed on."""
        self.network.relay_room *= _MORE_ROOM
        self.network.known_by(before)
        self._send(self._made(before.earlier))


def _times_from(clock: tuple[float, ...], dt: float, steps: int) -> NDArray[np.float64]:
    """The times of so many steps from now [s], counted as the network does."""
    t, count, half = clock[0], *clock[-2:]
    if half:
        return np.cumsum([count, *[half] * (2 * steps)])[::2] / 1e3
    return np.cumsum([t, *[dt] * steps])
