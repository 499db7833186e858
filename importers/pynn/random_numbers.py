"""The random numbers of this backend."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from pyNN.random import NumpyRNG

from annarchy_ml.importers.pynn import simulator


class NativeRNG(NumpyRNG):
    """Random numbers of this backend, drawn for all connections of a projection at once.

    Attributes:
        rng: the generator, PCG64 (O'Neill 2014).
    """

    translations: ClassVar[dict[str, tuple[str, dict[str, str]]]] = {
        **NumpyRNG.translations,
        "uniform_int": ("integers", {"low": "low", "high": "high"}),
    }

    def __init__(self, seed: int | None = None, parallel_safe: bool = True) -> None:
        """Without a seed, the numbers are those of the seed of ``setup``."""
        super().__init__(seed, parallel_safe)
        given = simulator.state.options.get("seed") or 0 if seed is None else seed
        self.rng = np.random.default_rng(given)

    def __deepcopy__(self, memo: dict[int, Any]) -> NativeRNG:
        """Itself: copies that PyNN makes of parameters would all draw the same numbers."""
        return self


def is_native(rng: Any) -> bool:
    """Whether numbers can be drawn in any order: the script asked for those of the backend."""
    return isinstance(rng, NativeRNG)
