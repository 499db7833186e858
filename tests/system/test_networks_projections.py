"""Projections of networks built from Python: delays, names, connections as arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml as aml
from annarchy_ml import (
    AllToAll,
    Explicit,
    FixedIndegree,
    Uniform,
)
from annarchy_ml.cache_folder import publish_pending
from annarchy_ml.options import CompileOptions, ReadOptions
from annarchy_ml.session.lowering import cached_lowering

Iaf = Callable[..., Any]
DT = 1e-4  # whose multiples are no round numbers: 3 * DT > 0.0003


@pytest.mark.parametrize("separate", (False, True))
def test_delays_are_whole_steps_summed_or_apart(separate: bool, executor: str, iaf: Iaf) -> None:
    steps = np.array([1, 2, 3, 5, 7, 10, 15, 22, 31])
    n = len(steps)
    net, _ = iaf(1)
    spike = net.part("spike", id="0", time="2.05 ms")
    source = net.population("source", net.component("once", "spikeArray", spike), 1)
    others = net.population("others", "lif", n)
    rule = Explicit(np.zeros(n, int), np.arange(n))
    net.projection("p", source, others, rule, "ampa", delay=steps * DT, separate=separate)
    net.record(others, "v")
    net.record_spikes(source)
    results = net.compile(DT, 60 * DT, executor=executor).run()
    sent = round(results.spikes("source")[0][0] / DT)
    moved = np.argmax(results.array("others", "v")[1] != -0.06, axis=0)
    assert moved.tolist() == (sent + steps).tolist()


def test_connections_are_those_that_act(iaf: Iaf) -> None:
    """Each connection is found again by its event: when it comes, and how much it adds."""
    net, cells = iaf(5)
    times = (net.part("spike", id="0", time="1 ms"),)
    source = net.population("source", net.component("once", "spikeArray", *times), 4)
    for k in range(4):
        source_part = net.population(f"alone{k}", "once", 1)
        net.projection(f"e{k}", source_part, cells[k], AllToAll(), "ampa", weight=k + 1.0)
    values = {"weight": Uniform(0.5, 1.0), "delay": Uniform(1e-3, 5e-3)}
    net.projection("p", source, cells[1:], FixedIndegree(1), "ampa", double_weights=True, **values)
    net.component("other", "expOneSynapse", gbase="60 nS", erev="0 mV", tauDecay="5 ms")
    others = net.population("others", "lif", 5)
    net.projection(
        "q", source, others[1:], FixedIndegree(1), "other", double_weights=True, **values
    )
    net.record(others, "synapses:other/g")
    simulation = net.compile(DT, 0.01)
    made = simulation.connections("q")
    g = simulation.run().array("others", "synapses:other/g")[1]
    assert np.all(g[:, 0] == 0.0) and sorted(made.targets) == [1, 2, 3, 4]
    for target, weight, delay in zip(made.targets, made.weights, made.delays, strict=True):
        first = np.argmax(g[:, target] > 0.0)
        assert abs(first * DT - 1e-3 - delay) < 3.5 * DT
        assert 0.97 < g[first, target] / (60e-9 * weight) < 1.0001
    assert [simulation.connections(f"e{k}").weights.tolist() for k in range(4)] == [
        [1.0], [2.0], [3.0], [4.0],
    ]  # fmt: skip
    assert [simulation.connections(f"e{k}").targets.tolist() for k in range(4)] == [
        [0], [1], [2], [3],
    ]  # fmt: skip


def test_inputs_have_values_in_the_order_of_their_cells(iaf: Iaf) -> None:
    net, cells = iaf(5)
    net.input("drive", cells[[3, 1]], "pulse").set(amplitude=[3e-10, 1e-10])
    net.input("all", cells, "pulse")
    simulation = net.compile(DT, 60 * DT)
    assert simulation.get("drive/amplitude").tolist() == [3e-10, 1e-10]
    simulation.set("drive/amplitude", [5e-10, 6e-10])
    assert simulation.get("cells[3]/synapses:pulse:0/amplitude") == 5e-10
    assert simulation.get("cells[1]/synapses:pulse:0/amplitude") == 6e-10
    simulation.set("drive[1]/amplitude", 7e-10)
    assert simulation.get("drive/amplitude").tolist() == [5e-10, 7e-10]


FILE = """<Lems><Target component="sim"/>
<Include file="Cells.xml"/><Include file="Networks.xml"/><Include file="Simulation.xml"/>
<iafCell id="lif" C="1 nF" leakConductance="0.05 uS" leakReversal="-60 mV" thresh="-50 mV"
         reset="-60 mV"/>
