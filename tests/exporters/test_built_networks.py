"""Networks built in Python as NeuroML files: what is read again runs alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import annarchy_ml
from annarchy_ml import AllToAll, Explicit, FixedProbability, NetworkModel, Uniform, UsageError

OUT = {"lems": "net.xml", "neuroml": "net.nml", "hdf5": "net.nml.h5"}
TIMES = {"dt": 1e-4, "duration": 0.05, "seed": 3}


def _network() -> NetworkModel:
    net = NetworkModel("net")
    shared = {"C": "200 pF", "leakConductance": "10 nS", "leakReversal": "-49 mV"}
    net.component("lif", "iafRefCell", thresh="-50 mV", reset="-60 mV", refract="5 ms", **shared)
    net.component("ampa", "expOneSynapse", gbase="6 nS", erev="0 mV", tauDecay="5 ms")
    net.component("pulse", "pulseGenerator", delay="1 ms", duration="30 ms", amplitude="0.1 nA")
    return net


def _balanced() -> NetworkModel:
    net = _network()
    cells = net.population("exc", "lif", 40)
    cells[:20].set(C="100 pF")
    cells.set(v=Uniform(-0.060, -0.050))
    net.projection(
        "loop",
        cells,
        cells,
        FixedProbability(0.3),
        "ampa",
        weight=Uniform(0.5, 1.5),
        delay=Uniform(1e-4, 2e-3),
    )
    drive = net.input("drive", cells[10:20], "pulse")
    drive.set(amplitude=np.linspace(1e-10, 3e-10, 10))
    net.record(cells, "v")
    net.record_spikes(cells)
    return net


@pytest.mark.parametrize("to", OUT)
def test_it_runs_alike(to: str, tmp_path: Path) -> None:
    net = _balanced()
    before = net.compile(**TIMES).run()
    made = annarchy_ml.export(net, to, tmp_path / OUT[to], **TIMES)
    after = annarchy_ml.run(made[-1], out=tmp_path)
    names = [column.quantity for column in after.outputs[0].columns]
    assert len(names) == 40
    for cell, name in enumerate(names):
        # Sums of one and of many synapses differ in the last bit.
        np.testing.assert_allclose(
            after[name].values, before[f"exc[{cell}]/v"].values, rtol=1e-12, atol=0
        )
    events = np.loadtxt(tmp_path / "net.exc.spike.dat")
    times, cells = before.spikes("exc")
    assert len(times) > 50
    order = np.lexsort((events[:, 1], events[:, 0]))
    wanted = np.lexsort((cells, times))
    np.testing.assert_array_equal(events[order, 1], cells[wanted])
    np.testing.assert_allclose(events[order, 0], times[wanted], rtol=1e-6)


def test_values_make_populations_and_start_values_make_types(tmp_path: Path) -> None:
    net = _network()
    cells = net.population("p", "lif", 4)
    cells[2:].set(thresh="-48 mV", v="-55 mV")
    cells[:2].set(v="-51 mV")
    nml, lems = annarchy_ml.export(net, "neuroml", tmp_path / "n.nml", **TIMES)
    assert '<population id="p_0" component="p_lif" size="2"/>' in nml.read_text()
    assert '<population id="p_1" component="p_lif_1" size="2"/>' in nml.read_text()
    assert '<ComponentType name="iafRefCell_from_v" extends="iafRefCell"' in lems.read_text()
    simulation = annarchy_ml.load(lems).compile()
    np.testing.assert_allclose(simulation.get("p_0/v"), [-0.051, -0.051], rtol=1e-15)
    np.testing.assert_allclose(simulation.get("p_1/thresh"), [-0.048, -0.048], rtol=1e-15)


def test_a_parameter_that_only_starts_a_state_is_used(tmp_path: Path) -> None:
    net = NetworkModel("net")
    values = {"a": "0.03 per_ms", "b": "-2 nS", "c": "-50 mV", "d": "100 pA", "C": "100 pF"}
    volts = {"v0": "-70 mV", "vr": "-60 mV", "vt": "-40 mV", "vpeak": "35 mV"}
    net.component("izh", "izhikevich2007Cell", k="0.7 nS_per_mV", **values, **volts)
    net.population("p", "izh", 1).set(v="-60 mV")
    nml, lems = annarchy_ml.export(net, "neuroml", tmp_path / "n.nml", **TIMES)
    assert "ComponentType" not in lems.read_text()
    assert 'v0="-0.06 V"' in nml.read_text()


def _straight(net: NetworkModel) -> None:
    net.component("izh", "izhikevichCell", v0="-70 mV", thresh="30 mV", a="0.02", b="0.2",
                  c="-50", d="2")  # fmt: skip
    cells = net.population("p", "lif", 3)
    net.projection("to", cells, cells, AllToAll(), "ampa", heard_after=1.0)


def _summed(net: NetworkModel) -> None:
    cells = net.population("p", "lif", 3)
    net.projection("to", cells, cells, AllToAll(), "ampa")
    net.record(cells, "synapses:ampa/g")


def _many(net: NetworkModel) -> None:
    net.population("p", "lif", 3000).set(C=np.linspace(1e-10, 2e-10, 3000))


def _partly(net: NetworkModel) -> None:
    net.population("p", "lif", 3)[:1].set(v="-50 mV")


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (_straight, "hears its cell later"),
        (_summed, "sum over all synapses"),
        (_many, "3000 populations"),
        (_partly, "start values of some of the cells only"),
    ],
)
def test_what_neuroml_cannot_say_is_refused(build: object, said: str, tmp_path: Path) -> None:
    net = _network()
    assert callable(build)
    build(net)
    with pytest.raises(UsageError, match=said):
        annarchy_ml.export(net, "neuroml", tmp_path / "n.nml", **TIMES)
    assert not list(tmp_path.iterdir())


def test_times_are_asked_for(tmp_path: Path) -> None:
    net = _balanced()
    with pytest.raises(UsageError, match="how long and in which steps"):
        annarchy_ml.export(net, "neuroml", tmp_path / "n.nml")


def test_weights_and_delays_are_those_of_the_network(tmp_path: Path) -> None:
    net = _network()
    cells = net.population("p", "lif", 3)
    rule = Explicit(np.array([0, 1, 2]), np.array([1, 2, 0]))
    given = {"weight": np.array([0.5, 0.25, 2.0]), "delay": np.array([1e-4, 5e-4, 2e-3])}
    net.projection("to", cells, cells, rule, "ampa", **given)
    made = annarchy_ml.export(net, "neuroml", tmp_path / "n.nml", **TIMES)[-1]
    simulation = annarchy_ml.load(made).compile()
    np.testing.assert_array_equal(simulation.get("to/weight"), given["weight"])
    np.testing.assert_allclose(simulation.get("to/delay"), given["delay"] - 1e-7, rtol=1e-12)
