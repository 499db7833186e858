"""A NeuroML network as a SONATA circuit and simulation.

    population        nodes, a node type for each, with the cell as a NeuroML file (`nml:` template)
    projection        edges, an edge type for each, weights and delays [ms] by edge
    spikeArray cells  virtual nodes and a file of their spikes
    pulseGenerator    an input of the kind current_clamp
    output columns    reports by population and variable; event outputs the spike file

SONATA (https://github.com/AllenInstitute/sonata) has no place for gap junctions, graded synapses,
and inputs with equations of their own: these are refused by name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from annarchy_ml.diagnostics.core import EnvironmentFault
from annarchy_ml.exporters.atomic import replacing
from annarchy_ml.exporters.documents.neuroml import element_name, split
from annarchy_ml.exporters.sonata.configuration import configuration
from annarchy_ml.exporters.sonata.edges import write_edges
from annarchy_ml.exporters.sonata.nodes import write_nodes
from annarchy_ml.exporters.sonata.parts import Circuit, refused
from annarchy_ml.exporters.sonata.templates import write_templates
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
    placed, rest = split(document, standard)
    simulation = next((item for item in rest if item.type == "Simulation"), None)
    if simulation is None:
        raise refused("a model without a simulation", "")
    target = simulation.attributes.get("target", "")
    network = next(
        (item for item in placed if element_name(item) == "network" and item.id == target), None
    )
    if network is None:
        raise refused(f"the target '{target}'", "which is no NeuroML network")
    circuit = Circuit(document, standard, placed, network)
    settings = configuration(circuit, simulation)
    made = write_templates(circuit, folder / "components")
    made += write_nodes(circuit, folder / "network")
    made += write_edges(circuit, folder / "network")
    made += circuit.write_spikes(folder / "inputs")
    return made + _write_settings(settings, folder)


def _write_settings(settings: Mapping[str, Any], folder: Path) -> list[Path]:
    made = []
    for name, content in settings.items():
        path = folder / name
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        made.append(path)
    return made
