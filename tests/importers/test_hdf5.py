"""Networks in HDF5: what libNeuroML writes, and files that are no such thing."""

from __future__ import annotations

import importlib
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annarchy_ml import api
from annarchy_ml.diagnostics import EnvironmentFault
from annarchy_ml.diagnostics.render import render_all
from annarchy_ml.importers import hdf5_files
from annarchy_ml.importers.neuroml.hdf5_tables import shortest
from annarchy_ml.options import CompileOptions, ReadOptions
from annarchy_ml.session.lowering import lower_model
from annarchy_ml.session.model import Model

h5py = pytest.importorskip("h5py", reason="h5py reads and writes these files")

CELL = (
    '<iafCell id="iaf" leakReversal="-60mV" thresh="-50mV" reset="-70mV" C="0.2nF" '
    'leakConductance="0.01uS"/><expOneSynapse id="syn" gbase="1nS" erev="0mV" tauDecay="3ms"/>'
)


class LibraryNetwork:
    """Every list that libNeuroML writes to HDF5, made by it."""

    def __init__(self) -> None:
        self.neuroml = pytest.importorskip("neuroml", reason="libNeuroML writes the file")
        pytest.importorskip("tables", reason="libNeuroML writes HDF5 with PyTables")
        importlib.import_module("neuroml.utils")
        self.draw = random.Random(5)
        self.document = self.neuroml.NeuroMLDocument(id="made")
        self._components()
        self.net = self._network()
        self._chemical()
        self._graded()
        self._inputs()

    def _components(self) -> None:
        neuroml, made = self.neuroml, self.document
        membrane = {"leak_reversal": "-60mV", "thresh": "-50mV", "reset": "-70mV"}
        cell = neuroml.IafCell(id="iaf", C="0.2nF", leak_conductance="0.01uS", **membrane)
        made.iaf_cells.append(cell)
        synapse = {"gbase": "1nS", "erev": "0mV", "tau_decay": "3ms"}
        made.exp_one_synapses.append(neuroml.ExpOneSynapse(id="syn", **synapse))
        made.gap_junctions.append(neuroml.GapJunction(id="gj", conductance="1nS"))
        made.silent_synapses.append(neuroml.SilentSynapse(id="silent"))
        graded = {"conductance": "0.1pS", "delta": "5mV", "Vth": "-55mV", "k": "0.025per_ms"}
        made.graded_synapses.append(neuroml.GradedSynapse(id="graded", erev="0mV", **graded))
        pulse = {"delay": "1ms", "duration": "50ms", "amplitude": "0.25nA"}
        made.pulse_generators.append(neuroml.PulseGenerator(id="pulse", **pulse))

    def _network(self) -> Any:
        neuroml = self.neuroml
        net = neuroml.Network(id="net", type="networkWithTemperature", temperature="32degC")
        self.document.networks.append(net)
        listed = neuroml.Population(id="p", component="iaf", type="populationList", size=30)
        for i in range(30):
            place = neuroml.Location(x=i, y=0.1, z=2)
            listed.instances.append(neuroml.Instance(id=i, location=place))
        net.populations += [listed, neuroml.Population(id="q", component="iaf", size=40)]
        return net

    def p(self) -> str:
        """A path to a listed cell."""
        return f"../p/{self.draw.randrange(30)}/iaf"

    def q(self) -> str:
        """A path to a numbered cell."""
        return f"../q[{self.draw.randrange(40)}]"

    def _chemical(self) -> None:
        neuroml, draw = self.neuroml, self.draw
        weighted = neuroml.Projection(synapse="syn", **_ends("r", "p", "q"))
        for i in range(200):
            own = {
                "weight": round(draw.random() * 3, 5),
                "delay": f"{draw.randrange(1, 30) / 10}ms",
            }
            weighted.connection_wds.append(
                neuroml.ConnectionWD(id=i, pre_cell_id=self.p(), post_cell_id=self.q(), **own)
            )
        plain = neuroml.Projection(synapse="syn", **_ends("s", "q", "p"))
        for i in range(20):
            cells = {"pre_cell_id": self.q(), "post_cell_id": self.p()}
            plain.connections.append(
                neuroml.Connection(id=i, pre_segment_id=0, post_fraction_along=0.25, **cells)
            )
        self.net.projections += [weighted, plain]

    def _graded(self) -> None:
        neuroml = self.neuroml
        gaps = neuroml.ElectricalProjection(**_ends("e", "p", "p"))
        continuous = neuroml.ContinuousProjection(**_ends("c", "p", "p"))
        for i in range(40):
            own = {"id": i, "pre_cell": self.p(), "post_cell": self.p()}
            weight = round(self.draw.random(), 3)
            gaps.electrical_connection_instance_ws.append(
                neuroml.ElectricalConnectionInstanceW(synapse="gj", weight=weight, **own)
            )
            own = {"id": i, "pre_cell": self.p(), "post_cell": self.p()}
            continuous.continuous_connection_instances.append(
                neuroml.ContinuousConnectionInstance(
                    pre_component="silent", post_component="graded", **own
                )
            )
        self.net.electrical_projections.append(gaps)
        self.net.continuous_projections.append(continuous)

    def _inputs(self) -> None:
        neuroml = self.neuroml
        plain = neuroml.InputList(id="i", component="pulse", populations="p")
        scaled = neuroml.InputList(id="j", component="pulse", populations="q")
        for i in range(50):
            own = {"id": i, "destination": "synapses"}
            plain.input.append(neuroml.Input(target=self.p(), **own))
            weight = round(self.draw.random(), 2)
            scaled.input_ws.append(neuroml.InputW(target=self.q(), weight=weight, **own))
        self.net.input_lists += [plain, scaled]


