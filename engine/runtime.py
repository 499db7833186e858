"""Runs a ``SimulationPlan`` on the native core, with compiled kernels or the NumPy interpreter.

The core owns memory, time, events and recordings; this module hands it arrays and the addresses of
kernels, and nothing in here runs once per step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from annarchy_ml.diagnostics import UsageError
from annarchy_ml.engine import _core
from annarchy_ml.engine.building import add_groups, add_wiring, set_passing
from annarchy_ml.engine.kernel_addresses import Kernels, compiled_kernels, interpreted_kernels
from annarchy_ml.engine.spill import disk_faults, mapped, stream_rows
from annarchy_ml.kernels.nodes import GroupKernel
from annarchy_ml.kernels.plan import GroupEventRecording, SimulationPlan
from annarchy_ml.options import MOST_STEPS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.engine.build import CompiledModule
    from annarchy_ml.kernels.plan import FloatArray, IntArray, StartValues

Poll = Callable[[int], object]
STREAM_BUDGET = 500_000_000
"""Bytes of recorded values that are kept in memory; more goes to a temporary file."""


class Runtime:
    """One simulation in memory."""

    def __init__(
        self,
        plan: SimulationPlan,
        *,
        executor: str = "auto",
        threads: int = 1,
        library: Callable[[SimulationPlan | None], CompiledModule] | None = None,
        whole_plan: Callable[[], SimulationPlan] | None = None,
        starts: StartValues | None = None,
    ) -> None:
        """Builds the network.

        Args:
            plan: what to run.
            executor: ``compiled``, ``interpreter``, or ``auto``: compiled if there is a compiler.
            threads: threads of the step.
            library: gives the compiled module of the plan, or of one with other kernels.
            whole_plan: gives the plan with kernel bodies, if ``plan`` may be without.
            starts: start values by group and field, if they are known already.

        Raises:
            EnvironmentFault: If ``compiled`` is asked for and there is no compiler.
        """
        self.plan = plan
        self._rows: BinaryIO | None = None  # of a recording too large for memory
        self._whole_plan = whole_plan or (lambda: plan)
        self.fallback = ""
        self._library_of = library
        module = self._library(executor, library)
        self.threads = threads if module is not None else 1
        self.network = _core.Network(
            plan.dt,
            plan.seed & 0xFFFFFFFFFFFFFFFF,
            "single" if plan.module.precision == "single" else "double",
            self.threads,
        )
        add_groups(plan, self.network)
        add_wiring(plan, self.network)
        if module is not None:
            set_passing(plan, self.network)
        self.starts = starts if starts is not None else _start_values(plan)
        self.kernels = self._set_kernels(module)
        self._record()
        self.initialize()

    def kernel_of(self, group: int) -> GroupKernel:
        """The kernel of a group."""
        return self.plan.module.groups[self.plan.groups[group].kernel]

    def _library(
        self, executor: str, library: Callable[[SimulationPlan | None], CompiledModule] | None
    ) -> CompiledModule | None:
        """The compiled module, or None where the interpreter runs; then `fallback` says why."""
        if executor == "interpreter" or library is None:
            return None
        from annarchy_ml.engine.build import NoCompiler

        try:
            return library(None)
        except NoCompiler as fault:
            if executor == "compiled":
                raise
            self.fallback = str(fault)
            return None

    def adopt(
        self,
        plan: SimulationPlan,
        starts: list[dict[str, Any]],
        wide: Sequence[tuple[int, str]],
    ) -> None:
        """Goes on with a plan of the same groups, whose ``wide`` fields differ by instance.

        Raises:
            EnvironmentFault: If a kernel must be compiled and cannot be; nothing has changed then.
        """
        module = None
        if wide and self.kernels.executor == "compiled" and self._library_of is not None:
            module = self._library_of(plan)
        self.plan, self.starts = plan, starts
        self._whole_plan = lambda: plan
        if not wide:
            return
        for group, name in wide:
            self.network.widen_field(group, name)
        self.kernels = self._set_kernels(module)

    def _set_kernels(self, module: CompiledModule | None) -> Kernels:
        """Gives every group its kernels: those of the module, or interpreted ones without it."""
        if module is None:
            kernels = interpreted_kernels(self._whole_plan(), self.network)
        else:
            kernels = compiled_kernels(self.plan, module)
        for position in range(len(self.plan.groups)):
            update, events = kernels.addresses(position)
            emits = self.kernel_of(position).emits_on_event
            self.network.set_kernels(position, update, events, emits)
        return kernels

    def _record(self) -> None:
        sources = [(item.group, item.field, item.index) for item in self.plan.recordings]
        self.traces = self.network.record(sources) if sources else None
        events = [(item.group, item.port, item.index) for item in self.plan.event_recordings]
        self.events = self.network.record_events(events) if events else None
        self.group_events = [
            _listen(item, self.plan, self.network) for item in self.plan.group_events
        ]

    def initialize(self) -> None:
        """Gives every field its start value, and time 0; forgets what was recorded."""
        self.network.reset()
        if self._rows is not None:
            self._rows.close()
            self._rows = None
        for position, values in enumerate(self.starts):
            for name, value in values.items():
                self.network.field(position, name)[...] = value
        self._refresh_reductions()

    def follow_starts(self, before: StartValues) -> None:
        """Instances whose start value is no longer that of ``before`` take the new one."""
        for position, values in enumerate(self.starts):
            for name, value in values.items():
                new = value != before[position][name]
                field = self.network.field(position, name)
                np.copyto(field, value, where=new, casting="unsafe")
        self._refresh_reductions()

    def _refresh_reductions(self) -> None:
        for position, group in enumerate(self.plan.groups):
            if group.host is None:
                self.network.refresh_reductions(position)

    def run(self, steps: int, poll: Poll | None = None) -> int:
        """Runs so many steps; gives the number of steps done (fewer after an interrupt).

        Raises:
            UsageError: If there are more steps than can be told apart.
            EnvironmentFault: If recorded values do not fit on the disk.
        """
        if steps > MOST_STEPS:
            raise UsageError(f"a run of {steps:.3g} steps would never end")
        if self.traces is not None and self._rows is None and self._too_large(steps):
            self._rows = stream_rows(self.network, self.traces, STREAM_BUDGET)
        with disk_faults((_core.EngineError,)):
            done = self.network.run(steps, self._poll(poll))
        fault = self.kernels.fault()
        if fault is not None:
            raise fault
        return done

    def _poll(self, poll: Poll | None) -> Poll | None:
        """Also stops a run in which an interpreted kernel has failed."""
        if self.kernels.executor == "compiled":
            return poll

        def check(done: int) -> object:
            if self.kernels.fault() is not None:
                return False
            return None if poll is None else poll(done)

        return check

    def _too_large(self, steps: int) -> bool:
        row_bytes = 8 * (1 + len(self.plan.recordings))
        return (self.network.step + steps + 1) * row_bytes > STREAM_BUDGET

    @property
    def interrupted(self) -> bool:
        """Whether the last run was stopped before its end."""
        return bool(self.network.interrupted)

    def recorded(self) -> tuple[FloatArray, FloatArray]:
        """Times [s], shape (rows,), and values of all traces, (rows, columns), in SI units.

        Both are views that cannot be written to: of memory, or of the temporary file in which a
        recording larger than `STREAM_BUDGET` lies.
        """
        if self.traces is None:
            return np.zeros(0), np.zeros((0, 0))
        if self._rows is not None:
            with disk_faults():
                rows = self.network.complete_file(self.traces)
            if rows > 0:
                return mapped(self._rows, rows, len(self.plan.recordings))
        return self.network.recorded(self.traces)

    def recorded_events(self) -> tuple[FloatArray, IntArray]:
        """Times [s] and numbers of the event recordings, shape (n_events,), as they were sent."""
        if self.events is None:
            return np.zeros(0), np.zeros(0, np.int32)
        return self.network.events(self.events)

    def recorded_group_events(self) -> list[tuple[FloatArray, IntArray]]:
        """Of each group recording, times [s] and positions among its cells, as they were sent."""
        return [self.network.events(number) for number in self.group_events]

    def field(self, group: int, name: str) -> NDArray[Any]:
        """A view of a field's values: shape (size,), or (1,) if it is shared."""
        return self.network.field(group, name)


def _start_values(plan: SimulationPlan) -> StartValues:
    from annarchy_ml.kernels.initialize import start_values

    return start_values(plan, plan.seed)


def _listen(item: GroupEventRecording, plan: SimulationPlan, network: _core.Network) -> int:
    """Records the events of many instances; gives the number of the recording."""
    if len(item.cells) == plan.groups[item.group].size:
        return network.record_all_events(item.group, item.port)
    return network.record_group_events(item.group, item.port, item.cells)
