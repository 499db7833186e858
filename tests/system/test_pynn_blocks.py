"""Connections that are made many at a time are those that PyNN makes target by target."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyNN", reason="PyNN is not installed")

from pyNN import connectors as of_pynn
from pyNN.random import NumpyRNG, RandomDistribution

import annarchy_ml.importers.pynn as sim
from annarchy_ml.importers.pynn import blocks

SIZES = (36, 25)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several blocks for the few cells of these tests."""
    monkeypatch.setattr(blocks, "PAIRS_AT_ONCE", 4 * SIZES[0])


def law(name: str, rng: Any, **parameters: float) -> RandomDistribution:
    return RandomDistribution(name, rng=rng, **parameters)


def synapses(name: str, rng: Any) -> Any:
    """Synapses whose parameters are numbers, or depend on distance or chance."""
    if name == "constant":
        return sim.StaticSynapse(weight=0.01, delay=1.0)
    if name == "distance":
        return sim.StaticSynapse(weight="0.1 + 0.01*d", delay=1.0)
    if name == "own generators":
        delay = law("normal_clipped", NumpyRNG(6), mu=1.0, sigma=1.0, low=0.1, high=9.0)
        return sim.StaticSynapse(weight=law("normal", NumpyRNG(5), mu=9.0, sigma=1.0), delay=delay)
    if name == "one generator":
        both = NumpyRNG(5)
        low, high = law("uniform", both, low=0.0, high=1.0), law("uniform", both, low=1.0, high=2.0)
        return sim.StaticSynapse(weight=low, delay=high)
    return sim.StaticSynapse(weight=law("uniform", rng, low=0.0, high=1.0), delay=1.0)


ROWS = [(7 * i % 36, 5 * i % 25, 0.1 * i) for i in range(60)]
MADE: dict[str, Callable[[Any, Any], Any]] = {
    "all": lambda module, rng: module.AllToAllConnector(),
    "no loops": lambda module, rng: module.AllToAllConnector(allow_self_connections=False),
    "probability": lambda module, rng: module.FixedProbabilityConnector(0.3, rng=rng),
    "none": lambda module, rng: module.FixedProbabilityConnector(0.0, rng=rng),
    "probability, no loops": lambda module, rng: module.FixedProbabilityConnector(
        0.3, rng=rng, allow_self_connections=False
    ),
    "not mutual": lambda module, rng: module.FixedProbabilityConnector(
        0.3, rng=rng, allow_self_connections="NoMutual"
    ),
    "near": lambda module, rng: module.DistanceDependentProbabilityConnector(
        "exp(-d/3)", rng=rng, allow_self_connections=False
    ),
    "one to one": lambda module, rng: module.OneToOneConnector(),
    "table": lambda module, rng: module.ArrayConnector(
        np.arange(np.prod(SIZES)).reshape(SIZES) % 7 == 0
    ),
    "list": lambda module, rng: module.FromListConnector(ROWS, column_names=["weight"]),
    "callback": lambda module, rng: module.FixedProbabilityConnector(
        0.3, rng=rng, callback=lambda done: None
    ),
}
LOOPS = ("no loops", "probability, no loops", "not mutual")
SYNAPSES = ("constant", "distance", "own generators", "one generator", "that of the connector")


def connections(module: Any, how: str, synapse: str) -> list[Any]:
    sim.setup(timestep=0.1)
    pre, post = (
        sim.Population(size, sim.IF_cond_exp(), structure=sim.space.Grid2D()) for size in SIZES
    )
    rng = NumpyRNG(seed=3)
    made = sim.Projection(
        pre, pre if how in LOOPS else post, MADE[how](module, rng), synapses(synapse, rng)
    )
    found: list[Any] = made.get(["weight", "delay"], "list")
    return [found, rng.next(3).tolist()]


