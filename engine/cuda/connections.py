"""Connections of a network as a program finds them on the device."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.engine.cuda.memory import Store, Words
from annarchy_ml.kernels.plan import GroupPlan

if TYPE_CHECKING:
    from annarchy_ml.engine import _core

PIECE = 2048
"""Connections of a row that the lanes of one warp deliver at a time."""
_LANES = 32
_WHOLE = 1 << 32


@dataclass(frozen=True, slots=True)
class Stored:
    """Connections as they lie in memory: see ``cpp/src/connection_store.hpp``."""

    layout: int
    weight: float
    transmits: bool
    whole_steps: bool
    delay_width: int
    delays: Any
    rows: Any
    targets: memoryview
    weights: memoryview
    segments: Any
    begins: Any
    delay_numbers: memoryview

    @property
    def size(self) -> int:
        """Number of connections."""
        return int(self.rows[-1]) if len(self.rows) else 0

    @property
    def longest(self) -> float:
        """The longest delay, in seconds or in steps; 0 without any."""
        return float(self.delays[-1]) if len(self.delays) else 0.0


def stored(network: _core.Network, number: int) -> Stored:
    """The connections of a projection."""
    head, delays, rows, targets, weights, segments, begins, numbers = network.stored_connections(
        number
    )
    whole = [np.frombuffer(item, np.uint32) for item in (rows, segments, begins)]
    return Stored(
        *head,
        np.asarray(delays.cast("B").cast("d")),
        whole[0],
        targets,
        weights,
        whole[1],
        whole[2],
        numbers,
    )


def steps_of(item: Stored, dt: float) -> int:
    """Steps after which every event of a projection has arrived."""
    return int(np.ceil(item.longest if item.whole_steps else item.longest / dt)) + 1


def shares(sizes: list[int]) -> list[tuple[int, int]]:
    """For each of some projections the part of all warps that delivers it, in 2^-32."""
    ends = np.cumsum([0, *sizes], dtype=np.float64) / max(sum(sizes), 1)
    places = [min(int(end * _WHOLE), _WHOLE - 1) for end in ends]
    return list(pairwise(places))


def put_connections(
    words: Words, first: int, item: Stored, store: Store, share: tuple[int, int]
) -> None:
    """Copies the connections of a projection to the device, and says where they are."""
    bounds = item.rows if len(item.delays) <= 1 else item.begins
    lengths = np.diff(bounds.astype(np.int64))
    used = lengths[lengths > 0]
    mean = float(used.mean()) if len(used) else 1.0
    lanes = 1 << max(0, min(_LANES, int(mean)).bit_length() - 1)
    pieces = max(1, -(-int(lengths.max(initial=0)) // PIECE))
    places = [store.keep(part) for part in (item.targets, item.weights, item.rows, item.segments)]
    places += [store.keep(part) for part in (item.begins, item.delay_numbers, item.delays)]
    for k, place in enumerate(places):
        words[first + k] = place
    words.set_real(first + 7, item.weight)
    numbers = (
        item.layout,
        item.delay_width,
        len(item.delays),
        int(np.searchsorted(item.delays, 0.0, "right")),
        int(item.whole_steps),
        int(item.transmits and item.size > 0),
        *share,
        lanes,
        PIECE,
        pieces,
    )
    for k, number in enumerate(numbers, start=8):
        words[first + k] = number


def put_owners(words: Words, first: int, group: GroupPlan, owners: int, n_owners: int) -> None:
    """Says who owns the targets of a projection."""
    words[first + 19] = owners
    words[first + 20] = n_owners if owners else group.size
