"""Connections of a network as a program finds them on the device."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annarchy_ml.engine.cuda.memory import Store, Words

if TYPE_CHECKING:
    from annarchy_ml.engine import _core
    from annarchy_ml.engine.cuda.connect import DeviceConnections
    from annarchy_ml.engine.cuda.device import Device

PIECE = 2048
"""Connections of a row that the lanes of one warp deliver at a time, at most."""
WIDE, FLOATS, DOUBLES, CONSECUTIVE = 1, 2, 4, 8
"""Parts of a layout: how targets and weights are kept."""
MOST_NARROW = 0x10000
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
    targets: Any
    weights: Any
    segments: Any
    begins: Any
    delay_numbers: Any

    @property
    def size(self) -> int:
        """Number of connections."""
        return int(self.rows[-1]) if len(self.rows) else 0

    def all_targets(self) -> NDArray[np.int32]:
        """Shape (n,)."""
        if self.layout & CONSECUTIVE:
            return np.arange(self.size, dtype=np.int32)
        kind = np.int32 if self.layout & WIDE else np.uint16
        return np.frombuffer(self.targets, kind).astype(np.int32)

    def onto(self, targets: NDArray[np.int32]) -> tuple[Stored, NDArray[np.int64]]:
        """The same connections onto other targets, and which of them lies where then.

        Args:
            targets: shape (n,); below 0 for connections that go. All segments stay, though some
                may be empty.
        """
        bounds = np.asarray(self.rows if len(self.delays) <= 1 else self.begins, np.int64)
        segments = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
        order = np.lexsort((targets, segments))
        order = order[targets[order] >= 0]
        before = np.concatenate(([0], np.cumsum(targets >= 0))).astype(np.uint32)
        found = targets[order]
        wide = bool(np.any(found >= MOST_NARROW))
        layout = self.layout & ~(WIDE | CONSECUTIVE) | (WIDE if wide else 0)
        made = replace(
            self,
            layout=layout,
            rows=before[self.rows],
            begins=before[self.begins],
            targets=found.astype(np.int32 if wide else np.uint16),
        )
        return made, order


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


def steps_of(item: Stored | Placed, dt: float) -> int:
    """Steps after which every event of a projection has arrived."""
    longest = float(item.delays[-1]) if item.size and len(item.delays) else 0.0
    return int(np.ceil(longest if item.whole_steps else longest / dt)) + 2


def shares(sizes: list[int]) -> list[tuple[int, int]]:
    """For each of some projections the part of all warps that delivers it, in 2^-32."""
    ends = np.cumsum([0, *sizes], dtype=np.float64) / max(sum(sizes), 1)
    places = [min(int(end * _WHOLE), _WHOLE - 1) for end in ends]
    return list(pairwise(places))


@dataclass(frozen=True, slots=True)
class Placed:
    """Connections as they lie on the device.

    Attributes:
        layout, weight, whole_steps, delay_width: as of `Stored`.
        delays: shape (n_delays,), in seconds or in steps.
        size: number of connections.
        mean, longest: connections of a segment.
        places: of targets, weights, rows, segments, begins, delay numbers, delays; 0 for nothing.
        held: their memory.
    """

    layout: int
    weight: float
    whole_steps: bool
    delay_width: int
    delays: Any
    size: int
    mean: float
    longest: int
    places: tuple[int, ...]
    held: Any


def placed(item: Stored, device: Device) -> Placed:
    """Copies connections to a device."""
    store = Store(device)
    bounds = item.rows if len(item.delays) <= 1 else item.begins
    lengths = np.diff(bounds.astype(np.int64))
    used = lengths[lengths > 0]
    parts = item.targets, item.weights, item.rows, item.segments, item.begins
    places = [store.keep(part) for part in (*parts, item.delay_numbers, item.delays)]
    mean = float(used.mean()) if len(used) else 1.0
    return Placed(
        item.layout, item.weight, item.whole_steps, item.delay_width, item.delays, item.size,
        mean, int(lengths.max(initial=0)), tuple(places), store,
    )  # fmt: skip


def placed_here(item: DeviceConnections, device: Device, layout: int) -> Placed:
    """Connections that a rule has made on a device."""
    store = Store(device)
    lengths = np.diff(item.row_ptr.astype(np.int64))
    count, longest = int(np.count_nonzero(lengths)), int(lengths.max(initial=0))
    segments = 0
    if item.segment_ptr is not None:
        count, longest = int(item.segment_ptr[-1]), item.longest
        segments = store.keep(item.segment_ptr)
    targets, weights, begins, numbers = (
        0 if part is None else part.address
        for part in (item.targets, item.weights, item.segment_begin, item.segment_delay)
    )
    rows, delays = store.keep(item.row_ptr), store.keep(item.delays)
    places = targets, weights, rows, segments, begins, numbers, delays
    return Placed(
        layout, item.weight, True, item.delay_width, item.delays, item.size,
        item.size / max(count, 1), longest, places, (store, item),
    )  # fmt: skip


def put_connections(words: Words, item: Placed, transmits: bool, share: tuple[int, int]) -> None:
    """Says where the connections of a projection are, in its words."""
    lanes = 1 << max(0, min(_LANES, int(item.mean)).bit_length() - 1)
    parts = max(1, -(-item.longest // PIECE))
    for k, place in enumerate(item.places):
        words[k] = place
    words.set_real(7, item.weight)
    numbers = (
        item.layout,
        item.delay_width,
        len(item.delays),
        int(np.searchsorted(item.delays, 0.0, "right")),
        int(item.whole_steps),
        int(transmits and item.size > 0),
        *share,
        lanes,
        item.longest,
        parts,
    )
    for k, number in enumerate(numbers, start=8):
        words[k] = number


def put_owners(words: Words, owners: int, n_owners: int) -> None:
    """Says who owns the targets of a projection."""
    words[19] = owners
    words[20] = n_owners
