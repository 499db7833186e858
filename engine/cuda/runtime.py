"""Runs a ``SimulationPlan`` on a device.

The native network stays what everybody looks at between runs: fields, time, connections. A run
copies its fields to the device, takes its steps there in a few launches, and copies them back.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from annarchy_ml.diagnostics import EnvironmentFault
from annarchy_ml.engine import _core
from annarchy_ml.engine.building import add_groups, add_wiring
from annarchy_ml.engine.cuda.estimate import check_room
from annarchy_ml.engine.cuda.network import DeviceNetwork
from annarchy_ml.engine.cuda.placements import Placements
from annarchy_ml.engine.cuda.program import ENTRY, print_program
from annarchy_ml.engine.cuda.recordings import DeviceRecordings
from annarchy_ml.engine.cuda.refused import refuse
from annarchy_ml.engine.cuda.state import DeviceState
from annarchy_ml.engine.kernel_addresses import Kernels
from annarchy_ml.engine.runtime import Poll, Runtime, Until, start_values_of
from annarchy_ml.kernels.plan import Block, SimulationPlan

if TYPE_CHECKING:
    from annarchy_ml.engine.build import CompiledModule
    from annarchy_ml.engine.cuda.device import Device, Program
    from annarchy_ml.kernels.plan import StartValues

_SHORTEST, _LONGEST_S = 16, 0.05
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

        Raises:
            UnsupportedError: If the device cannot run something of it.
        """
        self.plan = whole_plan() if whole_plan is not None else plan
        refuse(self.plan)
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
        state = self._prepared()
        self._interrupted = False
        self.recordings.begin()
        state.mirror.send()
        state.values.send_weights()
        try:
            done = self._launches(state, steps, poll, until)
        finally:
            state.mirror.fetch()
        self._check_fields(state)
        return done

    def _launches(self, state: DeviceState, steps: int, poll: Poll | None, until: Until) -> int:
        """As many launches as a run takes."""
        done, piece, polled = 0, _SHORTEST, time.perf_counter()
        while done < steps:
            started = time.perf_counter()
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
        plan = self._connections.plan = self._scheduled()
        state = DeviceState(plan, self.network, self._connections, self._state)
        for group in self.still:
            state.switch(group, False)
        state.send_words()
        self._program = self.device.compile(
            print_program(plan, state.layout, state.further), (ENTRY,)
        )
        self.network.known_by(state)
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
        """Takes steps, and fetches what they recorded."""
        assert self._program is not None
        first = self.network.step
        state.set_clock(self.network.times, self.plan.seed & _NEVER)
        self.device.launch(self._program, ENTRY, (state.given, state.clock.address, steps))
        self.device.synchronize()
        done = state.done()
        times = np.cumsum([self.network.t, *[self.plan.dt] * done])
        self.recordings.fetch(state, times, first)
        self.network.pass_time(done)
        self._check_report(state, times, first)
        return done

    def _check_report(self, state: DeviceState, times: NDArray[np.float64], first: int) -> None:
        not_finite, overflow, endless = (int(item) for item in state.reported())
        if overflow != _NEVER and endless == _NEVER:
            raise EnvironmentFault(
                "more events were sent in one step than the device keeps",
                code="unsupported.device",
                notes=(f"at {times[overflow - first]:g} s",),
                hint="use the device cpu",
            )
        if endless != _NEVER:
            fault = _core.EngineError("events without delay cause each other without end")
            fault.code, fault.place = "event_loop", self.plan.groups[0].name
            raise fault
        if not_finite != _NEVER:
            state.mirror.fetch()
            self._check_fields(state)

    def _check_fields(self, state: DeviceState) -> None:
        for group, name in state.must_be_finite():
            values = self.network.field(group, name)
            wrong = np.flatnonzero(~np.isfinite(values))
            if len(wrong) == 0:
                continue
            fault = _core.NonFiniteError(f"'{name}' is not finite")
            fault.code, fault.place = "non_finite", self.plan.groups[group].name
            fault.group, fault.field = self.plan.groups[group].name, name
            fault.index, fault.time, fault.last = int(wrong[0]), self.network.t, None
            raise fault
