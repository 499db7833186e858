"""Writes a network that lists every cell, connection and input, as XML or HDF5.

    python benchmarks/listed_networks.py xml|hdf5 FOLDER CELLS CONNECTIONS INPUTS

Prints the entry file.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

CELLS_UM = 1000.0  # side of the cube in which the cells lie


class ListedNetwork:
    """Random connections between two populations, with weights and delays of their own.

    Attributes:
        places: shape (n_cells, 3) [um].
        sources, targets: shape (n_connections,), cells of ``pre`` and of ``post``.
        weights: shape (n_connections,), no unit.
        delays_ms: shape (n_connections,).
        driven: shape (n_inputs,), cells of ``pre``.
    """

    def __init__(self, cells: int, connections: int, inputs: int, seed: int = 1) -> None:
        draw = np.random.default_rng(seed)
        self.cells = cells
        self.places = draw.uniform(0, CELLS_UM, (cells, 3)).round(3)
        self.sources: NDArray[np.int64] = draw.integers(0, cells, connections)
        self.targets: NDArray[np.int64] = draw.integers(0, cells, connections)
        self.weights = draw.uniform(0, 2, connections).round(6)
        self.delays_ms = draw.integers(1, 20, connections) / 10
        self.driven: NDArray[np.int64] = draw.integers(0, cells, inputs)


def write_xml(net: ListedNetwork, folder: Path) -> Path:
    """Writes the network as XML and the simulation that includes it; gives the entry file."""
    name = "listed.net.nml"
    with open(folder / name, "w", encoding="utf-8") as out:
        out.write('<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="listed">\n')
        out.write(components() + '<network id="net">\n')
        for population in ("pre", "post"):
            out.write(
                f'<population id="{population}" component="iaf" type="populationList" '
                f'size="{net.cells}">\n'
            )
            out.writelines(
                f'    <instance id="{i}">\n        <location x="{x}" y="{y}" z="{z}"/>\n'
                "    </instance>\n"
                for i, (x, y, z) in enumerate(net.places.tolist())
            )
            out.write("</population>\n")
        out.write(
            '<projection id="weighted" presynapticPopulation="pre" postsynapticPopulation="post" '
            'synapse="syn">\n'
        )
        columns = (net.sources, net.targets, net.weights, net.delays_ms)
        out.writelines(
            f'    <connectionWD id="{i}" preCellId="../pre/{a}/iaf" postCellId="../post/{b}/iaf" '
            f'weight="{w}" delay="{d} ms"/>\n'
            for i, (a, b, w, d) in enumerate(zip(*(item.tolist() for item in columns), strict=True))
        )
        out.write('</projection>\n<inputList id="drive" component="pulse" population="pre">\n')
        out.writelines(
            f'    <input id="{i}" target="../pre/{cell}/iaf" destination="synapses"/>\n'
            for i, cell in enumerate(net.driven.tolist())
        )
        out.write("</inputList>\n</network>\n</neuroml>\n")
    return write_simulation(folder, name)


def components() -> str:
    """The cell, the synapse and the input of the network."""
    return (
        '<iafCell id="iaf" leakReversal="-60mV" thresh="-50mV" reset="-70mV" C="0.2nF" '
        'leakConductance="0.01uS"/>\n'
        '<expOneSynapse id="syn" gbase="0.1nS" erev="0mV" tauDecay="3ms"/>\n'
        '<pulseGenerator id="pulse" delay="1ms" duration="50ms" amplitude="0.2nA"/>\n'
    )


def write_simulation(folder: Path, included: str, length: str = "1ms") -> Path:
    """Writes a LEMS file that runs the network of another file for a few steps."""
    entry = folder / "LEMS_listed.xml"
    entry.write_text(
        f"""<Lems><Target component="sim"/>
<Include file="Cells.xml"/><Include file="Networks.xml"/><Include file="Simulation.xml"/>
<Include file="{included}"/>
<Simulation id="sim" length="{length}" step="0.1ms" target="net" seed="1">
<OutputFile id="v" fileName="v.dat"><OutputColumn id="v" quantity="post/1/iaf/v"/></OutputFile>
</Simulation></Lems>
""",
        encoding="utf-8",
    )
    return entry


def write_hdf5(net: ListedNetwork, folder: Path) -> Path:
    """Writes the same network as HDF5, laid out as libNeuroML does; gives the entry file."""
    import h5py

    name = "listed.net.nml.h5"
    kept = {"compression": "gzip", "compression_opts": 5, "shuffle": True}

    def table(group: h5py.Group, key: str, columns: dict[str, NDArray[np.generic]]) -> None:
        data = np.stack(list(columns.values()), 1).astype(np.float32)
        made = group.create_dataset(key, data=data, **kept)
        for number, column in enumerate(columns):
            made.attrs[f"column_{number}"] = np.bytes_(column)

    with h5py.File(folder / name, "w") as file:
        root = file.create_group("neuroml")
        root.attrs["id"] = np.bytes_("listed")
        root.attrs["neuroml_top_level"] = np.bytes_(
            f'<neuroml xmlns="http://www.neuroml.org/schema/neuroml2">{components()}</neuroml>'
        )
        network = root.create_group("network")
        network.attrs["id"] = np.bytes_("net")
        for population in ("pre", "post"):
            group = _group(network, "population_", id=population, component="iaf")
            table(group, population, dict(zip("xyz", net.places.T, strict=True)))
        ends = {"presynapticPopulation": "pre", "postsynapticPopulation": "post"}
        group = _group(network, "projection_", id="weighted", synapse="syn", **ends)
        columns = {"pre_cell_id": net.sources, "post_cell_id": net.targets}
        columns |= {"weight": net.weights, "delay": net.delays_ms}
        table(group, "weighted", columns)
        group = _group(network, "inputList_", id="drive", component="pulse", population="pre")
        table(group, "drive", {"target_cell_id": net.driven})
    return write_simulation(folder, name)


def _group(network: Any, kind: str, **attributes: str) -> Any:
    """A group of a network, with its attributes as texts."""
    group = network.create_group(kind + attributes["id"])
    for name, text in attributes.items():
        group.attrs[name] = np.bytes_(text)
    return group


def main() -> None:
    """Writes one network."""
    kind, folder, *sizes = sys.argv[1:]
    write = {"xml": write_xml, "hdf5": write_hdf5}[kind]
    print(write(ListedNetwork(*map(int, sizes)), Path(folder)))


if __name__ == "__main__":
    main()
