"""Gap junctions and graded synapses by rule against the same ones from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cable_models import AXON, LEAK
from numpy.typing import NDArray

from annarchy_ml import AllToAll, Explicit, NetworkModel, UsageError, load

PARTS = """<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="n">
<gapJunction id="gap" conductance="2 nS"/>
<silentSynapse id="silent"/>
<gradedSynapse id="graded" conductance="5 nS" delta="5 mV" Vth="-55 mV" k="0.025 per_ms"
    erev="0 mV"/>
<expOneSynapse id="ampa" gbase="1 nS" erev="0 mV" tauDecay="5 ms"/>
<iafCell id="iaf" leakReversal="-60 mV" thresh="-20 mV" reset="-70 mV" C="0.2 nF"
    leakConductance="10 nS"/>"""
NETWORK = """<network id="net">
<population id="p" component="iaf" size="4"/><population id="q" component="iaf" size="3"/>
<electricalProjection id="e" presynapticPopulation="p" postsynapticPopulation="p">
<electricalConnectionInstanceW id="0" preCell="../p[0]" postCell="../p[1]" synapse="gap"
    weight="2"/>
<electricalConnectionInstanceW id="1" preCell="../p[2]" postCell="../p[1]" synapse="gap"
    weight="0.5"/>
</electricalProjection>
<continuousProjection id="c" presynapticPopulation="p" postsynapticPopulation="q">
<continuousConnectionInstanceW id="0" preCell="../p[1]" postCell="../q[0]" preComponent="silent"
    postComponent="graded" weight="1.5"/>
<continuousConnectionInstanceW id="1" preCell="../p[3]" postCell="../q[2]" preComponent="silent"
    postComponent="graded" weight="1"/>
</continuousProjection></network></neuroml>"""
LEMS = """<Lems><Target component="sim"/><Include file="NeuroML2CoreTypes.xml"/>
<Include file="net.nml"/><Simulation id="sim" length="20 ms" step="0.1 ms" target="net"/></Lems>"""
STARTS = {"p": [-0.05, -0.07, -0.06, -0.04], "q": [-0.06, -0.065, -0.07]}


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    """Cells and synapses without a network."""
    path = tmp_path / "parts.nml"
    path.write_text(PARTS + "</neuroml>", encoding="utf-8")
    return path


def _built(parts: Path) -> tuple[NetworkModel, Any, Any]:
    net = NetworkModel("net")
    net.include(parts)
    return net, net.population("p", "iaf", 4), net.population("q", "iaf", 3)


def _potentials(simulation: Any, steps: int = 200) -> NDArray[np.float64]:
    for name, values in STARTS.items():
        for cell, value in enumerate(values):
            simulation.set(f"{name}[{cell}]/v", value)
    simulation.step(steps)
    return np.concatenate([simulation.get("p/v"), simulation.get("q/v")])


def test_rules_and_files_agree(parts: Path) -> None:
    """Gap junctions within a population, graded synapses between two; for any threads."""
    (parts.parent / "net.nml").write_text(PARTS + NETWORK, encoding="utf-8")
    main = parts.parent / "main.xml"
    main.write_text(LEMS, encoding="utf-8")
    expected = _potentials(load(main).compile())
    net, p, q = _built(parts)
    pairs = Explicit(np.array([0, 2]), np.array([1, 1]))
    net.junctions("e", p, p, pairs, "gap", weight=[2.0, 0.5])
    far = Explicit(np.array([1, 3]), np.array([0, 2]))
    net.junctions("c", p, q, far, "graded", at_source="silent", weight=[1.5, 1.0])
    found = _potentials(net.compile(dt="0.1 ms"))
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    interpreted = _potentials(net.compile(dt="0.1 ms", executor="interpreter"))
    np.testing.assert_allclose(interpreted, found, rtol=1e-13)
    for threads in (2, 7):
        assert np.array_equal(_potentials(net.compile(dt="0.1 ms", threads=threads)), found)


def test_what_does_not_fit_is_refused(parts: Path) -> None:
    """Each kind of synapse has its call."""
    net, p, q = _built(parts)
    with pytest.raises(UsageError, match="'ampa' sees no cell at its other end"):
        net.junctions("e", p, q, AllToAll(), "ampa")
    with pytest.raises(UsageError, match=r"connect it with net\.junctions"):
        net.projection("e", p, q, AllToAll(), "gap")
    net.junctions("e", p, q, AllToAll(), "gap")
    with pytest.raises(UsageError, match="'e' already"):
        net.junctions("e", p, q, AllToAll(), "gap")


SELF = """<network id="net"><population id="p" component="iaf" size="1"/>
<electricalProjection id="e" presynapticPopulation="p" postsynapticPopulation="p">
<electricalConnectionInstanceW id="0" preCell="../p[0]" postCell="../p[0]" synapse="gap"
    weight="3"/>
