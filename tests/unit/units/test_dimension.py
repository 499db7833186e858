"""Dimensions: algebra and words."""

import pytest

from annarchy_ml.units import (
    DIMENSIONLESS,
    NAMED_DIMENSIONS,
    Dimension,
    base_units,
    named,
    with_article,
)

VOLTAGE, TIME = NAMED_DIMENSIONS["voltage"], NAMED_DIMENSIONS["time"]


def test_algebra():
    conductance = NAMED_DIMENSIONS["conductance"]
    assert conductance * VOLTAGE == NAMED_DIMENSIONS["current"]
    assert VOLTAGE / VOLTAGE == DIMENSIONLESS
    assert VOLTAGE**0 == DIMENSIONLESS
    assert DIMENSIONLESS.is_dimensionless
    assert not VOLTAGE.is_dimensionless


def test_roots_use_fractions_only_where_needed():
    root = VOLTAGE.root(2)
    assert root**2 == VOLTAGE
    assert hash(root**2) == hash(VOLTAGE)
    assert all(type(exponent) is int for exponent in (root**2).exponents)
    assert all(type(exponent) is int for exponent in NAMED_DIMENSIONS["area"].root(2).exponents)


@pytest.mark.parametrize(
    ("dimension", "words"),
    [
        (VOLTAGE, "a voltage"),
        (NAMED_DIMENSIONS["area"], "an area"),
        (NAMED_DIMENSIONS["conductanceDensity"], "a conductance per area"),
        (VOLTAGE / TIME, "a voltage per time"),
        (VOLTAGE**2, "a squared voltage"),
        (NAMED_DIMENSIONS["current"] / TIME, "a current per time"),
        (DIMENSIONLESS, "a plain number"),
        (NAMED_DIMENSIONS["per_time"], "a rate"),
        (Dimension(m=1, j=2), "a quantity in kg·cd²"),
        (Dimension(t=-5), "a quantity in s⁻⁵"),
    ],
)
def test_words(dimension, words):
    assert with_article(dimension) == words


def test_every_neuroml_dimension_has_words():
    for name, dimension in NAMED_DIMENSIONS.items():
        assert named(dimension), name


def test_base_units():
    assert base_units(VOLTAGE) == "kg·m²·s⁻³·A⁻¹"
    assert base_units(DIMENSIONLESS) == "1"
    assert base_units(NAMED_DIMENSIONS["length"].root(2)) == "m¹ᐟ²"