<expOneSynapse id="syn" gbase="20 nS" erev="0 mV" tauDecay="5 ms"/>
<spikeArray id="sa"><spike id="0" time="2.05 ms"/></spikeArray>
<network id="net"><population id="a" component="sa" size="3"/>
<population id="b" component="lif" size="4"/>
<projection id="p" presynapticPopulation="a" postsynapticPopulation="b"
  synapse="syn">{p}</projection>
<projection id="q" presynapticPopulation="a" postsynapticPopulation="b"
  synapse="syn">{q}</projection>
<synapticConnection from="a[1]" to="b[3]" synapse="syn" destination="synapses"/></network>
<Simulation id="sim" length="20 ms" step="0.1 ms" target="net"><OutputFile id="o" fileName="o.dat">
<OutputColumn id="v" quantity="b[0]/v"/>{more}</OutputFile></Simulation></Lems>"""
PAIRS = {
    "p": [(2, 1, 0.5, 1.0), (0, 3, 0.7, 2.0), (2, 0, 0.9, 1.0), (0, 1, 1.0, 3.0)],
    "q": [(1, 1, 1.5, 1.0), (0, 1, 2.0, 0.5)],
}


def _simulations(path: Path) -> Iterator[aml.Simulation]:
    """Of a file that was read, and of a plan from the cache."""
    yield aml.load(path).compile()
    cached_lowering(str(path), ReadOptions(), CompileOptions())
    publish_pending()
    found = cached_lowering(str(path), ReadOptions(), CompileOptions())
    assert found.links is None and found.locate is None
    yield aml.Simulation(found)


@pytest.mark.parametrize("more", ["", '<OutputColumn id="g" quantity="b/1/lif/synapses:syn:0/g"/>'])
def test_connections_of_a_file(more: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANNARCHY_ML_CACHE", str(tmp_path / "cache"))
    texts = {
        name: "".join(
            f'<connectionWD id="{k}" preCellId="../a/{a}/sa" postCellId="../b/{b}/lif" '
            f'weight="{w}" delay="{d} ms"/>'
            for k, (a, b, w, d) in enumerate(pairs)
        )
        for name, pairs in PAIRS.items()
    }
    (tmp_path / "net.xml").write_text(FILE.format(more=more, **texts))
    for simulation in _simulations(tmp_path / "net.xml"):
        for name, pairs in PAIRS.items():
            made = simulation.connections(name)
            found = list(zip(*(column.tolist() for column in made), strict=True))
            assert found == [(a, b, w, d * 1e-3) for a, b, w, d in sorted(pairs)]
        assert [column.tolist() for column in simulation.connections("net")[:2]] == [[1], [3]]
        with pytest.raises(aml.UsageError, match="there is no 'net' in network 'net'"):
            simulation.get("net/w")  # the connections without a projection
        if not more:
            continue
        simulation.run()
        g = simulation.get("p/g")
        assert g.shape == (4,)
        alone = simulation.get("b[1]/synapses:syn:0/g"), simulation.get("b[1]/synapses:syn:1/g")
        assert [g[3], g[0]] == [*alone]  # (2, 1) comes first in the file
        simulation.set("q/weight", [3.0, 4.0])
        assert simulation.connections("q").weights.tolist() == [3.0, 4.0]
        assert simulation.connections("p").weights.tolist() == [1.0, 0.7, 0.9, 0.5]


def test_paths_are_numbered_where_a_cell_has_several_of_a_kind(iaf: Iaf) -> None:
    net, cells = iaf(3)
    for name in ("p", "q"):
        net.projection(name, cells, cells[1:], AllToAll(), "ampa", separate=True)
    net.input("drive", cells[2], "pulse")
    found = [item.path for item in net.paths() if "synapses" in item.path]
    assert len(set(found)) == len(found)
    assert "cells[1]/synapses:ampa:0/g" in found and "cells[2]/synapses:pulse/i" in found
    net.record(cells[1:], "synapses:ampa:0/g", "synapses:ampa:5/g")
    assert len(net.compile(DT, DT).run().signals) == 4


def test_listed_pairs_are_those_of_the_call(iaf: Iaf) -> None:
    """Arrays that a user changes later are copied; those that nobody can change are not."""
    net, cells = iaf(3)
    pairs = np.array([0, 1], np.int32), np.array([1, 2], np.int32)
    net.projection("p", cells, cells, aml.Explicit(*pairs), "ampa")
    for item in pairs:
        item[:] = 0
        item.flags.writeable = False
    net.projection("q", cells, cells, aml.Explicit(*pairs), "ampa")
    assert net.network.links[1].connectivity.rule.sources is pairs[0]
    simulation = net.compile(DT, DT)
    assert [column.tolist() for column in simulation.connections("p")[:2]] == [[0, 1], [1, 2]]
    assert [column.tolist() for column in simulation.connections("q")[:2]] == [[0, 0], [0, 0]]
