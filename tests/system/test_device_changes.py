"""What changes between the runs of a device: it goes on as the CPU engine does."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml as aml
from annarchy_ml.engine import _core

DT, HALF_S = 1e-4, 0.02
MODELS = Path(__file__).with_name("models")
RULES = {
    "in": aml.FixedIndegree(7),
    "out": aml.FixedOutdegree(5, multapses=False),
    "some": aml.FixedProbability(0.2),
    "total": aml.FixedTotalNumber(150),
}


def network(seed: int = 3) -> tuple[Any, Any]:
    """Cells under currents that differ, connected by all rules."""
    net = aml.NetworkModel("net")
    cell = {"C": "0.05 nF", "leakConductance": "5 nS", "leakReversal": "-60 mV"}
    net.component("lif", "iafCell", thresh="-50 mV", reset="-62 mV", **cell)
    net.component("syn", "expOneSynapse", gbase="0.4 nS", erev="0 mV", tauDecay="3 ms")
    net.component("pulse", "pulseGenerator", delay="0 ms", duration="1 s", amplitude="0.07 nA")
    a, b = net.population("a", "lif", 30), net.population("b", "lif", 20)
    net.input("drive", a[:20], "pulse")
    delays = aml.Uniform(2 * DT, 90 * DT)
    net.projection("ab", a, b, RULES["in"], "syn", weight=aml.Uniform(0.5, 2.0), delay=delays)
    net.projection("ba", b, a, RULES["out"], "syn", weight=0.7, delay="1.3 ms")
    net.projection("aa", a, a, RULES["some"], "syn", weight=aml.Normal(1.0, 0.2), delay="2 ms")
    net.projection("bb", b, b, RULES["total"], "syn", weight=0.5, delay=delays)
    net.record_spikes(a)
    net.record_spikes(b)
    return net, {"dt": DT, "duration": 4 * HALF_S, "seed": seed}


def compiled(device: str, threads: int = 1, **more: Any) -> Any:
    net, options = network()
    return net.compile(device=device, threads=threads, **options, **more)


def outcome(simulation: Any) -> list[Any]:
    results = simulation.results()
    found = [np.array(part) for name in "ab" for part in results.spikes(name)]
    return [*found, simulation.get("a/v"), simulation.get("b/v")]


def same(found: list[Any], expected: list[Any]) -> None:
    for one, other in zip(found[:4], expected[:4], strict=True):
        np.testing.assert_array_equal(one, other)
    for one, other in zip(found[4:], expected[4:], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=0.0)
    assert len(expected[0]) > 100
    assert len(expected[2]) > 5


@pytest.fixture
def native_rules(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the native core makes by rules."""
    made: list[str] = []
    for name in ("add_rule_projection", "make_rule_connections"):
        own = getattr(_core.Network, name)

        def told(self: Any, *given: Any, own: Any = own, name: str = name) -> Any:
            made.append(name)
            return own(self, *given)

        monkeypatch.setattr(_core.Network, name, told)
    return made


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_connections_of_rules_are_made_on_the_device(
    toolchain: Any, native_rules: list[str], threads: int
) -> None:
    """The native network has none until somebody looks at them; then they are the same."""
    here = compiled("cpu")
    here.run()
    native_rules.clear()
    there = compiled("emulated", threads)
    there.run()
    assert not native_rules
    assert there.runtime.network.projection_size(0) == 7 * 20
    same(outcome(there), outcome(here))
    for name in ("ab", "ba", "aa", "bb"):
        for one, other in zip(there.connections(name), here.connections(name), strict=True):
            np.testing.assert_array_equal(one, other)
    assert set(native_rules) == {"make_rule_connections"}
    for simulation in (here, there):
        simulation.reset()
        simulation.run()
    same(outcome(there), outcome(here))


def shorter(simulation: Any) -> None:
    simulation.set("ab/delay", 0.3e-3)


def longer(simulation: Any) -> None:
    simulation.set("ba/delay", 11e-3)


def drawn(simulation: Any) -> None:
    for number, name in enumerate(("ab", "aa", "bb")):
        count = len(simulation.connections(name).delays)
        steps = np.random.default_rng(number).integers(1, 200, count)
        simulation.set(f"{name}/delay", steps * DT)


