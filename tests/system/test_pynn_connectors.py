"""Connectors of a PyNN script whose random numbers are this backend's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyNN", reason="PyNN is not installed")

import annarchy_ml.importers.pynn as sim


@pytest.fixture(autouse=True)
def fresh() -> None:
    sim.setup(timestep=0.1, min_delay=0.1, seed=11)


def native() -> Any:
    return sim.NativeRNG(seed=4)


def ends_of(made: Any) -> list[tuple[int, int]]:
    return [(int(i), int(j)) for i, j, _ in made.get("weight", "list")]


def pairs(connector: Any, sizes: tuple[int, int] = (40, 30), loops: bool = False) -> Any:
    """How often each pair of cells is connected, shape (sources, targets)."""
    pre = sim.Population(sizes[0], sim.SpikeSourceArray())
    post = pre if loops else sim.Population(sizes[1], sim.IF_cond_exp())
    post = sim.Population(sizes[0], sim.IF_cond_exp()) if loops else post
    ends = (post, post) if loops else (pre, post)
    made = sim.Projection(*ends, connector, sim.StaticSynapse(weight=0.01, delay=1.0))
    found = np.zeros(made.shape, int)
    for i, j in ends_of(made):
        found[i, j] += 1
    return found


def test_each_pair_has_the_same_probability() -> None:
    total = sum(
        pairs(sim.FixedProbabilityConnector(0.3, rng=sim.NativeRNG(seed=k))) for k in range(100)
    )
    assert np.mean(total) == pytest.approx(30.0, abs=5 * np.sqrt(100 * 0.21 / total.size))
    assert np.var(total) == pytest.approx(21.0, rel=0.15)
    alone = pairs(
        sim.FixedProbabilityConnector(0.5, rng=native(), allow_self_connections=False), loops=True
    )
    assert np.trace(alone) == 0
    assert alone.sum() == pytest.approx(40 * 39 / 2, abs=5 * np.sqrt(40 * 39 / 4))
    assert np.all(pairs(sim.FixedProbabilityConnector(1.0, rng=native())) == 1)
    assert np.all(pairs(sim.FixedProbabilityConnector(0.0, rng=native())) == 0)


@pytest.mark.parametrize("n", [0, 3, 25, 30])
@pytest.mark.parametrize("again", [False, True])
def test_each_cell_has_its_number_of_connections(n: int, again: bool) -> None:
    for kind, axis in ((sim.FixedNumberPreConnector, 0), (sim.FixedNumberPostConnector, 1)):
        found = pairs(kind(n, with_replacement=again, rng=native()))
        assert np.all(found.sum(axis=axis) == n)
        assert again or found.max(initial=0) <= 1
        loopless = pairs(
            kind(n, with_replacement=again, rng=native(), allow_self_connections=False), loops=True
        )
        assert np.all(loopless.sum(axis=axis) == n)
        assert np.trace(loopless) == 0


def test_all_others_are_chosen_alike() -> None:
    total = sum(
        pairs(sim.FixedNumberPreConnector(5, rng=sim.NativeRNG(seed=k)), (10, 20))
        for k in range(200)
    )
    by_source = total.sum(axis=1)
    expected = 200 * 20 * 5 / 10
    assert np.sum((by_source - expected) ** 2 / expected) < 40.0  # chi square of 9


@pytest.mark.parametrize("again", [False, True])
def test_a_projection_has_its_number_of_connections(again: bool) -> None:
    found = pairs(sim.FixedTotalNumberConnector(500, with_replacement=again, rng=native()))
    assert found.sum() == 500
    assert (found.max() > 1) == again


def test_weights_and_delays_are_drawn_for_all_connections() -> None:
    pre, post = sim.Population(200, sim.SpikeSourceArray()), sim.Population(100, sim.IF_cond_exp())
    rng = native()
    synapse = sim.StaticSynapse(
        weight=sim.RandomDistribution("gamma", k=2.0, theta=0.005, rng=rng),
        delay=sim.RandomDistribution("uniform", (0.5, 1.5), rng=rng),
    )
    made = sim.Projection(pre, post, sim.FixedProbabilityConnector(0.5, rng=rng), synapse)
    weights, delays = np.array(made.get(["weight", "delay"], "list", with_address=False)).T
    assert len(np.unique(weights)) == len(weights)
    assert np.mean(weights) == pytest.approx(0.01, rel=0.05)
    assert np.var(weights) == pytest.approx(2 * 0.005**2, rel=0.1)
    assert 0.5 <= delays.min() < delays.max() <= 1.5
    table = made.get("weight", "array")
    rows = made.get("weight", "list")
    assert all(table[int(i), int(j)] == w for i, j, w in rows[:50])


def test_the_same_seed_makes_the_same_network() -> None:
    def made(seed: int | None) -> Any:
        sim.setup(timestep=0.1, seed=11)
        return pairs(sim.FixedProbabilityConnector(0.2, rng=sim.NativeRNG(seed=seed)))

    assert np.array_equal(made(3), made(3))
    assert not np.array_equal(made(3), made(4))
    assert np.array_equal(made(None), made(11))  # that of setup


def test_assemblies_and_views_are_connected_without_loops() -> None:
    some, others = (sim.Population(6, sim.IF_cond_exp()) for _ in range(2))
    both = some[1:4] + others
    connector = sim.FixedProbabilityConnector(1.0, allow_self_connections=False, rng=native())
    made = sim.Projection(both, others, connector, sim.StaticSynapse(weight=0.004, delay=0.5))
    found = set(ends_of(made))
    assert found == {(i, j) for i in range(9) for j in range(6) if i != j + 3}
    far = sim.StaticSynapse(weight="0.001*d", delay=0.5)
    made = sim.Projection(some, others[2:], sim.FixedProbabilityConnector(0.5, rng=native()), far)
    assert all(w == pytest.approx(0.001 * abs(i - j - 2)) for i, j, w in made.get("weight", "list"))
    assert 5 < len(made) < 20


def ring(n: int, rewiring: float, **options: Any) -> Any:
    space = sim.Space(periodic_boundaries=((0, n), None, None))
    cells = sim.Population(n, sim.IF_cond_exp(), structure=sim.space.Line())
    connector = sim.SmallWorldConnector(
        degree=3.5, rewiring=rewiring, allow_self_connections=False, **options
    )
    synapse = sim.StaticSynapse(weight=0.01, delay=1.0)
    return sim.Projection(cells, cells, connector, synapse, space=space)


def test_small_worlds_are_those_of_watts_and_strogatz() -> None:
    networkx = pytest.importorskip("networkx")
    shortest, clustered = [], []
    for rewiring in (0.0, 0.1, 1.0):
        made = ring(200, rewiring)
        graph = networkx.DiGraph(ends_of(made))
        assert len(made) == graph.number_of_edges() == 200 * 6
        assert all(count == 6 for _, count in graph.out_degree())
        shortest.append(networkx.average_shortest_path_length(graph))
        clustered.append(networkx.average_clustering(graph.to_undirected()))
    assert clustered[0] == pytest.approx(0.6)  # 3(k - 2)/(4(k - 1)) of k = 6
    assert shortest[0] == pytest.approx(17.08, abs=0.01)
    assert shortest[1] < 0.35 * shortest[0]
    assert clustered[1] > 0.6 * clustered[0]
    assert clustered[2] < 0.2 * clustered[0]


def test_small_worlds_have_the_number_of_connections_asked_for() -> None:
    made = ring(50, 0.3, n_connections=4)
    counts = np.bincount([i for i, _ in ends_of(made)], minlength=50)
    assert np.all(counts == 4)
    with pytest.raises(ValueError, match="fewer than 7"):
        ring(50, 0.3, n_connections=7)


def test_drawn_parameters_of_connections_are_independent() -> None:
    """Though PyNN copies the parameters of a synapse type, and their generators with them."""
    rng = native()
    pre, post = sim.Population(100, sim.SpikeSourceArray()), sim.Population(100, sim.IF_cond_exp())
    weight, delay = (sim.RandomDistribution("uniform", ends, rng=rng) for ends in ((0, 1), (1, 2)))
    synapse = sim.StaticSynapse(weight=weight, delay=delay)
    found = [
        np.array(made.get(["weight", "delay"], "list", with_address=False)).T
        for made in (
            sim.Projection(pre, post, sim.FixedNumberPreConnector(20, rng=rng), synapse)
            for _ in range(2)
        )
    ]
    drawn = np.corrcoef(np.vstack(found))
    assert np.all(np.abs(drawn - np.eye(4)) < 0.1)


@pytest.mark.parametrize("kind", ["Pre", "Post"])
def test_a_number_of_none_makes_no_connections(kind: str) -> None:
    connector = getattr(sim, f"FixedNumber{kind}Connector")
    assert pairs(connector(0)).sum() == 0
    assert pairs(connector(0, rng=native())).sum() == 0


def test_a_connection_knows_its_cells() -> None:
    pre, post = (sim.Population(n, sim.IF_cond_exp()) for n in (3, 4))
    connector = sim.FromListConnector([(2, 0), (0, 2)])
    made = sim.Projection(pre, post[1:], connector, sim.StaticSynapse(weight=0.1))
    assert made[1].presynaptic_cell == pre[0]
    assert made[1].postsynaptic_cell == post[3]


class OfCells(sim.AllToAllConnector):
    """Names cells instead of their numbers, as PyNN's `CSAConnector` does for weighted sets."""

    def connect(self, projection: Any) -> None:
        for i, j in ((1, 2), (0, 2), (2, 0)):
            projection._convergent_connect(
                [projection.pre[i]],
                projection.post[j],
                location_selector=None,
                weight=0.01 * (i + 1),
                delay=1.0,
            )


@pytest.mark.parametrize("kind", ["population", "view", "assembly"])
def test_connectors_may_name_cells(kind: str) -> None:
    sim.setup(timestep=0.1)
    first, second = (sim.Population(size, sim.IF_cond_exp()) for size in (4, 5))
    ends = {
        "population": (first, second),
        "view": (first[1:], second[[4, 1, 0]]),
        "assembly": (first + second, second + first),
    }
    made = sim.Projection(*ends[kind], OfCells(), sim.StaticSynapse())
    found = {(i, j): weight for i, j, weight in made.get(["weight"], "list")}
    assert found == pytest.approx({(1, 2): 0.02, (0, 2): 0.01, (2, 0): 0.03})


def test_connectors_that_name_cells_give_all_parameters() -> None:
    sim.setup(timestep=0.1)
    first, second = (sim.Population(size, sim.IF_cond_exp()) for size in (4, 5))
    with pytest.raises(NotImplementedError, match="no U, tau_facil, tau_rec, which Tsodyks"):
        sim.Projection(first, second, OfCells(), sim.TsodyksMarkramSynapse())
