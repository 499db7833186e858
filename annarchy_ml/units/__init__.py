"""Units: dimensions, units, quantities, and the tables that name them."""

from annarchy_ml.units.dimension import (
    DIMENSIONLESS,
    NAMED_DIMENSIONS,
    Dimension,
    base_units,
    named,
    with_article,
)
from annarchy_ml.units.tables import (
    DISPLAY_UNITS,
    PYNN_UNITS,
    SI_SYMBOLS,
    preferred_unit,
    pynn_unit,
    si_unit,
)
from annarchy_ml.units.unit import NO_UNIT, Quantity, Unit, UnitError, UnitTable, split_quantity

__all__ = [
    "DIMENSIONLESS",
    "DISPLAY_UNITS",
    "NAMED_DIMENSIONS",
    "NO_UNIT",
    "PYNN_UNITS",
    "SI_SYMBOLS",
    "Dimension",
    "Quantity",
    "Unit",
    "UnitError",
    "UnitTable",
    "base_units",
    "named",
    "preferred_unit",
    "pynn_unit",
    "si_unit",
    "split_quantity",
    "with_article",
]
