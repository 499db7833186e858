"""Convolutions and poolings of equation networks, against SciPy and NumPy (EQUATIONS.md §16)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import ndimage

import annarchy_ml as aml

INPUT = aml.Neuron(parameters="r = 0.0")
SUM = aml.Neuron(equations="r = sum(exc)")
RNG = np.random.default_rng(7)
IMAGE = RNG.normal(size=(9, 12))
FILTER = RNG.normal(size=(3, 5))


def convolved(
    image: Any, geometry: Any, connect: Any, executor: str = "compiled", **made: Any
) -> Any:
    """What a convolution of an image gives after a step."""
    net = aml.Network(seed=1)
    pre, post = net.create(image.shape, INPUT), net.create(geometry, SUM)
    pre.r = image
    projection = net.connect(aml.Convolution(pre, post, "exc", **made))
    connect(projection)
    net.compile(executor=executor)
    net.step()
    return post.r, projection, net


@pytest.mark.parametrize("executor", ["compiled", "interpreter"])
@pytest.mark.parametrize("padding", [0.0, 0.75, "border"])
def test_a_filter_correlates(padding: Any, executor: str) -> None:
    found, _, _ = convolved(
        IMAGE, IMAGE.shape, lambda p: p.connect_filter(FILTER, padding=padding), executor
    )
    how = dict(mode="nearest") if padding == "border" else dict(mode="constant", cval=padding)
    assert found == pytest.approx(ndimage.correlate(IMAGE, FILTER, **how), rel=1e-12)


def test_filters_of_even_length_lie_to_the_right() -> None:
    small = RNG.normal(size=(2, 4))
    found, _, _ = convolved(IMAGE, IMAGE.shape, lambda p: p.connect_filter(small))
    wanted = ndimage.correlate(IMAGE, small, mode="constant", origin=(-1, -1))
    assert found == pytest.approx(wanted, rel=1e-12)


def test_psp_and_mean() -> None:
    found, _, _ = convolved(
        IMAGE,
        IMAGE.shape,
        lambda p: p.connect_filter(FILTER, padding=0.5),
        psp="w * pre.r^2 + 1",
        operation="mean",
    )
    wanted = ndimage.correlate(IMAGE**2, FILTER, mode="constant", cval=0.25) / 15.0 + 1.0
    assert found == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("operation", ["max", "min"])
def test_extremes_are_over_neurons_inside(operation: str) -> None:
    def one(values: Any) -> float:
        inside = ~np.isnan(values)
        return float(getattr(np, operation)((values * FILTER.reshape(-1))[inside]))

    found, _, _ = convolved(
        IMAGE, IMAGE.shape, lambda p: p.connect_filter(FILTER), operation=operation
    )
    wanted = ndimage.generic_filter(IMAGE, one, FILTER.shape, mode="constant", cval=np.nan)
    assert found == pytest.approx(wanted, rel=1e-12)


def test_layers_and_fewer_neurons() -> None:
    image = RNG.normal(size=(8, 6, 3))
    both = RNG.normal(size=(3, 3, 3))
    found, _, _ = convolved(image, (4, 3), lambda p: p.connect_filter(both))
    whole = ndimage.correlate(image, both, mode="constant")[:, :, 1]
    assert found == pytest.approx(whole[::2, ::2], rel=1e-12)
    found, _, _ = convolved(
        image, image.shape, lambda p: p.connect_filter(both[0], keep_last_dimension=True)
    )
    each = [ndimage.correlate(image[:, :, k], both[0], mode="constant") for k in range(3)]
    assert found == pytest.approx(np.stack(each, axis=2), rel=1e-12)


def test_banks_and_places() -> None:
    bank = RNG.normal(size=(4, 3, 3))
    found, _, _ = convolved(IMAGE, (*IMAGE.shape, 4), lambda p: p.connect_filters(bank))
    each = [ndimage.correlate(IMAGE, one, mode="constant") for one in bank]
    assert found == pytest.approx(np.stack(each, axis=2), rel=1e-12)
    places = [[0, 0], [8, 11], [4, 4]]
    found, _, _ = convolved(IMAGE, (3, 4), lambda p: p.connect_filters(bank, subsampling=places))
    assert found == pytest.approx(np.array([[one[i, j] for one in each] for i, j in places]))


def test_filter_and_delay_change() -> None:
    found, projection, net = convolved(
        IMAGE, IMAGE.shape, lambda p: p.connect_filter(FILTER, delays=2.0)
    )
    post = net.populations[1]
    wanted = ndimage.correlate(IMAGE, FILTER, mode="constant")
    assert found == pytest.approx(wanted)  # nothing was different before
    net.populations[0].r = 2.0 * IMAGE
    net.step()
    assert post.r == pytest.approx(wanted)
    net.step()
    assert post.r == pytest.approx(2.0 * wanted)
    projection.weights = 3.0 * FILTER
    net.step()
    assert post.r == pytest.approx(6.0 * wanted, rel=1e-12)
    assert np.array_equal(projection.get("weights"), 3.0 * FILTER)
    assert (projection.size, projection.delay) == (IMAGE.size, 2.0)


@pytest.mark.parametrize("operation", ["max", "min", "mean"])
def test_pooling(operation: str) -> None:
    image = RNG.normal(size=(8, 6, 5))
    for geometry, extent, axes in (
        ((4, 2, 5), None, (1, 3)),
        ((8, 6), (1, 1, 5), (5,)),
        ((1, 1, 5), (8, 6, 1), (0, 1)),
    ):
        net = aml.Network()
        pre, post = net.create(image.shape, INPUT), net.create(geometry, SUM)
        pre.r = image
        projection = net.connect(aml.Pooling(pre, post, "exc", operation=operation))
        projection.connect_pooling(extent)
        net.compile()
        net.step()
        combine = getattr(np, operation)
        if extent is None:
            wanted = combine(image.reshape(4, 2, 2, 3, 5), axis=axes)
        else:
            wanted = combine(image, axis=2 if axes == (5,) else axes).reshape(geometry)
        assert post.r == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(
    "connect",
    [
        lambda p: p.connect_filter(np.ones(3)),
        lambda p: p.connect_filter(np.ones((3, 3)), padding="mirror"),
        lambda p: p.connect_filter(np.ones((3, 3)), subsampling=[[0, 0]]),
        lambda p: p.connect_filters(np.ones((5, 3, 3))),
    ],
)
def test_what_does_not_fit_is_refused(connect: Any) -> None:
    with pytest.raises(aml.ANNarchyException, match=r"'proj0'|padding"):
        convolved(IMAGE, IMAGE.shape, connect)
    net = aml.Network()
    pre, post = net.create((4, 4), INPUT), net.create((3, 4), SUM)
    with pytest.raises(aml.ANNarchyException, match="multiples"):
        net.connect(aml.Convolution(pre, post, "exc")).connect_filter(np.ones((3, 3)))
    with pytest.raises(aml.ANNarchyException, match="all neurons"):
        net.connect(aml.Pooling(pre, post, "exc")).connect_pooling()
