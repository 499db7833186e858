"""Networks built from Python against the same networks from files, and against plain NumPy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml as aml
from annarchy_ml import Explicit, FixedIndegree, FixedProbability, NetworkModel, Normal, Uniform

CELLS = """
    <iafRefCell id="lif" C="1 nF" leakConductance="0.05 uS" leakReversal="-60 mV"
        thresh="-50 mV" reset="-60 mV" refract="2 ms"/>
    <expOneSynapse id="ampa" gbase="60 nS" erev="0 mV" tauDecay="5 ms"/>
    <alphaSynapse id="gaba" gbase="20 nS" erev="-80 mV" tau="4 ms"/>
    <blockingPlasticSynapse id="nmda" gbase="4 nS" tauDecay="40 ms" tauRise="2 ms" erev="0 mV">
        <blockMechanism type="voltageConcDepBlockMechanism" species="mg"
            blockConcentration="1.2 mM" scalingConc="1.9 mM" scalingVolt="16 mV"/>
    </blockingPlasticSynapse>
    <pulseGenerator id="pulse" delay="1 ms" duration="80 ms" amplitude="0.9 nA"/>
    <spikeGeneratorPoisson id="noise" averageRate="300 Hz"/>
"""
SIZES = {"exc": 8, "inh": 4, "sources": 5}
DURATION = "60 ms"


def _pairs(seed: int, n: int, m: int, count: int) -> Any:
    draws = np.random.default_rng(seed)
    chosen = draws.choice(n * m, count, replace=False)
    weights = draws.uniform(0.5, 2.0, count)
    delays = draws.integers(1, 20, count) * 1e-4
    return chosen // m, chosen % m, weights, delays


PROJECTIONS = {
    "ei": ("exc", "inh", "ampa", _pairs(1, 8, 4, 20)),
    "ie": ("inh", "exc", "gaba", _pairs(2, 4, 8, 16)),
    "ee": ("exc", "exc", "nmda", _pairs(3, 8, 8, 20)),
    "se": ("sources", "exc", "ampa", _pairs(4, 5, 8, 12)),
}


def _file(folder: Path) -> Path:
    lines = ['<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="n">', CELLS]
    lines.append('<network id="net">')
    for name, cell in (("exc", "lif"), ("inh", "lif"), ("sources", "noise")):
        lines.append(f'<population id="{name}" component="{cell}" size="{SIZES[name]}"/>')
    for name, (pre, post, synapse, columns) in PROJECTIONS.items():
        lines.append(
            f'<projection id="{name}" presynapticPopulation="{pre}" '
            f'postsynapticPopulation="{post}" synapse="{synapse}">'
        )
        for number, (i, j, weight, delay) in enumerate(
            zip(*(column.tolist() for column in columns), strict=True)
        ):
            lines.append(
                f'<connectionWD id="{number}" preCellId="../{pre}[{i}]" '
                f'postCellId="../{post}[{j}]" weight="{weight!r}" delay="{delay!r} s"/>'
            )
        lines.append("</projection>")
    for cell in range(SIZES["exc"]):
        lines.append(f'<explicitInput target="exc[{cell}]" input="pulse"/>')
    lines += ["</network>", "</neuroml>"]
    (folder / "net.nml").write_text("\n".join(lines))
    (folder / "LEMS_net.xml").write_text(
        '<Lems><Target component="sim"/><Include file="Simulation.xml"/>'
        '<Include file="net.nml"/>'
        f'<Simulation id="sim" length="{DURATION}" step="0.1 ms" target="net" seed="7"/></Lems>'
    )
    return folder / "LEMS_net.xml"


def _built(folder: Path) -> NetworkModel:
    (folder / "cells.nml").write_text(
        f'<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="c">{CELLS}</neuroml>'
    )
    net = NetworkModel("net")
    net.include(folder / "cells.nml")
    cells = {"exc": "lif", "inh": "lif", "sources": "noise"}
    made = {name: net.population(name, cells[name], size) for name, size in SIZES.items()}
    for name, (pre, post, synapse, (sources, targets, weights, delays)) in PROJECTIONS.items():
        rule = Explicit(sources, targets)
        net.projection(name, made[pre], made[post], rule, synapse, weight=weights, delay=delays)
    net.input("drive", made["exc"], "pulse")
    for name in ("exc", "inh"):
        net.record(made[name], "v")
    for view in made.values():
        net.record_spikes(view)
    return net


def test_files_and_python_give_the_same_bits(tmp_path: Path, executor: str) -> None:
    wanted = [f"{name}[{i}]/v" for name in ("exc", "inh") for i in range(SIZES[name])]
    events = [f"{name}[{i}]:spike" for name, size in SIZES.items() for i in range(size)]
    simulation = aml.load(_file(tmp_path)).compile(executor=executor, record=wanted + events)
    by_file = simulation.run()
    by_hand = _built(tmp_path).compile("0.1 ms", DURATION, seed=7, executor=executor).run()
    for path in wanted:
        assert np.array_equal(by_file[path].values, by_hand[path].values), path
    for name in SIZES:
        times, cells = by_hand.spikes(name)
        assert len(times) > 10
        file_times, file_cells = by_file.spikes(name)
        assert np.array_equal(times, file_times)
        assert np.array_equal(cells, file_cells)
    times, values = by_hand.array("inh", "v")
    assert values.shape == (601, 4)
    assert np.array_equal(values[:, 3], by_file["inh[3]/v"].values)
    assert np.array_equal(times, by_file.times)
