"""Models as files of other formats: which format, and what it needs of the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.diagnostics.suggest import did_you_mean
from annarchy_ml.options import DEFAULT_SEED, CompileOptions

if TYPE_CHECKING:
    from annarchy_ml.model.document import Document
    from annarchy_ml.session.model import Model
    from annarchy_ml.session.network_model import NetworkModel

_PLAIN = CompileOptions()
_RUNS = ("cpp",)
"""Formats of which a file runs by itself, and so has a method."""


@dataclass(frozen=True, slots=True)
class Export:
    """What is to be written.

    Attributes:
        model: from files, or built in Python.
        out: the file or folder.
        options: step, duration and seed of a network built in Python, and how a run is compiled.
    """

    model: Model | NetworkModel
    out: Path
    options: CompileOptions

    @property
    def stem(self) -> str:
        """The name without its endings."""
        return self.out.name.split(".")[0]


def export_model(
    model: Model | NetworkModel, to: str, out: Path, options: CompileOptions = _PLAIN
) -> list[Path]:
    """Writes a model in another format.

    Returns:
        The files written; the one to run comes last.

    Raises:
        UsageError: If there is no such format, or it cannot say something of the model.
        ModelError: If the model is at fault.
        EnvironmentFault: If a library is missing, or the files cannot be written.
    """
    if to not in FORMATS:
        hint = did_you_mean(to, FORMATS) or f"formats: {', '.join(FORMATS)}"
        raise UsageError(f"there is no format '{to}' to export to", hint=hint)
    if not out.name and to not in _FOLDERS:
        raise UsageError(f"--to {to} writes a file, which needs a name")
    if options.method != _PLAIN.method and to not in _RUNS:
        raise UsageError(
            f"the format '{to}' does not say how equations are solved, so there is no method "
            f"'{options.method}' to export",
            hint=f"leave the method out; formats that have one: {', '.join(_RUNS)}",
        )
    return FORMATS[to](Export(model, out, options))


def document_of(wanted: Export) -> Document:
    """The document of a model; that of a network built in Python is made now.

    Raises:
        UsageError: If NeuroML cannot say something of the network.
    """
    from annarchy_ml.session.network_model import NetworkModel

    model, options = wanted.model, wanted.options
    if not isinstance(model, NetworkModel):
        _check_silent(model, options)
        return model.document
    return _built(model, options, wanted.stem)


def times_of(model: Model | NetworkModel, options: CompileOptions) -> tuple[float, float]:
    """Step and duration of a simulation, as the model or the caller says them.

    Raises:
        UsageError: If nobody does, or both do.
        ModelError: If the model asks for nothing that can be run.
    """
    from annarchy_ml.session.network_model import NetworkModel

    if not isinstance(model, NetworkModel):
        _check_silent(model, options)
        return model.request.dt, model.request.length
    if options.dt is None or options.duration is None:
        raise UsageError(
            f"{model} does not say how long and in which steps it runs",
            hint="export(..., dt=1e-4, duration=1.0), in seconds",
        )
    return options.dt, options.duration


def _check_silent(model: Model, options: CompileOptions) -> None:
    if options.dt is not None or options.duration is not None or options.seed is not None:
        raise UsageError(
            f"'{model.path}' says itself how long, in which steps and with which seed it runs",
            hint="change its Simulation element, or export without dt, duration and seed",
        )


def _built(model: NetworkModel, options: CompileOptions, stem: str) -> Document:
    from annarchy_ml.engine.expand import Expander
    from annarchy_ml.engine.faults import rule_faults
    from annarchy_ml.exporters.documents.built import Built, built_document
    from annarchy_ml.model.component import ComponentType
    from annarchy_ml.passes.draws import drawn
    from annarchy_ml.session.export_settings import with_parts
    from annarchy_ml.session.network_checks import check_delays

    dt, duration = times_of(model, options)
    seed = DEFAULT_SEED if options.seed is None else options.seed
    check_delays(model.network, dt)

    def resolved(name: str) -> ComponentType:
        found = model.tables.types.get(name)
        assert found is not None
        return found

    document, network = with_parts(model.document, model.network, model.tables)
    made = Built(
        document,
        network,
        resolved,
        Expander(dt, seed),
        dt,
        duration,
        seed,
        lambda value, cells, key: drawn(value, cells, seed, key),
    )
    with rule_faults():
        return built_document(made, stem)


def _document_writer(module: str, function: str) -> Callable[[Export], list[Path]]:
    """What writes the document of a model.

    Args:
        module: of the exporter, which is loaded when it is needed.
        function: of the module: from document, standard and path to the files written.
    """

    def write(wanted: Export) -> list[Path]:
        from annarchy_ml.importers.neuroml.standard import standard_of

        document = document_of(wanted)
        exporter = import_module(f"annarchy_ml.exporters.{module}")
        made: list[Path] = getattr(exporter, function)(document, standard_of(document), wanted.out)
        return made

    return write


def _project(wanted: Export) -> list[Path]:
    from annarchy_ml.session.exporting_project import write_project

    return write_project(wanted.model, wanted.options, wanted.stem, wanted.out)


def _nir(wanted: Export) -> list[Path]:
    from annarchy_ml.session.exporting_nir import write_nir

    return write_nir(wanted.model, wanted.options, wanted.out)


FORMATS: dict[str, Callable[[Export], list[Path]]] = {
    "neuroml": _document_writer("documents.neuroml", "write_neuroml"),
    "hdf5": _document_writer("documents.hdf5", "write_hdf5"),
    "lems": _document_writer("documents.lems", "write_lems"),
    "sonata": _document_writer("sonata.network", "write_sonata"),
    "nir": _nir,
    "cpp": _project,
}
"""What writes each format."""
_FOLDERS = ("sonata", "cpp")
