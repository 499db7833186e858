"""Which neurons lie under a filter or a pooling window: coordinates and ranks, by NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.importers.equations.faults import ANNarchyException

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Covered:
    """What filters cover.

    Attributes:
        pre: shape (n,): rank under an element of the filter; only where ``inside``.
        post: shape (n,): rank of the neuron to which the filter belongs.
        element: shape (n,): flat index of the element in its filter (or in the bank).
        inside: shape (n,): whether it lies inside of the population.
    """

    pre: Ints
    post: Ints
    element: Ints
    inside: NDArray[np.bool_]


def middle(length: int) -> int:
    """The element of a filter that lies on its center: the lower one of two."""
    return (length - 1) // 2


def centers(pre: Shape, post: Shape, filter_: Shape) -> Ints:
    """Where filters lie if nothing else is said.

    Args:
        pre: geometry of the population that is filtered.
        post: geometry of the result, without the axis of several filters.
        filter_: shape of one filter.

    Returns:
        Coordinates of the centers, shape (product of ``post``, len(pre)).
    """
    along = []
    for axis, size in enumerate(pre):
        if axis >= len(post):
            along.append(np.array([middle(filter_[axis])]))
            continue
        every = size // post[axis]
        if every * post[axis] != size:
            raise ANNarchyException(
                f"a convolution of {pre} neurons onto {post}: sizes must be multiples, or give "
                "the centers as 'subsampling'"
            )
        along.append((every - 1) // 2 + every * np.arange(post[axis]))
    mesh = np.meshgrid(*along, indexing="ij")
    return np.stack([item.reshape(-1) for item in mesh], axis=1)


def covered(pre: Shape, at: Ints, filter_: Shape, border: bool) -> Covered:
    """What one filter covers at each of its places.

    Args:
        pre: geometry of the population that is filtered.
        at: centers, shape (n_places, len(pre)).
        filter_: shape of the filter, over the first axes of ``pre``.
        border: whether neurons at the border stand for all beyond it.

    Returns:
        ``post`` counts places.
    """
    grid = np.meshgrid(*(np.arange(n) - middle(n) for n in filter_), indexing="ij")
    shifts = np.zeros((int(np.prod(filter_)), len(pre)), np.int64)
    shifts[:, : len(filter_)] = np.stack([item.reshape(-1) for item in grid], axis=1)
    places = at[:, None, :] + shifts[None, :, :]
    top = np.asarray(pre) - 1
    clipped = np.clip(places, 0, top)
    inside = np.ones(places.shape[:2], bool) if border else (clipped == places).all(axis=2)
    ranks = np.ravel_multi_index(tuple(np.moveaxis(clipped, 2, 0)), pre)
    which = np.broadcast_to(np.arange(len(at))[:, None], ranks.shape)
    element = np.broadcast_to(np.arange(len(shifts))[None, :], ranks.shape)
    return Covered(
        ranks.reshape(-1), which.reshape(-1).copy(), element.reshape(-1).copy(), inside.reshape(-1)
    )


def bank(single: Covered, n_filters: int, size: int) -> Covered:
    """The same for a bank of filters: each place has a neuron for each filter, which come last.

    Args:
        single: what one filter covers.
        n_filters: how many there are.
        size: elements of one of them.
    """
    number = np.arange(n_filters)
    return Covered(
        np.tile(single.pre, n_filters),
        (single.post[None, :] * n_filters + number[:, None]).reshape(-1),
        (single.element[None, :] + size * number[:, None]).reshape(-1),
        np.tile(single.inside, n_filters),
    )


def regions(pre: Shape, post: Shape, extent: Shape) -> tuple[Ints, Ints]:
    """Ranks of pre and post neurons of a pooling, shape (n,) each.

    Args:
        pre: geometry of the population that is pooled.
        post: geometry of the result.
        extent: size of a window; axes that ``post`` lacks are pooled as a whole.
    """
    longer = (*post, *(1,) * (len(pre) - len(post)))
    if len(extent) != len(pre) or any(
        e * n != size for e, n, size in zip(extent, longer, pre, strict=True)
    ):
        raise ANNarchyException(
            f"a pooling of {pre} neurons onto {post} by windows of {extent}: along each axis the "
            "windows must cover all neurons"
        )
    coordinates = np.unravel_index(np.arange(int(np.prod(pre))), pre)
    windows = tuple(item // e for item, e in zip(coordinates, extent, strict=True))
    return np.arange(int(np.prod(pre))), np.ravel_multi_index(windows, longer)
