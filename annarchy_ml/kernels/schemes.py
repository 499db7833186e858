"""Kinetic schemes in NumPy: the algorithm of `aml_propagate`, for many instances at once.

Uniformisation (Jensen 1953, doi:10.1080/03461238.1953.10419459): with q the largest outflow of a
state and P = 1 + A/q, exp(A h) x = exp(-q h) sum_k (q h)^k/k! P^k x. P has no negative entry, so
nothing cancels and the sum of the occupancies is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
_LARGEST = 8.0
_NEGLIGIBLE = 1e-18


def propagate(
    occupancies: Sequence[Any],
    flows: Sequence[tuple[int, int]],
    forward: Sequence[Any],
    reverse: Sequence[Any],
    dt: float,
) -> NDArray[Any]:
    """Occupancies after `dt` [s], shape (n_states, *instances).

    Args:
        occupancies: one number or array of instances per state.
        flows: source and target of each edge.
        forward: rates [1/s] from source to target, numbers or arrays of instances.
        reverse: rates [1/s] from target to source.
        dt: time [s].
    """
    x = np.array(np.broadcast_arrays(*occupancies))
    kind, x = x.dtype, x.astype(np.float64)
    shape = np.broadcast_shapes(x.shape[1:], *(np.shape(rate) for rate in (*forward, *reverse)))
    x = np.array(np.broadcast_to(x.reshape(len(x), *np.shape(x)[1:]), (len(x), *shape)))
    edges = [
        (source, target, np.asarray(f, np.float64), np.asarray(r, np.float64))
        for (source, target), f, r in zip(flows, forward, reverse, strict=True)
    ]
    out = np.zeros_like(x)
    for source, target, f, r in edges:
        out[source] += f
        out[target] += r
    q = out.max(axis=0)
    with np.errstate(all="ignore"):
        valid = q * dt < 1e9
        largest = float(np.max(np.where(valid, q, 0.0), initial=0.0)) * dt
        if largest > 0.0:
            substeps = 1 + int(largest / _LARGEST)
            scaled = np.where(valid & (q > 0.0), q, 1.0)
            for _ in range(substeps):
                x = _substep(x, out, edges, scaled, float(dt) / substeps)
        x[:, ~valid] = np.nan
    return x.astype(kind)


def _substep(
    x: Values, out: Values, edges: list[tuple[int, int, Values, Values]], q: Values, h: float
) -> Values:
    term, total = x, x
    largest = float(np.max(q)) * h
    weight = sum_of_weights = 1.0
    order = 1
    while weight > _NEGLIGIBLE * sum_of_weights or order < largest:
        following = term * (1.0 - out / q)
        for source, target, f, r in edges:
            following[target] += term[source] * (f / q)
            following[source] += term[target] * (r / q)
        term = following * (q * h / order)
        total = total + term
        weight *= largest / order
        sum_of_weights += weight
        order += 1
    return np.asarray(total * np.exp(-q * h))
