"""Networks built from Python against the same networks from files, and against plain NumPy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml as aml
from annarchy_ml import (
    AllToAll,
    Explicit,
    FixedIndegree,
    FixedProbability,
    NetworkModel,
    OneToOne,
    Uniform,
)

Iaf = Callable[..., Any]
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
DT = 2.0**-13  # about 0.12 ms: sums of it are exact, so that delays are whole steps in files too
STEPS = 500


def _pairs(seed: int, n: int, m: int, count: int) -> Any:
    draws = np.random.default_rng(seed)
    chosen = draws.choice(n * m, count, replace=False)
    weights = draws.uniform(0.5, 2.0, count)
    delays = draws.integers(1, 20, count) * DT
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
        f'<Simulation id="sim" length="{STEPS * DT!r} s" step="{DT!r} s" target="net" seed="7"/>'
        "</Lems>"
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
        values = {"weight": weights, "delay": delays, "double_weights": True}
        net.projection(name, made[pre], made[post], rule, synapse, **values)
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
    by_hand = _built(tmp_path).compile(DT, STEPS * DT, seed=7, executor=executor).run()
    for path in wanted:
        assert np.array_equal(by_file[path].values, by_hand[path].values), path
    for name in SIZES:
        times, cells = by_hand.spikes(name)
        assert len(times) > 10
        file_times, file_cells = by_file.spikes(name)
        assert np.array_equal(times, file_times)
        assert np.array_equal(cells, file_cells)
    times, values = by_hand.array("inh", "v")
    assert values.shape == (STEPS + 1, 4)
    assert np.array_equal(values[:, 3], by_file["inh[3]/v"].values)
    assert np.array_equal(times, by_file.times)


DELTA = """
<Lems>
    <Include file="Cells.xml"/>
    <ComponentType name="deltaCell" extends="baseSpikingCell">
        <Parameter name="tau" dimension="time"/>
        <Parameter name="rest" dimension="voltage"/>
        <Parameter name="drive" dimension="voltage"/>
        <Parameter name="thresh" dimension="voltage"/>
        <Property name="weight" dimension="voltage" defaultValue="1 mV"/>
        <EventPort name="in" direction="in"/>
        <Exposure name="v" dimension="voltage"/>
        <Dynamics>
            <StateVariable name="v" dimension="voltage" exposure="v"/>
            <OnStart><StateAssignment variable="v" value="rest"/></OnStart>
            <TimeDerivative variable="v" value="(rest + drive - v) / tau"/>
            <OnCondition test="v .gt. thresh">
                <StateAssignment variable="v" value="rest"/>
                <EventOut port="spike"/>
            </OnCondition>
            <OnEvent port="in"><StateAssignment variable="v" value="v + weight"/></OnEvent>
        </Dynamics>
    </ComponentType>
    <deltaCell id="delta" tau="20 ms" rest="-65 mV" drive="20 mV" thresh="-50 mV"/>
