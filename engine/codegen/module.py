"""Prints a whole translation unit from a KernelModule."""

from __future__ import annotations

from dataclasses import dataclass

from annarchy_ml.engine.codegen.comments import comment_line
from annarchy_ml.engine.codegen.frames import fill
from annarchy_ml.engine.codegen.openmp import Loop, print_loop, shared_exponents
from annarchy_ml.engine.codegen.printer import CPrinter
from annarchy_ml.engine.codegen.vector_math import declare_library
from annarchy_ml.kernels.nodes import GroupKernel, Kernel, KernelKind, KernelModule

_PRAGMA = "#pragma omp simd\n"


@dataclass(frozen=True, slots=True)
class TargetLibrary:
    """What the printed code may count on at the place where it will be compiled.

    Attributes:
        vector_functions: library functions that have vector forms.
        contract: text of `kernel_abi.h`, which goes into the unit itself, so that the unit needs
            no include path.
    """

    vector_functions: frozenset[str]
    contract: str


def symbols_of(module: KernelModule) -> tuple[str, ...]:
    """The functions that a library of this module exports, besides the two of every library."""
    return tuple(
        symbol_of(number, group, kernel)
        for number, group in enumerate(module.groups)
        for kernel in group.kernels
        if kernel.kind is not KernelKind.INIT
    )


def symbol_of(number: int, group: GroupKernel, kernel: Kernel) -> str:
    """The exported name of a kernel of group `number`."""
    if kernel.kind is KernelKind.UPDATE:
        return f"aml_{number}_update"
    return f"aml_{number}_event_{group.in_ports.index(kernel.port)}"


def print_module(module: KernelModule, target: TargetLibrary) -> str:
    """C11 text of all kernels, but those that only the interpreter runs."""
    single = module.precision == "single"
    called: set[str] = set()
    functions: list[str] = []
    for number, group in enumerate(module.groups):
        for kernel in group.kernels:
            if kernel.kind is not KernelKind.INIT:
                symbol = symbol_of(number, group, kernel)
                functions.append(_function(symbol, kernel, group, single, called))
    return fill(
        "module.c",
        precision=module.precision,
        contract=target.contract.rstrip("\n"),
        real="float" if single else "double",
        library=declare_library(called, target.vector_functions, single).rstrip("\n"),
        functions="".join(functions).rstrip("\n"),
    )


def _function(
    symbol: str, kernel: Kernel, group: GroupKernel, single: bool, called: set[str]
) -> str:
    title = comment_line(f"{kernel.name} of {group.name}")
    vector = kernel.vectorize and kernel.kind is KernelKind.UPDATE
    loop = _loop(kernel, group, CPrinter(single, vector, called), small_powers=vector)
    if kernel.kind is KernelKind.EVENT:
        return fill("event.c", title=title, symbol=symbol, **_lines(loop))
    pragma = _PRAGMA if vector else ""
    if not (vector and shared_exponents(kernel, group)):
        return fill("update.c", title=title, symbol=symbol, pragma=pragma, **_lines(loop))
    general = _loop(kernel, group, CPrinter(single, False, called), small_powers=False)
    return fill(
        "update_any_power.c",
        title=title,
        symbol=symbol,
        pragma=pragma,
        check=loop.check,
        general_setup="\n".join(general.setup),
        general_body="\n".join(general.body),
        **_lines(loop),
    )


def _loop(kernel: Kernel, group: GroupKernel, printer: CPrinter, small_powers: bool) -> Loop:
    return print_loop(kernel, group, printer, small_powers)


def _lines(loop: Loop) -> dict[str, str]:
    return {"setup": "\n".join(loop.setup), "body": "\n".join(loop.body)}
