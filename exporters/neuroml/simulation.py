"""The LEMS file that runs a NeuroML file: step, length, and what is recorded."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

from annarchy_ml.exporters.neuroml.contents import Contents
from annarchy_ml.exporters.neuroml.document import write_xml

_CORE = ("Cells.xml", "Networks.xml", "Simulation.xml")


def write_simulation(
    contents: Contents, model: Path, path: Path, times: tuple[float, float], seed: int
) -> None:
    """Writes the file.

    Args:
        contents: of the NeuroML file.
        model: the NeuroML file, beside it.
        path: where it goes.
        times: step and length [s].
        seed: of all random numbers.
    """
    root = Element("Lems")
    SubElement(root, "Target", {"component": "sim"})
    for name in (*_CORE, model.name):
        SubElement(root, "Include", {"file": name})
    given = {"length": f"{times[1]!r} s", "step": f"{times[0]!r} s", "target": contents.name}
    made = SubElement(root, "Simulation", {"id": "sim", **given, "seed": str(seed)})
    stem = path.stem.removeprefix("LEMS_")
    if contents.traces:
        out = SubElement(made, "OutputFile", {"id": "traces", "fileName": f"{stem}.dat"})
        for number, trace in enumerate(contents.traces):
            SubElement(out, "OutputColumn", {"id": f"c{number}", "quantity": trace})
    for population, cells, port in contents.spikes:
        file = {"id": f"{population}_{port}", "fileName": f"{stem}.{population}.spikes"}
        out = SubElement(made, "EventOutputFile", {**file, "format": "TIME_ID"})
        for cell in cells:
            chosen = {"select": f"{population}[{cell}]", "eventPort": port}
            SubElement(out, "EventSelection", {"id": str(cell), **chosen})
    write_xml(root, path)
