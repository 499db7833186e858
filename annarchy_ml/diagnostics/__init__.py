"""Diagnostics: what is wrong with a model, where, and what to write instead."""

from annarchy_ml.diagnostics.catalog import CATALOG, CatalogEntry
from annarchy_ml.diagnostics.core import (
    Diagnostic,
    Diagnostics,
    EnvironmentFault,
    ModelError,
    NonFiniteError,
    Span,
    StoppedError,
    UnsupportedError,
    UsageError,
)
from annarchy_ml.diagnostics.suggest import closest, did_you_mean

__all__ = [
    "CATALOG",
    "CatalogEntry",
    "Diagnostic",
    "Diagnostics",
    "EnvironmentFault",
    "ModelError",
    "NonFiniteError",
    "Span",
    "StoppedError",
    "UnsupportedError",
    "UsageError",
    "closest",
    "did_you_mean",
]