def _ends(name: str, pre: str, post: str) -> dict[str, str]:
    return {"id": name, "presynaptic_population": pre, "postsynaptic_population": post}


def simulation(folder: Path, included: str, quantities: list[str], length: str = "20ms") -> str:
    columns = "".join(
        f'<OutputColumn id="c{i}" quantity="{quantity}"/>' for i, quantity in enumerate(quantities)
    )
    name = f"LEMS_{included}.xml"
    (folder / name).write_text(
        f"""<Lems><Target component="sim"/><Include file="{included}"/>
<Include file="Simulation.xml"/><Simulation id="sim" length="{length}" step="0.05ms" target="net">
<OutputFile id="o" fileName="{included}.dat">{columns}</OutputFile></Simulation></Lems>"""
    )
    return name


def test_same_bits_as_xml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = LibraryNetwork().document
    from neuroml.writers import NeuroMLHdf5Writer, NeuroMLWriter

    NeuroMLHdf5Writer.write(made, "net.nml.h5")
    NeuroMLWriter.write(made, "net.nml")
    quantities = [f"p/{i}/iaf/v" for i in range(30)] + [f"q[{i}]/v" for i in range(40)]
    traces = []
    for name in ("net.nml", "net.nml.h5"):
        entry = simulation(tmp_path, name, quantities)
        assert api.check(entry) == []
        found = api.run(entry)
        traces.append(np.stack([found[quantity].values for quantity in quantities]))
    assert np.ptp(traces[0], axis=1).min() > 0.0, "every cell does something"
    assert np.array_equal(traces[0], traces[1])


def group_of(parent: Any, kind: str, **attributes: str) -> Any:
    group = parent.create_group(kind + attributes["id"])
    for name, text in attributes.items():
        group.attrs[name] = np.bytes_(text)
    return group


def table_of(group: Any, name: str, data: Any, *columns: str) -> Any:
    made = group.create_dataset(name, data=np.asarray(data))
    for number, column in enumerate(columns):
        made.attrs[f"column_{number}"] = np.bytes_(column)
    return made


def network_file(path: Path) -> Any:
    """A file with two populations of 5 cells; the caller adds to it and closes it."""
    file = h5py.File(path, "w")
    root = file.create_group("neuroml")
    root.attrs["id"] = np.bytes_("made")
    root.attrs["neuroml_top_level"] = np.bytes_(f"<neuroml>{CELL}</neuroml>")
    net = root.create_group("network")
    net.attrs["id"] = np.bytes_("net")
    for name in "pq":
        group_of(net, "population_", id=name, component="iaf").attrs["size"] = 5
    return file


ENDS = {"presynapticPopulation": "p", "postsynapticPopulation": "q", "synapse": "syn"}


