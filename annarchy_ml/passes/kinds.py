"""The kernels of compartments that lack some mechanisms: those of all, without what they lack.

Before: a loop over all compartments that steps every channel, and counts it by how much of the
compartment it covers. After, for dendrites without sodium channels: the same loop without them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from annarchy_ml.expr import Expr, Number, substitute
from annarchy_ml.kernels.nodes import Kernel, Let, Propagate, Set, Statement, Store, When
from annarchy_ml.kernels.uses import stored_fields, walk
from annarchy_ml.model.cable import Kind
from annarchy_ml.passes.statements import emits, mapped, needed_names, pruned, simplified, writes


def kernels_of_kinds(kernels: tuple[Kernel, ...], kinds: tuple[Kind, ...]) -> tuple[Kernel, ...]:
    """The kernels of every kind, those of the first one under the names given."""
    result = []
    for number, kind in enumerate(kinds):
        for kernel in kernels:
            name = f"{kernel.name} {number}" if number else kernel.name
            body = _of_kind(kernel.body, kind)
            result.append(replace(kernel, name=name, part=number, body=body))
    return tuple(result)


def _of_kind(body: tuple[Statement, ...], kind: Kind) -> tuple[Statement, ...]:
    """The statements of a kernel without the mechanisms that a kind of compartments lacks."""
    left = tuple(_without(_settled(body, kind.values), kind))
    return pruned(left, needed_names(left, stored_fields(left)))


def _settled(body: tuple[Statement, ...], values: dict[str, float]) -> Iterator[Statement]:
    """The statements where some names are numbers, and so what follows from these alone."""
    known: dict[str, Expr] = {name: Number(value) for name, value in values.items()}
    changing = {item.name for item in walk(body) if isinstance(item, Set)}
    stored = [item.field for item in walk(body) if isinstance(item, Store)]
    for statement in body:
        for item in simplified(mapped((statement,), lambda value: substitute(value, known))):
            fixed = isinstance(item, Let) and item.name not in changing
            if fixed and isinstance(item, Let) and isinstance(item.value, Number):
                known[item.name] = item.value
                continue
            once = isinstance(item, Store) and stored.count(item.field) == 1
            if once and isinstance(item, Store) and isinstance(item.value, Number):
                known[item.field] = item.value
            yield item


def _without(body: Iterable[Statement], kind: Kind) -> Iterator[Statement]:
    """The statements but those that give values to parts of absent mechanisms."""
    for item in body:
        if isinstance(item, When) and not emits(item):
            inner = tuple(_without(item.body, kind))
            if inner:
                yield replace(item, body=inner)
        elif isinstance(item, (Let, Store, Propagate)):
            names = (name for name in writes(item) if not name.startswith(kind.kept))
            if not any(name.startswith(kind.absent) for name in names):
                yield item
        else:
            yield item
