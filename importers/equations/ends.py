"""What equations of synapses read of the neurons at both ends: ``pre.r``, ``mean(post.r)``."""

from __future__ import annotations

from collections.abc import Iterable

from annarchy_ml.expr import Expr, Symbol, free_symbols, substitute
from annarchy_ml.importers.equations.types import engine_name

ENDS = ("pre", "post")


def end_of(name: str) -> tuple[str, str] | None:
    """The end, and what is read of the neuron there; None for names of the synapse.

    ``pre.r`` is ``r`` of the neuron before it, ``mean(pre.r)`` is its ``mean(r)``.
    """
    head, _, rest = name.partition(".")
    if head in ENDS:
        return head, rest
    kind, opened, of = head.partition("(")
    if opened and of in ENDS:
        return of, f"{kind}({rest}"
    return None


def outside(names: Iterable[str]) -> list[str]:
    """Those of some names that are read of neurons, in order."""
    return sorted(name for name in names if end_of(name) is not None)


def engine_place(name: str) -> tuple[str, str]:
    """The end, and what the engine calls the value there."""
    found = end_of(name)
    assert found is not None
    return found[0], engine_name(found[1])


def at_ends(e: Expr) -> Expr:
    """An expression in what the engine calls the values at both ends."""
    names = {name: ".".join(engine_place(name)) for name in outside(free_symbols(e))}
    return substitute(e, {old: Symbol(new) for old, new in names.items() if old != new})


def reductions_at(end: str, names: Iterable[str]) -> list[str]:
    """Values over all neurons at one end: ``mean(r)`` of ``mean(pre.r)``."""
    found = [place for name in outside(names) if (place := end_of(name)) is not None]
    return [own for at, own in found if at == end and "(" in own and not own.startswith("sum(")]
