"""Runs a ``SimulationPlan`` on the native core, with compiled kernels or the NumPy interpreter.

The core owns memory, time, events and recordings; this module hands it arrays and the addresses of
kernels, and nothing in here runs once per step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from annarchy_ml.diagnostics import UsageError
from annarchy_ml.engine import _core
from annarchy_ml.engine.building import add_groups, add_wiring
from annarchy_ml.engine.spill import disk_faults, mapped, spill_to_disk
from annarchy_ml.kernels.nodes import GroupKernel
from annarchy_ml.kernels.plan import SimulationPlan
from annarchy_ml.options import MOST_STEPS

Poll = Callable[[int], Any]
STREAM_BUDGET = 500_000_000
"""Bytes of recorded values that are kept in memory; more goes to temporary files."""


@dataclass(frozen=True, slots=True)
class Kernels:
    """Addresses of the kernels of one run.

    Attributes:
        executor: ``compiled`` or ``interpreter``.
        update: by kernel position in the module; by group for the interpreter.
        keep: what must live as long as the addresses.
    """

    executor: str
    addresses: Callable[[int], tuple[int, dict[str, int]]]
    keep: object


class Runtime:
    """One simulation in memory."""

    def __init__(
        self,
        plan: SimulationPlan,
        *,
        executor: str = "auto",
        threads: int = 1,
        library: Callable[[], Any] | None = None,
        whole_plan: Callable[[], SimulationPlan] | None = None,
        starts: list[dict[str, Any]] | None = None,
    ) -> None:
        """Builds the network.

        Args:
            plan: what to run.
            executor: ``compiled``, ``interpreter``, or ``auto``: compiled if there is a compiler.
            threads: threads of the step.
            library: gives the compiled module.
            whole_plan: gives the plan with kernel bodies, if ``plan`` may be without.
            starts: start values if they are known already.

        Raises:
            EnvironmentFault: If ``compiled`` is asked for and there is no compiler.
        """
        self.plan = plan
        self._whole_plan = whole_plan or (lambda: plan)
        module = self._library(executor, library)
        self.threads = threads if module is not None else 1
        self.network: Any = _core.Network(
            plan.dt,
            plan.seed & 0xFFFFFFFFFFFFFFFF,
            "single" if plan.module.precision == "single" else "double",
            self.threads,
        )
        add_groups(plan, self.network)
        add_wiring(plan, self.network)
        self.starts = starts if starts is not None else _start_values(plan)
        self.kernels = self._compiled(module) if module is not None else self._interpreted()
        self._set_kernels()
        self._record()
        self.initialise()

    # building

    def kernel_of(self, group: int) -> GroupKernel:
        """The kernel of a group."""
        return self.plan.module.groups[self.plan.groups[group].kernel]

    def _library(self, executor: str, library: Callable[[], Any] | None) -> Any | None:
        """The compiled module, or None where the interpreter runs."""
        self.fallback = ""
        if executor == "interpreter" or library is None:
            return None
        from annarchy_ml.engine.build import NoCompiler

        try:
            return library()
        except NoCompiler as fault:
            if executor == "compiled":
                raise
            self.fallback = str(fault)
            return None

    def _compiled(self, module: Any) -> Kernels:
        loaded = _core.KernelLibrary(str(module.path))

        def addresses(group: int) -> tuple[int, dict[str, int]]:
            kernel = self.plan.groups[group].kernel
            ports = self.plan.module.groups[kernel].in_ports
            events = {
                port: loaded.address(f"aml_{kernel}_event_{number}")
                for number, port in enumerate(ports)
            }
            return loaded.address(f"aml_{kernel}_update"), events

        return Kernels("compiled", addresses, (loaded, module))

    def _interpreted(self) -> Kernels:
        from annarchy_ml.engine.callbacks import Callbacks

        callbacks = Callbacks(self._whole_plan(), self.network)
        return Kernels("interpreter", callbacks.addresses, callbacks)

    def _set_kernels(self) -> None:
        for position in range(len(self.plan.groups)):
            update, events = self.kernels.addresses(position)
            emits = self.kernel_of(position).emits_on_event
            self.network.set_kernels(position, update, events, emits)

    def _record(self) -> None:
        sources = [(item.group, item.field, item.index) for item in self.plan.recordings]
        self.traces = self.network.record(sources) if sources else None
        self._spilling = False
        events = [(item.group, item.port, item.index) for item in self.plan.event_recordings]
        self.events = self.network.record_events(events) if events else None

    def initialise(self) -> None:
        """Gives every field its start value, and time 0."""
        self.network.reset()
        for position, values in enumerate(self.starts):
            for name, value in values.items():
                self.network.field(position, name)[...] = value
        for position, group in enumerate(self.plan.groups):
            if group.host is None:
                self.network.refresh_reductions(position)

    # running

    def run(self, steps: int, poll: Poll | None = None) -> int:
        """Runs so many steps; gives the number of steps done (fewer after an interrupt).

        Raises:
            UsageError: If there are more steps than can be told apart.
            EnvironmentFault: If recorded values do not fit on the disk.
        """
        if steps > MOST_STEPS:
            raise UsageError(f"a run of {steps:.3g} steps would never end")
        if self.traces is not None and not self._spilling and self._too_large(steps):
            spill_to_disk(self.network, self.traces, STREAM_BUDGET)
            self._spilling = True
        with disk_faults((_core.EngineError,)):
            done = int(self.network.run(steps, self._poll(poll)))
        fault = getattr(self.kernels.keep, "fault", None)
        if fault is not None:
            raise fault
        return done

    def _poll(self, poll: Poll | None) -> Poll | None:
        """Also stops a run in which an interpreted kernel has failed."""
        kept = self.kernels.keep
        if not hasattr(kept, "fault"):
            return poll

        def check(done: int) -> Any:
            if kept.fault is not None:
                return False
            return None if poll is None else poll(done)

        return check

    def _too_large(self, steps: int) -> bool:
        row_bytes = 8 * (1 + len(self.plan.recordings))
        return bool((self.network.step + steps + 1) * row_bytes > STREAM_BUDGET)

    @property
    def interrupted(self) -> bool:
        """Whether the last run was stopped before its end."""
        return bool(self.network.interrupted)

    def recorded(self) -> tuple[Any, Any]:
        """Times (rows,) and values (rows, columns) of all recorded traces, in SI units."""
        if self.traces is None:
            return np.zeros(0), np.zeros((0, 0))
        if self._spilling:
            return mapped(self.network, self.traces, len(self.plan.recordings))
        times, values = self.network.recorded(self.traces)
        return times, values

    def recorded_events(self) -> tuple[Any, Any]:
        """Times and the number of the event recording, in the order of sending."""
        if self.events is None:
            return np.zeros(0), np.zeros(0, np.int32)
        times, which = self.network.events(self.events)
        return times, which

    def field(self, group: int, name: str) -> Any:
        """A view of a field's values."""
        return self.network.field(group, name)


def _start_values(plan: SimulationPlan) -> list[dict[str, Any]]:
    from annarchy_ml.kernels.initialize import start_values

    return start_values(plan, plan.seed)
