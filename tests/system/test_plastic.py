"""Split plastic synapses do what synapses do that are stepped one by one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml as aml
from annarchy_ml.passes import plastic
from annarchy_ml.session.network_parts import PopulationView

TYPES = """<Lems>
<Include file="Synapses.xml"/>
<ComponentType name="plastic" extends="baseCurrentBasedSynapse">
  <Parameter name="ibase" dimension="current"/>
  <Parameter name="tau" dimension="time"/>
  <Property name="weight" dimension="none" defaultValue="1"/>
  <EventPort name="post" direction="in"/>
  <Exposure name="w" dimension="none"/>
  <Dynamics>
    <StateVariable name="g" dimension="none"/>
    <StateVariable name="w" dimension="none" exposure="w"/>
    <StateVariable name="x" dimension="none"/>
    <StateVariable name="y" dimension="none"/>
    <DerivedVariable name="i" exposure="i" dimension="current" value="ibase * g"/>
    <TimeDerivative variable="g" value="-g/tau"/>
    <TimeDerivative variable="x" value="{x_rate}"/>
    <TimeDerivative variable="y" value="-y/tau"/>
    <OnStart>
      <StateAssignment variable="w" value="weight"/>
      <StateAssignment variable="x" value="{x_start}"/>
    </OnStart>
    <OnEvent port="in">{source}</OnEvent>
    <OnEvent port="post">{target}</OnEvent>
  </Dynamics>
</ComponentType>
</Lems>"""

ADDITIVE = {
    "source": ["g = g + w", "w = max(0, min(1, w - 0.02*y))", "x = x + 1"],
    "target": ["w = max(0, min(1, w + 0.02*x))", "y = y + 1"],
}
RULES = {
    "additive": ADDITIVE,
    "multiplicative, nearest": {
        "source": ["x = 1", "w = w - 0.1*w*y", "g = w + g"],
        "target": ["y = 1", "w = w + 0.1*(1 - w)*x"],
    },
    "own trace read before it jumps": {
        "source": ["w = w - 0.01*x", "x = x + 1", "g = g + w"],
        "target": ["w = w + 0.01*x*y", "y = y + 1"],
    },
    "facilitation": {"source": ["x = x + 1", "g = g + w*x"], "target": []},
    "moved by it": {"source": ["x = x + 1", "w = w - w*x/99", "g = g + w"], "target": []},
    "short-term depression": {
        "x_rate": "(1 - x)/(4*tau)",
        "x_start": "1",
        "source": ["g = g + w*x", "x = x - 0.4*x"],
        "target": [],
    },
}


def _network(
    folder: Path, rule: dict[str, Any], delay: Any, given: tuple[Any, ...] = (20, 7)
) -> aml.NetworkModel:
    """Given: numbers of sources and cells, and the rule of pairs if it is another one."""
    n_sources, n_cells, pairs = (*given, aml.FixedProbability(0.8))[:3]

    def actions(key: str) -> str:
        items = [item.split(" = ") for item in rule[key]]
        return "".join(f'<StateAssignment variable="{n}" value="{v}"/>' for n, v in items)

    text = TYPES.format(
        x_rate=rule.get("x_rate", "-x/(2*tau)"),
        x_start=rule.get("x_start", "0"),
        source=actions("source"),
        target=actions("target"),
    )
    (folder / "plastic.xml").write_text(text)
    net = aml.NetworkModel("plastic")
    net.include(folder / "plastic.xml")
    noise = net.component("noise", "spikeGeneratorPoisson", averageRate="50 Hz")
    cell = net.component(
        "cell", "iafCell", leakConductance="0.01 uS", leakReversal="-70 mV", thresh="-55 mV",
        reset="-70 mV", C="0.2 nF",
    )  # fmt: skip
    synapse = net.component("synapse", "plastic", ibase="0.05 nA", tau="10 ms")
    sources = net.population("sources", noise, n_sources)
    cells = net.population("cells", cell, n_cells)
    weight = aml.Uniform(0.2, 0.8)
    net.projection("p", sources, cells, pairs, synapse, weight=weight, delay=delay)
    net.record(cells, "v")
    return net


def _run(
    net: aml.NetworkModel, monkeypatch: pytest.MonkeyPatch, split: bool, **options: Any
) -> tuple[dict[str, np.ndarray], aml.Simulation]:
    with monkeypatch.context() as patch:
        if not split:
            patch.setattr(plastic, "split_synapses", lambda *_: None)
        given: dict[str, Any] = {"dt": "0.1 ms", "duration": "300 ms", "seed": 5, **options}
        sim = net.compile(**given)
    return {key: np.asarray(value) for key, value in sim.run().to_dict().items()}, sim


def _is_split(sim: aml.Simulation) -> bool:
    return any(item.name.endswith("connections") for item in sim.plan.groups)


def _worst(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> float:
    assert a.keys() == b.keys()
    return max(float(np.abs(a[key] - b[key]).max()) for key in a if key != "t")


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize(
    ("method", "given"),
    [
        *((method, (20, 7)) for method in ("reference", "auto")),
        *(("reference", given) for given in ((30, 70), (30, 70, aml.AllToAll()))),
    ],
)
def test_split_equals_stepped(
    name: str,
    method: str,
    given: tuple[Any, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of 70 cells, connections of one lie far apart; of all-to-all, those of a source in a row."""
    net = _network(tmp_path, RULES[name], "1.5 ms", given)
    split, made = _run(net, monkeypatch, True, method=method)
    stepped, plain = _run(net, monkeypatch, False, method=method)
    assert _is_split(made)
    assert not _is_split(plain)
    assert _worst(split, stepped) < 1e-14  # V; sums are taken in another order
    assert max(np.ptp(value) for key, value in split.items() if key != "t") > 0.01


