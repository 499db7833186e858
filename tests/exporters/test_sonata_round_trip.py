"""Models as SONATA circuits, read again and run: the same bits."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

import annarchy_ml
from annarchy_ml import AllToAll, FixedProbability, ModelError, NetworkModel, Uniform, UsageError
from annarchy_ml.importers.neuroml import examples
from annarchy_ml.model.simulation import EventOutputFile

STEPS = 300
QUICK = ["Ex5", "Ex13", "Ex25"]
MORE = ["Ex0", "Ex1", "Ex3", "Ex4", "Ex6", "Ex7", "Ex8", "Ex9", "Ex10", "Ex11", "Ex12", "Ex14",
        "Ex15", "Ex18", "Ex21", "Ex22", "Ex24", "Ex27"]  # fmt: skip
CANNOT = {
    "Ex16": "a sineGenerator",
    "Ex17": "no NeuroML network",
    "Ex19": "electricalProjection",
    "Ex20": "continuousProjection",
    "Ex2": "a pulseGeneratorDL",
}


def _recorded(path: Path, asked: Path) -> dict[str, bytes]:
    """What one model records, and the spikes of its files, if another is run for some steps."""
    wanted = annarchy_ml.load(asked).compile()
    simulation = annarchy_ml.load(path).compile()
    results = simulation.run(STEPS * simulation.plan.dt)
    paths = [item.path for item in wanted.plan.recordings]
    found = {name: results[name].values.tobytes() for name in paths}
    for output in wanted.lowered.outputs:
        for item in output.selections if isinstance(output, EventOutputFile) else ():
            row = results.events.row(item.path, item.port)
            found[item.path] = bytes(results.events.memory_of(row))
    return found


def _copied(name: str, folder: Path) -> Path:
    return Path(examples.copy_example(examples.find_example(name), folder)[0])


def _check_same(name: str, folder: Path) -> None:
    original = _copied(name, folder / "original")
    made = annarchy_ml.export(original, "sonata", folder / "made")
    before = _recorded(original, original)
    assert before
    assert _recorded(made[-1], original) == before


@pytest.mark.parametrize("name", QUICK)
def test_examples_give_the_same_bits(name: str, tmp_path: Path) -> None:
    _check_same(name, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", MORE)
def test_more_examples_give_the_same_bits(name: str, tmp_path: Path) -> None:
    _check_same(name, tmp_path)


@pytest.mark.parametrize("name", CANNOT)
def test_what_cannot_be_said_is_refused_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    original = _copied(name, tmp_path / "original")
    with pytest.raises(UsageError, match=CANNOT[name]):
        annarchy_ml.export(original, "sonata", tmp_path / "made")
    assert not (tmp_path / "made").exists()


@pytest.fixture
def network() -> NetworkModel:
    net = NetworkModel("net")
    net.component("lif", "iafCell", C="200 pF", leakConductance="10 nS", leakReversal="-65 mV",
                  thresh="-50 mV", reset="-60 mV")  # fmt: skip
    net.component("ampa", "expOneSynapse", gbase="6 nS", erev="0 mV", tauDecay="5 ms")
    net.component("pulse", "pulseGenerator", delay="3 ms", duration="0.03 s", amplitude="313 pA")
    times = (net.part("spike", id=str(i), time=f"{t} ms") for i, t in enumerate((10, 2.5)))
    net.component("train", "spikeArray", *times)
    cells = net.population("cells", "lif", 20)
    sources = net.population("sources", "train", 2)
    net.projection("to", sources, cells, AllToAll(), "ampa", weight=2.0, delay="1 ms")
    given = {"weight": Uniform(0.5, 1.5), "delay": Uniform(1e-4, 2e-3)}
    net.projection("loop", cells, cells, FixedProbability(0.3), "ampa", **given)
    net.input("drive", cells[3:6], "pulse")
    net.record(cells[2:5], "v")
    net.record_spikes(cells)
    return net


def test_a_network_from_python_gives_the_same_bits(network: NetworkModel, tmp_path: Path) -> None:
    times = {"dt": 1e-4, "duration": 0.03, "seed": 3}
    lems = annarchy_ml.export(network, "lems", tmp_path / "net.xml", **times)[-1]
    sonata = annarchy_ml.export(network, "sonata", tmp_path / "made", **times)[-1]
    before = _recorded(lems, lems)
    assert len(before["cells[3]"]) > 0
    assert _recorded(sonata, lems) == before


def test_results_are_sonata_files(network: NetworkModel, tmp_path: Path) -> None:
    times = {"dt": 1e-4, "duration": 0.03, "seed": 3}
    made = annarchy_ml.export(network, "sonata", tmp_path / "made", **times)[-1]
    results = annarchy_ml.run(made, out=tmp_path)
    with h5py.File(tmp_path / "output/cells_v.h5") as file:
        report = file["report/cells"]
        np.testing.assert_array_equal(report["mapping/node_ids"], [2, 3, 4])
        np.testing.assert_allclose(report["mapping/time"], [0.0, 30.0, 0.1])
        assert report["data"].attrs["units"] == "mV"
        values = np.column_stack([results[f"cells[{n}]/v"].values for n in (2, 3, 4)])
        np.testing.assert_array_equal(report["data"], np.float32(values[:-1] * 1e3))
    with h5py.File(tmp_path / "output/spikes.h5") as file:
        times_s, cells = results.spikes("cells")
        assert len(times_s)
        np.testing.assert_array_equal(file["spikes/cells/timestamps"], times_s * 1e3)
        np.testing.assert_array_equal(file["spikes/cells/node_ids"], cells)


def test_libsonata_reads_results(network: NetworkModel, tmp_path: Path) -> None:
    libsonata = pytest.importorskip("libsonata", reason="libsonata reads SONATA files")
    times = {"dt": 1e-4, "duration": 0.03, "seed": 3}
    made = annarchy_ml.export(network, "sonata", tmp_path / "made", **times)[-1]
    results = annarchy_ml.run(made, out=tmp_path)
    spikes = libsonata.SpikeReader(str(tmp_path / "output/spikes.h5"))["cells"]
    assert spikes.sorting == "by_time"
    assert len(spikes.get()) == results.events.total
    report = libsonata.SomaReportReader(str(tmp_path / "output/cells_v.h5"))["cells"]
    assert list(report.get_node_ids()) == [2, 3, 4]
    assert (report.time_units, report.data_units) == ("ms", "mV")
    assert report.times == pytest.approx((0.0, 30.0, 0.1))
    sent = libsonata.SpikeReader(str(tmp_path / "made/inputs/sources_spikes.h5"))["sources"]
    assert sent.get() == [(0, 2.5), (1, 2.5), (0, 10.0), (1, 10.0)]


def test_strange_names_are_told_apart(tmp_path: Path) -> None:
    """Names of reports, sets and files are made of names of the model and may meet."""
    net = NetworkModel("net")
    for name in ("a", "A", "a_v"):
        net.component(name, "iafCell", C="200 pF", leakConductance="10 nS", thresh="-50 mV",
                      leakReversal=f"-4{len(name)} mV", reset="-60 mV")  # fmt: skip
        net.record(net.population(f"{name}_", name, 1), "v")
    net.population("cells_v", "a", 1)
    given = {"dt": 1e-4, "duration": 0.01}
    lems = annarchy_ml.export(net, "lems", tmp_path / "net.xml", **given)[-1]
    made = annarchy_ml.export(net, "sonata", tmp_path / "made", **given)[-1]
    assert len(list((tmp_path / "made/components").iterdir())) == 3
    assert _recorded(made, lems) == _recorded(lems, lems)


def test_an_existing_folder_is_written_over(network: NetworkModel, tmp_path: Path) -> None:
    times = {"dt": 1e-4, "duration": 0.03, "seed": 3}
    made = annarchy_ml.export(network, "sonata", tmp_path / "made", **times)[-1]
    first = made.read_bytes()
    assert annarchy_ml.export(network, "sonata", tmp_path / "made", **times)[-1] == made
    assert made.read_bytes() == first
    (tmp_path / "made/network/edges.h5").unlink()
    with pytest.raises(ModelError, match=r"edges\.h5' does not exist"):
        annarchy_ml.load(made)


STRANGE = """<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="x">
<iafCell id="{cell}" leakReversal="-60mV" thresh="-50mV" reset="-70mV" C="0.2nF"
 leakConductance="0.01uS"/>