@pytest.mark.parametrize("synapse", SYNAPSES)
@pytest.mark.parametrize("how", MADE)
def test_networks_are_those_of_pynn(how: str, synapse: str) -> None:
    if how == "list" and synapse == "distance":
        pytest.skip("PyNN takes numbers of connections for distances there")
    ours, others = (connections(module, how, synapse) for module in (sim, of_pynn))
    assert ours == others
    assert (len(ours[0]) == 0) == (how == "none")


def test_each_target_has_weights_of_one_sign() -> None:
    """As PyNN checks them: signs of different targets may differ."""
    sim.setup(timestep=0.1)
    pre, post = (sim.Population(2, sim.IF_curr_exp()) for _ in range(2))
    given = np.array([[1.0, -1.0], [1.0, -1.0]])
    for weights, receptor in ((np.abs(given), "excitatory"), (-np.abs(given), "inhibitory")):
        made = sim.Projection(
            pre,
            post,
            sim.AllToAllConnector(),
            sim.StaticSynapse(weight=weights, delay=1.0),
            receptor_type=receptor,
        )
        assert np.array_equal(made.get("weight", "array"), weights)
    synapse = sim.StaticSynapse(weight=given.T, delay=1.0)
    with pytest.raises(sim.errors.ConnectionError, match="all positive or all negative"):
        sim.Projection(pre, post, sim.AllToAllConnector(), synapse, receptor_type="excitatory")


@pytest.mark.parametrize("row", [(36, 0), (-1, 0), (0, 25), (0, -1)])
def test_lists_name_cells_that_are_there(row: tuple[int, int]) -> None:
    sim.setup(timestep=0.1)
    pre, post = (sim.Population(size, sim.IF_cond_exp()) for size in SIZES)
    what = "source" if row[1] == 0 else "target"
    with pytest.raises(sim.errors.ConnectionError, match=f"{what} index out of range"):
        sim.Projection(pre, post, sim.FromListConnector([(1, 1), row]), sim.StaticSynapse())


def test_files_are_read_as_lists(tmp_path: Any) -> None:
    sim.setup(timestep=0.1)
    pre, post = (sim.Population(size, sim.IF_cond_exp()) for size in SIZES)
    synapse = sim.StaticSynapse(weight=0.01, delay=0.5)
    made = sim.Projection(pre, post, sim.FromListConnector(ROWS, column_names=["weight"]), synapse)
    made.save(["weight", "delay"], str(tmp_path / "pairs.txt"))
    again = sim.Projection(pre, post, sim.FromFileConnector(str(tmp_path / "pairs.txt")), synapse)
    assert sorted(again.get(["weight", "delay"], "list")) == sorted(
        made.get(["weight", "delay"], "list")
    )


def test_one_attribute_is_saved_by_its_name(tmp_path: Any) -> None:
    sim.setup(timestep=0.1)
    pre, post = (sim.Population(size, sim.IF_cond_exp()) for size in (3, 2))
    weights = np.arange(6.0).reshape(3, 2)
    synapse = sim.StaticSynapse(weight=weights, delay=0.5)
    made = sim.Projection(pre, post, sim.AllToAllConnector(), synapse)
    files = [str(tmp_path / name) for name in ("pairs.txt", "array.txt")]
    made.save("weight", files[0])
    again = sim.Projection(pre, post, sim.FromFileConnector(files[0]), sim.StaticSynapse(delay=0.5))
    assert np.array_equal(again.get("weight", "array"), weights)
    made.save("weight", files[1], "array", with_address=False)
    assert np.array_equal(np.loadtxt(files[1]), weights)


def test_a_weight_of_all_connections_is_kept_once() -> None:
    sim.setup(timestep=0.1)
    pre, post = (sim.Population(size, sim.IF_cond_exp()) for size in SIZES)
    made = sim.Projection(pre, post, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.01))
    assert made.columns()["weight"].strides == (0,)
    sim.run(0.1)
    made.set(weight=0.02)
    made[5].weight = 0.03
    expected = np.full(len(made), 0.02)
    expected[5] = 0.03
    assert made.get("weight", "list", with_address=False) == expected.tolist()
