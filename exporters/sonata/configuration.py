"""The configuration of a circuit and of its simulation, as SONATA's JSON files."""

from __future__ import annotations

from typing import Any

from annarchy_ml.exporters.documents.columns import tables_of
from annarchy_ml.exporters.sonata.parts import (
    INPUTS,
    PROJECTIONS,
    Circuit,
    Population,
    model_type,
    plain_name,
    refused,
)
from annarchy_ml.model.component import Component
from annarchy_ml.model.rows import each_of

Settings = dict[str, Any]
_CURRENT = "pulseGenerator"


def configuration(circuit: Circuit, simulation: Component) -> dict[str, Settings]:
    """The JSON files by name, the one of the simulation last.

    Raises:
        UsageError: If SONATA cannot say something of it.
    """
    sets: Settings = {}
    inputs = _inputs(circuit, sets)
    reports, spikes = _outputs(circuit, simulation, sets)
    run: Settings = {
        "tstop": circuit.milliseconds(simulation.attributes["length"]),
        "dt": circuit.milliseconds(simulation.attributes["step"]),
        "spike_threshold": 0.0,
    }
    if seed := simulation.attributes.get("seed"):
        run["random_seed"] = int(seed)
    conditions: Settings = {}
    if temperature := circuit.network.attributes.get("temperature"):
        conditions["celsius"] = circuit.number(temperature) - 273.15
    made: Settings = {
        "manifest": {"$BASE_DIR": ".", "$OUTPUT_DIR": "$BASE_DIR/output"},
        "network": "$BASE_DIR/circuit_config.json",
        "node_sets_file": "$BASE_DIR/node_sets.json",
        "run": run,
        "conditions": conditions,
        "inputs": inputs,
        "output": {"output_dir": "$OUTPUT_DIR", "log_file": "log.txt"},
        "reports": reports,
    }
    if spikes:
        made["output"] |= {"spikes_file": "spikes.h5", "spikes_sort_order": "by_time"}
    return {
        "node_sets.json": sets,
        "circuit_config.json": _circuit(circuit),
        "simulation_config.json": made,
    }


def _circuit(circuit: Circuit) -> Settings:
    populations = {name: {"type": model_type(item)} for name, item in circuit.populations.items()}
    projections = {item.id: {} for item in circuit.links(PROJECTIONS)}
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


def _inputs(circuit: Circuit, sets: Settings) -> Settings:
    made: Settings = {}
    for item in circuit.populations.values():
        if item.is_virtual:
            made[f"{item.name}_spikes"] = {
                "input_type": "spikes",
                "module": "h5",
                "input_file": f"$BASE_DIR/inputs/{item.name}_spikes.h5",
                "node_set": _whole(item, sets),
            }
    for number, item in enumerate(circuit.links(INPUTS)):
        name = item.id or f"input_{number}"
        made[name] = _current(circuit, item, name, sets)
    return made


def _current(circuit: Circuit, item: Component, name: str, sets: Settings) -> Settings:
    """One input of a NeuroML network: a pulse into some cells."""
    listed = item.tag == "inputList"
    source = circuit.component(item.attributes["component" if listed else "input"], name)
    if source.type != _CURRENT:
        raise refused(f"the input '{source.id}'", f"a {source.type}")
    if listed:
        population = circuit.populations[item.attributes["population"]]
        nodes = [
            int(node)
            for table in tables_of(item.children)
            for node in population.nodes(table.cells("target", population.name, name))
        ]
        if any(table.column("weight") is not None for table in tables_of(item.children)):
            raise refused(f"the weights of the inputs '{name}'", "")
    else:
        found = circuit.node(item.attributes["target"])
        if found is None:
            raise refused(f"the input to '{item.attributes['target']}'", "which is no cell")
        population, nodes = found[0], [found[1]]
    sets[name] = {"population": population.name, "node_id": nodes}
    return {
        "input_type": "current_clamp",
        "module": "IClamp",
        "node_set": name,
        "amp": circuit.number(source.attributes["amplitude"]) * 1e9,
        "delay": circuit.milliseconds(source.attributes["delay"]),
        "duration": circuit.milliseconds(source.attributes["duration"]),
    }


def _outputs(circuit: Circuit, simulation: Component, sets: Settings) -> tuple[Settings, bool]:
    """Reports by population and variable; whether spikes are recorded."""
    found: dict[tuple[str, str], list[int]] = {}
    spikes = False
    for item in simulation.children:
        spikes |= item.tag == "EventOutputFile"
        if item.tag != "OutputFile":
            continue
        for column in each_of(item.children):
            path = column.attributes.get("quantity", "")
            cell, _, variable = path.rpartition("/")
            place = circuit.node(cell)
            if place is None or not variable:
                raise refused(f"the recording of '{path}'", "which is not of a cell as a whole")
            found.setdefault((place[0].name, variable), []).append(place[1])
    reports: Settings = {}
    for (owner, variable), nodes in found.items():
        name = plain_name(f"{owner}_{variable}")
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


def _whole(item: Population, sets: Settings) -> str:
    sets[item.name] = {"population": item.name}
    return item.name
