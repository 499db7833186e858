"""The configuration of a circuit and of its simulation, as SONATA's JSON files."""

from __future__ import annotations

from typing import Any

from annarchy_ml.exporters.sonata.edges import links_of
from annarchy_ml.exporters.sonata.inputs import Inputs, is_pulse
from annarchy_ml.exporters.sonata.parts import Circuit, Names, model_type, refused
from annarchy_ml.model.component import Component
from annarchy_ml.model.rows import each_of
from annarchy_ml.recorded import split_path

Settings = dict[str, Any]


def configuration(circuit: Circuit, simulation: Component) -> tuple[dict[str, Settings], Inputs]:
    """The JSON files by name, the one of the simulation last; and the inputs to write.

    Raises:
        UsageError: If SONATA cannot say something of it.
    """
    sets: Settings = {
        item.name: {"population": item.name}
        for item in circuit.populations.values()
        if item.is_virtual
    }
    names = Names({item.name for item in circuit.populations.values()})
    inputs = Inputs(circuit, names, sets)
    inputs.read()
    reports, spikes = _outputs(circuit, simulation, sets, names)
    run: Settings = {
        "tstop": circuit.milliseconds(simulation.attributes["length"]),
        "dt": circuit.milliseconds(simulation.attributes["step"]),
    }
    if seed := simulation.attributes.get("seed"):
        run["random_seed"] = int(float(seed))
    conditions: Settings = {}
    if temperature := circuit.network.attributes.get("temperature"):
        conditions["celsius"] = circuit.number(temperature, "degC")
    made: Settings = {
        "manifest": {"$BASE_DIR": ".", "$OUTPUT_DIR": "$BASE_DIR/output"},
        "network": "$BASE_DIR/circuit_config.json",
        "node_sets_file": "$BASE_DIR/node_sets.json",
        "run": run,
        "conditions": conditions,
        "inputs": inputs.made,
        "output": {"output_dir": "$OUTPUT_DIR", "log_file": "log.txt"},
        "reports": reports,
    }
    if spikes:
        made["output"] |= {"spikes_file": "spikes.h5", "spikes_sort_order": "by_time"}
    return {
        "node_sets.json": sets,
        "circuit_config.json": _circuit(circuit),
        "simulation_config.json": made,
    }, inputs


def _circuit(circuit: Circuit) -> Settings:
    populations = {item.name: {"type": model_type(item)} for item in circuit.populations.values()}
    projections: Settings = {link.name: {} for link in links_of(circuit)}
    names = ("biophysical_neuron_models_dir", "point_neuron_models_dir", "synaptic_models_dir")
    return {
        "manifest": {"$BASE_DIR": "."},
        "components": dict.fromkeys(names, "$BASE_DIR/components"),
        "networks": {
            "nodes": [_part("node", populations)],
            "edges": [_part("edge", projections)] if projections else [],
        },
    }


def _part(kind: str, populations: Settings) -> Settings:
    files = {f"{kind}s_file": f"{kind}s.h5", f"{kind}_types_file": f"{kind}_types.csv"}
    paths = {name: f"$BASE_DIR/network/{file}" for name, file in files.items()}
    return {**paths, "populations": populations}


def _outputs(
    circuit: Circuit, simulation: Component, sets: Settings, names: Names
) -> tuple[Settings, bool]:
    """Reports by population and variable, of displays too; whether spikes are recorded."""
    found: dict[tuple[str, str], list[int]] = {}
    spikes = False
    for item in simulation.children:
        spikes |= item.tag == "EventOutputFile"
        if item.tag not in ("OutputFile", "Display"):
            continue
        for column in each_of(item.children):
            owner, variable, node = _recorded(circuit, column.attributes.get("quantity", ""))
            _check_inputs(circuit, variable, names)
            nodes = found.setdefault((owner, variable), [])
            if node not in nodes:
                nodes.append(node)
    reports: Settings = {}
    for (owner, variable), nodes in found.items():
        name = names.unique(f"{owner}_{variable}")
        sets[name] = {"population": owner, "node_id": nodes}
        reports[name] = {
            "cells": name,
            "variable_name": variable,
            "module": "membrane_report",
            "sections": "soma",
            "file_name": f"{name}.h5",
            "dt": circuit.milliseconds(simulation.attributes["step"]),
        }
    return reports, spikes


def _check_inputs(circuit: Circuit, variable: str, names: Names) -> None:
    """Refuses variables of inputs that have another name than their component here."""
    head = variable.partition("/")[0]
    found = circuit.by_id.get(head)
    if found is not None and is_pulse(circuit, found) and f"{head}_2" in names.taken:
        raise refused(f"the recording of '{variable}'", "an input of a component of several inputs")


def _recorded(circuit: Circuit, path: str) -> tuple[str, str, int]:
    """Population, variable (a path within the cell) and node of a recorded quantity."""
    parts = split_path(path)
    place = None
    if parts.population in circuit.populations:
        place = circuit.node(f"{parts.population}[{parts.index}]")
    if place is None or not parts.variable:
        raise refused(f"the recording of '{path}'", "which is not of a cell")
    variable = f"{parts.component}/{parts.variable}" if parts.component else parts.variable
    return place[0].name, variable, place[1]
