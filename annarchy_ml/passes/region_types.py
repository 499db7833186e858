"""Component types of mechanisms that are in a part of a cell only.

Before: ``iDensity = gDensity * (erev - v)``. After: the same as ``iDensity_in_full``, and
``iDensity = covered * iDensity_in_full`` where ``covered`` is above 0, else 0.
"""

from __future__ import annotations

from dataclasses import replace

from annarchy_ml.expr import Binary, Conditional, Number, Symbol
from annarchy_ml.model.component import ComponentType, Parameter
from annarchy_ml.model.dynamics import DerivedVariable

OF_REGION = " of a region"
"""How the names of such types end."""


def with_parameter(found: ComponentType, parameter: Parameter) -> ComponentType:
    """The type with a parameter in the place of a derived variable."""
    dynamics = found.dynamics
    if dynamics is not None:
        kept = tuple(item for item in dynamics.derived if item.name != parameter.name)
        dynamics = replace(dynamics, derived=kept)
    slots = tuple(item for item in found.slots if item.type != "morphology")
    return replace(found, parameters=(*found.parameters, parameter), dynamics=dynamics, slots=slots)


def in_region(found: ComponentType, outputs: tuple[str, ...], covered: str) -> ComponentType | None:
    """The type whose outputs count by how much is covered; None if they are no derived variables.

    Args:
        found: the type.
        outputs: exposed derived variables.
        covered: name of the parameter that says how much, from 0 to 1.
    """
    dynamics = found.dynamics
    if dynamics is None:
        return None
    derived = list(dynamics.derived)
    for output in outputs:
        place = next((k for k, item in enumerate(derived) if item.name == output), None)
        if place is None:
            return None
        item = derived[place]
        full = f"{output}_in_full"
        derived[place] = replace(item, name=full, exposure="")
        share = Binary("*", Symbol(covered), Symbol(full))
        value = Conditional(Binary(">", Symbol(covered), Number(0.0)), share, Number(0.0))
        derived.append(
            DerivedVariable(
                output, item.dimension, value, exposure=item.exposure, origin=item.origin
            )
        )
    return replace(
        found,
        name=f"{found.name}{OF_REGION}",
        parameters=(*found.parameters, Parameter(covered, "none")),
        dynamics=replace(dynamics, derived=tuple(derived)),
    )
