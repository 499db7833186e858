"""The names of the functions that a unit of kernels exports; imports no printer."""

from __future__ import annotations

from annarchy_ml.kernels.nodes import GroupKernel, Kernel, KernelKind, KernelModule


def symbols_of(module: KernelModule) -> tuple[str, ...]:
    """The functions that a library of this module exports, besides the two of every library."""
    groups = tuple(
        symbol
        for number, group in enumerate(module.groups)
        for symbol, _ in exported_kernels(number, group)
    )
    return (*groups, *(f"aml_family_{number}" for number in range(len(module.families))))


def symbol_of(number: int, kind: KernelKind, part: int = 0) -> str:
    """The function of a kernel of group `number` other than that of an in-port."""
    return f"aml_{number}_{kind.value}_{part}" if part else f"aml_{number}_{kind.value}"


def exported_kernels(number: int, group: GroupKernel) -> tuple[tuple[str, Kernel], ...]:
    """Symbols of group `number`: an update and one function per in-port, empty if need be."""
    nothing = Kernel("nothing", KernelKind.UPDATE, (), vectorize=False)
    found = [(f"aml_{number}_update", group.kernel(KernelKind.UPDATE) or nothing)]
    for kernel in group.kernels:
        if kernel.part or kernel.kind in (KernelKind.ADVANCE, KernelKind.TERMS):
            found.append((symbol_of(number, kernel.kind, kernel.part), kernel))
    for position, port in enumerate(group.in_ports):
        heard = group.kernel(KernelKind.EVENT, port)
        silent = Kernel(f"nothing at {port}", KernelKind.EVENT, (), port, vectorize=False)
        found.append((f"aml_{number}_event_{position}", heard or silent))
    return tuple(found)