def heavier(simulation: Any) -> None:
    simulation.set("ab/weight", 1.02 * simulation.connections("ab").weights)


def back_and_forth(simulation: Any) -> None:
    """Where long delays are over, fewer steps of events are kept."""
    for name in ("ab", "bb", "aa"):
        simulation.set(f"{name}/delay", 0.2e-3)
    simulation.step(95)
    for _ in range(20):
        simulation.set("ba/delay", 2e-3)
        simulation.step(2)
        simulation.set("ba/delay", 0.2e-3)
        simulation.step(23)
        heavier(simulation)
        simulation.step(3)


def twice(simulation: Any) -> None:
    drawn(simulation)
    heavier(simulation)
    simulation.step(30)
    shorter(simulation)
    simulation.step(2)
    longer(simulation)
    heavier(simulation)


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize(
    "change", [shorter, longer, drawn, heavier, back_and_forth, twice], ids=lambda f: f.__name__
)
def test_delays_and_weights_change_while_events_are_under_way(
    toolchain: Any, change: Any, threads: int
) -> None:
    found = []
    for device in ("cpu", "emulated"):
        simulation = compiled(device, threads if device == "emulated" else 1)
        unchanged = simulation.run(2 * HALF_S)
        assert unchanged.complete
        change(simulation)
        simulation.step(round(2 * HALF_S / DT))
        found.append(outcome(simulation))
    same(found[1], found[0])


def test_a_change_makes_a_difference(toolchain: Any) -> None:
    """Else the test above shows nothing."""
    seen = []
    for change in (lambda _: None, shorter, longer, drawn, heavier):
        simulation = compiled("emulated")
        simulation.run(2 * HALF_S)
        change(simulation)
        simulation.step(round(2 * HALF_S / DT))
        seen.append(simulation.get("b/v").tobytes())
    assert len({*seen}) == len(seen)


def test_events_sent_between_runs_arrive_after_their_delay(toolchain: Any) -> None:
    found = []
    for device in ("cpu", "emulated"):
        simulation = compiled(device)
        live = simulation.live
        live.send_events("a", "spike", [25, 26, 26, 27])
        simulation.step(150)
        live.send_events("a", "spike", [*range(20, 30)] * 20)
        simulation.set("aa/delay", 0.9e-3)
        live.send_events("a", "spike", [22, 23])
        live.send_events("b", "spike", [3])
        simulation.step(100)
        live.forget_events("b")
        simulation.step(450)
        found.append(outcome(simulation))
    same(found[1], found[0])


RELAYS = """<Lems><Include file="common.xml"/>
<Target component="sim"/>
<network id="net"><population id="source" component="at2" size="1"/>
{populations}
<population id="end" component="count" size="1"/>{wires}</network>
<Simulation id="sim" length="6ms" step="1ms" target="net"><OutputFile id="f" fileName="o.dat">
<OutputColumn id="n" quantity="end[0]/n"/></OutputFile></Simulation></Lems>"""


def avalanche(folder: Path, stages: int, copies: int) -> Path:
    """Relays each of which hears the one before several times: events multiply at every stage."""
    names = ["source", *(f"r{k}" for k in range(stages)), "end"]
    wires = [
        f'<wire from="{one}[0]" to="{other}[0]" delay="0ms"/>'
        for one, other in pairwise(names)
        for _ in range(copies)
    ]
    cells = "".join(f'<population id="{name}" component="pass" size="1"/>' for name in names[1:-1])
    path = folder / "relays.xml"
    (folder / "common.xml").write_text((MODELS / "common.xml").read_text(), encoding="utf-8")
    text = RELAYS.format(populations=cells, wires="".join(wires))
    path.write_text(text, encoding="utf-8")
    return path


def test_events_that_are_passed_on_get_the_room_that_they_need(
    tmp_path: Path, toolchain: Any
) -> None:
    """3^6 events in one step of one instance, where there is room for 68 at first."""
    path = avalanche(tmp_path, 5, 3)
    found = [
        aml.load(path).compile(device=device, threads=2).run()["end[0]/n"].values
        for device in ("cpu", "emulated")
    ]
    np.testing.assert_array_equal(*found)
    assert found[0][-1] == 3**6