@pytest.mark.parametrize("name", RULES)
def test_same_numbers_however_it_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = _network(tmp_path, RULES[name], "1.5 ms", (60, 40))
    one, _ = _run(net, monkeypatch, True, duration="100 ms", threads=1)
    others = ({"device": "emulated", "threads": 5}, {"executor": "interpreter"})
    for more in ({"threads": 2}, {"threads": 3}, *others):
        other, _ = _run(net, monkeypatch, True, duration="100 ms", **more)
        assert _worst(one, other) <= (0.0 if set(more) == {"threads"} else 1e-14)


@pytest.mark.parametrize("name", RULES)
def test_threads_share_large_networks(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many cells and events that threads meet, and deliver and step side by side."""
    net = _network(tmp_path, RULES[name], "1.5 ms", given=(700, 600))
    one, made = _run(net, monkeypatch, True, threads=1, duration="20 ms")
    assert _is_split(made)
    assert any(np.ptp(value) > 0.01 for key, value in one.items() if key != "t")
    for threads in (2, 3, 7):
        other, _ = _run(net, monkeypatch, True, threads=threads, duration="20 ms")
        assert _worst(one, other) == 0.0


def test_delays_that_differ_keep_traces_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connections of one source then hold different traces: nothing may be shared."""
    net = _network(tmp_path, ADDITIVE, aml.Uniform(0.0005, 0.003))
    result, made = _run(net, monkeypatch, True)
    plain, _ = _run(net, monkeypatch, False)
    assert not _is_split(made)
    assert _worst(result, plain) == 0.0


_REFUSED: dict[str, dict[str, Any]] = {
    "a state of a connection that moves": {
        **ADDITIVE, "x_rate": "-x*w/tau",
    },
    "a sum that is not linear": {**ADDITIVE, "source": ["g = g*w + 1", "x = x + 1"]},
    "a draw": {**ADDITIVE, "source": ["g = g + w*random(1)", "x = x + 1"]},
    "a trace that both ends change": {**ADDITIVE, "target": ["x = x + 1", "y = y + 1"]},
}  # fmt: skip


@pytest.mark.parametrize("name", _REFUSED)
def test_what_cannot_be_split_is_stepped(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = _network(tmp_path, _REFUSED[name], "1.5 ms")
    result, made = _run(net, monkeypatch, True)
    plain, _ = _run(net, monkeypatch, False)
    assert not _is_split(made)
    assert _worst(result, plain) == 0.0


def _pair(folder: Path, first: float, second: float) -> float:
    """Steps of decay in the change of weight by one pair of spikes, less those between them."""
    text = TYPES.format(
        x_rate="-x/tau",
        x_start="0",
        source='<StateAssignment variable="w" value="w - 0.03*y"/>'
        '<StateAssignment variable="x" value="x + 1"/>'
        '<StateAssignment variable="g" value="g + w"/>',
        target='<StateAssignment variable="w" value="w + 0.02*x"/>'
        '<StateAssignment variable="y" value="y + 1"/>',
    )
    (folder / "pair.xml").write_text(text)
    net = aml.NetworkModel("pair")
    net.include(folder / "pair.xml")
    lif = net.component(
        "lif", "iafCell", leakConductance="0.01 uS", leakReversal="-70 mV", thresh="-55 mV",
        reset="-70 mV", C="0.2 nF",
    )  # fmt: skip
    source, cell = net.population("source", lif, 1), net.population("cell", lif, 1)
    for cells, time in ((source, first), (cell, second)):
        kick = net.component(
            f"to_{cells.name}",
            "pulseGenerator",
            delay=f"{time} ms",
            duration="0.1 ms",
            amplitude="40 nA",
        )
        net.input(f"kick_{cells.name}", cells, kick)
    synapse = net.component("synapse", "plastic", ibase="0 nA", tau="20 ms")
    net.projection("p", source, cell, aml.AllToAll(), synapse, weight=0.5, delay="0.1 ms")
    net.record_spikes(source)
    net.record_spikes(cell)
    sim = net.compile(dt="0.1 ms", duration="60 ms", method="exponential_euler")
    results = sim.run()
    assert _is_split(sim)
    (sent,), _ = results.spikes("source")
    (fired,), _ = results.spikes("cell")
    weight = float(sim.get("cell/synapses:synapse/w")[0])
    size, change = (0.02, weight - 0.5) if fired > sent else (-0.03, weight - 0.5)
    steps = -np.log(change / size) * 0.020 / 1e-4  # of decay between the two events
    return float(steps - abs(fired - sent) / 1e-4)


def test_one_pair_of_spikes_against_the_closed_form(tmp_path: Path) -> None:
    """A exp(-lag / tau), in which the lag counts whole steps from arrival to arrival."""
    later = [_pair(tmp_path, 10.0, second) for second in (12.0, 17.0, 35.0)]
    earlier = [_pair(tmp_path, first, 10.0) for first in (12.0, 17.0, 35.0)]
    assert later == pytest.approx([round(later[0])] * 3, abs=1e-6)
    assert earlier == pytest.approx([round(earlier[0])] * 3, abs=1e-6)
    assert abs(later[0]) < 1.5
    assert abs(earlier[0]) < 1.5


TWICE = """<Lems>
<Include file="Cells.xml"/>
<ComponentType name="twice" extends="iafCell">
  <Dynamics>
    <StateVariable name="v" dimension="voltage" exposure="v"/>
    <DerivedVariable name="iSyn" dimension="current" exposure="iSyn" select="synapses[*]/i"
                     reduce="add"/>
    <DerivedVariable name="iMemb" dimension="current" exposure="iMemb"
                     value="leakConductance * (leakReversal - v) + iSyn"/>
    <TimeDerivative variable="v" value="iMemb / C"/>
    <OnCondition test="v .gt. thresh"><EventOut port="spike"/></OnCondition>
    <OnCondition test="v .gt. thresh">
      <StateAssignment variable="v" value="reset"/><EventOut port="spike"/>
    </OnCondition>
  </Dynamics>
</ComponentType>
</Lems>"""


def test_a_cell_that_sends_two_events_at_once_keeps_traces_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second event must find what the first one has left, connection by connection."""
    (tmp_path / "twice.xml").write_text(TWICE)
    rule = {**RULES["own trace read before it jumps"]}
    net = _network(tmp_path, rule, "1.5 ms")
    net.include(tmp_path / "twice.xml")
    cell = net.component(
        "pair", "twice", leakConductance="0.01 uS", leakReversal="-70 mV", thresh="-55 mV",
        reset="-70 mV", C="0.2 nF",
    )  # fmt: skip
    source = net.component("more", "spikeGeneratorPoisson", averageRate="50 Hz")
    sources, cells = net.population("others", source, 20), net.population("pairs", cell, 5)
    net.projection(
        "q", sources, cells, aml.AllToAll(), "synapse", weight=aml.Uniform(0.2, 0.8),
        delay="1.5 ms",
    )  # fmt: skip
    net.record(cells, "v")
    split, _ = _run(net, monkeypatch, True)
    stepped, _ = _run(net, monkeypatch, False)
    assert max(float(np.ptp(split[f"pairs[{k}]/v"])) for k in range(5)) > 0.01
    assert _worst(split, stepped) < 1e-14


LINEAR = """<Lems>
<Include file="Synapses.xml"/>
<ComponentType name="linear" extends="baseCurrentBasedSynapse">
  <Parameter name="ibase" dimension="current"/>
  <Parameter name="tau" dimension="time"/>
  <EventPort name="post" direction="in"/>
  <Dynamics>
    <StateVariable name="g" dimension="none"/>
    <DerivedVariable name="i" exposure="i" dimension="current" value="ibase * g"/>
    <TimeDerivative variable="g" value="-g/tau"/>
    <OnEvent port="in"><StateAssignment variable="g" value="g + 1"/></OnEvent>
    <OnEvent port="post"><StateAssignment variable="g" value="g + 1"/></OnEvent>
  </Dynamics>
</ComponentType>
</Lems>"""


def test_a_linear_synapse_that_hears_its_cell_is_not_summed(tmp_path: Path) -> None:
    """Its current jumps with each spike of its own cell."""
    (tmp_path / "linear.xml").write_text(LINEAR)
    times = []
    for recorded in ("v", "synapses:synapse:0/g"):
        net = aml.NetworkModel("linear")
        net.include(tmp_path / "linear.xml")
        cell = net.component(
            "cell", "iafCell", leakConductance="0.01 uS", leakReversal="-50 mV", thresh="-55 mV",
            reset="-70 mV", C="0.2 nF",
        )  # fmt: skip
        silent = net.component("silent", "spikeGenerator", period="10 s")
        synapse = net.component("synapse", "linear", ibase="0.01 nA", tau="10 ms")
        sources, cells = net.population("sources", silent, 2), net.population("cells", cell, 1)
        net.projection(
            "p", sources, cells, aml.AllToAll(), synapse, delay="1 ms", separate=recorded != "v"
        )
        net.record(cells, recorded)
        net.record_spikes(cells)
        results = net.compile(dt="0.1 ms", duration="200 ms").run()
        times.append(results.spikes("cells")[0].tolist())
    assert results["cells[0]/synapses:synapse:0/g"].values.max() > 0.9
    assert len(times[0]) > 1
    assert times[0] == times[1]


def _two(folder: Path) -> aml.NetworkModel:
    """Two projections of one kind of plastic synapses on a population, and one of summed ones."""
    net = _network(folder, ADDITIVE, "1.5 ms")
    sources, cells = (PopulationView(item, net._checks) for item in net.network.populations)
    net.component("ampa", "expOneSynapse", gbase="1 nS", erev="0 mV", tauDecay="5 ms")
    rule = aml.FixedIndegree(3)
    some = {"weight": aml.Uniform(0.2, 0.8), "delay": "1 ms"}
    net.projection("q", sources[2:7], cells[1:], rule, "synapse", **some)
    several = {"weight": aml.Uniform(0.5, 1.0), "delay": aml.Uniform(1e-4, 1e-3)}
    net.projection("r", sources, cells, aml.FixedTotalNumber(60), "ampa", **several)
    return net


def _stepped(net: aml.NetworkModel, monkeypatch: pytest.MonkeyPatch) -> Any:
    with monkeypatch.context() as patch:
        patch.setattr(plastic, "split_synapses", lambda *_: None)
        return net.compile("0.1 ms", "200 ms", seed=5)


def test_each_projection_has_paths_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = _two(tmp_path)
    split, stepped = net.compile("0.1 ms", "200 ms", seed=5), _stepped(net, monkeypatch)
    assert len(split.plan.groups) > len(stepped.plan.groups)
    made = {}
    for name in "pqr":
        made[name] = split.connections(name)
        order = np.lexsort((made[name].targets, made[name].sources))
        assert np.array_equal(order, np.arange(len(order)))
        for one, other in zip(made[name], stepped.connections(name), strict=True):
            assert np.array_equal(one, other)
    assert made["q"].sources.min() >= 2 and made["q"].sources.max() < 7
    assert np.bincount(made["q"].targets).tolist() == [0, 3, 3, 3, 3, 3, 3]
    assert np.all(made["q"].delays == 1e-3) and len(np.unique(made["r"].delays)) > 5
    for simulation in (split, stepped):
        assert np.array_equal(simulation.get("q/w"), made["q"].weights)
        simulation.set("p/w", 0.9 * made["p"].weights)
        simulation.set("q[4]/w", 0.25)
        simulation.set("q/tau", 0.02)
        simulation.run()
    for path in ("p/w", "q/w", "p/x", "q/y", "q/tau"):
        one, other = split.get(path), stepped.get(path)
        assert one.shape == other.shape == made[path[0]].sources.shape
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)
    assert not np.allclose(split.get("q/w"), made["q"].weights)


def test_a_parameter_is_set_wherever_it_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = []
    for split in (True, False):
        net = _network(tmp_path, ADDITIVE, "1.5 ms")
        made = net.compile("0.1 ms", "200 ms", seed=5) if split else _stepped(net, monkeypatch)
        made.set("cells/synapses:synapse/tau", 0.03)
        rows.append(made.run().array("cells", "v")[1])
    assert np.abs(rows[0] - rows[1]).max() < 1e-14