</Lems>
"""


def _deltas(folder: Path, n: int, **values: Any) -> tuple[NetworkModel, Any]:
    (folder / "delta.xml").write_text(DELTA)
    net = NetworkModel("deltas")
    net.include(folder / "delta.xml")
    cells = net.population("cells", "delta", n)
    cells.set(**values)
    net.record(cells, "v")
    net.record_spikes(cells)
    return net, cells


def test_events_at_a_port_add_the_weight_of_the_connection(tmp_path: Path, executor: str) -> None:
    n, steps = 30, 1000
    draws = np.random.default_rng(5)
    start, drive = draws.uniform(-0.065, -0.051, n), draws.uniform(0.01, 0.03, n)
    net, cells = _deltas(tmp_path, n, v=start, drive=drive)
    sources, targets, weights, _ = _pairs(8, n, n, 200)
    delays = draws.choice([5, 12], 200)
    net.projection(
        "loop",
        cells,
        cells,
        Explicit(sources, targets),
        port="in",
        weight=weights * 4e-4,
        delay=delays * DT,
        double_weights=True,
    )
    results = net.compile(DT, steps * DT, executor=executor).run()

    v = start.copy()
    rows, spikes = [v.copy()], []
    arriving = np.zeros((steps + 20, n))
    for step in range(steps):
        v = v + DT * ((-0.065 + drive - v) / 0.02)
        fired = np.flatnonzero(v > -0.05)
        v[fired] = -0.065
        spikes.extend((step, cell) for cell in fired)
        for k in np.flatnonzero(np.isin(sources, fired)):
            arriving[step + delays[k], targets[k]] += weights[k] * 4e-4
        rows.append(v.copy())
        v = v + arriving[step + 1]
    times, numbers = results.spikes("cells")
    assert len(spikes) > 50
    assert list(zip(np.rint(times / DT).astype(int) - 1, numbers, strict=True)) == spikes
    np.testing.assert_allclose(results.array("cells", "v")[1], rows, rtol=1e-9)


def test_synapses_kept_apart_sum_to_the_same(executor: str, iaf: Iaf) -> None:
    summed, apart = {}, {}
    for separate, kept in ((False, summed), (True, apart)):
        net, cells = iaf()
        net.input("drive", cells[:3], "pulse")
        rule = Explicit([0, 1, 2, 0], [4, 4, 5, 5])
        options: dict[str, Any] = {"weight": [0.2, 0.3, 0.1, 0.4], "double_weights": True}
        options["delay"] = [DT, 3 * DT, 2 * DT, DT]
        net.projection("p", cells, cells, rule, "ampa", separate=separate, **options)
        net.record(cells, "v")
        paths = ["synapses:ampa:0/g", "synapses:ampa:1/g"] if separate else ["synapses:ampa/g"]
        net.record(cells[4:], *paths)
        simulation = net.compile(DT, STEPS * DT, executor=executor)
        results = simulation.run()
        kept["v"] = results.array("cells", "v")[1]
        kept["g"] = sum(results.array("cells", path)[1] for path in paths)
        kept["groups"] = [group.size for group in simulation.plan.groups]
    assert summed["groups"] == [6, 3, 6]
    assert apart["groups"] == [6, 3, 4]
    assert np.ptp(summed["g"]) > 1e-8
    np.testing.assert_allclose(summed["g"], apart["g"], rtol=1e-12, atol=1e-30)
    np.testing.assert_allclose(summed["v"], apart["v"], rtol=1e-12)


def test_rules_make_the_same_connections_summed_and_apart(iaf: Iaf) -> None:
    found = []
    for separate in (False, True):
        net, cells = iaf(40)
        net.input("drive", cells[:30], "pulse")
        net.projection("first", cells, cells, FixedProbability(0.1), "ampa", delay=DT, weight=0.1)
        rule = FixedIndegree(4, self_connections=False)
        values = {"weight": Uniform(0.0, 0.3), "delay": Uniform(DT, 5 * DT)}
        net.projection("second", cells[:20], cells[10:], rule, "ampa", separate=separate, **values)
        net.record(cells, "v")
        simulation = net.compile(DT, STEPS * DT, method="euler")
        found.append(simulation.run().array("cells", "v")[1])
    numbers = [group.size for group in simulation.plan.groups if "ampa" in group.name]
    assert numbers[0] > 50 and numbers[1] == 30 * 4
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)


@pytest.mark.parametrize("shift", (0, 2))
def test_no_cell_is_connected_to_itself_where_that_is_excluded(shift: int, iaf: Iaf) -> None:
    net, cells = iaf(6)
    net.input("drive", cells[3], "pulse")
    rule = AllToAll(self_connections=False)
    net.projection("p", cells[shift:], cells, rule, "ampa", weight=1e-3)
    net.record(cells, "synapses:ampa/g")
    g = net.compile(DT, STEPS * DT).run().array("cells", "synapses:ampa/g")[1].max(axis=0)
    assert g[3] == 0.0 < g[[0, 1, 2, 4, 5]].min()


def test_a_rule_may_connect_nothing(executor: str, iaf: Iaf) -> None:
    for separate in (False, True):
        net, cells = iaf(3)
        net.projection("p", cells, cells, FixedProbability(0.0), "ampa", separate=separate)
        net.record(cells, "v")
        values = net.compile(DT, 5 * DT, executor=executor).run().array("cells", "v")[1]
        assert np.all(values == -0.06)


def test_a_file_may_be_included_after_components_were_made(tmp_path: Path, iaf: Iaf) -> None:
    net, cells = iaf(2)
    (tmp_path / "delta.xml").write_text(DELTA)
    net.include(tmp_path / "delta.xml")
    others = net.population("others", "delta", 2)
    net.projection("p", cells, others, OneToOne(), port="in", weight="1 mV")
    cells.set(v="-49 mV")
    net.record(others, "v")
    values = net.compile(DT, 5 * DT).run().array("others", "v")[1]
    assert values.max() > -0.0645


HH_FILE = """
<Lems>
    <Target component="sim"/>
    <Include file="Simulation.xml"/>
    <Include file="NML2_SingleCompHHCell.nml"/>
    <network id="three">
        <population id="cells" component="hhcell" size="3"/>
        <explicitInput target="cells[0]" input="pulseGen1"/>
        <explicitInput target="cells[1]" input="pulseGen1"/>
        <explicitInput target="cells[2]" input="pulseGen1"/>
    </network>
    <Simulation id="sim" length="130 ms" step="0.01 ms" target="three"/>
</Lems>
"""


def test_hodgkin_huxley_cells_from_an_included_file(
    examples_folder: Path, tmp_path: Path, executor: str
) -> None:
    folder = examples_folder.parent / "examples"
    net = NetworkModel("hh")
    net.include(folder / "NML2_SingleCompHHCell.nml")
    cells = net.population("cells", "hhcell", 3)
    net.input("drive", cells, "pulseGen1")
    net.record(cells, "v")
    results = net.compile("0.01 ms", "130 ms", executor=executor).run()
    (tmp_path / "LEMS_hh.xml").write_text(HH_FILE)
    model = aml.load(tmp_path / "LEMS_hh.xml", include_dirs=[str(folder)])
    by_file = model.compile(executor=executor, record=["cells[*]/v"]).run()
    assert results["cells[0]/v"].values.max() > 0.02
    for cell in range(3):
        path = f"cells[{cell}]/v"
        assert np.array_equal(results[path].values, by_file[path].values)
