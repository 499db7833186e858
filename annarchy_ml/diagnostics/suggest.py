"""Finds the known names nearest to an unknown one, for "did you mean"."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

_MOST_CANDIDATES = 5000
_CUTOFF = 0.6
_LESS_THAN_BEST = 0.15


def closest(name: str, candidates: Iterable[str], n: int = 3) -> tuple[str, ...]:
    """The known names most like `name`, best first.

    Names that differ in upper and lower case only come before all others.

    Args:
        name: What the author wrote.
        candidates: The names that exist; only the first few thousand are looked at.
        n: How many to return at most.
    """
    return tuple(known for _, known in _scored(name, candidates)[:n])


def did_you_mean(name: str, candidates: Iterable[str], n: int = 3) -> str:
    """A hint such as "did you mean 'tau' or 'tauRise'?", or "" if nothing is near.

    Of the nearest names, only those are told that are about as near as the best.
    """
    scored = _scored(name, candidates)[:n]
    names = [f"'{known}'" for score, known in scored if score > scored[0][0] - _LESS_THAN_BEST]
    if not names:
        return ""
    if len(names) == 1:
        return f"did you mean {names[0]}?"
    return f"did you mean {', '.join(names[:-1])} or {names[-1]}?"


def _scored(name: str, candidates: Iterable[str]) -> tuple[tuple[float, str], ...]:
    """Candidates with their likeness from 0.6 to 1, best first, else in the order given."""
    return _compared(name, tuple(islice(candidates, _MOST_CANDIDATES)))


@lru_cache(maxsize=256)
def _compared(name: str, candidates: tuple[str, ...]) -> tuple[tuple[float, str], ...]:
    from difflib import SequenceMatcher

    folded = name.casefold()
    matcher = SequenceMatcher(None, "", folded)
    scored = []
    for known in dict.fromkeys(candidates):
        if known == name:
            continue
        matcher.set_seq1(known.casefold())
        if matcher.real_quick_ratio() >= _CUTOFF and matcher.quick_ratio() >= _CUTOFF:
            scored.append((matcher.ratio(), known))
    kept = [pair for pair in scored if pair[0] >= _CUTOFF]
    return tuple(sorted(kept, key=lambda pair: -pair[0]))
