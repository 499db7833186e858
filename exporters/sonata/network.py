"""A NeuroML network as a SONATA circuit and simulation.

    population            nodes, a node type for each, with the cell as a NeuroML or LEMS file
    projection            edges, an edge type for each, weights and delays [ms] by edge
    synapticConnection    edges too, those side by side that are alike together
    spikeArray cells      virtual nodes and a file of their spikes
    pulseGenerator        an input of the kind current_clamp
    columns and lines     reports by population and variable; event outputs the spike file

SONATA (https://github.com/AllenInstitute/sonata) has no place for gap junctions, graded synapses,
and inputs with equations of their own: these are refused by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from annarchy_ml.diagnostics.core import EnvironmentFault, UsageError
from annarchy_ml.exporters.atomic import replacing
from annarchy_ml.exporters.documents.lems import own_components
from annarchy_ml.exporters.documents.neuroml import element_name
from annarchy_ml.exporters.sonata.configuration import configuration
from annarchy_ml.exporters.sonata.edges import write_edges
from annarchy_ml.exporters.sonata.nodes import write_nodes
from annarchy_ml.exporters.sonata.parts import Circuit, refused
from annarchy_ml.exporters.sonata.templates import Templates
from annarchy_ml.model.document import Document
from annarchy_ml.model.standard import Standard


def write_sonata(document: Document, standard: Standard, folder: Path) -> list[Path]:
    """Writes the circuit and the simulation into a folder.

    Returns:
        The files; the configuration of the simulation comes last.

    Raises:
        UsageError: If SONATA cannot say something of it.
        EnvironmentFault: If h5py is not installed, or a file cannot be written.
    """
    if find_spec("h5py") is None:
        raise EnvironmentFault(
            "h5py, which writes HDF5 files, is not installed",
            hint='pip install "annarchy-ml[hdf5]"',
        )
    own = own_components(document, standard)
    simulation = next((item for item in own if item.type == "Simulation"), None)
    if simulation is None:
        raise refused("a model without a simulation", "")
    target = simulation.attributes.get("target", "")
    network = next(
        (item for item in own if item.id == target and element_name(item) == "network"), None
    )
    if network is None:
        raise refused(f"the target '{target}'", "which is no NeuroML network")
    circuit = Circuit(document, standard, own, network)
    settings, inputs = configuration(circuit, simulation)
    templates = Templates(circuit)
    with _nothing_left_behind(folder):
        made = write_edges(circuit, templates, folder / "network")
    made = write_nodes(circuit, templates, folder / "network") + made
    made = templates.write(folder / "components") + made + inputs.write(folder / "inputs")
    return made + _write_settings(settings, folder)


@contextmanager
def _nothing_left_behind(folder: Path) -> Iterator[None]:
    """Takes new folders away again if edges cannot be said."""
    fresh = [path for path in (folder / "network", folder) if not path.exists()]
    try:
        yield
    except UsageError:
        with suppress(OSError):
            for path in fresh:
                path.rmdir()
        raise


def _write_settings(settings: Mapping[str, Any], folder: Path) -> list[Path]:
    made = []
    for name, content in settings.items():
        path = folder / name
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        made.append(path)
    return made