<expOneSynapse id="{synapse}" gbase="20nS" erev="0mV" tauDecay="3ms"/>
<pulseGenerator id="pg" delay="1ms" duration="20ms" amplitude="0.5nA"/>
<network id="net"><population id="{cells}" component="{cell}" size="2"/>
<projection id="{links}" presynapticPopulation="{cells}" postsynapticPopulation="{cells}"
 synapse="{synapse}"><connectionWD id="0" preCellId="../{cells}[0]" postCellId="../{cells}[1]"
 weight="0.3" delay="1.1 ms"/></projection>
<explicitInput target="{cells}[0]" input="pg"/></network></neuroml>"""
RUN = """<Lems><Target component="sim1"/><Include file="Simulation.xml"/><Include file="m.nml"/>
<Simulation id="sim1" length="20ms" step="0.1ms" target="net"><OutputFile id="o" fileName="o.dat">
<OutputColumn id="v" quantity="{cells}[1]/v"/></OutputFile></Simulation></Lems>"""


@pytest.mark.parametrize(
    "name", ["p\u00f6p", "a.b", "a-b", "a b", "1st", "$BASE_DIR", "NULL", "0", "c" * 200, "../x"]
)
@pytest.mark.parametrize("to", ["sonata", "hdf5"])
def test_strange_ids_give_the_same_bits(to: str, name: str, tmp_path: Path) -> None:
    """What is no id of the schema, and what means something in paths, tables or settings."""
    own = {key: f"{name}{letter}" for key, letter in
           {"cell": "c", "synapse": "s", "links": "l"}.items()}  # fmt: skip
    texts = {**own, "cells": name if "/" not in name else "cells"}
    (tmp_path / "m.nml").write_text(STRANGE.format(**texts), encoding="utf-8")
    (tmp_path / "LEMS_m.xml").write_text(RUN.format(**texts), encoding="utf-8")
    before = annarchy_ml.run(tmp_path / "LEMS_m.xml", write_files=False)
    place = tmp_path / "made" / {"sonata": "s", "hdf5": "n.nml.h5"}[to]
    if to == "hdf5" and "/" in name:
        with pytest.raises(UsageError, match="the name of a table"):
            annarchy_ml.export(tmp_path / "LEMS_m.xml", to, place)
        return
    made = annarchy_ml.export(tmp_path / "LEMS_m.xml", to, place)
    after = annarchy_ml.run(made[-1], write_files=False)
    (path,), (other,) = before.signals, after.signals
    np.testing.assert_array_equal(after[other].values, before[path].values)
    assert {item.name for item in tmp_path.iterdir()} == {"m.nml", "LEMS_m.xml", "made"}


def test_a_file_needs_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    original = _copied("Ex5", tmp_path / "original")
    with pytest.raises(UsageError, match="writes a file"):
        annarchy_ml.export(original, "lems", "")
    annarchy_ml.export(original, "sonata", "")
    assert (tmp_path / "simulation_config.json").is_file()
