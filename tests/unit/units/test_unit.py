"""Units, quantities and the tables."""

import math

import pytest

from annarchy_ml.units import (
    DIMENSIONLESS,
    DISPLAY_UNITS,
    NAMED_DIMENSIONS,
    PYNN_UNITS,
    SI_SYMBOLS,
    Dimension,
    Quantity,
    Unit,
    UnitError,
    UnitTable,
    preferred_unit,
    pynn_unit,
    si_unit,
)

D = NAMED_DIMENSIONS
TABLE = UnitTable(
    D,
    [
        Unit("mV", D["voltage"], -3),
        Unit("V", D["voltage"]),
        Unit("ms", D["time"], -3),
        Unit("min", D["time"], 0, 60.0),
        Unit("S_per_m2", D["conductanceDensity"]),
        Unit("degC", D["temperature"], 0, 1.0, 273.15),
        Unit("uS", D["conductance"], -6),
        Unit("e", D["charge"], 0, 1.602176634e-19),
    ],
)


@pytest.mark.parametrize(
    ("text", "value", "dimension"),
    [
        ("-65mV", -65 * 1e-3, "voltage"),
        ("-65 mV", -65 * 1e-3, "voltage"),
        ("\t-65\n mV ", -65 * 1e-3, "voltage"),
        ("1e-3 S_per_m2", 1e-3, "conductanceDensity"),
        ("32 degC", 32 + 273.15, "temperature"),
        (" 5 ", 5.0, "none"),
        ("1E-5", 1e-5, "none"),
        (".5ms", 0.5 * 1e-3, "time"),
        ("+3.ms", 3 * 1e-3, "time"),
        ("2 min", 120.0, "time"),
        ("5e", 5 * 1.602176634e-19, "charge"),
        ("5e3", 5e3, "none"),
        ("5e3e", 5e3 * 1.602176634e-19, "charge"),
        ("1e2 mV", 100 * 1e-3, "voltage"),
    ],
)
def test_quantities(text, value, dimension):
    assert TABLE.parse_quantity(text) == Quantity(value, D[dimension], text)


@pytest.mark.parametrize(
    ("text", "code", "hint", "part"),
    [
        ("-65mv", "units.unknown", "did you mean 'mV'?", (3, 2)),
        ("5 µS", "units.unknown", "did you mean 'uS'?", (2, 2)),
        ("5 parsec", "units.unknown", "", (2, 6)),
        ("ten mV", "units.malformed", "write a number and a unit, such as '5 mV'", (0, 6)),
        ("", "units.malformed", "write a number and a unit, such as '5 mV'", (0, 0)),
        ("--5", "units.malformed", "write a number and a unit, such as '5 mV'", (0, 3)),
        ("nan", "units.malformed", "write a number and a unit, such as '5 mV'", (0, 3)),
        ("1e999", "value.range", "", (0, 5)),
        ("1e308 min", "value.range", "", (0, 9)),
    ],
)
def test_faulty_quantities(text, code, hint, part):
    with pytest.raises(UnitError) as caught:
        TABLE.parse_quantity(text)
    error = caught.value
    assert (error.code, error.hint, (error.start, error.length)) == (code, hint, part)


def test_powers_of_ten_are_those_of_pow():
    for power in range(-22, 23):
        assert Unit("x", DIMENSIONLESS, power).factor == math.pow(10.0, power)


def test_offset_is_added_last():
    assert TABLE.unit("degC").to_si(6.3) == 6.3 + 273.15


def test_same_definition_again_is_harmless_but_another_is_not():
    table = UnitTable({"voltage": D["voltage"]})
    table.add_dimension("voltage", D["voltage"])
    table.add_unit(Unit("mV", D["voltage"], -3))
    table.add_unit(Unit("mV", D["voltage"], -3))
    with pytest.raises(UnitError, match="voltage"):
        table.add_dimension("voltage", D["time"])
    with pytest.raises(UnitError, match="mV"):
        table.add_unit(Unit("mV", D["voltage"], -6))


def test_dimension_names():
    assert TABLE.dimension("*") is None
    assert TABLE.dimension("none") == TABLE.dimension("") == DIMENSIONLESS
    with pytest.raises(UnitError) as caught:
        TABLE.dimension("voltaeg")
    assert caught.value.hint == "did you mean 'voltage'?"


def test_preferred_units():
    assert preferred_unit(D["voltage"]) == ("mV", 1e-3)
    assert preferred_unit(D["specificCapacitance"]) == ("uF_per_cm2", 1e-2)
    assert preferred_unit(DIMENSIONLESS) == ("", 1.0)
    assert preferred_unit(Dimension(j=1)) == ("cd", 1.0)
    assert all(unit.dimension == dimension for dimension, unit in DISPLAY_UNITS.items())


def test_pynn_units():
    symbols = {unit.symbol for unit in PYNN_UNITS.values()}
    assert {"mV", "ms", "nA", "uS", "nF", "Hz", "MOhm"} <= symbols
    assert pynn_unit(D["conductance"]).to_si(2.0) == 2.0 * 1e-6
    assert pynn_unit(Dimension(j=1)).symbol == "cd"


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("voltage", "V"),
        ("currentDensity", "A/m²"),
        ("none", "1"),
        ("", "1"),
        ("unheard", "1"),
        ("density", "kg·m⁻³"),
    ],
)
def test_si_units(name, symbol):
    assert si_unit(name, {"density": Dimension(m=1, l=-3)}) == symbol


def test_every_known_dimension_has_its_si_unit():
    assert SI_SYMBOLS.keys() == NAMED_DIMENSIONS.keys()
