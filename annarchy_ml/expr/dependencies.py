"""Puts names into an order in which each comes after those that it needs; finds circles.

Before: ``x`` needs ``y``, ``y`` needs nothing. After: ``y``, ``x``. Names that do not depend on one
another keep their order.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet

Needs = Mapping[str, AbstractSet[str]]
Assume = Callable[[Sequence[str]], Collection[str]]


def dependency_order(needs: Needs, assume: Assume | None = None) -> list[str]:
    """The names in order, without those that can never come.

    Args:
        needs: what each name needs.
        assume: called where nothing can go on, with the names that are blocked; gives those of
            them that count as known from then on (they still come in their turn), or none to end.
    """
    waiting = dict.fromkeys(needs)
    known: set[str] = set()
    result: list[str] = []
    while waiting:
        ready = [name for name in waiting if needs[name] <= known]
        if not ready:
            assumed = assume([name for name in waiting if name not in known]) if assume else ()
            if not assumed:
                break
            known.update(assumed)
        for name in ready:
            del waiting[name]
        known.update(ready)
        result += ready
    return result


def circle(needs: Needs, blocked: Sequence[str]) -> list[str]:
    """Names among the blocked ones of which each needs the next, and the last one the first."""
    chain = [blocked[0]]
    while True:
        after = min(needs[chain[-1]] & set(blocked))
        if after in chain:
            return chain[chain.index(after) :]
        chain.append(after)
