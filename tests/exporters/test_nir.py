"""Networks as graphs of NIR: read by its own package, stepped by an account of its equations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from nir_account import Account

import annarchy_ml
from annarchy_ml import AllToAll, EnvironmentFault, FixedProbability, NetworkModel, UsageError
from annarchy_ml.cli import main
from annarchy_ml.exporters.nir import graph as graphs
from annarchy_ml.session.network_parts import PopulationView

TIMES = {"dt": 1e-4, "duration": 0.06, "seed": 1}
IAF = {"C": "200 pF", "leakConductance": "10 nS", "leakReversal": "-60 mV", "thresh": "-50 mV",
       "reset": "-65 mV"}  # fmt: skip
PYNN = {"cm": "0.2", "tau_m": "20", "tau_refrac": "0", "v_thresh": "-50", "v_reset": "-65",
        "v_rest": "-65", "i_offset": "0.02", "v_init": "-64", "tau_syn_E": "5",
        "tau_syn_I": "5"}  # fmt: skip
SYNAPSES = {"exp": ("expCurrSynapse", "5"), "fast": ("expCurrSynapse", "2"),
            "alpha": ("alphaCurrSynapse", "5")}  # fmt: skip
SPIKES = (1, 5, 6, 7, 8, 20, 22, 25, 26, 27)


def _network(
    kind: str, values: dict[str, str], weights: dict[str, float]
) -> tuple[NetworkModel, PopulationView]:
    """Six cells that three trains of spikes reach through some synapses."""
    net = NetworkModel("net")
    net.component("cell", kind, **values)
    times = [net.part("spike", id=str(i), time=f"{t} ms") for i, t in enumerate(SPIKES)]
    net.component("train", "spikeArray", *times)
    sources, cells = net.population("sources", "train", 3), net.population("cells", "cell", 6)
    for name, weight in weights.items():
        core, tau = SYNAPSES[name]
        net.component(name, core, tau_syn=tau)
        rule = FixedProbability(0.8)
        net.projection(f"by_{name}", sources, cells, rule, name, weight=weight, delay="1.5 ms")
    net.record(cells, "v")
    net.record_spikes(cells)
    return net, cells


def _account(files: list[Path], dt: float, steps: int) -> Account:
    data = nir.read_data(files[0]) if len(files) > 1 else None
    read = nir.read(files[-1])
    if data is not None:
        data.check_nodes(read)
    return Account(read, data, dt, steps)


def _kinds(read: Any) -> list[str]:
    return sorted(type(node).__name__ for node in read.nodes.values())


def _difference(net: NetworkModel, folder: Path, dt: float) -> float:
    """Between the potentials of the graph, and of a run by Euler's method."""
    times = {**TIMES, "dt": dt}
    steps = round(times["duration"] / dt)
    made = _account(annarchy_ml.export(net, "nir", folder / "net.nir", **times), dt, steps)
    run = net.compile(**times, method="reference").run()
    own = np.array([run[f"cells[{cell}]/v"].values for cell in range(6)]).T
    assert np.ptp(own) > 1e-3
    return float(np.abs(own[:steps] - np.array(made.traces["cells"])).max())


def test_leaky_neurons_are_nodes_in_si_units(tmp_path: Path) -> None:
    net, _ = _network("iafCell", IAF, {"exp": 0.5})
    files = annarchy_ml.export(net, "nir", tmp_path / "net.nir", **TIMES)
    assert [path.name for path in files] == ["net.data.nir", "net.nir"]
    read = nir.read(files[-1])
    assert _kinds(read) == ["CubaLIF", "Delay", "Input", "Linear", "Output"]
    node = read.nodes["cells"]
    wanted = {"tau_mem": 0.02, "tau_syn": 0.005, "r": 1e8, "v_leak": -0.06, "v_threshold": -0.05,
              "v_reset": -0.065, "w_in": 1.0}  # fmt: skip
    for name, value in wanted.items():
        np.testing.assert_allclose(getattr(node, name), np.full(6, value), rtol=1e-14)
    np.testing.assert_allclose(read.nodes["sources_delay"].delay, np.full(3, 1.5e-3))
    given = net.compile(**TIMES).connections("by_exp")
    charges = np.zeros((6, 3))
    charges[given.targets, given.sources] = 0.5e-9 * 5e-3  # current times time constant
    np.testing.assert_allclose(read.nodes["sources_delay_to_cells"].weight, charges, rtol=1e-14)


