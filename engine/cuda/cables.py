"""Cells of compartments on a device: the printed step, and their trees in device memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.engine.cuda.functions import INDENT, advance_name, update_name
from annarchy_ml.engine.cuda.layout import kernel_of
from annarchy_ml.engine.cuda.memory import Store, Words
from annarchy_ml.engine.cuda.stages import BlockSteps, is_serial
from annarchy_ml.engine.cuda.texts import MEET, Texts
from annarchy_ml.kernels.nodes import KernelKind
from annarchy_ml.kernels.plan import CablePlan, SimulationPlan
from annarchy_ml.kernels.uses import stored_fields, used_symbols

if TYPE_CHECKING:
    from annarchy_ml.kernels.plan import IntArray

Namer = Callable[[int], str]
_TOGETHER = "", "1", "cable->lanes", "cable->cells"
"""Cells that one thread steps in order; nothing: a thread for every compartment."""
_CELL, _BESIDE, _ALL = 1, 2, 3


def block_group(texts: Texts, item: BlockSteps) -> int:
    """The group of the hosts of a block."""
    return texts.plan.blocks[item.number].group


def print_cables(texts: Texts, item: BlockSteps, sums: list[str]) -> Iterator[str]:
    """Currents of all compartments, the potentials of each cell, then what follows from them."""
    group = block_group(texts, item)
    kernel = texts.plan.groups[group].kernel
    stepped = f"words[{texts.layout.groups[group].stepped}]"
    currents = _by_part(texts, group, KernelKind.UPDATE, lambda part: update_name(kernel, part))
    rest = _by_part(texts, group, KernelKind.ADVANCE, lambda part: advance_name(kernel, part))
    if together := cells_together(texts.plan, group):
        if sums:
            yield from _compartments(texts, item, sums)
            yield MEET
        yield f"if ({stepped}) {{"
        yield from (INDENT + line for line in _in_order(texts, group, (currents, rest), together))
        yield "}"
        return
    own = f"const int32_t compartment = aml_compartment_of({_cable(texts, group)}, i);"
    guarded = [f"if ({stepped}) {{", *(INDENT + line for line in (own, *currents)), "}"]
    yield from _compartments(texts, item, [*sums, *guarded])
    yield MEET
    yield f"if ({stepped}) aml_solve({_cable(texts, group)}, now.dt);"
    yield MEET
    yield f"if ({stepped}) {{"
    yield from (INDENT + line for line in _compartments(texts, item, [own, *rest]))
    yield "}"


def cells_together(plan: SimulationPlan, group: int) -> str:
    """How many cells a thread steps in the order of the CPU, as compartments read each other.

    The CPU steps those that lie side by side: currents, potentials, what follows; then the next
    ones. Where none reads what its own phase changes, nor cells that lie elsewhere, the phases of
    all compartments may follow each other; then it is nothing.
    """
    cable = plan.groups[group].cable
    if cable is None or not is_serial(plan, group):
        return ""
    kernel, bindings = kernel_of(plan, group), plan.groups[group].externals
    parts = [
        item for item in kernel.kernels if item.kind in (KernelKind.UPDATE, KernelKind.ADVANCE)
    ]
    stored = {
        kind: {name for item in parts if item.kind is kind for name in stored_fields(item.body)}
        for kind in (KernelKind.UPDATE, KernelKind.ADVANCE)
    }
    changed = {cable.potential}.union(*stored.values())
    most, apart = 0, True
    for item in parts:
        used = used_symbols(item.body)
        for external in kernel.externals:
            bound = bindings[external.name]
            if external.name not in used or bound.group != group or bound.field not in changed:
                continue
            reach = _reach(cable, plan.groups[group].indices[external.index])
            apart = apart and reach != _ALL and not (reach and bound.field in stored[item.kind])
            most = max(most, reach)
    return "" if apart else _TOGETHER[most]


def _reach(cable: CablePlan, index: IntArray) -> int:
    """How far away compartments are that an index leads to; 0: each to itself."""
    instances = np.arange(len(index), dtype=np.int32)
    if np.array_equal(index, instances):
        return 0
    compartments = len(cable.capacitance)
    own, other = (_cells_of(cable, compartments, at) for at in (instances, index))
    if np.array_equal(own, other):
        return _CELL
    return _BESIDE if np.array_equal(own // cable.lanes, other // cable.lanes) else _ALL


def _cells_of(cable: CablePlan, compartments: int, instances: IntArray) -> IntArray:
    """The cells that instances are compartments of."""
    first = instances // (cable.lanes * compartments) * cable.lanes
    width = np.minimum(cable.cells - first, cable.lanes)
    return np.asarray(first + (instances - first * compartments) % width)


def _in_order(
    texts: Texts, group: int, bodies: tuple[list[str], list[str]], together: str
) -> Iterator[str]:
    """Each thread steps some cells, all that lie side by side of them at a time."""
    yield texts.context(group, True)
    yield f"const aml_cable *cable = {_cable(texts, group)};"
    yield f"const int64_t together = {together};"
    step = "begin < cable->cells; begin += aml_threads() * together"
    yield f"for (int64_t begin = aml_thread() * together; {step}) {{"
    yield f"{INDENT}aml_beside beside = aml_first_beside(cable, begin, together);"
    yield f"{INDENT}for (; beside.width > 0; aml_next_beside(cable, beside)) {{"
    for number, body in enumerate(bodies):
        yield f"{INDENT * 2}for (int64_t k = 0; k < beside.width * cable->compartments; ++k) {{"
        yield f"{INDENT * 3}const int32_t compartment = (int32_t)(k / beside.width);"
        yield f"{INDENT * 3}const int32_t i = aml_instance_of(cable, beside, k);"
        yield from (INDENT * 3 + line for line in body)
        yield f"{INDENT * 2}}}"
        if number == 0:
            yield f"{INDENT * 2}for (int64_t k = 0; k < beside.width; ++k)"
            yield f"{INDENT * 3}aml_solve_cell(cable, beside.first + k, now.dt);"
    yield f"{INDENT}}}"
    yield "}"


def _cable(texts: Texts, group: int) -> str:
    return f"(const aml_cable *)(words + {texts.layout.cables[group]})"


def _by_part(texts: Texts, group: int, kind: KernelKind, name: Namer) -> list[str]:
    """Calls the kernel of the part that a compartment belongs to."""
    cable = texts.plan.groups[group].cable
    assert cable is not None
    there = {item.part for item in kernel_of(texts.plan, group).kernels if item.kind is kind}
    lines = []
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
