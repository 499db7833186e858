"""Values that vector loops read through an index, fetched ahead of a run of instances.

Connections between all cells of two groups lie in rows: their sources are neighbours and their
target is the same. Where the engine says so, a run copies their values and reads no index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from annarchy_ml.kernels.nodes import DType, External, GroupKernel

if TYPE_CHECKING:
    from annarchy_ml.engine.codegen.openmp import _LoopWriter as LoopWriter

HOST = "host"


def joins_cells(group: GroupKernel, used: frozenset[str]) -> bool:
    """Whether a body reads cells at the other end of connections that are attached to a host."""
    others = (item for item in group.externals if not item.shared and item.index != HOST)
    return HOST in group.indices and any(item.name in used for item in others)


def fetch_ahead(writer: LoopWriter, external: External, pointers: tuple[str, str]) -> str | None:
    """Adds the lines ahead of a run; gives where the loop finds the value, if it may be fetched.

    Args:
        writer: prints the loop.
        external: what is read.
        pointers: names of the array and of the index that leads there.
    """
    if external.dtype is not DType.REAL or external.name in writer.added:
        return None
    array = writer.names.name(("led", external.name), external.name, "_led")
    declared = f"_Alignas(64) aml_real {array}[{writer.run}];"
    if declared not in writer.ahead:
        writer.ahead += [
            declared,
            f"aml_lead(context, {', '.join(pointers)}, first, last, {array});",
        ]
    return f"{array}[i - first]"
