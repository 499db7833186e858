"""Pictures of synapses: what each neuron gets from where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def tiled(projection: Any, variable: str, in_post_geometry: bool) -> NDArray[np.float64]:
    """Receptive fields of all post neurons side by side, see `Projection.receptive_fields`."""
    from annarchy_ml.importers.equations.projection import population_of

    pre, post = population_of(projection.pre), population_of(projection.post)
    field = pre.geometry if len(pre.geometry) > 1 else (1, pre.size)
    rows, columns = field[0], int(np.prod(field[1:]))
    sources, targets, _, _ = projection.pairs()
    each = np.zeros((post.size, pre.size))
    each[targets, sources] = projection.flat(variable)
    tiles = each.reshape(post.size, rows, columns)
    if in_post_geometry and len(post.geometry) == 2:
        high, wide = post.geometry
    else:
        wide = int(np.ceil(np.sqrt(post.size)))
        high = -(-post.size // wide)
    whole = np.zeros((high * wide, rows, columns))
    whole[: post.size] = tiles
    shown = whole.reshape(high, wide, rows, columns).transpose(0, 2, 1, 3)
    return shown.reshape(high * rows, wide * columns)
