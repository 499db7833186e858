"""What equations of synapses read of the neurons at both ends: ``pre.r``, ``mean(post.r)``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from annarchy_ml.expr import Expr, Symbol, free_symbols, is_stochastic, substitute
from annarchy_ml.importers.equations.types import RANK, T_LAST, engine_name

if TYPE_CHECKING:
    from annarchy_ml.importers.equations.synapse import Synapse

ENDS = ("pre", "post")
SENDER = "sender"
"""The neuron before a synapse as it is now, no matter the delay."""
T_PRE, T_POST = "t_pre", "t_post"
_TIMES = {T_PRE: (SENDER, T_LAST), T_POST: ("post", T_LAST)}


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


def draws_for_targets(synapse: Synapse) -> bool:
    """Whether all synapses of a neuron share random numbers, those of a semiglobal variable."""
    return any(
        synapse.locality(item) == "semiglobal" and is_stochastic(item.value)
        for item in synapse.equations
    )


def has_shared_start(synapse: Synapse, name: str) -> bool:
    """Whether a variable that synapses share starts with a random number."""
    item = synapse.variables[name]
    init = item.flags.init
    drawn = init is not None and hasattr(init, "operands") and is_stochastic(init)
    return drawn and synapse.locality(item) != "local"


def places_seen(synapse: Synapse, names: Iterable[str]) -> dict[tuple[str, str], None]:
    """All ends of a synapse with what it needs of them: what it reads, and what keys its draws."""
    seen = [engine_place(item) for item in outside(names)]
    ranks = [("post", RANK)] if draws_for_targets(synapse) else []
    return dict.fromkeys((*seen, *spike_times(synapse), *ranks))


def engine_place(name: str) -> tuple[str, str]:
    """The end, and what the engine calls the value there."""
    found = end_of(name)
    assert found is not None
    return found[0], engine_name(found[1])


def at_ends(e: Expr) -> Expr:
    """An expression in what the engine calls the values at both ends."""
    names = {name: ".".join(engine_place(name)) for name in outside(free_symbols(e))}
    names.update((name, ".".join(place)) for name, place in _TIMES.items())
    return substitute(e, {old: Symbol(new) for old, new in names.items() if old != new})


def spike_times(synapse: Synapse) -> list[tuple[str, str]]:
    """The ends whose last spikes a synapse knows, and what the engine calls their times."""
    read = synapse.names_read | (frozenset() if synapse.psp is None else free_symbols(synapse.psp))
    unless = any(item.flags.unless_post for item in synapse.pre_spike)
    return [place for name, place in _TIMES.items() if name in read or unless]


def reductions_at(end: str, names: Iterable[str]) -> list[str]:
    """Values over all neurons at one end: ``mean(r)`` of ``mean(pre.r)``."""
    found = [place for name in outside(names) if (place := end_of(name)) is not None]
    return [own for at, own in found if at == end and "(" in own and not own.startswith("sum(")]
