"""What a device does not run: refused by name before anything is built."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from annarchy_ml.diagnostics import Diagnostic, UnsupportedError
from annarchy_ml.engine.cuda.layout import kernel_of
from annarchy_ml.kernels.plan import SimulationPlan

if TYPE_CHECKING:
    from annarchy_ml.engine import _core


def refuse(plan: SimulationPlan) -> None:
    """Refuses a plan of which a device cannot run a part.

    Raises:
        UnsupportedError: With each of these parts.
    """
    found = tuple(_refused(text) for text in dict.fromkeys(_parts(plan)))
    if found:
        raise UnsupportedError(found)


def refuse_in_network(network: _core.Network) -> None:
    """Refuses what was added to a network after it was built.

    Raises:
        UnsupportedError: If a device cannot run it.
    """
    found = []
    if network.has_timetables:
        found.append("values that cells get at certain times cannot run on a device yet")
    if network.has_pools:
        found.append("values over all cells of a population cannot run on a device yet")
    if found:
        raise UnsupportedError(tuple(_refused(text) for text in found))


def _refused(text: str) -> Diagnostic:
    return Diagnostic("unsupported.device", text, hint="use the device cpu")


def _parts(plan: SimulationPlan) -> Iterator[str]:
    for coupling in plan.couplings:
        yield f"the coupling '{coupling.name}' cannot run on a device yet"
    for number, group in enumerate(plan.groups):
        if group.cable is not None:
            yield f"cells with compartments, '{group.name}', cannot run on a device yet"
        ports = kernel_of(plan, number).in_ports
        heard = {item.target_port for item in plan.projections if item.target == number}
        if group.couples and heard & set(ports):
            yield f"events to the connections '{group.name}' cannot run on a device yet"
