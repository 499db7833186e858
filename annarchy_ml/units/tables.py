"""Which unit to show a quantity in, and the units that PyNN's plain numbers imply."""

from __future__ import annotations

from collections.abc import Mapping

from annarchy_ml.units.dimension import DIMENSIONLESS, NAMED_DIMENSIONS, Dimension, base_units
from annarchy_ml.units.unit import Unit


def _table(rows: tuple[tuple[str, str, int], ...]) -> dict[Dimension, Unit]:
    return {
        NAMED_DIMENSIONS[name]: Unit(symbol, NAMED_DIMENSIONS[name], power)
        for name, symbol, power in rows
    }


SI_SYMBOLS = {
    "none": "1",
    "time": "s",
    "per_time": "1/s",
    "voltage": "V",
    "per_voltage": "1/V",
    "conductance": "S",
    "conductanceDensity": "S/m²",
    "conductance_per_voltage": "S/V",
    "capacitance": "F",
    "specificCapacitance": "F/m²",
    "resistance": "Ω",
    "resistivity": "Ω·m",
    "charge": "C",
    "charge_per_mole": "C/mol",
    "current": "A",
    "currentDensity": "A/m²",
    "length": "m",
    "area": "m²",
    "volume": "m³",
    "concentration": "mol/m³",
    "substance": "mol",
    "permeability": "m/s",
    "temperature": "K",
    "idealGasConstantDims": "J/K/mol",
    "rho_factor": "mol/m/A/s",
}
"""The SI unit of each dimension of the NeuroML core definitions, as a user writes it."""

DISPLAY_UNITS: dict[Dimension, Unit] = _table(
    (
        ("time", "ms", -3),
        ("per_time", "Hz", 0),
        ("voltage", "mV", -3),
        ("per_voltage", "per_mV", 3),
        ("conductance", "nS", -9),
        ("conductanceDensity", "mS_per_cm2", 1),
        ("capacitance", "pF", -12),
        ("specificCapacitance", "uF_per_cm2", -2),
        ("resistance", "Mohm", 6),
        ("charge", "C", 0),
        ("charge_per_mole", "C_per_mol", 0),
        ("current", "nA", -9),
        ("currentDensity", "uA_per_cm2", -2),
        ("length", "um", -6),
        ("area", "um2", -12),
        ("volume", "um3", -18),
        ("concentration", "mM", 0),
        ("substance", "mol", 0),
        ("permeability", "um_per_ms", -3),
        ("temperature", "K", 0),
        ("idealGasConstantDims", "J_per_K_per_mol", 0),
        ("conductance_per_voltage", "nS_per_mV", -6),
        ("rho_factor", "mol_per_m_per_A_per_s", 0),
        ("resistivity", "ohm_cm", -2),
    )
)
"""The unit that users see, by dimension, with the symbols of the NeuroML core definitions."""

PYNN_UNITS: dict[Dimension, Unit] = _table(
    (
        ("time", "ms", -3),
        ("per_time", "Hz", 0),
        ("voltage", "mV", -3),
        ("current", "nA", -9),
        ("conductance", "uS", -6),
        ("capacitance", "nF", -9),
        ("resistance", "MOhm", 6),
        ("length", "um", -6),
        ("concentration", "mM", 0),
    )
) | {NAMED_DIMENSIONS["temperature"]: Unit("degC", NAMED_DIMENSIONS["temperature"], 0, 1.0, 273.15)}
"""The unit that a plain number has in PyNN, by dimension."""


def si_unit(name: str, dimensions: Mapping[str, Dimension]) -> str:
    """The SI unit of a dimension that a document names; "1" if it defines no such dimension."""
    return SI_SYMBOLS.get(name) or base_units(dimensions.get(name, DIMENSIONLESS))


def preferred_unit(dimension: Dimension) -> tuple[str, float]:
    """The unit to show a quantity in.

    Returns:
        Its symbol and how many SI units it is: shown value = SI value / scale. A dimension
        without a customary unit gets SI base units; a plain number gets ("", 1.0).
    """
    if dimension == DIMENSIONLESS:
        return "", 1.0
    unit = DISPLAY_UNITS.get(dimension)
    if unit is not None:
        return unit.symbol, unit.factor
    return base_units(dimension), 1.0


def pynn_unit(dimension: Dimension) -> Unit:
    """The unit of a PyNN number of this dimension; SI where PyNN names none."""
    return PYNN_UNITS.get(dimension) or Unit(base_units(dimension), dimension)
