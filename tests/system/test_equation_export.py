"""Equation networks as LEMS files: the file gives the same numbers, here and in jNeuroML."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml as ann
from annarchy_ml.importers.equations.monitor import Monitor

Made = tuple[Any, float]


def trains() -> Any:
    return ann.SpikeSourceArray([[1.0, 5.0, 5.3, 20.0], [7.0, 33.3]])


def rates() -> Made:
    """Weighted sums with delays, values that differ between neurons, bounds, the time."""
    net = ann.Network(dt=1.0, seed=1)
    growing = "tau*dmp/dt = 1 + t/99 - mp; r = pos(mp)"
    first = ann.Neuron(parameters={"tau": 10.0}, equations=growing)
    second = ann.Neuron(
        parameters="tau = 5.0; base = 0.5",
        equations="s = sum(exc) + sum(inh)\ntau*dr/dt = s + base - r : max=3.0, min=-0.5",
    )
    a, b = net.create(2, first), net.create(3, second)
    b.base = [0.5, 0.5, -0.7]
    net.connect(a, b, "exc").all_to_all(weights=ann.Uniform(0.0, 2.0), delays=3.0)
    net.connect(b, b, "inh").all_to_all(weights=-0.1, delays=2.0)
    net.monitor(a, ["mp", "r"])
    net.monitor(b, ["s", "r"])
    return net, 40.0


def means() -> Made:
    """Means of rates: two of them into one place, beside a sum; neurons that nobody reaches."""
    net = ann.Network(dt=1.0, seed=5)
    source = ann.Neuron(parameters="tau = 10.0", equations="tau*dr/dt = 1 + t/77 - r")
    target = ann.Neuron(equations="m = sum(exc)\nr = m + sum(inh)")
    a, b, c = net.create(3, source), net.create(2, source), net.create(6, target)
    a.tau, b.tau = [7.0, 11.0, 13.0], [3.0, 5.0]
    mean, drawn = ann.Synapse(operation="mean"), ann.Uniform(0.5, 2.0)
    for sources, number in ((a, 2), (b, 1)):
        made = net.connect(sources, c[:4], "exc", synapse=mean)
        made.fixed_number_pre(number, weights=drawn, delays=2.0)
    net.connect(a, c[3:], "inh").all_to_all(weights=-0.3, delays=3.0)
    net.monitor(c, ["m", "r"])
    return net, 25.0


def timed() -> Made:
    """Rows of rates at given times, in every step, and again and again."""
    net = ann.Network(dt=0.5, seed=5)
    rows = np.arange(12.0).reshape(4, 3) / 7.0
    made = [
        net.create(ann.TimedArray(rows, schedule=[0.0, 2.0, 3.5, 30.0]), name="some"),
        net.create(ann.TimedArray(rows[:, :2], schedule=2.0, period=7.0), name="again"),
        net.create(ann.TimedArray(rows[:, 0], schedule=0.0), name="each"),
    ]
    net.monitor(made[0], "r")
    net.monitor(made[1], "r")
    net.monitor(made[2], "r")
    target = net.create(2, ann.Neuron(equations="4*dr/dt = sum(exc) - r"), name="moved")
    net.connect(made[1], target, "exc").all_to_all(weights=ann.Uniform(0.0, 1.0), delays=1.0)
    net.monitor(target, "r")
    return net, 32.0


def plastic() -> Made:
    """Integrate-and-fire neurons with a refractory time; synapses that learn."""
    net = ann.Network(dt=0.1, seed=1)
    cell = ann.Neuron(
        parameters={"tau": 10.0, "tau_e": 5.0},
        equations="""
            I = 1.5 + 0.2*sin(2*pi*t/20)
            tau*dv/dt = -v + g_exc + I : exponential, min=-2.0
            tau_e*dg_exc/dt = -g_exc : semiimplicit
        """,
        spike="v > 1",
        reset="v = 0",
        refractory=2.0,
    )
    cells = net.create(3, cell)
    cells.v = [0.0, 0.3, 0.6]
    learned = net.connect(cells, cells, "exc", synapse=ann.STDP).all_to_all(weights=0.1)
    net.connect(net.create(trains()), cells, "exc").all_to_all(weights=0.3, delays=1.5)
    net.monitor(cells, ["spike", "v", "g_exc", "I"])
    net.monitor(learned, "w")
    return net, 80.0


def izhikevich() -> Made:
    """Delays and weights that differ; conductances that last one step."""
    net = ann.Network(dt=1.0, seed=3)
    cells = net.create(20, ann.Izhikevich)
    rng = np.random.default_rng(1)
    cells.i_offset, cells.c = rng.uniform(0.0, 10.0, 20), -65.0 + 15.0 * rng.random(20) ** 2
    drawn = ann.Uniform(0.0, 2.0)
    net.connect(cells[:16], cells, "exc").all_to_all(weights=drawn)
    late = ann.Uniform(1.0, 5.0)
    net.connect(cells[16:], cells, "inh").fixed_probability(0.5, weights=drawn, delays=late)
    net.monitor(cells, ["spike", "v", "u"])
    return net, 200.0


def conductances() -> Made:
    """PyNN's standard cell; synapses with short-term plasticity."""
    net = ann.Network(dt=0.1, seed=3)
    source, cells = net.create(trains()), net.create(2, ann.IF_cond_exp)
    net.connect(source, cells, "exc").all_to_all(weights=0.05, delays=1.0)
    net.connect(source, cells, "inh", synapse=ann.STP).all_to_all(weights=0.01, delays=1.0)
    net.monitor(cells, ["spike", "v", "g_exc", "g_inh"])
    return net, 60.0


