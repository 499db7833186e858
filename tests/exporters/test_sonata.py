"""Networks as SONATA circuits: what is in the files is what is in the network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import annarchy_ml
from annarchy_ml import AllToAll, FixedProbability, NetworkModel, Uniform, UsageError

TIMES = {"dt": 1e-4, "duration": 0.05, "seed": 3}


def _network() -> NetworkModel:
    net = NetworkModel("net")
    net.component("lif", "iafCell", C="200 pF", leakConductance="10 nS", leakReversal="-49 mV",
                  thresh="-50 mV", reset="-60 mV")  # fmt: skip
    net.component("ampa", "expOneSynapse", gbase="6 nS", erev="0 mV", tauDecay="5 ms")
    net.component("pulse", "pulseGenerator", delay="1 ms", duration="30 ms", amplitude="0.1 nA")
    times = (net.part("spike", id=str(i), time=f"{t} ms") for i, t in enumerate((10, 2.5)))
    net.component("train", "spikeArray", *times)
    return net


@pytest.fixture
def made(tmp_path: Path) -> tuple[NetworkModel, Path]:
    net = _network()
    cells = net.population("cells", "lif", 20)
    sources = net.population("sources", "train", 2)
    net.projection("to", sources, cells, AllToAll(), "ampa", weight=2.0, delay="1 ms")
    given = {"weight": Uniform(0.5, 1.5), "delay": Uniform(1e-4, 2e-3)}
    net.projection("loop", cells, cells, FixedProbability(0.3), "ampa", **given)
    net.input("drive", cells[3:6], "pulse")
    net.record(cells[:2], "v")
    net.record_spikes(cells)
    annarchy_ml.export(net, "sonata", tmp_path, **TIMES)
    return net, tmp_path


def _json(folder: Path, name: str) -> dict[str, Any]:
    return json.loads((folder / name).read_text())


def test_edges_are_the_connections(made: tuple[NetworkModel, Path]) -> None:
    net, folder = made
    wanted = net.compile(**TIMES).connections("loop")
    with h5py.File(folder / "network/edges.h5") as file:
        edges = file["edges/loop"]
        assert edges["source_node_id"].attrs["node_population"] == "cells"
        pairs = np.column_stack([edges["source_node_id"][:], edges["target_node_id"][:]])
        order = np.lexsort(pairs.T)
        own = np.column_stack([wanted.sources, wanted.targets])
        mine = np.lexsort(own.T)
        np.testing.assert_array_equal(pairs[order], own[mine])
        weights, delays = edges["0/syn_weight"][:], edges["0/delay"][:]
        np.testing.assert_array_equal(weights[order], np.asarray(wanted.weights)[mine])
        np.testing.assert_allclose(delays[order], np.asarray(wanted.delays)[mine] * 1e3 - 1e-4)


@pytest.mark.parametrize(
    ("side", "end"), [("source_to_target", "source"), ("target_to_source", "target")]
)
def test_indices_lead_to_the_edges(made: tuple[NetworkModel, Path], side: str, end: str) -> None:
    with h5py.File(made[1] / "network/edges.h5") as file:
        edges = file["edges/loop"]
        nodes = edges[f"{end}_node_id"][:]
        index = edges[f"indices/{side}"]
        rows, ranges = index["node_id_to_ranges"][:], index["range_to_edge_id"][:]
        assert len(rows) == 20
        for node, (first, last) in enumerate(rows):
            found = [edge for a, b in ranges[first:last] for edge in range(a, b)]
            assert sorted(found) == np.flatnonzero(nodes == node).tolist()


def test_nodes_types_and_components(made: tuple[NetworkModel, Path]) -> None:
    folder = made[1]
    lines = (folder / "network/node_types.csv").read_text().splitlines()
    assert lines[1:] == [
        "100 cells point_neuron nml:lif.nml lif",
        "101 sources virtual NULL train",
    ]
    with h5py.File(folder / "network/nodes.h5") as file:
        assert file.attrs["magic"] == 0x0A7A
        assert file["nodes/cells/node_type_id"][:].tolist() == [100] * 20
    assert not annarchy_ml.check(folder / "components/lif.nml")
    with h5py.File(folder / "inputs/sources_spikes.h5") as file:
        spikes = file["spikes/sources"]
        assert spikes["timestamps"][:].tolist() == [2.5, 2.5, 10.0, 10.0]
        assert spikes["node_ids"][:].tolist() == [0, 1, 0, 1]


def test_the_simulation_is_configured(made: tuple[NetworkModel, Path]) -> None:
    made_of = _json(made[1], "simulation_config.json")
    sets = _json(made[1], "node_sets.json")
    assert made_of["run"] == {"tstop": 50.0, "dt": 0.1, "random_seed": 3}
    drive = made_of["inputs"]["pulse"]
    assert (drive["amp"], drive["delay"], drive["duration"]) == pytest.approx((0.1, 1.0, 30.0))
    assert sets[drive["node_set"]] == {"population": "cells", "node_id": [3, 4, 5]}
    report = made_of["reports"]["cells_v"]
    assert report["variable_name"] == "v"
    assert sets[report["cells"]]["node_id"] == [0, 1]
    assert made_of["output"]["spikes_file"] == "spikes.h5"


def test_libsonata_reads_it(made: tuple[NetworkModel, Path]) -> None:
    libsonata = pytest.importorskip("libsonata")
    folder = made[1]
    circuit = libsonata.CircuitConfig.from_file(str(folder / "circuit_config.json"))
    assert circuit.node_populations == {"cells", "sources"}
    edges = circuit.edge_population("to")
    assert (edges.source, edges.target, edges.size) == ("sources", "cells", 40)
    assert edges.afferent_edges([7]).flat_size == 2


def _graded(net: NetworkModel) -> None:
    net.component("gap", "gapJunction", conductance="1 nS")
    cells = net.population("p", "lif", 2)
    net.junctions("j", cells, cells, AllToAll(self_connections=False), "gap")


def _noise(net: NetworkModel) -> None:
    net.component("sine", "sineGenerator", phase="0", delay="1 ms", duration="1 s",
                  amplitude="1 nA", period="5 ms")  # fmt: skip
    net.input("drive", net.population("p", "lif", 2), "sine")


@pytest.mark.parametrize(
    ("build", "said"), [(_graded, "electricalProjection"), (_noise, "a sineGenerator")]
)
def test_what_sonata_cannot_say_is_refused(build: Any, said: str, tmp_path: Path) -> None:
    net = _network()
    build(net)
    with pytest.raises(UsageError, match=said):
        annarchy_ml.export(net, "sonata", tmp_path / "out", **TIMES)
    assert not (tmp_path / "out").exists()
