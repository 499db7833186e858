"""Counter-based random numbers in NumPy, equal bit for bit to those of `kernel_arithmetic.h`.

Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011),
doi:10.1145/2063384.2063405, section 3.3 and table 2. A number is fixed by (seed, stream,
instance, step, ordinal), so it depends neither on the number of threads nor on what was drawn
before it. In what an event does, the number of the event at its instance stands for the step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_WEYL = (0x9E3779B9, 0xBB67AE85)
_ROUNDS = 10
_MASK = 0xFFFFFFFF

Words = tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint64]]


def philox(counter: Words, key: tuple[int, int]) -> Words:
    """The four output words of each counter.

    Args:
        counter: four arrays of one shape, each holding 32-bit words in uint64.
        key: two 32-bit words.
    """
    c0, c1, c2, c3 = counter
    k0, k1 = key
    low, shift = np.uint64(_MASK), np.uint64(32)
    m0, m1 = (np.uint64(value) for value in _MULTIPLIERS)
    for _ in range(_ROUNDS):
        product0, product1 = m0 * c0, m1 * c2
        c0, c1, c2, c3 = (
            (product1 >> shift) ^ c1 ^ np.uint64(k0),
            product1 & low,
            (product0 >> shift) ^ c3 ^ np.uint64(k1),
            product0 & low,
        )
        k0, k1 = (k0 + _WEYL[0]) & _MASK, (k1 + _WEYL[1]) & _MASK
    return c0, c1, c2, c3


@dataclass(frozen=True, slots=True)
class Counted:
    """Words drawn for some instances, and the key from which more follow.

    Attributes:
        words: four arrays, one element for each instance.
        second: whether an instance takes the second number where words give two; all or each.
    """

    words: Words
    key: tuple[int, int]
    second: NDArray[np.bool_] | bool = False

    def chosen(self, places: NDArray[np.bool_]) -> Counted:
        """Those of some of the instances."""
        w0, w1, w2, w3 = (word[places] for word in self.words)
        return Counted((w0, w1, w2, w3), self.key)

    def following(self) -> Counted:
        """The words of the counters that these words make up."""
        return Counted(philox(self.words, self.key), self.key)

    def fractions(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Two numbers in [0, 1) for each instance, of 53 bits."""
        w0, w1, w2, w3 = self.words
        return _fraction(w0, w1), _fraction(w2, w3)

    def joined(self) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """Two whole numbers of 64 bits for each instance."""
        w0, w1, w2, w3 = self.words
        shift = np.uint64(32)
        return w0 << shift | w1, w2 << shift | w3


@dataclass(frozen=True, slots=True)
class Stream:
    """The random numbers of one group.

    Attributes:
        seed: of the run.
        number: of the group.
    """

    seed: int
    number: int

    def words(self, instances: NDArray[Any], step: int, ordinal: int) -> Counted:
        """What each instance draws in a step."""
        high = ((((step >> 32) & _MASK) << 16) & _MASK) ^ (ordinal & _MASK)
        steps = np.full(np.shape(instances), step & _MASK, np.uint64)
        return self._counted(instances, steps, (high, self.number))

    def paired_words(self, instances: NDArray[Any], step: int, ordinal: int) -> Counted:
        """The same where the instances 2 n and 2 n + 1 share the words of a counter."""
        counted = self.words(instances >> 1, step, ordinal)
        return replace(counted, second=(instances & 1) != 0)

    def event_words(self, instances: NDArray[Any], events: NDArray[Any], ordinal: int) -> Counted:
        """What each event draws, numbered at its instance; never that of a step."""
        return self._counted(instances, events, (ordinal, ~self.number))

    def _counted(
        self, first: NDArray[Any], second: NDArray[Any], shared: tuple[int, int]
    ) -> Counted:
        low = np.uint64(_MASK)
        c0, c1 = (values.astype(np.int64).astype(np.uint64) & low for values in (first, second))
        c2, c3 = (np.full_like(c0, value & _MASK) for value in shared)
        key = (self.seed & _MASK, (self.seed >> 32) & _MASK)
        return Counted(philox((c0, c1, c2, c3), key), key)


def uniform(counted: Counted, single: bool = False) -> NDArray[Any]:
    """A number in [0, 1) for each instance; float32 if `single`."""
    w0, w1, _, _ = counted.words
    if single:
        return (w0 >> np.uint64(8)).astype(np.float32) * np.float32(2.0**-24)
    return _fraction(w0, w1)


def _fraction(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.float64]:
    upper = (high >> np.uint64(5)).astype(np.float64)
    lower = (low >> np.uint64(6)).astype(np.float64)
    return np.asarray((upper * 67108864.0 + lower) / 9007199254740992.0)
