"""SONATA simulations written by hand: what is read, and what is refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annarchy_ml import api
from annarchy_ml.diagnostics import ModelError

h5py = pytest.importorskip("h5py", reason="h5py reads and writes these files")

NML = """<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="lif">
<iafCell id="lif" leakReversal="-60mV" thresh="-50mV" reset="-70mV" C="0.2nF"
 leakConductance="0.01uS"/></neuroml>"""
SYNAPSE = """<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="ampa">
<expOneSynapse id="ampa" gbase="20nS" erev="0mV" tauDecay="3ms"/></neuroml>"""
NODE_TYPES = """node_type_id population model_type model_template model_name "a note" \
dynamics_params
1 cells point_neuron nml:lif.nml lif "two words" NULL
7 cells point_neuron  nest:iaf_psc_exp NULL NULL cell.json
3 sources virtual NULL NULL NULL NULL
"""
EDGE_TYPES = """edge_type_id target_query source_query delay model_template dynamics_params
10 * "ei=='e' & x" 1.0 nml:ampa.nml NULL
11 * * NULL static_synapse NULL
"""
CONFIG: dict[str, Any] = {
    "manifest": {"$BASE": ".", "$NETWORK": "${BASE}/network"},
    "run": {"tstop": 20.0, "dt": 0.1},
    "network": "$BASE/circuit.json",
    "target_simulator": "NEST",
    "node_sets": {
        "ones": {"population": "cells", "node_type_id": 1},
        "fast": {"mood": ["fast", "hectic"], "node_id": [0, 2, 30]},
        "both": ["ones", "fast"],
    },
    "inputs": {
        "trains": {
            "input_type": "spikes",
            "module": "h5",
            "input_file": "$BASE/spikes.h5",
            "node_set": "sources",
        },
        "step": {
            "input_type": "current_clamp",
            "module": "IClamp",
            "node_set": "both",
            "amp": 0.3,
            "delay": 1.0,
            "duration": 15.0,
        },
    },
    "output": {"output_dir": "$BASE/results", "spikes_file": "all.h5"},
    "reports": {
        "v": {"cells": "cells", "variable_name": "v", "dt": 0.5, "start_time": 2.0, "end_time": 9.0}
    },
}
CIRCUIT: dict[str, Any] = {
    "manifest": {"$NETWORK": "./network"},
    "components": {"point_neuron_models_dir": "parts", "synaptic_models_dir": "parts"},
    "networks": {
        "nodes": [{"nodes_file": "$NETWORK/n.h5", "node_types_file": "$NETWORK/n.csv"}],
        "edges": [{"edges_file": "$NETWORK/e.h5", "edge_types_file": "$NETWORK/e.csv"}],
    },
}


def _nodes(path: Path) -> None:
    with h5py.File(path, "w") as file:
        cells = file.create_group("nodes/cells")
        cells["node_id"] = np.array([30, 0, 2, 5], np.uint64)
        cells["node_type_id"] = np.array([1, 7, 1, 7])
        cells["node_group_id"] = np.array([0, 1, 0, 1], np.uint32)
        cells["node_group_index"] = np.array([1, 0, 0, 1])
        cells["0/x"] = np.array([2.0, 30.0])
        cells["0/mood"] = np.array([0, 1], np.int8)
        cells["0/@library/mood"] = np.array([b"fast", b"slow"])
        cells["1/x"], cells["1/mood"] = np.zeros(2), np.array([b"hectic", b"slow"])
        sources = file.create_group("nodes/sources")
        sources["node_type_id"] = np.array([3, 3, 3])


def _edges(path: Path) -> None:
    with h5py.File(path, "w") as file:
        edges = file.create_group("edges/in")
        edges["source_node_id"] = np.array([0, 1, 2, 1], np.uint64)
        edges["source_node_id"].attrs["node_population"] = "sources"
        edges["target_node_id"] = np.array([30, 0, 5, 2], np.uint64)
        edges["target_node_id"].attrs["node_population"] = b"cells"
        edges["edge_type_id"] = np.array([10, 11, 11, 10])
        edges["0/syn_weight"] = np.array([1.5, 200.0, -300.0, 0.5])
        edges["0/nsyns"] = np.array([1, 2, 1, 1], np.uint16)


class Folder:
    """A simulation in files, which tests change."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = json.loads(json.dumps(CONFIG))
        self.circuit = json.loads(json.dumps(CIRCUIT))
        self.texts = {
            "parts/lif.nml": NML,
            "parts/ampa.nml": SYNAPSE,
            "parts/cell.json": json.dumps({"C_m": 100.0, "tau_syn_in": 4.0, "I_e": 10.0}),
            "network/n.csv": NODE_TYPES,
            "network/e.csv": EDGE_TYPES,
        }
        (path / "network").mkdir()
        (path / "parts").mkdir()
        _nodes(path / "network/n.h5")
        _edges(path / "network/e.h5")
        with h5py.File(path / "spikes.h5", "w") as file:
            file["spikes/gids"] = np.array([0, 1, 1, 2], np.uint64)
            file["spikes/timestamps"] = np.array([2.0, 8.0, 3.0, 5.0])

    def written(self) -> Path:
        """The configuration, after all files were written."""
        for name, text in self.texts.items():
            (self.path / name).write_text(text)
        (self.path / "circuit.json").write_text(json.dumps(self.circuit))
        made = self.path / "simulation.json"
        made.write_text(json.dumps(self.config, indent=1))
        return made

    def messages(self) -> str:
        """All faults as one text."""
        return "\n".join(str(item) for item in api.check(self.written()))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_all_of_it_is_read(folder: Folder) -> None:
    model = api.load(folder.written())
    network = next(item for item in model.document.components if item.tag == "network")
    parts = {item.id: item for item in network.children if item.tag == "population"}
    kinds = {name: item.attributes["component"] for name, item in parts.items()}
    assert list(kinds)[:2] == ["cells_1", "cells_7"]
    assert kinds["cells_1"] == "lif"
    assert len(kinds) == 5
    by_id = {item.id: item.attributes for item in model.document.components}
    cell = by_id[kinds["cells_7"]]
    wanted = {"cm": 0.1, "tau_m": 10.0, "v_rest": -70.0, "v_init": -70.0, "i_offset": 0.01,
              "tau_syn_I": 4.0, "v_thresh": -55.0, "tau_refrac": 2.0}  # fmt: skip
    assert {name: float(cell[name]) for name in wanted} == pytest.approx(wanted)
    links = [item for item in network.children if item.tag == "projection"]
    found = {}
    for item in links:
        rows = [one.attributes for part in item.children for one in part.each()]
        synapse = by_id[item.attributes["synapse"]]
        found[item.attributes["presynapticPopulation"], item.attributes["postsynapticPopulation"],
              synapse.get("tau_syn", "ampa")] = [(row["postCellId"], row["weight"], row["delay"])
                                                 for row in rows]  # fmt: skip
    assert found == {
        ("sources_0", "cells_1", "ampa"): [("../cells_1/0/lif", "1.5", "1.0 ms")],
        ("sources_1", "cells_1", "ampa"): [("../cells_1/1/lif", "0.5", "1.0 ms")],
        ("sources_1", "cells_7", "2.0"): [("../cells_7/0/cells_7_cell", "0.2", "1.0 ms")] * 2,
        ("sources_2", "cells_7", "4.0"): [("../cells_7/1/cells_7_cell", "-0.3", "1.0 ms")],
    }
    into = [item for item in network.children if item.tag == "inputList"]
    targets = [part.attributes["target"] for item in into for part in item.children]
    assert targets == ["../cells_1/0/lif", "../cells_1/1/lif", "../cells_7/0/cells_7_cell"]


