"""A module as C text, and how its compiler would be called."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from annarchy_ml.engine.build.toolchain import Toolchain, find_toolchain, glibc_version

if TYPE_CHECKING:
    from pathlib import Path

    from annarchy_ml.kernels.nodes import KernelModule


class Printed(NamedTuple):
    """Text of a module for one toolchain."""

    source: str
    toolchain: Toolchain


def print_for(module: KernelModule, toolchain: Toolchain, contract: str) -> str:
    """The text of a module for a toolchain; `contract` is that of `contract_text`."""
    from annarchy_ml.engine.codegen.module import TargetLibrary, print_module
    from annarchy_ml.engine.codegen.vector_math import libmvec_functions

    functions = libmvec_functions(glibc_version() if toolchain.vector_math else (0, 0))
    return print_module(module, TargetLibrary(functions, contract))


def printed(module: KernelModule, contract: str, memory: Path) -> Printed:
    """The text of a module for the compiler of this machine.

    Raises:
        NoCompiler: If there is none.
    """
    toolchain = find_toolchain(memory)
    return Printed(print_for(module, toolchain, contract), toolchain)
