"""Kinetic schemes in NumPy: the algorithms of `aml_propagate`, for many instances at once.

Uniformisation (Jensen 1953, doi:10.1080/03461238.1953.10419459): with q the largest outflow of a
state and P = 1 + A/q, exp(A h) x = exp(-q h) sum_k (q h)^k/k! P^k x. P has no negative entry, so
nothing cancels; divided by the sum of the weights in place of exp(q h), the sum of the occupancies
is kept. Stiff schemes, where q dt is large, square the matrix of a short substep until it covers
dt, its columns scaled to the sum 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
_LARGEST_SUBSTEP = 8.0
_STIFF = 8.0
_ENDLESS = 1e15
_NEGLIGIBLE = 1e-18
_FOR_EVER = 1e12
"""In units of the fastest rate."""


def propagate(
    occupancies: Sequence[Any] | NDArray[Any],
    flows: Sequence[tuple[int, int]],
    forward: Sequence[Any] | NDArray[Any],
    reverse: Sequence[Any] | NDArray[Any],
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
    arrays = np.broadcast_arrays(*occupancies, *forward, *reverse)
    shape, n, m = arrays[0].shape, len(occupancies), len(flows)
    kind = np.result_type(*arrays[:n])
    values = np.array(arrays, np.float64).reshape(len(arrays), -1)
    x, rates = values[:n].copy(), values[n:]
    with np.errstate(all="ignore"):
        scheme = _Scheme.of(n, flows, rates[:m], rates[m:])
        span = scheme.q * float(dt)
        stiff = span > _STIFF * n
        for chosen, advance in ((~stiff, _in_substeps), (stiff, _by_squaring)):
            live = chosen & (span > 0.0) & (span < _ENDLESS)
            if live.any():
                x[:, live] = advance(scheme.part(live), x[:, live], float(dt))
        x[:, ~(span < _ENDLESS)] = np.nan
    return x.reshape(n, *shape).astype(kind)


def settled(
    count: int,
    flows: Sequence[tuple[int, int]],
    forward: Sequence[Any] | NDArray[Any],
    reverse: Sequence[Any] | NDArray[Any],
) -> NDArray[Any]:
    """Occupancies that stay as they are, shape (count, *instances): what state 0 settles to.

    Args:
        count: of states.
        flows: source and target of each edge.
        forward: rates [1/s] from source to target, numbers or arrays of instances.
        reverse: rates [1/s] from target to source.
    """
    if not flows:
        alone: NDArray[Any] = np.eye(count)[0]
        return alone
    rates = np.array(np.broadcast_arrays(*forward, *reverse), np.float64)
    largest = np.abs(rates).max(axis=0)
    rates = rates / np.where(largest > 0.0, largest, 1.0)
    start = np.zeros((count, *largest.shape))
    start[0] = 1.0
    steady: NDArray[Any] = propagate(
        start, flows, rates[: len(flows)], rates[len(flows) :], _FOR_EVER
    )
    return steady


@dataclass(frozen=True, slots=True)
class _Scheme:
    """Rates of many instances of one scheme.

    Attributes:
        out: (n_states, n_instances) outflow of each state [1/s].
        q: (n_instances,) the largest of them.
    """

    flows: Sequence[tuple[int, int]]
    forward: Values
    reverse: Values
    out: Values
    q: Values

    @classmethod
    def of(
        cls, n: int, flows: Sequence[tuple[int, int]], forward: Values, reverse: Values
    ) -> _Scheme:
        """The scheme with its outflows."""
        out = np.zeros((n, forward.shape[1]))
        for (source, target), f, r in zip(flows, forward, reverse, strict=True):
            out[source] += f
            out[target] += r
        return cls(flows, forward, reverse, out, np.maximum(out.max(axis=0), 0.0))

    def part(self, chosen: NDArray[np.bool_]) -> _Scheme:
        """The scheme of some instances."""
        forward, reverse = self.forward[:, chosen], self.reverse[:, chosen]
        return _Scheme(self.flows, forward, reverse, self.out[:, chosen], self.q[chosen])

    def jump(self, x: Values) -> Values:
        """Q P x."""
        result = np.asarray(x * (self.q - self.out))
        for (source, target), f, r in zip(self.flows, self.forward, self.reverse, strict=True):
            result[target] += x[source] * f
            result[source] += x[target] * r
        return result


def _in_substeps(scheme: _Scheme, x: Values, dt: float) -> Values:
    substeps = 1 + int(scheme.q.max() * dt / _LARGEST_SUBSTEP)
    for _ in range(substeps):
        x = _substep(scheme, x, np.full_like(scheme.q, dt / substeps))
    return x


def _substep(scheme: _Scheme, x: Values, h: Values) -> Values:
    """Exp(A h) x, `h` [s] being given for each instance."""
    term, total = x, x
    span = scheme.q * h
    weight = sum_of_weights = np.ones_like(span)
    order = 1
    while (weight > _NEGLIGIBLE * sum_of_weights).any() or order < float(span.max()):
        term = scheme.jump(term) * (h / order)
        total = total + term
        weight = weight * (span / order)
        sum_of_weights = sum_of_weights + weight
        order += 1
    return np.asarray(total / sum_of_weights)


def _by_squaring(scheme: _Scheme, x: Values, dt: float) -> Values:
    n, count = x.shape
    doublings = max(0, int(np.ceil(np.log2(float(scheme.q.max()) * dt))))
    h = np.full(count, dt / 2.0**doublings)
    columns = [np.repeat(np.eye(n)[:, [c]], count, axis=1) for c in range(n)]
    power = np.array([_substep(scheme, column, h) for column in columns]).transpose(2, 1, 0)
    for _ in range(doublings):
        power = power @ power
        power /= power.sum(axis=1, keepdims=True)
    return np.asarray((power @ x.T[:, :, None])[:, :, 0].T)
