"""Delays of connections that are set between runs do what delays written in the file do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml as aml

SYNAPSES = {
    "summed": '<expTwoSynapse id="syn" gbase="2nS" erev="0mV" tauRise="0.5ms" tauDecay="3ms"/>',
    "kept apart": """<blockingPlasticSynapse id="syn" gbase="2nS" erev="0mV" tauRise="0.5ms"
        tauDecay="3ms"><plasticityMechanism type="tsodyksMarkramDepMechanism" initReleaseProb="0.5"
        tauRec="50 ms"/></blockingPlasticSynapse>""",
}
MODEL = """<Lems><Target component="sim"/>
<Include file="Cells.xml"/><Include file="Networks.xml"/><Include file="Simulation.xml"/>
<Include file="Synapses.xml"/><Include file="Inputs.xml"/>{synapse}
<iafCell id="iaf" C="0.05 nF" leakConductance="5 nS" leakReversal="-60 mV" thresh="-50 mV"
  reset="-62 mV"/><pulseGenerator id="pulse" delay="0 ms" duration="1 s" amplitude="0.08 nA"/>
<network id="net">
<population id="a" component="iaf" size="5"/><population id="b" component="iaf" size="5"/>
<projection id="p" presynapticPopulation="a" postsynapticPopulation="b" synapse="syn">
{p}</projection>
<projection id="q" presynapticPopulation="a" postsynapticPopulation="b" synapse="syn">
{q}</projection>
<projection id="back" presynapticPopulation="b" postsynapticPopulation="a" synapse="syn">
<connectionWD id="0" preCellId="../b[0]" postCellId="../a[2]" weight="1.5" delay="1.3 ms"/>
<connectionWD id="1" preCellId="../b[3]" postCellId="../a[4]" weight="1.5" delay="1.3 ms"/>
</projection>
<explicitInput target="a[0]" input="pulse"/><explicitInput target="a[1]" input="pulse"/>
<explicitInput target="a[3]" input="pulse"/><explicitInput target="b[2]" input="pulse"/>
</network>
<Simulation id="sim" length="50ms" step="0.05ms" target="net">
<OutputFile id="f" fileName="x.dat">{columns}</OutputFile></Simulation></Lems>"""
TRACES = [f"{population}[{cell}]/v" for population in "ab" for cell in range(5)]
PAIRS = {  # (source, target, weight); one pair twice, not in order of the sources
    "p": [(3, 1, 1.25), (0, 4, 0.5), (1, 1, 2.0), (0, 1, 0.75), (3, 1, 0.6), (1, 0, 1.1)],
    "q": [(1, 2, 0.8), (0, 1, 1.7), (3, 4, 1.3), (0, 0, 0.9)],
}
DELAYS = {  # [s]
    "one": {"p": [2e-3] * 6, "q": [2e-3] * 4},
    "another": {"p": [7.3e-3] * 6, "q": [7.3e-3] * 4},
    "each its own": {
        "p": [2e-3, 0.31e-3, 9e-3, 2e-3, 0.123e-3, 14.7e-3],
        "q": [4.4e-3, 2e-3, 0.05e-3, 1e-3],
    },
    "at once too": {"p": [0.0, 1e-3, 0.0, 5e-3, 1e-3, 0.0], "q": [0.0] * 4},
}
EXECUTIONS = [("compiled", 1), ("compiled", 2), ("interpreter", 1)]


def written(folder: Path, synapse: str, delays: dict[str, list[float]]) -> Path:
    connections = {
        name: "".join(
            f'<connectionWD id="{number}" preCellId="../a[{source}]" postCellId="../b[{target}]" '
            f'weight="{weight}" delay="{delay!r} s"/>'
            for number, ((source, target, weight), delay) in enumerate(
                zip(PAIRS[name], delays[name], strict=True)
            )
        )
        for name in PAIRS
    }
    columns = "".join(
        f'<OutputColumn id="c{number}" quantity="{path}"/>' for number, path in enumerate(TRACES)
    )
    path = folder / f"m{len(list(folder.iterdir()))}.xml"
    text = MODEL.format(synapse=SYNAPSES[synapse], columns=columns, **connections)
    path.write_text(text, encoding="utf-8")
    return path


def in_order(name: str, delays: list[float]) -> list[float]:
    """By source, then target, as ``connections`` has them."""
    order = sorted(range(len(delays)), key=lambda k: PAIRS[name][k][:2])
    return [delays[k] for k in order]


def traces(simulation: Any) -> np.ndarray[Any, Any]:
    results = simulation.run()
    return np.array([results[path].values for path in TRACES])


def set_all(simulation: Any, delays: dict[str, list[float]]) -> None:
    for name, values in delays.items():
        simulation.set(f"{name}/delay", in_order(name, values))


@pytest.mark.parametrize("execution", EXECUTIONS, ids=str)
@pytest.mark.parametrize("synapse", SYNAPSES)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("one", "another"),
        ("another", "one"),
        ("one", "each its own"),
        ("each its own", "one"),
        ("each its own", "at once too"),
        ("at once too", "each its own"),
        ("one", "at once too"),
    ],
)
def test_set_delays_are_those_of_a_file_bit_for_bit(
    tmp_path: Path, toolchain: Any, execution: Any, synapse: str, before: str, after: str
) -> None:
    options = dict(zip(("executor", "threads"), execution, strict=True))
    changed = aml.load(written(tmp_path, synapse, DELAYS[before])).compile(**options)
    fresh = aml.load(written(tmp_path, synapse, DELAYS[after])).compile(**options)
    unchanged = traces(changed)
    changed.reset()

    set_all(changed, DELAYS[after])

    for name in PAIRS:
        assert changed.get(f"{name}/delay").tolist() == in_order(name, DELAYS[after][name])
        for one, other in zip(changed.connections(name), fresh.connections(name), strict=True):
            assert one.tolist() == other.tolist()
    wanted = traces(fresh)
    assert np.array_equal(traces(changed), wanted)
    assert not np.array_equal(unchanged, wanted)
    changed.reset()
    assert np.array_equal(traces(changed), wanted)


def test_one_connection_of_many_and_one_number_for_all(tmp_path: Path, toolchain: Any) -> None:
    simulation = aml.load(written(tmp_path, "summed", DELAYS["one"])).compile()
    simulation.set("p[2]/delay", 5e-3)
    assert simulation.get("p/delay").tolist() == [2e-3, 2e-3, 5e-3, 2e-3, 2e-3, 2e-3]
    assert simulation.get("p[2]/delay") == 5e-3
    assert simulation.get("q/delay").tolist() == [2e-3] * 4

    simulation.set("p/delay", 7.3e-3)
    simulation.set("q/delay", 7.3e-3)
    fresh = aml.load(written(tmp_path, "summed", DELAYS["another"])).compile()
    assert np.array_equal(traces(simulation), traces(fresh))


@pytest.mark.parametrize("synapse", SYNAPSES)
def test_weights_of_connections(tmp_path: Path, toolchain: Any, synapse: str) -> None:
    """Also of synapses that are summed; events under way have the new ones."""
    path = written(tmp_path, synapse, DELAYS["each its own"])
    simulation = aml.load(path).compile()
    weights = simulation.connections("p").weights
    assert simulation.get("p/weight").tolist() == in_order("p", [w for _, _, w in PAIRS["p"]])
    simulation.set("p/weight", 2 * weights)
    simulation.set("p[1]/weight", 0.125)
    weights = np.where(np.arange(6) == 1, 0.125, 2 * weights)

    assert simulation.get("p/weight").tolist() == weights.tolist()
    assert simulation.connections("p").weights.tolist() == weights.tolist()
    other = written(tmp_path, synapse, DELAYS["each its own"])
    text = other.read_text(encoding="utf-8")
    by_pair = sorted(range(6), key=lambda k: PAIRS["p"][k][:2])
    for place, number in enumerate(by_pair):
        source, target, weight = PAIRS["p"][number]
        ends = f'id="{number}" preCellId="../a[{source}]" postCellId="../b[{target}]" weight="'
        assert text.count(f'{ends}{weight}"') == 1
        text = text.replace(f'{ends}{weight}"', f'{ends}{float(weights[place])!r}"')
    other.write_text(text, encoding="utf-8")
    assert np.array_equal(traces(simulation), traces(aml.load(other).compile()))


@pytest.mark.parametrize("executor", ["compiled", "interpreter"])
@pytest.mark.parametrize("synapse", SYNAPSES)
def test_weights_that_all_had_in_common(
    tmp_path: Path, toolchain: Any, monkeypatch: pytest.MonkeyPatch, executor: str, synapse: str
) -> None:
    """One number for all synapses of a cell, until a connection gets another one."""
    weights = {name: [weight for _, _, weight in pairs] for name, pairs in PAIRS.items()}
    fresh = aml.load(written(tmp_path, synapse, DELAYS["each its own"])).compile(executor=executor)
    alike = {name: [(s, t, 2.0) for s, t, _ in pairs] for name, pairs in PAIRS.items()}
    monkeypatch.setitem(globals(), "PAIRS", alike)
    simulation = aml.load(written(tmp_path, synapse, DELAYS["one"])).compile(executor=executor)
    plain = traces(simulation)
    assert simulation.get("p/weight").tolist() == [2.0] * 6
    assert simulation.connections("p").weights.tolist() == [2.0] * 6
    assert np.all(simulation.get("b/synapses:syn/weight") == 2.0)

    simulation.set("p[1]/weight", 2.0)
    simulation.reset()
    assert np.array_equal(traces(simulation), plain)
    for name, given in weights.items():
        simulation.set(f"{name}/weight", in_order(name, given))
    set_all(simulation, DELAYS["each its own"])
    simulation.set("b/C", 0.06e-9)
    fresh.set("b/C", 0.06e-9)
    simulation.reset()
    assert np.array_equal(traces(simulation), traces(fresh))
    assert simulation.get("q/weight").tolist() == in_order("q", weights["q"])
    assert simulation.get("back/weight").tolist() == [1.5, 1.5]
    if synapse == "summed":
        with pytest.raises(aml.UsageError, match="weights of their own since") as caught:
            simulation.set("b/synapses:syn/weight", 1.0)
        assert "p/weight" in str(caught.value)


ARRAYS = """<Lems><Target component="sim"/>
<Include file="Cells.xml"/><Include file="Networks.xml"/><Include file="Simulation.xml"/>
<Include file="Synapses.xml"/><Include file="Inputs.xml"/>
<alphaCurrentSynapse id="syn" tau="0.4 ms" ibase="0.2 nA"/>
<iafCell id="iaf" C="0.1 nF" leakConductance="50 nS" leakReversal="-60 mV" thresh="0 V"
  reset="-62 mV"/>{sources}