def test_double_precision_old_texts_and_ids(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Texts in arrays, a table with ids and places, weights without delays."""
    monkeypatch.chdir(tmp_path)
    with network_file(tmp_path / "net.nml.h5") as file:
        net = file["neuroml/network"]
        group = group_of(net, "population_", id="r", component="iaf")
        group.attrs["component"] = np.array([b"iaf"])
        table_of(group, "r", np.array([[7, 0, 0, 0], [3, 1, 1, 1]], float))
        ends = {"presynapticPopulation": "p", "postsynapticPopulation": "r", "synapse": "syn"}
        rows = [[0, 3, 0.1], [4, 7, 1 / 3]]
        table = table_of(group_of(net, "projection_", id="x", **ends), "x", np.array(rows))
        for number, name in enumerate(("pre_cell_id", "post_cell_id", "weight")):
            table.attrs[f"column_{number}"] = np.array([name.encode()])
    model = Model(simulation(tmp_path, "net.nml.h5", ["r/3/iaf/v"]), ReadOptions())
    plan = lower_model(model, CompileOptions()).plan
    assert plan.recordings[0].index == 1
    (events,) = plan.projections
    synapses = plan.groups[events.target]
    assert synapses.values["./weight"].tolist() == [1 / 3, 0.1]
    assert synapses.host_index is not None
    assert synapses.host_index.tolist() == [0, 1]
    assert events.delays.tolist() == [0.0]


def faulty(name: str, file: Any, folder: Path) -> None:
    """Spoils a file."""
    root = file["neuroml"]
    net = root["network"]
    ends = dict(ENDS)
    data: Any = np.zeros((3, 2), np.float32)
    columns = ["pre_cell_id", "post_cell_id"]
    if name == "no network":
        del file["neuroml"]
        return
    if name == "link out of the file":
        net["projection_l"] = h5py.ExternalLink(str(folder / "other.h5"), "/x")
    elif name == "link within the file":
        net["projection_l"] = h5py.SoftLink("/neuroml/network/population_p")
    elif name == "unknown group":
        net.create_group("something")
    elif name == "unknown column":
        data, columns = np.zeros((3, 3), np.float32), [*columns, "colour"]
    elif name == "missing column":
        columns = ["pre_cell_id", "id"]
    elif name == "cells are no whole numbers":
        data = data + 0.5
    elif name == "too large for single precision":
        data = data + np.float32(2**25)
    elif name == "unknown population":
        ends["presynapticPopulation"] = "nobody"
    elif name == "unknown kind":
        ends["type"] = "telepathy"
    elif name == "table of texts":
        data = np.array([[b"a", b"b"]])
    elif name == "table of one dimension":
        data = np.zeros(3)
    table_of(group_of(net, "projection_", id="x", **ends), "x", data, *columns)


@pytest.mark.parametrize(
    "name",
    [
        "no network",
        "link out of the file",
        "link within the file",
        "unknown group",
        "unknown column",
        "missing column",
        "cells are no whole numbers",
        "too large for single precision",
        "unknown population",
        "unknown kind",
        "table of texts",
        "table of one dimension",
    ],
)
def test_other_layouts_are_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with network_file(tmp_path / "net.nml.h5") as file:
        faulty(name, file, tmp_path)
    (found,) = api.check("net.nml.h5")
    assert found.code == "file.unrecognized"
    assert "is no NeuroML network in HDF5: " in found.message
    assert found.span is not None
    assert found.span.file == "net.nml.h5"
    assert "\x89" not in render_all([found])


def test_not_altered_file_is_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with network_file(tmp_path / "net.nml.h5") as file:
        faulty("none", file, tmp_path)
    assert api.check("net.nml.h5") == []


def test_half_a_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    network_file(tmp_path / "net.nml.h5").close()
    content = (tmp_path / "net.nml.h5").read_bytes()
    (tmp_path / "net.nml.h5").write_bytes(content[:200])
    (found,) = api.check("net.nml.h5")
    assert found.code == "file.unrecognized"


def test_faults_of_rows_and_of_the_text_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cell that is not there, and a unit of the text that stands in the file."""
    monkeypatch.chdir(tmp_path)
    with network_file(tmp_path / "net.nml.h5") as file:
        group = group_of(file["neuroml/network"], "projection_", id="x", **ENDS)
        table_of(group, "x", np.array([[0, 1], [4, 9]]), "pre_cell_id", "post_cell_id")
    entry = simulation(tmp_path, "net.nml.h5", ["p[0]/v"])
    (found,) = api.check(entry)
    assert found.code == "path.index"
    assert "'../q[9]'" in found.message
    with h5py.File("net.nml.h5", "a") as file:
        file["neuroml"].attrs["neuroml_top_level"] = np.bytes_(
            f"<neuroml>{CELL.replace('-60mV', '-60ms')}</neuroml>"
        )
    (found,) = [item for item in api.check("net.nml.h5") if item.code == "units.mismatch"]
    assert found.span is not None
    assert found.span.file == "net.nml.h5:neuroml_top_level"


def test_includes_of_the_text_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cell.nml").write_text(f'<neuroml id="c">{CELL}</neuroml>')
    with network_file(tmp_path / "net.nml.h5") as file:
        text = '<neuroml><include href="cell.nml"/></neuroml>'
        file["neuroml"].attrs["neuroml_top_level"] = np.bytes_(text)
    model = Model("net.nml.h5", ReadOptions())
    assert model.tables.components.by_id["iaf"].type == "iafCell"


def test_without_h5py(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    network_file(tmp_path / "net.nml.h5").close()
    monkeypatch.setattr(hdf5_files, "find_spec", lambda _: None)
    with pytest.raises(EnvironmentFault) as caught:
        api.check("net.nml.h5")
    assert 'pip install "annarchy-ml[hdf5]"' in caught.value.hint


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1))
def test_shortest_decimal_numbers(numbers: list[float]) -> None:
    single = np.array(numbers, np.float32)
    found = shortest(single)
    assert found.tolist() == [float(str(number)) for number in single]
