"""Cells of compartments on a device: the printed step, and their trees in device memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from annarchy_ml.engine.cuda.functions import INDENT, advance_name, update_name
from annarchy_ml.engine.cuda.layout import kernel_of
from annarchy_ml.engine.cuda.memory import Store, Words
from annarchy_ml.engine.cuda.stages import BlockSteps
from annarchy_ml.engine.cuda.texts import MEET, Texts
from annarchy_ml.kernels.nodes import KernelKind
from annarchy_ml.kernels.plan import CablePlan

Namer = Callable[[int], str]


def block_group(texts: Texts, item: BlockSteps) -> int:
    """The group of the hosts of a block."""
    return texts.plan.blocks[item.number].group


def print_cables(texts: Texts, item: BlockSteps, sums: list[str]) -> Iterator[str]:
    """Currents of all compartments, the potentials of each cell, then what follows from them."""
    group = block_group(texts, item)
    kernel = texts.plan.groups[group].kernel
    stepped = texts.layout.groups[group].stepped
    currents = _by_part(texts, group, KernelKind.UPDATE, lambda part: update_name(kernel, part))
    rest = _by_part(texts, group, KernelKind.ADVANCE, lambda part: advance_name(kernel, part))
    guarded = [f"if (words[{stepped}]) {{", *(INDENT + line for line in currents), "}"]
    yield from _compartments(texts, item, [*sums, *guarded])
    yield MEET
    yield f"if (words[{stepped}]) aml_solve({_cable(texts, group)}, now.dt);"
    yield MEET
    yield f"if (words[{stepped}]) {{"
    yield from (INDENT + line for line in _compartments(texts, item, rest))
    yield "}"


def _cable(texts: Texts, group: int) -> str:
    return f"(const aml_cable *)(words + {texts.layout.cables[group]})"


def _by_part(texts: Texts, group: int, kind: KernelKind, name: Namer) -> list[str]:
    """Calls the kernel of the part that a compartment belongs to."""
    cable = texts.plan.groups[group].cable
    assert cable is not None
    there = {item.part for item in kernel_of(texts.plan, group).kernels if item.kind is kind}
    lines = [f"const int32_t compartment = aml_compartment_of({_cable(texts, group)}, i);"]
    for part, (_, end) in enumerate(cable.parts):
        call = f"{name(part)}(&stepped_{group}, i);" if part in there else ";"
        test = f"if (compartment < {end})" if part + 1 < len(cable.parts) else ""
        lines.append(f"{'else ' if part else ''}{test} {call}".strip())
    return lines


def _compartments(texts: Texts, item: BlockSteps, body: list[str]) -> Iterator[str]:
    words = texts.layout.blocks[item.number]
    begin, end = (f"(int64_t)words[{words + k}]" for k in (0, 1))
    yield "{"
    for line in texts.contexts((*item.attached, block_group(texts, item)), (True,)):
        yield INDENT + line
    yield f"{INDENT}for (int64_t h = {begin} + aml_thread(); h < {end}; h += aml_threads()) {{"
    yield f"{INDENT * 2}const int32_t i = (int32_t)h;"
    yield from (INDENT * 2 + line for line in body)
    yield f"{INDENT}}}"
    yield "}"


def put_cable(
    words: Words, first: int, cable: CablePlan, places: tuple[int, int, int], store: Store
) -> None:
    """Copies the tree of some cells to the device.

    Args:
        words: that say where everything is.
        first: of the cable.
        cable: the cells.
        places: of potential, rate and slope.
        store: device memory.
    """
    nodes = len(cable.parent)
    total = np.array(cable.conductance, np.float64)
    total[0] = 0.0
    joint = np.zeros(nodes, np.int32)
    for node in range(1, nodes):
        parent = int(cable.parent[node])
        total[parent] += cable.conductance[node]
        if parent + 1 != node:
            joint[parent] = 1
    room = max(nodes * cable.cells * 8, 8)
    numbers = (
        cable.cells,
        cable.lanes,
        len(cable.capacitance),
        nodes,
        store.keep(np.ascontiguousarray(cable.parent, np.int32)),
        store.keep(np.ascontiguousarray(cable.compartment, np.int32)),
        store.keep(joint),
        store.keep(np.ascontiguousarray(cable.conductance, np.float64)),
        store.keep(total),
        store.keep(np.ascontiguousarray(cable.capacitance, np.float64)),
        store.room(room).address,
        store.room(room).address,
        *places,
        int(cable.second_order),
    )
    for k, number in enumerate(numbers):
        words[first + k] = number
