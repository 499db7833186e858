"""Cells and synapses as NeuroML files, each with what it refers to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from annarchy_ml.exporters.documents.lems import xml_file
from annarchy_ml.exporters.documents.neuroml import write_neuroml_parts
from annarchy_ml.exporters.sonata.parts import PROJECTIONS, Circuit
from annarchy_ml.model.component import Component


def template_of(item: Component) -> str:
    """How a table of types names the file of a component."""
    return f"nml:{item.id}.nml"


def write_templates(circuit: Circuit, folder: Path) -> list[Path]:
    """Writes the cells of all populations, and the synapses of all projections."""
    wanted = {item.cell.id: item.cell for item in circuit.populations.values()}
    for item in circuit.links(PROJECTIONS):
        synapse = circuit.component(item.attributes["synapse"], item.id)
        wanted[synapse.id] = synapse
    made = []
    for name, component in wanted.items():
        path = folder / f"{name}.nml"
        needed = set(_needed(component, circuit))
        parts = [item for item in circuit.placed if item.id in needed]
        with xml_file(path) as stream:
            write_neuroml_parts(stream, parts, circuit.standard, name)
        made.append(path)
    return made


def _needed(component: Component, circuit: Circuit) -> Iterator[str]:
    """A component and all that it names, directly or not."""
    seen: set[str] = set()
    waiting = [component]
    while waiting:
        item = waiting.pop()
        waiting += item.children
        if item.parent is None:
            if item.id in seen:
                continue
            seen.add(item.id)
            yield item.id
        named = (circuit.by_id.get(text) for text in item.attributes.values())
        waiting += [other for other in named if other is not None and other is not circuit.network]
