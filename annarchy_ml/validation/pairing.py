"""Pairs the spikes of two trains: which are missing, which are extra, how far each is shifted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

_REACH = 0.5
"""Spikes are one if they are nearer than this part of the interval to the next spike."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """Two trains, spike by spike.

    Attributes:
        pairs: rows of the reference and of the other train that belong together, in order.
        missing: rows of the reference without a partner.
        extra: rows of the other train without one.
        shifts: the other minus the reference of each pair [s].
        times: of the reference's spike of each pair [s].
    """

    pairs: tuple[tuple[int, int], ...]
    missing: tuple[int, ...]
    extra: tuple[int, ...]
    shifts: NDArray[np.float64]
    times: NDArray[np.float64]

    @property
    def largest_shift(self) -> float:
        """The shift that is farthest from 0, with its sign [s]; 0 without pairs."""
        import numpy as np

        return float(self.shifts[np.argmax(np.abs(self.shifts))]) if len(self.shifts) else 0.0

    @property
    def drift(self) -> float:
        """How the shift grows with time, by least squares [s/s]; 0 with fewer than two pairs."""
        if len(self.times) < 2:
            return 0.0
        centered = self.times - self.times.mean()
        spread = float(centered @ centered)
        return float(centered @ self.shifts) / spread if spread > 0 else 0.0


def pair_spikes(reference: NDArray[np.float64], other: NDArray[np.float64]) -> Pairing:
    """Pairs spikes in order.

    A spike's partner is looked for where the last pair's shift leads, so a train that drifts is
    followed however far it goes, while a spike that is left out does not move those behind it.

    Args:
        reference: times, shape (n,) [s], rising.
        other: times, shape (m,) [s], rising.
    """
    import numpy as np

    reach_a, reach_b = _reaches(reference), _reaches(other)
    pairs: list[tuple[int, int]] = []
    missing: list[int] = []
    extra: list[int] = []
    a = b = 0
    shift = 0.0
    while a < len(reference) and b < len(other):
        apart = other[b] - shift - reference[a]
        if abs(apart) < min(reach_a[a], reach_b[b]):
            pairs.append((a, b))
            shift = other[b] - reference[a]
            a, b = a + 1, b + 1
        elif apart > 0:
            missing.append(a)
            a += 1
        else:
            extra.append(b)
            b += 1
    missing += range(a, len(reference))
    extra += range(b, len(other))
    rows = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    times = reference[rows[:, 0]]
    shifts = other[rows[:, 1]] - times
    return Pairing(tuple(pairs), tuple(missing), tuple(extra), shifts, times)


def _reaches(times: NDArray[np.float64]) -> Sequence[float]:
    """How far the partner of each spike may be [s]: a part of the shorter interval beside it."""
    import numpy as np

    if len(times) < 2:
        return [float("inf")] * len(times)
    intervals = np.diff(times)
    before = np.concatenate(([np.inf], intervals))
    after = np.concatenate((intervals, [np.inf]))
    reaches: list[float] = (_REACH * np.minimum(before, after)).tolist()
    return reaches
