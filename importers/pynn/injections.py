"""Currents into compartments and cells of files: what reads a source, and what acts on the cell.

Before: a source whose variable ``i`` is a current in nA. After: on the source a component that does
nothing, and on the cell one that sees the source through it, as a graded synapse of NeuroML sees
the other cell. What acts on a cell is of the type that the cell takes: any whose one exposure is
a current, or a plain number, which then is the amplitude of the source as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annarchy_ml.expr import parse
from annarchy_ml.importers.pynn.equations import SYNAPSE_BASE
from annarchy_ml.model.component import ComponentType, Exposure, Parameter, Reference, Requirement
from annarchy_ml.model.dynamics import DerivedVariable, Dynamics, Regime

TAP, INJECTED_AT = "pynnTap", "pynnInjectedCurrent"
_PEER = "peer"


@dataclass(frozen=True)
class Intake:
    """What cells take as input.

    Attributes:
        base: the component type that they sum over.
        exposure: its variable that they read.
        dimension: ``current`` or ``none``.
    """

    base: str = "basePointCurrent"
    exposure: str = "i"
    dimension: str = "current"

    @property
    def name(self) -> str:
        """The component type that brings the current of a source there."""
        return INJECTED_AT if self == COMPARTMENT else f"{INJECTED_AT}_{self.base}"


COMPARTMENT = Intake()


def intake_of(model: Any, cell: Any) -> Intake | None:
    """What cells of a component take as input; None if it is neither current nor plain number.

    Args:
        model: with the component type.
        cell: the component.
    """
    types, dimension = model.tables.types, model.tables.values.quantities.dimension
    for slot in types.get(cell.type).slots:
        base = types.get(slot.type) if slot.kind == "attachments" else None
        if base is None or len(base.exposures) != 1:
            continue
        (shown,) = base.exposures
        if f"{slot.name}[*]/{shown.name}" not in _selected(types.get(cell.type).dynamics):
            continue
        for known in ("current", "none"):
            if dimension(shown.dimension) == dimension(known):
                return Intake(base.name, shown.name, known)
    return None


def _selected(dynamics: Dynamics | None) -> set[str]:
    """The paths over which a cell sums."""
    whole = dynamics or Dynamics()
    parts: tuple[Dynamics | Regime, ...] = (whole, *whole.regimes)
    return {getattr(item, "select", "") for part in parts for item in part.derived}


def tap_type() -> ComponentType:
    """What hangs on a current source."""
    seen = DerivedVariable("seen", "none", parse("i"), exposure="seen")
    return ComponentType(
        TAP,
        extends=SYNAPSE_BASE,
        requirements=(Requirement("i", "none"),),
        exposures=(Exposure("seen", "none"),),
        references=(Reference(_PEER, "instance", INJECTED_AT),),
        dynamics=Dynamics(derived=(seen,)),
    )


def injected_type(intake: Intake) -> ComponentType:
    """What acts on a compartment, or on a cell."""
    seen = DerivedVariable("seen", "none", select=f"{_PEER}/i")
    value = parse("seen * nA" if intake.dimension == "current" else "seen")
    shown = DerivedVariable(intake.exposure, intake.dimension, value, exposure=intake.exposure)
    return ComponentType(
        intake.name,
        extends=intake.base,
        parameters=(Parameter("nA", "current", "constant", "1 nA"),),
        references=(Reference(_PEER, "instance", TAP),),
        dynamics=Dynamics(derived=(seen, shown)),
    )