def hodgkin_huxley() -> Made:
    net = ann.Network(dt=0.01, seed=3)
    source, cells = net.create(ann.SpikeSourceArray([[1.0, 5.0]])), net.create(2, ann.HH_cond_exp)
    net.connect(source, cells, "exc").all_to_all(weights=0.05, delays=1.0)
    net.monitor(cells, ["spike", "v", "g_exc"])
    return net, 30.0


def functions() -> Made:
    """What LEMS has no function for; choices before and behind the rates; names that it takes."""
    net = ann.Network(dt=0.5)
    text = """
        H = floor(3.7*sin(t)) + log10(2 + cos(t)) - expm1(-0.1*t) + hypot(t, 2) + cbrt(sin(t))
        up = if (sin(t) > 0 and not (cos(t) < 0)) or H < 3: 1 else: -1
        5.0*dr/dt = clip(H, -1, 2) - r
        late = if r > 0.5 or r == 0: max(r, 0.7, up) else: modulo(r*10, 3)
        kept += late : max = 20.0
    """
    cells = net.create(2, ann.Neuron(equations=text))
    net.monitor(cells, ["H", "up", "r", "late", "kept"])
    return net, 30.0


def unseen() -> Made:
    """What nobody looks at is not computed: the sum of the first of two populations."""
    net = ann.Network(dt=1.0, seed=1)
    adding = ann.Neuron(equations="r = sum(exc)")
    a, b, c = (
        net.create(3, ann.Neuron(equations="r = t")),
        net.create(2, adding),
        net.create(2, adding),
    )
    given = net.connect(a, b, "exc").all_to_all(weights=0.5, delays=3.0)
    ann.Copy(a, c, "exc").copy(given)
    net.monitor(c, "r")
    return net, 10.0


def driven() -> Made:
    """One kind of synapses; sources of spikes, neurons that differ, recurrent connections."""
    net = ann.Network(dt=0.1, seed=5)
    equations = "tau*dv/dt = -v + g_exc + I\n5.0*dg_exc/dt = -g_exc"
    cell = ann.Neuron("tau = 10.0; I = 0.5", equations, spike="v > 1", reset="v = 0")
    cells = net.create(4, cell)
    cells.I = [1.5, 1.5, 0.2, 0.0]
    net.connect(net.create(trains()), cells, "exc").all_to_all(weights=1.0, delays=1.5)
    net.connect(cells, cells, "exc").all_to_all(weights=ann.Uniform(0.0, 0.5), delays=2.0)
    net.monitor(cells, ["spike", "v", "g_exc"])
    return net, 60.0


NETWORKS = {
    item.__name__: item
    for item in (
        rates,
        means,
        timed,
        unseen,
        plastic,
        izhikevich,
        conductances,
        hodgkin_huxley,
        functions,
        driven,
    )
}


def recorded(net: Any) -> Iterator[tuple[str, np.ndarray]]:
    """What the monitors of a network recorded, by the end of the name of the file."""
    for monitor in net.monitors:
        for name in monitor.variables:
            got = monitor.get(name)
            if name == "spike":
                pairs = [(step + 1, rank) for rank, steps in got.items() for step in steps]
                yield f"{monitor.population.name}.spike", np.array(sorted(pairs))
            elif type(monitor) is Monitor:
                field = monitor._field(name)
                yield f"{monitor.population.name}.{field}", got.reshape(len(got), -1)
            else:
                yield f"{monitor.projection.name}.{name}", np.array([np.hstack(row) for row in got])


