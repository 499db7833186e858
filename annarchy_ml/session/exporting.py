"""Models as files of other formats: which format, and what it needs of the model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.diagnostics.suggest import did_you_mean

if TYPE_CHECKING:
    from annarchy_ml.session.model import Model


def _lems(model: Model, path: Path) -> list[Path]:
    from annarchy_ml.exporters.documents.lems import write_lems
    from annarchy_ml.importers.neuroml.standard import standard_of

    return write_lems(model.document, standard_of(model.document), path)


def _neuroml(model: Model, path: Path) -> list[Path]:
    from annarchy_ml.exporters.documents.neuroml import write_neuroml
    from annarchy_ml.importers.neuroml.standard import standard_of

    return write_neuroml(model.document, standard_of(model.document), path)


FORMATS: dict[str, Callable[[Model, Path], list[Path]]] = {
    "neuroml": _neuroml,
    "lems": _lems,
}
"""What writes each format."""


def export_model(model: Model, to: str, out: Path) -> list[Path]:
    """Writes a model in another format.

    Returns:
        The files written; the one to run comes last.

    Raises:
        UsageError: If there is no such format, or it cannot say something of the model.
        ModelError: If the model is at fault.
        EnvironmentFault: If the files cannot be written.
    """
    if to not in FORMATS:
        hint = did_you_mean(to, FORMATS) or f"formats: {', '.join(FORMATS)}"
        raise UsageError(f"there is no format '{to}' to export to", hint=hint)
    return FORMATS[to](model, out)
