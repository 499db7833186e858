"""Currents into compartments: what reads a current source, and what acts on the compartment.

Before: a source whose variable ``i`` is a current in nA. After: on the source a component that does
nothing, and on the compartment one that sees the source through it, as a graded synapse of NeuroML
sees the other cell.
"""

from __future__ import annotations

from annarchy_ml.expr import parse
from annarchy_ml.importers.pynn.equations import SYNAPSE_BASE
from annarchy_ml.model.component import ComponentType, Exposure, Parameter, Reference, Requirement
from annarchy_ml.model.dynamics import DerivedVariable, Dynamics

TAP, INJECTED_AT = "pynnTap", "pynnInjectedCurrent"
_PEER = "peer"


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


def injected_type() -> ComponentType:
    """What acts on a compartment."""
    seen = DerivedVariable("seen", "none", select=f"{_PEER}/i")
    current = DerivedVariable("i", "current", parse("seen * nA"), exposure="i")
    return ComponentType(
        INJECTED_AT,
        extends="basePointCurrent",
        parameters=(Parameter("nA", "current", "constant", "1 nA"),),
        references=(Reference(_PEER, "instance", TAP),),
        dynamics=Dynamics(derived=(seen, current)),
    )