def compare(folder: Path, net: Any) -> None:
    """The files of a folder hold what the network recorded, to the 7 digits that they have."""
    compared = 0
    for ending, wanted in recorded(net):
        found = list(folder.glob("*.dat"))
        (path,) = [item for item in found if item.stem.rstrip("_").endswith(f".{ending}")]
        rows = np.loadtxt(path, ndmin=2)
        if ending.endswith(".spike"):
            got = np.stack([np.rint(rows[:, 0] * 1000.0 / net.dt), rows[:, 1]], axis=1)
            order = np.lexsort((got[:, 1], got[:, 0]))
            np.testing.assert_array_equal(got[order], wanted)
            assert len(wanted) > 0
        elif ending.startswith("proj"):
            got, whole = np.sort(rows[-1, 1:]), np.sort(wanted[-1])
            np.testing.assert_allclose(got, whole, rtol=3e-7)  # rows are a step late after post
            assert np.ptp(whole) > 0.0
        else:
            size = np.abs(wanted).max()
            np.testing.assert_allclose(rows[1:, 1:], wanted, rtol=3e-7, atol=1e-7 * size)
        compared += 1
    assert compared > 0


def exported(name: str, folder: Path) -> tuple[Path, Any]:
    """The file of a network, and the network after it has run itself."""
    net, duration = NETWORKS[name]()
    path = folder / f"{name}.xml"
    net.export(path, duration)
    net.compile()
    net.simulate(duration)
    return path, net


@pytest.mark.parametrize("name", NETWORKS)
def test_the_file_runs_as_the_network_does(name: str, tmp_path: Path) -> None:
    path, net = exported(name, tmp_path)
    assert all(item.code == "run.noise-step" for item in ann.check(path))
    ann.run(path, out=tmp_path / "out")
    compare(tmp_path / "out", net)


def jneuroml() -> list[str]:
    """The command that runs jNeuroML; empty where there is none."""
    spec = find_spec("pyneuroml")
    places = list(spec.submodule_search_locations or ()) if spec else []
    jars = [jar for place in places for jar in Path(place).glob("lib/jNeuroML-*.jar")]
    return ["java", "-Xmx400M", "-jar", str(jars[0])] if jars and shutil.which("java") else []


