"""Networks built from Python against the same networks from files, and against plain NumPy."""

from __future__ import annotations

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
    Normal,
    OneToOne,
    Uniform,
)

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


def _iaf(n: int = 6) -> tuple[NetworkModel, Any]:
    net = NetworkModel("iaf")
    net.component(
        "lif",
        "iafCell",
        C="1 nF",
        leakConductance="0.05 uS",
        leakReversal="-60 mV",
        thresh="-50 mV",
        reset="-60 mV",
    )
    net.component("ampa", "expOneSynapse", gbase="60 nS", erev="0 mV", tauDecay="5 ms")
    net.component("pulse", "pulseGenerator", delay="1 ms", duration="80 ms", amplitude="0.7 nA")
    return net, net.population("cells", "lif", n)


def test_synapses_kept_apart_sum_to_the_same(executor: str) -> None:
    summed, apart = {}, {}
    for separate, kept in ((False, summed), (True, apart)):
        net, cells = _iaf()
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


def test_rules_make_the_same_connections_summed_and_apart() -> None:
    found = []
    for separate in (False, True):
        net, cells = _iaf(40)
        net.input("drive", cells[:30], "pulse")
        net.projection("first", cells, cells, FixedProbability(0.1), "ampa", delay=DT, weight=0.1)
        rule = FixedIndegree(4, self_connections=False)
        values = {"weight": Uniform(0.0, 0.3), "delay": Uniform(DT, 5 * DT)}
        net.projection("second", cells[:20], cells[10:], rule, "ampa", separate=separate, **values)
        net.record(cells, "v")
        simulation = net.compile(DT, STEPS * DT, method="euler")
        found.append(simulation.run().array("cells", "v")[1])
    sizes = [group.size for group in simulation.plan.groups]
    assert sizes[2] > 30 * 4 + 50
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)


@pytest.mark.parametrize("shift", (0, 2))
def test_no_cell_is_connected_to_itself_where_that_is_excluded(shift: int) -> None:
    net, cells = _iaf(6)
    net.input("drive", cells[3], "pulse")
    rule = AllToAll(self_connections=False)
    net.projection("p", cells[shift:], cells, rule, "ampa", weight=1e-3)
    net.record(cells, "synapses:ampa/g")
    g = net.compile(DT, STEPS * DT).run().array("cells", "synapses:ampa/g")[1].max(axis=0)
    assert g[3] == 0.0 < g[[0, 1, 2, 4, 5]].min()


def test_a_rule_may_connect_nothing(executor: str) -> None:
    for separate in (False, True):
        net, cells = _iaf(3)
        net.projection("p", cells, cells, FixedProbability(0.0), "ampa", separate=separate)
        net.record(cells, "v")
        values = net.compile(DT, 5 * DT, executor=executor).run().array("cells", "v")[1]
        assert np.all(values == -0.06)


def test_inputs_that_hold_a_synapse_and_sources_with_parts(executor: str) -> None:
    net, cells = _iaf(3)
    spikes = (net.part("spike", id=str(k), time=f"{k + 1} ms") for k in (0, 9))
    net.component("twice", "spikeArray", *spikes)
    target = {"synapse": "ampa", "spikeTarget": "./ampa"}
    net.component("rain", "poissonFiringSynapse", averageRate="500 Hz", **target)
    sources = net.population("sources", "twice", 3)
    net.input("rain_on_one", cells[1], "rain")
    net.projection("p", sources, cells[2:], Explicit([1], [0]), "ampa", weight=0.1)
    net.record(cells, "v")
    net.record_spikes(sources[:1])
    net.record_spikes(sources[1:])
    results = net.compile(DT, 200 * DT, executor=executor).run()
    values = results.array("cells", "v")[1]
    assert np.all(values[:, 0] == -0.06)
    assert np.ptp(values[:, 1]) > 1e-3 and np.ptp(values[:, 2]) > 1e-4
    times, numbers = results.spikes("sources")
    assert numbers.tolist() == [0, 1, 2, 0, 1, 2]
    np.testing.assert_allclose(times, [1e-3] * 3 + [1e-2] * 3, atol=2 * DT)


def test_the_hash_of_a_network_names_its_content() -> None:
    def hash_of(weight: float, v: float) -> str:
        net, cells = _iaf(3)
        cells.set(v=np.full(3, v))
        net.projection("p", cells, cells, AllToAll(), "ampa", weight=weight)
        return str(net.compile(DT, DT).run().provenance["model_hash"])

    assert hash_of(0.1, -0.06) == hash_of(0.1, -0.06)
    assert len({hash_of(0.1, -0.06), hash_of(0.2, -0.06), hash_of(0.1, -0.061)}) == 3


def test_a_file_may_be_included_after_components_were_made(tmp_path: Path) -> None:
    net, cells = _iaf(2)
    (tmp_path / "delta.xml").write_text(DELTA)
    net.include(tmp_path / "delta.xml")
    others = net.population("others", "delta", 2)
    net.projection("p", cells, others, OneToOne(), port="in", weight="1 mV")
    cells.set(v="-49 mV")
    net.record(others, "v")
    values = net.compile(DT, 5 * DT).run().array("others", "v")[1]
    assert values.max() > -0.0645


