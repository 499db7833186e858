"""Neurons by rank and by place: ranks count in C order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.importers.equations.faults import ANNarchyException

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Geometry:
    """A population as a grid."""

    geometry: tuple[int, ...]

    def rank_from_coordinates(self, coord: Any) -> int:
        """The number of the neuron at a place."""
        return int(np.ravel_multi_index(tuple(np.atleast_1d(coord)), self.geometry))

    def coordinates_from_rank(self, rank: int) -> tuple[int, ...]:
        """The place of a neuron."""
        return tuple(int(item) for item in np.unravel_index(rank, self.geometry))

    def normalized_coordinates_from_rank(self, rank: int, norm: float = 1.0) -> tuple[float, ...]:
        """The place of a neuron, from 0 to ``norm`` on each axis."""
        places = zip(self.coordinates_from_rank(rank), self.geometry, strict=True)
        return tuple(norm * place / (n - 1) if n > 1 else 0.0 for place, n in places)


def shape_of(given: Any) -> tuple[int, ...]:
    """A geometry as a tuple."""
    try:
        numbers = np.atleast_1d(np.asarray([] if isinstance(given, str) else given, float))
    except (TypeError, ValueError):
        numbers = np.zeros(0)
    whole = numbers.ndim == 1 and len(numbers) > 0 and bool(np.all(numbers == np.floor(numbers)))
    if not whole or not np.all((numbers >= 1) & (numbers < 2**31)):
        raise ANNarchyException(f"a geometry is made of whole numbers from 1 on, not {given!r}")
    return tuple(int(item) for item in numbers)


def ranks_in(which: Any, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Ranks that an index chooses, ascending, each once."""
    places = np.arange(int(np.prod(shape)))
    if isinstance(which, tuple):
        places = places.reshape(shape)
    elif isinstance(which, (list, range, np.ndarray)):
        which = np.asarray(which)
        if which.dtype == bool:
            which = which.reshape(-1)
    try:
        chosen = places[which]
    except IndexError as fault:
        whole = " x ".join(map(str, shape))
        raise IndexError(
            f"{which!r} chooses none of {whole} neurons, which count from 0"
        ) from fault
    return np.unique(np.atleast_1d(chosen))