@pytest.mark.slow
@pytest.mark.skipif(not jneuroml(), reason="jNeuroML or Java is not installed")
@pytest.mark.parametrize("name", NETWORKS)
def test_jneuroml_gives_the_same(name: str, tmp_path: Path) -> None:
    path, net = exported(name, tmp_path)
    command = [*jneuroml(), str(path), "-nogui"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    compare(tmp_path, net)


@pytest.mark.parametrize("name", ["net.nml", "net.nml.h5"])
def test_the_network_is_one_of_neuroml(name: str, tmp_path: Path) -> None:
    net, duration = driven()
    net.export(tmp_path / name, duration)
    lems = tmp_path / "LEMS_net.xml"
    assert sorted(path.name for path in tmp_path.iterdir()) == [lems.name, name]
    assert "<projection" not in lems.read_text()
    if name.endswith("nml"):
        assert "<connectionWD" in (tmp_path / name).read_text()
    net.compile()
    net.simulate(duration)
    ann.run(lems, out=tmp_path / "out")
    compare(tmp_path / "out", net)


@pytest.mark.parametrize(
    ("network", "said"), [(conductances, "several kinds of synapses"), (rates, "sums of rates")]
)
def test_what_neuroml_cannot_say_is_refused(network: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(ann.UsageError, match=said):
        network()[0].export(tmp_path / "net.nml", 10.0)
    assert not list(tmp_path.iterdir())


def one(equations: str, **more: Any) -> Any:
    net = ann.Network(dt=1.0)
    net.create(2, ann.Neuron(equations=equations, **more), name="cells")
    return net


def gathered(**more: Any) -> Any:
    net = one("r = sum(exc)")
    net.connect(net.populations[0], net.populations[0], "exc", **more).all_to_all(1.0)
    return net


REFUSED = {
    "rk4": (lambda: one("dr/dt = -r*r : rk4"), "the method 'rk4' of 'r'"),
    "order": (lambda: one("dv/dt = -v; I = 2*v; dr/dt = I"), "the rate of 'r' reads the new 'I'"),
    "twice": (lambda: one("dv/dt = -v; v += 1; r = v; dr2/dt = r"), "reads the new 'r'"),
    "erf": (lambda: one("r = erf(t)"), "'erf'"),
    "shared draws": (lambda: one("r = Normal(0, 1) : population"), "random numbers that all share"),
    "recurrent": (gathered, "with a delay of one step"),
    "max": (lambda: gathered(synapse=ann.Synapse(operation="max")), "the operation 'max'"),
    "oja": (lambda: gathered(synapse=ann.Oja), "see both"),
    "post": (lambda: gathered(synapse=ann.Synapse(psp="w*(pre.r - post.r)")), "behind"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_lems_cannot_say_is_refused_by_name(name: str, tmp_path: Path) -> None:
    build, message = REFUSED[name]
    with pytest.raises(ann.UsageError, match="LEMS cannot say") as caught:
        build().export(tmp_path / "m.xml", 10.0)
    assert message in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_what_only_python_can_run_is_refused(tmp_path: Path) -> None:
    cases = [
        (one("r = mean(r)"), "'mean(r)', a value over all neurons"),
        (one("r = 1"), "ends with .xml"),
        (one("r = 1"), "export() comes before compile()"),
    ]
    cases[2][0].compile()
    timed = one("r = 1")
    trains = ann.HomogeneousCorrelatedSpikeTrains(2, rates=10.0, corr=0.3, tau=10.0)
    timed.create(trains, name="rows")
    cases.append((timed, "'rows': a HomogeneousCorrelatedSpikeTrains is not exported yet"))
    for net, message in cases:
        name = "m.txt" if ".xml" in message else "m.xml"
        with pytest.raises(ann.ANNarchyException) as caught:
            net.export(tmp_path / name, 10.0)
        assert message in str(caught.value)


def test_without_exactness_equations_are_written_as_they_are(tmp_path: Path) -> None:
    """dr/dt = -r*r from 1 is 1/(1 + t): Euler's method with a small step comes near."""
    net = ann.Network(dt=0.001)
    cells = net.create(1, ann.Neuron(equations="dr/dt = -r*r : rk4, init=1.0"))
    net.monitor(cells, "r")
    net.export(tmp_path / "m.xml", 3.0, exact=False)
    assert 'value="-r * r / MSEC"' in (tmp_path / "m.xml").read_text(encoding="utf-8")
    ann.run(tmp_path / "m.xml", out=tmp_path)
    rows = np.loadtxt(tmp_path / "m.pop0.r.dat")
    np.testing.assert_allclose(rows[:, 1], 1.0 / (1.0 + rows[:, 0] * 1000.0), rtol=1e-3)


def test_random_numbers_have_their_laws(tmp_path: Path) -> None:
    net = ann.Network(dt=1.0, seed=4)
    cells = net.create(500, ann.Neuron(equations="r = Normal(2.0, 3.0); u = Uniform(1.0, 5.0)"))
    net.monitor(cells, ["r", "u"])
    net.export(tmp_path / "m.xml", 40.0)
    ann.run(tmp_path / "m.xml", out=tmp_path)
    drawn = np.loadtxt(tmp_path / "m.pop0.r.dat")[1:, 1:]
    assert abs(drawn.mean() - 2.0) < 0.1 and abs(drawn.std() - 3.0) < 0.1
    even = np.loadtxt(tmp_path / "m.pop0.u.dat")[1:, 1:]
    assert 1.0 <= even.min() < 1.01 and 4.99 < even.max() < 5.0


def test_random_spikes_have_their_rates(tmp_path: Path) -> None:
    """Constant rates, and rates that change at given times: draws are anew, their law is not."""
    net = ann.Network(dt=1.0, seed=2)
    steady = net.create(ann.PoissonPopulation(50, rates=20.0), name="steady")
    rates = ann.TimedPoissonPopulation(50, rates=[10.0, 100.0, 30.0], schedule=[0.0, 500.0, 1000.0])
    changing = net.create(rates, name="changing")
    net.monitor(steady, "spike")
    net.monitor(changing, "spike")
    net.export(tmp_path / "m.xml", 2000.0)
    ann.run(tmp_path / "m.xml", out=tmp_path, seed=1)
    times = np.loadtxt(tmp_path / "m.steady.spike.dat")[:, 0]
    assert abs(len(times) - 2000) < 5 * np.sqrt(2000)
    times = np.loadtxt(tmp_path / "m.changing.spike.dat")[:, 0]
    counts = np.histogram(times, [0.0, 0.5, 1.0, 2.0001])[0]
    wanted = np.array([250.0, 2500.0, 1500.0])
    assert np.all(np.abs(counts - wanted) < 5 * np.sqrt(wanted))


def test_export_changes_nothing_of_the_network(tmp_path: Path) -> None:
    """Weights that are drawn for listed pairs are those that `compile` draws."""
    weights = []
    for file in (None, tmp_path / "m.xml"):
        net = ann.Network(dt=1.0, seed=7)
        source, cells = net.create(trains()), net.create(2, ann.Izhikevich)
        rule = net.connect(source, cells, "exc")
        rule.all_to_all(weights=ann.Gamma(2.0, 1.0))
        if file:
            net.export(file, 10.0)
        net.compile()
        weights.append(np.concatenate(rule.w))
    np.testing.assert_array_equal(weights[0], weights[1])