def test_values_of_each_cell(executor: str) -> None:
    net, cells = _iaf()
    thresholds = np.linspace(-0.055, -0.045, 6)
    cells.set(thresh=thresholds, v="-58 mV", C="0.5 nF")
    cells[[1, 4]].set(v=[-0.051, -0.052])
    net.input("drive", cells, "pulse").set(amplitude=Uniform(6e-10, 8e-10))
    net.record(cells, "v")
    simulation = net.compile(DT, 10 * DT, executor=executor)
    rows = simulation.run().array("cells", "v")[1]
    assert rows[0].tolist() == [-0.058, -0.051, -0.058, -0.058, -0.052, -0.058]
    assert simulation.get("cells/thresh").tolist() == thresholds.tolist()
    assert simulation.get("cells/C").tolist() == [5e-10] * 6
    drives = simulation.get("cells/synapses:pulse/amplitude")
    assert len(np.unique(drives)) == 6 and 6e-10 <= drives.min() < drives.max() < 8e-10
    v = rows[0]
    for row in range(1, 8):  # before the pulse begins
        v = v + DT * (5e-8 * (-0.06 - v)) / 5e-10
        fired = v > thresholds
        v = np.where(fired, -0.06, v)
        np.testing.assert_allclose(rows[row], v, rtol=1e-12)


def test_draws_depend_on_seed_population_and_name_alone() -> None:
    def drawn(seed: int, order: int) -> np.ndarray:
        net, cells = _iaf(1000)
        values = {"v": Normal(-0.06, 0.002, low=-0.063), "thresh": Uniform(-0.05, -0.04)}
        for name in sorted(values, reverse=bool(order)):
            cells.set(**{name: values[name]})
        net.population("others", "lif", 1000).set(v=values["v"])
        simulation = net.compile(DT, seed=seed)
        return np.stack([simulation.get(p) for p in ("cells/v", "cells/thresh", "others/v")])

    first = drawn(3, 0)
    assert np.array_equal(first, drawn(3, 1))
    assert not np.any(first == drawn(4, 0))
    assert first[0].min() >= -0.063
    assert abs(first[2].mean() + 0.0597) < 3e-4
    assert not np.any(first[0] == first[2])


def test_a_derived_parameter_follows_in_each_cell(executor: str) -> None:
    net = NetworkModel("noise")
    net.component("noise", "spikeGeneratorPoisson", averageRate="10 Hz")
    cells = net.population("cells", "noise", 400)
    cells[200:].set(averageRate=100.0)
    net.record_spikes(cells)
    _, numbers = net.compile(DT, 1.0, seed=2, executor=executor).run().spikes("cells")
    assert 1600 < np.sum(numbers < 200) < 2400
    assert 18000 < np.sum(numbers >= 200) < 22000


def test_pieces_resets_and_values_set_between(executor: str) -> None:
    def built() -> NetworkModel:
        net, cells = _iaf(20)
        cells.set(v=Uniform(-0.06, -0.05))
        net.input("drive", cells, "pulse")
        net.projection("p", cells, cells, FixedProbability(0.2), "ampa", weight=0.1, delay=2 * DT)
        net.record(cells, "v")
        net.record_spikes(cells)
        return net

    whole = built().compile(DT, STEPS * DT, executor=executor)
    results = whole.run()
    pieces = built().compile(DT, executor=executor)
    for part in (100, 150, 250):
        later = pieces.run(part * DT)
    assert np.array_equal(results.array("cells", "v")[1], later.array("cells", "v")[1])
    for one, other in zip(results.spikes("cells"), later.spikes("cells"), strict=True):
        assert len(one) > 50 and np.array_equal(one, other)
    pieces.reset()
    again = pieces.run(STEPS * DT)
    assert np.array_equal(results.array("cells", "v")[1], again.array("cells", "v")[1])
    pieces.reset()
    pieces.set("cells/v", np.full(20, -0.06))
    pieces.set("cells/synapses:ampa/gbase", 0.0)
    quiet = pieces.run(STEPS * DT).array("cells", "v")[1]
    assert np.all(quiet == quiet[:, :1])


def test_bits_are_equal_for_any_number_of_threads() -> None:
    found = []
    for threads in (1, 2, 3, 7):
        net, cells = _iaf(200)
        cells.set(v=Normal(-0.055, 0.002))
        net.input("drive", cells[:150], "pulse")
        net.projection(
            "p",
            cells,
            cells,
            FixedIndegree(10),
            "ampa",
            weight=Uniform(0.0, 0.1),
            delay=Uniform(DT, 9 * DT),
        )
        net.record(cells[::7], "v")
        net.record_spikes(cells)
        results = net.compile(DT, STEPS * DT, seed=11, threads=threads).run()
        found.append((*results.spikes("cells"), results.array("cells", "v")[1]))
    for other in found[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(found[0], other, strict=True))
    assert len(found[0][0]) > 500


@pytest.mark.parametrize("precision", ("single", "double"))
@pytest.mark.parametrize("method", ("reference", "auto"))
def test_methods_and_precisions(method: str, precision: str) -> None:
    net, cells = _iaf(40)
    net.input("drive", cells, "pulse")
    net.projection("p", cells, cells, FixedProbability(0.1), "ampa", delay=DT)
    net.record_spikes(cells[5:25])
    results = net.compile(DT, STEPS * DT, method=method, precision=precision).run()
    assert results.provenance["precision"] == precision
    assert results.provenance["method"].startswith(method)
    times, numbers = results.spikes("cells")
    assert np.all(np.diff(times) >= 0) and set(numbers) == set(range(5, 25))


def test_results_leave_as_neo() -> None:
    pytest.importorskip("neo")
    net, cells = _iaf(5)
    net.input("drive", cells, "pulse")
    net.record(cells[1:3], "v")
    net.record_spikes(cells)
    segment = net.compile(DT, STEPS * DT).run().to_neo().segments[0]
    assert segment.analogsignals[0].shape == (STEPS + 1, 2)
    assert segment.analogsignals[0].name == "cells.v"
    assert [train.annotations["index"] for train in segment.spiketrains] == [0, 1, 2, 3, 4]
    assert all(len(train) > 0 for train in segment.spiketrains)


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
