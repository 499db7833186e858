"""The frames of the laws that kernels draw from."""

from __future__ import annotations

from collections.abc import Iterator

from annarchy_ml.engine.codegen.frames import fill
from annarchy_ml.kernels.nodes import Draw, Kernel, KernelKind, KernelModule
from annarchy_ml.kernels.uses import walk

REJECTED = frozenset({"gamma", "binomial"})
"""Laws whose draws are tried until one is accepted."""


def places_of_laws(module: KernelModule) -> Iterator[tuple[Kernel, str]]:
    """The law of every draw, and the kernel that draws, but those of the interpreter alone."""
    kernels = (kernel for group in module.groups for kernel in group.kernels)
    for kernel in kernels:
        if kernel.kind is not KernelKind.INIT:
            laws = (item.law for item in walk(kernel.body) if isinstance(item, Draw))
            yield from ((kernel, law) for law in laws)


def print_laws(module: KernelModule, ahead: bool) -> str:
    """C text of the laws of a module.

    Args:
        module: what draws.
        ahead: whether loops draw for many instances at once.
    """
    laws = {law for _, law in places_of_laws(module)}
    text = fill("laws.c") if ahead or laws - {"uniform"} else ""
    return text + (fill("rejected_laws.c") if laws & REJECTED else "")