def test_events_that_go_round_name_their_senders(toolchain: Any) -> None:
    path = MODELS / "event_loop.xml"
    said = []
    for device in ("cpu", "emulated"):
        with pytest.raises(aml.StoppedError) as caught:
            aml.load(path).compile(device=device).run()
        said.append(str(caught.value).splitlines()[0])
    assert said[1].split("among")[0] == said[0].split("among")[0]
    assert "'r" in said[1].split("among")[1]


def hearing(device: str, threads: int, delay: float) -> list[Any]:
    """Connections that learn in every step and hear the events of both their cells."""
    net = aml.Network(seed=1)
    net.config(num_threads=threads, device=device)
    pre = net.create(3, aml.Neuron(equations="mp = t", spike="modulo(t, 3) == 0"))
    post = net.create(4, aml.Neuron(equations="mp = t + g_exc", spike="modulo(t, 5) == 0"))
    synapse = aml.Synapse(
        pre_spike="a = 0.5*a + 2.0 : init=7.0\ng_target += w",
        post_spike="b = post.mp + 0.1*a",
        equations="a = a - 1 : min=0.0\nb = 0.9*b - 1 : min=0.0\nw = a + b + 0.5*post.mp",
    )
    projection = net.connect(pre, post, "exc", synapse).fixed_probability(0.7, 0.0, delay)
    seen = net.monitor(post, "g_exc")
    monitor = net.monitor(projection, ["a", "b", "w"])
    net.compile()
    net.simulate(23.0)
    found = monitor.get()
    rows = [row for name in "abw" for step in found[name] for row in step]
    return [seen.get("g_exc"), np.concatenate([np.ravel(row) for row in rows])]


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("delay", [1.0, 4.0])
def test_connections_that_learn_in_every_step_hear_events(
    toolchain: Any, threads: int, delay: float
) -> None:
    expected = hearing("cpu", 1, delay)
    found = hearing("emulated", threads, delay)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    assert np.abs(expected[1]).max() > 10.0


def added_to(device: str) -> list[Any]:
    """A PyNN script that adds cells and connections after a run, while events are under way."""
    import annarchy_ml.importers.pynn as sim

    sim.setup(timestep=0.1, min_delay=0.1, seed=5, device=device)
    listed = sim.SpikeSourceArray(spike_times=[[2.0, 9.9, 10.0, 14.0], [9.5, 10.1]])
    source = sim.Population(2, listed)
    cells = sim.Population(4, sim.IF_curr_exp(i_offset=[0.2, 0.5, 0.9, 1.2]))
    cells.record(["v", "spikes"])
    several = sim.StaticSynapse(weight=0.9, delay=np.array([[0.4] * 4, [7.0] * 4]))
    sim.Projection(source, cells, sim.AllToAllConnector(), several)
    delays = np.random.default_rng(1).uniform(1.0, 9.0, (4, 4)).round(1)
    sim.Projection(
        cells, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.5, delay=delays)
    )
    sim.run(10.0)
    more = sim.Population(3, sim.IF_curr_exp(i_offset=0.8))
    more.record("spikes")
    late = sim.StaticSynapse(weight=1.5, delay=6.0)
    sim.Projection(source, more, sim.AllToAllConnector(), late)
    sim.Projection(more, cells, sim.AllToAllConnector(), late)
    sim.run(40.0)
    signal = cells.get_data("v").segments[-1].filter(name="v")[0].magnitude
    trains = [item for group in (cells, more) for item in group.get_data("spikes").segments[-1]
              .spiketrains]  # fmt: skip
    return [np.asarray(signal), np.concatenate([np.array(item) for item in trains])]


def test_a_pynn_network_grows_while_events_are_under_way(toolchain: Any) -> None:
    pytest.importorskip("pyNN")
    expected, found = added_to("cpu"), added_to("emulated")
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-12)
    np.testing.assert_array_equal(found[1], expected[1])
    assert len(expected[1]) > 10
