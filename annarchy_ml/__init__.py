"""NeuroML/LEMS, PyNN and equation-based neural models on one native engine.

The public names are loaded when they are first used, so that importing the package costs little.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annarchy_ml.api import check, load, run
    from annarchy_ml.diagnostics import (
        Diagnostic,
        EnvironmentFault,
        ModelError,
        NonFiniteError,
        Span,
        StoppedError,
        UnsupportedError,
        UsageError,
    )
    from annarchy_ml.kernels.connectivity import (
        AllToAll,
        Explicit,
        Exponential,
        FixedIndegree,
        FixedOutdegree,
        FixedProbability,
        FixedTotalNumber,
        LogNormal,
        Normal,
        OneToOne,
        Uniform,
    )
    from annarchy_ml.results import Results
    from annarchy_ml.session.inspection import PathInfo
    from annarchy_ml.session.model import Model
    from annarchy_ml.session.network_model import NetworkModel
    from annarchy_ml.session.simulation import Simulation

__version__ = "0.1.0"

__all__ = [
    "AllToAll",
    "Diagnostic",
    "EnvironmentFault",
    "Explicit",
    "Exponential",
    "FixedIndegree",
    "FixedOutdegree",
    "FixedProbability",
    "FixedTotalNumber",
    "LogNormal",
    "Model",
    "ModelError",
    "NetworkModel",
    "NonFiniteError",
    "Normal",
    "OneToOne",
    "PathInfo",
    "Results",
    "Simulation",
    "Span",
    "StoppedError",
    "Uniform",
    "UnsupportedError",
    "UsageError",
    "__version__",
    "check",
    "load",
    "run",
]

_HOMES = {
    "annarchy_ml.api": ("check", "load", "run"),
    "annarchy_ml.diagnostics": (
        "Diagnostic",
        "EnvironmentFault",
        "ModelError",
        "NonFiniteError",
        "Span",
        "StoppedError",
        "UnsupportedError",
        "UsageError",
    ),
    "annarchy_ml.kernels.connectivity": (
        "AllToAll",
        "Explicit",
        "Exponential",
        "FixedIndegree",
        "FixedOutdegree",
        "FixedProbability",
        "FixedTotalNumber",
        "LogNormal",
        "Normal",
        "OneToOne",
        "Uniform",
    ),
    "annarchy_ml.results": ("Results",),
    "annarchy_ml.session.inspection": ("PathInfo",),
    "annarchy_ml.session.model": ("Model",),
    "annarchy_ml.session.network_model": ("NetworkModel",),
    "annarchy_ml.session.simulation": ("Simulation",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

if importlib.util.find_spec("annarchy_ml.engine") is None:
    raise ImportError(
        "annarchy_ml was imported from its source folder, which holds only a part of the package. "
        "Start Python in another folder, or install the sources in place with: pip install -e ."
    )


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'annarchy_ml' has no attribute '{name}'")
    value: object = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