</electricalProjection></network></neuroml>"""


@pytest.mark.parametrize("executor", ["compiled", "interpreter"])
def test_a_cell_coupled_to_itself(executor: str, tmp_path: Path) -> None:
    """The first half of the junction sees the voltage of the last step, the second the present one.

    The order of jLEMS, whose numbers the same model has (0 of 401 values differ).
    """
    (tmp_path / "net.nml").write_text(PARTS + SELF, encoding="utf-8")
    main = tmp_path / "main.xml"
    main.write_text(LEMS, encoding="utf-8")
    simulation = load(main).compile(executor=executor)
    seen, v, dt = simulation.get("p[0]/v"), -0.03, 1e-4
    simulation.set("p[0]/v", v)
    for _ in range(50):
        simulation.step(1)
        current = 3 * 2e-9 * (seen - v)
        seen, v = v, v + dt * (10e-9 * (-0.06 - v) + current) / 0.2e-9
        assert simulation.get("p[0]/v") == pytest.approx(v, rel=1e-13)


LINE = '<linearGradedSynapse id="line" conductance="3 nS"/>'
ENDS = [(1, 1), (1, 0), (2, 2), (0, 3), (3, 3), (2, 1), (0, 0), (3, 2)]
WEIGHTS = [1.0, 0.5, 2.0, 0.25, 1.5, 3.0, 0.75, 1.25]
TURNED = {2, 5, 6}


def _documents(folder: Path) -> Path:
    """Four cells joined to themselves and each other, the silent end before or behind."""
    rows = "".join(
        f'<continuousProjection id="c{number}" presynapticPopulation="p" '
        f'postsynapticPopulation="p"><continuousConnectionInstanceW id="0" '
        f'preCell="../p[{pre}]" postCell="../p[{post}]" '
        f'preComponent="{"line" if number in TURNED else "silent"}" '
        f'postComponent="{"silent" if number in TURNED else "line"}" weight="{weight}"/>'
        "</continuousProjection>"
        for number, ((pre, post), weight) in enumerate(zip(ENDS, WEIGHTS, strict=True))
    )
    text = f'{PARTS}{LINE}<network id="net"><population id="p" component="iaf" size="4"/>{rows}'
    (folder / "net.nml").write_text(f"{text}</network></neuroml>", encoding="utf-8")
    main = folder / "main.xml"
    main.write_text(LEMS, encoding="utf-8")
    return main


def _one_by_one(v: NDArray[np.float64], seen: NDArray[np.float64]) -> None:
    """A step of 0.1 ms cell by cell, each end of a pair in the order of the document.

    Args:
        v: potentials, shape (4,).
        seen: what each end has seen of its own cell, shape (pairs, 2).
    """
    owners = np.array(ENDS)
    for cell in range(4):
        current = 0.0
        for number, end in zip(*np.nonzero(owners == cell), strict=True):
            seen[number, end] = v[cell]
            if end != (number in TURNED):
                current += WEIGHTS[number] * 3e-9 * (seen[number, 1 - end] - v[cell])
        v[cell] += 1e-4 * (10e-9 * (-0.06 - v[cell]) + current) / 0.2e-9


@pytest.mark.parametrize("executor", ["compiled", "interpreter"])
def test_cells_coupled_to_themselves_and_others(executor: str, tmp_path: Path) -> None:
    """What an end sees of an earlier one is of this step, of a later one of the step before."""
    simulation = load(_documents(tmp_path)).compile(executor=executor)
    v = np.array([-0.05, -0.07, -0.06, -0.04])
    before = simulation.get("p/v")
    seen = np.array([[before[pre], before[post]] for pre, post in ENDS])
    for cell, value in enumerate(v):
        simulation.set(f"p[{cell}]/v", value)
    for _ in range(50):
        simulation.step(1)
        _one_by_one(v, seen)
        np.testing.assert_allclose(simulation.get("p/v"), v, rtol=1e-13)


def test_cells_joined_to_themselves_by_rule(parts: Path) -> None:
    """Pairs of a cell with itself stand beside the others, as from a file."""
    parts.write_text(f"{PARTS}{LINE}</neuroml>", encoding="utf-8")
    expected = load(_documents(parts.parent)).compile()
    net, p, _ = _built(parts)
    for number, ((pre, post), weight) in enumerate(zip(ENDS, WEIGHTS, strict=True)):
        kinds = ("silent", "line") if number in TURNED else ("line", "silent")
        pair = Explicit(np.array([pre]), np.array([post]))
        net.junctions(f"c{number}", p, p, pair, kinds[0], at_source=kinds[1], weight=weight)
    found = net.compile(dt="0.1 ms")
    for simulation in (expected, found):
        for cell, value in enumerate(STARTS["p"]):
            simulation.set(f"p[{cell}]/v", value)
        simulation.step(50)
    np.testing.assert_allclose(found.get("p/v"), expected.get("p/v"), rtol=1e-13)


def test_connections_of_junctions_are_not_listed(parts: Path) -> None:
    """The message says so, in place of that there is nothing of this name."""
    net, p, _ = _built(parts)
    net.junctions("e", p, p, AllToAll(self_connections=False), "gap")
    with pytest.raises(UsageError, match="gap junctions and graded synapses, which send no events"):
        net.compile("0.1 ms").connections("e")


CABLES = f"""<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="n">{LEAK}
<gapJunction id="gap" conductance="2 nS"/>{AXON.format(divisions=2, leak="0.3 mS_per_cm2")}
</neuroml>"""
WAYS = [("interpreter", 1), ("compiled", 1), ("compiled", 2), ("compiled", 3), ("compiled", 7)]


def _joined(parts: Path, cell: str, pairs: NDArray[np.int64], start: NDArray[np.float64]) -> Any:
    """Potentials after 5 ms, as each of `WAYS` has them, of cells that start at `start`."""
    for executor, threads in WAYS:
        net = NetworkModel("net")
        net.include(parts)
        p = net.population("p", cell, len(start))
        net.junctions("e", p, p, Explicit(*pairs), "gap")
        simulation = net.compile("0.1 ms", duration="5 ms", executor=executor, threads=threads)
        parts_of_a_cell = len(simulation.get("p/v")) // len(start)
        simulation.set("p/v", np.repeat(start, parts_of_a_cell))
        simulation.run()
        yield np.array(simulation.get("p/v")).reshape(len(start), -1)


def _drawn(cells: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    rng = np.random.default_rng(cells)
    pairs = rng.integers(0, cells, (2, cells))
    return pairs[:, pairs[0] != pairs[1]], rng.uniform(-0.07, -0.03, cells)


@pytest.mark.parametrize("cells", [3, 4, 9, 17, 150])
def test_point_cells_of_any_number_step_one_by_one(parts: Path, cells: int) -> None:
    """As in jLEMS: a cell sees the last step's potential of those that stand behind it."""
    pairs, start = _drawn(cells)
    v, seen = start.copy(), np.full(cells, -0.06)
    for _ in range(50):
        for cell in range(cells):
            seen[cell] = v[cell]
            near, far = (np.concatenate(both) for both in (pairs, pairs[::-1]))
            current = 10e-9 * (-0.06 - v[cell])
            current += np.sum(2e-9 * (seen[far[near == cell]] - v[cell]))
            v[cell] += 1e-4 * current / 0.2e-9
    compiled = None
    for (executor, _), found in zip(WAYS, _joined(parts, "iaf", pairs, start), strict=True):
        np.testing.assert_allclose(found[:, 0], v, rtol=1e-13)
        if executor == "compiled":
            compiled = found if compiled is None else compiled
            assert (found == compiled).all()


@pytest.mark.parametrize("cells", [3, 4, 8, 9, 17])
def test_compartments_see_others_whatever_their_order(parts: Path, cells: int) -> None:
    """As in NEURON: all currents come before any potential moves."""
    parts.write_text(CABLES, encoding="utf-8")
    pairs, start = _drawn(cells)
    turned = np.random.default_rng(1).permutation(cells)
    places = np.argsort(turned)
    usual = list(_joined(parts, "axon", pairs, start))
    other = list(_joined(parts, "axon", places[pairs], start[turned]))
    assert np.ptp(usual[0]) > 1e-4
    for first, second in zip(usual, other, strict=True):
        np.testing.assert_allclose(first, usual[0], rtol=1e-13)
        np.testing.assert_allclose(second, first[turned], rtol=1e-13)
    assert all((item == usual[1]).all() for item in usual[1:])
