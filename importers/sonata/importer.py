"""Reads a SONATA simulation, with the circuit that it names, into a ``Document``.

    population of nodes   a population for each kind of its cells
    population of edges   a projection for each kind of sources, targets and synapses
    nml:, lems:           the component of a file
    nest:, pynn:          a standard cell of PyNN in NeuroML, where both say the same
    spikes                spikeArray cells, one component for nodes with the same times
    current_clamp         a pulseGenerator and its inputs
    reports, spikes_file  output files, which are written as SONATA files

The specification: https://github.com/AllenInstitute/sonata.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from annarchy_ml.diagnostics import Diagnostics, Span, did_you_mean
from annarchy_ml.diagnostics.origin import Origin
from annarchy_ml.importers.sonata.circuit import Circuit
from annarchy_ml.importers.sonata.edges import EdgeReader
from annarchy_ml.importers.sonata.faults import (
    FormatError,
    Growing,
    Reading,
    collected,
    unsupported,
)
from annarchy_ml.importers.sonata.inputs import InputReader
from annarchy_ml.importers.sonata.node_sets import NodeSets
from annarchy_ml.importers.sonata.nodes import NodeReader
from annarchy_ml.importers.sonata.outputs import OutputReader, milliseconds
from annarchy_ml.importers.sonata.settings import Settings, read_settings
from annarchy_ml.importers.sonata.tables import (
    Members,
    laid_out,
    opened,
    populations_of,
    read_types,
)
from annarchy_ml.importers.sonata.templates import Templates
from annarchy_ml.model.component import Component
from annarchy_ml.model.document import Document

_PARTS = (
    "manifest", "network", "run", "conditions", "inputs", "output", "reports", "node_sets_file",
    "node_sets", "components", "networks", "target_simulator", "target_simulator_version",
    "version", "metadata", "config_path", "config_dir",
)  # fmt: skip
_RUN = (
    "tstart", "tstop", "dt", "dL", "spike_threshold", "random_seed", "nsteps_block",
    "tsteps_block", "overwrite_output_dir",
)  # fmt: skip
_CONDITIONS = ("celsius", "v_init")


def read_sonata(
    path: str, report: Diagnostics, growing: Growing, allows: Callable[[str], bool]
) -> Document:
    """Reads a configuration of a simulation and all files that it names.

    Args:
        path: the configuration.
        report: collects faults; the document holds what could be read.
        growing: the document, which knows the core definitions.
        allows: whether a file, given by its real path, may be read.
    """
    reading = Reading(report, allows, growing)
    with collected(report), reading.open_files, laid_out(os.path.relpath(path)):
        _Importer(reading, read_settings(reading, path)).read()
    document = growing.document
    document.files = [*reading.files, *document.files]
    return document


class _Importer:
    """Reads the parts of a simulation in their order."""

    def __init__(self, reading: Reading, settings: Settings) -> None:
        self.reading = reading
        self.settings = settings
        origin = Origin(settings.shown, 0)
        network = Component("network", {"id": "net"}, [], origin)
        self.circuit = Circuit(reading, settings, origin, network)
        self.templates = Templates(self.circuit)

    def read(self) -> None:
        """All of it; faults of one part do not hide those of others of its kind."""
        settings, report = self.settings, self.reading.report
        self._check()
        where = self._circuit_settings()
        folders = where.section("components")
        self.circuit.folders = {
            name: where.path_of(text, "components", name) for name, text in folders.items()
        }
        conditions = settings.section("conditions")
        settings.check(conditions, ("conditions",), _CONDITIONS)
        v_init = None
        if conditions.get("v_init") is not None:
            v_init = settings.number(conditions, ("conditions", "v_init"))
        nodes = NodeReader(self.circuit, self.templates, v_init)
        self._files(where, "node", nodes.read)
        sets = self._node_sets()
        inputs = InputReader(self.circuit, sets, nodes.trains)
        with collected(report):
            inputs.check()
        if report.has_errors:
            return
        inputs.spikes()
        nodes.finish()
        edges = EdgeReader(self.circuit, self.templates)
        self._files(where, "edge", edges.read)
        inputs.currents()
        self._finish(sets, conditions)

    def _check(self) -> None:
        settings = self.settings
        settings.section("run")
        if "run" not in settings.content:
            what = "a circuit" if "networks" in settings.content else "no SONATA simulation"
            raise FormatError(
                "simulation.missing" if what == "a circuit" else "file.unrecognized",
                f"'{settings.shown}' is {what}: it does not say what to run",
                Span(settings.shown, 1, 1),
                "name the simulation_config.json that has a section 'run'",
            )
        for name in settings.content:
            if name not in _PARTS:
                hint = did_you_mean(name, _PARTS)
                message = f"the section '{name}' is not understood"
                raise FormatError("attribute.unknown", message, settings.span(name), hint)

    def _circuit_settings(self) -> Settings:
        """The settings of the circuit, which may be those of the simulation."""
        settings = self.settings
        if "networks" in settings.content:
            return settings
        if "network" not in settings.content:
            message = "the simulation must name its circuit"
            raise FormatError(
                "attribute.missing", message, None, 'write "network": "circuit_config.json"'
            )
        path = settings.path_of(settings.content["network"], "network")
        return read_settings(self.reading, path, settings.span("network"))

    def _files(self, where: Settings, kind: str, read: Callable[[Members], None]) -> None:
        """Reads all populations of nodes or of edges."""
        for number, part in enumerate(_listed(where, f"{kind}s")):
            with collected(self.reading.report):
                self._file(where, kind, part, number, read)

    def _file(
        self,
        where: Settings,
        kind: str,
        part: Any,
        number: int,
        read: Callable[[Members], None],
    ) -> None:
        keys = ("networks", f"{kind}s")
        span = where.span(*keys)
        if not isinstance(part, dict):
            raise FormatError("value.range", f"'{kind}s' must list objects", span)
        where.check(part, keys, (f"{kind}s_file", f"{kind}_types_file", "populations", "enabled"))
        if not part.get("enabled", True):
            return
        types = {}
        if part.get(f"{kind}_types_file"):
            path = where.path_of(part[f"{kind}_types_file"], *keys, f"{kind}_types_file")
            types = read_types(self.reading, path, kind, span)
        path = where.path_of(part.get(f"{kind}s_file"), *keys, f"{kind}s_file")
        with opened(self.reading, path, span) as file:
            for name, group in populations_of(file, f"{kind}s", types):
                with collected(self.reading.report):
                    read(Members(group, name, kind, types))

    def _node_sets(self) -> NodeSets:
        settings = self.settings
        found: Mapping[str, Any] = settings.section("node_sets")
        if "node_sets_file" in settings.content:
            path = settings.path_of(settings.content["node_sets_file"], "node_sets_file")
            own = read_settings(self.reading, path, settings.span("node_sets_file"))
            return NodeSets(self.circuit, {**own.content, **found}, own)
        return NodeSets(self.circuit, found, settings)

    def _finish(self, sets: NodeSets, conditions: Mapping[str, Any]) -> None:
        """The network, with its temperature, and the simulation."""
        circuit, settings = self.circuit, self.settings
        network = circuit.network
        network.attributes["id"] = circuit.unique("net")
        if conditions.get("celsius") is not None:
            celsius = settings.number(conditions, ("conditions", "celsius"))
            network.attributes["type"] = "networkWithTemperature"
            network.attributes["temperature"] = f"{celsius!r} degC"
        self.reading.document.components.append(network)
        run = settings.section("run")
        settings.check(run, ("run",), _RUN)
        self._check_run(run)
        dt = settings.number(run, ("run", "dt"))
        name = os.path.basename(settings.path).split(".")[0]
        attributes = {
            "id": circuit.unique(name),
            "length": milliseconds(settings.number(run, ("run", "tstop"))),
            "step": milliseconds(dt),
            "target": network.id,
        }
        if run.get("random_seed") is not None:
            seed = settings.number(run, ("run", "random_seed"))
            attributes["seed"] = str(int(seed))
        simulation = circuit.made("Simulation", attributes, None)
        self.reading.document.targets.append((simulation.id, circuit.origin))
        OutputReader(circuit, sets, simulation, dt).read()

    def _check_run(self, run: Mapping[str, Any]) -> None:
        """Refuses what would change the numbers and cannot be done."""
        if self.settings.number(run, ("run", "tstart"), 0.0) != 0.0:
            span = self.settings.span("run", "tstart")
            raise unsupported("simulations begin at 0 ms", span)
        shaped = any(
            text == "biophysical"
            for nodes in self.circuit.nodes.values()
            for text in nodes.members.texts("model_type")[0]
        )
        if "dL" in run and shaped:
            span = self.settings.span("run", "dL")
            hint = "leave it out: numberInternalDivisions of NeuroML say it"
            raise unsupported("'dL' cannot cut the segments of NeuroML cells", span, hint)


def _listed(where: Settings, name: str) -> list[Any]:
    found = where.section("networks").get(name, [])
    if not isinstance(found, list):
        raise FormatError("value.range", f"'{name}' must be a list", where.span("networks", name))
    return found
