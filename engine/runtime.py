"""Runs a ``SimulationPlan`` on the native core, with compiled kernels or the NumPy interpreter.

The core owns memory, time, events and recordings; this module hands it arrays and the addresses of
kernels, and nothing in here runs once per step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from annarchy_ml.diagnostics import UsageError
from annarchy_ml.engine import _core
from annarchy_ml.engine.building import (
    add_groups,
    add_wiring,
    set_clock,
    set_event_reads,
    set_passing,
)
from annarchy_ml.engine.couplings import delay_synaptic_coupling
from annarchy_ml.engine.kernel_addresses import (
    Kernels,
    compiled_kernels,
    host_to_part,
    interpreted_kernels,
    set_further,
    set_update,
)
from annarchy_ml.engine.recordings import Recordings
from annarchy_ml.engine.spill import disk_faults
from annarchy_ml.kernels.nodes import GroupKernel
from annarchy_ml.kernels.plan import SimulationPlan, SynapticCouplingPlan
from annarchy_ml.options import MOST_STEPS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.engine.build import CompiledModule
    from annarchy_ml.kernels.plan import StartValues

Poll = Callable[[int], object]
Until = tuple[Sequence[tuple[int, str]], bool]
"""Fields as (group, name); whether a run ends when all of them are other than 0, or one of them."""


class Runtime:
    """One simulation in memory.

    Attributes:
        still: groups whose instances are not stepped.
    """

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
        set_clock(plan, self.network)
        add_groups(plan, self.network)
        add_wiring(plan, self.network)
        if module is not None:
            set_passing(plan, self.network)
            set_event_reads(plan, self.network)
        self.starts = starts if starts is not None else start_values_of(plan)
        self.still, self.looked_at = set[int](), set[int]()
        self.kernels = self._set_kernels(module)
        self.recordings = Recordings(plan, self.network)
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
            self.fallback = fault.message
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
        module = _recompiled(self, plan) if wide else None
        self.plan, self._whole_plan, self.starts = plan, lambda: plan, starts
        if not wide:
            return
        for group, name in wide:
            self.network.widen_field(group, name)
        self.kernels = self._set_kernels(module)

    def change_kernels(self, plan: SimulationPlan) -> None:
        """Goes on with a plan that has other kernels for the same fields.

        Raises:
            EnvironmentFault: If a kernel must be compiled and cannot be; nothing has changed then.
        """
        module = _recompiled(self, plan)
        self.plan, self._whole_plan = plan, lambda: plan
        self.kernels = self._set_kernels(module)

    def kernels_follow(self) -> None:
        """Interpreted kernels work on arrays and indices as they are now."""
        if self.kernels.executor != "compiled":
            self.kernels = self._set_kernels(None)

    def delay_coupling(self, plan: SimulationPlan, item: SynapticCouplingPlan) -> None:
        """Goes on with a plan in which the connections of one coupling have other delays."""
        delay_synaptic_coupling(item, plan, self.network)
        self.plan, self._whole_plan = plan, lambda: plan
        self.kernels_follow()

    def _set_kernels(self, module: CompiledModule | None) -> Kernels:
        """Gives every group its kernels: those of the module, or interpreted ones without it."""
        if module is None:
            self.network.set_interpreted()
            kernels = interpreted_kernels(self._whole_plan(), self.network)
        else:
            kernels = compiled_kernels(self.plan, module)
        for position in range(len(self.plan.groups)):
            _set_group(self, kernels, position)
            set_further(self.plan, self.network, kernels, position)
        return kernels

    def switch(self, position: int, on: bool) -> None:
        """Whether the instances of a group are stepped from now on."""
        (self.still.discard if on else self.still.add)(position)
        _set_group(self, self.kernels, position)

    def initialize(self) -> None:
        """Gives every field its start value, and time 0; forgets what was recorded."""
        self.network.reset()
        self.recordings.forget()
        for position, values in enumerate(self.starts):
            for name, value in values.items():
                self.network.set_field(position, name, value)
        refresh_reductions(self.plan, self.network)

    def follow_starts(self, before: StartValues) -> None:
        """Instances whose start value is no longer that of ``before`` take the new one."""
        import numpy as np

        for position, values in enumerate(self.starts):
            for name, value in values.items():
                new = np.not_equal(value, before[position][name])
                field = self.network.field(position, name)
                np.copyto(field, value, where=new, casting="unsafe")
        refresh_reductions(self.plan, self.network)

    def prepare(self, steps: int) -> None:
        """Before a run of so many steps: makes room for what it records.

        Raises:
            UsageError: If there are more steps than can be told apart.
            EnvironmentFault: If recorded values will not fit on the disk.
        """
        if steps > MOST_STEPS:
            raise UsageError(f"a run of {steps:.3g} steps would never end")
        self.recordings.make_room(steps)

    def run(self, steps: int, poll: Poll | None = None, until: Until = ((), True)) -> int:
        """Runs so many steps; gives the number of steps done (fewer if it was ended before).

        Raises:
            EnvironmentFault: If recorded values do not fit on the disk any more.
        """
        with disk_faults((_core.EngineError,)):
            if self.kernels.executor == "compiled":
                return self.network.run(steps, poll, until=until[0], until_all=until[1])
            return self._interpret(steps, poll, until)

    def _interpret(self, steps: int, poll: Poll | None, until: Until) -> int:
        """Also stops a run in which an interpreted kernel has failed; no kernel is interrupted."""
        from annarchy_ml.engine.interrupts import held_interrupts

        with held_interrupts() as interrupt:

            def check(done: int) -> object:
                interrupt()
                if self.kernels.fault() is not None:
                    return False
                return None if poll is None else poll(done)

            done = self.network.run(steps, check, until=until[0], until_all=until[1])
        if (fault := self.kernels.fault()) is not None:
            raise fault
        return done

    @property
    def interrupted(self) -> bool:
        """Whether the last run was stopped before its end."""
        return bool(self.network.interrupted)

    def field(self, group: int, name: str) -> NDArray[Any]:
        """A view of a field's values: shape (size,), or (1,) if it is shared."""
        return self.network.field(group, name)


def start_values_of(plan: SimulationPlan) -> StartValues:
    """Start values by group and field."""
    from annarchy_ml.kernels.initialize import start_values

    return start_values(plan, plan.seed)


def refresh_reductions(plan: SimulationPlan, network: _core.Network) -> None:
    """Sums what is attached to all groups, as at the start of a run."""
    for position, group in enumerate(plan.groups):
        if group.host is None:
            network.refresh_reductions(position)


def _set_group(runtime: Runtime, kernels: Kernels, position: int) -> None:
    """Gives a group what steps it now, and hears its events."""
    on, together = position not in runtime.still, position not in runtime.looked_at
    set_update(runtime.plan, runtime.network, kernels, position, on, together)


def look_at(runtime: Runtime, position: int, name: str) -> None:
    """Keeps a field in every step from now on, even if kernels only hand its values on."""
    host = host_to_part(runtime.plan, position, name)
    if runtime.kernels.executor == "compiled" and host is not None:
        runtime.looked_at.add(host)
        runtime.switch(host, host not in runtime.still)


def _recompiled(runtime: Runtime, plan: SimulationPlan) -> CompiledModule | None:
    """The kernels of a plan, if they are compiled."""
    if runtime.kernels.executor != "compiled" or runtime._library_of is None:
        return None
    return runtime._library_of(plan)
