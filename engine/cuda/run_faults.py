"""What a launch reports that ends a run: events that go round in circles, values that are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.diagnostics import EnvironmentFault
from annarchy_ml.engine import _core
from annarchy_ml.engine.cuda.wiring import links_of, relays

if TYPE_CHECKING:
    from annarchy_ml.engine.cuda.network import DeviceNetwork
    from annarchy_ml.engine.cuda.state import DeviceState
    from annarchy_ml.kernels.plan import SimulationPlan


def endless_events(plan: SimulationPlan, state: DeviceState, step: int) -> _core.EngineError:
    """The fault of events without delay that cause each other, with the names of their senders."""
    names = sorted(plan.groups[group].name for group in _circling(plan, state, step))
    listed = ", ".join(f"'{name}'" for name in names)
    fault = _core.EngineError(f"events without delay cause each other without end, among {listed}")
    fault.code, fault.place = "event_loop", names[0] if names else plan.groups[0].name
    return fault


def too_many_events(t: float) -> EnvironmentFault:
    """The fault of events that find no room."""
    return EnvironmentFault(
        "more events were sent in one step than the device keeps",
        code="unsupported.device",
        notes=(f"at {t:g} s",),
        hint="use the device cpu",
    )


def _circling(plan: SimulationPlan, state: DeviceState, step: int) -> set[int]:
    """Groups that pass on events in a circle, and have done so in a step."""
    passing = relays(plan)
    links = [
        (link.port, link.target)
        for link in links_of(plan, state.layout)
        if link.immediate and link.target in passing and state.ports.sent_at(link.port, step)
    ]
    reached = {group: {target for port, target in links if port[0] == group} for group in passing}
    for _ in passing:
        for group, found in reached.items():
            reached[group] = found.union(*(reached.get(target, set()) for target in found))
    return {group for group, found in reached.items() if group in found}


def check_fields(network: DeviceNetwork, plan: SimulationPlan, state: DeviceState) -> None:
    """Refuses values that are not finite.

    Raises:
        NonFiniteError: With the first of them.
    """
    for group, name in state.must_be_finite():
        values = network.field(group, name)
        wrong = np.flatnonzero(~np.isfinite(values))
        if len(wrong) == 0:
            continue
        fault = _core.NonFiniteError(f"'{name}' is not finite")
        fault.code, fault.place = "non_finite", plan.groups[group].name
        fault.group, fault.field = plan.groups[group].name, name
        fault.index, fault.time, fault.last = int(wrong[0]), network.t, None
        raise fault