def test_spikes_and_currents_come_in_as_data(tmp_path: Path) -> None:
    net, cells = _network("iafCell", IAF, {"exp": 0.5})
    net.component("pulse", "pulseGenerator", delay="1 ms", duration="3 ms", amplitude="0.1 nA")
    net.input("drive", cells[2:4], "pulse")
    files = annarchy_ml.export(net, "nir", tmp_path / "net.nir", **TIMES)
    read, data = nir.read(files[-1]), nir.read_data(files[0])
    events = data.nodes["sources"].observables["spikes"]
    np.testing.assert_allclose(events.time[0], np.repeat(SPIKES, 3) * 1e-3)
    np.testing.assert_array_equal(events.idx[0], np.tile([0, 1, 2], len(SPIKES)))
    gridded = np.nonzero(events.to_time_gridded(1e-4).data[0, :, 0])[0]
    np.testing.assert_array_equal(gridded, np.array(SPIKES) * 10)  # no step is lost to rounding
    name = next(name for name in data.nodes if name != "sources")
    course = data.nodes[name].observables["current"].data[0, :, 0]
    np.testing.assert_allclose(course, np.where((np.arange(600) // 10 % 600 >= 1)
                                                & (np.arange(600) < 40), 1e-10, 0))  # fmt: skip
    weight = read.nodes[f"{name}_to_cells"].weight
    np.testing.assert_array_equal(weight[:, 0], [0, 0, 1, 1, 0, 0])


@pytest.mark.parametrize(
    ("kind", "values", "weights", "nodes"),
    [
        ("iafCell", IAF, {"exp": 0.1}, ["CubaLIF"]),
        ("IF_curr_exp", PYNN, {"exp": 0.1}, ["CubaLIF"]),
        ("IF_curr_exp", PYNN, {"alpha": 0.04}, ["CubaLIF", "LI"]),
        ("IF_curr_exp", PYNN, {"exp": 0.15, "fast": -0.2}, ["LI", "LI", "LIF"]),
        ("iafCell", IAF, {"exp": 0.1, "alpha": 0.02}, ["LI", "LI", "LI", "LIF"]),
    ],
)
def test_potentials_are_those_of_the_graph_as_steps_get_short(
    tmp_path: Path, kind: str, values: dict[str, str], weights: dict[str, float], nodes: list[str]
) -> None:
    key, unit = ("thresh", " mV") if kind == "iafCell" else ("v_thresh", "")
    net, _ = _network(kind, {**values, key: f"100{unit}"}, weights)
    coarse, fine = (_difference(net, tmp_path, dt) for dt in (1e-4, 2.5e-5))
    assert fine < 4e-4
    assert coarse / fine == pytest.approx(4.0, rel=0.25)  # of first order, to the same limit
    kinds = _kinds(nir.read(tmp_path / "net.nir"))
    assert [one for one in kinds if "L" in one and one not in ("Linear", "Delay")] == nodes


def test_files_become_the_graph_of_the_network_that_they_hold(tmp_path: Path) -> None:
    net, cells = _network("IF_curr_exp", PYNN, {"exp": 0.15, "fast": -0.2})
    net.projection("loop", cells, cells, FixedProbability(0.4), "exp", weight=0.05, delay="1 ms")
    direct = nir.read(annarchy_ml.export(net, "nir", tmp_path / "net.nir", **TIMES)[-1])
    file = annarchy_ml.export(net, "neuroml", tmp_path / "net.nml", **TIMES)[-1]
    files = annarchy_ml.export(file, "nir", tmp_path / "again.nir")
    again = nir.read(files[-1])
    assert _kinds(again) == _kinds(direct)
    for name in ("tau", "r", "v_leak", "v_threshold", "v_reset"):
        kinds = [
            [n for n in one.nodes.values() if isinstance(n, nir.LIF)] for one in (direct, again)
        ]
        values = [getattr(one[0], name) for one in kinds]
        np.testing.assert_allclose(values[1], values[0], rtol=1e-12)
    matrices = []
    for one in (direct, again):
        found = [n.weight.ravel() for n in one.nodes.values() if isinstance(n, nir.Linear)]
        matrices.append(np.sort(np.concatenate(found)))
    np.testing.assert_allclose(matrices[1], matrices[0], rtol=1e-12)
    old, new = (
        _account(one, 1e-4, 600)
        for one in ([tmp_path / "net.data.nir", tmp_path / "net.nir"], files)
    )
    assert old.train("cells")
    moved = {name for name, node in again.nodes.items() if isinstance(node, nir.LIF)}
    assert new.train(*moved) == old.train("cells")


def test_scripts_of_pynn_become_graphs(tmp_path: Path) -> None:
    pytest.importorskip("pyNN", reason="pyNN is an extra")
    import annarchy_ml.importers.pynn as sim

    sim.setup(timestep=0.1)
    cells = sim.Population(3, sim.IF_curr_exp(tau_m=[10.0, 20.0, 30.0], tau_refrac=0.0))
    source = sim.Population(2, sim.SpikeSourceArray(spike_times=[5.0, 7.0]))
    synapse = sim.StaticSynapse(weight=2.0, delay=1.0)
    sim.Projection(source, cells, sim.AllToAllConnector(), synapse)
    files = sim.export(tmp_path / "net.nir", "nir", duration=50.0)
    read = nir.read(files[-1])
    sim.end()
    nodes = [node for node in read.nodes.values() if isinstance(node, nir.CubaLIF)]
    np.testing.assert_allclose(np.concatenate([node.tau_mem for node in nodes]), [0.01, 0.02, 0.03])
    weights = [node.weight for node in read.nodes.values() if isinstance(node, nir.Linear)]
    np.testing.assert_allclose(np.concatenate(weights), np.full((3, 2), 2e-9 * 5e-3), rtol=1e-12)
    sim.setup(timestep=0.1)
    sim.Population(1, sim.IF_curr_exp())
    with pytest.raises(UsageError, match="a refractory period"):
        sim.export(tmp_path / "no.nir", "nir", duration=50.0)
    sim.end()


def _equations(dt: float) -> tuple[Any, dict[str, Any]]:
    """Neurons with all that a node can say: two receptors, steps, and currents of one step."""
    net = annarchy_ml.Network(dt=dt, seed=3)
    two = annarchy_ml.Neuron(
        parameters="tau = 20.0\nfast = 5.0",
        equations="""
            tau * dv/dt = (-60 - v) + g_exc - g_inh + 3.0 : init = -58.
            fast * dg_exc/dt = -g_exc
            2 * fast * dg_inh/dt = -g_inh
        """,
        spike="v > -50",
        reset="v = -62",
    )
    plain = annarchy_ml.Neuron(
        equations="30 * dv/dt = -(v + 60) + g_exc : init = -60.", spike="v > -50", reset="v = -60"
    )
    perfect = annarchy_ml.Neuron(
        equations="dv/dt = g_exc : init = 0.\n5 * dg_exc/dt = -g_exc", spike="v > 1", reset="v = 0"
    )
    trains = [[1.0, 2, 5, 6, 7, 20, 21, 22], [3.0, 4, 8, 30, 31]]
    sources = net.create(annarchy_ml.SpikeSourceArray(trains))
    made = {
        name: net.create(5, kind, name=name)
        for name, kind in (("two", two), ("plain", plain), ("perfect", perfect))
    }
    made["two"].tau = np.array([10.0, 20, 15, 30, 12])
    drawn = annarchy_ml.Uniform(8.0, 16.0)
    net.connect(sources, made["two"], "exc").all_to_all(drawn, delays=1.0)
    net.connect(sources, made["two"], "inh").all_to_all(1.0, delays=annarchy_ml.Uniform(1.0, 3.0))
    net.connect(made["two"], made["two"], "inh").fixed_probability(0.6, 2.0, delays=0.5)
    net.connect(made["two"], made["plain"], "exc").all_to_all(1500.0, delays=1.5)
    net.connect(made["two"], made["perfect"], "exc").one_to_one(0.15, delays=0.2)
    return net, {name: net.monitor(item, ["v", "spike"]) for name, item in made.items()}


@pytest.mark.parametrize("dt", [0.1, 0.05])
def test_neurons_of_equations_are_their_graph_step_by_step(tmp_path: Path, dt: float) -> None:
    net, monitors = _equations(dt)
    net.export(tmp_path / "net.nir", 60.0)
    files = [tmp_path / "net.data.nir", tmp_path / "net.nir"]
    account = _account(files, dt * 1e-3, round(60 / dt))
    assert _kinds(account.graph).count("IF") == 1
    net.compile()
    net.simulate(60.0)
    for name, monitor in monitors.items():
        own = monitor.get("v")
        np.testing.assert_allclose(account.traces[name][1:], own[:-1], rtol=0, atol=1e-11)
        spikes = sorted((step, cell) for cell, row in monitor.get("spike").items() for step in row)
        assert account.train(name) == spikes
        assert len(spikes) > 3


def _driven(equations: str, spike: str = "v > 1", synapse: Any = None, **more: Any) -> Any:
    """Three neurons that two trains of spikes reach."""
    net = annarchy_ml.Network(dt=0.1)
    kind = annarchy_ml.Neuron(equations=equations, spike=spike, **{"reset": "v = 0", **more})
    cells = net.create(3, kind, name="cells")
    sources = net.create(annarchy_ml.SpikeSourceArray([[1.0, 2, 8, 9], [3.0]]))
    net.connect(sources, cells, "exc", synapse=synapse).all_to_all(4.0)
    return net, net.monitor(cells, ["v", "spike"])


@pytest.mark.parametrize(
    ("equations", "nodes"),
    [
        ("i = 2 * g_exc\n10 * dv/dt = -v + 5 * i", ["LIF"]),
        ("5 * dg_exc/dt = -g_exc\n10 * dv/dt = -v + g_exc : exponential", ["CubaLIF"]),
        ("5 * dg_exc/dt = -g_exc\n4 * di/dt = -i + 3 * g_exc\n10 * dv/dt = -v + i",
         ["CubaLIF", "LI"]),
    ],
)  # fmt: skip
def test_currents_reach_neurons_by_their_own_ways(
    tmp_path: Path, equations: str, nodes: list[str]
) -> None:
    net, monitor = _driven(equations)
    net.export(tmp_path / "net.nir", 40.0)
    account = _account([tmp_path / "net.data.nir", tmp_path / "net.nir"], 1e-4, 400)
    assert [one for one in _kinds(account.graph) if one.endswith(("LIF", "LI"))] == nodes
    net.compile()
    net.simulate(40.0)
    own = monitor.get("v")
    exact = "exponential" not in equations  # a graph says the equation, not the method
    assert np.ptp(own) > 0.5
    limit = 1e-12 if exact else 2e-2
    before = 400 if exact else 11  # until the first spike could come a step apart
    difference = np.abs(np.array(account.traces["cells"])[1:before] - own[: before - 1])
    assert difference.max() < limit


@pytest.mark.parametrize(
    ("equations", "more", "text"),
    [
        ("10 * dv/dt = -v + g_exc", {"refractory": 2.0}, "a refractory period"),
        ("10 * dv/dt = -v + g_exc + Normal(0, 1)", {}, "values that depend on more"),
        ("10 * dv/dt = -v + g_exc : min = 0", {}, "bounds or random numbers of 'v'"),
        ("10 * dv/dt = -v + g_exc * (2 - v)", {}, "that 'v' acts other than linearly"),
        ("10 * dv/dt = -v + pos(g_exc)", {}, "that 'g_exc' acts other than linearly"),
        ("10 * dv/dt = -v + g_exc - w\n50 * dw/dt = -w", {"reset": "v = 0\nw += 1"},
         "that a spike changes 'w'"),
        ("10 * dv/dt = -v + g_exc", {"reset": "v -= 1"}, "resets to other values than constants"),
        ("10 * dv/dt = -v + g_exc", {"spike": "(v > 1) and (t > 5)"}, "other conditions of spikes"),
        ("10 * dv/dt = -v + g_exc\ndg_exc/dt = g_exc", {}, "that 'g_exc' does not decay"),
        ("10*dv/dt = -v - w + g_exc\n50*dw/dt = v - w", {}, "that 'v' acts on 'w' (adaptation)"),
        ("10*dv/dt = -v - w + g_exc\n50*dw/dt = x - w\n20*dx/dt = v - x", {},
         "that 'v' acts on 'x'"),
        ("10*dv/dt = -v + w + g_exc\n50*dw/dt = 3 - w", {}, "that 'w' moves without spikes"),
        ("10*dv/dt = -v + w + g_exc\n50*dw/dt = -w + Normal(0, 1)", {}, "values that depend on"),
        ("10*dv/dt = -v + g_exc + b\nb = b", {"reset": "v = 0\nb += 1"},
         "'b', which acts and has no rate"),
        ("5*dg_exc/dt = -g_exc + 0.1*v\n10*dv/dt = -v + g_exc", {}, "that 'v' acts on 'g_exc'"),
        ("5*dg_exc/dt = -g_exc + 2\n10*dv/dt = -v + g_exc", {}, "'g_exc' moves without spikes"),
        ("5*dg_exc/dt = -g_exc : init=7.\n10*dv/dt = -v + g_exc", {}, "'g_exc' starts away from 0"),
        ("5*dg_exc/dt = -g_exc + 0.1*x\n9*dx/dt = -x + 0.3*g_exc\n10*dv/dt = -v + x", {},
         "that 'g_exc' acts on what acts on it"),
        ("10*dv/dt = -v + g_exc\n50*dth/dt = -th", {"spike": "v > 1 + th"},
         "thresholds that change"),
        ("dv/dt = 0.1 + g_exc", {}, "a constant current into a neuron without leak"),
    ],
)  # fmt: skip
def test_neurons_that_are_no_node_are_refused_by_name(
    tmp_path: Path, equations: str, more: dict[str, Any], text: str
) -> None:
    net, _ = _driven(equations, **more)
    with pytest.raises(UsageError, match="'cells'") as caught:
        net.export(tmp_path / "net.nir", 40.0)
    assert text in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_synapses_with_equations_of_their_weight_are_refused_by_name(tmp_path: Path) -> None:
    kind = annarchy_ml.Synapse(equations="10*dw/dt = -w", pre_spike="g_target += w")
    net, _ = _driven("10*dv/dt = -v + g_exc", synapse=kind)
    with pytest.raises(UsageError, match="synapses with an equation of 'w'"):
        net.export(tmp_path / "net.nir", 40.0)


def test_networks_that_nothing_reaches_have_inputs_all_the_same(tmp_path: Path) -> None:
    net = NetworkModel("net")
    net.component("cell", "IF_curr_exp", **PYNN)
    net.component("exp", "expCurrSynapse", tau_syn="5")
    cells = net.population("cells", "cell", 4)
    net.projection("loop", cells, cells, AllToAll(), "exp", weight=0.1, delay="1 ms")
    (path,) = annarchy_ml.export(net, "nir", tmp_path / "net.nir", **TIMES)
    read = nir.read(path)
    assert ("input_cells", "cells") in read.edges
    assert read.nodes["output_cells"].output_type["output"].tolist() == [4]


def test_values_of_single_cells_are_kept(tmp_path: Path) -> None:
    net = NetworkModel("net")
    net.component("cell", "iafCell", **IAF)
    cells = net.population("cells", "cell", 3)
    cells.set(C=np.array([1e-10, 2e-10, 3e-10]), v=np.array([-0.06, -0.055, -0.051]))
    (path,) = annarchy_ml.export(net, "nir", tmp_path / "net.nir", **TIMES)
    node = nir.read(path).nodes["cells"]
    np.testing.assert_allclose(node.tau, [0.01, 0.02, 0.03])
    np.testing.assert_allclose(node.metadata["v_start"], [-0.06, -0.055, -0.051])


@pytest.mark.parametrize(
    ("example", "text"),
    [
        ("Ex0_IaF", "'iafTauRefPop' (iafTauRefCell): NIR cannot say a refractory period"),
        ("Ex2_Izh", "that 'v' acts other than linearly"),
        ("Ex5_DetCell", "'hhpop' (cell): NIR cannot say other neurons than integrators"),
        ("Ex7_STP", "'srcPop' (spikeGenerator): NIR cannot say other conditions of spikes"),
        ("Ex13_Instances", "such as those of conductances"),
        ("Ex19_GapJunctions", "gap junctions"),
        ("Ex25_MultiComp", "cells with morphology"),
    ],
)
def test_what_no_node_says_is_refused_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], example: str, text: str
) -> None:
    assert main(["examples", example, str(tmp_path)]) == 0
    file = next(tmp_path.rglob(f"LEMS_NML2_{example}.xml"))
    capsys.readouterr()
    assert main(["export", str(file), "--to", "nir", "-o", str(tmp_path / "net.nir")]) == 2
    assert text in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.glob("*.nir"))


def test_matrices_that_do_not_fit_are_refused_with_their_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphs, "MOST", 17)
    net, _ = _network("iafCell", IAF, {"exp": 0.5})
    with pytest.raises(UsageError, match=r"full matrices, which would take 0\.0 GiB"):
        annarchy_ml.export(net, "nir", tmp_path / "net.nir", **TIMES)
    assert not list(tmp_path.iterdir())


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annarchy_ml.exporters.nir.network.find_spec", lambda name: None)
    net, _ = _network("iafCell", IAF, {"exp": 0.5})
    with pytest.raises(EnvironmentFault, match="nir, which writes such graphs") as caught:
        annarchy_ml.export(net, "nir", tmp_path / "net.nir", **TIMES)
    assert "annarchy-ml[nir]" in caught.value.hint