def test_results_go_by_nodes(folder: Folder, tmp_path: Path) -> None:
    results = api.run(folder.written(), out=tmp_path / "out")
    with h5py.File(tmp_path / "out/results/v.h5") as file:
        report = file["report/cells"]
        assert report["mapping/node_ids"][:].tolist() == [0, 2, 5, 30]
        assert report["mapping/time"][:].tolist() == pytest.approx([2.0, 9.0, 0.5])
        assert report["data"].shape == (14, 4)
        wanted = results["cells_1/1/lif/v"].values[20:90:5] * 1e3
        np.testing.assert_allclose(report["data"][:, 1], wanted, rtol=1e-6)
    with h5py.File(tmp_path / "out/results/all.h5") as file:
        nodes = file["spikes/cells/node_ids"][:]
        assert set(nodes.tolist()) <= {0, 2, 5, 30}
        assert len(nodes) == results.events.total


def test_numbers_are_those_of_the_equations(folder: Folder) -> None:
    """The inhibitory current of one spike: 300 pA, decay 4 ms, in the step to 5 + 1 ms."""
    results = api.run(folder.written(), write_files=False, method="rk4")
    times, v = results["cells_7/1/cells_7_cell/v"].times_s, results["cells_7/1/cells_7_cell/v"]
    t = np.maximum(times * 1e3 - 5.9, 0.0)
    tau, syn, c = 10.0, 4.0, 100.0
    pulse = -300.0 / c * tau * syn / (tau - syn) * (np.exp(-t / tau) - np.exp(-t / syn))
    drive = 10.0 / c * tau * (1.0 - np.exp(-times * 1e3 / tau))
    np.testing.assert_allclose(v.values * 1e3, -70.0 + drive + pulse, atol=0.1)


