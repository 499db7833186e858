"""What a device does not run: refused by name before anything is built."""

from __future__ import annotations

from collections.abc import Iterator

from annarchy_ml.diagnostics import Diagnostic, UnsupportedError
from annarchy_ml.engine.cuda.layout import kernel_of
from annarchy_ml.engine.cuda.modes import phases_of
from annarchy_ml.engine.cuda.stages import is_serial
from annarchy_ml.kernels.plan import SimulationPlan


def refuse(plan: SimulationPlan) -> None:
    """Refuses a plan of which a device cannot run a part.

    Raises:
        UnsupportedError: With each of these parts.
    """
    found = tuple(_refused(text) for text in dict.fromkeys(_parts(plan)))
    if found:
        raise UnsupportedError(found)


def _refused(text: str) -> Diagnostic:
    return Diagnostic("unsupported.device", text, hint="use the device cpu")


def _parts(plan: SimulationPlan) -> Iterator[str]:
    for number, group in enumerate(plan.groups):
        if group.cable is not None and is_serial(plan, number):
            yield f"compartments of '{group.name}' that read each other cannot run on a device yet"
        sends = group.couples and kernel_of(plan, number).emits_on_event
        if sends and any(item.target == number and phases_of(item)[1] for item in plan.projections):
            yield f"connections '{group.name}' that pass on events without delay"
