"""Laws that only scripts draw from; those of the engine are in ``kernels.connectivity``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class DiscreteUniform:
    """Whole numbers from ``low`` to ``high``, both ends included."""

    low: int
    high: int

    def drawn(self, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """So many numbers."""
        return rng.integers(self.low, self.high, count, endpoint=True).astype(float)


@dataclass(frozen=True, slots=True)
class Gamma:
    """Gamma distribution of this shape and scale."""

    shape: float
    scale: float = 1.0

    def drawn(self, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """So many numbers."""
        return rng.gamma(self.shape, self.scale, count)


@dataclass(frozen=True, slots=True)
class Binomial:
    """How many of ``n`` trials succeed with probability ``p``."""

    n: int
    p: float

    def drawn(self, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """So many numbers."""
        return rng.binomial(self.n, self.p, count).astype(float)
