"""The kernels of one run as addresses that the native core calls: compiled, or interpreted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from annarchy_ml.engine import _core
from annarchy_ml.engine.codegen.symbols import symbol_of
from annarchy_ml.kernels.nodes import KernelKind

if TYPE_CHECKING:
    from annarchy_ml.engine.build import CompiledModule
    from annarchy_ml.kernels.plan import SimulationPlan


@dataclass(frozen=True, slots=True)
class Kernels:
    """The kernels of one run.

    Attributes:
        executor: ``compiled`` or ``interpreter``; the name of a device that takes the steps.
        addresses: of a group's update kernel, and of its event kernels by in-port.
        also: of another kernel of a group, by kind and part: what its connections give, the phases
            of the step of its compartments.
        family: of a family's kernel, by its position; 0 where its members step by themselves.
        fault: what an interpreted kernel raised, if one did.
        keep: what must live as long as the addresses.
    """

    executor: str
    addresses: Callable[[int], tuple[int, dict[str, int]]]
    also: Callable[[int, KernelKind, int], int]
    family: Callable[[int], int]
    fault: Callable[[], Exception | None]
    keep: object


def compiled_kernels(plan: SimulationPlan, module: CompiledModule) -> Kernels:
    """The kernels of a compiled module."""
    loaded = _core.KernelLibrary(str(module.path))

    def addresses(group: int) -> tuple[int, dict[str, int]]:
        kernel = plan.groups[group].kernel
        ports = plan.module.groups[kernel].in_ports
        events = {
            port: loaded.address(f"aml_{kernel}_event_{number}")
            for number, port in enumerate(ports)
        }
        return loaded.address(f"aml_{kernel}_update"), events

    def also(group: int, kind: KernelKind, part: int) -> int:
        return loaded.address(symbol_of(plan.groups[group].kernel, kind, part))

    def family(number: int) -> int:
        return loaded.address(f"aml_family_{number}")

    return Kernels("compiled", addresses, also, family, lambda: None, loaded)


def interpreted_kernels(plan: SimulationPlan, network: _core.Network) -> Kernels:
    """Kernels that the NumPy interpreter runs.

    Args:
        plan: the whole plan, kernel bodies included.
        network: whose arrays they work on.
    """
    from annarchy_ml.engine.callbacks import Callbacks

    callbacks = Callbacks(plan, network)
    return Kernels(
        "interpreter",
        callbacks.addresses,
        callbacks.also,
        lambda _: 0,
        lambda: callbacks.fault,
        callbacks,
    )


def set_update(
    plan: SimulationPlan,
    network: _core.Network,
    kernels: Kernels,
    position: int,
    on: bool,
    together: bool = True,
) -> None:
    """What steps the instances of a group, unless they are to stand still, and hears its events.

    Args:
        plan: of which the group is.
        network: made of the plan.
        kernels: their addresses.
        position: of the group.
        on: whether its instances are stepped.
        together: whether the family that it hosts steps in one kernel.
    """
    group = plan.groups[position]
    update, events = kernels.addresses(position)
    emits = plan.module.groups[group.kernel].emits_on_event
    network.set_kernels(position, update if on else 0, events, emits)
    if group.family is not None:
        number, members = group.family
        network.set_family(position, members, kernels.family(number) if on and together else 0)


def host_to_part(plan: SimulationPlan, position: int, name: str) -> int | None:
    """The host whose family must step apart, so that a field is kept in every step; None: no one.

    The kernel of a family keeps what its members only hand on in few steps.
    """
    host = plan.groups[position].host
    host = position if host is None else host
    parts = (position, name) in plan.passing and plan.groups[host].family is not None
    return host if parts else None


def set_further(
    plan: SimulationPlan, network: _core.Network, kernels: Kernels, position: int
) -> None:
    """The kernels of a group besides those that step it and hear its events."""
    if plan.groups[position].couples:
        network.set_terms(position, kernels.also(position, KernelKind.TERMS, 0))
    cable = plan.groups[position].cable
    if cable is not None:
        parts = [
            (
                *part,
                kernels.also(position, KernelKind.UPDATE, number),
                kernels.also(position, KernelKind.ADVANCE, number),
                number in cable.steady,
            )
            for number, part in enumerate(cable.parts)
        ]
        network.set_cable_parts(position, parts)
