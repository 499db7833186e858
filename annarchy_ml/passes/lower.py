"""Lowers an ``EquationSystem`` to a ``GroupKernel``: one loop for the step, one per in-port.

Before: equations with paths as names and a method that moves the states. After: fields, externals
and kernels in Kernel IR, and the programs that find the start values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from annarchy_ml.expr.functions import FUNCTIONS
from annarchy_ml.expr.nodes import Call
from annarchy_ml.expr.traverse import postorder
from annarchy_ml.kernels.nodes import (
    Accumulate,
    Count,
    Draw,
    DType,
    External,
    Field,
    GroupKernel,
    Kernel,
    KernelKind,
    Let,
    Placement,
    Propagate,
    Role,
    Set,
    Statement,
    Store,
    When,
)
from annarchy_ml.kernels.uses import accumulated, expressions_of, walk
from annarchy_ml.model.cable import Kind
from annarchy_ml.model.system import EquationSystem
from annarchy_ml.passes.initialize import start_statements
from annarchy_ml.passes.place import place
from annarchy_ml.passes.statements import DrawCounter, emits, needed_names, pruned, reads
from annarchy_ml.passes.terms import TERM, with_ends, with_terms

if TYPE_CHECKING:
    from annarchy_ml.integrators import Step

_COUNT = Field("event#count", Placement.PER_INSTANCE, Role.COUNT, DType.INT)


@dataclass(frozen=True, slots=True)
class LoweredSystem:
    """A group kernel, and the programs that find its start values, by name."""

    kernel: GroupKernel
    start: dict[str, tuple[Statement, ...]]


def lower(
    system: EquationSystem,
    step: Step,
    wanted: frozenset[str],
    varying: frozenset[str],
    unit_of: Callable[[str], str],
    kinds: tuple[Kind, ...] = (),
) -> LoweredSystem:
    """The kernels of a system.

    Args:
        system: the equations.
        step: gives the statements of a step.
        wanted: variables that are recorded or read by other groups.
        varying: parameters that differ between instances.
        unit_of: gives the SI unit of a named dimension.
        kinds: of compartments, those that have kernels of their own.
    """
    draws = DrawCounter()
    phases = tuple(draws.extract(body) for body in step(system))
    if system.potential:
        from annarchy_ml.integrators.cable import solved_from

        wanted |= solved_from(system.potential)
    heard = with_ends(system) if system.terms else system.handlers
    handlers = tuple((port, draws.extract(body)) for port, body in heard)
    if system.terms:
        system, wanted, terms = with_terms(system, wanted)
        handlers = (*handlers, (TERM, draws.extract(terms)))
    placed = place(system, phases, handlers, wanted, varying, unit_of)
    start = {name: draws.extract(body) for name, body in start_statements(system).items()}
    start = _pruned_start(start, {item.name for item in placed.fields})
    names = (KernelKind.UPDATE, KernelKind.ADVANCE)
    kernels = [
        Kernel(kind.value, kind, body, vectorize=bool(body) and _vectorizes(body))
        for kind, body in zip(names, placed.phases, strict=False)
    ]
    kernels = [*_of_kinds(kernels, kinds), *_event_kernels(system, placed.handlers)]
    counts = any(_draws(body) for port, body in placed.handlers if port != TERM)
    used = frozenset().union(
        *(reads(item) for kernel in kernels for item in kernel.body),
        *(reads(item) for body in start.values() for item in body),
    )
    added = frozenset().union(*(accumulated(kernel.body) for kernel in kernels))
    externals = tuple(
        External(item.name, item.index) for item in system.foreign if item.name in used | added
    )
    kernel = GroupKernel(
        name=system.name,
        fields=(*placed.fields, _COUNT) if counts else placed.fields,
        externals=externals,
        indices=tuple(dict.fromkeys(item.index for item in externals)),
        out_ports=system.out_ports,
        in_ports=tuple(port for port, _ in placed.handlers if port != TERM),
        kernels=tuple(kernels),
    )
    return LoweredSystem(kernel, start)


def _of_kinds(kernels: list[Kernel], kinds: tuple[Kind, ...]) -> Iterable[Kernel]:
    """The kernels of each kind of compartments, if there are several kinds."""
    if len(kinds) < 2:
        return kernels
    from annarchy_ml.passes.kinds import kernels_of_kinds

    return kernels_of_kinds(tuple(kernels), kinds)


def _event_kernels(
    system: EquationSystem, handlers: tuple[tuple[str, tuple[Statement, ...]], ...]
) -> Iterator[Kernel]:
    """The kernels of all in-ports, and that of terms."""
    for port, body in handlers:
        if port == TERM:
            vector = bool(body) and _vectorizes(body)
            yield Kernel("terms", KernelKind.TERMS, body, vectorize=vector)
        else:
            together = system.once_per_event and _goes_in_vectors(body)
            yield Kernel(f"event {port}", KernelKind.EVENT, _counted(body), port, False, together)


def _pruned_start(
    start: dict[str, tuple[Statement, ...]], fields: set[str]
) -> dict[str, tuple[Statement, ...]]:
    everything = [item for body in start.values() for item in body]
    needed = needed_names(everything, fields)
    return {
        name: tuple(item for item in pruned(body, needed) if not emits(item))
        for name, body in start.items()
    }


def _counted(body: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """What an event does, with its draws keyed by its number at the instance."""

    def keyed(items: tuple[Statement, ...]) -> tuple[Statement, ...]:
        return tuple(
            replace(item, count=_COUNT.name)
            if isinstance(item, Draw)
            else replace(item, body=keyed(item.body))
            if isinstance(item, When)
            else item
            for item in items
        )

    return (Count(_COUNT.name), *keyed(body)) if _draws(body) else body


def _vectorizes(statements: tuple[Statement, ...]) -> bool:
    """Whether all instances may go side by side, with selects in place of branches.

    A branch that draws is rarely taken (the next event of a source): where it also calls functions
    that take long, skipping it is faster than computing it for nobody.
    """
    for item in statements:
        if isinstance(item, When):
            if item.most > 1 or any(isinstance(inner, Propagate) for inner in walk(item.body)):
                return False
            if _draws(item.body) and _calls_functions(item.body):
                return False
            if not _vectorizes(item.body):
                return False
    return True


def _calls_functions(body: tuple[Statement, ...]) -> bool:
    return any(
        isinstance(node, Call) and not FUNCTIONS[node.function].cpp.startswith("anml_")
        for item in walk(body)
        for expression in expressions_of(item)
        for node in postorder(expression)
    )


def _goes_in_vectors(body: tuple[Statement, ...]) -> bool:
    """Whether an event that reaches several instances can do so with all of them side by side."""
    plain = all(isinstance(item, (Let, Set, Store, Accumulate)) for item in body)
    return plain and not any("weight" in reads(item) for item in body)


def _draws(statements: tuple[Statement, ...]) -> bool:
    return any(
        isinstance(item, Draw) or (isinstance(item, When) and _draws(item.body))
        for item in statements
    )