<network id="net">{populations}<population id="b" component="iaf" size="2"/>{projections}</network>
<Simulation id="sim" length="{length}" step="{step}" target="net">
<OutputFile id="f" fileName="x.dat"><OutputColumn id="v" quantity="b[0]/v"/>
<OutputColumn id="w" quantity="b[1]/v"/></OutputFile></Simulation></Lems>"""


def arrays(
    path: Path, trains: list[tuple[list[float], float, float]], run: tuple[str, str]
) -> Path:
    """Spikes [ms] that are sent with one delay [ms] to b[0] and another one to b[1]."""
    parts: dict[str, str] = {"sources": "", "populations": "", "projections": ""}
    for number, (times, *delays) in enumerate(trains):
        spikes = "".join(f'<spike id="{k}" time="{t} ms"/>' for k, t in enumerate(times))
        parts["sources"] += f'<spikeArray id="s{number}">{spikes}</spikeArray>'
        parts["populations"] += f'<population id="a{number}" component="s{number}" size="1"/>'
        connections = "".join(
            f'<connectionWD id="{k}" preCellId="../a{number}[0]" postCellId="../b[{k}]" '
            f'weight="1" delay="{delay} ms"/>'
            for k, delay in enumerate(delays)
        )
        parts["projections"] += (
            f'<projection id="p{number}" presynapticPopulation="a{number}" '
            f'postsynapticPopulation="b" synapse="syn">{connections}</projection>'
        )
    path.write_text(ARRAYS.format(length=run[0], step=run[1], **parts), encoding="utf-8")
    return path


@pytest.mark.parametrize("execution", EXECUTIONS, ids=str)
@pytest.mark.parametrize("delays", [(1, 1), (12, 12), (3, 21), (0, 40), (25, 3)], ids=str)
@pytest.mark.parametrize("first", [(8, 8), (8, 15)], ids=str)
def test_events_under_way_arrive_when_they_would_have(
    tmp_path: Path, toolchain: Any, execution: Any, first: Any, delays: Any
) -> None:
    """Spikes before 10 ms have the first delays, later ones the others."""
    options = dict(zip(("executor", "threads"), execution, strict=True))
    run = ("60 ms", "0.1 ms")
    early, late = [2.0, 5.0, 9.0], [11.0, 13.0, 22.0]
    both = arrays(tmp_path / "both.xml", [(early, *first), (late, *delays)], run)
    one = arrays(tmp_path / "one.xml", [(early + late, *first)], run)
    wanted = aml.load(both).compile(**options).run()
    simulation = aml.load(one).compile(**options)

    simulation.run(10e-3)
    simulation.set("p0/delay", np.array(delays) * 1e-3)
    results = simulation.run()

    for path in ("b[0]/v", "b[1]/v"):
        assert np.array_equal(results[path].values, wanted[path].values)
    assert np.ptp(wanted["b[1]/v"].values) > 1e-3


def test_delay_beyond_the_ring_of_steps(tmp_path: Path, toolchain: Any) -> None:
    """70,000 steps are more than the ring of the engine holds; and back to few."""
    run = ("250 ms", "0.001 ms")
    fresh = arrays(tmp_path / "fresh.xml", [([1.0, 30.0], 70, 35), ([150.0], 2, 1)], run)
    wanted = aml.load(fresh).compile().run()
    old = arrays(tmp_path / "old.xml", [([1.0, 30.0, 150.0], 1, 1)], run)
    simulation = aml.load(old).compile()

    simulation.set("p0/delay", [70e-3, 35e-3])
    simulation.run(140e-3)
    simulation.set("p0[0]/delay", 2e-3)
    simulation.set("p0[1]/delay", 1e-3)
    results = simulation.run()

    for path in ("b[0]/v", "b[1]/v"):
        assert np.array_equal(results[path].values, wanted[path].values)


@pytest.mark.parametrize(
    ("path", "value", "parts"),
    [
        ("p/delay", -1e-3, ("'p/delay'", "0 s or more", "-0.001 s")),
        ("p/delay", float("nan"), ("'p/delay'", "finite", "nan")),
        ("p/delay", float("inf"), ("'p/delay'", "finite", "inf")),
        ("p/delay", [1e-3, 2e-3], ("'p/delay'", "one number or 6", "(2,)")),
        ("p[1]/delay", [1e-3, 2e-3], ("'p[1]/delay'", "one number", "(2,)")),
        ("p/delay", "1 mV", ("'p/delay'", "numbers", "'1 mV'")),
        ("p[6]/delay", 1e-3, ("'p[6]/delay'", "6 connections", "from 0 on")),
        ("pp/delay", 1e-3, ("pp",)),
    ],
)
def test_refused_delays_change_nothing(
    tmp_path: Path, path: str, value: Any, parts: tuple[str, ...]
) -> None:
    model = aml.load(written(tmp_path, "summed", DELAYS["each its own"]))
    simulation = model.compile(executor="interpreter")
    with pytest.raises(aml.UsageError) as caught:
        simulation.set(path, value)

    assert all(part in str(caught.value) for part in parts), str(caught.value)
    assert simulation.get("p/delay").tolist() == in_order("p", DELAYS["each its own"]["p"])


def test_parameter_set_after_a_delay_keeps_it(tmp_path: Path, toolchain: Any) -> None:
    simulation = aml.load(written(tmp_path, "kept apart", DELAYS["one"])).compile()
    set_all(simulation, DELAYS["each its own"])
    simulation.set("b/thresh", np.linspace(-0.050, -0.052, 5))
    changed = traces(simulation)

    fresh = aml.load(written(tmp_path, "kept apart", DELAYS["each its own"])).compile()
    fresh.set("b/thresh", np.linspace(-0.050, -0.052, 5))
    assert np.array_equal(changed, traces(fresh))


@pytest.mark.parametrize("synapse", SYNAPSES)
def test_the_method_neuron_shows_and_takes_delays_as_they_are(
    tmp_path: Path, toolchain: Any, synapse: str
) -> None:
    before = aml.load(written(tmp_path, synapse, DELAYS["each its own"]))
    changed = before.compile(method="neuron")
    for name, delays in DELAYS["each its own"].items():
        assert changed.get(f"{name}/delay").tolist() == in_order(name, delays)
        assert changed.connections(name).delays.tolist() == in_order(name, delays)
    after = {"p": [4e-3, 2e-3, 0.31e-3, 9e-3, 14.7e-3, 1e-3], "q": [1e-3, 4.4e-3, 3e-3, 2e-3]}
    set_all(changed, after)
    right = aml.load(written(tmp_path, synapse, after)).compile(method="neuron")
    assert changed.get("p/delay").tolist() == in_order("p", after["p"])
    one, other = traces(changed), traces(right)
    assert np.array_equal(one, other)
    plain = aml.load(written(tmp_path, synapse, after)).compile()
    assert not np.array_equal(one, traces(plain))


def test_exports_do_not_know_the_method(tmp_path: Path, toolchain: Any) -> None:
    from annarchy_ml.options import CompileOptions
    from annarchy_ml.session.exporting import export_model

    model = aml.load(written(tmp_path, "summed", DELAYS["each its own"]))
    for to in ("neuroml", "hdf5", "lems"):
        out = tmp_path / to / ("m.nml.h5" if to == "hdf5" else "m.xml")
        out.parent.mkdir()
        with pytest.raises(aml.UsageError, match="no method 'neuron' to export"):
            export_model(model, to, out, CompileOptions(method="neuron"))
        files = export_model(model, to, out, CompileOptions())
        again = aml.load(files[-1]).compile()
        for name, delays in DELAYS["each its own"].items():
            assert again.get(f"{name}/delay") == pytest.approx(in_order(name, delays), abs=1e-15)