def _text(name: str, old: str, new: str) -> Callable[[Folder], None]:
    def change(folder: Folder) -> None:
        assert old in folder.texts[name]
        folder.texts[name] = folder.texts[name].replace(old, new)

    return change


def _config(*keys: str, value: Any) -> Callable[[Folder], None]:
    def change(folder: Folder) -> None:
        part = folder.config
        for key in keys[:-1]:
            part = part[key]
        part[keys[-1]] = value

    return change


def _file(name: str, change: Callable[[Any], None]) -> Callable[[Folder], None]:
    def changed(folder: Folder) -> None:
        with h5py.File(folder.path / name, "a") as file:
            change(file)

    return changed


def _replace(file: Any, name: str, values: Any) -> None:
    attributes = dict(file[name].attrs)
    del file[name]
    file[name] = values
    file[name].attrs.update(attributes)


FAULTS: dict[str, tuple[Callable[[Folder], None], str]] = {
    "unknown section": (_config("stimuli", value={}), "the section 'stimuli' is not understood"),
    "unknown key": (_config("run", "dtt", value=1), "'dtt' of 'run' is not understood"),
    "no number": (_config("run", "dt", value="0.1"), "'dt' must be a number"),
    "no step": (_config("run", value={"tstop": 1.0}), "'run' must give 'dt'"),
    "start": (_config("run", "tstart", value=5.0), "simulations begin at 0 ms"),
    "variable": (_config("network", value="$BASIS/c.json"), "no variable '$BASIS'"),
    "loop": (_config("manifest", "$BASE", value="$BASE/x"), "variables lead to themselves"),
    "outside": (_config("network", value="/etc/passwd"), "outside of the folders"),
    "missing": (_config("network", value="c.json"), "c.json' does not exist"),
    "set": (_config("inputs", "step", "node_set", value="onse"), "no set of nodes 'onse'"),
    "set loop": (_config("node_sets", "both", value=["both"]), "lead to themselves"),
    "attribute": (_config("node_sets", "ones", value={"mod": 1}), "the attribute 'mod'"),
    "input": (_config("inputs", "step", "input_type", value="voltage_clamp"), "voltage_clamp"),
    "module": (_config("inputs", "trains", "module", value="nwb"), "the module 'nwb'"),
    "report": (_config("reports", "v", "module", value="extracellular"), "'extracellular'"),
    "report step": (_config("reports", "v", "dt", value=0.25), "which is no whole step"),
    "report variable": (_config("reports", "v", "variable_name", value="vv"), "'vv'"),
    "spikes into cells": (_config("inputs", "trains", "node_set", value="ones"), "not virtual"),
    "model type": (_text("network/n.csv", "1 cells point_neuron", "1 cells single_compartment"),
                   "cells of the type 'single_compartment'"),
    "template": (_text("network/n.csv", "iaf_psc_exp", "hh_psc_alpha"), "'nest:hh_psc_alpha'"),
    "morphology": (_text("network/n.csv", "model_name", "morphology"), "'morphology' beside"),
    "row": (_text("network/n.csv", "lif.nml lif", "lif.nml"), "this row has 6 values for 7"),
    "no type": (_text("network/n.csv", "\n7 ", "\n8 "), "no node_type_id 7"),
    "type twice": (_text("network/n.csv", "7 cells", "1 cells"), "node_type_id 1 is given twice"),
    "parameter": (_text("parts/cell.json", "C_m", "c_m"), "no parameter 'c_m'"),
    "parameter text": (_text("parts/cell.json", "100.0", '"big"'), "is no number"),
    "synapse": (_text("network/e.csv", "static_synapse", "stdp_synapse"), "'stdp_synapse'"),
    "no synapse": (_text("network/e.csv", "nml:ampa.nml", "NULL"), "edges without model_template"),
    "weights": (_text("network/e.csv", "target_query", "weight_function"), "the weights of 'in'"),
    "component": (_text("network/e.csv", "ampa.nml", "nmda.nml"), "nmda.nml' does not exist"),
    "traversal": (_text("network/e.csv", "ampa.nml", "../../../../../etc/hosts"), "outside"),
    "node": (_file("network/e.h5", lambda f: _replace(f, "edges/in/target_node_id", [30, 0, 5, 9])),
             "'cells' does not have all of the nodes"),
    "link": (_file("network/n.h5", lambda f: (_replace(f, "nodes/cells/0/x", [1.0, 2.0]),
                   f["nodes/cells/0"].__setitem__("z", h5py.ExternalLink("/etc/x", "/y")))),
             "'z' is a link"),
    "length": (_file("network/e.h5", lambda f: _replace(f, "edges/in/edge_type_id", [10, 11])),
               "differ in length"),
    "index": (_file("network/n.h5",
                    lambda f: _replace(f, "nodes/cells/node_group_index", [1, 0, 9, 1])),
              "has no value for some"),
    "times": (_file("spikes.h5", lambda f: _replace(f, "spikes/timestamps", [1.0, np.nan, 2, 3])),
              "times of spikes must be 0 or more"),
    "magic": (_file("network/n.h5", lambda f: f.attrs.update(magic=7)), "magic number"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_faults_are_named(name: str, folder: Folder) -> None:
    change, said = FAULTS[name]
    change(folder)
    assert said in folder.messages()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"run": {"dt": 1, "dt": 2}}', "'dt' is given twice"),
        ('{"run": {"dt": NaN}}', "NaN is no number"),
        ('{"run": ', "is no JSON"),
        ("{" * 100_000, "is no JSON"),
        ('{"a": ' * 100_000, "nested too deeply"),
        ('{"networks": {}}', "is a circuit: it does not say what to run"),
        ('{"x": 1}', "is no SONATA simulation"),
        ('{"run": []}', "'run' must be an object"),
    ],
)
def test_what_is_no_simulation(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "simulation.json"
    path.write_text(text)
    with pytest.raises(ModelError) as caught:
        api.load(path)
    assert said in str(caught.value)


def test_a_place_is_shown(folder: Folder) -> None:
    folder.config["inputs"]["step"]["ampp"] = 1.0
    found = api.check(folder.written())
    assert found[0].span is not None
    line = (folder.path / "simulation.json").read_text().splitlines()[found[0].span.line - 1]
    assert line.strip().startswith('"ampp"')


def test_a_changed_file_is_read_again(folder: Folder) -> None:
    before = api.run(folder.written(), write_files=False)["cells_1/1/lif/v"].values.copy()
    folder.texts["parts/lif.nml"] = NML.replace("0.2nF", "0.3nF")
    after = api.run(folder.written(), write_files=False)["cells_1/1/lif/v"].values
    assert not np.array_equal(before, after)
