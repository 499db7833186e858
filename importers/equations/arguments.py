"""Arguments of ``Variable`` as flags of its equation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from annarchy_ml.diagnostics.suggest import did_you_mean
from annarchy_ml.expr import Number
from annarchy_ml.importers.equations.faults import EquationError, Section, fault
from annarchy_ml.importers.equations.statements import (
    LOCALITIES,
    METHODS,
    TYPES,
    Equation,
    read_value,
)

if TYPE_CHECKING:
    from annarchy_ml.importers.equations.definition import Definition, Variable


def with_arguments(
    definition: Definition, equation: Equation, item: Variable, section: Section
) -> Equation:
    """An equation with the arguments of its ``Variable`` as flags."""
    changes: dict[str, Any] = {}
    if item.unit is not None:
        if equation.flags.unit:
            raise _contradiction(equation, "unit")
        changes["unit"] = str(item.unit)
    for flag, given in (("init", item.init), ("low", item.min), ("high", item.max)):
        if given is None:
            continue
        if getattr(equation.flags, flag) is not None:
            raise _contradiction(equation, {"low": "min", "high": "max"}.get(flag, flag))
        changes[flag] = _value(definition, given, section)
    if item.method is not None:
        if item.method not in METHODS:
            message, hint = (
                f"unknown method '{item.method}'",
                did_you_mean(item.method, METHODS),
            )
            raise fault("equation.method", message, section, equation.span, hint)
        changes["method"] = METHODS[item.method]
    if item.locality:
        if item.locality not in LOCALITIES:
            message = f"unknown locality '{item.locality}'"
            raise fault("equation.locality", message, section, equation.span)
        changes["locality"] = item.locality
    if item.type is not None:
        changes["type"] = type_name(item.type, section)
    for flag in ("method", "locality", "type"):
        if flag in changes and flag in equation.flags.place:
            raise _contradiction(equation, flag)
    return replace(equation, flags=replace(equation.flags, **changes))


def _value(definition: Definition, given: Any, section: Section) -> Any:
    """An expression of a number or a text; a law to draw from stays."""
    if isinstance(given, str):
        return read_value(definition.section(section.name, given), definition.functions)
    return Number(float(given)) if isinstance(given, (int, float)) else given


def type_name(given: Any, section: Section) -> str:
    """``float``, ``int`` or ``bool``, given as a type or as its name."""
    name = given if isinstance(given, str) else getattr(given, "__name__", str(given))
    if name not in TYPES:
        raise fault("equation.type", f"unknown type '{name}'", section, None)
    return name


def _contradiction(equation: Equation, flag: str) -> EquationError:
    message = f"'{flag}' of '{equation.name}' is given in the text and as an argument"
    return fault("equation.flag", message, equation.section, equation.span)
