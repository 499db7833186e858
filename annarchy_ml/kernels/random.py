"""Counter-based random numbers in NumPy, equal bit for bit to those of `kernel_abi.h`.

Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011),
doi:10.1145/2063384.2063405, section 3.3 and table 2. A number is fixed by (seed, stream,
instance, step, ordinal), so it depends neither on the number of threads nor on what was drawn
before it. In what an event does, the number of the event at its instance stands for the step.
"""

from __future__ import annotations

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


def uniform(
    instances: NDArray[Any], step: int, ordinal: int, stream: int, seed: int, single: bool = False
) -> NDArray[Any]:
    """A number in [0, 1) for each instance, shape as `instances`; float32 if `single`."""
    high = ((((step >> 32) & _MASK) << 16) & _MASK) ^ (ordinal & _MASK)
    steps = np.full(np.shape(instances), step & _MASK, np.uint64)
    return _uniform((instances, steps), (high, stream), seed, single)


def event_uniform(
    instances: NDArray[Any],
    events: NDArray[Any],
    ordinal: int,
    stream: int,
    seed: int,
    single: bool = False,
) -> NDArray[Any]:
    """A number in [0, 1) for each event, numbered at its instance; never one of ``uniform``."""
    return _uniform((instances, events), (ordinal, ~stream), seed, single)


def _uniform(
    each: tuple[NDArray[Any], NDArray[Any]], shared: tuple[int, int], seed: int, single: bool
) -> NDArray[Any]:
    """A number for each pair of counter words, with the two words that are the same for all."""
    low = np.uint64(_MASK)
    first, second = (values.astype(np.int64).astype(np.uint64) & low for values in each)
    words = tuple(np.full_like(first, value & _MASK) for value in shared)
    key = (seed & _MASK, (seed >> 32) & _MASK)
    w0, w1, _, _ = philox((first, second, words[0], words[1]), key)
    if single:
        return (w0 >> np.uint64(8)).astype(np.float32) * np.float32(2.0**-24)
    upper = (w0 >> np.uint64(5)).astype(np.float64)
    lower = (w1 >> np.uint64(6)).astype(np.float64)
    return np.asarray((upper * 67108864.0 + lower) / 9007199254740992.0)
