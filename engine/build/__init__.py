"""From a KernelModule to a library on disk: printed, compiled, and kept for the next time."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from annarchy_ml.diagnostics import EnvironmentFault
from annarchy_ml.engine.build.cache import CompiledModule, Entry, KernelCache, fingerprint
from annarchy_ml.engine.build.toolchain import NoCompiler, Toolchain, find_toolchain

if TYPE_CHECKING:
    from annarchy_ml.kernels.nodes import KernelModule

__all__ = [
    "CompiledModule",
    "Entry",
    "KernelCache",
    "NoCompiler",
    "build",
    "contract_header",
    "contract_text",
]


def build(
    module: KernelModule | Callable[[], KernelModule],
    content_key: str = "",
    cache: KernelCache | None = None,
) -> CompiledModule:
    """The library of a module, from the cache if it was built before.

    Args:
        module: what to build, or a function that gives it if it is needed.
        content_key: names the content of the module; where the library of that content is known,
            the module is neither asked for nor printed.
        cache: where libraries are kept; the user's own cache if left out.

    Raises:
        NoCompiler: If no compiler was found.
        CompileFault: If the compiler failed.
        EnvironmentFault: If the cache cannot be written.
    """
    cache = cache or KernelCache()
    try:
        return _built(module, content_key, cache)
    except OSError as fault:
        raise EnvironmentFault(
            f"the kernel cache {cache.folder} cannot be written: {fault.strerror or fault}",
            hint="make room there, or set ANNARCHY_ML_CACHE to another folder",
        ) from fault


def _built(
    module: KernelModule | Callable[[], KernelModule], content_key: str, cache: KernelCache
) -> CompiledModule:
    toolchain = find_toolchain(cache.folder)
    contract = contract_text()
    content = ""
    if content_key:
        content = fingerprint((content_key, toolchain.description, contract, *_printer_files()))
        found = cache.find_by_content(content)
        if found is not None:
            return found
    result = _build_printed(module() if callable(module) else module, toolchain, contract, cache)
    if content:
        cache.remember_content(content, result.path.parent.name)
    return result


def contract_text() -> str:
    """The text of `kernel_abi.h`, and of the arithmetic that kernels share."""
    contract, arithmetic = (
        contract_header(name) for name in ("kernel_abi.h", "kernel_arithmetic.h")
    )
    return contract + arithmetic.replace('#include "annarchy_ml/kernel_abi.h"\n', "")


def contract_header(name: str) -> str:
    """The text of a header of the contract: installed with the package, else in the source tree."""
    package = Path(__file__).parent.parent
    path = Path("include", "annarchy_ml", name)
    for place in (package / path, package.resolve().parent / "cpp" / path):
        if place.exists():
            return place.read_text(encoding="utf-8")
    raise FileNotFoundError(f"{name} is missing from the installation")


def _printer_files() -> tuple[str, ...]:
    """Name, size and time of all files that decide how a module is printed."""
    printers = Path(__file__).parent.parent / "codegen"
    found: list[str] = []
    for folder in (printers, printers / "templates"):
        with os.scandir(folder) as entries:
            for entry in entries:
                state = entry.stat()
                found.append(f"{entry.name} {state.st_size} {state.st_mtime_ns}")
    return tuple(sorted(line for line in found if not line.startswith("__pycache__")))


def _build_printed(
    module: KernelModule, toolchain: Toolchain, contract: str, cache: KernelCache
) -> CompiledModule:
    from annarchy_ml.engine.build.compile import compile_library
    from annarchy_ml.engine.build.printed import print_for
    from annarchy_ml.engine.codegen.symbols import symbols_of

    source = print_for(module, toolchain, contract)
    key = fingerprint((source, toolchain.description))
    found = cache.find(key)
    if found is not None:
        return found
    return cache.store(
        key, symbols_of(module), lambda folder: compile_library(source, toolchain, folder)
    )
